local helper = require("helper")
local paths = require("oci.unsupported_properties")

-- A bundle in which one property has a value; "mounts[].x" becomes a mount with it.
local function bundle(path, value)
  local key, rest = path:match("^([^%[]+)%[%]%.(.+)$")
  if key then
    return helper.bundle({ [key] = ('[{"destination":"/x","type":"tmpfs","%s":%s}]'):format(rest, value) })
  end
  return helper.bundle({ [path] = value })
end

describe("oci.unsupported", function()
  for _, path in ipairs(paths) do
    it("refuses " .. path .. " by name", function()
      for _, value in ipairs({ '"x"', "0", "false", "[0]", '{"x":0}' }) do
        assert.equal(path:gsub("%[%]", "[0]") .. ": this property is not supported yet [E_CONFIG_UNSUPPORTED]",
          (helper.refusal(bundle(path, value))))
      end
    end)

    it("accepts " .. path .. " that asks for nothing", function()
      for _, value in ipairs({ "null", '""', "[]", "{}", '{"x":null}' }) do
        assert.equal("accepted", (helper.refusal(bundle(path, value))))
      end
    end)
  end

  it("ignores what OCI does not know, and other platforms", function()
    local text = helper.bundle({ Linux = '{"seccomp":1}', windows = '{"x":1}', vm = "1",
      ["process.commandLine"] = '"x"', ["process.unheardOf"] = "1" })
    assert.same(helper.run(helper.bundle()), helper.run(text))
  end)
end)
