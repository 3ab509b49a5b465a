local helper = require("helper")
local namespace_of = require("oci.sysctl_namespaces")

local ALL = '[{"type":"pid"},{"type":"mount"},{"type":"network"},{"type":"ipc"},{"type":"uts"},{"type":"user"}]'
local MAPS = '[{"containerID":0,"hostID":0,"size":1}]'
local OTHERS = "net.*, fs.mqueue.*, user.*, kernel.{msg*,sem,shm*} and kernel.domainname can be a container's own"

local function with(members)
  return { ["linux.sysctl"] = members, ["linux.namespaces"] = ALL, ["linux.uidMappings"] = MAPS,
    ["linux.gidMappings"] = MAPS }
end

-- In the least of namespaces.
local function alone(members)
  return { ["linux.sysctl"] = members }
end

local function row(name, key, path)
  return { name, with(('{"%s":"1"}'):format(key)), { { path = path, value = "1" } } }
end

describe("oci.sysctl", function()
  helper.translates("sysctl", {
    { "none", {}, {} },
    { "no members", with("{}"), {} },
    row("dots", "net.ipv4.ip_forward", "net/ipv4/ip_forward"),
    row("slashes", "net/ipv4/ip_forward", "net/ipv4/ip_forward"),
    row("slashes, where a dot is a dot", "net/ipv4/conf/eth0.100/forwarding", "net/ipv4/conf/eth0.100/forwarding"),
    row("dots, where a slash is a dot", "net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/forwarding"),
    row("a message queue's", "fs.mqueue.msg_max", "fs/mqueue/msg_max"),
    row("a user namespace's", "user.max_net_namespaces", "user/max_net_namespaces"),
    row("a semaphore's", "kernel.sem", "kernel/sem"),
    { "several, sorted", with('{"net.b":"2","kernel.shmmni":"","net.a":"1\\t2"}'),
      { { path = "kernel/shmmni", value = "" }, { path = "net/a", value = "1\t2" }, { path = "net/b", value = "2" } } },
    { "a value of 4094 bytes", with('{"net.a":"' .. ("v"):rep(4094) .. '"}'),
      { { path = "net/a", value = ("v"):rep(4094) } } },
  })
  helper.translates("domainname", {
    { "kernel.domainname", with('{"kernel.domainname":"example.org"}'), { { name = "example.org" } } },
  })
  helper.translates("sysctl", { { "kernel.domainname, not twice", with('{"kernel.domainname":"a"}'), {} } })

  local where = "linux.sysctl[%q]: %s [%s]"
  local function refused(name, patch, key, what, hint, code)
    return { name, patch, where:format(key, what, code or "E_CONFIG_VALUE"), hint }
  end
  local function hosts(key, path)
    return refused(key, with(('{"%s":"1"}'):format(key)), key,
      path .. " is the host's: no namespace has it for itself", OTHERS)
  end
  local function needs(key, path, kind)
    return refused(key .. " of the host", alone(('{"%s":"1"}'):format(key)), key,
      ("needs a new %s namespace: it would change the host's %s"):format(kind, path),
      ('add {"type": "%s"} to linux.namespaces'):format(kind))
  end
  local function malformed(key, part)
    return refused("the name " .. key, with(('{"%s":"1"}'):format(key)), key,
      "is no name of a kernel parameter" .. (part and (': it has a part "%s"'):format(part) or ""))
  end

  helper.refuses({
    needs("net.ipv4.ip_forward", "net/ipv4/ip_forward", "network"),
    needs("fs.mqueue.msg_max", "fs/mqueue/msg_max", "ipc"),
    needs("kernel.shmmax", "kernel/shmmax", "ipc"),
    needs("user.max_user_namespaces", "user/max_user_namespaces", "user"),
    needs("kernel.domainname", "kernel/domainname", "uts"),
    hosts("kernel.core_pattern", "kernel/core_pattern"),
    hosts("kernel/core_pattern", "kernel/core_pattern"),
    hosts("kernel.shm_next_id", "kernel/shm_next_id"),
    hosts("kernel.shmmaxx", "kernel/shmmaxx"),
    hosts("kernel.sem.x", "kernel/sem/x"),
    hosts("vm.overcommit_memory", "vm/overcommit_memory"),
    hosts("fs.file-max", "fs/file-max"),
    hosts("fs.mqueue", "fs/mqueue"),
    hosts("net", "net"),
    hosts("network.a", "network/a"),
    refused("kernel.hostname", with('{"kernel.hostname":"a"}'), "kernel.hostname",
      "the host name has a property of its own", "use the property hostname"),
    malformed("net/../kernel/core_pattern", ".."),
    malformed("net.//.kernel.core_pattern", ".."),
    malformed("net/./ipv4", "."),
    malformed("net..ipv4", ""),
    malformed("net.", ""),
    malformed("/net/ipv4/ip_forward", ""),
    malformed("", ""),
    malformed("net.ipv4 .a"),
    { "a name with a line's end", with('{"net.a\\nb":"1"}'),
      [=[linux.sysctl["net.a\u000ab"]: is no name of a kernel parameter [E_CONFIG_VALUE]]=] },
    { "a long name", with('{"net.' .. ("a"):rep(252) .. '":"1"}'),
      ('linux.sysctl["net.%s..."]: is no name of a kernel parameter [E_CONFIG_VALUE]'):format(("a"):rep(76)) },
    refused("a value of two lines", with('{"net.a":"1\\n2"}'), "net.a", "must be one line"),
    refused("a value with a NUL", with('{"net.a":"1\\u0000"}'), "net.a", "must not contain a NUL character"),
    refused("a long value", with('{"net.a":"' .. ("v"):rep(4095) .. '"}'), "net.a", "at most 4094 bytes, got 4095"),
    refused("a number", with('{"net.a":1}'), "net.a", "expected string, got number", nil, "E_CONFIG_TYPE"),
    refused("one parameter twice", with('{"net.a.b":"1","net/a/b":"2"}'), "net/a/b",
      'is the same parameter as linux.sysctl["net.a.b"]'),
    { "a list", with('["net.a"]'), "linux.sysctl: expected object, got array [E_CONFIG_TYPE]" },
    { "two domain names", { domainname = '"a"', ["linux.namespaces"] = ALL, ["linux.uidMappings"] = MAPS,
      ["linux.gidMappings"] = MAPS, ["linux.sysctl"] = '{"kernel.domainname":"a"}' },
      'linux.sysctl["kernel.domainname"]: is what the property domainname says already [E_CONFIG_VALUE]',
      "leave one of them out" },
    refused("a long domain name", with('{"kernel.domainname":"' .. ("a"):rep(65) .. '"}'), "kernel.domainname",
      "at most 64 bytes, got 65"),
  })

  it("has the gate's list of what an ipc namespace has", function()
    local gate = helper.read_file("core/gate/gate_process.c"):match("of_ipc%[%] = (%b{})")
    local listed, known = {}, {}
    for name in gate:gmatch('"([^"]+)"') do
      listed[name] = true
    end
    for name, kind in pairs(namespace_of) do
      known[name] = kind == "ipc" or nil
    end
    assert.same(known, listed)
  end)
end)

describe("oci.sysctl in namespaces of others", function()
  local rows = {}
  for kind, key in pairs({ network = "net.ipv4.ip_forward", ipc = "kernel.shmmax", uts = "kernel.domainname" }) do
    rows[#rows + 1] = { key, {
      ["linux.sysctl"] = ('{"%s":"1"}'):format(key),
      ["linux.namespaces"] = ('[{"type":"pid"},{"type":"mount"},{"type":"%s","path":"/run/ns/x"}]'):format(kind),
    }, ("linux.sysctl[%q]: needs a new %s namespace: others are in the one that is joined [E_CONFIG_VALUE]")
      :format(key, kind), "set it where that namespace was made" }
  end
  helper.refuses(rows)
end)
