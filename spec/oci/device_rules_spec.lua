local helper = require("helper")

local ANY = 4294967295

local function rules(text)
  return { ["linux.resources.devices"] = text }
end

-- The bundle's one rule: before the default ones when it is for all devices, behind them otherwise.
local function own(text)
  local steps = helper.steps("device_rule", rules(text))
  local last = steps[#steps]
  return last.major == 136 and steps[1] or last
end

describe("oci.device_rules", function()
  helper.translates("device_rule", {
    { "no rules", {}, {} },
    { "an empty list", rules("[]"), {} },
  })

  for _, row in ipairs({
    { "what runc spec writes", '[{"allow":false,"access":"rwm"}]', { 0, "a", ANY, ANY, 7 } },
    { "a rule of its own", '[{"allow":true,"type":"c","major":10,"minor":229,"access":"rw"}]', { 1, "c", 10, 229, 6 } },
    { "absent as all", '[{"allow":true}]', { 1, "a", ANY, ANY, 7 } },
    { "-1 as any", '[{"allow":true,"type":"b","major":-1,"minor":-1,"access":"m"}]', { 1, "b", ANY, ANY, 1 } },
    { "0 as a number", '[{"allow":true,"type":"b","major":0,"minor":0,"access":"mr"}]', { 1, "b", 0, 0, 3 } },
  }) do
    it("translates " .. row[1], function()
      local allow, kind, major, minor, access = table.unpack(row[3])
      assert.same({ allow = allow, type = kind:byte(), major = major, minor = minor, access = access }, own(row[2]))
    end)
  end

  local DEFAULTS = { "1c *:* 1", "1b *:* 1", "1c 1:3 7", "1c 1:5 7", "1c 1:7 7", "1c 1:8 7", "1c 1:9 7", "1c 5:0 7",
    "1c 5:1 7", "1c 5:2 7", "1c 136:* 7" }

  local function shows(text)
    local shown = {}
    local steps = helper.steps("device_rule", rules(text))
    for i, step in ipairs(steps) do
      shown[i] = ("%d%c %d:%d %d"):format(step.allow, step.type, step.major, step.minor, step.access)
        :gsub(tostring(ANY), "*")
    end
    return shown
  end

  -- What stands before the defaults, and behind them.
  for _, row in ipairs({
    { "behind a rule for all", '[{"allow":false}]', { "0a *:* 7" }, {} },
    { "behind the last rule for all", '[{"allow":false},{"allow":false,"type":"c"},{"allow":true}]',
      { "0a *:* 7", "0c *:* 7", "1a *:* 7" }, {} },
    { "before what comes later: the bundle may deny them", '[{"allow":false},{"allow":false,"type":"c","major":1}]',
      { "0a *:* 7" }, { "0c 1:* 7" } },
    { "and denies the others, without a rule for all", '[{"allow":false,"type":"b"},{"allow":false,"access":"m"}]',
      { "0a *:* 7" }, { "0b *:* 7", "0a *:* 1" } },
    { "and denies the others, where the bundle allows one", '[{"allow":true,"type":"c","major":10,"access":"r"}]',
      { "0a *:* 7" }, { "1c 10:* 2" } },
  }) do
    it("allows the default devices " .. row[1], function()
      local expected = {}
      for _, part in ipairs({ row[3], DEFAULTS, row[4] }) do
        table.move(part, 1, #part, #expected + 1, expected)
      end
      assert.same(expected, shows(row[2]))
    end)
  end

  local AT = "linux.resources.devices[0]"
  helper.refuses({
    { "no allow", rules("[{}]"), AT .. ".allow: required, but missing [E_CONFIG_MISSING]" },
    { "allow as a string", rules('[{"allow":"yes"}]'), AT .. ".allow: expected boolean, got string [E_CONFIG_TYPE]" },
    { "an unknown type", rules('[{"allow":true,"type":"p"}]'), AT .. '.type: "p" is not a, b or c [E_CONFIG_VALUE]' },
    { "an unknown access", rules('[{"allow":true,"access":"rx"}]'),
      AT .. '.access: "rx" is not made of r, w and m, each at most once [E_CONFIG_VALUE]' },
    { "a letter twice", rules('[{"allow":true,"access":"rr"}]'),
      AT .. '.access: "rr" is not made of r, w and m, each at most once [E_CONFIG_VALUE]' },
    { "no letter", rules('[{"allow":true,"access":""}]'), AT .. ".access: must not be empty [E_CONFIG_VALUE]" },
    { "a major number that is too large", rules('[{"allow":true,"type":"c","major":4096}]'),
      AT .. ".major: must be between -1 and 4095, got 4096 [E_CONFIG_VALUE]" },
    { "a minor number as a string", rules('[{"allow":true,"minor":"3"}]'),
      AT .. ".minor: expected number, got string [E_CONFIG_TYPE]" },
    { "a number without a type", rules('[{"allow":true,"major":1}]'),
      AT .. ": a rule for all types of devices can't name a major or minor number [E_CONFIG_VALUE]",
      'add "type": "c" or "type": "b"' },
    { "an object", rules('{"a":1}'), "linux.resources.devices: expected array, got object [E_CONFIG_TYPE]" },
    { "resources as a list", { ["linux.resources"] = "[]" },
      "linux.resources: expected object, got array [E_CONFIG_TYPE]" },
  })
end)
