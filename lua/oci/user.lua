-- process.user: who the process is, in the container. Without it, root with no other group; umask 022 as in runc.
local idmaps = require("oci.idmaps")
local namespaces = require("oci.namespaces")

local M = { property = "process.user" }

local GROUPS_MAX = 65536
local UMASK_MAX = 511 -- 0777
local UMASK = 18 -- 022

local function read_ids(user)
  if not user:present() then
    return 0, 0
  end
  return user:need("uid"):id(), user:need("gid"):id()
end

local function check_mapped(node, extents, id, key)
  if extents and not idmaps.has(extents, id) then
    node:refuse("E_CONFIG_VALUE", ("id %d is not mapped in the container's user namespace"):format(id),
      ("add an extent for it to linux.%s"):format(key))
  end
end

local function read_groups(list, config, facts, gids)
  local groups = {}
  for i, node in ipairs(list:list(GROUPS_MAX)) do
    groups[i] = node:id()
    check_mapped(node, gids, groups[i], "gidMappings")
  end
  if #groups > 0 and gids and not idmaps.setgroups(config, facts) then
    list:refuse("E_CONFIG_VALUE", "setgroups(2) is denied where only the caller's own group is mapped",
      "map a range that /etc/subgid delegates to the caller in linux.gidMappings")
  end
  return groups
end

function M.translate(config, facts, core)
  local user = config:need("process"):get("user")
  local uid, gid = read_ids(user)
  local uids, gids
  if namespaces.is_new(namespaces.read(config).user) then -- what a joined one maps is the kernel's to say
    uids, gids = idmaps.read(config, "uidMappings"), idmaps.read(config, "gidMappings")
  end
  check_mapped(user:get("uid"), uids, uid, "uidMappings")
  check_mapped(user:get("gid"), gids, gid, "gidMappings")
  core.user("process.user", {
    uid = uid,
    gid = gid,
    groups = read_groups(user:get("additionalGids"), config, facts, gids),
    umask = user:get("umask"):integer(0, UMASK_MAX) or UMASK,
  })
end

return M
