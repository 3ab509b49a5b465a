-- process.execCPUAffinity: OCI has it for processes that are executed in a running container later, and the shim has no
-- such command; so it is checked and nothing is done. The first process keeps the CPUs that its caller has (as far as
-- the cpuset of its cgroup lets it), as it keeps all that a bundle does not name: who starts the shim under taskset(1)
-- means it.
local json = require("lib.json")
local number_list = require("lib.number_list")

local M = { property = "process.execCPUAffinity" }

local CPU_MAX = 8191 -- of the kernel's largest configuration

local function check(node)
  local text = node:string(4095)
  if text and not number_list.parse(text, CPU_MAX) then
    node:refuse("E_CONFIG_VALUE", ('%s is no list of CPUs, such as "0-3,7"'):format(json.quote(text)))
  end
end

function M.translate(config)
  local affinity = config:need("process"):get("execCPUAffinity")
  check(affinity:get("initial"))
  check(affinity:get("final"))
end

return M
