local helper = require("helper")

local function list(text)
  return { ["linux.namespaces"] = text }
end

describe("oci.namespaces", function()
  helper.translates("unshare", {
    { "the least", {}, { { flags = 0x20020000 } } },
    { "all that are supported",
      {
        ["linux.namespaces"] = '[{"type":"pid"},{"type":"mount"},{"type":"uts"},{"type":"ipc"},{"type":"network"},'
          .. '{"type":"cgroup"},{"type":"user"}]',
        ["linux.uidMappings"] = '[{"containerID":0,"hostID":0,"size":1}]',
        ["linux.gidMappings"] = '[{"containerID":0,"hostID":0,"size":1}]',
      },
      { { flags = 0x7E020000 } } },
    { "an empty path as none", list('[{"type":"pid","path":""},{"type":"mount","path":null}]'),
      { { flags = 0x20020000 } } },
  })
  helper.translates("loopback", {
    { "no network namespace", {}, {} },
    { "a network namespace", list('[{"type":"pid"},{"type":"mount"},{"type":"network"}]'), { {} } },
  })
  helper.refuses({
    { "no namespaces", list(false),
      "linux.namespaces: a container without a pid namespace is not supported [E_CONFIG_UNSUPPORTED]",
      'add {"type": "pid"} to the list' },
    { "no mount namespace", list('[{"type":"pid"}]'),
      "linux.namespaces: a container without a mount namespace is not supported [E_CONFIG_UNSUPPORTED]",
      'add {"type": "mount"} to the list' },
    { "a namespace twice", list('[{"type":"pid"},{"type":"mount"},{"type":"pid"}]'),
      "linux.namespaces[2].type: a pid namespace is listed already at linux.namespaces[0] [E_CONFIG_VALUE]" },
    { "an unknown namespace", list('[{"type":"pod"}]'),
      'linux.namespaces[0].type: "pod" is not a type of namespace [E_CONFIG_VALUE]' },
    { "a time namespace", list('[{"type":"time"}]'),
      "linux.namespaces[0].type: a time namespace is not supported yet [E_CONFIG_UNSUPPORTED]" },
    { "a path", list('[{"type":"pid","path":"/proc/1/ns/pid"}]'),
      "linux.namespaces[0].path: joining an existing namespace is not supported yet [E_CONFIG_UNSUPPORTED]" },
    { "a path that is no string", list('[{"type":"pid","path":{}}]'),
      "linux.namespaces[0].path: expected string, got object [E_CONFIG_TYPE]" },
    { "no type", list("[{}]"), "linux.namespaces[0].type: required, but missing [E_CONFIG_MISSING]" },
    { "a type that is no string", list('[{"type":1}]'),
      "linux.namespaces[0].type: expected string, got number [E_CONFIG_TYPE]" },
    { "a list of strings", list('["pid"]'), "linux.namespaces[0]: expected object, got string [E_CONFIG_TYPE]" },
    { "an object", list('{"type":"pid"}'), "linux.namespaces: expected array, got object [E_CONFIG_TYPE]" },
    { "linux as a list", { linux = "[]" }, "linux: expected object, got array [E_CONFIG_TYPE]" },
  })
end)

describe("oci.namespaces for a caller who is not root", function()
  helper.refuses({
    { "no user namespace", { ["linux.namespaces"] = '[{"type":"pid"},{"type":"mount"}]' },
      "linux.namespaces: a caller who is not root needs a user namespace [E_AUTHORITY]",
      'add {"type": "user"} to the list' },
  }, helper.user())
end)
