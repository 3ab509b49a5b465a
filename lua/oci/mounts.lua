-- mounts: each entry becomes a step `mount` (a new file system instance) or `bind`, in the bundle's order.
--
-- An entry is a bind mount exactly when its options say bind or rbind, as OCI has it. Types cgroup and cgroup2
-- become a new cgroup2 where the container has a cgroup namespace, and a bind of the host's cgroup2 where it has not.
-- Flags of the file system (sync, dirsync, lazytime) can't be changed by a bind, so asking one for them is refused;
-- async and nolazytime are accepted there, since they only spell out mount(8)'s defaults.
local fold = require("oci.mount_options").fold
local json = require("lib.json")
local labels = require("oci.labels")
local namespaces = require("oci.namespaces")
local path_of = require("lib.path")

local M = { property = "mounts" }

local MOUNTS_MAX = 4096
local SOURCE_MAX = 4095
local FSTYPE_MAX = 64
local NOSUID, NODEV = 0x2, 0x4
local NOSUID_NODEV = NOSUID | NODEV
local CGROUP = { cgroup = true, cgroup2 = true }
-- SELinux has labels of its own for what is in these; runc and crun leave them alone too.
local NOT_LABELLED = { cgroup2 = true, proc = true, sysfs = true }
local NO_TYPE = { bind = true, none = true, rbind = true }

local function read_target(node)
  local destination = node:need("destination")
  local target = destination:string()
  node:name(target)
  destination:name(target):abspath()
  if path_of.clean(target) == "/" then
    destination:refuse("E_CONFIG_VALUE", "a mount can't cover the root file system itself")
  end
  return target
end

local function read_entry(node, facts)
  local target = read_target(node)
  local source = node:get("source")
  return {
    node = node,
    target = target,
    place = path_of.clean(target),
    type = node:get("type"):string(FSTYPE_MAX),
    source = source:string(SOURCE_MAX),
    options = fold(node:get("options"), facts),
  }
end

-- All entries of the bundle, for other areas: node, target, place (its clean path), type, source, options.
function M.read(config, facts)
  local entries = {}
  for i, node in ipairs(config:get("mounts"):list(MOUNTS_MAX)) do
    entries[i] = read_entry(node, facts)
  end
  return entries
end

-- The last of the entries that stands at exactly this place, or nil.
function M.at(entries, place)
  local found
  for _, entry in ipairs(entries) do
    found = entry.place == place and entry or found
  end
  return found
end

local function bind(entry, facts, core, source, recursive)
  local top, tree = entry.options.top, entry.options.tree
  for _, option in ipairs(entry.options.fs) do
    option.node:refuse("E_CONFIG_VALUE", ("%s is an option of file systems; a bind mount can't have any")
      :format(json.quote(option.text)))
  end
  local forced = facts.caller.is_root and 0 or NOSUID_NODEV
  core.bind(entry.node.path, {
    source = source,
    recursive = recursive and 1 or 0,
    attr_set = top.set | forced,
    attr_clr = top.clr,
    rattr_set = tree.set | (recursive and forced or 0),
    rattr_clr = tree.clr,
    propagation = entry.options.propagation,
    target = entry.target,
  })
end

local function bind_source(entry)
  local source = entry.node:need("source")
  if entry.source == "" then
    source:refuse("E_CONFIG_VALUE", "must not be empty")
  end
  return entry.source
end

-- devpts holds nothing but the terminals of its own instance, and is of no use without devices.
local function forced_attributes(fstype, facts)
  if facts.caller.is_root then
    return 0
  end
  return fstype == "devpts" and NOSUID or NOSUID_NODEV
end

local function new(entry, facts, core, fstype, label)
  local options = {}
  for i, option in ipairs(entry.options.fs) do
    options[i] = option.text
  end
  if label and fstype == "mqueue" then -- the kernel makes the instance with the ipc namespace, and labels it then
    entry.node:refuse("E_CONFIG_UNSUPPORTED", "a mount of type mqueue can't have the label of linux.mountLabel",
      "leave one of them out")
  elseif label and not NOT_LABELLED[fstype] then
    options[#options + 1] = "context=" .. label
  end
  core.mount(entry.node.path, {
    fstype = fstype,
    source = (entry.source or "") ~= "" and entry.source or fstype,
    options = options,
    attr = entry.options.whole.set | forced_attributes(fstype, facts),
    propagation = entry.options.propagation,
    target = entry.target,
  })
end

local function bind_cgroup(entry, facts, core)
  if facts.cgroup_mount == "" then
    entry.node:get("type"):refuse("E_CONFIG_UNSUPPORTED", "this host has no cgroup2 file system mounted",
      "give the container a cgroup namespace")
  end
  bind(entry, facts, core, facts.cgroup_mount, true)
end

local function check_type(entry)
  local node = entry.node:need("type")
  node:word()
  if NO_TYPE[entry.type] then
    node:refuse("E_CONFIG_VALUE", ("%s is no file system, and the options do not ask for a bind mount")
      :format(json.quote(entry.type)), 'add "bind" or "rbind" to the options')
  end
end

local function translate(entry, facts, core, has_cgroupns, label)
  if entry.options.bind then
    return bind(entry, facts, core, bind_source(entry), entry.options.recursive)
  end
  check_type(entry)
  if not CGROUP[entry.type] then
    new(entry, facts, core, entry.type, label)
  elseif has_cgroupns then
    new(entry, facts, core, "cgroup2")
  else
    bind_cgroup(entry, facts, core)
  end
end

function M.translate(config, facts, core)
  local has_cgroupns = namespaces.read(config).cgroup ~= nil
  local label = labels.mount(config)
  for _, entry in ipairs(M.read(config, facts)) do
    translate(entry, facts, core, has_cgroupns, label)
  end
end

return M
