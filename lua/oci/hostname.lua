-- hostname and domainname: only in a uts namespace of the container's own.
local namespaces = require("oci.namespaces")

local M = { property = "hostname" }

local NAME_MAX = 64 -- __NEW_UTS_LEN

function M.translate(config, _, core)
  for _, key in ipairs({ "hostname", "domainname" }) do
    local node = config:get(key)
    local name = node:string(NAME_MAX)
    if name and name ~= "" then
      if not namespaces.read(config).uts then
        node:refuse("E_CONFIG_VALUE", "needs a uts namespace: it would change the host's name",
          'add {"type": "uts"} to linux.namespaces')
      end
      core[key](key, { name = name })
    end
  end
end

return M
