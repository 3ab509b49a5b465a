-- A seccomp filter as the bytes that core.compile_seccomp takes: core/interpreter/compile.h says what stands where.
local M = {}

local function text(word)
  return ("<s4"):pack(word) .. "\0"
end

local function condition(arg)
  return ("<I4I4i8i8"):pack(arg.index, arg.op, arg.value, arg.value_two)
end

-- The count of a list, then what each of its elements is written as.
local function list(elements, write)
  local parts = { ("<I4"):pack(#elements) }
  for i, element in ipairs(elements) do
    parts[i + 1] = write(element)
  end
  return table.concat(parts)
end

local function rule(r)
  return ("<I4"):pack(r.action) .. list(r.args, condition) .. list(r.names, text)
end

-- filter: { action =, architectures = { name ... }, rules = { { action =, args = { ... }, names = { ... } } ... } }
function M.encode(filter)
  return ("<I4"):pack(filter.action) .. list(filter.architectures, text) .. list(filter.rules, rule)
end

return M
