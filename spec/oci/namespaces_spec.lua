local helper = require("helper")

local function list(text)
  return { ["linux.namespaces"] = text }
end

-- The least, and these.
local function more(...)
  return list('[{"type":"pid"},{"type":"mount"},' .. table.concat({ ... }, ",") .. "]")
end

local function joined(kind, path)
  return ('{"type":"%s","path":"%s"}'):format(kind, path or "/run/ns/" .. kind)
end

local TIME, UTS, USER = 0x80, 0x04000000, 0x10000000
local IPC, PID, NET, CGROUP = 0x08000000, 0x20000000, 0x40000000, 0x02000000

local HOST_MOUNTS = "linux.namespaces: a container without a mount namespace is not supported: its root would become "
  .. "the host's [E_CONFIG_UNSUPPORTED]"

describe("oci.namespaces", function()
  helper.translates("unshare", {
    { "the least", {}, { { flags = 0x20020000 } } },
    { "all of them",
      {
        ["linux.namespaces"] = '[{"type":"pid"},{"type":"mount"},{"type":"uts"},{"type":"ipc"},{"type":"network"},'
          .. '{"type":"cgroup"},{"type":"user"},{"type":"time"}]',
        ["linux.uidMappings"] = '[{"containerID":0,"hostID":0,"size":1}]',
        ["linux.gidMappings"] = '[{"containerID":0,"hostID":0,"size":1}]',
      },
      { { flags = 0x7E020080 } } },
    { "an empty path as none", list('[{"type":"pid","path":""},{"type":"mount","path":null}]'),
      { { flags = 0x20020000 } } },
    { "no pid namespace", list('[{"type":"mount"}]'), { { flags = 0x20000 } } },
    { "a namespace that is joined is no new one", more(joined("uts")), { { flags = 0x20020000 } } },
  })
  helper.translates("join", {
    { "none", {}, {} },
    { "one", more(joined("uts", "/proc/7/ns/uts")), { { flag = UTS, path = "/proc/7/ns/uts" } } },
    { "all that can be joined, the user namespace last",
      list("[" .. table.concat({ joined("user"), '{"type":"mount"}', joined("time"), joined("pid"), joined("network"),
        joined("uts"), joined("cgroup"), joined("ipc") }, ",") .. "]"),
      {
        { flag = CGROUP, path = "/run/ns/cgroup" },
        { flag = IPC, path = "/run/ns/ipc" },
        { flag = NET, path = "/run/ns/network" },
        { flag = PID, path = "/run/ns/pid" },
        { flag = TIME, path = "/run/ns/time" },
        { flag = UTS, path = "/run/ns/uts" },
        { flag = USER, path = "/run/ns/user" },
      } },
  })
end)

describe("oci.namespaces beside other properties", function()
  helper.translates("loopback", {
    { "no network namespace", {}, {} },
    { "a network namespace", more('{"type":"network"}'), { {} } },
    { "not that of others", more(joined("network")), {} },
  })
  helper.translates("cgroup", {
    { "to be ended by, without a pid namespace", list('[{"type":"mount"}]'), { { path = "" } } },
    { "to be ended by, in the pid namespace of others", list('[{"type":"mount"},' .. joined("pid") .. "]"),
      { { path = "" } } },
    { "none for a cgroup namespace of others", more(joined("cgroup")), {} },
  })
  helper.translates("setgroups", { { "in the user namespace of others", more(joined("user")), {} } })
  helper.translates("user", {
    { "ids that only a user namespace of others knows", {
      ["linux.namespaces"] = more(joined("user"))["linux.namespaces"],
      ["process.user"] = '{"uid":5,"gid":6,"additionalGids":[7]}',
    }, { { uid = 5, gid = 6, groups = { 7 }, umask = 18 } } },
  })
end)

describe("oci.namespaces", function()
  local MAPPED = '[{"containerID":0,"hostID":0,"size":1}]'
  local WITH_USER = {
    ["linux.namespaces"] = more('{"type":"user"}', joined("cgroup"))["linux.namespaces"],
    ["linux.uidMappings"] = MAPPED,
    ["linux.gidMappings"] = MAPPED,
  }
  helper.refuses({
    { "no namespaces", list(false), HOST_MOUNTS, 'add {"type": "mount"} to the list' },
    { "no linux", { linux = false }, HOST_MOUNTS },
    { "no mount namespace", list('[{"type":"pid"}]'), HOST_MOUNTS },
    { "a mount namespace of others", list("[" .. joined("mount") .. "]"),
      "linux.namespaces[0].path: a mount namespace can't be joined: pivot_root(2) would change the root of all "
        .. "processes in it [E_CONFIG_UNSUPPORTED]", "leave the path out, and bind what the containers share" },
    { "a namespace twice", list('[{"type":"pid"},{"type":"mount"},{"type":"pid"}]'),
      "linux.namespaces[2].type: a pid namespace is listed already at linux.namespaces[0] [E_CONFIG_VALUE]" },
    { "a namespace joined twice", more(joined("ipc"), joined("ipc")),
      "linux.namespaces[3].type: a ipc namespace is listed already at linux.namespaces[2] [E_CONFIG_VALUE]" },
    { "a namespace new and joined", more(joined("pid")),
      "linux.namespaces[2].type: a pid namespace is listed already at linux.namespaces[0] [E_CONFIG_VALUE]" },
    { "an unknown namespace", list('[{"type":"pod"}]'),
      'linux.namespaces[0].type: "pod" is not a type of namespace [E_CONFIG_VALUE]' },
    { "the kernel's name of a namespace", list('[{"type":"net"}]'),
      'linux.namespaces[0].type: "net" is not a type of namespace [E_CONFIG_VALUE]' },
    { "a relative path", more(joined("uts", "ns/uts")),
      'linux.namespaces[2].path: must be an absolute path, got "ns/uts" [E_CONFIG_VALUE]' },
    { "a path that is no string", list('[{"type":"pid","path":{}}]'),
      "linux.namespaces[0].path: expected string, got object [E_CONFIG_TYPE]" },
    { "a path with a NUL", list('[{"type":"pid","path":"/a\\u0000"}]'),
      "linux.namespaces[0].path: must not contain a NUL character [E_CONFIG_VALUE]" },
    { "a path of 4096 bytes", list('[{"type":"pid","path":"/' .. ("a"):rep(4095) .. '"}]'),
      "linux.namespaces[0].path: at most 4095 bytes, got 4096 [E_CONFIG_VALUE]" },
    { "no type", list("[{}]"), "linux.namespaces[0].type: required, but missing [E_CONFIG_MISSING]" },
    { "a type that is no string", list('[{"type":1}]'),
      "linux.namespaces[0].type: expected string, got number [E_CONFIG_TYPE]" },
    { "a list of strings", list('["pid"]'), "linux.namespaces[0]: expected object, got string [E_CONFIG_TYPE]" },
    { "an object", list('{"type":"pid"}'), "linux.namespaces: expected array, got object [E_CONFIG_TYPE]" },
    { "linux as a list", { linux = "[]" }, "linux: expected object, got array [E_CONFIG_TYPE]" },
    { "a cgroup namespace of others beside a new user namespace", WITH_USER,
      "linux.namespaces[3].path: a cgroup namespace can't be joined from a new user namespace [E_CONFIG_VALUE]",
      "leave the path out, or the user namespace" },
  })
end)

describe("oci.namespaces on a host without cgroup2", function()
  local NONE = "linux.namespaces: a container without a new pid namespace is ended through its cgroup, and this host "
    .. "has no cgroup2 file system mounted [E_CONFIG_UNSUPPORTED]"
  local HINT = 'add {"type": "pid"}, without a path, to the list'
  helper.refuses({
    { "no pid namespace", list('[{"type":"mount"}]'), NONE, HINT },
    { "a pid namespace of others", list('[{"type":"mount"},' .. joined("pid") .. "]"), NONE, HINT },
  }, helper.root(""))
end)

describe("oci.namespaces for a caller who is not root", function()
  helper.translates("join", {
    { "what does not need power", list("[" .. table.concat({ '{"type":"mount"},{"type":"user"}', joined("network"),
      joined("ipc"), joined("uts"), joined("pid"), joined("time") }, ",") .. "]"), {
      { flag = IPC, path = "/run/ns/ipc" },
      { flag = NET, path = "/run/ns/network" },
      { flag = PID, path = "/run/ns/pid" },
      { flag = TIME, path = "/run/ns/time" },
      { flag = UTS, path = "/run/ns/uts" },
    } },
  }, helper.user())
  helper.refuses({
    { "no user namespace", { ["linux.namespaces"] = '[{"type":"pid"},{"type":"mount"}]' },
      "linux.namespaces: a caller who is not root needs a user namespace [E_AUTHORITY]",
      'add {"type": "user"} to the list' },
    { "a user namespace of others", more(joined("user")),
      "linux.namespaces[2].path: only root may join a user namespace [E_AUTHORITY]",
      "leave the path out: the container gets a user namespace of its own" },
    { "a cgroup namespace of others", more('{"type":"user"}', joined("cgroup")),
      "linux.namespaces[3].path: a cgroup namespace can't be joined from a new user namespace [E_CONFIG_VALUE]" },
  }, helper.user())
end)
