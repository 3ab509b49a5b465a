local helper = require("helper")

local TIME = '[{"type":"pid"},{"type":"mount"},{"type":"time"}]'
local JOINED = '[{"type":"pid"},{"type":"mount"},{"type":"time","path":"/run/ns/time"}]'

local function offsets(text, namespaces)
  return { ["linux.timeOffsets"] = text, ["linux.namespaces"] = namespaces or TIME }
end

local function monotonic(text)
  return offsets('{"monotonic":' .. text .. "}")
end

describe("oci.time_offsets", function()
  helper.translates("time_offset", {
    { "no offsets", offsets(false), {} },
    { "null", offsets("null"), {} },
    { "an empty object", offsets("{}"), {} },
    { "no offsets, no time namespace", {}, {} },
    { "a clock that is null", monotonic("null"), {} },
    { "a clock without numbers", monotonic("{}"), { { clock = 1, secs = 0, nanosecs = 0 } } },
    { "numbers that are null", monotonic('{"secs":null,"nanosecs":null}'), { { clock = 1, secs = 0, nanosecs = 0 } } },
    { "seconds alone", monotonic('{"secs":5}'), { { clock = 1, secs = 5, nanosecs = 0 } } },
    { "nanoseconds alone", monotonic('{"nanosecs":999999999}'), { { clock = 1, secs = 0, nanosecs = 999999999 } } },
    { "a negative offset", monotonic('{"secs":-2,"nanosecs":500000000}'),
      { { clock = 1, secs = -2, nanosecs = 500000000 } } },
    { "the last of the numbers", offsets('{"boottime":{"secs":9223372036854775807}}'),
      { { clock = 7, secs = math.maxinteger, nanosecs = 0 } } },
    { "the first of the numbers", offsets('{"boottime":{"secs":-9223372036854775808}}'),
      { { clock = 7, secs = math.mininteger, nanosecs = 0 } } },
    { "both clocks", offsets('{"boottime":{"secs":172800},"monotonic":{"secs":1}}'),
      { { clock = 1, secs = 1, nanosecs = 0 }, { clock = 7, secs = 172800, nanosecs = 0 } } },
  })

  local AT = "linux.timeOffsets.monotonic"
  local NEW = ": only a new time namespace can be given an offset [E_CONFIG_VALUE]"
  local HINT = 'add {"type": "time"}, without a path, to linux.namespaces'
  local RANGE = "must be between -9223372036854775808 and 9223372036854775807"
  helper.refuses({
    { "offsets without a time namespace", { ["linux.timeOffsets"] = '{"monotonic":{"secs":1}}' }, AT .. NEW, HINT },
    { "offsets of a time namespace of others", offsets('{"boottime":{}}', JOINED), "linux.timeOffsets.boottime" .. NEW,
      HINT },
    { "a clock that has none", offsets('{"realtime":{"secs":1}}'),
      'linux.timeOffsets["realtime"]: no clock of that name can have an offset [E_CONFIG_VALUE]',
      "the clocks of a time namespace are monotonic and boottime" },
    { "a clock by its number", offsets('{"1":{"secs":1}}'),
      'linux.timeOffsets["1"]: no clock of that name can have an offset [E_CONFIG_VALUE]' },
    { "a clock in capitals", offsets('{"MONOTONIC":{}}'),
      'linux.timeOffsets["MONOTONIC"]: no clock of that name can have an offset [E_CONFIG_VALUE]' },
    { "seconds over 64 bits", monotonic('{"secs":9223372036854775808}'),
      AT .. ".secs: " .. RANGE .. ", got 9223372036854775808 [E_CONFIG_VALUE]" },
    { "seconds below 64 bits", monotonic('{"secs":-9223372036854775809}'),
      AT .. ".secs: " .. RANGE .. ", got -9223372036854775809 [E_CONFIG_VALUE]" },
    { "a fraction", monotonic('{"secs":1.5}'), AT .. ".secs: expected integer, got 1.5 [E_CONFIG_TYPE]" },
    { "a string", monotonic('{"secs":"1"}'), AT .. ".secs: expected number, got string [E_CONFIG_TYPE]" },
    { "too many nanoseconds", monotonic('{"nanosecs":1000000000}'),
      AT .. ".nanosecs: must be between 0 and 999999999, got 1000000000 [E_CONFIG_VALUE]" },
    { "negative nanoseconds", monotonic('{"nanosecs":-1}'),
      AT .. ".nanosecs: must be between 0 and 999999999, got -1 [E_CONFIG_VALUE]" },
    { "a number as a clock", monotonic("5"), AT .. ": expected object, got number [E_CONFIG_TYPE]" },
    { "a list", offsets("[]"), "linux.timeOffsets: expected object, got array [E_CONFIG_TYPE]" },
  })
end)
