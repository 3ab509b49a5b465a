local helper = require("helper")

local LABEL = "system_u:object_r:container_file_t:s0:c1,c2"
local PLACES = { "process.apparmorProfile", "process.selinuxLabel", "linux.mountLabel" }

-- The options of one mount under linux.mountLabel.
local function options(entry)
  return helper.steps("mount", {
    ["linux.mountLabel"] = '"' .. LABEL .. '"',
    ["linux.namespaces"] = '[{"type":"pid"},{"type":"mount"},{"type":"cgroup"}]',
    mounts = "[" .. entry .. "]",
  })[1].options
end

describe("oci.labels", function()
  for i, place in ipairs(PLACES) do
    local function of(text)
      return { [place] = text }
    end
    helper.translates("label", {
      { "no " .. place, {}, {} },
      { "an empty " .. place, of('""'), {} },
      { place, of('"/usr/bin/a b//c"'), { { kind = i - 1, text = "/usr/bin/a b//c" } } },
      { place .. " of 4000 bytes", of('"' .. ("a"):rep(4000) .. '"'), { { kind = i - 1, text = ("a"):rep(4000) } } },
    })
    helper.refuses({
      { place .. " with a line's end", of('"a\\nb"'), place .. ': "a\\u000ab" is no label [E_CONFIG_VALUE]' },
      { place .. " with a blank in front", of('" a"'), place .. ': " a" is no label [E_CONFIG_VALUE]' },
      { place .. " with a blank behind", of('"a "'), place .. ': "a " is no label [E_CONFIG_VALUE]' },
      { place .. " with a NUL", of('"a\\u0000"'), place .. ": must not contain a NUL character [E_CONFIG_VALUE]" },
      { place .. " of 4001 bytes", of('"' .. ("a"):rep(4001) .. '"'),
        place .. ": at most 4000 bytes, got 4001 [E_CONFIG_VALUE]" },
      { place .. " as a number", of("1"), place .. ": expected string, got number [E_CONFIG_TYPE]" },
    })
  end

  it("gives linux.mountLabel to each new mount that takes one", function()
    for _, kind in ipairs({ "tmpfs", "devpts", "ext4" }) do
      assert.same({ "size=1", "context=" .. LABEL },
        options(('{"destination":"/a","type":"%s","options":["size=1"]}'):format(kind)))
    end
  end)

  it("gives linux.mountLabel to no mount of the kernel's own labels", function()
    for _, kind in ipairs({ "proc", "sysfs", "cgroup", "cgroup2" }) do
      assert.same({}, options(('{"destination":"/a","type":"%s"}'):format(kind)))
    end
  end)

  helper.refuses({
    { "linux.mountLabel for the message queues", { ["linux.mountLabel"] = '"a:b:c"',
      ["linux.namespaces"] = '[{"type":"pid"},{"type":"mount"},{"type":"ipc"}]',
      mounts = '[{"destination":"/dev/mqueue","type":"mqueue"}]' },
      "mounts[0] (/dev/mqueue): a mount of type mqueue can't have the label of linux.mountLabel [E_CONFIG_UNSUPPORTED]",
      "leave one of them out" },
  })

  it("has room for linux.mountLabel beside the most options", function()
    local words = {}
    for i = 1, 64 do
      words[i] = ('"o%d=1"'):format(i)
    end
    local list = options(('{"destination":"/a","type":"tmpfs","options":[%s]}'):format(table.concat(words, ",")))
    assert.equal(65, #list)
  end)
end)
