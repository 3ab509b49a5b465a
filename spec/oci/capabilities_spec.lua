local helper = require("helper")
local numbers = require("oci.capability_numbers")

local CHOWN, KILL, BIND = 1 << 0, 1 << 5, 1 << 10

local function caps(text)
  return { ["process.capabilities"] = text }
end

local function sets(bounding, permitted, effective, inheritable, ambient)
  return { { bounding = bounding, permitted = permitted, effective = effective, inheritable = inheritable,
    ambient = ambient } }
end

local ALL = '["CAP_CHOWN","CAP_KILL"]'
local BOTH = CHOWN | KILL
local EVERY = ('{"bounding":%s,"permitted":%s,"effective":%s,"inheritable":%s,"ambient":%s}')
  :format(ALL, ALL, ALL, ALL, ALL)

local ROWS = {
  { "no capabilities as none", {}, sets(0, 0, 0, 0, 0) },
  { "an empty object as none", caps("{}"), sets(0, 0, 0, 0, 0) },
  { "all five sets", caps(EVERY), sets(BOTH, BOTH, BOTH, BOTH, BOTH) },
  { "an unknown name by leaving it out", caps('{"bounding":["CAP_FOO","CAP_KILL","cap_chown"]}'),
    sets(KILL, 0, 0, 0, 0), { "process.capabilities.bounding: unknown capabilities left out: CAP_FOO, cap_chown" } },
  { "effective within permitted", caps('{"permitted":["CAP_KILL"],"effective":["CAP_KILL","CAP_CHOWN"]}'),
    sets(0, KILL, KILL, 0, 0),
    { "process.capabilities.effective: capabilities that are not permitted left out: CAP_CHOWN" } },
  { "inheritable within bounding", caps('{"bounding":["CAP_KILL"],"inheritable":["CAP_CHOWN","CAP_KILL"]}'),
    sets(KILL, 0, 0, KILL, 0), { "process.capabilities.inheritable: capabilities that are not in the bounding set "
      .. "left out: CAP_CHOWN" } },
  { "ambient within permitted and inheritable", caps('{"permitted":["CAP_KILL","CAP_CHOWN"],'
    .. '"bounding":["CAP_KILL"],"inheritable":["CAP_KILL"],"ambient":["CAP_KILL","CAP_CHOWN"]}'),
    sets(KILL, BOTH, 0, KILL, KILL), { "process.capabilities.ambient: capabilities that are not both permitted and "
      .. "inheritable left out: CAP_CHOWN" } },
  { "a name twice", caps('{"bounding":["CAP_KILL","CAP_KILL","X","X"]}'), sets(KILL, 0, 0, 0, 0),
    { "process.capabilities.bounding: unknown capabilities left out: X" } },
}

local function warnings(patch, given)
  local text = given.caller.is_root and helper.bundle(patch) or helper.user_bundle(patch)
  local found = {}
  for _, step in ipairs(helper.run(text, given)) do
    if step.name == "warning" then
      table.insert(found, step.origin .. ": " .. step.fields.text)
    end
  end
  return found
end

describe("oci.capabilities", function()
  helper.translates("setcaps", ROWS)
  for _, row in ipairs(ROWS) do
    it("warns with " .. row[1] .. " of what is left out, and of nothing else", function()
      assert.same(row[4] or {}, warnings(row[2], helper.root()))
    end)
  end

  local few = helper.root()
  few.capabilities = KILL | BIND
  it("leaves out what this host can't grant, once", function()
    assert.same(sets(KILL, KILL, KILL, KILL, KILL), helper.steps("setcaps", caps(EVERY), few))
    local expected = {}
    for i, set in ipairs({ "bounding", "permitted", "effective", "inheritable", "ambient" }) do
      expected[i] = ("process.capabilities.%s: capabilities that can't be granted here left out: CAP_CHOWN"):format(set)
    end
    assert.same(expected, warnings(caps(EVERY), few))
  end)

  it("has all capabilities that the kernel knows in a user namespace", function()
    local given = helper.user()
    given.capabilities, given.capabilities_known = 0, KILL
    assert.same(sets(KILL, KILL, KILL, KILL, KILL), helper.steps("setcaps", caps(EVERY), given))
  end)

  it("keeps a long warning within its bound", function()
    local names = {}
    for i = 1, 1000 do
      names[i] = ('"CAP_%d"'):format(i)
    end
    local found = warnings(caps('{"bounding":[' .. table.concat(names, ",") .. "]}"), helper.root())
    assert.equal(1, #found)
    assert.truthy(found[1]:find("%.%.%.$"))
  end)

  it("has the 41 capabilities of Linux, once each", function()
    local seen = {}
    for name, number in pairs(numbers) do
      assert.truthy(name:find("^CAP_[%u_]+$"))
      assert.is_nil(seen[number])
      seen[number] = true
    end
    for number = 0, 40 do
      assert.is_true(seen[number])
    end
    assert.is_nil(seen[41])
  end)

  helper.refuses({
    { "a list", caps(ALL), "process.capabilities: expected object, got array [E_CONFIG_TYPE]" },
    { "a set as a string", caps('{"bounding":"CAP_KILL"}'),
      "process.capabilities.bounding: expected array, got string [E_CONFIG_TYPE]" },
    { "a number as a name", caps('{"ambient":["CAP_KILL",5]}'),
      "process.capabilities.ambient[1]: expected string, got number [E_CONFIG_TYPE]" },
    { "an empty name", caps('{"ambient":[""]}'),
      "process.capabilities.ambient[0]: must not be empty [E_CONFIG_VALUE]" },
  })
end)
