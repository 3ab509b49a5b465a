local helper = require("helper")

local WITH = '[{"type":"pid"},{"type":"mount"},{"type":"network"}]'
local JOINED = '[{"type":"pid"},{"type":"mount"},{"type":"network","path":"/run/netns/a"}]'

local function with(devices, list)
  return { ["linux.netDevices"] = devices, ["linux.namespaces"] = list or WITH }
end

local function many(count)
  local all = {}
  for i = 1, count do
    all[i] = ('"e%d":{}'):format(i)
  end
  return "{" .. table.concat(all, ",") .. "}"
end

describe("oci.net_devices", function()
  helper.translates("netdev", {
    { "none", {}, {} },
    { "null", with("null"), {} },
    { "no members, in the host's network", { ["linux.netDevices"] = "{}" }, {} },
    { "a new name", with('{"eth1":{"name":"eth0"}}'), { { name = "eth1", new_name = "eth0" } } },
    { "no new name", with('{"eth1":{}}'), { { name = "eth1", new_name = "eth1" } } },
    { "an empty new name", with('{"eth1":{"name":""}}'), { { name = "eth1", new_name = "eth1" } } },
    { "a null new name", with('{"eth1":{"name":null}}'), { { name = "eth1", new_name = "eth1" } } },
    { "what is unknown", with('{"eth1":{"mtu":1}}'), { { name = "eth1", new_name = "eth1" } } },
    { "templates, sorted", with('{"b":{"name":"eth%d"},"a":{"name":"eth%d"}}'),
      { { name = "a", new_name = "eth%d" }, { name = "b", new_name = "eth%d" } } },
    { "names exchanged", with('{"a":{"name":"b"},"b":{"name":"a"}}'),
      { { name = "a", new_name = "b" }, { name = "b", new_name = "a" } } },
    { "15 bytes", with('{"123456789abcdef":{"name":"fedcba987654321"}}'),
      { { name = "123456789abcdef", new_name = "fedcba987654321" } } },
    { "a joined network namespace", with('{"eth1":{}}', JOINED), { { name = "eth1", new_name = "eth1" } } },
  })

  local NAME = "is no name of a network device"
  local RULE = 'a name has 1 to 15 bytes, no "/", ":" and white space, and is not "." or ".."'
  local function new_name(name)
    return { "the new name " .. name, with(('{"eth1":{"name":"%s"}}'):format(name)),
      ('linux.netDevices["eth1"].name: %s [E_CONFIG_VALUE]'):format(NAME), RULE }
  end
  local function host_name(name, shown)
    return { "the name " .. name, with(('{"%s":{}}'):format(name)),
      ('linux.netDevices["%s"]: %s [E_CONFIG_VALUE]'):format(shown or name, NAME), RULE }
  end
  local function template(name)
    return { "the template " .. name, with(('{"eth1":{"name":"%s"}}'):format(name)),
      'linux.netDevices["eth1"].name: is no template: it may end in %d, and has no other % [E_CONFIG_VALUE]' }
  end

  helper.refuses({
    new_name("."), new_name(".."), new_name("a/b"), new_name("a:1"), new_name("a b"), new_name("a\\t"),
    new_name("0123456789abcdef"),
    host_name(""), host_name("."), host_name(".."), host_name("a/b"), host_name("a:1"), host_name("a b"),
    host_name("0123456789abcdef"),
    template("eth%"), template("%deth"), template("eth%s"), template("e%d%d"), template("%%d"),
    { "a template of the host's", with('{"eth%d":{}}'),
      'linux.netDevices["eth%d"]: is no name of a network device: a template is possible for the new name only '
        .. "[E_CONFIG_VALUE]" },
    { "two of one name", with('{"a":{"name":"c"},"b":{"name":"c"}}'),
      'linux.netDevices["b"].name: is the name of linux.netDevices["a"] in the container already [E_CONFIG_VALUE]' },
    { "a name that another keeps", with('{"a":{"name":"b"},"b":{}}'),
      'linux.netDevices["b"]: is the name of linux.netDevices["a"] in the container already [E_CONFIG_VALUE]' },
    { "33 devices", with(many(33)), "linux.netDevices: at most 32 devices, got 33 [E_CONFIG_VALUE]" },
    { "the host's network", { ["linux.netDevices"] = '{"eth1":{}}' },
      "linux.netDevices: needs a network namespace: the devices would stay where they are [E_CONFIG_VALUE]",
      'add {"type": "network"} to linux.namespaces' },
    { "a list", with('["eth1"]'), "linux.netDevices: expected object, got array [E_CONFIG_TYPE]" },
    { "a device that is text", with('{"eth1":"eth0"}'),
      'linux.netDevices["eth1"]: expected object, got string [E_CONFIG_TYPE]' },
    { "a device that is null", with('{"eth1":null}'),
      'linux.netDevices["eth1"]: expected object, got null [E_CONFIG_TYPE]' },
    { "a name that is a number", with('{"eth1":{"name":1}}'),
      'linux.netDevices["eth1"].name: expected string, got number [E_CONFIG_TYPE]' },
    { "a name with a NUL", with('{"eth1":{"name":"a\\u0000"}}'),
      'linux.netDevices["eth1"].name: must not contain a NUL character [E_CONFIG_VALUE]' },
  })

  helper.refuses({
    { "who is not root", { ["linux.netDevices"] = '{"eth1":{}}' },
      "linux.netDevices: only root may move network devices of the host into a container [E_AUTHORITY]",
      "leave it out; the container has its own lo in a network namespace" },
  }, helper.user())
end)
