-- linux.cgroupsPath: where the container stands in the cgroup tree. A relative path is taken below /locald.slice.
-- Without a path the engine chooses one, but only where the bundle needs a cgroup: for device rules, or for a cgroup
-- namespace, which would show the caller's own cgroup otherwise.
local json = require("lib.json")
local namespaces = require("oci.namespaces")
local path_of = require("lib.path")

local M = { property = "linux.cgroupsPath" }

local OWN = { "/locald.slice", "/locald" }
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

local function check_authority(node, path, caller)
  if not caller.is_root and not path_of.below(path, OWN[1]) and not path_of.below(path, OWN[2]) then
    node:refuse("E_AUTHORITY", ("%s is not below %s or %s"):format(json.quote(path), OWN[1], OWN[2]),
      "a caller who is not root gets cgroups below locald's own only; leave cgroupsPath out to have one chosen")
  end
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
  local path = node:string(PATH_MAX - #OWN[1] - 1)
  if path and path ~= "" then
    check_parts(node, path)
    return path:sub(1, 1) == "/" and path or OWN[1] .. "/" .. path, node
  end
  local rules = linux:get("resources"):get("devices")
  if #rules:list() > 0 then
    return "", rules
  end
  local namespace = namespaces.read(config).cgroup
  if namespace and facts.cgroup_mount ~= "" then
    return "", namespace
  end
end

function M.translate(config, facts, core)
  local path, node = M.read(config, facts)
  if not path then
    return
  end
  demand_mount(node, facts)
  if path ~= "" then
    check_authority(node, path, facts.caller)
  end
  core.cgroup(node.path, { path = path })
end

return M
