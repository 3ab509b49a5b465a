local helper = require("helper")

local function paths(name, mounts, given)
  local found = {}
  for i, step in ipairs(helper.steps(name, { mounts = mounts }, given)) do
    found[i] = step.path
  end
  return found
end

local ALL = { "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty" }
local PROC = '{"destination":"/proc","type":"proc"}'
local PTS = '{"destination":"/dev/pts/","type":"devpts"}'

describe("oci.default_devices", function()
  it("makes nodes for root and binds the host's in a user namespace", function()
    local function null(bind)
      return { path = "/dev/null", type = ("c"):byte(), major = 1, minor = 3, mode = 438, uid = 0, gid = 0,
        bind = bind }
    end
    assert.same(null(0), helper.steps("device", {})[1])
    assert.same(null(1), helper.steps("device", {}, helper.user())[1])
  end)

  for _, row in ipairs({
    { "no mounts", "[]", ALL, {} },
    { "a tmpfs at /dev", '[{"destination":"/dev","type":"tmpfs"}]', ALL, {} },
    { "a proc", "[" .. PROC .. "]", ALL, { "/dev/fd", "/dev/stdin", "/dev/stdout", "/dev/stderr" } },
    { "a devpts", "[" .. PTS .. "]", ALL, { "/dev/ptmx" } },
    { "a /dev of its own", "[" .. PROC .. ',{"destination":"/dev/","source":"/dev","options":["rbind"]}]', {}, {} },
    { "a node of its own", '[{"destination":"/dev/null","source":"x","options":["bind"]}]',
      { table.unpack(ALL, 2) }, {} },
    { "a ptmx of its own", "[" .. PTS .. ',{"destination":"/dev/ptmx","source":"x","options":["bind"]}]', ALL, {} },
  }) do
    it("gives with " .. row[1] .. " what fits", function()
      assert.same(row[3], paths("device", row[2]))
      assert.same(row[4], paths("symlink", row[2]))
    end)
  end

  it("links to the right places", function()
    assert.same({
      { path = "/dev/fd", target = "/proc/self/fd" },
      { path = "/dev/stdin", target = "/proc/self/fd/0" },
      { path = "/dev/stdout", target = "/proc/self/fd/1" },
      { path = "/dev/stderr", target = "/proc/self/fd/2" },
      { path = "/dev/ptmx", target = "pts/ptmx" },
    }, helper.steps("symlink", { mounts = "[" .. PROC .. "," .. PTS .. "]" }))
  end)
end)
