-- process.capabilities: the five sets. Absent ones are empty.
--
-- OCI has a runtime warn about capabilities that it does not know or can't grant, and go on. So what the kernel
-- would refuse is left out, with one warning for each set and reason: capabilities(7), "Transformation of
-- capabilities" and capset(2) say what it would refuse.
local namespaces = require("oci.namespaces")
local numbers = require("oci.capability_numbers")

local M = { property = "process.capabilities" }

local SETS = { "bounding", "permitted", "effective", "inheritable", "ambient" }
local TEXT_MAX = 400 -- of names in one warning

local function warn(core, node, why, names)
  if #names == 0 then
    return
  end
  local text = table.concat(names, ", ")
  if #text > TEXT_MAX then
    text = text:sub(1, TEXT_MAX) .. "..."
  end
  core.warning(node.path, { text = ("%s: %s"):format(why, text) })
end

-- The names of one list as numbers, in their order and each once; unknown names are warned of.
local function read_names(node, core)
  local names, unknown, seen = {}, {}, {}
  for _, name in node:each_word() do
    if not seen[name] then
      seen[name] = true
      local list = numbers[name] and names or unknown
      list[#list + 1] = name
    end
  end
  warn(core, node, "unknown capabilities left out", unknown)
  return names
end

-- The mask of the names that are among `possible`; the others are warned of.
local function mask_of(names, possible, core, node, why)
  local mask, lost = 0, {}
  for _, name in ipairs(names) do
    local bit = 1 << numbers[name]
    if possible & bit ~= 0 then
      mask = mask | bit
    else
      lost[#lost + 1] = name
    end
  end
  warn(core, node, why, lost)
  return mask
end

-- What of `names` is in `mask`: so that nothing is warned of twice.
local function within(names, mask)
  local kept = {}
  for _, name in ipairs(names) do
    if mask & 1 << numbers[name] ~= 0 then
      kept[#kept + 1] = name
    end
  end
  return kept
end

function M.translate(config, facts, core)
  local object = config:need("process"):get("capabilities")
  local available = facts.capabilities_known
  if not namespaces.read(config).user then
    available = available & facts.capabilities
  end
  local names, sets = {}, {}
  for _, set in ipairs(SETS) do
    local node = object:get(set)
    names[set] = read_names(node, core)
    sets[set] = mask_of(names[set], available, core, node, "capabilities that can't be granted here left out")
  end
  local function trim(set, possible, why)
    sets[set] = mask_of(within(names[set], sets[set]), possible, core, object:get(set), why)
  end
  trim("effective", sets.permitted, "capabilities that are not permitted left out")
  trim("inheritable", sets.bounding, "capabilities that are not in the bounding set left out")
  trim("ambient", sets.permitted & sets.inheritable,
    "capabilities that are not both permitted and inheritable left out")
  core.setcaps("process.capabilities", sets)
end

return M
