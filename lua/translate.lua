-- The whole interpretation: config.json and facts to steps, a pure function. Called once by the host.
local json = require("lib.json")
local node = require("lib.node")
local order = require("order")

local M = {}

-- A core that keeps the steps instead of appending them to the plan: what the areas call. Compiling is no step.
local function collector(core, steps)
  return setmetatable({ compile_seccomp = core.compile_seccomp, syscall_known = core.syscall_known }, {
    __index = function(_, name)
      local op = core.ops[name] or error("no operation " .. tostring(name))
      return function(origin, fields)
        steps[#steps + 1] = { name = name, origin = origin, fields = fields, phase = op.phase, at = #steps }
      end
    end,
  })
end

-- Ascending phase; steps of one phase stay in the order in which the areas gave them.
local function by_phase(a, b)
  if a.phase ~= b.phase then
    return a.phase < b.phase
  end
  return a.at < b.at
end

-- text: config.json's bytes. facts: core/plan/facts.h. core: core/interpreter/binding.h.
function M.run(text, facts, core)
  local config = node.root(json.decode(text))
  local steps = {}
  local plan = collector(core, steps)
  for _, area in ipairs(order) do
    require(area).translate(config, facts, plan)
  end
  table.sort(steps, by_phase)
  for _, step in ipairs(steps) do
    core[step.name](step.origin, step.fields)
  end
end

return M
