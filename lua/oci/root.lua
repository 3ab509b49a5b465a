-- root and linux.rootfsPropagation: the directory that becomes /.
local M = { property = "root" }

local MOUNT_ATTR_NODEV = 0x4
local MS_REC = 0x4000
local MS_UNBINDABLE = 0x20000
local MS_PRIVATE = 0x40000
local MS_SLAVE = 0x80000
local MS_SHARED = 0x100000

-- linux.rootfsPropagation is about the root mount alone; the words with r are taken as those without. Of each, what
-- the host's whole tree becomes for the set-up, so that none of our mounts ever reaches the host; and what the root
-- mount becomes when all is mounted and it is /. Shared is a new peer group: it has to be private before.
local SLAVE = { setup = MS_REC | MS_SLAVE, final = {} }
local PRIVATE = { setup = MS_REC | MS_PRIVATE, final = {} }
local SHARED = { setup = MS_REC | MS_SLAVE, final = { MS_PRIVATE, MS_SHARED } }
local UNBINDABLE = { setup = MS_REC | MS_SLAVE, final = { MS_UNBINDABLE } }

local PROPAGATION = {
  private = PRIVATE,
  rprivate = PRIVATE,
  rshared = SHARED,
  rslave = SLAVE,
  runbindable = UNBINDABLE,
  shared = SHARED,
  slave = SLAVE,
  unbindable = UNBINDABLE,
}

local function read_propagation(node)
  if (node:string() or "") == "" then
    return SLAVE
  end
  return (node:one_of(PROPAGATION, "a kind of mount propagation"))
end

function M.translate(config, facts, core)
  local root = config:need("root")
  local propagation = read_propagation(config:get("linux"):get("rootfsPropagation"))
  core.rootfs("root.path", {
    path = root:need("path"):filepath(),
    attr = facts.caller.is_root and 0 or MOUNT_ATTR_NODEV,
    propagation = propagation.setup,
  })
  if root:get("readonly"):boolean() then
    core.seal_root("root.readonly", {})
  end
  core.pivot(#propagation.final > 0 and "linux.rootfsPropagation" or "root.path", { propagation = propagation.final })
end

return M
