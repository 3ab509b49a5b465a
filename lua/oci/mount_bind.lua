-- A bind mount of mounts: the step `bind`, and `idmapped` before it where the bundle asks for that.
-- Flags of the file system (sync, dirsync, lazytime) can't be changed by a bind, so asking one for them is refused;
-- async and nolazytime are accepted there, since they only spell out mount(8)'s defaults.
local idmap = require("oci.mount_idmap")
local json = require("lib.json")

local NOSUID_NODEV = 0x2 | 0x4

local function check(entry)
  local option = entry.options.fs[1]
  if option then
    option.node:refuse("E_CONFIG_VALUE", ("%s is an option of file systems; a bind mount can't have any")
      :format(json.quote(option.text)))
  elseif entry.options.marks.tmpcopyup then
    entry.options.marks.tmpcopyup:refuse("E_CONFIG_VALUE", "only a new tmpfs can be filled with what it covers")
  end
end

return function(entry, context, source, recursive)
  check(entry)
  local top, tree = entry.options.top, entry.options.tree
  local forced = context.facts.caller.is_root and 0 or NOSUID_NODEV
  context.core.bind(entry.node.path, {
    source = source,
    recursive = recursive and 1 or 0,
    attr_set = top.set | forced,
    attr_clr = top.clr,
    rattr_set = tree.set | (recursive and forced or 0),
    rattr_clr = tree.clr,
    propagation = entry.options.propagation,
    tree = idmap.add(entry, context, source, recursive) and 1 or 0,
    target = entry.target,
  })
end
