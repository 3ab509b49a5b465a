local helper = require("helper")

-- A tmpfs at /x, then an entry with `remount` and more.
local function remount(options, more)
  return { mounts = ('[{"destination":"/x","type":"tmpfs"},{"destination":"/x"%s,"options":["remount"%s]}]')
    :format(more or "", options) }
end

local function step(given)
  local fields = { source = "/x", recursive = 0, tree = 2,
    attr_set = 0, attr_clr = 0, rattr_set = 0, rattr_clr = 0, propagation = {}, target = "/x" }
  for key, value in pairs(given) do
    fields[key] = value
  end
  return { fields }
end

describe("oci.mount_remount", function()
  helper.translates("bind", {
    { "nothing but remount", remount(""), step({}) },
    { "ro", remount(',"ro"'), step({ attr_set = 1 }) },
    { "ro, then rw", remount(',"ro","rw","noexec"'), step({ attr_set = 8, attr_clr = 1 }) },
    { "bind, a type and a source as nothing", remount(',"bind","ro"', ',"type":"none","source":"/s"'),
      step({ attr_set = 1 }) },
    { "the tree", remount(',"rro","noatime"'), step({ rattr_set = 1, attr_set = 0x10, attr_clr = 0x70 }) },
    { "propagation", remount(',"rslave","shared"'), step({ propagation = { 0x84000, 0x100000 } }) },
    { "another spelling of the place",
      { mounts = '[{"destination":"/x/","type":"tmpfs"},{"destination":"//x/.","options":["remount","ro"]}]' },
      step({ attr_set = 1, target = "//x/.", source = "//x/." }) },
  })
  helper.translates("mount", {
    { "no second mount", remount(',"ro"', ',"type":"tmpfs"'),
      { { fstype = "tmpfs", source = "tmpfs", options = {}, attr = 0, propagation = {}, copy_up = 0,
        target = "/x" } } },
  })

  helper.refuses({
    { "what no entry has mounted", { mounts = '[{"destination":"/x","options":["remount","ro"]}]' },
      "mounts[0].options[0] (/x): no earlier entry of mounts has mounted anything at this destination "
        .. "[E_CONFIG_VALUE]" },
    { "what a later entry mounts",
      { mounts = '[{"destination":"/x","options":["remount"]},{"destination":"/x","type":"tmpfs"}]' },
      "mounts[0].options[0] (/x): no earlier entry of mounts has mounted anything at this destination "
        .. "[E_CONFIG_VALUE]" },
    { "an option of the file system", remount(',"size=1m"'),
      'mounts[1].options[1] (/x): "size=1m" is an option of the file system, which a remount does not change '
        .. "[E_CONFIG_UNSUPPORTED]", "give it to the entry that mounts the file system" },
    { "sync", remount(',"sync"'),
      'mounts[1].options[1] (/x): "sync" is an option of the file system, which a remount does not change '
        .. "[E_CONFIG_UNSUPPORTED]" },
    { "tmpcopyup", remount(',"tmpcopyup"'),
      "mounts[1].options[1] (/x): only a new tmpfs can be filled with what it covers [E_CONFIG_VALUE]" },
    { "idmap", remount(',"idmap"'),
      "mounts[1].options[1] (/x): a mount that stands already can't be idmapped [E_CONFIG_UNSUPPORTED]" },
    { "mappings", remount("", ',"uidMappings":[{"containerID":0,"hostID":1,"size":1}],'
      .. '"gidMappings":[{"containerID":0,"hostID":1,"size":1}]'),
      "mounts[1].uidMappings (/x): a mount that stands already can't be idmapped [E_CONFIG_UNSUPPORTED]" },
  })
end)

describe("oci.mount_remount for a caller who is not root", function()
  helper.translates("bind", {
    { "ro", remount(',"ro"'), step({ attr_set = 1 }) },
  }, helper.user())
  helper.refuses({
    { "suid", remount(',"suid"'), 'mounts[1].options[1] (/x): "suid": every mount of a caller who is not root is '
      .. "nosuid and nodev [E_AUTHORITY]" },
  }, helper.user())
end)
