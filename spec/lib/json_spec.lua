local helper = require("helper")
local json = require("lib.json")

local function member(text)
  return json.kind(json.decode('{"x":' .. text .. "}").x)
end

describe("lib.json", function()
  for _, row in ipairs({
    { "an empty array", "[ ]", "array", {} },
    { "an empty object", "{\n}", "object", {} },
    { "an array", "[1]", "array", { 1 } },
    { "a short number", "5", "number", 5 },
    { "a number of 15 digits", "999999999999999", "number", 999999999999999 },
    { "a number over 2^53", "9007199254740993", "number", "9007199254740993" },
    { "the largest unsigned number", "18446744073709551615", "number", "18446744073709551615" },
    { "a long negative number", "-9223372036854775808", "number", "-9223372036854775808" },
    { "a long fraction", "0.1234567890123456789", "number", 0.1234567890123456789 },
    { "a number with an exponent", "1e3", "number", 1000 },
    { "digits in a string", '"9007199254740993"', "string", "9007199254740993" },
    { "brackets in a string", '"[] {} 1."', "string", "[] {} 1." },
    { "an escaped quote", [["a\"[]\\"]], "string", [[a"[]\]] },
    { "a surrogate pair", [["\ud83d\ude00"]], "string", "\u{1F600}" },
    { "the delete character", '"\127"', "string", "\127" },
    { "null", "null", "null", nil },
    { "a boolean", "true", "boolean", true },
  }) do
    it("decodes " .. row[1], function()
      local kind, value = member(row[2])
      assert.equal(row[3], kind)
      assert.same(row[4], value)
    end)
  end

  -- What a bundle writes can never be taken for one of our tags.
  for _, row in ipairs({
    { "a long integer", [["\u0000i99999999999999999999"]], "\0i99999999999999999999" },
    { "an empty array", [["\u0000a"]], "\0a" },
    { "an empty object", [["\u0000o"]], "\0o" },
    { "a string", [["\u0000s\u0000i1"]], "\0s\0i1" },
  }) do
    it("keeps a forged tag of " .. row[1] .. " a string", function()
      local kind, value = member(row[2])
      assert.equal("string", kind)
      assert.equal(row[3], value)
    end)
  end

  it("lets the last one of a repeated key count", function()
    assert.equal(2, select(2, member('1,"x":2')))
  end)

  it("quotes in one way", function()
    assert.equal([["a\"\\\u000a\u0000/ä"]], json.quote('a"\\\n\0/ä'))
  end)

  for _, row in ipairs({
    { "the empty file", "", "empty, expected a JSON object" },
    { "blanks", (" \n"):rep(1000000), "empty, expected a JSON object" },
    { "an array", "[]", "expected a JSON object, got array" },
    { "a full array", '[{"ociVersion":"1.0.2"}]', "expected a JSON object, got array" },
    { "a string", '"x"', "expected a JSON object, got string" },
    { "null", "null", "expected a JSON object, got null" },
    { "truncated JSON", '{"a":\n', "line 2, column 1: expected value but found the end of the file" },
    { "a truncated string", '{"a":"b', "line 1, column 8: expected value but found unexpected end of string" },
    { "200,000 nested arrays", ("["):rep(200000), "line 1, column 65: more than 64 levels of arrays and objects" },
    { "200,000 nested objects", ('{"a":'):rep(200000),
      "line 1, column 321: more than 64 levels of arrays and objects" },
    { "trailing bytes", "{}\nx", "line 2, column 1: expected the end but found invalid token" },
    { "a second value", "{}{}", 'line 1, column 3: expected the end but found "{"' },
    { "a trailing comma", '{"a":[1,]}', 'line 1, column 9: expected value but found "]"' },
    { "NaN", '{"a":NaN}', "line 1, column 6: expected value but found invalid token" },
    { "Infinity", '{"a":Infinity}', "line 1, column 6: expected value but found invalid token" },
    { "hexadecimal", '{"a":0x10}', "line 1, column 6: expected value but found invalid number" },
    { "a leading zero", '{"a":01}', "line 1, column 6: expected value but found invalid number" },
    { "a number that ends in a point", '{"a":1.}', "line 1, column 8: expected a digit behind the decimal point" },
    { "a byte order mark", "\u{FEFF}{}", "begins with a byte order mark" },
    { "bad UTF-8", '{\n"a":"\xff"}', "line 2, column 6: not UTF-8" },
    { "an encoded surrogate", '{"a":"\xed\xa0\x80"}', "line 1, column 7: not UTF-8" },
    { "a lone surrogate", [[{"a":"\ud800"}]],
      "line 1, column 7: expected value but found invalid unicode escape code" },
    { "a raw NUL", '{"a":"\0"}', "line 1, column 7: control byte 0x00" },
    { "a NUL behind the end", "{}\0", "line 1, column 3: control byte 0x00" },
    { "a raw newline in a string", '{"a":"b\nc"}',
      "line 1, column 8: a control byte in a string must be written as an escape" },
    { "a raw escape", '{"a":"\27[31m"}', "line 1, column 7: control byte 0x1b" },
  }) do
    it("refuses " .. row[1], function()
      assert.equal(("config.json: %s [E_CONFIG_JSON]"):format(row[3]), (helper.refusal(row[2])))
    end)
  end

  it("names the place as it was written, behind rewritten parts too", function()
    assert.equal('config.json: line 1, column 41: expected object key string but found "}" [E_CONFIG_JSON]',
      (helper.refusal('{"a":[],"b":{},"c":12345678901234567890,}')))
  end)
end)
