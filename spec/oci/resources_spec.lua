-- What linux.resources writes into the cgroup's files. The rows follow the table of conversions from cgroup v1.
local helper = require("helper")
local rows = require("oci.resources_rows")

local at, gives, warnings, writes = rows.at, rows.gives, rows.warnings, rows.writes

describe("oci.resources", function()
  gives({
    { "nothing without resources", {}, {} },
    { "nothing for null", { ["linux.resources"] = "null" }, {} },
    { "nothing for empty objects", { ["linux.resources"] = '{"cpu":{},"memory":{},"pids":{},"blockIO":{},' ..
      '"network":{},"rdma":{},"unified":{},"hugepageLimits":[]}' }, {} },
  })

  it("makes a cgroup where something is written", function()
    assert.same({ { path = "" } }, helper.steps("cgroup", at("pids.limit", "5")))
  end)

  it("names the property that each write comes from", function()
    for _, step in ipairs(helper.run(helper.bundle(at("pids.limit", "5")))) do
      if step.name:find("^cgroup") then
        assert.equal("linux.resources.pids.limit", step.origin)
      end
    end
  end)

  it("does the same for a caller who is not root", function()
    assert.same({ "pids.max = 5" }, writes(at("pids.limit", "5"), helper.user()))
  end)

  it("writes unified last", function()
    assert.same({ "pids.max = 5", "memory.max = 1", "pids.max = 7" },
      writes({ ["linux.resources"] = '{"unified":{"pids.max":"7","memory.max":"1"},"pids":{"limit":5}}' }))
  end)
end)

describe("oci.resources on a host whose cgroup2 lacks controllers", function()
  local given = helper.root()
  given.cgroup_controllers = "hugetlb cpuset\n"
  local function lacks(where, controller)
    return ("linux.resources.%s: this host's cgroup2 has no %s controller [E_CONFIG_UNSUPPORTED]"):format(where,
      controller)
  end
  helper.refuses({
    { "memory", at("memory.limit", "4096"), lacks("memory.limit", "memory"),
      "the kernel lacks it, or the host mounts it as cgroup v1: boot with cgroup_no_v1=all" },
    { "cpu, though there is cpuset", at("cpu.shares", "1024"), lacks("cpu.shares", "cpu") },
    { "pids", at("pids.limit", "1"), lacks("pids.limit", "pids") },
    { "io", at("blockIO.weight", "10"), lacks("blockIO.weight", "io") },
    { "rdma", at("rdma", '{"a":{"hcaObjects":1}}'), lacks('rdma["a"]', "rdma") },
    { "a file of a controller that it lacks", at("unified", '{"memory.high":"1"}'),
      lacks('unified["memory.high"]', "memory") },
  }, given)

  it("leaves what it has, and what nobody knows, to the kernel", function()
    assert.same({ "hugetlb.2MB.max = 0", "hugetlb.2MB.rsvd.max = 0?", "new.file = 1" }, writes(
      { ["linux.resources"] = '{"hugepageLimits":[{"pageSize":"2MB","limit":0}],"unified":{"new.file":"1"}}' }, given))
  end)

  helper.refuses({
    { "limits without a cgroup2", at("pids.limit", "1"),
      "linux.resources.pids.limit: this host has no cgroup2 file system mounted [E_CONFIG_UNSUPPORTED]" },
  }, helper.root(""))
end)

describe("oci.resources.memory", function()
  local function memory(text)
    return at("memory", text)
  end
  local SWAP = "linux.resources.memory.swap"

  gives({
    { "a limit", memory('{"limit":8192}'), { "memory.max = 8192" } },
    { "the largest limit", memory('{"limit":9223372036854775807}'), { "memory.max = 9223372036854775807" } },
    { "no limit, with no limit of swap as on v1", memory('{"limit":-1}'),
      { "memory.swap.max = max?", "memory.max = max" } },
    { "nothing for a limit of 0", memory('{"limit":0}'), {} },
    { "a reservation", memory('{"reservation":4096}'), { "memory.low = 4096" } },
    { "all reserved", memory('{"reservation":-1}'), { "memory.low = max" } },
    { "nothing for a reservation of 0, the kernel's default", memory('{"reservation":0}'), {} },
    { "swap without the memory in it", memory('{"limit":8192,"swap":12288}'),
      { "memory.swap.max = 4096", "memory.max = 8192" } },
    { "no swap for swap equal to the limit", memory('{"limit":8192,"swap":8192}'),
      { "memory.swap.max = 0", "memory.max = 8192" } },
    { "unlimited swap", memory('{"limit":8192,"swap":-1}'), { "memory.swap.max = max?", "memory.max = 8192" } },
    { "unlimited swap alone", memory('{"swap":-1}'), { "memory.swap.max = max?" } },
    { "swap as it is without a limit of memory", memory('{"limit":-1,"swap":8192}'),
      { "memory.swap.max = 8192", "memory.max = max" } },
    { "nothing for a swap of 0", memory('{"limit":8192,"swap":0}'), { "memory.max = 8192" } },
    { "both without limit", memory('{"limit":-1,"swap":-1}'), { "memory.swap.max = max?", "memory.max = max" } },
    { "nothing for what v2 does anyway",
      memory('{"kernel":-1,"kernelTCP":-1,"disableOOMKiller":false,"useHierarchy":true,"checkBeforeUpdate":true}'),
      {} },
  })

  it("warns where 0 is no limit", function()
    assert.same({ "0 is no limit", "0 is no limit" }, warnings(memory('{"limit":0,"swap":0,"reservation":0}')))
  end)

  helper.refuses({
    { "a limit below -1", memory('{"limit":-2}'),
      "linux.resources.memory.limit: must be between -1 and 9223372036854775807, got -2 [E_CONFIG_VALUE]" },
    { "2^63", memory('{"limit":9223372036854775808}'), "linux.resources.memory.limit: must be between -1 and " ..
      "9223372036854775807, got 9223372036854775808 [E_CONFIG_VALUE]" },
    { "a fraction", memory('{"limit":1.5}'),
      "linux.resources.memory.limit: expected integer, got 1.5 [E_CONFIG_TYPE]" },
    { "a string", memory('{"limit":"1g"}'),
      "linux.resources.memory.limit: expected number, got string [E_CONFIG_TYPE]" },
    { "a reservation below -1", memory('{"reservation":-2}'),
      "linux.resources.memory.reservation: must be between -1 and 9223372036854775807, got -2 [E_CONFIG_VALUE]" },
    { "swap below the limit", memory('{"limit":8192,"swap":4096}'), SWAP .. ": counts memory and swap together: " ..
      "must be at least the memory limit 8192, got 4096 [E_CONFIG_VALUE]" },
    { "swap without a limit", memory('{"swap":4096}'),
      SWAP .. ": a limit of memory and swap together needs linux.resources.memory.limit [E_CONFIG_VALUE]" },
    { "swap with a limit of 0", memory('{"limit":0,"swap":4096}'),
      SWAP .. ": a limit of memory and swap together needs linux.resources.memory.limit [E_CONFIG_VALUE]" },
    { "kernel memory", memory('{"kernel":4096}'),
      "linux.resources.memory.kernel: cgroup v2 has no limit of kernel memory alone [E_CONFIG_UNSUPPORTED]",
      "linux.resources.memory.limit counts the kernel's memory too" },
    { "kernel TCP memory", memory('{"kernelTCP":0}'),
      "linux.resources.memory.kernelTCP: cgroup v2 has no limit of kernel memory alone [E_CONFIG_UNSUPPORTED]" },
    { "swappiness, also 0", memory('{"swappiness":0}'),
      "linux.resources.memory.swappiness: cgroup v2 has no swappiness of its own for a cgroup [E_CONFIG_UNSUPPORTED]" },
    { "swappiness over 100", memory('{"swappiness":101}'),
      "linux.resources.memory.swappiness: must be between 0 and 100, got 101 [E_CONFIG_VALUE]" },
    { "no OOM killer", memory('{"disableOOMKiller":true}'),
      "linux.resources.memory.disableOOMKiller: cgroup v2 can't turn the OOM killer off [E_CONFIG_UNSUPPORTED]" },
    { "no hierarchy", memory('{"useHierarchy":false}'), "linux.resources.memory.useHierarchy: cgroup v2 always " ..
      "counts a cgroup with those below it [E_CONFIG_UNSUPPORTED]" },
  })
end)

describe("oci.resources.cpu", function()
  local function cpu(text)
    return at("cpu", text)
  end

  -- cgroup v1's scale to v2's, as computed by runc, crun and youki.
  for shares, weight in pairs({
    [1] = 1, [2] = 1, [3] = 2, [4] = 2, [10] = 4, [100] = 17, [128] = 21, [256] = 35, [512] = 59, [1000] = 99,
    [1023] = 100, [1024] = 100, [1025] = 101, [2048] = 174, [4096] = 303, [8192] = 532, [10240] = 639,
    [65536] = 3023, [131072] = 5478, [262144] = 10000, [262145] = 10000, [1 << 40] = 10000,
  }) do
    it(("writes %d shares as weight %d"):format(shares, weight), function()
      assert.same({ "cpu.weight = " .. weight }, writes(cpu(('{"shares":%d}'):format(shares))))
    end)
  end

  gives({
    { "nothing for 0 shares", cpu('{"shares":0}'), {} },
    { "the largest weight for 2^64-1 shares", cpu('{"shares":18446744073709551615}'), { "cpu.weight = 10000" } },
    { "a quota with a period", cpu('{"quota":50000,"period":200000}'), { "cpu.max = 50000 200000" } },
    { "a quota with the period of the kernel", cpu('{"quota":50000}'), { "cpu.max = 50000 100000" } },
    { "the least quota and period", cpu('{"quota":1000,"period":1000}'), { "cpu.max = 1000 1000" } },
    { "the longest period", cpu('{"quota":3000000,"period":1000000}'), { "cpu.max = 3000000 1000000" } },
    { "no quota", cpu('{"quota":-1}'), { "cpu.max = max 100000" } },
    { "no quota with a period", cpu('{"quota":-5,"period":50000}'), { "cpu.max = max 50000" } },
    { "a period alone", cpu('{"period":50000}'), { "cpu.max = max 50000" } },
    { "a period with a quota of 0", cpu('{"quota":0,"period":50000}'), { "cpu.max = max 50000" } },
    { "nothing for 0 and 0", cpu('{"quota":0,"period":0}'), {} },
    { "a quota with a period of 0", cpu('{"quota":5000,"period":0}'), { "cpu.max = 5000 100000" } },
    { "a burst after the quota that it needs", cpu('{"burst":1000,"quota":1000}'),
      { "cpu.max = 1000 100000", "cpu.max.burst = 1000" } },
    { "no burst", cpu('{"burst":0}'), { "cpu.max.burst = 0" } },
    { "an idle cgroup", cpu('{"idle":1}'), { "cpu.idle = 1" } },
    { "an idle cgroup, which has no weight", cpu('{"idle":1,"shares":2048}'), { "cpu.idle = 1" } },
    { "a cgroup that is not idle", cpu('{"idle":0,"shares":1024}'), { "cpu.weight = 100", "cpu.idle = 0" } },
    { "CPUs and nodes", cpu('{"cpus":"0-1,3","mems":"0"}'), { "cpuset.cpus = 0-1,3", "cpuset.mems = 0" } },
    { "every second CPU", cpu('{"cpus":"0-7:1/2"}'), { "cpuset.cpus = 0-7:1/2" } },
    { "CPUs with blanks", cpu('{"cpus":" 0-1 , 3, 5 "}'), { "cpuset.cpus = 0-1,3,5" } },
    { "nothing for empty lists", cpu('{"cpus":"","mems":""}'), {} },
    { "nothing for real-time budgets of 0", cpu('{"realtimeRuntime":0,"realtimePeriod":0}'), {} },
  })

  it("warns of shares that an idle cgroup can't have", function()
    assert.same({ "has no effect on an idle cgroup" }, warnings(cpu('{"idle":1,"shares":2048}')))
  end)

  local AT = "linux.resources.cpu."
  local RT = ": cgroup v2 has no real-time budgets [E_CONFIG_UNSUPPORTED]"
  local function list(key, text)
    return AT .. key .. (': "%s" is no list of numbers and ranges, such as "0-3,7" [E_CONFIG_VALUE]'):format(text)
  end
  helper.refuses({
    { "negative shares", cpu('{"shares":-1}'),
      AT .. "shares: must be between 0 and 18446744073709551615, got -1 [E_CONFIG_VALUE]" },
    { "a quota that the kernel refuses", cpu('{"quota":999}'),
      AT .. "quota: must be at least 1000 microseconds, or negative for no limit, got 999 [E_CONFIG_VALUE]" },
    { "a short period", cpu('{"period":999}'),
      AT .. "period: must be between 1000 and 1000000, got 999 [E_CONFIG_VALUE]" },
    { "a long period", cpu('{"period":1000001}'),
      AT .. "period: must be between 0 and 1000000, got 1000001 [E_CONFIG_VALUE]" },
    { "a burst over the quota", cpu('{"burst":1001,"quota":1000}'),
      AT .. "burst: must not be over the quota 1000, got 1001 [E_CONFIG_VALUE]" },
    { "2 as idle", cpu('{"idle":2}'), AT .. "idle: must be between 0 and 1, got 2 [E_CONFIG_VALUE]" },
    { "a real-time runtime", cpu('{"realtimeRuntime":950000}'), AT .. "realtimeRuntime" .. RT },
    { "a real-time period", cpu('{"realtimePeriod":18446744073709551615}'), AT .. "realtimePeriod" .. RT },
    { "words as CPUs", cpu('{"cpus":"all"}'), list("cpus", "all") },
    { "CPUs that end before they begin", cpu('{"cpus":"3-1"}'), list("cpus", "3-1") },
    { "a number that is two", cpu('{"cpus":"1 2"}'), list("cpus", "1 2") },
    { "a comma too much", cpu('{"mems":"0,"}'), list("mems", "0,") },
    { "two lines of nodes", cpu('{"mems":"0\\n1"}'), list("mems", "0\\u000a1") },
    { "numbers as CPUs", cpu('{"cpus":0}'), AT .. "cpus: expected string, got number [E_CONFIG_TYPE]" },
  })
end)
