-- mounts[].options: one fold over the words from left to right; the last word on a matter wins.
local json = require("lib.json")
local words = require("oci.mount_words")

local M = {}

local ATIME = 0x70 -- MOUNT_ATTR__ATIME: the kernel wants the whole field cleared when it changes
local NOSUID, NODEV = 0x2, 0x4
local OPTION_MAX = 4095
local FS_OPTIONS_MAX = 64
local PROPAGATION_MAX = 8

-- What a word says of the attributes. attr.set and attr.clr are those of mount_setattr(2).
local function apply(attr, word)
  local set, clear = word.set or 0, word.clear or 0
  if word.atime then
    local said = attr.clr & ATIME ~= 0
    if not (said and word.unless == attr.set & ATIME) then
      set, clear = word.atime, ATIME
    end
  end
  attr.set = attr.set & ~clear | set
  attr.clr = attr.clr & ~(set & ~ATIME) | clear
end

-- A word about the whole tree is the last word on the top mount too.
local function forget(attr, word)
  local bits = (word.set or 0) | (word.clear or 0) | (word.atime and ATIME or 0)
  attr.set = attr.set & ~bits
  attr.clr = attr.clr & ~bits
end

local function apply_attributes(folded, word)
  apply(folded.whole, word)
  if word.tree then
    apply(folded.tree, word)
    forget(folded.top, word)
  else
    apply(folded.top, word)
  end
end

local function note_super(folded, node, word)
  for _, super in ipairs(folded.super) do
    if super.text == word.super then
      super.on, super.node = not word.off, node
      return
    end
  end
  folded.super[#folded.super + 1] = { text = word.super, node = node, on = not word.off }
end

-- The word is element i of the options.
local function apply_known(folded, word, options, i)
  if word.set or word.clear or word.atime then
    apply_attributes(folded, word)
  end
  folded.bind = folded.bind or word.bind or false
  folded.recursive = folded.recursive or word.recursive or false
  if word.mark then
    folded.marks[word.mark] = not word.off and options:element(i) or nil
  end
  if word.propagation then
    folded.propagation[#folded.propagation + 1] = word.propagation
  end
  if word.super then
    note_super(folded, options:element(i), word)
  end
end

local function check_word(options, i, text, word, caller)
  if word.refuse then
    options:element(i):refuse("E_CONFIG_UNSUPPORTED", ("%s: %s"):format(json.quote(text), word.refuse))
  elseif not caller.is_root and (word.clear or 0) & (NOSUID | NODEV) ~= 0 then
    options:element(i):refuse("E_AUTHORITY", ("%s: every mount of a caller who is not root is nosuid and nodev")
      :format(json.quote(text)))
  end
end

local function check_fs_option(node, text)
  if text:find("^,") or text:find("[^\\],") then
    node:refuse("E_CONFIG_VALUE", json.quote(text) .. " has a comma in it", "write two options")
  elseif text:sub(1, 1) == "=" then
    node:refuse("E_CONFIG_VALUE", json.quote(text) .. " has no name in front of the equals sign")
  end
end

-- Flags of the file system that are on at the end, as options for fsconfig(2), behind the others.
local function append_super(folded)
  for _, super in ipairs(folded.super) do
    if super.on then
      folded.fs[#folded.fs + 1] = super
    end
  end
end

-- Folds the node of an options list:
--   bind, recursive   whether it is a bind mount, with the mounts below the source
--   top, tree         { set, clr } of a bind mount itself and of its whole tree; tree is applied first
--   whole             { set, clr } of a new mount, which has no mounts below it
--   propagation       MS_*, in order
--   marks             the words with a `mark`, each the node that asks for it
--   fs                file system options, each { node, text }
function M.fold(options, facts)
  local folded = {
    bind = false, recursive = false, propagation = {}, marks = {}, fs = {}, super = {},
    top = { set = 0, clr = 0 }, tree = { set = 0, clr = 0 }, whole = { set = 0, clr = 0 },
  }
  for i, text in options:each_word(OPTION_MAX) do
    local word = words[text]
    if word then
      check_word(options, i, text, word, facts.caller)
      apply_known(folded, word, options, i)
    elseif not text:find("^[xX]%-") and not text:find("^comment=") then -- mount(8) keeps those to itself as well
      local node = options:element(i)
      check_fs_option(node, text)
      folded.fs[#folded.fs + 1] = { node = node, text = text }
    end
  end
  append_super(folded)
  if #folded.fs > FS_OPTIONS_MAX then
    options:refuse("E_CONFIG_VALUE", ("at most %d file system options, got %d"):format(FS_OPTIONS_MAX, #folded.fs))
  elseif #folded.propagation > PROPAGATION_MAX then
    options:refuse("E_CONFIG_VALUE", ("at most %d words of propagation, got %d")
      :format(PROPAGATION_MAX, #folded.propagation))
  end
  return folded
end

return M
