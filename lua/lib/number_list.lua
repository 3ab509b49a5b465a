-- Lists of numbers as cpuset(7) writes them: "0-3,7". Blanks may stand around each element.
local M = {}

-- "3" or "1-5": its first and last number; nil when it is neither.
local function ends_of(part)
  local first, last = part:match("^ *(%d+)%-(%d+) *$")
  if not first then
    first = part:match("^ *(%d+) *$")
    last = first
  end
  return math.tointeger(tonumber(first)), math.tointeger(tonumber(last))
end

-- The numbers as a set { [number] = true }; nil when it is no list of numbers from 0 to most. "" has none.
function M.parse(text, most)
  local set = {}
  if text:find("^ *$") then
    return set
  end
  for part in (text .. ","):gmatch("([^,]*),") do
    local first, last = ends_of(part)
    if not first or not last or first > last or last > most then
      return nil
    end
    for number = first, last do
      set[number] = true
    end
  end
  return set
end

return M
