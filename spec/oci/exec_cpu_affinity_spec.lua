local helper = require("helper")

local function affinity(text)
  return { ["process.execCPUAffinity"] = text }
end

local function names(patch)
  local list = {}
  for i, step in ipairs(helper.run(helper.bundle(patch))) do
    list[i] = step.name
  end
  return list
end

local AT = "process.execCPUAffinity"

describe("oci.exec_cpu_affinity", function()
  for _, text in ipairs({ "{}", '{"initial":"","final":""}', '{"initial":"0-3, 7"}', '{"final":"8191"}',
    '{"initial":"0","final":"1,2"}' }) do
    it("takes and does nothing for " .. text, function()
      assert.same(names({}), names(affinity(text)))
    end)
  end

  helper.refuses({
    { "a word", affinity('{"initial":"all"}'),
      AT .. '.initial: "all" is no list of CPUs, such as "0-3,7" [E_CONFIG_VALUE]' },
    { "a list that ends in a comma", affinity('{"final":"0,"}'),
      AT .. '.final: "0," is no list of CPUs, such as "0-3,7" [E_CONFIG_VALUE]' },
    { "a range that falls", affinity('{"final":"3-1"}'),
      AT .. '.final: "3-1" is no list of CPUs, such as "0-3,7" [E_CONFIG_VALUE]' },
    { "a CPU that no kernel has", affinity('{"final":"8192"}'),
      AT .. '.final: "8192" is no list of CPUs, such as "0-3,7" [E_CONFIG_VALUE]' },
    { "a number", affinity('{"initial":3}'), AT .. ".initial: expected string, got number [E_CONFIG_TYPE]" },
  })
end)
