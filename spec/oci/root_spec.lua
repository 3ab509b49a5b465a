local helper = require("helper")

local RSLAVE, RPRIVATE = 0x84000, 0x44000

describe("oci.root", function()
  helper.translates("rootfs", {
    { "a relative path", {}, { { path = "rootfs", attr = 0, propagation = RSLAVE } } },
    { "an absolute path", { ["root.path"] = '"/srv/x"' }, { { path = "/srv/x", attr = 0, propagation = RSLAVE } } },
    { "an empty propagation as none", { ["linux.rootfsPropagation"] = '""' },
      { { path = "rootfs", attr = 0, propagation = RSLAVE } } },
    { "private", { ["linux.rootfsPropagation"] = '"private"' },
      { { path = "rootfs", attr = 0, propagation = RPRIVATE } } },
    { "rprivate", { ["linux.rootfsPropagation"] = '"rprivate"' },
      { { path = "rootfs", attr = 0, propagation = RPRIVATE } } },
    { "slave", { ["linux.rootfsPropagation"] = '"slave"' }, { { path = "rootfs", attr = 0, propagation = RSLAVE } } },
    { "rslave", { ["linux.rootfsPropagation"] = '"rslave"' }, { { path = "rootfs", attr = 0, propagation = RSLAVE } } },
  })
  helper.translates("seal_root", {
    { "no readonly", {}, {} },
    { "readonly false", { ["root.readonly"] = "false" }, {} },
    { "readonly true", { ["root.readonly"] = "true" }, { {} } },
  })
  local function propagation(word)
    return { ["linux.rootfsPropagation"] = '"' .. word .. '"' }
  end
  for _, word in ipairs({ "shared", "rshared" }) do
    helper.translates("pivot", {
      { word .. ": private, then a new peer group", propagation(word), { { propagation = { 0x40000, 0x100000 } } } },
    })
    helper.translates("rootfs", {
      { word, propagation(word), { { path = "rootfs", attr = 0, propagation = RSLAVE } } },
    })
  end
  for _, word in ipairs({ "unbindable", "runbindable" }) do
    helper.translates("pivot", { { word, propagation(word), { { propagation = { 0x20000 } } } } })
    helper.translates("rootfs", {
      { word, propagation(word), { { path = "rootfs", attr = 0, propagation = RSLAVE } } },
    })
  end
  for _, word in ipairs({ "", "private", "rprivate", "slave", "rslave" }) do
    helper.translates("pivot", { { ("%q"):format(word), propagation(word), { { propagation = {} } } } })
  end

  helper.refuses({
    { "no root", { root = false, ["root.path"] = false }, "root: required, but missing [E_CONFIG_MISSING]" },
    { "no path", { root = "{}" }, "root.path: required, but missing [E_CONFIG_MISSING]" },
    { "an empty path", { ["root.path"] = '""' }, "root.path: must not be empty [E_CONFIG_VALUE]" },
    { "a path as a number", { ["root.path"] = "1" }, "root.path: expected string, got number [E_CONFIG_TYPE]" },
    { "a NUL", { ["root.path"] = [["a\u0000"]] }, "root.path: must not contain a NUL character [E_CONFIG_VALUE]" },
    { "a long path", { ["root.path"] = '"' .. ("a"):rep(4096) .. '"' },
      "root.path: at most 4095 bytes, got 4096 [E_CONFIG_VALUE]" },
    { "root as a string", { root = '"rootfs"' }, "root: expected object, got string [E_CONFIG_TYPE]" },
    { "readonly as a string", { ["root.readonly"] = '"true"' },
      "root.readonly: expected boolean, got string [E_CONFIG_TYPE]" },
    { "an unknown propagation", { ["linux.rootfsPropagation"] = '"none"' },
      'linux.rootfsPropagation: "none" is not a kind of mount propagation [E_CONFIG_VALUE]' },
    { "an object as propagation", { ["linux.rootfsPropagation"] = "{}" },
      "linux.rootfsPropagation: expected string, got object [E_CONFIG_TYPE]" },
  })
end)

describe("oci.root for a caller who is not root", function()
  helper.translates("rootfs", {
    { "as nodev", {}, { { path = "rootfs", attr = 4, propagation = RSLAVE } } },
  }, helper.user())
end)
