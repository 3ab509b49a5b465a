-- linux.resources.cpu: cpu.weight, cpu.max, cpu.max.burst, cpu.idle, cpuset.cpus, cpuset.mems.
local json = require("lib.json")

local SHARES_MAX = 262144
local QUOTA_MIN = 1000 -- the kernel's
local PERIOD_MIN, PERIOD_MAX, PERIOD = 1000, 1000000, 100000

-- cgroup v1's 2..262144 with 1024 in its middle to v2's 1..10000 with 100; runc, crun and youki compute the same.
local function weight(shares)
  if shares <= 2 then
    return 1
  elseif shares >= SHARES_MAX then
    return 10000
  end
  local log = math.log(shares, 2)
  return math.ceil(10 ^ ((log * log + 125 * log) / 612 - 7 / 34))
end

local function shares(cpu, idle, put, warn)
  local node = cpu:get("shares")
  local value = node:u64() or 0
  if value == 0 then -- no shares are asked for, by agreement of all engines
    return
  elseif idle == 1 then
    return warn(node, "has no effect on an idle cgroup")
  end
  put(node, "cpu.weight", math.ult(SHARES_MAX, value) and 10000 or weight(value))
end

local function read_quota(node)
  local quota = node:integer(math.mininteger, math.maxinteger) or 0
  if quota > 0 and quota < QUOTA_MIN then
    node:refuse("E_CONFIG_VALUE", ("must be at least %d microseconds, or negative for no limit, got %d")
      :format(QUOTA_MIN, quota))
  end
  return quota
end

local function read_period(node)
  local period = node:integer(0, PERIOD_MAX) or 0
  if period > 0 and period < PERIOD_MIN then
    node:refuse("E_CONFIG_VALUE", ("must be between %d and %d, got %d"):format(PERIOD_MIN, PERIOD_MAX, period))
  end
  return period
end

local function bandwidth(cpu, put)
  local quota, period = read_quota(cpu:get("quota")), read_period(cpu:get("period"))
  if quota ~= 0 or period ~= 0 then
    put(cpu:get(quota ~= 0 and "quota" or "period"), "cpu.max",
      ("%s %d"):format(quota > 0 and quota or "max", period > 0 and period or PERIOD))
  end
  local node = cpu:get("burst")
  local burst = node:u64()
  if burst and quota > 0 and math.ult(quota, burst) then
    node:refuse("E_CONFIG_VALUE", ("must not be over the quota %d, got %u"):format(quota, burst))
  elseif burst then
    put(node, "cpu.max.burst", ("%u"):format(burst))
  end
end

local function is_list(text)
  for part in (text .. ","):gmatch("([^,]*),") do
    local first, last = part:match("^(%d+)%-(%d+)$")
    if not first then
      first, last = part:match("^(%d+)%-(%d+):%d+/%d+$")
    end
    if not (part:find("^%d+$") or first and #first < 10 and #last < 10 and tonumber(first) <= tonumber(last)) then
      return false
    end
  end
  return true
end

-- The kernel allows blanks beside the commas, and so do engines.
local function set(node, file, put)
  local text = node:string(4094)
  text = text and text:gsub(" *, *", ","):gsub("^ +", ""):gsub(" +$", "")
  if text and text ~= "" then
    if not is_list(text) then
      node:refuse("E_CONFIG_VALUE", json.quote(text) .. ' is no list of numbers and ranges, such as "0-3,7"')
    end
    put(node, file, text)
  end
end

-- No real-time budget can be given on cgroup v2. 0 gives none.
local function real_time(node, value)
  if value and value ~= 0 then
    node:refuse("E_CONFIG_UNSUPPORTED", "cgroup v2 has no real-time budgets")
  end
end

return function(cpu, put, warn)
  local idle = cpu:get("idle"):integer(0, 1)
  real_time(cpu:get("realtimeRuntime"), cpu:get("realtimeRuntime"):integer(math.mininteger, math.maxinteger))
  real_time(cpu:get("realtimePeriod"), cpu:get("realtimePeriod"):u64())
  shares(cpu, idle, put, warn)
  bandwidth(cpu, put)
  if idle then
    put(cpu:get("idle"), "cpu.idle", idle)
  end
  set(cpu:get("cpus"), "cpuset.cpus", put)
  set(cpu:get("mems"), "cpuset.mems", put)
end
