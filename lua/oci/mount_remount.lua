-- An entry of mounts with the option remount: a step `bind` of the mount that stands, which changes flags and
-- propagation of what an earlier entry has mounted at the same destination, and makes no mount. What the options do
-- not name stays as it is.

-- The type and the source are of no meaning. With r* words the mounts below are changed too.
local idmap = require("oci.mount_idmap")
local json = require("lib.json")

local STANDING = 2

local function check(entry, context)
  local marks, option = entry.options.marks, entry.options.fs[1]
  if option then
    option.node:refuse("E_CONFIG_UNSUPPORTED", ("%s is an option of the file system, which a remount does not change")
      :format(json.quote(option.text)), "give it to the entry that mounts the file system")
  elseif marks.tmpcopyup then
    marks.tmpcopyup:refuse("E_CONFIG_VALUE", "only a new tmpfs can be filled with what it covers")
  elseif not context.standing[entry.place] then
    marks.remount:refuse("E_CONFIG_VALUE", "no earlier entry of mounts has mounted anything at this destination")
  end
  idmap.refuse(entry, "a mount that stands already can't be idmapped")
end

return function(entry, context)
  check(entry, context)
  local top, tree = entry.options.top, entry.options.tree
  context.core.bind(entry.node.path, {
    source = entry.target, -- for messages
    recursive = 0,
    attr_set = top.set,
    attr_clr = top.clr,
    rattr_set = tree.set,
    rattr_clr = tree.clr,
    propagation = entry.options.propagation,
    tree = STANDING,
    target = entry.target,
  })
end
