-- mounts: each entry becomes a step `mount` (a new file system instance) or `bind`, in the bundle's order.
--
-- An entry with the option remount changes what an earlier one has mounted; one with bind or rbind is a bind mount,
-- whatever its type says, as OCI has it; all others are new instances.
-- Types cgroup and cgroup2 become a new cgroup2 where the container has a cgroup namespace, and a bind of the host's
-- cgroup2 where it has not.
local bind = require("oci.mount_bind")
local fold = require("oci.mount_options").fold
local json = require("lib.json")
local labels = require("oci.labels")
local namespaces = require("oci.namespaces")
local new = require("oci.mount_new")
local path_of = require("lib.path")

local M = { property = "mounts" }

local MOUNTS_MAX = 4096
local SOURCE_MAX = 4095
local TARGET_MAX = 4095
local FSTYPE_MAX = 64
local CGROUP = { cgroup = true, cgroup2 = true }
local NO_TYPE = { bind = true, none = true, rbind = true }

-- The destination as the plan has it, absolute; its clean path; and whether the bundle has it so.
local function read_target(node)
  local destination = node:need("destination")
  local target = destination:string()
  node:name(target)
  destination:name(target):word(TARGET_MAX - 1)
  local absolute = target:sub(1, 1) == "/"
  if not absolute then
    target = "/" .. target
  end
  local place = path_of.clean(target)
  if place == "/" then
    destination:refuse("E_CONFIG_VALUE", "a mount can't cover the root file system itself")
  end
  return target, place, absolute
end

local function read_entry(node, facts)
  local target, place, absolute = read_target(node)
  local source = node:get("source")
  return {
    node = node,
    target = target,
    absolute = absolute,
    place = place,
    type = node:get("type"):string(FSTYPE_MAX),
    source = source:string(SOURCE_MAX),
    options = fold(node:get("options"), facts),
  }
end

local function read(config, facts)
  local entries = { at = {} }
  for i, node in ipairs(config:get("mounts"):list(MOUNTS_MAX)) do
    local entry = read_entry(node, facts)
    entries[i] = entry
    if not entry.options.marks.remount then
      entries.at[entry.place] = entry
    end
  end
  return entries
end

-- All entries of the bundle, for other areas: node, target, place (its clean path), type, source, options.
function M.read(config, facts)
  return config:once("mounts", read, facts)
end

-- The last of the entries that stands at exactly this place, or nil. One that only changes another is none.
function M.at(entries, place)
  return entries.at[place]
end

local function bind_source(entry)
  local source = entry.node:need("source")
  if entry.source == "" then
    source:refuse("E_CONFIG_VALUE", "must not be empty")
  end
  return entry.source
end

local function bind_cgroup(entry, context)
  if context.facts.cgroup_mount == "" then
    entry.node:get("type"):refuse("E_CONFIG_UNSUPPORTED", "this host has no cgroup2 file system mounted",
      "give the container a cgroup namespace")
  end
  bind(entry, context, context.facts.cgroup_mount, true)
end

local function check_type(entry)
  local node = entry.node:need("type")
  node:word()
  if NO_TYPE[entry.type] then
    node:refuse("E_CONFIG_VALUE", ("%s is no file system, and the options do not ask for a bind mount")
      :format(json.quote(entry.type)), 'add "bind" or "rbind" to the options')
  end
end

local function translate(entry, context)
  local options = entry.options
  if options.marks.remount then
    return require("oci.mount_remount")(entry, context) -- seldom: loaded when it is asked for
  elseif options.bind then
    return bind(entry, context, bind_source(entry), options.recursive)
  end
  check_type(entry)
  if not CGROUP[entry.type] then
    new(entry, context, entry.type)
  elseif context.cgroupns then
    new(entry, context, "cgroup2")
  else
    bind_cgroup(entry, context)
  end
end

local function warn_of_relative(entries, core)
  for _, entry in ipairs(entries) do
    if not entry.absolute then
      core.warning(entry.node.path .. ".destination",
        { text = "a relative destination is deprecated; it is taken as relative to /" })
      return
    end
  end
end

function M.translate(config, facts, core)
  local found = namespaces.read(config)
  local context = { config = config, facts = facts, core = core, userns = namespaces.is_new(found.user),
    cgroupns = found.cgroup ~= nil, label = labels.mount(config), idmapped = 0,
    standing = {} }
  local entries = M.read(config, facts)
  for _, entry in ipairs(entries) do
    translate(entry, context)
    context.standing[entry.place] = true
  end
  warn_of_relative(entries, core)
end

return M
