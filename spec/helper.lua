-- What the specs share: a recording `core` that is as strict as the host's, bundles made of small pieces, and
-- tables of rows.
local busted = require("busted")
local expect = require("luassert")
local request = require("seccomp_request")
local translate = require("translate")

local M = {}

-- The operations table, read from core/plan/ops.def:
-- name -> { phase, stage, who, most, fields = { { type, name, bound } } }.

local LIMITS = { UINT32_MAX = 4294967295, UINT64_MAX = -1 }

-- "UINT32_MAX - 1", "07777" or "64" as a number.
local function bound_of(text)
  local name, less = text:match("^(UINT%d+_MAX)%s*%-?%s*(%d*)$")
  if name then
    return LIMITS[name] - (tonumber(less) or 0)
  end
  return text:find("^0%d") and tonumber(text, 8) or assert(tonumber(text), "odd bound " .. text)
end

local function read_ops()
  local file = assert(io.open("core/plan/ops.def"))
  local text = file:read("a"):gsub("\\\n", " ")
  file:close()
  local ops = {}
  for name, stage, phase, who, most in text:gmatch("OP%(([%w_]+), (%u+), (%d+), (%u+), %d+, (%d+),") do
    ops[name] = { phase = tonumber(phase), stage = stage:lower(), who = who, most = tonumber(most), fields = {} }
  end
  for name, rest in text:gmatch("#define FIELDS_([%w_]+)%(F, O%)([^\n]*)") do
    for kind, field, bound in rest:gmatch("F%(O, (%u%w+), ([%w_]+), ([^,]+),") do
      table.insert(ops[name].fields, { type = kind, name = field, bound = bound_of(bound) })
    end
  end
  return ops
end

M.ops = read_ops()

local STR_MAX = 131071
local ORIGIN_MAX = 255

local function is_string(value, most)
  return type(value) == "string" and #value <= most and not value:find("\0", 1, true)
end

local function is_list(value, most, fits)
  if type(value) ~= "table" or #value > most then
    return false
  end
  local count = 0
  for _, element in pairs(value) do
    count = count + 1
    if not fits(element) then
      return false
    end
  end
  return count == #value
end

local function is_u32(value)
  return math.type(value) == "integer" and value >= 0 and value <= 4294967295
end

local FITS = {
  U32 = function(value, bound)
    return is_u32(value) and value <= bound
  end,
  U64 = function(value, bound)
    return math.type(value) == "integer" and not math.ult(bound, value)
  end,
  STR = is_string,
  STRS = function(value, bound)
    return is_list(value, bound, function(element)
      return is_string(element, STR_MAX)
    end)
  end,
  U32S = function(value, bound)
    return is_list(value, bound, is_u32)
  end,
}

local function check_step(name, op, origin, fields)
  assert(is_string(origin, ORIGIN_MAX), name .. ": bad origin")
  local known = {}
  for _, field in ipairs(op.fields) do
    known[field.name] = true
    local value = fields[field.name]
    assert(value ~= nil, ("%s: field %s is missing"):format(name, field.name))
    assert(FITS[field.type](value, field.bound),
      ("%s: field %s does not fit %s: %s"):format(name, field.name, field.type, tostring(value)))
  end
  for field in pairs(fields) do
    assert(known[field], ("%s: no field %s"):format(name, field))
  end
end

-- The stand-in for libseccomp: what it was asked is kept in core.requests, and it answers what the spec says.
M.PROGRAM = { 6, 2147418112 } -- return SECCOMP_RET_ALLOW

local function compile(core, answer)
  return function(bytes)
    table.insert(core.requests, request.decode(bytes))
    return table.unpack(answer or { M.PROGRAM })
  end
end

-- A core that records and fails on a step that the host would not take. answer: what core.compile_seccomp returns.
function M.core(answer)
  local core = { ops = M.ops, steps = {}, requests = {} }
  core.compile_seccomp = compile(core, answer)
  core.syscall_known = function(name)
    return name:sub(1, 7) ~= "no_such"
  end
  local last = 0
  for name, op in pairs(M.ops) do
    core[name] = function(origin, fields)
      check_step(name, op, origin, fields)
      assert(op.phase >= last, name .. ": phases must ascend")
      last = op.phase
      table.insert(core.steps, { name = name, origin = origin, fields = fields })
    end
  end
  return core
end

-- Facts. A root caller, and the unprivileged one of the fixtures.

local KNOWN = (1 << 41) - 1

local function facts(caller, cgroup_mount)
  return { caller = caller, capabilities = KNOWN, capabilities_known = KNOWN, cgroup_mount = cgroup_mount,
    cgroup_root = "/locald.slice", cgroup_roots = { "/locald.slice", "/locald" },
    cgroup_controllers = "cpuset cpu io memory hugetlb pids rdma misc" }
end

function M.root(cgroup_mount)
  return facts({ uid = 0, gid = 0, is_root = true, uid_ranges = {}, gid_ranges = {} },
    cgroup_mount or "/sys/fs/cgroup")
end

function M.user(cgroup_mount)
  return facts({
    uid = 1000,
    gid = 1000,
    is_root = false,
    uid_ranges = { { first = 100000, count = 65536 } },
    gid_ranges = { { first = 100000, count = 65536 } },
  }, cgroup_mount or "/sys/fs/cgroup")
end

-- Bundles. A bundle is written as path -> JSON text, over a base that is the least a bundle has.

M.root_base = {
  ociVersion = '"1.0.2"',
  ["root.path"] = '"rootfs"',
  ["process.args"] = '["sh"]',
  ["process.cwd"] = '"/"',
  ["linux.namespaces"] = '[{"type":"pid"},{"type":"mount"}]',
}

local USER_BASE = {
  ["linux.namespaces"] = '[{"type":"pid"},{"type":"mount"},{"type":"user"}]',
  ["linux.uidMappings"] = '[{"containerID":0,"hostID":1000,"size":1}]',
  ["linux.gidMappings"] = '[{"containerID":0,"hostID":1000,"size":1}]',
}

local function covers(path, other)
  return other:sub(1, #path + 1) == path .. "."
end

local function merge(base, patch)
  local merged = {}
  for path, text in pairs(base) do
    local keep = true
    for changed in pairs(patch) do
      keep = keep and not covers(changed, path) and not covers(path, changed)
    end
    merged[path] = keep and text or nil
  end
  for path, text in pairs(patch) do
    merged[path] = text or nil
  end
  return merged
end

local function render(tree)
  if type(tree) == "string" then
    return tree
  end
  local parts = {}
  for key, value in pairs(tree) do
    parts[#parts + 1] = ("%q:%s"):format(key, render(value))
  end
  table.sort(parts)
  return "{" .. table.concat(parts, ",") .. "}"
end

-- The text of a config.json: the base with a patch over it; false takes a property out.
function M.bundle(patch, base)
  local tree = {}
  for path, text in pairs(merge(base or M.root_base, patch or {})) do
    local place = tree
    for key in path:gmatch("([^.]+)%.") do
      place[key] = place[key] or {}
      place = place[key]
    end
    place[path:match("[^.]+$")] = text
  end
  return render(tree)
end

function M.user_bundle(patch)
  return M.bundle(patch, merge(M.root_base, USER_BASE))
end

-- Running.

function M.run(text, given, answer)
  local core = M.core(answer)
  translate.run(text, given or M.root(), core)
  return core.steps, core.requests
end

-- The fields of all steps of one operation that a patched bundle gives.
function M.steps(name, patch, given)
  given = given or M.root()
  local text = given.caller.is_root and M.bundle(patch) or M.user_bundle(patch)
  local found = {}
  for _, step in ipairs(M.run(text, given)) do
    if step.name == name then
      table.insert(found, step.fields)
    end
  end
  return found
end

-- The error of a bundle as the one line that the user reads, without "locald-shim: error: ".
function M.refusal(text, given, answer)
  local ok, raised = pcall(M.run, text, given, answer)
  if ok then
    return "accepted"
  elseif type(raised) ~= "table" then
    error(raised, 0)
  end
  local subject = raised.subject and (" (%s)"):format(raised.subject) or ""
  return ("%s%s: %s [%s]"):format(raised.where, subject, raised.what, raised.code), raised.hint
end

-- One `it` for each row { name, patch, the whole line, hint (optional) }.
function M.refuses(rows, given)
  for _, row in ipairs(rows) do
    busted.it("refuses " .. row[1], function()
      given = given or M.root()
      local text = given.caller.is_root and M.bundle(row[2]) or M.user_bundle(row[2])
      local line, hint = M.refusal(text, given)
      expect.equal(row[3], line)
      if row[4] then
        expect.equal(row[4], hint)
      end
    end)
  end
end

-- One `it` for each row { name, patch, expected fields of the operation's steps }.
function M.translates(operation, rows, given)
  for _, row in ipairs(rows) do
    busted.it("translates " .. row[1], function()
      expect.same(row[3], M.steps(operation, row[2], given))
    end)
  end
end

function M.read_file(path)
  local file = assert(io.open(path))
  local text = file:read("a")
  file:close()
  return text
end

return M
