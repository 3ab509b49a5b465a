-- docs/conformance.md can't drift: every property of OCI's schema has a row, and what a row names is there: the module,
-- the operations, the test.
local helper = require("helper")
local properties = require("oci.schema_properties")

local DOCUMENT = "docs/conformance.md"
local LEAST = 709 -- requirements of runtime-spec 1.3 that the document speaks of

-- What a row with the verdict has to name: a test, or a reason.
local VERDICTS = {
  ["enforced"] = "test",
  ["root only"] = "test",
  ["refused"] = "reason",
  ["ignored (OCI says so)"] = "reason",
  ["differs (SHOULD)"] = "reason",
  ["not ours"] = "reason",
}

local function trim(text)
  return text:match("^%s*(.-)%s*$")
end

-- The cells of a table's row; "\|" is a bar inside of one.
local function cells_of(line)
  local cells = {}
  for cell in line:gsub("\\|", "\0"):gmatch("|([^|]*)") do
    cells[#cells + 1] = trim((cell:gsub("%z", "|")))
  end
  return cells
end

local function read_rows()
  local rows = {}
  for line in helper.read_file(DOCUMENT):gmatch("[^\n]+") do
    local cells = line:find("^| `") and cells_of(line)
    if cells then
      rows[#rows + 1] = { id = cells[1]:match("^`(.*)`$"), paths = cells[2], verdict = cells[3], module = cells[4],
        operations = cells[5], shown = cells[6], line = line }
    end
  end
  return rows
end

local files = {}

local function text_of(path)
  if files[path] == nil then
    local file = io.open(path)
    files[path] = file and file:read("a") or false
    if file then
      file:close()
    end
  end
  return files[path]
end

local function is_in(path, text)
  return text_of(path) and text_of(path):find(text, 1, true) ~= nil
end

local LEAST_NAME = 4

-- "tests/e2e/x.bats: the test's name" -> whether it is there. The names of specs are put together: their end is enough.
local function is_test(text)
  local path, name = text:match("^([%w_/.-]+%.%w+): (.+)$")
  local found = path ~= nil and is_in(path, name)
  while path and not found and path:find("^spec/") and name and #name >= LEAST_NAME do
    found = is_in(path, name)
    name = name:match("^%S+ (.+)$")
  end
  return found
end

-- The tests that a cell names, each in backquotes.
local function tests_of(shown)
  local tests = {}
  for text in shown:gmatch("`([%w_/.-]+%.%w+: [^`]+)`") do
    tests[#tests + 1] = text
  end
  return tests
end

-- "linux.seccomp.syscalls[], hooks.poststop[].*" as Lua patterns.
local function patterns_of(paths)
  local patterns = {}
  for path in paths:gmatch("`([^`]+)`") do
    local pattern = path:gsub("[^%w*]", "%%%0"):gsub("%*", ".*")
    patterns[#patterns + 1] = "^" .. pattern .. "$"
  end
  return patterns
end

local rows = read_rows()

describe(DOCUMENT, function()
  it("speaks of every requirement once", function()
    local seen = {}
    for _, row in ipairs(rows) do
      assert.is_nil(seen[row.id], row.id)
      seen[row.id] = true
    end
    assert.is_true(#rows >= LEAST, #rows .. " rows")
  end)

  it("has a row for every property of OCI's schema", function()
    local patterns = {}
    for _, row in ipairs(rows) do
      for _, pattern in ipairs(patterns_of(row.paths)) do
        patterns[#patterns + 1] = pattern
      end
    end
    for _, property in ipairs(properties) do
      local found = false
      for _, pattern in ipairs(patterns) do
        found = found or property[1]:find(pattern) ~= nil
      end
      assert.is_true(found, "no row for " .. property[1])
    end
  end)

  it("gives each requirement a verdict, with a test or a reason", function()
    for _, row in ipairs(rows) do
      local wants = VERDICTS[row.verdict]
      assert.is_not_nil(wants, "no such verdict: " .. row.line)
      if wants == "test" then
        assert.is_true(#tests_of(row.shown) > 0, "no test: " .. row.line)
      else
        assert.is_true(#row.shown:gsub("`[^`]*`", "") > 8, "no reason: " .. row.line)
      end
    end
  end)

  it("names tests, modules and operations that there are", function()
    local lost = {}
    for _, row in ipairs(rows) do
      for _, test in ipairs(tests_of(row.shown)) do
        lost[#lost + 1] = not is_test(test) and "no such test: " .. row.line or nil
      end
      for module in row.module:gmatch("[%w_]+") do
        lost[#lost + 1] = text_of("lua/oci/" .. module .. ".lua") == false and "no such module: " .. row.line or nil
      end
      for operation in row.operations:gmatch("[%w_]+") do
        lost[#lost + 1] = helper.ops[operation] == nil and "no such operation: " .. row.line or nil
      end
    end
    assert.equal("", table.concat(lost, "\n"))
  end)

  it("has a row for every operation of the table", function()
    local named = {}
    for _, row in ipairs(rows) do
      for operation in row.operations:gmatch("[%w_]+") do
        named[operation] = true
      end
    end
    for operation in pairs(helper.ops) do
      assert.is_true(named[operation] or false, "no row for the operation " .. operation)
    end
  end)
end)
