-- linux.sysctl: kernel parameters of the container's namespaces. What would change the host is refused.
local json = require("lib.json")
local namespace_of = require("oci.sysctl_namespaces")
local namespaces = require("oci.namespaces")

local M = { property = "linux.sysctl" }

local PATH_MAX = 255
local VALUE_MAX = 4094
local NAME_MAX = 64 -- __NEW_UTS_LEN
local OTHER = { ["."] = "/", ["/"] = "." }

-- The path below /proc/sys of a name as sysctl(8) has it. The separator that comes first is the one that separates:
-- net/ipv4/conf/eth0.100/forwarding is net.ipv4.conf.eth0/100.forwarding.
local function read_path(key, node)
  local path = key:match("[./]") == "." and key:gsub("[./]", OTHER) or key
  if #path > PATH_MAX or path:find("[%c ]") then
    node:refuse("E_CONFIG_VALUE", "is no name of a kernel parameter")
  end
  for part in (path .. "/"):gmatch("([^/]*)/") do
    if part == "" or part == "." or part == ".." then
      node:refuse("E_CONFIG_VALUE", ("is no name of a kernel parameter: it has a part %s"):format(json.quote(part)))
    end
  end
  return path
end

-- The type of namespace that has the parameter for itself.
local function owner(path)
  return namespace_of[path] or namespace_of[path:match("^[^/]+/")] or namespace_of[path:match("^[^/]+/[^/]+/")]
end

local function check(path, node, found)
  local kind = owner(path)
  if path == "kernel/hostname" then
    node:refuse("E_CONFIG_VALUE", "the host name has a property of its own", "use the property hostname")
  elseif not kind then
    node:refuse("E_CONFIG_VALUE", ("%s is the host's: no namespace has it for itself"):format(path),
      "net.*, fs.mqueue.*, user.*, kernel.{msg*,sem,shm*} and kernel.domainname can be a container's own")
  elseif not found[kind] then
    node:refuse("E_CONFIG_VALUE", ("needs a new %s namespace: it would change the host's %s"):format(kind, path),
      ('add {"type": "%s"} to linux.namespaces'):format(kind))
  elseif not namespaces.is_new(found[kind]) then
    node:refuse("E_CONFIG_VALUE", ("needs a new %s namespace: others are in the one that is joined"):format(kind),
      "set it where that namespace was made")
  end
end

local function read_value(node)
  local value = node:string(VALUE_MAX)
  if value:find("\n", 1, true) then
    node:refuse("E_CONFIG_VALUE", "must be one line")
  end
  return value
end

local function domainname(config, node, core)
  if not config:get("domainname"):is_empty() then
    node:refuse("E_CONFIG_VALUE", "is what the property domainname says already", "leave one of them out")
  end
  core.domainname(node.path, { name = node:string(NAME_MAX) })
end

function M.translate(config, _, core)
  local found, at = namespaces.read(config), {}
  for _, member in ipairs(config:get("linux"):get("sysctl"):members()) do
    local node = member.node
    local path, value = read_path(member.key, node), read_value(node)
    check(path, node, found)
    if at[path] then
      node:refuse("E_CONFIG_VALUE", ("is the same parameter as %s"):format(at[path]))
    end
    at[path] = node.path
    if path == "kernel/domainname" then
      domainname(config, node, core)
    else
      core.sysctl(node.path, { path = path, value = value })
    end
  end
end

return M
