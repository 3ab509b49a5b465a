local helper = require("helper")

describe("oci.version", function()
  for _, version in ipairs({
    "1.0.0", "1.0.2-dev", "1.1.0+dev", "1.2.0-rc.1", "1.3.0", "1.999.0", "1.0.0-alpha-1.x.7+build.01",
  }) do
    it("accepts " .. version, function()
      assert.same({ { oci_version = version, annotations = "{}" } },
        helper.steps("state", { ociVersion = '"' .. version .. '"' }))
    end)
  end

  helper.translates("state", {
    { "annotations as sorted JSON", { annotations = [[{"b.c/d":"x\"\n","a":"","\u00e4":"/"}]] },
      { { oci_version = "1.0.2", annotations = '{"a":"","b.c/d":"x\\"\\u000a","ä":"/"}' } } },
    { "null annotations", { annotations = "null" }, { { oci_version = "1.0.2", annotations = "{}" } } },
  })

  local function no_version(text)
    return ('ociVersion: "%s" is no version of the form 1.2.3 (SemVer 2.0.0) [E_CONFIG_VALUE]'):format(text)
  end

  helper.refuses({
    { "no version", { ociVersion = false }, "ociVersion: required, but missing [E_CONFIG_MISSING]" },
    { "a number", { ociVersion = "1" }, "ociVersion: expected string, got number [E_CONFIG_TYPE]" },
    { "an empty version", { ociVersion = '""' }, "ociVersion: must not be empty [E_CONFIG_VALUE]" },
    { "two numbers", { ociVersion = '"1.0"' }, no_version("1.0") },
    { "four numbers", { ociVersion = '"1.0.0.0"' }, no_version("1.0.0.0") },
    { "a v in front", { ociVersion = '"v1.0.0"' }, no_version("v1.0.0") },
    { "a leading zero", { ociVersion = '"1.00.0"' }, no_version("1.00.0") },
    { "an empty pre-release", { ociVersion = '"1.0.0-"' }, no_version("1.0.0-") },
    { "a leading zero in the pre-release", { ociVersion = '"1.0.0-01"' }, no_version("1.0.0-01") },
    { "an empty build part", { ociVersion = '"1.0.0+a..b"' }, no_version("1.0.0+a..b") },
    { "version 0", { ociVersion = '"0.9.0"' },
      "ociVersion: version 0.9.0 is not supported, only 1.x is [E_CONFIG_UNSUPPORTED]" },
    { "version 2", { ociVersion = '"2.0.0"' },
      "ociVersion: version 2.0.0 is not supported, only 1.x is [E_CONFIG_UNSUPPORTED]" },
    { "annotations as a list", { annotations = '["a"]' }, "annotations: expected object, got array [E_CONFIG_TYPE]" },
    { "an annotation that is no string", { annotations = '{"a.b":1}' },
      'annotations["a.b"]: expected string, got number [E_CONFIG_TYPE]' },
    { "an annotation that is null", { annotations = '{"a":null}' },
      'annotations["a"]: expected string, got null [E_CONFIG_TYPE]' },
    { "an annotation without a key", { annotations = '{"":"x"}' },
      'annotations[""]: an annotation\'s key must not be empty [E_CONFIG_VALUE]' },
    { "an annotation's key with a NUL", { annotations = [[{"\u0000":"x"}]] },
      'annotations["\\u0000"]: an annotation\'s key must not contain a NUL character [E_CONFIG_VALUE]' },
    { "annotations that are too long", { annotations = ('{"a":"%s"}'):format(("x"):rep(65536)) },
      "annotations: at most 65536 bytes as JSON, got 65544 [E_CONFIG_VALUE]" },
  })
end)
