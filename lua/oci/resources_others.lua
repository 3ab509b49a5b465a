-- The resources of linux.resources that are one or two numbers each.
local json = require("lib.json")
local integer = require("lib.integer")

local PIDS_MAX = 4194304 -- the kernel's
local INT_MAX = 2147483647
local LIST_MAX = 100

local M = {}

-- Before OCI 1.3.0 what 0 means was left open, and engines mean "no limit" by it. Since 1.3.0 it is a limit. The
-- first process is there in any case, so 1 leaves as much room as 0: none.
function M.pids(pids, put, warn, version)
  local node = pids:get("limit")
  local limit = node:integer(math.mininteger, PIDS_MAX)
  if limit == 0 and version.minor < 3 then
    warn(node, "0 is no limit in bundles of OCI 1.2 and older")
  elseif limit then
    put(node, "pids.max", limit < 0 and "max" or math.max(limit, 1))
  end
end

-- The reservations too, where the kernel counts them.
function M.hugepageLimits(pages, put)
  for _, node in ipairs(pages:list(LIST_MAX)) do
    local size = node:need("pageSize")
    local text = size:string(20)
    if not text:find("^[1-9]%d*[KMG]B$") then
      size:refuse("E_CONFIG_VALUE", json.quote(text) .. " is no size of huge pages, such as 2MB or 1GB")
    end
    local limit = ("%u"):format(node:need("limit"):u64())
    put(node, ("hugetlb.%s.max"):format(text), limit)
    put(node, ("hugetlb.%s.rsvd.max"):format(text), limit, "if missing")
  end
end

local function handles(node, key, word)
  local number = node:get(key):integer(0, integer.U32_MAX)
  return number and (" %s=%s"):format(word, number > INT_MAX and "max" or number) or ""
end

function M.rdma(devices, put)
  for _, member in ipairs(devices:members()) do
    local node = member.node
    local limits = handles(node, "hcaHandles", "hca_handle") .. handles(node, "hcaObjects", "hca_object")
    if not member.key:find("^[%w_.-]+$") then
      node:refuse("E_CONFIG_VALUE", "is no name of an RDMA device")
    elseif limits == "" then
      node:refuse("E_CONFIG_MISSING", "needs hcaHandles or hcaObjects")
    end
    put(node, "rdma.max", member.key .. limits)
  end
end

function M.network(network)
  local class, priorities = network:get("classID"), network:get("priorities")
  if (class:integer(0, integer.U32_MAX) or 0) ~= 0 then
    class:refuse("E_CONFIG_UNSUPPORTED", "cgroup v2 has no network classes",
      "rules of nftables can match the container's cgroup instead")
  end
  for _, node in ipairs(priorities:list(LIST_MAX)) do
    node:need("name"):word()
    node:need("priority"):integer(0, integer.U32_MAX)
  end
  if #priorities:list() > 0 then
    priorities:refuse("E_CONFIG_UNSUPPORTED", "cgroup v2 has no network priorities")
  end
end

-- Files of the unified hierarchy by name. The kernel reads one line from one write.
function M.unified(unified, put)
  for _, member in ipairs(unified:members()) do
    local node, key = member.node, member.key
    if key:find("^cgroup%.") then
      node:refuse("E_CONFIG_UNSUPPORTED", "files that begin with cgroup. rule the tree itself, which is the shim's")
    elseif not key:find("^[%w_-]+%.[%w_-][%w_.-]*$") or key:find("..", 1, true) or key:find("%.$") or #key > 255 then
      node:refuse("E_CONFIG_VALUE", "is no name of a cgroup's file, such as memory.high")
    end
    local text = node:string() or node:refuse("E_CONFIG_MISSING", "a value is required")
    local before = text
    for line in text:gmatch("[^\n]+") do
      if line:find("%c") or #line > 4094 then
        node:refuse("E_CONFIG_VALUE", "a line must have at most 4094 bytes and no control characters")
      end
      put(node, key, line)
      before = nil
    end
    if before then
      node:refuse("E_CONFIG_VALUE", "must not be empty")
    end
  end
end

return M
