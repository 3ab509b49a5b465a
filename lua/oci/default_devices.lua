-- The devices and links that OCI has in every container. Not where the bundle binds a /dev of its own, which would
-- be the host's to change; and nothing where the bundle mounts something at the very place.
local defaults = require("oci.default_device_list")
local mounts = require("oci.mounts")
local namespaces = require("oci.namespaces")

local M = { property = "(default devices)" }

local ORIGIN = "default devices"

function M.translate(config, facts, core)
  local entries = mounts.read(config, facts)
  local dev = mounts.at(entries, "/dev")
  if dev and dev.options.bind then
    return
  end
  local bind = namespaces.read(config).user and 1 or 0 -- mknod(2) fails in a user namespace
  for _, device in ipairs(defaults.devices) do
    if not mounts.at(entries, device[1]) then
      core.device(ORIGIN, {
        path = device[1],
        type = ("c"):byte(),
        major = device[2],
        minor = device[3],
        mode = 438, -- 0666
        uid = 0,
        gid = 0,
        bind = bind,
      })
    end
  end
  for _, link in ipairs(defaults.links) do
    if mounts.at(entries, link[3]) and not mounts.at(entries, link[1]) then
      core.symlink(ORIGIN, { path = link[1], target = link[2] })
    end
  end
end

return M
