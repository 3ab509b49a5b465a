-- linux.resources but for the devices: what is written into the files of the container's cgroup, one line each.
-- The properties speak of cgroup v1; each becomes its file of cgroup v2, or is refused where there is none. `unified`
-- names v2's files itself: it comes last and wins.
local others = require("oci.resources_others")

local M = { property = "linux.resources" }

local AREAS = {
  { "memory", require("oci.resources_memory") },
  { "cpu", require("oci.resources_cpu") },
  { "pids", others.pids },
  { "blockIO", require("oci.resources_io") },
  { "hugepageLimits", others.hugepageLimits },
  { "rdma", others.rdma },
  { "network", others.network },
  { "unified", others.unified },
}

local MISSING = { ["if missing"] = 1, ["or the one before"] = 2 }

local CONTROLLERS = {
  cpu = true, cpuset = true, hugetlb = true, io = true, memory = true, misc = true, pids = true, rdma = true,
}

local function ignore()
end

-- All writes: a list of { node = , name = , value = , missing = }. warn(node, text) is called for what has no effect.
function M.read(config, warn)
  local resources = config:get("linux"):get("resources")
  local version = { minor = tonumber((config:get("ociVersion"):string() or ""):match("^%d+%.(%d+)")) or 0 }
  local files = {}
  local function put(node, name, value, missing)
    files[#files + 1] = { node = node, name = name, value = tostring(value), missing = MISSING[missing] or 0 }
  end
  for _, area in ipairs(AREAS) do
    area[2](resources:get(area[1]), put, warn or ignore, version)
  end
  return files
end

-- Controllers that the host mounts as cgroup v1 are not there for v2.
local function check_controller(file, facts)
  local controller = file.name:match("^[^.]+")
  local available = (" " .. facts.cgroup_controllers:gsub("%s", " ") .. " "):find(" " .. controller .. " ", 1, true)
  if CONTROLLERS[controller] and not available then
    file.node:refuse("E_CONFIG_UNSUPPORTED", ("this host's cgroup2 has no %s controller"):format(controller),
      "the kernel lacks it, or the host mounts it as cgroup v1: boot with cgroup_no_v1=all")
  end
end

function M.translate(config, facts, core)
  local function warn(node, text)
    core.warning(node.path, { text = text })
  end
  for _, file in ipairs(M.read(config, warn)) do
    check_controller(file, facts)
    core.cgroup_file(file.node.path, { name = file.name, value = file.value, missing = file.missing })
  end
end

return M
