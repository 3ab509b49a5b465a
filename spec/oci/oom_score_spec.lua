local helper = require("helper")

local function adj(text)
  return { ["process.oomScoreAdj"] = text }
end

describe("oci.oom_score", function()
  helper.translates("oom_score", {
    { "nothing when it is absent", {}, {} },
    { "nothing for null", adj("null"), {} },
    { "0, which is a value", adj("0"), { { adj = 0 } } },
    { "the most", adj("1000"), { { adj = 1000 } } },
    { "the least, as a 32-bit pattern", adj("-1000"), { { adj = 4294966296 } } },
  })
  helper.refuses({
    { "more", adj("1001"), "process.oomScoreAdj: must be between -1000 and 1000, got 1001 [E_CONFIG_VALUE]" },
    { "less", adj("-1001"), "process.oomScoreAdj: must be between -1000 and 1000, got -1001 [E_CONFIG_VALUE]" },
    { "a fraction", adj("0.5"), "process.oomScoreAdj: expected integer, got 0.5 [E_CONFIG_TYPE]" },
    { "text", adj('"5"'), "process.oomScoreAdj: expected number, got string [E_CONFIG_TYPE]" },
  })
end)
