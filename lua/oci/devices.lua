-- linux.devices: nodes that the bundle wants besides the default ones.
--
-- A node is made, except where that can't be, or would be done to the host: in a user namespace mknod(2) of a device
-- fails, and below a bind mount the node would be the host's. There the host's node of the same path is bound. It
-- keeps its owner and mode, so those are compared when the bundle names them.
local default_devices = require("oci.default_device_list").devices
local idmaps = require("oci.idmaps")
local mounts = require("oci.mounts")
local namespaces = require("oci.namespaces")
local path_of = require("lib.path")

local M = { property = "linux.devices" }

local DEVICES_MAX = 1000
local TYPES = { b = ("b"):byte(), c = ("c"):byte(), p = ("p"):byte(), u = ("c"):byte() }
local FIFO = TYPES.p
local MODE = 438 -- 0666, as runc and crun have it
local PERMISSIONS, TYPE_BITS = 511, 61440 -- 0777; S_IFMT, which some tools send too
local BIND, BIND_MODE, BIND_UID, BIND_GID = 1, 2, 4, 8 -- PLAN_BIND_* in core/plan/plan.h

-- A FIFO has no numbers: OCI needs none, so what stands there is checked and means nothing.
local function read_number(node, key, fifo, most)
  local number = (fifo and node:get(key) or node:need(key)):integer(0, most)
  return fifo and 0 or number
end

local function read_mode(node)
  local mode = node:integer(0, 65535)
  mode = mode and mode & ~TYPE_BITS
  if mode and mode > PERMISSIONS then
    node:refuse("E_CONFIG_VALUE", "must be made of permission bits, at most 511 (0777)")
  end
  return mode
end

local function read_id(node, extents, key)
  local id = node:id()
  if id and extents and not idmaps.has(extents, id) then
    node:refuse("E_CONFIG_VALUE", ("id %d is not mapped in the container's user namespace"):format(id),
      ("add an extent for it to linux.%s"):format(key))
  end
  return id
end

-- How the bundle writes it; MODE and 0 stand for what it leaves out.
local function read_device(node, all)
  local type = node:need("type"):one_of(TYPES, "b, c, u or p")
  local mode = read_mode(node:get("fileMode"))
  local uid = read_id(node:get("uid"), all.uids, "uidMappings")
  local gid = read_id(node:get("gid"), all.gids, "gidMappings")
  return {
    path = node:need("path"):abspath(),
    type = type,
    major = read_number(node, "major", type == FIFO, 4095),
    minor = read_number(node, "minor", type == FIFO, 1048575),
    mode = mode or MODE,
    uid = uid or 0,
    gid = gid or 0,
    bind = (mode and BIND_MODE or 0) | (uid and BIND_UID or 0) | (gid and BIND_GID or 0),
  }
end

-- The mount of the bundle that the place lies in: the last one at or above it.
local function mount_of(entries, place)
  local found
  for _, entry in ipairs(entries) do
    if entry.place == place or path_of.below(place, entry.place) then
      found = entry
    end
  end
  return found
end

local function is(device, major, minor)
  return device.type == TYPES.c and device.major == major and device.minor == minor
end

-- What OCI supplies in every container can't be made into another device.
local function check_default(node, place, device)
  for _, default in ipairs(default_devices) do
    if place == default[1] and not is(device, default[2], default[3]) then
      node:refuse("E_CONFIG_VALUE", ("must be device c %d:%d, which OCI has there"):format(default[2], default[3]))
    end
  end
end

-- The link to the container's own devpts is the device. True: it stands there, and nothing is to be done.
local function is_ptmx_link(node, place, device, all, on_host)
  if place ~= "/dev/ptmx" or on_host or not mounts.at(all.mounts, "/dev/pts") then
    return false
  elseif not is(device, 5, 2) then
    node:refuse("E_CONFIG_VALUE", "must be device c 5:2, which OCI has there")
  elseif device.bind ~= 0 then
    node:refuse("E_CONFIG_VALUE", "is the link to the container's /dev/pts/ptmx, which has its mode and owner",
      "leave fileMode, uid and gid out; the mode is option ptmxmode of the devpts")
  end
  return true
end

local function translate(node, all, core)
  node:name(node:need("path"):abspath()) -- messages about this entry now say which device it is
  local device = read_device(node, all)
  local place = path_of.clean(device.path)
  local mount = mount_of(all.mounts, place)
  local on_host = mount and mount.options.bind
  check_default(node, place, device)
  if place == "/dev/console" and all.terminal then
    node:refuse("E_CONFIG_VALUE", "with process.terminal the terminal is bound there")
  elseif device.type == FIFO and on_host then
    node:refuse("E_CONFIG_VALUE", "would be made on the host, in the bind mount " .. mount.node.path)
  elseif is_ptmx_link(node, place, device, all, on_host) then
    return
  end
  local bind = device.type ~= FIFO and (all.user or on_host)
  device.bind = bind and device.bind | BIND or 0
  core.device(node.path, device)
end

function M.translate(config, facts, core)
  local list = config:get("linux"):get("devices"):list(DEVICES_MAX)
  if #list == 0 then
    return
  end
  local user = namespaces.read(config).user
  local all = {
    user = user,
    uids = user and idmaps.read(config, "uidMappings"),
    gids = user and idmaps.read(config, "gidMappings"),
    mounts = mounts.read(config, facts),
    terminal = config:get("process"):get("terminal"):boolean(),
  }
  for _, node in ipairs(list) do
    translate(node, all, core)
  end
end

return M
