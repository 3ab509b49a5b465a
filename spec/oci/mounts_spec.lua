local helper = require("helper")

local function mounts(text)
  return { mounts = text }
end

-- A mount step of one of the kinds below, likewise.
local function mount(given)
  local step = { fstype = "tmpfs", source = "tmpfs", options = {}, attr = 0, propagation = {}, copy_up = 0,
    target = "/x" }
  for key, value in pairs(given) do
    step[key] = value
  end
  return { step }
end

-- A bind step with what most rows have.
local function bind(given)
  local step = { source = "/src", recursive = 0, attr_set = 0, attr_clr = 0, rattr_set = 0, rattr_clr = 0,
    propagation = {}, tree = 0, target = "/data" }
  for key, value in pairs(given) do
    step[key] = value
  end
  return { step }
end

local function source(options)
  return mounts(('[{"destination":"/data","source":"/src","options":[%s]}]'):format(options))
end

local CGROUP = '[{"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup","options":["nosuid","ro"]}]'
local CGROUPNS = '[{"type":"pid"},{"type":"mount"},{"type":"cgroup"}]'

describe("oci.mounts", function()
  helper.translates("mount", {
    { "no mounts", {}, {} },
    { "proc without options", mounts('[{"destination":"/proc","type":"proc","source":"proc"}]'),
      mount({ fstype = "proc", source = "proc", target = "/proc" }) },
    { "tmpfs with all kinds of options, no source",
      mounts('[{"destination":"/dev","type":"tmpfs",'
        .. '"options":["nosuid","strictatime","mode=755","size=64k","slave"]}]'),
      mount({ options = { "mode=755", "size=64k" }, attr = 0x22, propagation = { 0x80000 }, target = "/dev" }) },
    { "recursive words on a new mount", mounts('[{"destination":"/x","type":"tmpfs","source":"","options":["rro"]}]'),
      mount({ attr = 1 }) },
    { "a destination that is relative", mounts('[{"destination":"x/y","type":"tmpfs"}]'), mount({ target = "/x/y" }) },
    { "a file system of a device as read-only itself",
      mounts('[{"destination":"/x","type":"ext4","source":"/dev/sda","options":["noload","ro"]}]'),
      mount({ fstype = "ext4", source = "/dev/sda", options = { "ro", "noload" }, attr = 1 }) },
    { "the same read-write", mounts('[{"destination":"/x","type":"ext4","options":["ro","rw"]}]'),
      mount({ fstype = "ext4", source = "ext4" }) },
    { "tmpcopyup", mounts('[{"destination":"/x","type":"tmpfs","options":["tmpcopyup","size=1m"]}]'),
      mount({ options = { "size=1m" }, copy_up = 2 }) },
    { "tmpcopyup with a mode of its own",
      mounts('[{"destination":"/x","type":"tmpfs","options":["mode=700","tmpcopyup"]}]'),
      mount({ options = { "mode=700" }, copy_up = 1 }) },
    { "tmpcopyup with an owner of its own",
      mounts('[{"destination":"/x","type":"tmpfs","options":["tmpcopyup","gid=5"]}]'),
      mount({ options = { "gid=5" }, copy_up = 1 }) },
    { "silent on what says nothing, loud on all",
      mounts('[{"destination":"/x","type":"tmpfs","options":["silent"]}]'), mount({}) },
    { "silent, then loud", mounts('[{"destination":"/x","type":"xfs","source":"x","options":["silent","loud"]}]'),
      mount({ fstype = "xfs", source = "x" }) },
    { "a cgroup with a cgroup namespace", { mounts = CGROUP, ["linux.namespaces"] = CGROUPNS },
      mount({ fstype = "cgroup2", source = "cgroup", attr = 3, target = "/sys/fs/cgroup" }) },
    { "a cgroup without a cgroup namespace", mounts(CGROUP), {} },
  })
  helper.translates("bind", {
    { "a bind", source('"bind"'), bind({}) },
    { "an rbind with rw", source('"rbind","rw"'), bind({ recursive = 1, attr_clr = 1 }) },
    { "words about the mount and the tree", source('"rbind","ro","rnosuid","noatime","rprivate"'),
      bind({ recursive = 1, attr_set = 0x11, attr_clr = 0x70, rattr_set = 2, propagation = { 0x44000 } }) },
    { "words of mount(8)", source('"bind","defaults","async","x-gvfs-show","comment=a,b","noowner"'), bind({}) },
    { "silent", source('"bind","silent"'), bind({}) },
    { "a relative source and any type",
      mounts('[{"destination":"/data","type":"none","source":"vol","options":["bind"]}]'), bind({ source = "vol" }) },
    { "a cgroup without a cgroup namespace", mounts(CGROUP),
      bind({ source = "/sys/fs/cgroup", recursive = 1, attr_set = 3, target = "/sys/fs/cgroup" }) },
  })

  it("keeps the order of the bundle", function()
    local origins = {}
    for _, step in ipairs(helper.run(helper.bundle(mounts('[{"destination":"/b","type":"tmpfs"},'
      .. '{"destination":"/a","source":"a","options":["bind"]},{"destination":"/b/c","type":"tmpfs"}]')))) do
      if step.name == "mount" or step.name == "bind" then
        table.insert(origins, step.name .. " " .. step.origin)
      end
    end
    assert.same({ "mount mounts[0]", "bind mounts[1]", "mount mounts[2]" }, origins)
  end)

  it("has room for ro beside the most options", function()
    local steps = helper.steps("mount", mounts('[{"destination":"/x","type":"ext4","options":["ro"'
      .. (',"a=1"'):rep(64) .. "]}]"))
    assert.equal(65, #steps[1].options)
  end)

  it("warns once of relative destinations", function()
    local text = "a relative destination is deprecated; it is taken as relative to /"
    assert.same({ { text = text } }, helper.steps("warning", mounts('[{"destination":"/a","type":"tmpfs"},'
      .. '{"destination":"b","type":"tmpfs"},{"destination":"c","type":"tmpfs"}]')))
  end)

  local function one(text)
    return mounts("[{" .. text .. "}]")
  end
  helper.refuses({
    { "mounts as an object", mounts('{"a":1}'), "mounts: expected array, got object [E_CONFIG_TYPE]" },
    { "a mount as a string", mounts('["/proc"]'), "mounts[0]: expected object, got string [E_CONFIG_TYPE]" },
    { "no destination", one('"type":"proc"'), "mounts[0].destination: required, but missing [E_CONFIG_MISSING]" },
    { "a relative destination that is the root", one('"destination":"a/..","type":"tmpfs"'),
      "mounts[0].destination (a/..): a mount can't cover the root file system itself [E_CONFIG_VALUE]" },
    { "a long destination", one('"destination":"/' .. ("a"):rep(4094) .. '","type":"tmpfs"'),
      "mounts[0].destination (/" .. ("a"):rep(4094) .. "): at most 4094 bytes, got 4095 [E_CONFIG_VALUE]" },
    { "an empty destination", one('"destination":"","type":"tmpfs"'),
      "mounts[0].destination (): must not be empty [E_CONFIG_VALUE]" },
    { "a destination with a NUL", one([["destination":"/a\u0000","type":"tmpfs"]]),
      "mounts[0].destination: must not contain a NUL character [E_CONFIG_VALUE]" },
    { "the root as a destination", one('"destination":"/a/..","type":"tmpfs"'),
      "mounts[0].destination (/a/..): a mount can't cover the root file system itself [E_CONFIG_VALUE]" },
    { "an option that is no string", one('"destination":"/data","type":"tmpfs","options":["ro",7]'),
      "mounts[0].options[1] (/data): expected string, got number [E_CONFIG_TYPE]" },
    { "an empty option", one('"destination":"/data","type":"tmpfs","options":[""]'),
      "mounts[0].options[0] (/data): must not be empty [E_CONFIG_VALUE]" },
    { "options as a string", one('"destination":"/data","type":"tmpfs","options":"ro"'),
      "mounts[0].options (/data): expected array, got string [E_CONFIG_TYPE]" },
    { "no type", one('"destination":"/data"'),
      "mounts[0].type (/data): required, but missing [E_CONFIG_MISSING]" },
    { "a type that is no string", one('"destination":"/data","type":1'),
      "mounts[0].type (/data): expected string, got number [E_CONFIG_TYPE]" },
    { "an empty type", one('"destination":"/data","type":""'),
      "mounts[0].type (/data): must not be empty [E_CONFIG_VALUE]" },
    { "type bind without the option", one('"destination":"/data","type":"bind","source":"/src"'),
      'mounts[0].type (/data): "bind" is no file system, and the options do not ask for a bind mount [E_CONFIG_VALUE]',
      'add "bind" or "rbind" to the options' },
    { "a bind without a source", one('"destination":"/data","options":["bind"]'),
      "mounts[0].source (/data): required, but missing [E_CONFIG_MISSING]" },
    { "a bind with an empty source", one('"destination":"/data","source":"","options":["bind"]'),
      "mounts[0].source (/data): must not be empty [E_CONFIG_VALUE]" },
    { "a source that is no string", one('"destination":"/data","source":[],"options":["bind"]'),
      "mounts[0].source (/data): expected string, got array [E_CONFIG_TYPE]" },
    { "a file system option on a bind", source('"bind","mode=755"'),
      'mounts[0].options[1] (/data): "mode=755" is an option of file systems; a bind mount can\'t have any '
        .. "[E_CONFIG_VALUE]" },
    { "tmpcopyup on a bind", source('"bind","tmpcopyup"'),
      "mounts[0].options[1] (/data): only a new tmpfs can be filled with what it covers [E_CONFIG_VALUE]" },
    { "tmpcopyup on another file system", one('"destination":"/x","type":"mqueue","options":["tmpcopyup"]'),
      "mounts[0].options[0] (/x): only a new tmpfs can be filled with what it covers [E_CONFIG_VALUE]" },
    { "silent where the kernel may talk", one('"destination":"/x","type":"ext4","options":["silent"]'),
      'mounts[0].options[0] (/x): "silent": fsconfig(2) has no such flag, and "ext4" may write to the kernel\'s log '
        .. "[E_CONFIG_UNSUPPORTED]" },
    { "a flag of the file system on a bind", source('"sync","bind"'),
      'mounts[0].options[0] (/data): "sync" is an option of file systems; a bind mount can\'t have any '
        .. "[E_CONFIG_VALUE]" },
  })
end)

describe("oci.mounts on a host without cgroup2", function()
  helper.refuses({
    { "a cgroup to bind", mounts(CGROUP),
      "mounts[0].type (/sys/fs/cgroup): this host has no cgroup2 file system mounted [E_CONFIG_UNSUPPORTED]",
      "give the container a cgroup namespace" },
  }, helper.root(""))
end)

describe("oci.mounts for a caller who is not root", function()
  helper.translates("mount", {
    { "a mount as nosuid and nodev", mounts('[{"destination":"/proc","type":"proc","options":["ro"]}]'),
      mount({ fstype = "proc", source = "proc", attr = 7, target = "/proc" }) },
    { "devpts as nosuid, with its devices", mounts('[{"destination":"/dev/pts","type":"devpts"}]'),
      mount({ fstype = "devpts", source = "devpts", attr = 2, target = "/dev/pts" }) },
  }, helper.user())
  helper.translates("bind", {
    { "a bind as nosuid and nodev", source('"bind"'), bind({ attr_set = 6 }) },
    { "a whole tree as nosuid and nodev", source('"rbind"'), bind({ recursive = 1, attr_set = 6, rattr_set = 6 }) },
  }, helper.user())
  helper.refuses({
    { "suid", source('"bind","suid"'), 'mounts[0].options[1] (/data): "suid": every mount of a caller who is not '
      .. "root is nosuid and nodev [E_AUTHORITY]" },
  }, helper.user())
end)
