local helper = require("helper")
local words = require("oci.scheduler_words")

local function scheduler(text)
  return { ["process.scheduler"] = text }
end

-- The step's fields, over those of a scheduler that asks for nothing.
local function step(given)
  local fields = { policy = 0, flags = 0, nice = 0, priority = 0, runtime = 0, deadline = 0, period = 0 }
  for key, value in pairs(given) do
    fields[key] = value
  end
  return { fields }
end

local AT = "process.scheduler"
local DEADLINE = '{"policy":"SCHED_DEADLINE","runtime":%s,"deadline":%s,"period":%s}'

describe("oci.scheduler", function()
  helper.translates("scheduler", {
    { "nothing when it is absent", {}, {} },
    { "SCHED_OTHER with the default nice value", scheduler('{"policy":"SCHED_OTHER"}'), step({}) },
    { "a nice value as a 32-bit pattern", scheduler('{"policy":"SCHED_OTHER","nice":-20}'),
      step({ nice = 4294967276 }) },
    { "SCHED_BATCH", scheduler('{"policy":"SCHED_BATCH","nice":19}'), step({ policy = 3, nice = 19 }) },
    { "SCHED_IDLE", scheduler('{"policy":"SCHED_IDLE"}'), step({ policy = 5 }) },
    { "SCHED_FIFO", scheduler('{"policy":"SCHED_FIFO","priority":1}'), step({ policy = 1, priority = 1 }) },
    { "SCHED_RR", scheduler('{"policy":"SCHED_RR","priority":99}'), step({ policy = 2, priority = 99 }) },
    { "SCHED_DEADLINE", scheduler(DEADLINE:format(1024, 2048, 4096)),
      step({ policy = 6, runtime = 1024, deadline = 2048, period = 4096 }) },
    { "SCHED_DEADLINE, more than a double can say",
      scheduler(DEADLINE:format("9007199254740993", "9223372036854775806", "9223372036854775807")),
      step({ policy = 6, runtime = 9007199254740993, deadline = math.maxinteger - 1, period = math.maxinteger }) },
    { "SCHED_DEADLINE without a period", scheduler('{"policy":"SCHED_DEADLINE","runtime":5000,"deadline":5000}'),
      step({ policy = 6, runtime = 5000, deadline = 5000 }) },
    { "flags", scheduler('{"policy":"SCHED_OTHER","flags":["SCHED_FLAG_RESET_ON_FORK","SCHED_FLAG_KEEP_POLICY",'
      .. '"SCHED_FLAG_KEEP_PARAMS","SCHED_FLAG_RESET_ON_FORK"]}'), step({ flags = 25 }) },
    { "no flags", scheduler('{"policy":"SCHED_OTHER","flags":[]}'), step({}) },
  })

  it("translates the flags of SCHED_DEADLINE", function()
    local text = '{"policy":"SCHED_DEADLINE","runtime":5000,"deadline":5000,'
      .. '"flags":["SCHED_FLAG_RECLAIM","SCHED_FLAG_DL_OVERRUN"]}'
    assert.equal(6, helper.steps("scheduler", scheduler(text))[1].flags)
    assert.same({}, helper.steps("warning", scheduler(text)))
  end)

  it("warns of a nice value that has no effect", function()
    for policy, more in pairs({ SCHED_FIFO = ',"priority":1', SCHED_RR = ',"priority":1', SCHED_IDLE = "",
      SCHED_DEADLINE = ',"runtime":5000,"deadline":5000' }) do
      assert.same({ { text = "has no effect with " .. policy } },
        helper.steps("warning", scheduler(('{"policy":"%s","nice":5%s}'):format(policy, more))))
    end
  end)

  it("warns of flags that have no effect", function()
    assert.same({ { text = "has no effect with SCHED_BATCH" } },
      helper.steps("warning", scheduler('{"policy":"SCHED_BATCH","flags":["SCHED_FLAG_RECLAIM"]}')))
  end)

  it("has the policies and flags of OCI's schema", function()
    local function sorted(set)
      local list = {}
      for word in pairs(set) do
        list[#list + 1] = word:match("_(%u.*)$")
      end
      table.sort(list)
      return table.concat(list, " ")
    end
    assert.equal("BATCH DEADLINE FIFO IDLE ISO OTHER RR", sorted(words.policies))
    assert.equal("FLAG_DL_OVERRUN FLAG_KEEP_PARAMS FLAG_KEEP_POLICY FLAG_RECLAIM FLAG_RESET_ON_FORK "
      .. "FLAG_UTIL_CLAMP_MAX FLAG_UTIL_CLAMP_MIN", sorted(words.flags))
  end)

  local CLAMP = "%s is not given: OCI has no property for the value to clamp to [E_CONFIG_UNSUPPORTED]"
  helper.refuses({
    { "no policy", scheduler("{}"), AT .. ".policy: required, but missing [E_CONFIG_MISSING]" },
    { "an unknown policy", scheduler('{"policy":"SCHED_EXT"}'),
      AT .. '.policy: "SCHED_EXT" is not a scheduling policy of Linux [E_CONFIG_VALUE]' },
    { "SCHED_ISO", scheduler('{"policy":"SCHED_ISO"}'),
      AT .. ".policy: SCHED_ISO is reserved: Linux does not have it [E_CONFIG_UNSUPPORTED]" },
    { "a nice value over 19", scheduler('{"policy":"SCHED_OTHER","nice":20}'),
      AT .. ".nice: must be between -20 and 19, got 20 [E_CONFIG_VALUE]" },
    { "a nice value under -20", scheduler('{"policy":"SCHED_OTHER","nice":-21}'),
      AT .. ".nice: must be between -20 and 19, got -21 [E_CONFIG_VALUE]" },
    { "a priority under 0", scheduler('{"policy":"SCHED_FIFO","priority":-1}'),
      AT .. ".priority: must be between 0 and 99, got -1 [E_CONFIG_VALUE]" },
    { "a priority over 99", scheduler('{"policy":"SCHED_FIFO","priority":100}'),
      AT .. ".priority: must be between 0 and 99, got 100 [E_CONFIG_VALUE]" },
    { "SCHED_FIFO without a priority", scheduler('{"policy":"SCHED_FIFO"}'),
      AT .. ".priority: SCHED_FIFO has priorities from 1 to 99, got 0 [E_CONFIG_VALUE]" },
    { "SCHED_RR with priority 0", scheduler('{"policy":"SCHED_RR","priority":0}'),
      AT .. ".priority: SCHED_RR has priorities from 1 to 99, got 0 [E_CONFIG_VALUE]" },
    { "SCHED_OTHER with a priority", scheduler('{"policy":"SCHED_OTHER","priority":7}'),
      AT .. ".priority: SCHED_OTHER has no priority, got 7 [E_CONFIG_VALUE]" },
    { "SCHED_DEADLINE with a priority",
      scheduler('{"policy":"SCHED_DEADLINE","priority":7,"runtime":5000,"deadline":5000}'),
      AT .. ".priority: SCHED_DEADLINE has no priority, got 7 [E_CONFIG_VALUE]" },
    { "SCHED_FIFO with a runtime", scheduler('{"policy":"SCHED_FIFO","priority":1,"runtime":5000}'),
      AT .. ".runtime: only SCHED_DEADLINE has it, not SCHED_FIFO [E_CONFIG_VALUE]" },
    { "SCHED_OTHER with a deadline", scheduler('{"policy":"SCHED_OTHER","deadline":5000}'),
      AT .. ".deadline: only SCHED_DEADLINE has it, not SCHED_OTHER [E_CONFIG_VALUE]" },
    { "SCHED_IDLE with a period of 2^63", scheduler('{"policy":"SCHED_IDLE","period":9223372036854775808}'),
      AT .. ".period: only SCHED_DEADLINE has it, not SCHED_IDLE [E_CONFIG_VALUE]" },
    { "SCHED_DEADLINE without a runtime", scheduler('{"policy":"SCHED_DEADLINE","deadline":5000}'),
      AT .. ".runtime: must be at least the kernel's 1024, got 0 [E_CONFIG_VALUE]" },
    { "a runtime of 1023", scheduler(DEADLINE:format(1023, 2048, 4096)),
      AT .. ".runtime: must be at least the kernel's 1024, got 1023 [E_CONFIG_VALUE]" },
    { "a runtime over the deadline", scheduler(DEADLINE:format(2049, 2048, 4096)),
      AT .. ".deadline: must be at least the runtime 2049, got 2048 [E_CONFIG_VALUE]" },
    { "a deadline over the period", scheduler(DEADLINE:format(1024, 4097, 4096)),
      AT .. ".period: must be at least the deadline 4097, got 4096 [E_CONFIG_VALUE]" },
    { "a deadline of 2^63", scheduler(DEADLINE:format(1024, "9223372036854775808", 0)),
      AT .. ".deadline: must be below 2^63, got 9223372036854775808 [E_CONFIG_VALUE]" },
    { "a period of 2^64-1", scheduler(DEADLINE:format(1024, 1024, "18446744073709551615")),
      AT .. ".period: must be below 2^63, got 18446744073709551615 [E_CONFIG_VALUE]" },
    { "a runtime under 0", scheduler(DEADLINE:format(-1, 1024, 0)),
      AT .. ".runtime: must be between 0 and 18446744073709551615, got -1 [E_CONFIG_VALUE]" },
    { "an unknown flag", scheduler('{"policy":"SCHED_OTHER","flags":["SCHED_RESET_ON_FORK"]}'),
      AT .. '.flags[0]: "SCHED_RESET_ON_FORK" is not a scheduling flag of Linux [E_CONFIG_VALUE]' },
    { "SCHED_FLAG_UTIL_CLAMP_MIN", scheduler('{"policy":"SCHED_OTHER","flags":["SCHED_FLAG_UTIL_CLAMP_MIN"]}'),
      AT .. ".flags[0]: " .. CLAMP:format("SCHED_FLAG_UTIL_CLAMP_MIN"),
      "leave it out, and set cpu.uclamp.min or cpu.uclamp.max in linux.resources.unified" },
    { "SCHED_FLAG_UTIL_CLAMP_MAX",
      scheduler('{"policy":"SCHED_OTHER","flags":["SCHED_FLAG_RECLAIM","SCHED_FLAG_UTIL_CLAMP_MAX"]}'),
      AT .. ".flags[1]: " .. CLAMP:format("SCHED_FLAG_UTIL_CLAMP_MAX") },
    { "a word", scheduler('"SCHED_FIFO"'), AT .. ": expected object, got string [E_CONFIG_TYPE]" },
  })
end)
