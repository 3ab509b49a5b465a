-- hooks: those of startContainer, which are programs of the container. The others are programs of the host, which the
-- shim never executes: they are refused. (createContainer too: it runs in the container's namespaces, but its path is
-- one of the host.)
--
-- Without args it is called by its path. Without env it has the process's, as with runc; [] is an empty one.
local process = require("oci.process")

local M = { property = "hooks" }

local HOOKS_MAX = 256
local STRINGS_MAX = 65536
local STRING_MAX = 131071 -- MAX_ARG_STRLEN of execve(2)
local SECONDS_MAX = 2147483 -- poll(2) counts milliseconds in an int

-- In the order of their moments.
local HOST = { "prestart", "createRuntime", "createContainer", "poststart", "poststop" }

local function read_args(node, path)
  local args = {}
  for i, element in ipairs(node:list(STRINGS_MAX)) do
    args[i] = element:string(STRING_MAX)
  end
  return #args > 0 and args or { path }
end

local function read_hook(node, config)
  local path = node:need("path"):abspath()
  node:name(path)
  local env = node:get("env")
  return {
    path = path,
    args = read_args(node:get("args"), path),
    env = process.read_env(env:present() and env or config:need("process"):get("env")),
    timeout = node:get("timeout"):integer(1, SECONDS_MAX) or 0,
  }
end

function M.translate(config, _, core)
  local hooks = config:get("hooks")
  for _, name in ipairs(HOST) do
    for _, node in ipairs(hooks:get(name):list(HOOKS_MAX)) do
      read_hook(node, config)
      node:refuse("E_CONFIG_UNSUPPORTED", "is a program of the host, and the shim never executes one",
        "only hooks.startContainer runs in the container; who starts the shim can do what the other hooks do")
    end
  end
  for _, node in ipairs(hooks:get("startContainer"):list(HOOKS_MAX)) do
    core.hook(node.path, read_hook(node, config))
  end
end

return M
