-- hostname and domainname: in a uts namespace of the container's own, or a joined one that it has power over.
local namespaces = require("oci.namespaces")

local M = { property = "hostname" }

local NAME_MAX = 64 -- __NEW_UTS_LEN

local function check(node, found)
  if not found.uts then
    node:refuse("E_CONFIG_VALUE", "needs a uts namespace: it would change the host's name",
      'add {"type": "uts"} to linux.namespaces')
  elseif not namespaces.is_new(found.uts) and namespaces.is_new(found.user) then
    node:refuse("E_CONFIG_VALUE", "a new user namespace has no power over the uts namespace that is joined",
      "leave the name out, or the path of the uts namespace")
  end
end

function M.translate(config, _, core)
  for _, key in ipairs({ "hostname", "domainname" }) do
    local node = config:get(key)
    local name = node:string(NAME_MAX)
    if name and name ~= "" then
      check(node, namespaces.read(config))
      core[key](key, { name = name })
    end
  end
end

return M
