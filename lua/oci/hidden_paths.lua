-- linux.maskedPaths and linux.readonlyPaths. Paths that do not exist are left alone by the engine, as OCI says.
local M = { property = "linux.maskedPaths" }

local PATHS_MAX = 1024

function M.translate(config, _, core)
  local linux = config:get("linux")
  for _, node in ipairs(linux:get("maskedPaths"):list(PATHS_MAX)) do
    core.mask(node.path, { path = node:abspath() })
  end
  for _, node in ipairs(linux:get("readonlyPaths"):list(PATHS_MAX)) do
    core.readonly(node.path, { path = node:abspath() })
  end
end

return M
