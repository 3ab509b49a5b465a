-- linux.uidMappings and linux.gidMappings: the maps of the user namespace, and whether setgroups(2) works in it.
local namespaces = require("oci.namespaces")
local U32_MAX = require("lib.integer").U32_MAX

local M = { property = "linux.uidMappings" }

local EXTENTS_MAX = 340 -- user_namespaces(7)
local ID_MAX = U32_MAX - 1

local MAPS = {
  { kind = 0, key = "uidMappings", own = "uid", ranges = "uid_ranges", file = "/etc/subuid" },
  { kind = 1, key = "gidMappings", own = "gid", ranges = "gid_ranges", file = "/etc/subgid" },
}

local function check_last(node, key, first, size)
  if first + size - 1 > ID_MAX then
    node:refuse("E_CONFIG_VALUE", ("%s %d with size %d goes over the last id, %d"):format(key, first, size, ID_MAX))
  end
end

local function read_extent(node)
  local extent = {
    node = node,
    inside = node:need("containerID"):id(),
    outside = node:need("hostID"):id(),
    size = node:need("size"):integer(1, U32_MAX),
  }
  check_last(node, "containerID", extent.inside, extent.size)
  check_last(node, "hostID", extent.outside, extent.size)
  return extent
end

local function overlap(a, b, side)
  return a[side] < b[side] + b.size and b[side] < a[side] + a.size
end

-- Puts an extent into a list that is sorted by its ids of one side, of extents that do not overlap there: whether it
-- overlaps none either. Only its neighbours can; most maps are written in ascending order, where it goes to the end.
local function insert(sorted, extent, side)
  local low, high = 1, #sorted + 1
  while low < high do
    local middle = (low + high) // 2
    if sorted[middle][side] < extent[side] then
      low = middle + 1
    else
      high = middle
    end
  end
  local below, above = sorted[low - 1], sorted[low]
  if below and overlap(extent, below, side) or above and overlap(extent, above, side) then
    return false
  end
  table.insert(sorted, low, extent)
  return true
end

-- Names the first of the extents that the new one overlaps.
local function refuse_overlap(extent, extents)
  for _, before in ipairs(extents) do
    if overlap(extent, before, "inside") or overlap(extent, before, "outside") then
      extent.node:refuse("E_CONFIG_VALUE", "overlaps " .. before.node.path)
    end
  end
end

-- The extents of one map, the node of an array: a list of { node, inside, outside, size }.
function M.read_list(array)
  local extents, inside, outside = {}, {}, {}
  for i, node in ipairs(array:list(EXTENTS_MAX)) do
    local extent = read_extent(node)
    if not insert(inside, extent, "inside") or not insert(outside, extent, "outside") then
      refuse_overlap(extent, extents)
    end
    extents[i] = extent
  end
  return extents
end

local function read(config, key)
  return M.read_list(config:get("linux"):get(key))
end

-- The same of the container's map linux.uidMappings or linux.gidMappings.
function M.read(config, key)
  return config:once(key, read, key)
end

-- Whether a map read by M.read has an id of the container.
function M.has(extents, id)
  for _, extent in ipairs(extents) do
    if id >= extent.inside and id - extent.inside < extent.size then
      return true
    end
  end
  return false
end

-- Whether setgroups(2) will work: denied where a caller who is not root maps nothing but the own group.
function M.setgroups(config, facts)
  local caller = facts.caller
  for _, extent in ipairs(M.read(config, "gidMappings")) do
    if extent.outside ~= caller.gid or extent.size ~= 1 then
      return true
    end
  end
  return caller.is_root
end

-- Whether ranges that lie anyhow have all ids from `first` to `last`.
local function covered(ranges, first, last)
  for _ = 0, #ranges do
    for _, range in ipairs(ranges) do
      if first >= range.first and first < range.first + range.count then
        first = range.first + range.count
      end
    end
  end
  return first > last
end

-- The gate decides; here the bundle's author gets the path of the very extent.
local function check_authority(extent, map, caller)
  local own = extent.size == 1 and extent.outside == caller[map.own]
  local last = extent.outside + extent.size - 1
  if caller.is_root or own or covered(caller[map.ranges], extent.outside, last) then
    return
  end
  local ids = ("host id %d is"):format(extent.outside)
  if extent.size > 1 then
    ids = ("host ids %d to %d are"):format(extent.outside, last)
  end
  extent.node:refuse("E_AUTHORITY",
    ("%s neither the caller's own %s %d nor delegated to the caller"):format(ids, map.own, caller[map.own]),
    ("only the own id (size 1) and the caller's ranges in %s can be mapped"):format(map.file))
end

local function check_wanted(node, extents, user)
  local new = namespaces.is_new(user)
  if new and #extents == 0 then
    node:refuse("E_CONFIG_MISSING", "required with a user namespace, but missing")
  elseif user and not new and #extents > 0 then
    node:refuse("E_CONFIG_VALUE", "a user namespace that is joined has its maps already", "leave them out")
  elseif not new and #extents > 0 then
    node:refuse("E_CONFIG_VALUE", "ids can only be mapped in a user namespace",
      'add {"type": "user"} to linux.namespaces')
  end
end

function M.translate(config, facts, core)
  local user = namespaces.read(config).user
  for _, map in ipairs(MAPS) do
    local extents = M.read(config, map.key)
    check_wanted(config:get("linux"):get(map.key), extents, user)
    for _, extent in ipairs(extents) do
      check_authority(extent, map, facts.caller)
      core.idmap(extent.node.path,
        { kind = map.kind, inside = extent.inside, outside = extent.outside, size = extent.size })
    end
  end
  if namespaces.is_new(user) then
    core.setgroups("linux.gidMappings", { allow = M.setgroups(config, facts) and 1 or 0 })
  end
end

return M
