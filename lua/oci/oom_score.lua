-- process.oomScoreAdj: written exactly as given, 0 too; absent, the process keeps what it inherits.
local integer = require("lib.integer")

local M = { property = "process.oomScoreAdj" }

function M.translate(config, _, core)
  local node = config:need("process"):get("oomScoreAdj")
  local adj = node:integer(-1000, 1000)
  if adj then
    core.oom_score(node.path, { adj = adj & integer.U32_MAX })
  end
end

return M
