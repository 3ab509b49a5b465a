-- linux.memoryPolicy: set_mempolicy(2). Which nodes there are is the kernel's to say.
local json = require("lib.json")
local number_list = require("lib.number_list")
local words = require("oci.memory_policy_words")

local M = { property = "linux.memoryPolicy" }

local NODE_MAX = 1023 -- of the kernel's largest configuration

-- Of the set the numbers that the plan carries: a bit for each node, 32 in each.
local function bits_of(set)
  local bits = {}
  for node in pairs(set) do
    for i = #bits + 1, node // 32 + 1 do
      bits[i] = 0
    end
    bits[node // 32 + 1] = bits[node // 32 + 1] | 1 << node % 32
  end
  return bits
end

local function read_nodes(node, word, mode)
  local text = node:string(4095) or ""
  local set = number_list.parse(text, NODE_MAX)
  if not set then
    node:refuse("E_CONFIG_VALUE", ('%s is no list of nodes from 0 to %d, such as "0-3,7"')
      :format(json.quote(text), NODE_MAX))
  elseif mode.nodes and not next(set) then
    node:refuse("E_CONFIG_VALUE", word .. " needs at least one node")
  elseif mode.nodes == false and next(set) then
    node:refuse("E_CONFIG_VALUE", word .. " takes no nodes")
  end
  return bits_of(set)
end

local function read_flags(node, word, mode, some)
  local flags, possible = 0, some and mode.flags or 0
  for _, element in ipairs(node:list(64)) do
    local flag, name = element:one_of(words.flags, "a flag of a memory policy")
    if flag & possible == 0 then
      element:refuse("E_CONFIG_VALUE", ("%s can't have %s"):format(some and word or word .. " without nodes", name))
    end
    flags = flags | flag
  end
  if flags & words.flags.MPOL_F_STATIC_NODES ~= 0 and flags & words.flags.MPOL_F_RELATIVE_NODES ~= 0 then
    node:refuse("E_CONFIG_VALUE", "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other")
  end
  return flags
end

function M.translate(config, _, core)
  local policy = config:get("linux"):get("memoryPolicy")
  if not policy:present() then
    return
  end
  local mode, word = policy:need("mode"):one_of(words.modes, "a mode of a memory policy")
  local nodes = read_nodes(policy:get("nodes"), word, mode)
  local some = mode.nodes == false or #nodes > 0
  core.mempolicy(policy.path, {
    mode = mode.number,
    flags = read_flags(policy:get("flags"), word, mode, some),
    nodes = nodes,
  })
end

return M
