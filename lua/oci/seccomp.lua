-- linux.seccomp: read and checked here, compiled by libseccomp (core.compile_seccomp), loaded by container init as the
-- last act before the process is executed.
local json = require("lib.json")
local request = require("oci.seccomp_request")
local words = require("oci.seccomp_words")
local U32_MAX = require("lib.integer").U32_MAX

local M = { property = "linux.seccomp" }

local EPERM = 1
local SOCKET_PATH_MAX = 107
local METADATA_MAX = 65536
local INSTRUCTIONS_MAX = 4096
local WARNING_MAX = 500
local LAX = { [words.actions.SCMP_ACT_ALLOW.value] = true, [words.actions.SCMP_ACT_LOG.value] = true }

-- What the filter returns for an action and its errnoRet. An errno for an action that has none must be an error.
local function read_action(node, errno_node)
  local action, name = node:one_of(words.actions, "a seccomp action")
  local errno = errno_node:integer(0, U32_MAX)
  if errno and not action.most then
    errno_node:refuse("E_CONFIG_VALUE", name .. " returns no errno",
      "leave it out; SCMP_ACT_ERRNO and SCMP_ACT_TRACE do")
  elseif errno and errno > action.most then
    errno_node:refuse("E_CONFIG_VALUE", ("must be between 0 and %d, got %d"):format(action.most, errno))
  end
  return action.value | (action.most and (errno or EPERM) or 0)
end

local function read_arg(node)
  return {
    index = node:need("index"):integer(0, 5),
    value = node:need("value"):u64(),
    value_two = node:get("valueTwo"):u64() or 0,
    op = node:need("op"):one_of(words.operators, "a comparison of seccomp"),
  }
end

-- All conditions of a rule must hold. libseccomp takes one condition for each argument; where a bundle has more, each
-- becomes a rule of its own and one of them has to hold, as with runc and crun.
local function read_args(node)
  local all, indexes, each = {}, {}, {}
  for i, arg_node in ipairs(node:list()) do
    all[i] = read_arg(arg_node)
    each[i] = { all[i] }
    each.needed = each.needed or indexes[all[i].index]
    indexes[all[i].index] = true
  end
  return each.needed and each or { all }
end

local function read_names(node)
  local names = {}
  for i, name in node:each_word() do
    names[i] = name
  end
  if #names == 0 then
    node:refuse("E_CONFIG_VALUE", "needs the name of one system call at least")
  end
  return names
end

-- The rules, each with the node that it came from; and a node with SCMP_ACT_NOTIFY, if there is one.
local function read_rules(list, default)
  local rules, notify = {}, nil
  for _, node in ipairs(list:list()) do
    local names = read_names(node:need("names"))
    local action = read_action(node:need("action"), node:get("errnoRet"))
    if action == words.actions.SCMP_ACT_NOTIFY.value then
      notify = notify or node:get("action")
    end
    for _, args in ipairs(read_args(node:get("args"))) do
      if action ~= default then -- else it says nothing that is not so already, and libseccomp refuses it
        rules[#rules + 1] = { action = action, args = args, names = names, node = node }
      end
    end
  end
  return rules, notify
end

-- A name that libseccomp does not know is no call that could be made: profiles are written for many kernels. Where it
-- was to be forbidden it may be misspelt, and then what was meant stays allowed.
local function warn_of_unknown(list, rules, default, core)
  local unknown, seen = {}, {}
  for _, rule in ipairs(LAX[default] and rules or {}) do
    for _, name in ipairs(LAX[rule.action] and {} or rule.names) do
      if not seen[name] and not core.syscall_known(name) then
        unknown[#unknown + 1] = name
      end
      seen[name] = true
    end
  end
  if #unknown > 0 then
    local text = "system calls that nobody knows stay allowed, if they are misspelt: "
      .. table.concat(unknown, ", ")
    core.warning(list.path, { text = #text > WARNING_MAX and text:sub(1, WARNING_MAX) .. "..." or text })
  end
end

local function read_architectures(list)
  local names = {}
  for i, node in ipairs(list:list()) do
    names[i] = node:one_of(words.architectures, "an architecture of seccomp")
  end
  return names
end

local function read_flags(list, notify)
  local flags = notify and words.NEW_LISTENER or 0
  for _, node in ipairs(list:list()) do
    local flag, name = node:one_of(words.flags, "a flag of seccomp")
    if flag == words.WAIT_KILLABLE_RECV and not notify then
      node:refuse("E_CONFIG_VALUE", name .. " is for filters with SCMP_ACT_NOTIFY, and no rule has it")
    end
    flags = flags | flag
  end
  return flags
end

-- Without a rule that notifies, the path is ignored, as OCI says.
local function read_listener(config, seccomp, notify, core)
  local path, metadata = seccomp:get("listenerPath"), seccomp:get("listenerMetadata")
  local text = metadata:string(METADATA_MAX)
  local address = path:abspath()
  if address and #address > SOCKET_PATH_MAX then
    path:refuse("E_CONFIG_VALUE", ("at most %d bytes, which is what a socket takes, got %d")
      :format(SOCKET_PATH_MAX, #address))
  elseif text and not address then
    metadata:refuse("E_CONFIG_VALUE", "must not be set without linux.seccomp.listenerPath")
  elseif notify and not address then
    notify:refuse("E_CONFIG_VALUE", "SCMP_ACT_NOTIFY needs linux.seccomp.listenerPath, the socket of who answers")
  elseif notify and #config:get("hooks"):get("startContainer"):list() > 0 then
    notify:refuse("E_CONFIG_UNSUPPORTED",
      "SCMP_ACT_NOTIFY can't be used with hooks.startContainer: hooks are under the filter too, and one state is sent")
  elseif notify then
    core.seccomp_listener(path.path, { path = address, metadata = text or "" })
  end
end

local function refuse_architecture(list, index)
  local node = list:list()[index]
  node:refuse("E_CONFIG_UNSUPPORTED",
    json.quote(node:string()) .. " can't be combined with this machine's by libseccomp",
    "leave it out: programs of that architecture do not run here")
end

-- Why there is no program: what libseccomp choked on, which one, and the errno.
local function refuse(seccomp, rules, what, index, number)
  if what == "architecture" then
    refuse_architecture(seccomp:get("architectures"), index)
  elseif what == "rule" then
    rules[index].node:refuse("E_CONFIG_VALUE",
      number == 17 and "contradicts another rule for the same call and arguments"
        or ("libseccomp does not take this rule (errno %d)"):format(number))
  elseif what == "combination" then
    rules[index].node:refuse("E_CONFIG_UNSUPPORTED",
      "libseccomp does not combine it rightly with the other rules for the same call",
      "compare for equality (SCMP_CMP_EQ, SCMP_CMP_MASKED_EQ), or leave one rule for the call")
  elseif what == "size" then
    seccomp:refuse("E_CONFIG_VALUE",
      ("compiles to %d instructions, %d are the most that the kernel takes"):format(number, INSTRUCTIONS_MAX))
  end
  seccomp:refuse("E_INTERPRETER", ("libseccomp makes no filter of it (errno %d)"):format(number))
end

function M.translate(config, _, core)
  local seccomp = config:get("linux"):get("seccomp")
  if not seccomp:present() then
    return
  end
  local default = read_action(seccomp:need("defaultAction"), seccomp:get("defaultErrnoRet"))
  if default == words.actions.SCMP_ACT_NOTIFY.value then
    seccomp:get("defaultAction"):refuse("E_CONFIG_UNSUPPORTED",
      "SCMP_ACT_NOTIFY can't be the default: the process could not be executed before somebody answers",
      "name the system calls in a rule")
  end
  local architectures = read_architectures(seccomp:get("architectures"))
  local rules, notify = read_rules(seccomp:get("syscalls"), default)
  local flags = read_flags(seccomp:get("flags"), notify)
  read_listener(config, seccomp, notify, core)
  warn_of_unknown(seccomp:get("syscalls"), rules, default, core)
  local program, what, index, number = core.compile_seccomp(request.encode({
    action = default, architectures = architectures, rules = rules,
  }))
  if not program then
    refuse(seccomp, rules, what, index, number)
  end
  core.seccomp(seccomp.path, { program = program, flags = flags })
end

return M
