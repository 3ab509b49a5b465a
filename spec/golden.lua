-- The golden bundles and how a plan is written as text. golden/NAME.json gives golden/NAME.plan.
local helper = require("helper")
local json = require("lib.json")

local M = {}

-- name, who calls
M.bundles = {
  { "attributes", "root" },
  { "containerd-ctr", "root" },
  { "crun-latest-spec", "root" },
  { "debian-subuid", "user" },
  { "labels", "user" },
  { "locald-cnb", "user" },
  { "locald-service", "user" },
  { "mounts", "root" },
  { "namespaces", "root" },
  { "podman-rich", "root" },
  { "podman-userns", "root" },
  { "resources", "user" },
  { "runc-1.5-spec", "root" },
  { "runc-spec", "root" },
  { "runc-spec-rootless", "user" },
  { "seccomp", "user" },
  { "terminal", "user" },
}

local HEX = { attr = true, attr_set = true, attr_clr = true, rattr_set = true, rattr_clr = true, flags = true,
  flag = true, propagation = true, bounding = true, effective = true, permitted = true, inheritable = true,
  ambient = true }

local function show(name, value)
  if type(value) == "string" then
    return json.quote(value)
  elseif type(value) == "table" then
    local parts = {}
    for i, element in ipairs(value) do
      parts[i] = show(name, element)
    end
    return "[" .. table.concat(parts, " ") .. "]"
  elseif name == "mode" or name == "umask" then
    return ("0%o"):format(value)
  elseif name == "type" then
    return ("%c"):format(value)
  elseif name == "adj" or name == "nice" then -- signed numbers of 32 bits
    return ("%d"):format((value ~ 1 << 31) - (1 << 31))
  elseif value < 0 and name ~= "secs" then -- an unsigned number from 2^63 on
    local tens = (value >> 1) // 5
    return ("%d%d"):format(tens, value - tens * 10)
  end
  return (HEX[name] and "0x%x" or "%d"):format(value)
end

-- One line for each step: the operation, its origin, its fields in the table's order.
function M.render(steps)
  local lines = {}
  for i, step in ipairs(steps) do
    local parts = { ("%-13s %-30s"):format(step.name, step.origin) }
    for _, field in ipairs(helper.ops[step.name].fields) do
      parts[#parts + 1] = field.name .. "=" .. show(field.name, step.fields[field.name])
    end
    lines[i] = table.concat(parts, " "):gsub("%s+$", "")
  end
  return table.concat(lines, "\n") .. "\n"
end

function M.path(name, ending)
  return ("spec/golden/%s.%s"):format(name, ending)
end

function M.config(name)
  return helper.read_file(M.path(name, "json"))
end

function M.facts(who)
  return who == "root" and helper.root() or helper.user()
end

return M
