-- linux.intelRdt is refused: what it asks for is shares of the host's caches and memory buses, and we have no machine
-- with resctrl to see them given. An empty object asks too, for a class of its own.
local M = { property = "linux.intelRdt" }

function M.translate(config)
  local node = config:get("linux"):get("intelRdt")
  if node:present() then
    node:refuse("E_CONFIG_UNSUPPORTED", "classes of Intel RDT (resctrl) are not given by the shim",
      "leave it out, and put the container's pid into a class prepared by root, from --pid-file")
  end
end

return M
