-- linux.cgroupsPath: where the container stands in the cgroup tree. A relative path is taken below locald's own root,
-- which is where `admin cgroup setup` enables the controllers. Without a path the engine chooses one there, but only
-- where the bundle needs a cgroup: for limits, for device rules, to be ended by where no pid namespace does that, for a
-- process with a label (its profile or domain may deny kill(2), even to root, but not cgroup.kill), or for a cgroup
-- namespace, which would show the caller's own cgroup otherwise.
local json = require("lib.json")
local labels = require("oci.labels")
local namespaces = require("oci.namespaces")
local path_of = require("lib.path")
local resources = require("oci.resources")

local M = { property = "linux.cgroupsPath" }

local PATH_MAX = 4095
local NAME_MAX = 255

local function check_parts(node, path)
  if path:find("%c") then
    node:refuse("E_CONFIG_VALUE", "must not contain control characters")
  elseif path:find("^[^/:]*:[^/:]*:[^/:]*$") then
    node:refuse("E_CONFIG_UNSUPPORTED", ("%s has systemd's form slice:prefix:name"):format(json.quote(path)),
      "write a path, such as /locald.slice/web.scope")
  end
  for part in (path:gsub("^/", "") .. "/"):gmatch("([^/]*)/") do
    if part == "" or part == "." or part == ".." then
      node:refuse("E_CONFIG_VALUE", ('%s must not have empty, "." or ".." parts'):format(json.quote(path)))
    elseif part:sub(1, 7) == "cgroup." then
      node:refuse("E_CONFIG_VALUE", ('%s: names that begin with "cgroup." are the kernel\'s'):format(json.quote(part)))
    elseif #part > NAME_MAX then
      node:refuse("E_CONFIG_VALUE", ("a part has %d bytes, at most %d are possible"):format(#part, NAME_MAX))
    end
  end
end

-- For a caller who is not root: below one of the roots that the host's policy has, and no name of the shim's own.
local function check_authority(node, path, roots)
  for _, root in ipairs(roots) do
    local name = path_of.below(path, root) and path:sub(#root + 2):match("^[^/]*")
    if name and (name == "pin" or name:sub(1, 4) == "uid-") then
      node:refuse("E_AUTHORITY",
        ("%s: pin, and names that begin with uid-, are the shim's own"):format(json.quote(path)))
    elseif name then
      return
    end
  end
  node:refuse("E_AUTHORITY", ("%s is not below %s"):format(json.quote(path), table.concat(roots, " or ")),
    "a caller who is not root gets cgroups below locald's own only; leave cgroupsPath out to have one chosen")
end

local function demand_mount(node, facts)
  if facts.cgroup_mount == "" then
    node:refuse("E_CONFIG_UNSUPPORTED", "this host has no cgroup2 file system mounted")
  end
end

-- The path as the plan has it, "" for one that the engine chooses, or nil where no cgroup is needed; and the
-- node that wants it.
function M.read(config, facts)
  local linux = config:get("linux")
  local node = linux:get("cgroupsPath")
  local path = node:string(PATH_MAX - #facts.cgroup_root - 1)
  if path and path ~= "" then
    check_parts(node, path)
    return path:sub(1, 1) == "/" and path or facts.cgroup_root .. "/" .. path, node
  end
  local file = resources.read(config)[1]
  if file then
    return "", file.node
  end
  local rules = linux:get("resources"):get("devices")
  if #rules:list() > 0 then
    return "", rules
  end
  local label = labels.process(config)
  if label then
    return "", label
  end
  local found = namespaces.read(config)
  if not namespaces.is_new(found.pid) then
    return "", linux:get("namespaces")
  elseif namespaces.is_new(found.cgroup) and facts.cgroup_mount ~= "" then
    return "", found.cgroup
  end
end

-- A container with a cgroup namespace and a writable /sys/fs/cgroup makes cgroups of its own: OCI gives its cgroup,
-- but not the limits, to the process's user. The words are OCI's: the source is compared, not the type.
local function wants_own(config)
  for _, mount in ipairs(config:get("mounts"):list()) do
    local writable = true
    for _, option in mount:get("options"):each_string() do
      if option == "ro" then
        writable = false
        break
      end
    end
    local destination = mount:get("destination"):string() or ""
    if writable and mount:get("source"):string() == "cgroup" and path_of.clean(destination) == "/sys/fs/cgroup" then
      return mount
    end
  end
end

local function give(config, core)
  local found, mount, is_new = namespaces.read(config), wants_own(config), namespaces.is_new
  local uid = config:get("process"):get("user"):get("uid"):id() or 0
  if mount and is_new(found.cgroup) and (is_new(found.user) or not found.user and uid ~= 0) then
    core.cgroup_owner(mount.path, { uid = uid })
  end
end

function M.translate(config, facts, core)
  local path, node = M.read(config, facts)
  if not path then
    return
  end
  demand_mount(node, facts)
  if path ~= "" and not facts.caller.is_root then
    check_authority(node, path, facts.cgroup_roots)
  end
  core.cgroup(node.path, { path = path })
  give(config, core)
end

return M
