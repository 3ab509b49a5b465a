local cjson = require("cjson")
local golden = require("golden")
local helper = require("helper")
local node = require("lib.node")
local on_demand = require("on_demand")
local order = require("order")

local CODES = {
  E_AUTHORITY = true,
  E_CONFIG_JSON = true,
  E_CONFIG_MISSING = true,
  E_CONFIG_TYPE = true,
  E_CONFIG_UNSUPPORTED = true,
  E_CONFIG_VALUE = true,
}

-- What may come in place of a value.
local STRANGE = {
  cjson.null, true, false, 0, -1, 1.5, 2 ^ 32, 1e300, "", "x", "/", "a\0b", "\0i5", "\27[31m%s", ("a"):rep(5000),
  {}, { "x" }, { x = 1 }, { { { {} } } },
}

-- Calls visit(container, key) for every value in a document.
local function walk(value, visit)
  for key, child in pairs(value) do
    visit(value, key)
    if type(child) == "table" then
      walk(child, visit)
    end
  end
end

describe("translate", function()
  for _, bundle in ipairs(golden.bundles) do
    local name, who = bundle[1], bundle[2]
    local text, facts = golden.config(name), golden.facts(who)

    it("gives the same steps for the same " .. name, function()
      local first = golden.render(helper.run(text, facts))
      for _ = 1, 5 do
        assert.equal(first, golden.render(helper.run(text, facts)))
      end
    end)

  end

  for name, who in pairs({ ["debian-subuid"] = "user", terminal = "user" }) do
    local text, facts = golden.config(name), golden.facts(who)
    it("survives every strange value anywhere in " .. name, function()
      local config = cjson.decode(text)
      local count = 0
      walk(config, function(container, key)
        local value = container[key]
        for _, strange in ipairs(STRANGE) do
          container[key] = strange
          local ok, raised = pcall(helper.run, cjson.encode(config), facts)
          if not ok then
            assert.is_table(raised, ("%s: %s"):format(key, raised))
            assert.is_true(CODES[raised.code] or false)
            assert.is_string(raised.where)
            assert.is_string(raised.what)
          end
          count = count + 1
        end
        container[key] = value
      end)
      assert.is_true(count > 500)
    end)
  end

  it("survives every truncation of a bundle", function()
    local text = golden.config("terminal")
    for length = 0, #text - 3 do
      assert.truthy((helper.refusal(text:sub(1, length))):find("%[E_CONFIG_JSON%]$"))
    end
  end)

  it("lists areas that keep to their contract", function()
    for _, name in ipairs(order) do
      local area = require(name)
      assert.is_string(area.property)
      assert.is_function(area.translate)
    end
  end)

  it("leaves areas on demand out only where they have nothing to say", function()
    for name in pairs(on_demand) do
      require(name).translate(node.root({ process = { args = {} } }), helper.root(), {})
    end
  end)

  it("lists every area that there is", function()
    local listed = {}
    for _, name in ipairs(order) do
      listed[name] = true
    end
    local files = assert(io.popen("ls lua/oci"))
    for file in files:lines() do
      local name = "oci." .. file:match("^(.*)%.lua$")
      local module = require(name)
      if type(module) == "table" and module.translate then
        assert.is_true(listed[name] or false, name)
      end
    end
    files:close()
  end)
end)
