-- linux.namespaces: the namespaces that the container gets: new ones, and those of others that it joins by path.
-- What is not listed is the caller's. A new network namespace gets its loopback; a joined one has its own already.
local flags_of = require("oci.namespace_flags")

local M = { property = "linux.namespaces" }

local function path_of(entry)
  return entry:get("path"):string() or ""
end

-- Whether an entry of M.read is there, and asks for a namespace of the container's own.
function M.is_new(entry)
  return entry ~= nil and path_of(entry) == ""
end

local function read(config)
  local found = {}
  for _, entry in ipairs(config:get("linux"):get("namespaces"):list()) do
    local node = entry:need("type")
    local _, kind = node:one_of(flags_of, "a type of namespace")
    if found[kind] then
      node:refuse("E_CONFIG_VALUE", ("a %s namespace is listed already at %s"):format(kind, found[kind].path))
    end
    if path_of(entry) ~= "" then
      entry:get("path"):abspath()
    end
    found[kind] = entry
  end
  return found
end

-- Of the types of namespace, each the node of its entry.
function M.read(config)
  return config:once("namespaces", read)
end

local function check_mount(config, mount)
  if not mount then
    config:get("linux"):get("namespaces"):refuse("E_CONFIG_UNSUPPORTED",
      "a container without a mount namespace is not supported: its root would become the host's",
      'add {"type": "mount"} to the list')
  elseif not M.is_new(mount) then
    mount:get("path"):refuse("E_CONFIG_UNSUPPORTED",
      "a mount namespace can't be joined: pivot_root(2) would change the root of all processes in it",
      "leave the path out, and bind what the containers share")
  end
end

-- The end of a pid namespace's first process is the end of all that are in it; elsewhere the cgroup has to say who
-- belongs to the container.
local function check_pid(config, pid, facts)
  if not M.is_new(pid) and facts.cgroup_mount == "" then
    config:get("linux"):get("namespaces"):refuse("E_CONFIG_UNSUPPORTED",
      "a container without a new pid namespace is ended through its cgroup, and this host has no cgroup2 file system "
        .. "mounted", 'add {"type": "pid"}, without a path, to the list')
  end
end

local function check_user(config, found, caller)
  if caller.is_root then
    return
  elseif not found.user then
    config:get("linux"):get("namespaces"):refuse("E_AUTHORITY", "a caller who is not root needs a user namespace",
      'add {"type": "user"} to the list')
  elseif not M.is_new(found.user) then
    found.user:get("path"):refuse("E_AUTHORITY", "only root may join a user namespace",
      "leave the path out: the container gets a user namespace of its own")
  end
end

-- The kernel lets a process into a cgroup namespace only with power over it, and once it is in its cgroup: too late
-- for who is in a new user namespace then.
local function check_cgroup(found)
  if found.cgroup and not M.is_new(found.cgroup) and M.is_new(found.user) then
    found.cgroup:get("path"):refuse("E_CONFIG_VALUE", "a cgroup namespace can't be joined from a new user namespace",
      "leave the path out, or the user namespace")
  end
end

-- The user namespace last: who has joined it has no power outside of it any more.
local function joins(found)
  local kinds = {}
  for kind, entry in pairs(found) do
    if kind ~= "user" and not M.is_new(entry) then
      kinds[#kinds + 1] = kind
    end
  end
  table.sort(kinds)
  if found.user and not M.is_new(found.user) then
    kinds[#kinds + 1] = "user"
  end
  return kinds
end

function M.translate(config, facts, core)
  local found, flags = M.read(config), 0
  check_mount(config, found.mount)
  check_pid(config, found.pid, facts)
  check_user(config, found, facts.caller)
  check_cgroup(found)
  for _, kind in ipairs(joins(found)) do
    core.join(found[kind].path, { flag = flags_of[kind], path = path_of(found[kind]) })
  end
  for kind, entry in pairs(found) do
    flags = flags | (M.is_new(entry) and flags_of[kind] or 0)
  end
  core.unshare("linux.namespaces", { flags = flags })
  if M.is_new(found.network) then
    core.loopback(found.network.path, {})
  end
end

return M
