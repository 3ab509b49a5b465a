local helper = require("helper")

local function rdt(text)
  return { ["linux.intelRdt"] = text }
end

describe("oci.intel_rdt", function()
  local LINE = "linux.intelRdt: classes of Intel RDT (resctrl) are not given by the shim [E_CONFIG_UNSUPPORTED]"

  helper.refuses({
    { "a class", rdt('{"closID":"a"}'), LINE,
      "leave it out, and put the container's pid into a class prepared by root, from --pid-file" },
    { "an empty object, which is a class named after the id", rdt("{}"), LINE },
    { "schemata", rdt('{"schemata":["L3:0=f"]}'), LINE },
    { "monitoring", rdt('{"enableMonitoring":true}'), LINE },
  })

  it("takes null as absent", function()
    assert.equal("accepted", (helper.refusal(helper.bundle(rdt("null")))))
  end)
end)
