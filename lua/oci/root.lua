-- root and linux.rootfsPropagation: the directory that becomes /.
local M = { property = "root" }

local MOUNT_ATTR_NODEV = 0x4
local MS_REC = 0x4000
local MS_PRIVATE = 0x40000
local MS_SLAVE = 0x80000

-- linux.rootfsPropagation -> MS_*, always of the whole tree; false: would let mounts out to the host.
local PROPAGATION = {
  private = MS_PRIVATE,
  rprivate = MS_PRIVATE,
  rshared = false,
  runbindable = false,
  rslave = MS_SLAVE,
  shared = false,
  slave = MS_SLAVE,
  unbindable = false,
}

local function read_propagation(node)
  if (node:string() or "") == "" then
    return MS_REC | MS_SLAVE
  end
  local flag, word = node:one_of(PROPAGATION, "a kind of mount propagation")
  if not flag then
    node:refuse("E_CONFIG_UNSUPPORTED", ("%s propagation of the root is not supported yet"):format(word))
  end
  return MS_REC | flag
end

function M.translate(config, facts, core)
  local root = config:need("root")
  core.rootfs("root.path", {
    path = root:need("path"):filepath(),
    attr = facts.caller.is_root and 0 or MOUNT_ATTR_NODEV,
    propagation = read_propagation(config:get("linux"):get("rootfsPropagation")),
  })
  if root:get("readonly"):boolean() then
    core.seal_root("root.readonly", {})
  end
  core.pivot("root.path", {})
end

return M
