-- linux.netDevices: network devices of the host that move into the container, for root only. A name is as the kernel
-- takes it; only the new name may be a template that ends in %d, for which the kernel finds a number.
local namespaces = require("oci.namespaces")

local M = { property = "linux.netDevices" }

local MOST = 32
local NAME_MAX = 15 -- IFNAMSIZ, without the terminator

local function check_name(node, name)
  if name == "" or name == "." or name == ".." or #name > NAME_MAX or name:find("[/:%z%s]") then
    node:refuse("E_CONFIG_VALUE", "is no name of a network device",
      'a name has 1 to 15 bytes, no "/", ":" and white space, and is not "." or ".."')
  end
end

local function check_host_name(node, name)
  check_name(node, name)
  if name:find("%", 1, true) then
    node:refuse("E_CONFIG_VALUE", "is no name of a network device: a template is possible for the new name only")
  end
end

-- Of one member: the name in the container, and the node that says it.
local function read_new_name(member)
  local node = member.node:get("name")
  local name = node:string() or ""
  if name == "" then
    return member.key, member.node
  end
  check_name(node, name)
  if name:gsub("%%d$", ""):find("%", 1, true) then
    node:refuse("E_CONFIG_VALUE", "is no template: it may end in %d, and has no other %")
  end
  return name, node
end

local function check_possible(config, node, caller)
  if not caller.is_root then
    node:refuse("E_AUTHORITY", "only root may move network devices of the host into a container",
      "leave it out; the container has its own lo in a network namespace")
  elseif not namespaces.read(config).network then
    node:refuse("E_CONFIG_VALUE", "needs a network namespace: the devices would stay where they are",
      'add {"type": "network"} to linux.namespaces')
  end
end

function M.translate(config, facts, core)
  local node, at = config:get("linux"):get("netDevices"), {}
  local members = node:members()
  if #members == 0 then
    return
  end
  check_possible(config, node, facts.caller)
  if #members > MOST then
    node:refuse("E_CONFIG_VALUE", ("at most %d devices, got %d"):format(MOST, #members))
  end
  for _, member in ipairs(members) do
    check_host_name(member.node, member.key)
    local name, from = read_new_name(member)
    if at[name] and not name:find("%", 1, true) then
      from:refuse("E_CONFIG_VALUE", ("is the name of %s in the container already"):format(at[name]))
    end
    at[name] = member.node.path
    core.netdev(member.node.path, { name = member.key, new_name = name })
  end
end

return M
