local helper = require("helper")
local words = require("oci.memory_policy_words")

local function policy(mode, nodes, flags)
  return { ["linux.memoryPolicy"] = ('{"mode":"%s"%s%s}'):format(mode, nodes and (',"nodes":"%s"'):format(nodes) or "",
    flags and (',"flags":["%s"]'):format(flags:gsub(" ", '","')) or "") }
end

local function step(mode, nodes, flags)
  return { { mode = mode, nodes = nodes, flags = flags or 0 } }
end

local STATIC, RELATIVE, BALANCING = "MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES", "MPOL_F_NUMA_BALANCING"
local AT = "linux.memoryPolicy"

describe("oci.memory_policy", function()
  helper.translates("mempolicy", {
    { "nothing when it is absent", {}, {} },
    { "MPOL_DEFAULT", policy("MPOL_DEFAULT"), step(0, {}) },
    { "MPOL_DEFAULT with an empty list", policy("MPOL_DEFAULT", ""), step(0, {}) },
    { "MPOL_PREFERRED without nodes", policy("MPOL_PREFERRED"), step(1, {}) },
    { "MPOL_PREFERRED", policy("MPOL_PREFERRED", "1", STATIC), step(1, { 2 }, 0x8000) },
    { "MPOL_BIND", policy("MPOL_BIND", "0-3,7", BALANCING), step(2, { 0x8f }, 0x2000) },
    { "MPOL_INTERLEAVE", policy("MPOL_INTERLEAVE", "0,1", RELATIVE), step(3, { 3 }, 0x4000) },
    { "MPOL_LOCAL", policy("MPOL_LOCAL"), step(4, {}) },
    { "MPOL_PREFERRED_MANY", policy("MPOL_PREFERRED_MANY", "0", BALANCING .. " " .. STATIC), step(5, { 1 }, 0xa000) },
    { "MPOL_WEIGHTED_INTERLEAVE", policy("MPOL_WEIGHTED_INTERLEAVE", "31,32"), step(6, { 1 << 31, 1 }) },
    { "node 64 alone", policy("MPOL_BIND", "64"), step(2, { 0, 0, 1 }) },
  })

  it("translates 1024 nodes", function()
    local nodes = helper.steps("mempolicy", policy("MPOL_BIND", "0-1023"))[1].nodes
    assert.equal(32, #nodes)
    for _, bits in ipairs(nodes) do
      assert.equal(4294967295, bits)
    end
  end)

  it("has the modes 0 to 6", function()
    local seen = {}
    for _, mode in pairs(words.modes) do
      seen[mode.number] = true
    end
    assert.equal(6, #seen)
    assert.is_true(seen[0])
  end)

  local function some_flag(mode, flag)
    return AT .. (".flags[0]: %s can't have %s [E_CONFIG_VALUE]"):format(mode, flag)
  end
  helper.refuses({
    { "no mode", { ["linux.memoryPolicy"] = "{}" }, AT .. ".mode: required, but missing [E_CONFIG_MISSING]" },
    { "an unknown mode", policy("MPOL_MAX"),
      AT .. '.mode: "MPOL_MAX" is not a mode of a memory policy [E_CONFIG_VALUE]' },
    { "MPOL_DEFAULT with nodes", policy("MPOL_DEFAULT", "0"),
      AT .. ".nodes: MPOL_DEFAULT takes no nodes [E_CONFIG_VALUE]" },
    { "MPOL_LOCAL with nodes", policy("MPOL_LOCAL", "0"), AT .. ".nodes: MPOL_LOCAL takes no nodes [E_CONFIG_VALUE]" },
    { "MPOL_BIND without nodes", policy("MPOL_BIND"),
      AT .. ".nodes: MPOL_BIND needs at least one node [E_CONFIG_VALUE]" },
    { "MPOL_INTERLEAVE with an empty list", policy("MPOL_INTERLEAVE", " "),
      AT .. ".nodes: MPOL_INTERLEAVE needs at least one node [E_CONFIG_VALUE]" },
    { "MPOL_PREFERRED_MANY without nodes", policy("MPOL_PREFERRED_MANY"),
      AT .. ".nodes: MPOL_PREFERRED_MANY needs at least one node [E_CONFIG_VALUE]" },
    { "MPOL_WEIGHTED_INTERLEAVE without nodes", policy("MPOL_WEIGHTED_INTERLEAVE"),
      AT .. ".nodes: MPOL_WEIGHTED_INTERLEAVE needs at least one node [E_CONFIG_VALUE]" },
    { "a word of libnuma", policy("MPOL_BIND", "all"),
      AT .. '.nodes: "all" is no list of nodes from 0 to 1023, such as "0-3,7" [E_CONFIG_VALUE]' },
    { "node 1024", policy("MPOL_BIND", "0,1024"),
      AT .. '.nodes: "0,1024" is no list of nodes from 0 to 1023, such as "0-3,7" [E_CONFIG_VALUE]' },
    { "an unknown flag", policy("MPOL_BIND", "0", "MPOL_F_NODE"),
      AT .. '.flags[0]: "MPOL_F_NODE" is not a flag of a memory policy [E_CONFIG_VALUE]' },
    { "MPOL_DEFAULT with a flag", policy("MPOL_DEFAULT", nil, STATIC), some_flag("MPOL_DEFAULT", STATIC) },
    { "MPOL_LOCAL with a flag", policy("MPOL_LOCAL", nil, RELATIVE), some_flag("MPOL_LOCAL", RELATIVE) },
    { "MPOL_PREFERRED without nodes, with a flag", policy("MPOL_PREFERRED", nil, STATIC),
      some_flag("MPOL_PREFERRED without nodes", STATIC) },
    { "MPOL_PREFERRED with balancing", policy("MPOL_PREFERRED", "0", BALANCING),
      some_flag("MPOL_PREFERRED", BALANCING) },
    { "MPOL_INTERLEAVE with balancing", policy("MPOL_INTERLEAVE", "0", BALANCING),
      some_flag("MPOL_INTERLEAVE", BALANCING) },
    { "static and relative", policy("MPOL_BIND", "0", STATIC .. " " .. RELATIVE),
      AT .. ".flags: MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other [E_CONFIG_VALUE]" },
  })
end)
