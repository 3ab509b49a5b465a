-- No property of OCI's schema is forgotten: each is refused by name, or read (then a wrong type is noticed), or of
-- another platform.
local cjson = require("cjson")
local helper = require("helper")
local properties = require("oci.schema_properties")
local refused = require("oci.unsupported_properties")

local OTHER_PLATFORMS = {
  "freebsd", "process.commandLine", "process.user.username", "solaris", "vm", "windows", "zos",
}

-- Refused by name in the modules of their areas.
local REFUSED = {
  "hooks.createContainer[]", "hooks.createRuntime[]", "hooks.poststart[]", "hooks.poststop[]", "hooks.prestart[]",
  "linux.intelRdt", "linux.personality.flags", "linux.resources.network.priorities[]",
}

-- A bundle that has all that is supported.
local FULL = [[{
  "ociVersion": "1.0.2",
  "annotations": {"a": "b"},
  "hostname": "a", "domainname": "b",
  "hooks": {"startContainer": [{"path": "/a", "args": ["a"], "env": ["A=1"], "timeout": 1}]},
  "root": {"path": "rootfs", "readonly": true},
  "mounts": [{"destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["ro"]}],
  "process": {
    "apparmorProfile": "a", "selinuxLabel": "b:c",
    "args": ["sh"], "cwd": "/", "env": ["A=1"], "terminal": true, "noNewPrivileges": true,
    "consoleSize": {"width": 1, "height": 1},
    "user": {"uid": 0, "gid": 0, "umask": 18, "additionalGids": [0], "username": "x"},
    "capabilities": {"bounding": ["CAP_KILL"], "permitted": ["CAP_KILL"], "effective": ["CAP_KILL"],
      "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]},
    "rlimits": [{"type": "RLIMIT_CPU", "soft": 1, "hard": 1}],
    "oomScoreAdj": 1, "ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 1},
    "scheduler": {"policy": "SCHED_DEADLINE", "nice": 0, "priority": 0, "flags": ["SCHED_FLAG_RESET_ON_FORK"],
      "runtime": 1024, "deadline": 1024, "period": 1024},
    "execCPUAffinity": {"initial": "0", "final": "0"}
  },
  "linux": {
    "personality": {"domain": "LINUX"},
    "memoryPolicy": {"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]},
    "cgroupsPath": "/a", "rootfsPropagation": "slave",
    "resources": {"devices": [{"allow": true, "type": "c", "major": 1, "minor": 3, "access": "r"}],
      "memory": {"limit": 8192, "reservation": 4096, "swap": 8192, "kernel": -1, "kernelTCP": -1, "useHierarchy": true,
        "disableOOMKiller": false, "checkBeforeUpdate": true},
      "cpu": {"shares": 1024, "quota": 2000, "period": 1000, "burst": 0, "idle": 0, "cpus": "0", "mems": "0",
        "realtimeRuntime": 0, "realtimePeriod": 0},
      "pids": {"limit": 5},
      "blockIO": {"weight": 10, "leafWeight": 0,
        "weightDevice": [{"major": 8, "minor": 0, "weight": 10, "leafWeight": 0}],
        "throttleReadBpsDevice": [{"major": 8, "minor": 0, "rate": 1}],
        "throttleWriteBpsDevice": [{"major": 8, "minor": 0, "rate": 1}],
        "throttleReadIOPSDevice": [{"major": 8, "minor": 0, "rate": 1}],
        "throttleWriteIOPSDevice": [{"major": 8, "minor": 0, "rate": 1}]},
      "hugepageLimits": [{"pageSize": "2MB", "limit": 0}],
      "rdma": {"mlx5_1": {"hcaHandles": 1, "hcaObjects": 1}},
      "network": {"classID": 0},
      "unified": {"memory.high": "max"}},
    "namespaces": [{"type": "pid", "path": ""}, {"type": "mount"}, {"type": "uts"}, {"type": "user"}, {"type": "time"}],
    "timeOffsets": {"monotonic": {"secs": 1, "nanosecs": 1}, "boottime": {"secs": 1, "nanosecs": 1}},
    "uidMappings": [{"containerID": 0, "hostID": 0, "size": 1}],
    "gidMappings": [{"containerID": 0, "hostID": 0, "size": 1}],
    "mountLabel": "b:c", "sysctl": {"user.max_user_namespaces": "1"},
    "maskedPaths": ["/a"], "readonlyPaths": ["/b"],
    "devices": [{"type": "c", "path": "/dev/x", "major": 1, "minor": 3, "fileMode": 438, "uid": 0, "gid": 0}],
    "seccomp": {
      "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1, "architectures": ["SCMP_ARCH_X86"],
      "flags": ["SECCOMP_FILTER_FLAG_LOG"], "listenerPath": "/a", "listenerMetadata": "b",
      "syscalls": [{"names": ["a"], "action": "SCMP_ACT_TRACE", "errnoRet": 1,
        "args": [{"index": 0, "value": 1, "valueTwo": 2, "op": "SCMP_CMP_MASKED_EQ"}]}]
    }
  }
}]]

local function is_below(list, path)
  for _, stem in ipairs(list) do
    local rest = path:sub(1, #stem) == stem and path:sub(#stem + 1)
    if rest and (rest == "" or rest:find("^[.%[]")) then
      return true
    end
  end
  return false
end

-- The full bundle with another value at a path; "[]" is the first element.
local function with(path, value)
  local config = cjson.decode(FULL)
  local place, last = { [""] = config }, ""
  for key, index in path:gmatch("([^.%[]+)(%[?%]?)") do
    place, last = place[last], key
    if index ~= "" then
      place, last = place[key], 1
    end
  end
  place[last] = value
  return cjson.encode(config)
end

describe("OCI's schema", function()
  it("has a bundle with all that is supported", function()
    assert.equal("accepted", (helper.refusal(FULL)))
  end)

  for _, property in ipairs(properties) do
    local path, kind = property[1], property[2]
    if not is_below(refused, path) and not is_below(OTHER_PLATFORMS, path) and not is_below(REFUSED, path) then
      it("is read at " .. path, function()
        local line = helper.refusal(with(path, kind == "string" and 7 or "x"))
        local at = path:gsub("%[%]", "[0]") -- and "(subject)" may follow
        assert.equal(at, line:match("^([^ ]+) ?[^ ]*: expected ") or line)
      end)
    end
  end

  it("knows every property that is refused by name", function()
    local known = {}
    for _, property in ipairs(properties) do
      known[property[1]] = true
    end
    for _, path in ipairs(refused) do
      assert.is_true(known[path] or false, path)
    end
  end)
end)
