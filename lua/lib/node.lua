-- A value of config.json with its JSON path: all that an area of the interpretation ever sees of the bundle.
--
-- Every getter checks the type and returns a plain Lua value, or raises an error that names the path. On a
-- property that is absent (or null, which is the same) a getter returns nil; `need` makes it required.
-- Only this file knows that Lua counts from 1.
local integer = require("lib.integer")
local json = require("lib.json")
local refuse = require("lib.refuse")

local Node = {}
Node.__index = Node

local M = {}

local KEY_SHOWN = 80 -- bytes of a strange key that a path shows

local function new(value, path, subject)
  local kind, clean = "absent", nil
  if value ~= nil then
    kind, clean = json.kind(value)
  end
  return setmetatable({ kind = kind, value = clean, path = path, subject = subject }, Node)
end

-- The node of the whole document.
function M.root(value)
  return new(value, "")
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
  if self.kind == "absent" then
    return nil
  elseif self.kind ~= kind then
    self:refuse("E_CONFIG_TYPE", ("expected %s, got %s"):format(kind, self.kind))
  end
  return self.value
end

function Node:present()
  return self.kind ~= "absent"
end

-- Whether nothing is asked: absent, null, "", [], {} and objects with nothing but such members.
function Node:is_empty()
  if self.kind == "string" then
    return self.value == ""
  elseif self.kind == "object" then
    for key in pairs(self.value) do
      if not self:get(key):is_empty() then
        return false
      end
    end
    return true
  end
  return self.kind == "absent" or self.kind == "null" or self.kind == "array" and #self.value == 0
end

-- A property of an object. Null counts as absent.
function Node:get(key)
  local object = self:expect("object")
  local value = object and object[key]
  local child = new(value, self.path == "" and key or self.path .. "." .. key, self.subject)
  if child.kind == "null" then
    child.kind = "absent"
  end
  return child
end

-- A property that has to be there.
function Node:need(key)
  local child = self:get(key)
  if not child:present() then
    child:refuse("E_CONFIG_MISSING", "required, but missing")
  end
  return child
end

-- The elements of an array as a list of nodes; empty when it is absent.
function Node:list(most)
  local nodes = {}
  local array = self:expect("array") or {}
  if most and #array > most then
    self:refuse("E_CONFIG_VALUE", ("at most %d elements, got %d"):format(most, #array))
  end
  for i = 1, #array do
    nodes[i] = new(array[i], ("%s[%d]"):format(self.path, i - 1), self.subject)
  end
  return nodes
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
  if text and text:find("\0", 1, true) then
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
