local helper = require("helper")

local function priority(text)
  return { ["process.ioPriority"] = text }
end

local AT = "process.ioPriority"

describe("oci.io_priority", function()
  helper.translates("ioprio", {
    { "nothing when it is absent", {}, {} },
    { "real time", priority('{"class":"IOPRIO_CLASS_RT","priority":0}'), { { class = 1, level = 0 } } },
    { "best effort", priority('{"class":"IOPRIO_CLASS_BE","priority":7}'), { { class = 2, level = 7 } } },
    { "idle", priority('{"class":"IOPRIO_CLASS_IDLE","priority":0}'), { { class = 3, level = 0 } } },
  })
  helper.refuses({
    { "no class", priority('{"priority":4}'), AT .. ".class: required, but missing [E_CONFIG_MISSING]" },
    { "an unknown class", priority('{"class":"IOPRIO_CLASS_NONE","priority":4}'),
      AT .. '.class: "IOPRIO_CLASS_NONE" is not a class of I/O priority [E_CONFIG_VALUE]' },
    { "no priority", priority('{"class":"IOPRIO_CLASS_BE"}'),
      AT .. ".priority: required, but missing [E_CONFIG_MISSING]" },
    { "a priority over 7", priority('{"class":"IOPRIO_CLASS_BE","priority":8}'),
      AT .. ".priority: must be between 0 and 7, got 8 [E_CONFIG_VALUE]" },
    { "a priority under 0", priority('{"class":"IOPRIO_CLASS_RT","priority":-1}'),
      AT .. ".priority: must be between 0 and 7, got -1 [E_CONFIG_VALUE]" },
  })
end)
