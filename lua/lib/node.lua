-- A value of config.json with its JSON path: all that an area of the interpretation ever sees of the bundle.
--
-- Every getter checks the type and returns a plain Lua value, or raises an error that names the path. On a
-- property that is absent (or null, which is the same) a getter returns nil; `need` makes it required.
-- Only this file knows that Lua counts from 1.
local integer = require("lib.integer")
local json = require("lib.json")
local refuse = require("lib.refuse")

local find = string.find

local Node = {}
Node.__index = Node

local M = {}

local KEY_SHOWN = 80 -- bytes of a strange key that a path shows

local function new(value, path, subject)
  return setmetatable({ raw = value, path = path, subject = subject }, Node)
end

-- The node of the whole document.
function M.root(value)
  local root = new(value, "")
  root.known = {}
  return root
end

-- What compute(root, ...) says of the whole document: computed once for each key, and shared by all areas that ask,
-- which must not change it. The document and the facts are the same for all of them.
function Node:once(key, compute, ...)
  local known = self.known[key]
  if known == nil then
    known = compute(self, ...)
    self.known[key] = known
  end
  return known
end

-- "where" of a path: the document itself has no path.
local function where(path)
  return path == "" and "config.json" or path
end

function Node:refuse(code, what, hint)
  refuse(code, where(self.path), what, hint, self.subject)
end

-- Names what the node and all that is read from it stand for ("/data"), for messages.
function Node:name(subject)
  self.subject = subject
  return self
end

-- The value if it has that kind, nil if it is absent.
function Node:expect(kind)
  if self.raw == nil then
    return nil
  end
  local found, value = json.kind(self.raw)
  if found ~= kind then
    self:refuse("E_CONFIG_TYPE", ("expected %s, got %s"):format(kind, found))
  end
  return value
end

function Node:present()
  return self.raw ~= nil
end

-- Whether nothing is asked: absent, null, "", [], {} and objects with nothing but such members.
function Node:is_empty()
  local kind, value = json.kind(self.raw)
  if kind == "string" then
    return value == ""
  elseif kind == "object" then
    for key in pairs(value) do
      if not self:get(key):is_empty() then
        return false
      end
    end
    return true
  end
  return kind == "nil" or kind == "null" or kind == "array" and #value == 0
end

-- A property of an object. Null counts as absent.
function Node:get(key)
  local object = self:expect("object")
  local value = object and object[key]
  if value == json.null then
    value = nil
  end
  return new(value, self.path == "" and key or self.path .. "." .. key, self.subject)
end

-- A property that has to be there.
function Node:need(key)
  local child = self:get(key)
  if not child:present() then
    child:refuse("E_CONFIG_MISSING", "required, but missing")
  end
  return child
end

local function elements(self, most)
  local array = self:expect("array") or {}
  if most and #array > most then
    self:refuse("E_CONFIG_VALUE", ("at most %d elements, got %d"):format(most, #array))
  end
  return array
end

local function element(self, array, i)
  return new(array[i], self.path .. "[" .. i - 1 .. "]", self.subject)
end

-- The elements of an array as a list of nodes; empty when it is absent.
function Node:list(most)
  local nodes = {}
  local array = elements(self, most)
  for i = 1, #array do
    nodes[i] = element(self, array, i)
  end
  return nodes
end

-- The element that each_string or each_word gave the number i.
function Node:element(i)
  return element(self, self:expect("array"), i)
end

-- Whether a decoded value is a string without NUL. (A tag of lib/json.lua begins with one.)
local function is_plain(value, longest)
  return type(value) == "string" and not find(value, "\0", 1, true) and #value <= (longest or #value)
end

-- number and string of each element; what is no plain string is left to the node's method `kind`, which refuses it.
local function each(node, kind, longest, most)
  local array = elements(node, most)
  return function(_, i)
    local value = array[i + 1]
    if value == nil then
      return nil
    end
    if is_plain(value, longest) and (kind == "string" or value ~= "") then
      return i + 1, value
    end
    local refused = element(node, array, i + 1)
    return i + 1, refused[kind](refused, longest)
  end, nil, 0
end

-- For loops over an array of strings. Nodes are made only of those that are refused.
function Node:each_string(longest, most)
  return each(self, "string", longest, most)
end

-- The same of strings that are not empty.
function Node:each_word(longest, most)
  return each(self, "word", longest, most)
end

-- The members of an object with free keys, sorted: a list of { key = , node = }.
function Node:members()
  local members = {}
  for tagged, value in pairs(self:expect("object") or {}) do
    local _, key = json.kind(tagged)
    local shown = #key > KEY_SHOWN and key:sub(1, KEY_SHOWN) .. "..." or key
    members[#members + 1] = { key = key, node = new(value, ("%s[%s]"):format(self.path, json.quote(shown))) }
  end
  table.sort(members, function(a, b)
    return a.key < b.key
  end)
  return members
end

function Node:boolean()
  return self:expect("boolean")
end

-- A string of at most `most` bytes (no bound: the plan's own), without NUL.
function Node:string(most)
  local text = self:expect("string")
  if text and find(text, "\0", 1, true) then
    self:refuse("E_CONFIG_VALUE", "must not contain a NUL character")
  elseif text and most and #text > most then
    self:refuse("E_CONFIG_VALUE", ("at most %d bytes, got %d"):format(most, #text))
  end
  return text
end

-- A string that is not empty.
function Node:word(most)
  local text = self:string(most)
  if text == "" then
    self:refuse("E_CONFIG_VALUE", "must not be empty")
  end
  return text
end

local PATH_MAX = 4095

function Node:filepath()
  return self:word(PATH_MAX)
end

function Node:abspath()
  local path = self:filepath()
  if path and path:sub(1, 1) ~= "/" then
    self:refuse("E_CONFIG_VALUE", ("must be an absolute path, got %s"):format(json.quote(path)))
  end
  return path
end

-- One of the words of a table: what stands beside it, and the word.
function Node:one_of(words, what)
  local word = self:string()
  if word and words[word] == nil then
    self:refuse("E_CONFIG_VALUE", ("%s is not %s"):format(json.quote(word), what))
  end
  return word and words[word], word
end

local function checked(node, parse, ...)
  local value = node:expect("number")
  if value == nil then
    return nil
  end
  local number, what = parse(value, ...)
  if not number then
    node:refuse(what:find("^expected") and "E_CONFIG_TYPE" or "E_CONFIG_VALUE", what)
  end
  return number
end

function Node:integer(least, most)
  return checked(self, integer.parse, least, most)
end

-- A user or group id: 2^32-1 means "no id" to the kernel.
function Node:id()
  return self:integer(0, integer.U32_MAX - 1)
end

-- An unsigned 64-bit integer, as the plan carries it: 2^64-1 is -1.
function Node:u64()
  return checked(self, integer.parse_u64)
end

return M
