-- linux.resources.devices: the rules of the cgroup's device program, later ones win. A rule for all devices is where
-- a list begins anew: every `runc spec` denies all, and means all but the default devices. So these are allowed
-- behind the last such rule, and what stands behind it is the bundle's word, for default devices too. OCI calls it
-- the allowed device list: without a rule for all devices, those that no rule speaks of are denied, as runc and crun
-- have it. An empty list is no list.
local defaults = require("oci.default_device_rules")
local json = require("lib.json")
local ANY = require("lib.integer").U32_MAX

local M = { property = "linux.resources.devices" }

local RULES_MAX = 1024 - #defaults - 1
local TYPES = { a = ("a"):byte(), b = ("b"):byte(), c = ("c"):byte() }
local ACCESS = { m = 1, r = 2, w = 4 }
local ALL = { allow = 0, type = TYPES.a, major = ANY, minor = ANY, access = 7 }

-- Absent and -1 stand for any number; 0 is a number.
local function read_number(node, most)
  local number = node:integer(-1, most) or -1
  return number == -1 and ANY or number
end

-- Absent is all, as with type and numbers.
local function read_access(node)
  local letters, access = node:word() or "rwm", 0
  for letter in letters:gmatch(".") do
    local bit = ACCESS[letter]
    if not bit or access & bit ~= 0 then
      node:refuse("E_CONFIG_VALUE", ("%s is not made of r, w and m, each at most once"):format(json.quote(letters)))
    end
    access = access | bit
  end
  return access
end

local function read_rule(node)
  local rule = {
    allow = node:need("allow"):boolean() and 1 or 0,
    type = node:get("type"):one_of(TYPES, "a, b or c") or TYPES.a,
    major = read_number(node:get("major"), 4095),
    minor = read_number(node:get("minor"), 1048575),
    access = read_access(node:get("access")),
  }
  if rule.type == TYPES.a and (rule.major ~= ANY or rule.minor ~= ANY) then
    node:refuse("E_CONFIG_VALUE", "a rule for all types of devices can't name a major or minor number",
      'add "type": "c" or "type": "b"')
  end
  return rule
end

function M.translate(config, _, core)
  local list = config:get("linux"):get("resources"):get("devices")
  local rules = list:list(RULES_MAX)
  local read, begin = {}, 0
  for i, node in ipairs(rules) do
    read[i] = read_rule(node)
    begin = read[i].type == TYPES.a and read[i].access == 7 and i or begin
  end
  if #rules > 0 and begin == 0 then
    core.device_rule(list.path, ALL)
  end
  for i = 1, begin do
    core.device_rule(rules[i].path, read[i])
  end
  for _, rule in ipairs(#rules > 0 and defaults or {}) do
    core.device_rule(list.path,
      { allow = 1, type = TYPES[rule[1]], major = rule[2], minor = rule[3], access = rule[4] })
  end
  for i = begin + 1, #rules do
    core.device_rule(rules[i].path, read[i])
  end
end

return M
