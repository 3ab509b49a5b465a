-- linux.resources.blockIO: io.bfq.weight and io.weight, io.max.
local DEVICES_MAX = 200

local THROTTLES = {
  { "throttleReadBpsDevice", "rbps" },
  { "throttleWriteBpsDevice", "wbps" },
  { "throttleReadIOPSDevice", "riops" },
  { "throttleWriteIOPSDevice", "wiops" },
}

-- The weight of OCI is that of the BFQ scheduler; the kernel's other one has 1..10000 for 10..1000.
local function linear(weight)
  return 1 + (weight - 10) * 9999 // 990
end

-- Which of the two files counts depends on each disk's scheduler: both are written, one has to be there.
local function put_weight(node, weight, device, put)
  put(node, "io.bfq.weight", device .. weight, "if missing")
  put(node, "io.weight", device .. linear(weight), "or the one before")
end

local function read_weight(node)
  local weight = node:integer(0, 1000)
  if weight and weight > 0 and weight < 10 then
    node:refuse("E_CONFIG_VALUE", ("must be between 10 and 1000, got %d"):format(weight))
  end
  return weight
end

local function refuse_leaf(node)
  local weight = read_weight(node)
  if weight and weight ~= 0 then
    node:refuse("E_CONFIG_UNSUPPORTED", "cgroup v2 has no weight for a cgroup's own processes against those below it")
  end
  return weight
end

local function device_of(node)
  return ("%d:%d"):format(node:need("major"):integer(0, 4095), node:need("minor"):integer(0, 1048575))
end

local function weights(io, put)
  local weight = read_weight(io:get("weight")) or 0
  if weight > 0 then
    put_weight(io:get("weight"), weight, "", put)
  end
  refuse_leaf(io:get("leafWeight"))
  for _, node in ipairs(io:get("weightDevice"):list(DEVICES_MAX)) do
    local device = device_of(node)
    local own, leaf = read_weight(node:get("weight")), refuse_leaf(node:get("leafWeight"))
    if not own and not leaf then
      node:refuse("E_CONFIG_MISSING", "needs weight or leafWeight")
    elseif (own or 0) > 0 then
      put_weight(node, own, device .. " ", put)
    end
  end
end

local function throttles(io, put)
  for _, throttle in ipairs(THROTTLES) do
    for _, node in ipairs(io:get(throttle[1]):list(DEVICES_MAX)) do
      local rate = node:need("rate"):u64()
      put(node, "io.max", ("%s %s=%s"):format(device_of(node), throttle[2], rate == 0 and "max" or ("%u"):format(rate)))
    end
  end
end

return function(io, put)
  weights(io, put)
  throttles(io, put)
end
