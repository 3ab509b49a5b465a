local helper = require("helper")

local function path(text)
  return { ["linux.cgroupsPath"] = '"' .. text .. '"' }
end

local CGROUPNS = '[{"type":"pid"},{"type":"mount"},{"type":"cgroup"}]'
local RULES = '[{"allow":false}]'

-- A host without systemd.
local plain = helper.root()
plain.cgroup_root = "/locald"

describe("oci.cgroup", function()
  helper.translates("cgroup", {
    { "nothing that needs one", {}, {} },
    { "an empty path as none", path(""), {} },
    { "an absolute path", path("/default/c7"), { { path = "/default/c7" } } },
    { "a relative path", path("a/b"), { { path = "/locald.slice/a/b" } } },
    { "a relative path that begins like systemd's", path("a.slice/b:c"), { { path = "/locald.slice/a.slice/b:c" } } },
    { "device rules without a path", { ["linux.resources.devices"] = RULES }, { { path = "" } } },
    { "empty device rules", { ["linux.resources.devices"] = "[]" }, {} },
    { "a profile without a path", { ["process.apparmorProfile"] = '"a"' }, { { path = "" } } },
    { "a context without a path", { ["process.selinuxLabel"] = '"a"' }, { { path = "" } } },
    { "an empty profile", { ["process.apparmorProfile"] = '""' }, {} },
    { "a context of mounts", { ["linux.mountLabel"] = '"a"' }, {} },
    { "a cgroup namespace without a path", { ["linux.namespaces"] = CGROUPNS }, { { path = "" } } },
  })

  helper.translates("cgroup", {
    { "a relative path on a host without systemd", path("a/b"), { { path = "/locald/a/b" } } },
  }, plain)

  local function parts(text)
    return ('linux.cgroupsPath: "%s" must not have empty, "." or ".." parts [E_CONFIG_VALUE]'):format(text)
  end

  helper.refuses({
    { "the root cgroup", path("/"), parts("/") },
    { "two slashes", path("/a//b"), parts("/a//b") },
    { "a slash at the end", path("/a/"), parts("/a/") },
    { "a dot", path("./a"), parts("./a") },
    { "dots", path("/locald/../system.slice"), parts("/locald/../system.slice") },
    { "systemd's form", path("system.slice:crun:abc"),
      'linux.cgroupsPath: "system.slice:crun:abc" has systemd\'s form slice:prefix:name [E_CONFIG_UNSUPPORTED]',
      "write a path, such as /locald.slice/web.scope" },
    { "a newline", path("/a\\nb"), "linux.cgroupsPath: must not contain control characters [E_CONFIG_VALUE]" },
    { "a NUL", path("/a\\u0000b"), "linux.cgroupsPath: must not contain a NUL character [E_CONFIG_VALUE]" },
    { "5 KiB", path(("a/"):rep(2560) .. "a"), "linux.cgroupsPath: at most 4081 bytes, got 5121 [E_CONFIG_VALUE]" },
    { "a name of the kernel's", path("/a/cgroup.procs"),
      'linux.cgroupsPath: "cgroup.procs": names that begin with "cgroup." are the kernel\'s [E_CONFIG_VALUE]' },
    { "a long part", path("/" .. ("a"):rep(256)),
      "linux.cgroupsPath: a part has 256 bytes, at most 255 are possible [E_CONFIG_VALUE]" },
    { "a list", { ["linux.cgroupsPath"] = "[]" }, "linux.cgroupsPath: expected string, got array [E_CONFIG_TYPE]" },
  })
end)

describe("oci.cgroup on a host without cgroup2", function()
  local NONE = ": this host has no cgroup2 file system mounted [E_CONFIG_UNSUPPORTED]"
  helper.refuses({
    { "a path", path("/a"), "linux.cgroupsPath" .. NONE },
    { "device rules", { ["linux.resources.devices"] = RULES }, "linux.resources.devices" .. NONE },
    { "a profile", { ["process.apparmorProfile"] = '"a"' }, "process.apparmorProfile" .. NONE },
  }, helper.root(""))
  helper.translates("cgroup", {
    { "a cgroup namespace", { ["linux.namespaces"] = CGROUPNS }, {} },
  }, helper.root(""))
end)

describe("oci.cgroup for a caller who is not root", function()
  helper.translates("cgroup", {
    { "a path below locald's slice", path("/locald.slice/a"), { { path = "/locald.slice/a" } } },
    { "a path below locald's root", path("/locald/a"), { { path = "/locald/a" } } },
    { "a relative path", path("a"), { { path = "/locald.slice/a" } } },
  }, helper.user())

  local function foreign(text)
    return ('linux.cgroupsPath: "%s" is not below /locald.slice or /locald [E_AUTHORITY]'):format(text)
  end

  helper.refuses({
    { "a name of those that the shim gives", path("/locald.slice/uid-1001-web-7.scope"), 'linux.cgroupsPath: ' ..
      '"/locald.slice/uid-1001-web-7.scope": pin, and names that begin with uid-, are the shim\'s own [E_AUTHORITY]' },
    { "the cgroup that pins locald's root", path("/locald/pin"), 'linux.cgroupsPath: ' ..
      '"/locald/pin": pin, and names that begin with uid-, are the shim\'s own [E_AUTHORITY]' },
    { "another path", path("/system.slice/a"), foreign("/system.slice/a") },
    { "locald's root itself", path("/locald"), foreign("/locald") },
    { "a name that begins alike", path("/locald.slices/a"), foreign("/locald.slices/a") },
  }, helper.user())

  -- The host's policy has a root of its own.
  local teams = helper.user()
  teams.cgroup_root, teams.cgroup_roots = "/teams/a", { "/teams/a" }

  helper.translates("cgroup", {
    { "a path below the policy's root", path("/teams/a/b"), { { path = "/teams/a/b" } } },
    { "a relative path below the policy's root", path("b"), { { path = "/teams/a/b" } } },
  }, teams)
  helper.refuses({
    { "a path that is not below the policy's root", path("/locald/a"),
      'linux.cgroupsPath: "/locald/a" is not below /teams/a [E_AUTHORITY]' },
    { "the policy's root itself", path("/teams/a"),
      'linux.cgroupsPath: "/teams/a" is not below /teams/a [E_AUTHORITY]' },
    { "a name of the shim's own below the policy's root", path("/teams/a/pin/x"),
      "linux.cgroupsPath: \"/teams/a/pin/x\": pin, and names that begin with uid-, are the shim's own [E_AUTHORITY]" },
  }, teams)
end)

-- OCI's words: the source is compared, not the type; no "ro"; a new cgroup namespace.
describe("oci.cgroup gives the cgroup to the process's user", function()
  local SPACES = '[{"type":"pid"},{"type":"mount"},{"type":"user"},{"type":"cgroup"}]'
  local function mounted(options, more)
    local patch = { ["linux.namespaces"] = SPACES, mounts =
      ('[{"destination":"/sys/fs/cgroup","type":"cgroup2","source":"cgroup","options":%s}]'):format(options) }
    for key, text in pairs(more or {}) do
      patch[key] = text
    end
    return patch
  end
  local MAPS = { ["linux.uidMappings"] = '[{"containerID":0,"hostID":1000,"size":1},' ..
    '{"containerID":1,"hostID":100000,"size":9}]', ["process.user"] = '{"uid":5,"gid":0}' }

  helper.translates("cgroup_owner", {
    { "where it is mounted writable", mounted('["nosuid"]'), { { uid = 0 } } },
    { "without options", mounted("[]"), { { uid = 0 } } },
    { "for another user", mounted("[]", MAPS), { { uid = 5 } } },
    { "not where it is mounted read-only", mounted('["ro","rw"]'), {} },
    { "not without a cgroup namespace",
      mounted("[]", { ["linux.namespaces"] = '[{"type":"pid"},{"type":"mount"},{"type":"user"}]' }), {} },
    { "not for another source", mounted("[]", { mounts =
      '[{"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup2"}]' }), {} },
    { "not for another place", mounted("[]", { mounts =
      '[{"destination":"/cgroup","type":"cgroup","source":"cgroup"}]' }), {} },
  }, helper.user())

  local function as_root(uid)
    return mounted("[]", { ["linux.namespaces"] = '[{"type":"pid"},{"type":"mount"},{"type":"cgroup"}]',
      ["process.user"] = ('{"uid":%d,"gid":0}'):format(uid) })
  end
  helper.translates("cgroup_owner", {
    { "not to root, who has it", as_root(0), {} },
    { "to another user without a user namespace", as_root(7), { { uid = 7 } } },
  })
end)
