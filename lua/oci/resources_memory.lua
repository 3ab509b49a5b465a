-- linux.resources.memory: memory.max, memory.low, memory.swap.max. The swap of OCI and of cgroup v1 counts memory and
-- swap together, that of cgroup v2 swap alone.
local MAX = math.maxinteger

-- -1 is no limit; 0 is nothing asked for, as engines and the older runtimes have it.
local function read_limit(node, warn)
  local limit = node:integer(-1, MAX)
  if limit == 0 and warn then
    warn(node, "0 is no limit")
  end
  return limit ~= 0 and limit or nil
end

local function text(limit)
  return limit == -1 and "max" or ("%d"):format(limit)
end

local function swap(memory, limit, put, warn)
  local node = memory:get("swap")
  local both = read_limit(node, warn)
  if not both then
    if limit == -1 then -- as on v1, where the two were one
      put(memory:get("limit"), "memory.swap.max", "max", "if missing")
    end
  elseif both == -1 then
    put(node, "memory.swap.max", "max", "if missing")
  elseif not limit then
    node:refuse("E_CONFIG_VALUE", "a limit of memory and swap together needs linux.resources.memory.limit")
  elseif both < limit then
    node:refuse("E_CONFIG_VALUE", ("counts memory and swap together: must be at least the memory limit %d, got %d")
      :format(limit, both))
  else
    put(node, "memory.swap.max", text(limit == -1 and both or both - limit))
  end
end

local function refuse_v1(memory)
  for _, key in ipairs({ "kernel", "kernelTCP" }) do
    local node = memory:get(key)
    local limit = node:integer(-1, MAX)
    if limit and limit ~= -1 then
      node:refuse("E_CONFIG_UNSUPPORTED", "cgroup v2 has no limit of kernel memory alone",
        "linux.resources.memory.limit counts the kernel's memory too")
    end
  end
  local swappiness = memory:get("swappiness")
  if swappiness:integer(0, 100) then
    swappiness:refuse("E_CONFIG_UNSUPPORTED", "cgroup v2 has no swappiness of its own for a cgroup")
  end
  local oom = memory:get("disableOOMKiller")
  if oom:boolean() then
    oom:refuse("E_CONFIG_UNSUPPORTED", "cgroup v2 can't turn the OOM killer off")
  end
  local hierarchy = memory:get("useHierarchy")
  if hierarchy:boolean() == false then
    hierarchy:refuse("E_CONFIG_UNSUPPORTED", "cgroup v2 always counts a cgroup with those below it")
  end
end

return function(memory, put, warn)
  refuse_v1(memory)
  memory:get("checkBeforeUpdate"):boolean() -- about updates of a cgroup in use; ours is new and empty
  local limit = read_limit(memory:get("limit"), warn)
  local reservation = read_limit(memory:get("reservation"))
  swap(memory, limit, put, warn)
  if limit then
    put(memory:get("limit"), "memory.max", text(limit))
  end
  if reservation then
    put(memory:get("reservation"), "memory.low", text(reservation))
  end
end
