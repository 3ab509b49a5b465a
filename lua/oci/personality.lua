-- linux.personality: the execution domain; OCI has no flag yet.
local M = { property = "linux.personality" }

local DOMAINS = { LINUX = 0, LINUX32 = 8 }

function M.translate(config, _, core)
  local node = config:get("linux"):get("personality")
  if not node:present() then
    return
  end
  local domain = node:need("domain"):one_of(DOMAINS, "LINUX or LINUX32")
  local flag = node:get("flags"):list()[1]
  if flag then
    flag:refuse("E_CONFIG_UNSUPPORTED", "OCI defines no flag of a personality", "leave linux.personality.flags out")
  end
  core.personality(node.path, { domain = domain })
end

return M
