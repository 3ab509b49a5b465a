-- Reads what lua/oci/seccomp_request.lua writes, as core/interpreter/compile.c does.
local M = {}

function M.decode(bytes)
  local at = 1
  local function take(format)
    local value
    value, at = format:unpack(bytes, at)
    return value
  end
  local function u32()
    return take("<I4")
  end
  local function text()
    local word = take("<s4")
    assert(take("B") == 0)
    return word
  end
  local function list(read)
    local elements = {}
    for i = 1, u32() do
      elements[i] = read()
    end
    return elements
  end
  local function condition()
    return { u32(), u32(), take("<i8"), take("<i8") }
  end
  local function rule()
    return { action = u32(), args = list(condition), names = list(text) }
  end
  local filter = { action = u32(), architectures = list(text), rules = list(rule) }
  assert(at == #bytes + 1)
  return filter
end

return M
