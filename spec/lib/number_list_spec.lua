local number_list = require("lib.number_list")

-- The numbers of a list in ascending order, as text; "none" when it is no list.
local function parsed(text)
  local set = number_list.parse(text, 1023)
  local numbers = {}
  for number in pairs(set or {}) do
    numbers[#numbers + 1] = number
  end
  table.sort(numbers)
  return set and table.concat(numbers, " ") or "none"
end

describe("lib.number_list", function()
  for text, expected in pairs({
    [""] = "", ["  "] = "", ["0"] = "0", ["7,0"] = "0 7", ["0-3,7"] = "0 1 2 3 7", [" 1 , 3-4 "] = "1 3 4",
    ["5-5,5"] = "5", ["1023"] = "1023", ["007"] = "7",
    [","] = "none", ["1,"] = "none", [",1"] = "none", ["1,,2"] = "none", ["3-1"] = "none", ["1024"] = "none",
    ["0-1024"] = "none", ["1-"] = "none", ["-1"] = "none", ["1 2"] = "none", ["1 - 2"] = "none", ["1-2-3"] = "none",
    ["all"] = "none", ["+1"] = "none", ["!1"] = "none", ["0x1"] = "none", ["1.0"] = "none", ["1\n"] = "none",
    ["0-7:1/2"] = "none", ["99999999999999999999"] = "none", ["0-99999999999999999999"] = "none", ["1\t"] = "none",
  }) do
    it(("reads %q as %s"):format(text, expected), function()
      assert.equal(expected, parsed(text))
    end)
  end
end)
