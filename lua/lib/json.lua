-- Text to values, on top of lua-cjson, which leaves four things open: it turns every number into a double, decodes
-- [] and {} to the same empty table, passes raw control bytes and never looks at UTF-8.
--
-- So one pass over the text comes first. It finds the strings, and writes what cjson would lose as a string that
-- begins with NUL and a letter: "\0i" the digits of a long integer, "\0a" an empty array, "\0o" an empty object. A
-- string of the bundle that begins with NUL itself becomes "\0s" and the string; so nothing can be forged.
-- M.kind takes the tags off again. Of a repeated key the last one counts, as in Go's decoders.
local cjson = require("cjson").new()
local refuse = require("lib.refuse")

local byte, find, sub = string.byte, string.find, string.sub

local M = { null = cjson.null }

local DEPTH_MAX = 64
local LONG = 16 -- integers of fewer digits are exact as doubles
local BLANK = "[ \t\r\n]*"
local CONTROL = "[\0-\8\11\12\14-\31]"

cjson.decode_max_depth(DEPTH_MAX)
cjson.decode_invalid_numbers(false)

-- cjson's names of tokens, as a user would write them.
local TOKENS = {
  T_OBJ_BEGIN = '"{"',
  T_OBJ_END = '"}"',
  T_ARR_BEGIN = '"["',
  T_ARR_END = '"]"',
  T_STRING = "a string",
  T_NUMBER = "a number",
  T_BOOLEAN = "a boolean",
  T_NULL = "null",
  T_COLON = '":"',
  T_COMMA = '","',
  T_END = "the end of the file",
}

local function fail(what)
  refuse("E_CONFIG_JSON", "config.json", what)
end

local function fail_at(text, at, what)
  local before = text:sub(1, at - 1)
  local _, lines = before:gsub("\n", "")
  local column = #before:match("[^\n]*$") + 1
  fail(("line %d, column %d: %s"):format(lines + 1, column, what))
end

local function tag_number(token)
  if #token >= LONG and token:find("^%-?[1-9]%d*$") then
    return '"\\u0000i' .. token .. '"'
  end
end

-- A byte that is no text is named before anything else, wherever it stands.
local function fail_in_text(text, at, what)
  local control = find(text, CONTROL)
  if control then
    fail_at(text, control, ("control byte 0x%02x"):format(byte(text, control)))
  end
  fail_at(text, at, what)
end

-- What stands between two strings, tagged; false where that is the same.
local function tag_outside(text, first, part)
  local bad, dot = find(part, CONTROL), find(part, "%d%.%D") or find(part, "%d%.$")
  if bad or dot then
    fail_in_text(text, first + (dot or 0) + 1, "expected a digit behind the decimal point")
  end
  local tagged = part:gsub("%[" .. BLANK .. "%]", '"\\u0000a"')
  tagged = tagged:gsub("{" .. BLANK .. "}", '"\\u0000o"')
  tagged = tagged:gsub("[-+%d.eE]+", tag_number)
  return tagged ~= part and tagged
end

-- The place of the quote that ends the string which begins at `first`, or nil.
local function string_end(text, first)
  local at = first + 1
  while true do
    at = find(text, '["\\]', at)
    if not at or byte(text, at) == 34 then
      return at
    end
    at = at + 2
  end
end

-- A string with escapes or control bytes in it, tagged; false where that is the same. One without an end (`last` is
-- nil) is left to cjson to refuse.
local function tag_string(text, first, last)
  local part = sub(text, first, last or -1)
  local control = find(part, last and "[\0-\31]" or CONTROL)
  if control then
    fail_in_text(text, first + control - 1, "a control byte in a string must be written as an escape")
  end
  return last and sub(part, 2, 7) == "\\u0000" and '"\\u0000s' .. sub(part, 2)
end

-- What stands between strings are few different texts: each is looked at once. Most strings have nothing to look for,
-- and are passed together with what stands before them: PLAIN, which is anchored, so that no text takes it long.
local PLAIN = '^([^"]*)"[^"\\%c]*"()'

local function tag(text)
  local out, known, at, copied = {}, {}, 1, 1
  local function put(first, behind, tagged)
    if tagged then
      out[#out + 1] = sub(text, copied, first - 1) .. tagged
      copied = behind
    end
  end
  while at do
    local _, _, outside, behind = find(text, PLAIN, at)
    local first = not behind and find(text, '"', at, true)
    outside = outside or sub(text, at, (first or 0) - 1)
    if known[outside] == nil then
      known[outside] = tag_outside(text, at, outside)
    end
    put(at, at + #outside, known[outside])
    if first then
      local last = string_end(text, first)
      behind = last and last + 1
      put(first, behind, tag_string(text, first, last))
    end
    at = behind
  end
  return table.concat(out) .. sub(text, copied)
end

-- Says with line and column why cjson refuses the text.
local function explain(text, message)
  local what, at = message:match("^(.-) at character (%d+)$")
  if not what then
    fail(message:lower())
  end
  if what:find("nested", 1, true) then
    what = ("more than %d levels of arrays and objects"):format(DEPTH_MAX)
  end
  what = what:gsub("T_[%u_]+", TOKENS):gsub("^%u", string.lower)
  fail_at(text, tonumber(at), what)
end

local function check_bytes(text)
  if not text:find("[^ \t\r\n]") then
    fail("empty, expected a JSON object")
  end
  if text:sub(1, 3) == "\u{FEFF}" then
    fail("begins with a byte order mark")
  end
  local valid, bad = utf8.len(text)
  if not valid then
    fail_in_text(text, bad, "not UTF-8")
  end
end

-- Decodes a whole config.json. The result is looked at with M.kind only.
function M.decode(text)
  check_bytes(text)
  local ok, value = pcall(cjson.decode, tag(text))
  if not ok then
    local _, message = pcall(cjson.decode, text) -- again, for the place in the text as it was written
    explain(text, tostring(message))
  end
  local kind = M.kind(value)
  if kind ~= "object" then
    fail("expected a JSON object, got " .. kind)
  end
  return value
end

local TAGS = { i = "number", a = "array", o = "object", s = "string" }

-- The JSON type of a decoded value, and the value: a long integer as its digits, empty ones as an empty table.
function M.kind(value)
  local kind = type(value)
  if kind == "string" then
    if byte(value) ~= 0 then
      return kind, value
    end
    kind = TAGS[sub(value, 2, 2)]
    return kind, (kind == "string" or kind == "number") and sub(value, 3) or {}
  elseif kind == "table" then
    return value[1] ~= nil and "array" or "object", value
  elseif value == M.null then
    return "null"
  end
  return kind, value
end

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\" }

-- A string as JSON, always in the same way.
function M.quote(text)
  return '"' .. text:gsub('[%c"\\]', function(char)
    return ESCAPES[char] or ("\\u%04x"):format(char:byte())
  end) .. '"'
end

return M
