-- process.terminal and process.consoleSize: a pseudoterminal of the container's own devpts.
local mounts = require("oci.mounts")

local M = { property = "process.terminal" }

local U16_MAX = 65535

-- Without a terminal OCI has the size ignored; types are checked all the same.
local function read_size(size, key, terminal)
  if not size:present() then
    return 0
  end
  local node = size:need(key)
  return terminal and node:integer(0, U16_MAX) or node:u64()
end

function M.translate(config, facts, core)
  local process = config:need("process")
  local node = process:get("terminal")
  local terminal = node:boolean()
  local size = process:get("consoleSize")
  local width, height = read_size(size, "width", terminal), read_size(size, "height", terminal)
  if not terminal then
    return
  end
  local pts = mounts.at(mounts.read(config, facts), "/dev/pts")
  if not pts or pts.options.bind or pts.type ~= "devpts" then
    node:refuse("E_CONFIG_VALUE", "a terminal needs a devpts at /dev/pts, and mounts has none",
      'add {"destination": "/dev/pts", "type": "devpts", "source": "devpts"} to mounts')
  end
  core.terminal("process.terminal", { width = width, height = height })
end

return M
