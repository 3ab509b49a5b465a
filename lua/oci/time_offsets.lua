-- linux.timeOffsets: how far the clocks of the new time namespace are from the host's.
local namespaces = require("oci.namespaces")

local M = { property = "linux.timeOffsets" }

local NANOSECS_MAX = 999999999

-- Clocks that can have an offset -> CLOCK_* (clock_gettime(2)).
local CLOCKS = { boottime = 7, monotonic = 1 }

local function check_clocks(offsets)
  for _, member in ipairs(offsets:members()) do
    if not CLOCKS[member.key] then
      member.node:refuse("E_CONFIG_VALUE", "no clock of that name can have an offset",
        "the clocks of a time namespace are monotonic and boottime")
    end
  end
end

function M.translate(config, _, core)
  local offsets = config:get("linux"):get("timeOffsets")
  check_clocks(offsets)
  for _, key in ipairs({ "monotonic", "boottime" }) do
    local node = offsets:get(key)
    local secs, nanosecs = node:get("secs"), node:get("nanosecs")
    if node:present() then
      if not namespaces.is_new(namespaces.read(config).time) then
        node:refuse("E_CONFIG_VALUE", "only a new time namespace can be given an offset",
          'add {"type": "time"}, without a path, to linux.namespaces')
      end
      core.time_offset(node.path, {
        clock = CLOCKS[key],
        secs = secs:integer(math.mininteger, math.maxinteger) or 0,
        nanosecs = nanosecs:integer(0, NANOSECS_MAX) or 0,
      })
    end
  end
end

return M
