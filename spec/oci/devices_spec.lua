local helper = require("helper")

local function devices(text)
  return { ["linux.devices"] = text }
end

-- The default devices come first.
local function last(patch, given)
  local steps = helper.steps("device", patch, given)
  return steps[#steps]
end

local function count(patch, given)
  return #helper.steps("device", patch, given) - 6
end

local C, B, P = ("c"):byte(), ("b"):byte(), ("p"):byte()
local FUSE = '{"path":"/dev/fuse","type":"c","major":10,"minor":229'
local PTS = '[{"destination":"/dev/pts","type":"devpts"}]'
local PTMX = '{"path":"/dev/ptmx","type":"c","major":5,"minor":2'
local TMPFS = '{"destination":"/dev","type":"tmpfs"}'
local BOUND_DEV = '[{"destination":"/dev","source":"/dev","options":["bind"]}]'

describe("oci.devices", function()
  for _, row in ipairs({
    { "a device with all there is",
      '{"path":"/dev/fuse","type":"u","major":10,"minor":229,"fileMode":384,"uid":1,"gid":5}',
      { path = "/dev/fuse", type = C, major = 10, minor = 229, mode = 384, uid = 1, gid = 5, bind = 0 } },
    { "a device with what is required", FUSE .. "}",
      { path = "/dev/fuse", type = C, major = 10, minor = 229, mode = 438, uid = 0, gid = 0, bind = 0 } },
    { "a block device elsewhere", '{"path":"/a/b","type":"b","major":4095,"minor":1048575,"fileMode":0}',
      { path = "/a/b", type = B, major = 4095, minor = 1048575, mode = 0, uid = 0, gid = 0, bind = 0 } },
    { "a FIFO", '{"path":"/run/f","type":"p"}',
      { path = "/run/f", type = P, major = 0, minor = 0, mode = 438, uid = 0, gid = 0, bind = 0 } },
    { "a FIFO with numbers, which mean nothing", '{"path":"/run/f","type":"p","major":7,"minor":8,"fileMode":511}',
      { path = "/run/f", type = P, major = 0, minor = 0, mode = 511, uid = 0, gid = 0, bind = 0 } },
    { "a mode with the bits of its type", FUSE .. ',"fileMode":8576}',
      { path = "/dev/fuse", type = C, major = 10, minor = 229, mode = 384, uid = 0, gid = 0, bind = 0 } },
  }) do
    it("translates " .. row[1], function()
      assert.same(row[3], last(devices("[" .. row[2] .. "]")))
    end)
  end

  for _, row in ipairs({
    { "as it is", FUSE .. "}", 1 },
    { "and compares the mode", FUSE .. ',"fileMode":438}', 3 },
    { "and compares the uid", FUSE .. ',"uid":0}', 5 },
    { "and compares the gid", FUSE .. ',"gid":0}', 9 },
    { "unless it is a FIFO", '{"path":"/f","type":"p","uid":0}', 0 },
  }) do
    it("binds in a user namespace " .. row[1], function()
      assert.equal(row[3], last(devices("[" .. row[2] .. "]"), helper.user()).bind)
    end)
  end

  it("binds below a bind mount, where a node would be made on the host", function()
    local function bind_of(mounts)
      local steps = helper.steps("device", { mounts = mounts, ["linux.devices"] = "[" .. FUSE .. ',"fileMode":438}]' })
      return steps[#steps].bind
    end
    assert.equal(3, bind_of(BOUND_DEV))
    assert.equal(3, bind_of("[" .. TMPFS .. ',{"destination":"/dev/","source":"/x","options":["rbind"]}]'))
    assert.equal(0, bind_of('[{"destination":"/devices","source":"/x","options":["bind"]}]'))
    assert.equal(0, bind_of(BOUND_DEV:sub(1, -2) .. "," .. TMPFS .. "]"))
  end)

  it("takes a default device again, and then with the bundle's mode", function()
    assert.same({ path = "/dev/null", type = C, major = 1, minor = 3, mode = 384, uid = 0, gid = 0, bind = 0 },
      last(devices('[{"path":"/dev/null","type":"c","major":1,"minor":3,"fileMode":384}]')))
    assert.equal(2, count(devices("[" .. FUSE .. "}," .. FUSE .. "}]"))) -- discouraged, no error
  end)

  it("leaves /dev/ptmx to the link where the container has a devpts, and makes it elsewhere", function()
    assert.equal(0, count({ mounts = PTS, ["linux.devices"] = "[" .. PTMX .. "}]" }))
    assert.equal(1, count(devices("[" .. PTMX .. "}]")))
    local mounts = BOUND_DEV:sub(1, -2) .. "," .. PTS:sub(2)
    assert.equal(1, last({ mounts = mounts, ["linux.devices"] = "[" .. PTMX .. "}]" }).bind)
  end)

  it("takes /dev/console where no terminal is asked for", function()
    assert.equal(1, count(devices('[{"path":"/dev/console","type":"c","major":5,"minor":1}]')))
  end)

  it("asks for nothing with [] and null", function()
    assert.equal(0, count(devices("[]")))
    assert.equal(0, count(devices("null")))
  end)

  helper.refuses({
    { "a device without a path", devices('[{"type":"c"}]'),
      "linux.devices[0].path: required, but missing [E_CONFIG_MISSING]" },
    { "a relative path", devices('[{"path":"dev/x","type":"p"}]'),
      'linux.devices[0].path: must be an absolute path, got "dev/x" [E_CONFIG_VALUE]' },
    { "a device without a type", devices('[{"path":"/dev/x"}]'),
      "linux.devices[0].type (/dev/x): required, but missing [E_CONFIG_MISSING]" },
    { "an unknown type", devices('[{"path":"/dev/x","type":"d"}]'),
      'linux.devices[0].type (/dev/x): "d" is not b, c, u or p [E_CONFIG_VALUE]' },
    { "a device without a major", devices('[{"path":"/dev/x","type":"c","minor":1}]'),
      "linux.devices[0].major (/dev/x): required, but missing [E_CONFIG_MISSING]" },
    { "a device without a minor", devices('[{"path":"/dev/x","type":"b","major":1}]'),
      "linux.devices[0].minor (/dev/x): required, but missing [E_CONFIG_MISSING]" },
    { "a major over the kernel's", devices('[{"path":"/dev/x","type":"c","major":4096,"minor":0}]'),
      "linux.devices[0].major (/dev/x): must be between 0 and 4095, got 4096 [E_CONFIG_VALUE]" },
    { "a negative minor", devices('[{"path":"/dev/x","type":"c","major":0,"minor":-1}]'),
      "linux.devices[0].minor (/dev/x): must be between 0 and 1048575, got -1 [E_CONFIG_VALUE]" },
    { "a minor over the kernel's", devices('[{"path":"/dev/x","type":"c","major":0,"minor":1048576}]'),
      "linux.devices[0].minor (/dev/x): must be between 0 and 1048575, got 1048576 [E_CONFIG_VALUE]" },
    { "a FIFO's number of a wrong type", devices('[{"path":"/f","type":"p","major":"1"}]'),
      "linux.devices[0].major (/f): expected number, got string [E_CONFIG_TYPE]" },
    { "a setuid bit", devices("[" .. FUSE .. ',"fileMode":2048}]'),
      "linux.devices[0].fileMode (/dev/fuse): must be made of permission bits, at most 511 (0777) [E_CONFIG_VALUE]" },
    { "a mode that is none", devices("[" .. FUSE .. ',"fileMode":65536}]'),
      "linux.devices[0].fileMode (/dev/fuse): must be between 0 and 65535, got 65536 [E_CONFIG_VALUE]" },
    { "a uid that is none", devices("[" .. FUSE .. ',"uid":-1}]'),
      "linux.devices[0].uid (/dev/fuse): must be between 0 and 4294967294, got -1 [E_CONFIG_VALUE]" },
    { "another device in the place of a default one",
      devices('[{"path":"/dev/../dev/null","type":"c","major":1,"minor":1}]'),
      "linux.devices[0] (/dev/../dev/null): must be device c 1:3, which OCI has there [E_CONFIG_VALUE]" },
    { "a FIFO in the place of a default one", devices('[{"path":"/dev/tty","type":"p"}]'),
      "linux.devices[0] (/dev/tty): must be device c 5:0, which OCI has there [E_CONFIG_VALUE]" },
    { "/dev/console with a terminal",
      { mounts = PTS, ["process.terminal"] = "true",
        ["linux.devices"] = '[{"path":"/dev/console","type":"c","major":5,"minor":1}]' },
      "linux.devices[0] (/dev/console): with process.terminal the terminal is bound there [E_CONFIG_VALUE]" },
    { "a FIFO in a bind mount",
      { mounts = '[{"destination":"/data","source":"/x","options":["rbind"]}]',
        ["linux.devices"] = '[{"path":"/data/f","type":"p"}]' },
      "linux.devices[0] (/data/f): would be made on the host, in the bind mount mounts[0] [E_CONFIG_VALUE]" },
    { "another device as /dev/ptmx",
      { mounts = PTS, ["linux.devices"] = '[{"path":"/dev/ptmx","type":"c","major":1,"minor":3}]' },
      "linux.devices[0] (/dev/ptmx): must be device c 5:2, which OCI has there [E_CONFIG_VALUE]" },
    { "a mode of the link /dev/ptmx", { mounts = PTS, ["linux.devices"] = "[" .. PTMX .. ',"fileMode":438}]' },
      "linux.devices[0] (/dev/ptmx): is the link to the container's /dev/pts/ptmx, which has its mode and owner "
        .. "[E_CONFIG_VALUE]",
      "leave fileMode, uid and gid out; the mode is option ptmxmode of the devpts" },
  })

  helper.refuses({
    { "a uid that is not mapped", devices("[" .. FUSE .. ',"uid":1}]'),
      "linux.devices[0].uid (/dev/fuse): id 1 is not mapped in the container's user namespace [E_CONFIG_VALUE]",
      "add an extent for it to linux.uidMappings" },
    { "a gid that is not mapped", devices('[{"path":"/f","type":"p","gid":5}]'),
      "linux.devices[0].gid (/f): id 5 is not mapped in the container's user namespace [E_CONFIG_VALUE]",
      "add an extent for it to linux.gidMappings" },
  }, helper.user())
end)
