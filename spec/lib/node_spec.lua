local json = require("lib.json")
local node = require("lib.node")

local function root(text)
  return node.root(json.decode(text))
end

local function line(run)
  local ok, raised = pcall(run)
  assert.is_false(ok)
  assert.is_table(raised)
  return ("%s%s: %s [%s]"):format(raised.where, raised.subject and " (" .. raised.subject .. ")" or "", raised.what,
    raised.code)
end

describe("lib.node", function()
  it("reads what is there", function()
    local config = root('{"a":{"b":[{"c":"d"}]},"n":7,"t":true}')
    assert.equal("d", config:get("a"):need("b"):list()[1]:need("c"):string())
    assert.equal(7, config:get("n"):integer(0, 10))
    assert.is_true(config:get("t"):boolean())
  end)

  it("takes null for absent", function()
    local config = root('{"a":null}')
    assert.is_false(config:get("a"):present())
    assert.is_nil(config:get("a"):string())
    assert.is_nil(config:get("a"):get("b"):get("c"):u64())
    assert.same({}, config:get("a"):list())
    assert.same({}, config:get("a"):members())
  end)

  it("sorts the members of an object and quotes their keys", function()
    local paths = {}
    for i, member in ipairs(root('{"a":{"y.z":"1","b":"2","x\\"":"3"}}'):get("a"):members()) do
      paths[i] = member.node.path
    end
    assert.same({ 'a["b"]', 'a["x\\""]', 'a["y.z"]' }, paths)
  end)

  for _, row in ipairs({
    { "null", true },
    { '""', true },
    { "[]", true },
    { "{}", true },
    { '{"a":null,"b":{"c":[]}}', true },
    { "0", false },
    { "false", false },
    { "[null]", false },
    { '{"a":0}', false },
  }) do
    it(("says whether %s asks for nothing"):format(row[1]), function()
      assert.equal(row[2], root('{"x":' .. row[1] .. "}"):get("x"):is_empty())
    end)
  end

  local function x(text)
    return root('{"x":' .. text .. "}"):get("x")
  end

  for _, row in ipairs({
    { "a missing property", function() x("{}"):need("y") end, "x.y: required, but missing [E_CONFIG_MISSING]" },
    { "null for a required one", function() x('{"y":null}'):need("y") end,
      "x.y: required, but missing [E_CONFIG_MISSING]" },
    { "a property of an array", function() x("[1]"):get("y") end, "x: expected object, got array [E_CONFIG_TYPE]" },
    { "an empty array for an object", function() x("[]"):get("y") end,
      "x: expected object, got array [E_CONFIG_TYPE]" },
    { "an empty object for an array", function() x("{}"):list() end, "x: expected array, got object [E_CONFIG_TYPE]" },
    { "a number for a string", function() x("7"):string() end, "x: expected string, got number [E_CONFIG_TYPE]" },
    { "a string for a boolean", function() x('"true"'):boolean() end,
      "x: expected boolean, got string [E_CONFIG_TYPE]" },
    { "a string for a number", function() x('"1000"'):id() end, "x: expected number, got string [E_CONFIG_TYPE]" },
    { "null in an array", function() x('["a",null]'):list()[2]:string() end,
      "x[1]: expected string, got null [E_CONFIG_TYPE]" },
    { "a NUL", function() x([["a\u0000b"]]):string() end, "x: must not contain a NUL character [E_CONFIG_VALUE]" },
    { "a NUL in front", function() x([["\u0000i1"]]):string() end,
      "x: must not contain a NUL character [E_CONFIG_VALUE]" },
    { "a long string", function() x('"abc"'):string(2) end, "x: at most 2 bytes, got 3 [E_CONFIG_VALUE]" },
    { "an empty word", function() x('""'):word() end, "x: must not be empty [E_CONFIG_VALUE]" },
    { "a relative path", function() x('"a\\nb"'):abspath() end,
      'x: must be an absolute path, got "a\\u000ab" [E_CONFIG_VALUE]' },
    { "a long list", function() x("[1,2,3]"):list(2) end, "x: at most 2 elements, got 3 [E_CONFIG_VALUE]" },
    { "an unknown word", function() x('"b"'):one_of({ a = 1 }, "a letter") end,
      'x: "b" is not a letter [E_CONFIG_VALUE]' },
    { "a fraction", function() x("1.5"):id() end, "x: expected integer, got 1.5 [E_CONFIG_TYPE]" },
    { "a negative id", function() x("-1"):id() end, "x: must be between 0 and 4294967294, got -1 [E_CONFIG_VALUE]" },
    { "the id that is none", function() x("4294967295"):id() end,
      "x: must be between 0 and 4294967294, got 4294967295 [E_CONFIG_VALUE]" },
    { "the root's kind", function() root("{}"):list() end,
      "config.json: expected array, got object [E_CONFIG_TYPE]" },
    { "a named element", function() x('{"y":7}'):name("/data"):get("y"):string() end,
      "x.y (/data): expected string, got number [E_CONFIG_TYPE]" },
  }) do
    it("refuses " .. row[1], function()
      assert.equal(row[3], line(row[2]))
    end)
  end
end)
