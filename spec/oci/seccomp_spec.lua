local helper = require("helper")
local words = require("oci.seccomp_words")

local ALLOW, ERRNO, NOTIFY = 0x7fff0000, 0x00050000, 0x7fc00000

-- linux.seccomp with these members over a filter that allows all.
local function seccomp(members)
  local patch = { ["linux.seccomp.defaultAction"] = '"SCMP_ACT_ALLOW"' }
  for name, text in pairs(members or {}) do
    patch["linux.seccomp." .. name] = text
  end
  return patch
end

local function rule(text)
  return seccomp({ syscalls = "[" .. text .. "]" })
end

local function rest(more)
  return rule('{"names":["a"],"action":"SCMP_ACT_ERRNO"' .. more .. "}")
end

local function arg(text)
  return rest(',"args":[' .. text .. "]")
end

-- What the compiler was asked for.
local function asked(patch)
  local _, requests = helper.run(helper.bundle(patch))
  assert.equal(1, #requests)
  return requests[1]
end

local function steps(patch)
  local found = {}
  for _, step in ipairs(helper.run(helper.bundle(patch))) do
    if step.name:find("^seccomp") then
      table.insert(found, step)
    end
  end
  return found
end

local NOTIFIES = { syscalls = '[{"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"}]', listenerPath = '"/run/agent"' }

local function notifies(more, hooks)
  local members = {}
  for name, text in pairs(NOTIFIES) do
    members[name] = text
  end
  for name, text in pairs(more or {}) do
    members[name] = text or nil
  end
  local patch = seccomp(members)
  patch["hooks.startContainer"] = hooks
  return patch
end

describe("oci.seccomp", function()
  it("warns of names that nobody knows where they were to be forbidden, and only there", function()
    local function warnings(default, action, names)
      return helper.steps("warning", seccomp({ defaultAction = '"' .. default .. '"',
        syscalls = ('[{"names":%s,"action":"%s"}]'):format(names, action) }))
    end
    local names = '["open","no_such_a","no_such_b","no_such_a"]'
    local text = "system calls that nobody knows stay allowed, if they are misspelt: no_such_a, no_such_b"
    assert.same({ { text = text } }, warnings("SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", names))
    assert.equal(1, #warnings("SCMP_ACT_LOG", "SCMP_ACT_KILL", names))
    assert.same({}, warnings("SCMP_ACT_ERRNO", "SCMP_ACT_ALLOW", names))
    assert.same({}, warnings("SCMP_ACT_ALLOW", "SCMP_ACT_LOG", names))
    assert.same({}, warnings("SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", '["open"]'))
    local long = '["' .. ("no_such_a"):rep(100) .. '"]'
    assert.equal(503, #warnings("SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", long)[1].text)
  end)

  it("asks for nothing without linux.seccomp", function()
    local all, requests = helper.run(helper.bundle({ ["linux.seccomp"] = "null" }))
    assert.same({}, requests)
    for _, step in ipairs(all) do
      assert.falsy(step.name:find("seccomp"))
    end
  end)

  it("passes the compiled program on", function()
    assert.same({ { name = "seccomp", origin = "linux.seccomp", fields = { program = helper.PROGRAM, flags = 0 } } },
      steps(seccomp()))
  end)

  describe("reads the action", function()
    for name, value in pairs({
      SCMP_ACT_KILL = 0, SCMP_ACT_KILL_THREAD = 0, SCMP_ACT_KILL_PROCESS = 0x80000000, SCMP_ACT_TRAP = 0x30000,
      SCMP_ACT_ERRNO = ERRNO | 1, SCMP_ACT_TRACE = 0x7ff00001, SCMP_ACT_LOG = 0x7ffc0000, SCMP_ACT_ALLOW = ALLOW,
    }) do
      it(name .. " as default and in a rule", function()
        assert.equal(value, asked({ ["linux.seccomp.defaultAction"] = '"' .. name .. '"' }).action)
        local patch = { ["linux.seccomp.defaultAction"] = '"SCMP_ACT_TRACE"', ["linux.seccomp.defaultErrnoRet"] = "9",
          ["linux.seccomp.syscalls"] = '[{"names":["a"],"action":"' .. name .. '"}]' }
        assert.equal(value, asked(patch).rules[1].action)
      end)
    end
  end)

  for _, row in ipairs({
    { "the default's errno", seccomp({ defaultAction = '"SCMP_ACT_ERRNO"', defaultErrnoRet = "38" }), ERRNO | 38 },
    { "the default's errno 0", seccomp({ defaultAction = '"SCMP_ACT_ERRNO"', defaultErrnoRet = "0" }), ERRNO },
    { "the largest errno", seccomp({ defaultAction = '"SCMP_ACT_ERRNO"', defaultErrnoRet = "4094" }), ERRNO | 4094 },
    { "the largest of a tracer", seccomp({ defaultAction = '"SCMP_ACT_TRACE"', defaultErrnoRet = "65535" }),
      0x7ff0ffff },
  }) do
    it("reads " .. row[1], function()
      assert.equal(row[3], asked(row[2]).action)
    end)
  end

  it("gives a rule EPERM and not the default's errno", function()
    local patch = seccomp({ defaultAction = '"SCMP_ACT_ERRNO"', defaultErrnoRet = "38",
      syscalls = '[{"names":["a"],"action":"SCMP_ACT_ERRNO"},'
        .. '{"names":["b"],"action":"SCMP_ACT_ERRNO","errnoRet":22}]' })
    local rules = asked(patch).rules
    assert.same({ ERRNO | 1, ERRNO | 22 }, { rules[1].action, rules[2].action })
  end)

  it("reads architectures as libseccomp names them", function()
    assert.same({ "x86_64", "x86", "x32", "aarch64", "x86" }, asked(seccomp({
      architectures = '["SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_X32","SCMP_ARCH_AARCH64","SCMP_ARCH_X86"]',
    })).architectures)
    local count = 0
    for word, name in pairs(words.architectures) do
      count = count + 1
      assert.equal("SCMP_ARCH_" .. name:upper(), word)
    end
    assert.equal(23, count) -- as many as OCI's schema has
  end)

  it("reads names and conditions", function()
    assert.same({ { action = ERRNO | 1, names = { "clone", "read" },
      args = { { 0, 7, 2114060288, -1 }, { 5, 4, -1, 0 } } } },
      asked(rule('{"names":["clone","read"],"action":"SCMP_ACT_ERRNO","args":['
        .. '{"index":0,"value":2114060288,"valueTwo":18446744073709551615,"op":"SCMP_CMP_MASKED_EQ"},'
        .. '{"index":5,"value":18446744073709551615,"op":"SCMP_CMP_EQ"}]}')).rules)
  end)

  it("reads the seven operators", function()
    for i, name in ipairs({ "NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ" }) do
      local made = asked(arg('{"index":1,"value":18446744071562067968,"op":"SCMP_CMP_' .. name .. '"}'))
      assert.same({ { 1, i, -2147483648, 0 } }, made.rules[1].args)
    end
  end)

  it("makes a rule of each condition where two are on the same argument", function()
    local made = asked(arg('{"index":1,"value":1,"op":"SCMP_CMP_EQ"},{"index":1,"value":2,"op":"SCMP_CMP_EQ"},'
      .. '{"index":2,"value":3,"op":"SCMP_CMP_EQ"}'))
    local args = {}
    for i, each in ipairs(made.rules) do
      args[i] = each.args
    end
    assert.same({ { { 1, 4, 1, 0 } }, { { 1, 4, 2, 0 } }, { { 2, 4, 3, 0 } } }, args)
  end)

  it("leaves rules out that say what the default says", function()
    assert.same({}, asked(rule('{"names":["a"],"action":"SCMP_ACT_ALLOW"}')).rules)
    local same = seccomp({ defaultAction = '"SCMP_ACT_ERRNO"',
      syscalls = '[{"names":["a"],"action":"SCMP_ACT_ERRNO","errnoRet":1},{"names":["b"],"action":"SCMP_ACT_KILL"}]' })
    assert.same({ { action = 0, args = {}, names = { "b" } } }, asked(same).rules)
  end)

  for _, row in ipairs({
    { "no flags", nil, 0 },
    { "an empty list", "[]", 0 },
    { "TSYNC, which has no other thread to reach", '["SECCOMP_FILTER_FLAG_TSYNC"]', 0 },
    { "LOG and SPEC_ALLOW", '["SECCOMP_FILTER_FLAG_LOG","SECCOMP_FILTER_FLAG_SPEC_ALLOW"]', 6 },
  }) do
    it("reads " .. row[1], function()
      assert.equal(row[3], steps(seccomp({ flags = row[2] }))[1].fields.flags)
    end)
  end

  it("asks for a listener where a rule notifies", function()
    assert.same({
      { name = "seccomp_listener", origin = "linux.seccomp.listenerPath",
        fields = { path = "/run/agent", metadata = "m" } },
      { name = "seccomp", origin = "linux.seccomp", fields = { program = helper.PROGRAM, flags = 8 } },
    }, steps(notifies({ listenerMetadata = '"m"' })))
    assert.equal(NOTIFY, asked(notifies()).rules[1].action)
    assert.equal("", steps(notifies())[1].fields.metadata)
    assert.equal(40, steps(notifies({ flags = '["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]' }))[2].fields.flags)
  end)

  it("ignores the listener where no rule notifies", function()
    local found = steps(seccomp({ listenerPath = '"/run/agent"', listenerMetadata = '"m"' }))
    assert.same({ "seccomp", 0 }, { found[1].name, found[1].fields.flags })
  end)

  local AT = "linux.seccomp."
  helper.refuses({
    { "no default", { ["linux.seccomp"] = "{}" }, AT .. "defaultAction: required, but missing [E_CONFIG_MISSING]" },
    { "another type", { ["linux.seccomp"] = "[]" }, "linux.seccomp: expected object, got array [E_CONFIG_TYPE]" },
    { "an unknown default", seccomp({ defaultAction = '"SCMP_ACT_NOPE"' }),
      AT .. 'defaultAction: "SCMP_ACT_NOPE" is not a seccomp action [E_CONFIG_VALUE]' },
    { "a default that notifies", seccomp({ defaultAction = '"SCMP_ACT_NOTIFY"' }),
      AT .. "defaultAction: SCMP_ACT_NOTIFY "
      .. "can't be the default: the process could not be executed before somebody answers [E_CONFIG_UNSUPPORTED]",
      "name the system calls in a rule" },
    { "an errno for a default without one", seccomp({ defaultErrnoRet = "1" }),
      AT .. "defaultErrnoRet: SCMP_ACT_ALLOW returns no errno [E_CONFIG_VALUE]",
      "leave it out; SCMP_ACT_ERRNO and SCMP_ACT_TRACE do" },
    { "an errno that the kernel would change",
      seccomp({ defaultAction = '"SCMP_ACT_ERRNO"', defaultErrnoRet = "4095" }),
      AT .. "defaultErrnoRet: must be between 0 and 4094, got 4095 [E_CONFIG_VALUE]" },
    { "an errno over 16 bits", seccomp({ defaultAction = '"SCMP_ACT_TRACE"', defaultErrnoRet = "65536" }),
      AT .. "defaultErrnoRet: must be between 0 and 65535, got 65536 [E_CONFIG_VALUE]" },
    { "errno -1", seccomp({ defaultAction = '"SCMP_ACT_ERRNO"', defaultErrnoRet = "-1" }),
      AT .. "defaultErrnoRet: must be between 0 and 4294967295, got -1 [E_CONFIG_VALUE]" },
    { "an errno that is a word", seccomp({ defaultAction = '"SCMP_ACT_ERRNO"', defaultErrnoRet = '"EPERM"' }),
      AT .. "defaultErrnoRet: expected number, got string [E_CONFIG_TYPE]" },
    { "an unknown architecture", seccomp({ architectures = '["SCMP_ARCH_X86","SCMP_ARCH_VAX"]' }),
      AT .. 'architectures[1]: "SCMP_ARCH_VAX" is not an architecture of seccomp [E_CONFIG_VALUE]' },
    { "an unknown flag", seccomp({ flags = '["SECCOMP_FILTER_FLAG_NEW_LISTENER"]' }),
      AT .. 'flags[0]: "SECCOMP_FILTER_FLAG_NEW_LISTENER" is not a flag of seccomp [E_CONFIG_VALUE]' },
    { "a flag of notifications without any", seccomp({ flags = '["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]' }),
      AT .. "flags[0]: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV is for filters with SCMP_ACT_NOTIFY, and no rule has it "
        .. "[E_CONFIG_VALUE]" },
    { "no names", rule('{"action":"SCMP_ACT_ERRNO"}'),
      AT .. "syscalls[0].names: required, but missing [E_CONFIG_MISSING]" },
    { "an empty list of names", rule('{"names":[],"action":"SCMP_ACT_ERRNO"}'),
      AT .. "syscalls[0].names: needs the name of one system call at least [E_CONFIG_VALUE]" },
    { "an empty name", rule('{"names":[""],"action":"SCMP_ACT_ERRNO"}'),
      AT .. "syscalls[0].names[0]: must not be empty [E_CONFIG_VALUE]" },
    { "a NUL in a name", rule('{"names":["a\\u0000"],"action":"SCMP_ACT_ERRNO"}'),
      AT .. "syscalls[0].names[0]: must not contain a NUL character [E_CONFIG_VALUE]" },
    { "a number as name", rule('{"names":[1],"action":"SCMP_ACT_ERRNO"}'),
      AT .. "syscalls[0].names[0]: expected string, got number [E_CONFIG_TYPE]" },
    { "the name of old", rule('{"name":"a","action":"SCMP_ACT_ERRNO"}'),
      AT .. "syscalls[0].names: required, but missing [E_CONFIG_MISSING]" },
    { "no action", rule('{"names":["a"]}'), AT .. "syscalls[0].action: required, but missing [E_CONFIG_MISSING]" },
    { "an unknown action", rule('{"names":["a"],"action":"allow"}'),
      AT .. 'syscalls[0].action: "allow" is not a seccomp action [E_CONFIG_VALUE]' },
    { "an errno for an action without one", rule('{"names":["a"],"action":"SCMP_ACT_KILL","errnoRet":1}'),
      AT .. "syscalls[0].errnoRet: SCMP_ACT_KILL returns no errno [E_CONFIG_VALUE]" },
    { "an errno over 12 bits", rest(',"errnoRet":65536'),
      AT .. "syscalls[0].errnoRet: must be between 0 and 4094, got 65536 [E_CONFIG_VALUE]" },
    { "a seventh argument", arg('{"index":6,"value":0,"op":"SCMP_CMP_EQ"}'),
      AT .. "syscalls[0].args[0].index: must be between 0 and 5, got 6 [E_CONFIG_VALUE]" },
    { "no index", arg('{"value":0,"op":"SCMP_CMP_EQ"}'),
      AT .. "syscalls[0].args[0].index: required, but missing [E_CONFIG_MISSING]" },
    { "no value", arg('{"index":0,"op":"SCMP_CMP_EQ"}'),
      AT .. "syscalls[0].args[0].value: required, but missing [E_CONFIG_MISSING]" },
    { "a value over 64 bits", arg('{"index":0,"value":18446744073709551616,"op":"SCMP_CMP_EQ"}'),
      AT .. "syscalls[0].args[0].value: must be between 0 and 18446744073709551615, got 18446744073709551616 "
        .. "[E_CONFIG_VALUE]" },
    { "a value below 0", arg('{"index":0,"value":0,"valueTwo":-1,"op":"SCMP_CMP_EQ"}'),
      AT .. "syscalls[0].args[0].valueTwo: must be between 0 and 18446744073709551615, got -1 [E_CONFIG_VALUE]" },
    { "no operator", arg('{"index":0,"value":0}'),
      AT .. "syscalls[0].args[0].op: required, but missing [E_CONFIG_MISSING]" },
    { "an unknown operator", arg('{"index":0,"value":0,"op":"=="}'),
      AT .. 'syscalls[0].args[0].op: "==" is not a comparison of seccomp [E_CONFIG_VALUE]' },
    { "notifications that nobody hears", notifies({ listenerPath = false }),
      AT .. "syscalls[0].action: SCMP_ACT_NOTIFY needs linux.seccomp.listenerPath, the socket of who answers "
        .. "[E_CONFIG_VALUE]" },
    { "notifications beside hooks", notifies({}, '[{"path":"/bin/true"}]'),
      AT .. "syscalls[0].action: SCMP_ACT_NOTIFY can't be used with hooks.startContainer: hooks are under the filter "
        .. "too, and one state is sent [E_CONFIG_UNSUPPORTED]" },
    { "metadata for nobody", seccomp({ listenerMetadata = '""' }),
      AT .. "listenerMetadata: must not be set without linux.seccomp.listenerPath [E_CONFIG_VALUE]" },
    { "a relative listener", notifies({ listenerPath = '"agent"' }),
      AT .. 'listenerPath: must be an absolute path, got "agent" [E_CONFIG_VALUE]' },
    { "a listener that is too long for a socket", notifies({ listenerPath = '"/' .. ("x"):rep(107) .. '"' }),
      AT .. "listenerPath: at most 107 bytes, which is what a socket takes, got 108 [E_CONFIG_VALUE]" },
  })

  for _, row in ipairs({
    { "an architecture of another byte order", { nil, "architecture", 2, 33 },
      AT .. 'architectures[1]: "SCMP_ARCH_X86" can\'t be combined with this machine\'s by libseccomp '
        .. "[E_CONFIG_UNSUPPORTED]" },
    { "a rule that contradicts another", { nil, "rule", 2, 17 },
      AT .. "syscalls[2]: contradicts another rule for the same call and arguments [E_CONFIG_VALUE]" },
    { "a rule for another reason", { nil, "rule", 1, 22 },
      AT .. "syscalls[1]: libseccomp does not take this rule (errno 22) [E_CONFIG_VALUE]" },
    { "what it combines wrongly", { nil, "combination", 2, 95 },
      AT .. "syscalls[2]: libseccomp does not combine it rightly with the other rules for the same call "
        .. "[E_CONFIG_UNSUPPORTED]" },
    { "a filter that is too long", { nil, "size", 1, 5000 },
      "linux.seccomp: compiles to 5000 instructions, 4096 are the most that the kernel takes [E_CONFIG_VALUE]" },
    { "a library out of order", { nil, "library", 1, 12 },
      "linux.seccomp: libseccomp makes no filter of it (errno 12) [E_INTERPRETER]" },
  }) do
    it("says where libseccomp refuses " .. row[1], function()
      local patch = seccomp({ architectures = '["SCMP_ARCH_X86_64","SCMP_ARCH_X86"]', syscalls =
        '[{"names":["a"],"action":"SCMP_ACT_ALLOW"},{"names":["a"],"action":"SCMP_ACT_KILL"},'
        .. '{"names":["b"],"action":"SCMP_ACT_ERRNO"}]' })
      assert.equal(row[3], (helper.refusal(helper.bundle(patch), nil, row[2])))
    end)
  end
end)
