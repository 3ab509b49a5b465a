-- linux.resources but for the devices: what is written into the files of the container's cgroup, one line each.
-- The properties speak of cgroup v1; each becomes its file of cgroup v2, or is refused where there is none. `unified`
-- names v2's files itself: it comes last and wins.
local M = { property = "linux.resources" }

-- In the order in which they are written: property and module, which is loaded only where the bundle has the property.
local AREAS = {
  { "memory", "oci.resources_memory" },
  { "cpu", "oci.resources_cpu" },
  { "pids", "oci.resources_others" },
  { "blockIO", "oci.resources_io" },
  { "hugepageLimits", "oci.resources_others" },
  { "rdma", "oci.resources_others" },
  { "network", "oci.resources_others" },
  { "unified", "oci.resources_others" },
}

local MISSING = { ["if missing"] = 1, ["or the one before"] = 2 }

local CONTROLLERS = {
  cpu = true, cpuset = true, hugetlb = true, io = true, memory = true, misc = true, pids = true, rdma = true,
}

-- What writes the files of an area.
local function writer(area)
  local module = require(area[2])
  return type(module) == "table" and module[area[1]] or module
end

local function read(config)
  local resources = config:get("linux"):get("resources")
  local version = { minor = tonumber((config:get("ociVersion"):string() or ""):match("^%d+%.(%d+)")) or 0 }
  local files = { warnings = {} }
  local function put(node, name, value, missing)
    files[#files + 1] = { node = node, name = name, value = tostring(value), missing = MISSING[missing] or 0 }
  end
  local function warn(node, text)
    files.warnings[#files.warnings + 1] = { node = node, text = text }
  end
  for _, area in ipairs(AREAS) do
    local node = resources:get(area[1])
    if node:present() then
      writer(area)(node, put, warn, version)
    end
  end
  return files
end

-- All writes: a list of { node = , name = , value = , missing = }; and `warnings` of what has no effect, each
-- { node = , text = }.
function M.read(config)
  return config:once("resources", read)
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
  local files = M.read(config)
  for _, warning in ipairs(files.warnings) do
    core.warning(warning.node.path, { text = warning.text })
  end
  for _, file in ipairs(files) do
    check_controller(file, facts)
    core.cgroup_file(file.node.path, { name = file.name, value = file.value, missing = file.missing })
  end
end

return M
