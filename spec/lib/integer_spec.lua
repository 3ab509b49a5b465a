local integer = require("lib.integer")

local RANGE = "must be between 0 and 4294967294, got "
local RANGE64 = "must be between 0 and 18446744073709551615, got "

describe("lib.integer", function()
  for _, row in ipairs({
    { 0.0, 0 },
    { 10.0, 10 },
    { 1e3, 1000 },
    { 4294967294.0, 4294967294 },
    { -1.0, nil, RANGE .. "-1" },
    { 4294967295.0, nil, RANGE .. "4294967295" },
    { 2.0 ^ 53, nil, RANGE .. "9007199254740992" },
    { "9007199254740993", nil, RANGE .. "9007199254740993" },
    { "99999999999999999999999", nil, RANGE .. "99999999999999999999999" },
    { 1.5, nil, "expected integer, got 1.5" },
    { -0.0, nil, "expected integer, got -0" },
    { math.huge, nil, RANGE .. "inf" },
    { -math.huge, nil, RANGE .. "-inf" },
  }) do
    it("parses the id " .. integer.show(row[1]), function()
      local number, what = integer.parse(row[1], 0, 4294967294)
      assert.equal(row[2], number)
      assert.equal(row[2] and "integer", row[2] and math.type(number))
      assert.equal(row[3], what)
    end)
  end

  for _, row in ipairs({
    { 1024.0, 1024 },
    { 2.0 ^ 53, 2 ^ 53 | 0 },
    { "9007199254740993", 9007199254740993 },
    { "9223372036854775807", math.maxinteger },
    { "9223372036854775808", math.mininteger },
    { "18446744073709551614", -2 },
    { "18446744073709551615", -1 },
    { "18446744073709551616", nil, RANGE64 .. "18446744073709551616" },
    { "100000000000000000000", nil, RANGE64 .. "100000000000000000000" },
    { "-9223372036854775808", nil, RANGE64 .. "-9223372036854775808" },
    { -1.0, nil, RANGE64 .. "-1" },
    { 1e300, nil, RANGE64 .. "1.0000000000000001e+300" },
    { 0.5, nil, "expected integer, got 0.5" },
    { -0.0, nil, "expected integer, got -0" },
    { 1e19, nil, "an integer of this size must be written with all its digits, got 1e+19" },
  }) do
    it("parses the 64-bit number " .. integer.show(row[1]), function()
      local number, what = integer.parse_u64(row[1])
      assert.equal(row[2], number)
      assert.equal(row[3], what)
    end)
  end
end)
