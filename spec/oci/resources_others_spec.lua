-- The smaller ones of linux.resources, and unified.
local helper = require("helper")
local rows = require("oci.resources_rows")

local at, gives, warnings = rows.at, rows.gives, rows.warnings

describe("oci.resources.pids", function()
  local function pids(text, version)
    return { ["linux.resources.pids.limit"] = text, ociVersion = version }
  end

  gives({
    { "a limit", pids("2048"), { "pids.max = 2048" } },
    { "the largest limit", pids("4194304"), { "pids.max = 4194304" } },
    { "no limit", pids("-1"), { "pids.max = max" } },
    { "a limit of 0 as OCI 1.3 has it: room for the first process", pids("0", '"1.3.0"'), { "pids.max = 1" } },
    { "nothing for 0 in an older bundle", pids("0", '"1.2.1"'), {} },
    { "nothing for 0 in an older bundle, with a suffix", pids("0", '"1.0.2-dev"'), {} },
  })

  it("warns where 0 is no limit", function()
    assert.same({ "0 is no limit in bundles of OCI 1.2 and older" }, warnings(pids("0")))
  end)

  helper.refuses({
    { "more than there can be", pids("4194305"), "linux.resources.pids.limit: must be between -9223372036854775808 " ..
      "and 4194304, got 4194305 [E_CONFIG_VALUE]" },
    { "a string", pids('"5"'), "linux.resources.pids.limit: expected number, got string [E_CONFIG_TYPE]" },
  })
end)

describe("oci.resources.blockIO", function()
  local function io(text)
    return at("blockIO", text)
  end
  local function throttle(kind, rate)
    return io(('{"throttle%sDevice":[{"major":8,"minor":16,"rate":%s}]}'):format(kind, rate))
  end

  gives({
    { "the least weight", io('{"weight":10}'), { "io.bfq.weight = 10?", "io.weight = 1|" } },
    { "a weight", io('{"weight":100}'), { "io.bfq.weight = 100?", "io.weight = 910|" } },
    { "half the weight", io('{"weight":500}'), { "io.bfq.weight = 500?", "io.weight = 4950|" } },
    { "the largest weight", io('{"weight":1000}'), { "io.bfq.weight = 1000?", "io.weight = 10000|" } },
    { "nothing for weights of 0", io('{"weight":0,"leafWeight":0}'), {} },
    { "a device's weight", io('{"weightDevice":[{"major":8,"minor":0,"weight":200,"leafWeight":0}]}'),
      { "io.bfq.weight = 8:0 200?", "io.weight = 8:0 1920|" } },
    { "nothing for a device without weight", io('{"weightDevice":[{"major":8,"minor":0,"leafWeight":0}]}'), {} },
    { "bytes read", throttle("ReadBps", "1048576"), { "io.max = 8:16 rbps=1048576" } },
    { "bytes written", throttle("WriteBps", "18446744073709551615"), { "io.max = 8:16 wbps=18446744073709551615" } },
    { "reads", throttle("ReadIOPS", "100"), { "io.max = 8:16 riops=100" } },
    { "writes, without limit", throttle("WriteIOPS", "0"), { "io.max = 8:16 wiops=max" } },
    { "one line a write",
      io('{"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":5},{"major":8,"minor":16,"rate":6}]}'),
      { "io.max = 8:0 rbps=5", "io.max = 8:16 rbps=6" } },
  })

  local AT = "linux.resources.blockIO."
  helper.refuses({
    { "a weight below 10", io('{"weight":9}'),
      AT .. "weight: must be between 10 and 1000, got 9 [E_CONFIG_VALUE]" },
    { "a weight over 1000", io('{"weight":1001}'),
      AT .. "weight: must be between 0 and 1000, got 1001 [E_CONFIG_VALUE]" },
    { "a leaf weight", io('{"leafWeight":100}'), AT .. "leafWeight: cgroup v2 has no weight for a cgroup's own " ..
      "processes against those below it [E_CONFIG_UNSUPPORTED]" },
    { "a device's leaf weight", io('{"weightDevice":[{"major":8,"minor":0,"leafWeight":10}]}'),
      AT .. "weightDevice[0].leafWeight: cgroup v2 has no weight for a cgroup's own processes against those below " ..
      "it [E_CONFIG_UNSUPPORTED]" },
    { "a device with neither weight", io('{"weightDevice":[{"major":8,"minor":0}]}'),
      AT .. "weightDevice[0]: needs weight or leafWeight [E_CONFIG_MISSING]" },
    { "a weight without a device", io('{"weightDevice":[{"minor":0,"weight":10}]}'),
      AT .. "weightDevice[0].major: required, but missing [E_CONFIG_MISSING]" },
    { "no rate", io('{"throttleReadBpsDevice":[{"major":8,"minor":0}]}'),
      AT .. "throttleReadBpsDevice[0].rate: required, but missing [E_CONFIG_MISSING]" },
    { "no device", io('{"throttleReadIOPSDevice":[{"major":8,"rate":1}]}'),
      AT .. "throttleReadIOPSDevice[0].minor: required, but missing [E_CONFIG_MISSING]" },
    { "a negative device", io('{"throttleWriteBpsDevice":[{"major":-1,"minor":0,"rate":1}]}'),
      AT .. "throttleWriteBpsDevice[0].major: must be between 0 and 4095, got -1 [E_CONFIG_VALUE]" },
    { "a rate over 64 bits", throttle("WriteIOPS", "18446744073709551616"), AT .. "throttleWriteIOPSDevice[0].rate: " ..
      "must be between 0 and 18446744073709551615, got 18446744073709551616 [E_CONFIG_VALUE]" },
  })
end)

describe("oci.resources.hugepageLimits", function()
  local function pages(text)
    return at("hugepageLimits", text)
  end

  gives({
    { "use and reservations", pages('[{"pageSize":"2MB","limit":209715200}]'),
      { "hugetlb.2MB.max = 209715200", "hugetlb.2MB.rsvd.max = 209715200?" } },
    { "the largest limit", pages('[{"pageSize":"1GB","limit":18446744073709551615}]'),
      { "hugetlb.1GB.max = 18446744073709551615", "hugetlb.1GB.rsvd.max = 18446744073709551615?" } },
    { "small pages, none of them", pages('[{"pageSize":"64KB","limit":0}]'),
      { "hugetlb.64KB.max = 0", "hugetlb.64KB.rsvd.max = 0?" } },
  })

  local AT = "linux.resources.hugepageLimits[0]."
  local function size(text)
    return { "the size " .. text, pages(('[{"pageSize":"%s","limit":1}]'):format(text)),
      AT .. ('pageSize: "%s" is no size of huge pages, such as 2MB or 1GB [E_CONFIG_VALUE]'):format(text) }
  end
  helper.refuses({
    size("2M"), size("02MB"), size("2mb"), size("2MB.rsvd"), size("../memory"), size(""),
    { "no size", pages('[{"limit":1}]'), AT .. "pageSize: required, but missing [E_CONFIG_MISSING]" },
    { "no limit", pages('[{"pageSize":"2MB"}]'), AT .. "limit: required, but missing [E_CONFIG_MISSING]" },
    { "a negative limit", pages('[{"pageSize":"2MB","limit":-1}]'),
      AT .. "limit: must be between 0 and 18446744073709551615, got -1 [E_CONFIG_VALUE]" },
  })
end)

describe("oci.resources.rdma", function()
  local function rdma(text)
    return at("rdma", text)
  end

  gives({
    { "both limits", rdma('{"mlx5_1":{"hcaHandles":3,"hcaObjects":10000}}'),
      { "rdma.max = mlx5_1 hca_handle=3 hca_object=10000" } },
    { "one limit a device", rdma('{"b":{"hcaObjects":0},"a":{"hcaHandles":2147483647}}'),
      { "rdma.max = a hca_handle=2147483647", "rdma.max = b hca_object=0" } },
    { "more than the kernel counts", rdma('{"a":{"hcaHandles":2147483648}}'), { "rdma.max = a hca_handle=max" } },
  })

  helper.refuses({
    { "a device without limits", rdma('{"a":{}}'),
      'linux.resources.rdma["a"]: needs hcaHandles or hcaObjects [E_CONFIG_MISSING]' },
    { "a device that is two words", rdma('{"a b":{"hcaObjects":1}}'),
      'linux.resources.rdma["a b"]: is no name of an RDMA device [E_CONFIG_VALUE]' },
    { "more than 32 bits", rdma('{"a":{"hcaObjects":4294967296}}'),
      'linux.resources.rdma["a"].hcaObjects: must be between 0 and 4294967295, got 4294967296 [E_CONFIG_VALUE]' },
  })
end)

describe("oci.resources.network", function()
  gives({ { "nothing for what asks for nothing", at("network", '{"classID":0,"priorities":[]}'), {} } })

  helper.refuses({
    { "a class", at("network", '{"classID":1048577}'),
      "linux.resources.network.classID: cgroup v2 has no network classes [E_CONFIG_UNSUPPORTED]",
      "rules of nftables can match the container's cgroup instead" },
    { "priorities", at("network", '{"priorities":[{"name":"eth0","priority":500}]}'),
      "linux.resources.network.priorities: cgroup v2 has no network priorities [E_CONFIG_UNSUPPORTED]" },
    { "a priority without a name", at("network", '{"priorities":[{"priority":500}]}'),
      "linux.resources.network.priorities[0].name: required, but missing [E_CONFIG_MISSING]" },
    { "a priority without a number", at("network", '{"priorities":[{"name":"a"}]}'),
      "linux.resources.network.priorities[0].priority: required, but missing [E_CONFIG_MISSING]" },
  })
end)

describe("oci.resources.unified", function()
  local function unified(text)
    return at("unified", text)
  end
  local function where(key)
    return ('linux.resources.unified["%s"]: '):format(key)
  end

  gives({
    { "files in their names' order", unified('{"pids.max":"5","cpu.max":"max 5000","memory.high":"1G"}'),
      { "cpu.max = max 5000", "memory.high = 1G", "pids.max = 5" } },
    { "several lines one by one", unified('{"io.max":"8:0 rbps=5 wiops=6\\n8:16 rbps=7\\n"}'),
      { "io.max = 8:0 rbps=5 wiops=6", "io.max = 8:16 rbps=7" } },
    { "unknown files", unified('{"hugetlb.1GB.max":"0","new-one.some_file":"x"}'),
      { "hugetlb.1GB.max = 0", "new-one.some_file = x" } },
  })

  local KERNELS = "files that begin with cgroup. rule the tree itself, which is the shim's [E_CONFIG_UNSUPPORTED]"
  local NAME = "is no name of a cgroup's file, such as memory.high [E_CONFIG_VALUE]"
  local refused = {
    { "a tab", unified('{"memory.max":"1\\t2"}'),
      where("memory.max") .. "a line must have at most 4094 bytes and no control characters [E_CONFIG_VALUE]" },
    { "a NUL", unified('{"memory.max":"1\\u0000"}'), where("memory.max") .. "must not contain a NUL character " ..
      "[E_CONFIG_VALUE]" },
    { "a long line", unified(('{"memory.max":"%s"}'):format(("1"):rep(4095))),
      where("memory.max") .. "a line must have at most 4094 bytes and no control characters [E_CONFIG_VALUE]" },
    { "nothing to write", unified('{"memory.max":""}'), where("memory.max") .. "must not be empty [E_CONFIG_VALUE]" },
    { "only a newline", unified('{"memory.max":"\\n"}'), where("memory.max") .. "must not be empty [E_CONFIG_VALUE]" },
    { "a number", unified('{"memory.max":1}'), where("memory.max") .. "expected string, got number [E_CONFIG_TYPE]" },
    { "a newline in a name", unified('{"memory\\n.max":"1"}'), where("memory\\u000a.max") .. NAME },
  }
  for _, key in ipairs({ "procs", "threads", "subtree_control", "type", "kill", "freeze", "max.depth", "" }) do
    refused[#refused + 1] = { "cgroup." .. key, unified(('{"cgroup.%s":"1"}'):format(key)),
      where("cgroup." .. key) .. KERNELS }
  end
  for _, key in ipairs({ "", "memory", ".max", "memory.", "memory/max", "../cgroup.procs", "a/../memory.max",
    "memory..max", "memory.max ", ("a"):rep(252) .. ".max" }) do
    local shown = #key > 80 and key:sub(1, 80) .. "..." or key
    refused[#refused + 1] = { "the name " .. shown, unified(('{"%s":"1"}'):format(key)), where(shown) .. NAME }
  end
  helper.refuses(refused)
end)
