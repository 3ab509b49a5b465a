local helper = require("helper")

local function user(text)
  return { ["process.user"] = text }
end

local DELEGATED = {
  ["linux.uidMappings"] = '[{"containerID":0,"hostID":1000,"size":1},{"containerID":1,"hostID":100000,"size":65535}]',
  ["linux.gidMappings"] = '[{"containerID":0,"hostID":1000,"size":1},{"containerID":1,"hostID":100000,"size":65535}]',
}

local function delegated(text)
  local patch = user(text)
  for path, maps in pairs(DELEGATED) do
    patch[path] = maps
  end
  return patch
end

describe("oci.user", function()
  helper.translates("user", {
    { "no user as root", {}, { { uid = 0, gid = 0, groups = {}, umask = 18 } } },
    { "all of it", user('{"uid":1000,"gid":100,"umask":63,"additionalGids":[27,4],"username":"me"}'),
      { { uid = 1000, gid = 100, groups = { 27, 4 }, umask = 63 } } },
    { "umask 0", user('{"uid":0,"gid":0,"umask":0}'), { { uid = 0, gid = 0, groups = {}, umask = 0 } } },
  })
  local RANGE = ": must be between 0 and 4294967294, got "
  helper.refuses({
    { "no uid", user('{"gid":0}'), "process.user.uid: required, but missing [E_CONFIG_MISSING]" },
    { "no gid", user('{"uid":0}'), "process.user.gid: required, but missing [E_CONFIG_MISSING]" },
    { "a name", user('"root"'), "process.user: expected object, got string [E_CONFIG_TYPE]" },
    { "a uid as a string", user('{"uid":"1000","gid":0}'),
      "process.user.uid: expected number, got string [E_CONFIG_TYPE]" },
    { "a uid of -1", user('{"uid":-1,"gid":0}'), "process.user.uid" .. RANGE .. "-1 [E_CONFIG_VALUE]" },
    { "a gid of 2^32-1", user('{"uid":0,"gid":4294967295}'),
      "process.user.gid" .. RANGE .. "4294967295 [E_CONFIG_VALUE]" },
    { "a fractional uid", user('{"uid":1.5,"gid":0}'), "process.user.uid: expected integer, got 1.5 [E_CONFIG_TYPE]" },
    { "a negative zero", user('{"uid":-0,"gid":0}'), "process.user.uid: expected integer, got -0 [E_CONFIG_TYPE]" },
    { "a umask of more than 0777", user('{"uid":0,"gid":0,"umask":512}'),
      "process.user.umask: must be between 0 and 511, got 512 [E_CONFIG_VALUE]" },
    { "a group of 2^32", user('{"uid":0,"gid":0,"additionalGids":[1,4294967296]}'),
      "process.user.additionalGids[1]" .. RANGE .. "4294967296 [E_CONFIG_VALUE]" },
    { "groups as a number", user('{"uid":0,"gid":0,"additionalGids":1}'),
      "process.user.additionalGids: expected array, got number [E_CONFIG_TYPE]" },
  })
end)

describe("oci.user in a user namespace", function()
  helper.translates("user", {
    { "mapped ids", delegated('{"uid":1000,"gid":65535,"additionalGids":[100]}'),
      { { uid = 1000, gid = 65535, groups = { 100 }, umask = 18 } } },
  }, helper.user())
  local NOT = " is not mapped in the container's user namespace [E_CONFIG_VALUE]"
  helper.refuses({
    { "a uid that is not mapped", user('{"uid":5,"gid":0}'), "process.user.uid: id 5" .. NOT,
      "add an extent for it to linux.uidMappings" },
    { "a gid that is not mapped", user('{"uid":0,"gid":5}'), "process.user.gid: id 5" .. NOT,
      "add an extent for it to linux.gidMappings" },
    { "no user where root is not mapped", {
      ["linux.uidMappings"] = '[{"containerID":7,"hostID":1000,"size":1}]',
    }, "process.user.uid: id 0" .. NOT },
    { "a group behind the map's end", delegated('{"uid":0,"gid":0,"additionalGids":[65536]}'),
      "process.user.additionalGids[0]: id 65536" .. NOT },
    { "groups where setgroups is denied", user('{"uid":0,"gid":0,"additionalGids":[0]}'),
      "process.user.additionalGids: setgroups(2) is denied where only the caller's own group is mapped "
        .. "[E_CONFIG_VALUE]", "map a range that /etc/subgid delegates to the caller in linux.gidMappings" },
  }, helper.user())
end)
