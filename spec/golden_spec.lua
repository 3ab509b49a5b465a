-- Real bundles and the plans that come of them. After a wanted change: UPDATE_GOLDEN=1 busted, then read the diff.
local golden = require("golden")
local helper = require("helper")

local update = os.getenv("UPDATE_GOLDEN") == "1"

describe("the golden plan of", function()
  for _, bundle in ipairs(golden.bundles) do
    local name, who = bundle[1], bundle[2]
    it(name .. " is as written", function()
      local plan = golden.render(helper.run(golden.config(name), golden.facts(who)))
      if update then
        local file = assert(io.open(golden.path(name, "plan"), "w"))
        file:write(plan)
        file:close()
      end
      assert.equal(helper.read_file(golden.path(name, "plan")), plan)
    end)
  end

  it("all bundles together has every operation", function()
    local missing = {}
    for operation in pairs(helper.ops) do
      missing[operation] = true
    end
    for _, bundle in ipairs(golden.bundles) do
      for _, step in ipairs(helper.run(golden.config(bundle[1]), golden.facts(bundle[2]))) do
        missing[step.name] = nil
      end
    end
    assert.same({}, missing)
  end)
end)
