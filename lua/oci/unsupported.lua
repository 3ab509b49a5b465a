-- Nothing that a bundle asks is silently ignored: known properties that are not performed are refused by name.
local paths = require("oci.unsupported_properties")

local M = { property = "(unsupported)" }

-- Calls visit(node) on all that a path such as "mounts[].uidMappings" leads to.
local function walk(node, path, visit)
  local key, rest = path:match("^([^.]+)%.?(.*)$")
  if not key then
    return visit(node)
  end
  local elements = key:match("^(.*)%[%]$")
  if not elements then
    return walk(node:get(key), rest, visit)
  end
  for _, element in ipairs(node:get(elements):list()) do
    walk(element, rest, visit)
  end
end

local function refuse(node)
  if not node:is_empty() then
    node:refuse("E_CONFIG_UNSUPPORTED", "this property is not supported yet")
  end
end

function M.translate(config)
  for _, path in ipairs(paths) do
    walk(config, path, refuse)
  end
end

return M
