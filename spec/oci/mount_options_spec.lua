local fold = require("oci.mount_options").fold
local helper = require("helper")
local json = require("lib.json")
local node = require("lib.node")
local words = require("oci.mount_words")

local function folded(text, facts)
  local parts = {}
  for word in text:gmatch("%S+") do
    parts[#parts + 1] = json.quote(word)
  end
  local config = node.root(json.decode(('{"options":[%s]}'):format(table.concat(parts, ","))))
  return fold(config:get("options"), facts or helper.root())
end

local function texts(list)
  local found = {}
  for i, option in ipairs(list) do
    found[i] = option.text
  end
  return found
end

describe("oci.mount_options", function()
  -- { words, set, clear } of the mount itself
  for _, row in ipairs({
    { "", 0, 0 },
    { "ro", 0x1, 0 },
    { "rw", 0, 0x1 },
    { "ro rw", 0, 0x1 },
    { "rw ro", 0x1, 0 },
    { "nosuid nodev noexec", 0xe, 0 },
    { "nosuid suid", 0, 0x2 },
    { "nodev dev exec", 0, 0xc },
    { "nodiratime nosymfollow", 0x200080, 0 },
    { "nodiratime diratime symfollow", 0, 0x200080 },
    { "noatime", 0x10, 0x70 },
    { "strictatime", 0x20, 0x70 },
    { "relatime", 0, 0x70 },
    { "noatime strictatime", 0x20, 0x70 },
    { "strictatime noatime relatime", 0, 0x70 },
    { "noatime atime", 0, 0x70 },
    { "strictatime atime", 0x20, 0x70 },
    { "atime", 0, 0x70 },
    { "strictatime nostrictatime", 0, 0x70 },
    { "noatime nostrictatime", 0x10, 0x70 },
    { "noatime norelatime", 0x10, 0x70 },
    { "norelatime", 0, 0 },
    { "defaults auto noauto nofail _netdev nouser x-systemd.automount X-a", 0, 0 },
    { "nousers noowner nogroup comment=systemd.automount", 0, 0 },
    { "user", 0xe, 0 },
    { "users exec", 0x6, 0x8 },
    { "owner", 0x6, 0 },
    { "group", 0x6, 0 },
  }) do
    it(("folds %q"):format(row[1]), function()
      assert.same({ set = row[2], clr = row[3] }, folded(row[1]).top)
      assert.same({ set = row[2], clr = row[3] }, folded(row[1]).whole)
      assert.same({ set = 0, clr = 0 }, folded(row[1]).tree)
    end)
  end

  -- { words, set and clear of the tree, set and clear of the mount itself, set and clear of a new mount }
  for _, row in ipairs({
    { "rro", 0x1, 0, 0, 0, 0x1, 0 },
    { "rrw", 0, 0x1, 0, 0, 0, 0x1 },
    { "rnosuid rnodev rnoexec rnodiratime rnosymfollow", 0x20008e, 0, 0, 0, 0x20008e, 0 },
    { "rsuid rdev rexec rdiratime rsymfollow", 0, 0x20008e, 0, 0, 0, 0x20008e },
    { "rnoatime", 0x10, 0x70, 0, 0, 0x10, 0x70 },
    { "rstrictatime", 0x20, 0x70, 0, 0, 0x20, 0x70 },
    { "rnoatime ratime", 0, 0x70, 0, 0, 0, 0x70 },
    { "rnoatime rrelatime", 0, 0x70, 0, 0, 0, 0x70 },
    { "rnoatime rnorelatime", 0, 0x70, 0, 0, 0, 0x70 },
    { "rstrictatime rnostrictatime", 0, 0x70, 0, 0, 0, 0x70 },
    { "ro rrw", 0, 0x1, 0, 0, 0, 0x1 },
    { "rro rw", 0x1, 0, 0, 0x1, 0, 0x1 },
    { "ro rnosuid", 0x2, 0, 0x1, 0, 0x3, 0 },
    { "noatime rstrictatime", 0x20, 0x70, 0, 0, 0x20, 0x70 },
  }) do
    it(("folds %q over the tree"):format(row[1]), function()
      local result = folded(row[1])
      assert.same({ set = row[2], clr = row[3] }, result.tree)
      assert.same({ set = row[4], clr = row[5] }, result.top)
      assert.same({ set = row[6], clr = row[7] }, result.whole)
    end)
  end

  for _, row in ipairs({
    { "ro", false, false },
    { "bind", true, false },
    { "rbind", true, true },
    { "rbind bind", true, true },
  }) do
    it(("sees whether %q binds"):format(row[1]), function()
      local result = folded(row[1])
      assert.same({ row[2], row[3] }, { result.bind, result.recursive })
    end)
  end

  it("keeps the order of propagation", function()
    assert.same({ 0x80000, 0x100000 }, folded("slave shared").propagation)
    assert.same({ 0x84000, 0x104000, 0x44000, 0x24000, 0x40000, 0x20000 },
      folded("rslave rshared rprivate runbindable private unbindable").propagation)
  end)

  for _, row in ipairs({
    { "mode=755 size=64k ro newinstance", { "mode=755", "size=64k", "newinstance" } },
    { "size=1k size=2k", { "size=1k", "size=2k" } },
    { "sync", { "sync" } },
    { "sync mode=1 dirsync lazytime", { "mode=1", "sync", "dirsync", "lazytime" } },
    { "sync async", {} },
    { "async sync", { "sync" } },
    { "lazytime nolazytime", {} },
    { "loud noiversion nomand", {} },
    { "lowerdir=/a\\,b:/c", { "lowerdir=/a\\,b:/c" } },
  }) do
    it(("finds the file system options of %q"):format(row[1]), function()
      assert.same(row[2], texts(folded(row[1]).fs))
    end)
  end

  for _, row in ipairs({
    { "", {} },
    { "remount idmap ridmap tmpcopyup silent", { "idmap", "remount", "ridmap", "silent", "tmpcopyup" } },
    { "silent loud", {} },
    { "loud silent", { "silent" } },
  }) do
    it(("marks %q"):format(row[1]), function()
      local found = {}
      for mark, asked in pairs(folded(row[1]).marks) do
        assert.equal(mark, asked:string())
        found[#found + 1] = mark
      end
      table.sort(found)
      assert.same(row[2], found)
    end)
  end

  -- Each word of OCI's table, and its opposite: the last one wins, and nothing of the first is left.
  for _, row in ipairs({
    { "ro", "rw" }, { "nosuid", "suid" }, { "nodev", "dev" }, { "noexec", "exec" }, { "nodiratime", "diratime" },
    { "nosymfollow", "symfollow" }, { "noatime", "relatime" }, { "strictatime", "relatime" },
    { "noatime", "strictatime" }, { "noatime", "atime" }, { "strictatime", "nostrictatime" },
    { "rro", "rrw" }, { "rnosuid", "rsuid" }, { "rnodev", "rdev" }, { "rnoexec", "rexec" },
    { "rnodiratime", "rdiratime" }, { "rnosymfollow", "rsymfollow" }, { "rnoatime", "rrelatime" },
    { "rstrictatime", "rrelatime" }, { "rnoatime", "rstrictatime" }, { "rnoatime", "ratime" },
    { "rstrictatime", "rnostrictatime" }, { "rnoatime", "rnorelatime" },
  }) do
    for _, pair in ipairs({ row, { row[2], row[1] } }) do
      it(("takes the last of %s and %s"):format(pair[1], pair[2]), function()
        local both, alone = folded(pair[1] .. " " .. pair[2]), folded(pair[2])
        assert.same({ alone.top, alone.tree, alone.whole }, { both.top, both.tree, both.whole })
      end)
    end
  end

  it("has a row for every word of OCI's table", function()
    local missing = {}
    for _, word in ipairs(require("oci.mount_word_list")) do
      if not words[word] then
        missing[#missing + 1] = word
      end
    end
    assert.same({}, missing)
  end)

  local function line(text, facts)
    local ok, raised = pcall(folded, text, facts)
    assert.is_false(ok)
    return ("%s: %s [%s]"):format(raised.where, raised.what, raised.code)
  end

  for _, row in ipairs({
    { "iversion", "fsconfig(2) has no such flag; ext4, xfs, btrfs and tmpfs count their versions unasked" },
    { "mand", "Linux 5.15 and newer have no mandatory locks" },
  }) do
    it("refuses " .. row[1] .. " by name", function()
      assert.equal(('options[1]: "%s": %s [E_CONFIG_UNSUPPORTED]'):format(row[1], row[2]), line("ro " .. row[1]))
    end)
  end

  it("refuses a comma and an option without a name", function()
    assert.equal('options[0]: "ro,nosuid" has a comma in it [E_CONFIG_VALUE]', line("ro,nosuid"))
    assert.equal('options[0]: ",a" has a comma in it [E_CONFIG_VALUE]', line(",a"))
    assert.equal('options[0]: "=a" has no name in front of the equals sign [E_CONFIG_VALUE]', line("=a"))
  end)

  it("refuses more than the plan can carry", function()
    assert.equal("options: at most 64 file system options, got 65 [E_CONFIG_VALUE]", line(("a=1 "):rep(65)))
    assert.equal("options: at most 8 words of propagation, got 9 [E_CONFIG_VALUE]", line(("slave "):rep(9)))
  end)

  for _, word in ipairs({ "suid", "dev", "rsuid", "rdev" }) do
    it("refuses " .. word .. " to a caller who is not root", function()
      assert.equal(('options[0]: "%s": every mount of a caller who is not root is nosuid and nodev [E_AUTHORITY]')
        :format(word), line(word, helper.user()))
    end)
  end
end)
