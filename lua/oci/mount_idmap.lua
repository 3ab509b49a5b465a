-- mounts[].uidMappings, gidMappings, and the options idmap and ridmap: a bind mount whose ids are mapped. The maps are
-- those of the entry; without any, those of the container's user namespace. Maps without a word are as with idmap.
local idmaps = require("oci.idmaps")

local IDMAPPED_MAX = 128
local KEYS = { "uidMappings", "gidMappings" }

local function read_own(entry)
  local uids, gids = entry.node:get("uidMappings"), entry.node:get("gidMappings")
  if not uids:present() and not gids:present() then
    return nil
  end
  local maps, missing = { uidMappings = idmaps.read_list(uids), gidMappings = idmaps.read_list(gids) }, nil
  for _, key in ipairs(KEYS) do
    missing = #maps[key] == 0 and key or missing
  end
  if #maps.uidMappings + #maps.gidMappings == 0 then
    return nil
  elseif missing then
    entry.node:get(missing):refuse("E_CONFIG_MISSING",
      "required, but missing: uidMappings and gidMappings of a mount come together")
  end
  return maps
end

local function maps_of_container(word, context)
  if not context.userns then
    word:refuse("E_CONFIG_VALUE", "there are no ids to map: neither the mount has mappings nor the container",
      "give the mount uidMappings and gidMappings, or the container a new user namespace")
  end
  local maps = {}
  for _, key in ipairs(KEYS) do
    maps[key] = idmaps.read(context.config, key)
  end
  return maps
end

local function triples(extents)
  local numbers = {}
  for _, extent in ipairs(extents) do
    table.move({ extent.inside, extent.outside, extent.size }, 1, 3, #numbers + 1, numbers)
  end
  return numbers
end

local M = {}

-- The node that asks for an idmapped mount (an option, else the mappings), and its own maps; nil when none does.
function M.asked(entry)
  local own, marks = read_own(entry), entry.options.marks
  return marks.ridmap or marks.idmap or own and entry.node:get("uidMappings"), own
end

-- Adds the step `idmapped`, if the entry asks for it: whether it does.
function M.add(entry, context, source, recursive)
  local word, own = M.asked(entry)
  if not word then
    return false
  elseif not context.facts.caller.is_root then
    word:refuse("E_AUTHORITY", "only root may have an idmapped mount",
      "the kernel asks for CAP_SYS_ADMIN over the file system itself, which a user namespace can't give")
  end
  local maps = own or maps_of_container(word, context)
  context.idmapped = context.idmapped + 1
  if context.idmapped > IDMAPPED_MAX then
    word:refuse("E_CONFIG_VALUE", ("at most %d mounts of a bundle can be idmapped"):format(IDMAPPED_MAX))
  end
  context.core.idmapped(entry.node.path, {
    source = source,
    recursive = recursive and 1 or 0,
    everywhere = entry.options.marks.ridmap and 1 or 0,
    uids = triples(maps.uidMappings),
    gids = triples(maps.gidMappings),
    target = entry.target,
  })
  return true
end

-- For the kinds of mounts that can't be idmapped.
function M.refuse(entry, why)
  local word = M.asked(entry)
  if word then
    word:refuse("E_CONFIG_UNSUPPORTED", why)
  end
end

return M
