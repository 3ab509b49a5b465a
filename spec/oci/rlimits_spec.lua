local helper = require("helper")
local numbers = require("oci.rlimit_numbers")

local function limits(text)
  return { ["process.rlimits"] = text }
end

local function one(soft, hard)
  return limits(('[{"type":"RLIMIT_NOFILE","soft":%s,"hard":%s}]'):format(soft, hard))
end

describe("oci.rlimits", function()
  helper.translates("rlimit", {
    { "none", {}, {} },
    { "a limit", one(1024, 4096), { { resource = 7, soft = 1024, hard = 4096 } } },
    { "no limit", one("18446744073709551615", "18446744073709551615"), { { resource = 7, soft = -1, hard = -1 } } },
    { "soft under an unlimited hard", one(1, "18446744073709551615"), { { resource = 7, soft = 1, hard = -1 } } },
    { "more than a double can say", one("9007199254740993", "9223372036854775808"),
      { { resource = 7, soft = 9007199254740993, hard = math.mininteger } } },
    { "the bundle's order", limits('[{"type":"RLIMIT_CORE","soft":0,"hard":0},{"type":"RLIMIT_AS","soft":1,"hard":2}]'),
      { { resource = 4, soft = 0, hard = 0 }, { resource = 9, soft = 1, hard = 2 } } },
  })

  it("has the sixteen limits of the kernel, once each", function()
    local seen = {}
    for name, number in pairs(numbers) do
      assert.truthy(name:find("^RLIMIT_%u+$"))
      assert.is_nil(seen[number])
      seen[number] = name
    end
    assert.equal(16, #seen + 1)
    assert.equal("RLIMIT_CPU", seen[0])
  end)

  local AT = "process.rlimits[0]"
  helper.refuses({
    { "an unknown limit", limits('[{"type":"RLIMIT_FOO","soft":1,"hard":1}]'),
      AT .. '.type: "RLIMIT_FOO" is not a resource limit of Linux [E_CONFIG_VALUE]' },
    { "a limit without its prefix", limits('[{"type":"NOFILE","soft":1,"hard":1}]'),
      AT .. '.type: "NOFILE" is not a resource limit of Linux [E_CONFIG_VALUE]' },
    { "a limit twice",
      limits('[{"type":"RLIMIT_CPU","soft":1,"hard":1},{"type":"RLIMIT_CPU","soft":1,"hard":1}]'),
      "process.rlimits[1] (RLIMIT_CPU): this limit is listed already at process.rlimits[0] [E_CONFIG_VALUE]" },
    { "soft over hard", one(2, 1), AT .. " (RLIMIT_NOFILE): the soft limit is over the hard limit [E_CONFIG_VALUE]" },
    { "an unlimited soft over hard", one("18446744073709551615", 1),
      AT .. " (RLIMIT_NOFILE): the soft limit is over the hard limit [E_CONFIG_VALUE]" },
    { "no type", limits('[{"soft":1,"hard":1}]'), AT .. ".type: required, but missing [E_CONFIG_MISSING]" },
    { "no soft", limits('[{"type":"RLIMIT_CPU","hard":1}]'),
      AT .. ".soft (RLIMIT_CPU): required, but missing [E_CONFIG_MISSING]" },
    { "no hard", limits('[{"type":"RLIMIT_CPU","soft":1}]'),
      AT .. ".hard (RLIMIT_CPU): required, but missing [E_CONFIG_MISSING]" },
    { "-1", one(-1, 1), AT .. ".soft (RLIMIT_NOFILE): must be between 0 and 18446744073709551615, got -1 "
      .. "[E_CONFIG_VALUE]" },
    { "2^64", one(1, "18446744073709551616"), AT .. ".hard (RLIMIT_NOFILE): must be between 0 and "
      .. "18446744073709551615, got 18446744073709551616 [E_CONFIG_VALUE]" },
    { "a word", one('"unlimited"', 1), AT .. ".soft (RLIMIT_NOFILE): expected number, got string [E_CONFIG_TYPE]" },
    { "a fraction", one(1.5, 2), AT .. ".soft (RLIMIT_NOFILE): expected integer, got 1.5 [E_CONFIG_TYPE]" },
    { "an object", limits('{"RLIMIT_CPU":1}'), "process.rlimits: expected array, got object [E_CONFIG_TYPE]" },
  })
end)
