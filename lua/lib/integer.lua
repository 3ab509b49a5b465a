-- Decoded JSON numbers to Lua integers, exactly or not at all.
--
-- A number comes as a double, or as digits when it was written as an integer of 16 digits and more (lib/json.lua).
local M = {}

local EXACT = 2.0 ^ 53 -- from here on a double stands for more than one integer
local U64_MAX = "18446744073709551615"

M.U32_MAX = 4294967295

-- Compares two strings of digits without leading zeros.
local function digits_over(a, b)
  if #a ~= #b then
    return #a > #b
  end
  return a > b
end

-- A number as it is shown in messages.
function M.show(value)
  if type(value) == "string" then
    return value
  end
  return ("%.17g"):format(value)
end

local function out_of_range(least, most, value)
  return nil, ("must be between %s and %s, got %s"):format(least, most, M.show(value))
end

-- The integer between least and most, or nil and what is wrong.
function M.parse(value, least, most)
  local number
  if type(value) == "string" then
    number = tonumber(value) -- a double, and rounded, when it is over 64 bits
    number = math.type(number) == "integer" and number or nil
  elseif value == 0 and 1 / value < 0 then
    return nil, "expected integer, got -0"
  elseif math.abs(value) <= EXACT then
    number = math.tointeger(value)
    if not number then
      return nil, "expected integer, got " .. M.show(value)
    end
  end
  if not number or number < least or number > most then
    return out_of_range(least, most, value)
  end
  return number
end

-- The 64-bit pattern of an unsigned integer (2^64-1 is -1), or nil and what is wrong.
function M.parse_u64(value)
  if type(value) ~= "string" then
    if value > EXACT and value < 2.0 ^ 64 then
      return nil, "an integer of this size must be written with all its digits, got " .. M.show(value)
    elseif value < 0 or value > EXACT then
      return out_of_range(0, U64_MAX, value)
    end
    return M.parse(value, 0, math.maxinteger)
  elseif value:byte() == 45 or digits_over(value, U64_MAX) then
    return out_of_range(0, U64_MAX, value)
  end
  local number = 0
  for digit in value:gmatch("%d") do
    number = number * 10 + (digit:byte() - 48) -- wraps, as the pattern does
  end
  return number
end

return M
