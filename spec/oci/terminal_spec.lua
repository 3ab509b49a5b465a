local helper = require("helper")

local PTS = '[{"destination":"/dev/pts","type":"devpts"}]'

local function terminal(size, mounts)
  return { ["process.terminal"] = "true", ["process.consoleSize"] = size or false, mounts = mounts or PTS }
end

describe("oci.terminal", function()
  helper.translates("terminal", {
    { "none", {}, {} },
    { "false", { ["process.terminal"] = "false" }, {} },
    { "a terminal", terminal(), { { width = 0, height = 0 } } },
    { "a size", terminal('{"width":120,"height":40}'), { { width = 120, height = 40 } } },
    { "a size without a terminal", { ["process.consoleSize"] = '{"width":99999,"height":1}' }, {} },
  })
  local NONE = "process.terminal: a terminal needs a devpts at /dev/pts, and mounts has none [E_CONFIG_VALUE]"
  helper.refuses({
    { "a string", { ["process.terminal"] = '"true"' },
      "process.terminal: expected boolean, got string [E_CONFIG_TYPE]" },
    { "no devpts", terminal(nil, "[]"), NONE },
    { "a bound /dev/pts", terminal(nil, '[{"destination":"/dev/pts","source":"x","options":["bind"]}]'), NONE },
    { "a tmpfs over it", terminal(nil, PTS:sub(1, -2) .. ',{"destination":"/dev/pts","type":"tmpfs"}]'), NONE },
    { "no width", terminal('{"height":1}'), "process.consoleSize.width: required, but missing [E_CONFIG_MISSING]" },
    { "no height", terminal('{"width":1}'), "process.consoleSize.height: required, but missing [E_CONFIG_MISSING]" },
    { "a width that is too large", terminal('{"width":65536,"height":1}'),
      "process.consoleSize.width: must be between 0 and 65535, got 65536 [E_CONFIG_VALUE]" },
    { "a height as a string", terminal('{"width":1,"height":"1"}'),
      "process.consoleSize.height: expected number, got string [E_CONFIG_TYPE]" },
    { "a wrong size without a terminal", { ["process.consoleSize"] = '{"width":-1,"height":1}' },
      "process.consoleSize.width: must be between 0 and 18446744073709551615, got -1 [E_CONFIG_VALUE]" },
    { "a list as a size", terminal("[1,2]"), "process.consoleSize: expected object, got array [E_CONFIG_TYPE]" },
  })
end)
