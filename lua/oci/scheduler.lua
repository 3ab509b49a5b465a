-- process.scheduler: sched_setattr(2). What the kernel would refuse with no more than EINVAL is refused here by name;
-- what it takes and never looks at is warned of.
local integer = require("lib.integer")
local words = require("oci.scheduler_words")

local M = { property = "process.scheduler" }

local NICE = { SCHED_OTHER = true, SCHED_BATCH = true } -- the policies that have a nice value
local REAL_TIME = { SCHED_FIFO = true, SCHED_RR = true } -- and a priority
local DEADLINE_FLAGS = 2 | 4 -- SCHED_FLAG_RECLAIM, SCHED_FLAG_DL_OVERRUN
local RUNTIME_MIN = 1024 -- the kernel's, in nanoseconds

local function read_policy(node)
  local policy, word = node:one_of(words.policies, "a scheduling policy of Linux")
  if not policy then
    node:refuse("E_CONFIG_UNSUPPORTED", word .. " is reserved: Linux does not have it")
  end
  return policy, word
end

local function read_flags(node)
  local flags = 0
  for _, element in ipairs(node:list(64)) do
    local flag, word = element:one_of(words.flags, "a scheduling flag of Linux")
    if not flag then
      element:refuse("E_CONFIG_UNSUPPORTED", word .. " is not given: OCI has no property for the value to clamp to",
        "leave it out, and set cpu.uclamp.min or cpu.uclamp.max in linux.resources.unified")
    end
    flags = flags | flag
  end
  return flags
end

local function read_priority(node, policy)
  local priority = node:integer(0, 99) or 0
  if REAL_TIME[policy] and priority == 0 then
    node:refuse("E_CONFIG_VALUE", ("%s has priorities from 1 to 99, got 0"):format(policy))
  elseif not REAL_TIME[policy] and priority ~= 0 then
    node:refuse("E_CONFIG_VALUE", ("%s has no priority, got %d"):format(policy, priority))
  end
  return priority
end

-- A time in nanoseconds, at least `least` and below 2^63; `least` may be any unsigned number.
local function at_least(node, least, what)
  local value = node:u64() or 0
  if value < 0 then
    node:refuse("E_CONFIG_VALUE", ("must be below 2^63, got %u"):format(value))
  elseif value < least then
    node:refuse("E_CONFIG_VALUE", ("must be at least %s %d, got %d"):format(what, least, value))
  end
  return value
end

local function read_times(scheduler, policy)
  local times = {}
  if policy == "SCHED_DEADLINE" then
    times.runtime = at_least(scheduler:get("runtime"), RUNTIME_MIN, "the kernel's")
    times.deadline = at_least(scheduler:get("deadline"), times.runtime, "the runtime")
    local period = scheduler:get("period")
    times.period = (period:u64() or 0) ~= 0 and at_least(period, times.deadline, "the deadline") or 0
    return times
  end
  for _, key in ipairs({ "runtime", "deadline", "period" }) do
    local node = scheduler:get(key)
    times[key] = node:u64() or 0
    if times[key] ~= 0 then
      node:refuse("E_CONFIG_VALUE", "only SCHED_DEADLINE has it, not " .. policy)
    end
  end
  return times
end

local function warn(core, node, policy)
  core.warning(node.path, { text = "has no effect with " .. policy })
end

function M.translate(config, _, core)
  local scheduler = config:need("process"):get("scheduler")
  if not scheduler:present() then
    return
  end
  local number, policy = read_policy(scheduler:need("policy"))
  local nice, flags = scheduler:get("nice"):integer(-20, 19) or 0, read_flags(scheduler:get("flags"))
  local priority, times = read_priority(scheduler:get("priority"), policy), read_times(scheduler, policy)
  if nice ~= 0 and not NICE[policy] then
    warn(core, scheduler:get("nice"), policy)
  end
  if flags & DEADLINE_FLAGS ~= 0 and policy ~= "SCHED_DEADLINE" then
    warn(core, scheduler:get("flags"), policy)
  end
  core.scheduler(scheduler.path, {
    policy = number,
    flags = flags,
    nice = nice & integer.U32_MAX,
    priority = priority,
    runtime = times.runtime,
    deadline = times.deadline,
    period = times.period,
  })
end

return M
