-- process.ioPriority: of container init, and so of all that it forks.
local M = { property = "process.ioPriority" }

local CLASSES = { IOPRIO_CLASS_RT = 1, IOPRIO_CLASS_BE = 2, IOPRIO_CLASS_IDLE = 3 }

function M.translate(config, _, core)
  local node = config:need("process"):get("ioPriority")
  if node:present() then
    core.ioprio(node.path, {
      class = node:need("class"):one_of(CLASSES, "a class of I/O priority"),
      level = node:need("priority"):integer(0, 7),
    })
  end
end

return M
