-- process.rlimits: what is not listed is the caller's.
local numbers = require("oci.rlimit_numbers")

local M = { property = "process.rlimits" }

function M.translate(config, _, core)
  local seen = {}
  for _, node in ipairs(config:need("process"):get("rlimits"):list()) do
    local resource, name = node:need("type"):one_of(numbers, "a resource limit of Linux")
    node:name(name)
    if seen[resource] then
      node:refuse("E_CONFIG_VALUE", "this limit is listed already at " .. seen[resource])
    end
    seen[resource] = node.path
    local soft, hard = node:need("soft"):u64(), node:need("hard"):u64()
    if math.ult(hard, soft) then
      node:refuse("E_CONFIG_VALUE", "the soft limit is over the hard limit")
    end
    core.rlimit(node.path, { resource = resource, soft = soft, hard = hard })
  end
end

return M
