-- A new file system instance of mounts: the step `mount`.
local idmap = require("oci.mount_idmap")
local json = require("lib.json")

local RDONLY, NOSUID, NODEV = 0x1, 0x2, 0x4
local NOSUID_NODEV = NOSUID | NODEV

-- File systems without a device and without messages of their own in the kernel's log: "silent" asks for nothing of
-- them, and "ro" is a matter of the mount alone (the instance of a sysfs may be the host's own).
local PSEUDO = { proc = true, sysfs = true, tmpfs = true, devpts = true, mqueue = true, cgroup2 = true }

-- SELinux has labels of its own for what is in these; runc and crun leave them alone too.
local NOT_LABELLED = { cgroup2 = true, proc = true, sysfs = true }

-- devpts holds nothing but the terminals of its own instance, and is of no use without devices.
local function forced_attributes(fstype, facts)
  if facts.caller.is_root then
    return 0
  end
  return fstype == "devpts" and NOSUID or NOSUID_NODEV
end

-- 0 nothing, 1 what the covered directory holds, 2 and its owner, mode and times, unless the options have their own.
local function copy_up(entry, fstype)
  local word = entry.options.marks.tmpcopyup
  if not word then
    return 0
  elseif fstype ~= "tmpfs" then
    word:refuse("E_CONFIG_VALUE", "only a new tmpfs can be filled with what it covers")
  end
  for _, option in ipairs(entry.options.fs) do
    if option.text:find("^mode=") or option.text:find("^[ug]id=") then
      return 1
    end
  end
  return 2
end

local function check_silent(entry, fstype)
  local word = entry.options.marks.silent
  if word and not PSEUDO[fstype] then
    word:refuse("E_CONFIG_UNSUPPORTED",
      ('"silent": fsconfig(2) has no such flag, and %s may write to the kernel\'s log'):format(json.quote(fstype)))
  end
end

local function texts(entry, fstype, label)
  local options = {}
  if label and fstype == "mqueue" then -- the kernel makes the instance with the ipc namespace, and labels it then
    entry.node:refuse("E_CONFIG_UNSUPPORTED", "a mount of type mqueue can't have the label of linux.mountLabel",
      "leave one of them out")
  end
  if entry.options.whole.set & RDONLY ~= 0 and not PSEUDO[fstype] then
    options[1] = "ro" -- the file system itself, or it can't be mounted from a device that is read-only
  end
  for _, option in ipairs(entry.options.fs) do
    options[#options + 1] = option.text
  end
  if label and not NOT_LABELLED[fstype] then
    options[#options + 1] = "context=" .. label
  end
  return options
end

return function(entry, context, fstype)
  idmap.refuse(entry, "only a bind mount can be idmapped")
  check_silent(entry, fstype)
  context.core.mount(entry.node.path, {
    fstype = fstype,
    source = (entry.source or "") ~= "" and entry.source or fstype,
    options = texts(entry, fstype, context.label),
    attr = entry.options.whole.set | forced_attributes(fstype, context.facts),
    propagation = entry.options.propagation,
    copy_up = copy_up(entry, fstype),
    target = entry.target,
  })
end
