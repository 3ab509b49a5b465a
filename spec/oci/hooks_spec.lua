local helper = require("helper")

local function hooks(text, more)
  local patch = { ["hooks.startContainer"] = text }
  for path, value in pairs(more or {}) do
    patch[path] = value
  end
  return patch
end

local HINT = "only hooks.startContainer runs in the container; who starts the shim can do what the other hooks do"

describe("oci.hooks", function()
  helper.translates("hook", {
    { "all that a hook has", hooks('[{"path":"/bin/a","args":["x","","y"],"env":["A=1"],"timeout":7}]'),
      { { path = "/bin/a", args = { "x", "", "y" }, env = { "A=1" }, timeout = 7 } } },
    { "what is required", hooks('[{"path":"/bin/a"}]'),
      { { path = "/bin/a", args = { "/bin/a" }, env = {}, timeout = 0 } } },
    { "an empty args as none", hooks('[{"path":"/bin/a","args":[]}]'),
      { { path = "/bin/a", args = { "/bin/a" }, env = {}, timeout = 0 } } },
    { "the process's env where it has none", hooks('[{"path":"/a"}]', { ["process.env"] = '["A=1","B=2","A=3"]' }),
      { { path = "/a", args = { "/a" }, env = { "B=2", "A=3" }, timeout = 0 } } },
    { "an empty env as empty", hooks('[{"path":"/a","env":[]}]', { ["process.env"] = '["A=1"]' }),
      { { path = "/a", args = { "/a" }, env = {}, timeout = 0 } } },
    { "nothing that is asked", hooks("[]"), {} },
    { "null", { hooks = "null" }, {} },
    { "empty lists of the other hooks",
      { hooks = '{"prestart":[],"createRuntime":null,"createContainer":[],"poststop":[]}' },
      {} },
  })

  it("keeps the order", function()
    local paths = {}
    for i, step in ipairs(helper.steps("hook", hooks('[{"path":"/c"},{"path":"/a"},{"path":"/b"}]'), helper.user())) do
      paths[i] = step.path
    end
    assert.same({ "/c", "/a", "/b" }, paths)
  end)

  for _, name in ipairs({ "prestart", "createRuntime", "createContainer", "poststart", "poststop" }) do
    local function other(text)
      return { ["hooks." .. name] = text }
    end
    helper.refuses({
      { name, other('[{"path":"/bin/true"}]'),
        ("hooks.%s[0] (/bin/true): is a program of the host, and the shim never executes one [E_CONFIG_UNSUPPORTED]")
          :format(name),
        HINT },
      { name .. " with a relative path", other('[{"path":"true"}]'),
        ('hooks.%s[0].path: must be an absolute path, got "true" [E_CONFIG_VALUE]'):format(name) },
    })
  end

  helper.refuses({
    { "a hook without a path", hooks('[{}]'),
      "hooks.startContainer[0].path: required, but missing [E_CONFIG_MISSING]" },
    { "a relative path", hooks('[{"path":"/a"},{"path":"a"}]'),
      'hooks.startContainer[1].path: must be an absolute path, got "a" [E_CONFIG_VALUE]' },
    { "a timeout of 0", hooks('[{"path":"/a","timeout":0}]'),
      "hooks.startContainer[0].timeout (/a): must be between 1 and 2147483, got 0 [E_CONFIG_VALUE]" },
    { "a negative timeout", hooks('[{"path":"/a","timeout":-1}]'),
      "hooks.startContainer[0].timeout (/a): must be between 1 and 2147483, got -1 [E_CONFIG_VALUE]" },
    { "a timeout over the kernel's", hooks('[{"path":"/a","timeout":2147484}]'),
      "hooks.startContainer[0].timeout (/a): must be between 1 and 2147483, got 2147484 [E_CONFIG_VALUE]" },
    { "a timeout of a wrong type", hooks('[{"path":"/a","timeout":"1"}]'),
      "hooks.startContainer[0].timeout (/a): expected number, got string [E_CONFIG_TYPE]" },
    { "args of a wrong type", hooks('[{"path":"/a","args":[1]}]'),
      "hooks.startContainer[0].args[0] (/a): expected string, got number [E_CONFIG_TYPE]" },
    { "an env without a name", hooks('[{"path":"/a","env":["A"]}]'),
      'hooks.startContainer[0].env[0] (/a): expected NAME=VALUE, got "A" [E_CONFIG_VALUE]' },
    { "a list that is none", hooks('{"path":"/a"}'),
      "hooks.startContainer: expected array, got object [E_CONFIG_TYPE]" },
  })
end)
