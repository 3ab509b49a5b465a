-- The whole interpretation: config.json and facts to steps, a pure function. Called once by the host.
local json = require("lib.json")
local node = require("lib.node")
local on_demand = require("on_demand")
local order = require("order")

local M = {}

-- The list of a phase's steps, each three elements: how it is appended, origin, fields.
local function steps_of(phases, number)
  if not phases[number] then
    phases[number] = {}
    phases.numbers[#phases.numbers + 1] = number
  end
  return phases[number]
end

-- A core that keeps the steps instead of appending them to the plan: what the areas call. Compiling is no step.
local function collector(core, phases)
  return setmetatable({ compile_seccomp = core.compile_seccomp, syscall_known = core.syscall_known }, {
    __index = function(plan, name)
      local op = core.ops[name] or error("no operation " .. tostring(name))
      local steps, append = steps_of(phases, op.phase), core[name]
      plan[name] = function(origin, fields)
        local n = #steps
        steps[n + 1], steps[n + 2], steps[n + 3] = append, origin, fields
      end
      return plan[name]
    end,
  })
end

-- Ascending phase; steps of one phase stay in the order in which the areas gave them.
local function append_all(phases)
  table.sort(phases.numbers)
  for _, number in ipairs(phases.numbers) do
    local steps = phases[number]
    for i = 1, #steps, 3 do
      steps[i](steps[i + 1], steps[i + 2])
    end
  end
end

-- Whether the bundle has what an area is about.
local function is_asked(config, keys)
  local property = config
  for _, key in ipairs(keys or {}) do
    property = property:get(key)
  end
  return property:present()
end

-- text: config.json's bytes. facts: core/plan/facts.h. core: core/interpreter/binding.h.
function M.run(text, facts, core)
  local config = node.root(json.decode(text))
  local phases = { numbers = {} }
  local plan = collector(core, phases)
  for _, area in ipairs(order) do
    if is_asked(config, on_demand[area]) then
      require(area).translate(config, facts, plan)
    end
  end
  append_all(phases)
end

return M
