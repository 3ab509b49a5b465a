local helper = require("helper")

local function exec(args, env, cwd)
  return { { args = args or { "sh" }, env = env or {}, cwd = cwd or "/" } }
end

describe("oci.process", function()
  helper.translates("exec", {
    { "the least", {}, exec() },
    { "all arguments, empty ones too", { ["process.args"] = '["sh","","-c","a b"]' }, exec({ "sh", "", "-c", "a b" }) },
    { "the environment in order", { ["process.env"] = '["B=1","A=x=y","C="]' }, exec(nil, { "B=1", "A=x=y", "C=" }) },
    { "the last one of a repeated name", { ["process.env"] = '["A=1","B=2","A=3"]' }, exec(nil, { "B=2", "A=3" }) },
    { "a working directory", { ["process.cwd"] = '"/srv"' }, exec(nil, nil, "/srv") },
  })
  helper.translates("no_new_privs", {
    { "no word about it", {}, {} },
    { "false", { ["process.noNewPrivileges"] = "false" }, {} },
    { "true", { ["process.noNewPrivileges"] = "true" }, { {} } },
  })

  helper.refuses({
    { "no process", { process = false, ["process.args"] = false, ["process.cwd"] = false },
      "process: required, but missing [E_CONFIG_MISSING]" },
    { "process as a list", { process = "[]" }, "process: expected object, got array [E_CONFIG_TYPE]" },
    { "no args", { ["process.args"] = false }, "process.args: required, but missing [E_CONFIG_MISSING]" },
    { "null for args", { ["process.args"] = "null" }, "process.args: required, but missing [E_CONFIG_MISSING]" },
    { "no arguments", { ["process.args"] = "[]" },
      "process.args: must name a command, got an empty list [E_CONFIG_VALUE]" },
    { "an empty command", { ["process.args"] = '[""]' }, "process.args[0]: must not be empty [E_CONFIG_VALUE]" },
    { "args as a string", { ["process.args"] = '"sh"' }, "process.args: expected array, got string [E_CONFIG_TYPE]" },
    { "an argument as a number", { ["process.args"] = '["sleep",3]' },
      "process.args[1]: expected string, got number [E_CONFIG_TYPE]" },
    { "an argument with a NUL", { ["process.args"] = [=[["sh","a\u0000b"]]=] },
      "process.args[1]: must not contain a NUL character [E_CONFIG_VALUE]" },
    { "a long argument", { ["process.args"] = '["sh","' .. ("a"):rep(131072) .. '"]' },
      "process.args[1]: at most 131071 bytes, got 131072 [E_CONFIG_VALUE]" },
    { "an environment as an object", { ["process.env"] = '{"A":"1"}' },
      "process.env: expected array, got object [E_CONFIG_TYPE]" },
    { "a variable without a value", { ["process.env"] = '["A"]' },
      'process.env[0]: expected NAME=VALUE, got "A" [E_CONFIG_VALUE]' },
    { "a variable without a name", { ["process.env"] = '["A=1","=x"]' },
      'process.env[1]: expected NAME=VALUE, got "=x" [E_CONFIG_VALUE]' },
    { "a variable with a NUL", { ["process.env"] = [=[["A=\u0000"]]=] },
      "process.env[0]: must not contain a NUL character [E_CONFIG_VALUE]" },
    { "a variable that is null", { ["process.env"] = "[null]" },
      "process.env[0]: expected string, got null [E_CONFIG_TYPE]" },
    { "no cwd", { ["process.cwd"] = false }, "process.cwd: required, but missing [E_CONFIG_MISSING]" },
    { "a relative cwd", { ["process.cwd"] = '"srv"' },
      'process.cwd: must be an absolute path, got "srv" [E_CONFIG_VALUE]' },
    { "an empty cwd", { ["process.cwd"] = '""' }, "process.cwd: must not be empty [E_CONFIG_VALUE]" },
    { "a cwd as a number", { ["process.cwd"] = "1" }, "process.cwd: expected string, got number [E_CONFIG_TYPE]" },
    { "noNewPrivileges as a number", { ["process.noNewPrivileges"] = "1" },
      "process.noNewPrivileges: expected boolean, got number [E_CONFIG_TYPE]" },
  })
end)
