local helper = require("helper")

local function personality(text)
  return { ["linux.personality"] = text }
end

local AT = "linux.personality"

describe("oci.personality", function()
  helper.translates("personality", {
    { "nothing when it is absent", {}, {} },
    { "LINUX", personality('{"domain":"LINUX"}'), { { domain = 0 } } },
    { "LINUX32", personality('{"domain":"LINUX32"}'), { { domain = 8 } } },
    { "no flags", personality('{"domain":"LINUX32","flags":[]}'), { { domain = 8 } } },
  })
  helper.refuses({
    { "no domain", personality("{}"), AT .. ".domain: required, but missing [E_CONFIG_MISSING]" },
    { "an unknown domain", personality('{"domain":"SVR4"}'),
      AT .. '.domain: "SVR4" is not LINUX or LINUX32 [E_CONFIG_VALUE]' },
    { "a flag", personality('{"domain":"LINUX","flags":["ADDR_NO_RANDOMIZE"]}'),
      AT .. ".flags[0]: OCI defines no flag of a personality [E_CONFIG_UNSUPPORTED]",
      "leave linux.personality.flags out" },
    { "flags that are no list", personality('{"domain":"LINUX","flags":"x"}'),
      AT .. ".flags: expected array, got string [E_CONFIG_TYPE]" },
  })
end)
