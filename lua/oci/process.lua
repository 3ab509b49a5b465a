-- process.args, env, cwd and noNewPrivileges: what is executed.
local json = require("lib.json")

local M = { property = "process.args" }

local STRINGS_MAX = 65536
local STRING_MAX = 131071 -- MAX_ARG_STRLEN of execve(2)

local function read_args(node)
  local args = {}
  for i, text in node:each_string(STRING_MAX, STRINGS_MAX) do
    args[i] = i == 1 and node:element(i):word() or text
  end
  if #args == 0 then
    node:refuse("E_CONFIG_VALUE", "must name a command, got an empty list")
  end
  return args
end

-- NAME=VALUE. Of a repeated name the last one counts, as in runc. Hooks have an environment too.
function M.read_env(node)
  local entries, last = {}, {}
  for i, text in node:each_string(STRING_MAX, STRINGS_MAX) do
    local name = text:match("^([^=]+)=")
    if not name then
      node:element(i):refuse("E_CONFIG_VALUE", ("expected NAME=VALUE, got %s"):format(json.quote(text)))
    end
    entries[i] = { name = name, text = text }
    last[name] = i
  end
  local env = {}
  for i, entry in ipairs(entries) do
    if last[entry.name] == i then
      env[#env + 1] = entry.text
    end
  end
  return env
end

function M.translate(config, _, core)
  local process = config:need("process")
  if process:get("noNewPrivileges"):boolean() then
    core.no_new_privs("process.noNewPrivileges", {})
  end
  core.exec("process.args", {
    args = read_args(process:need("args")),
    env = M.read_env(process:get("env")),
    cwd = process:need("cwd"):abspath(),
  })
end

return M
