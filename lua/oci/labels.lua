-- process.apparmorProfile, process.selinuxLabel and linux.mountLabel. Whether the host has AppArmor or SELinux is the
-- kernel's to say, at the step: a label is never left out.
local json = require("lib.json")

local M = { property = "process.apparmorProfile" }

local TEXT_MAX = 4000
-- In the order of enum plan_label.
local PLACES = { { "process", "apparmorProfile" }, { "process", "selinuxLabel" }, { "linux", "mountLabel" } }

-- The kernel cuts off blanks at the ends: what is asked would not be what is had.
local function read(node)
  local text = node:string(TEXT_MAX)
  if text and (text:find("%c") or text:find("^ ") or text:find(" $")) then
    node:refuse("E_CONFIG_VALUE", ("%s is no label"):format(json.quote(text)))
  end
  return text ~= "" and text or nil
end

-- The SELinux context of new mounts, or nil.
function M.mount(config)
  return read(config:get("linux"):get("mountLabel"))
end

-- The node of a label that the process gets, or nil.
function M.process(config)
  for _, place in ipairs(PLACES) do
    local node = config:get(place[1]):get(place[2])
    if place[1] == "process" and read(node) then
      return node
    end
  end
end

function M.translate(config, _, core)
  for kind, place in ipairs(PLACES) do
    local node = config:get(place[1]):get(place[2])
    local text = read(node)
    if text then
      core.label(node.path, { kind = kind - 1, text = text })
    end
  end
end

return M
