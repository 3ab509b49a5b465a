-- What the specs of linux.resources share.
local busted = require("busted")
local expect = require("luassert")
local helper = require("helper")

local M = {}

function M.at(path, text)
  return { ["linux.resources." .. path] = text }
end

-- "FILE = VALUE" of each write; "?" behind it where the file may be missing, "|" where one of two has to be there.
function M.writes(patch, given)
  local shown = {}
  for i, step in ipairs(helper.steps("cgroup_file", patch, given)) do
    shown[i] = ("%s = %s%s"):format(step.name, step.value, ({ [0] = "", "?", "|" })[step.missing])
  end
  return shown
end

-- One `it` for each row { name, patch, expected writes }.
function M.gives(rows)
  for _, row in ipairs(rows) do
    busted.it("writes " .. row[1], function()
      expect.same(row[3], M.writes(row[2]))
    end)
  end
end

function M.warnings(patch)
  local shown = {}
  for i, step in ipairs(helper.steps("warning", patch)) do
    shown[i] = step.text
  end
  return shown
end

return M
