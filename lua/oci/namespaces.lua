-- linux.namespaces: the namespaces that the container gets, all new ones. A network namespace gets its loopback.
local flags_of = require("oci.namespace_flags")

local M = { property = "linux.namespaces" }

-- Of the types of namespace, each the node of its entry: what the bundle asks to create.
function M.read(config)
  local found = {}
  for _, entry in ipairs(config:get("linux"):get("namespaces"):list()) do
    local node = entry:need("type")
    local flag, kind = node:one_of(flags_of, "a type of namespace")
    if found[kind] then
      node:refuse("E_CONFIG_VALUE", ("a %s namespace is listed already at %s"):format(kind, found[kind].path))
    elseif not flag then
      node:refuse("E_CONFIG_UNSUPPORTED", ("a %s namespace is not supported yet"):format(kind))
    end
    local path = entry:get("path")
    if (path:string() or "") ~= "" then
      path:refuse("E_CONFIG_UNSUPPORTED", "joining an existing namespace is not supported yet")
    end
    found[kind] = entry
  end
  return found
end

local function demand(config, found, kind, code, why)
  if not found[kind] then
    config:get("linux"):get("namespaces"):refuse(code, why, ('add {"type": "%s"} to the list'):format(kind))
  end
end

function M.translate(config, facts, core)
  local found, flags = M.read(config), 0
  demand(config, found, "pid", "E_CONFIG_UNSUPPORTED", "a container without a pid namespace is not supported")
  demand(config, found, "mount", "E_CONFIG_UNSUPPORTED", "a container without a mount namespace is not supported")
  if not facts.caller.is_root then
    demand(config, found, "user", "E_AUTHORITY", "a caller who is not root needs a user namespace")
  end
  for kind in pairs(found) do
    flags = flags | flags_of[kind]
  end
  core.unshare("linux.namespaces", { flags = flags })
  if found.network then
    core.loopback(found.network.path, {})
  end
end

return M
