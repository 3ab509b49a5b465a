local helper = require("helper")

local JOINED = '{"type":"uts","path":"/run/ns/uts"}'
local UTS = '[{"type":"pid"},{"type":"mount"},{"type":"uts"}]'

describe("oci.hostname", function()
  for _, key in ipairs({ "hostname", "domainname" }) do
    local function named(text)
      return { [key] = text, ["linux.namespaces"] = UTS }
    end
    helper.translates(key, {
      { "no " .. key, {}, {} },
      { "an empty " .. key, { [key] = '""' }, {} },
      { "a " .. key, named('"web"'), { { name = "web" } } },
      { "a " .. key .. " in a uts namespace of others",
        { [key] = '"web"', ["linux.namespaces"] = '[{"type":"pid"},{"type":"mount"},' .. JOINED .. "]" },
        { { name = "web" } } },
      { "a " .. key .. " of 64 bytes", named('"' .. ("a"):rep(64) .. '"'), { { name = ("a"):rep(64) } } },
    })
    helper.refuses({
      { key .. " without a uts namespace", { [key] = '"web"' },
        key .. ": needs a uts namespace: it would change the host's name [E_CONFIG_VALUE]",
        'add {"type": "uts"} to linux.namespaces' },
      { key .. " in a uts namespace of others, from a new user namespace",
        {
          [key] = '"web"',
          ["linux.namespaces"] = '[{"type":"pid"},{"type":"mount"},{"type":"user"},' .. JOINED .. "]",
          ["linux.uidMappings"] = '[{"containerID":0,"hostID":0,"size":1}]',
          ["linux.gidMappings"] = '[{"containerID":0,"hostID":0,"size":1}]',
        },
        key .. ": a new user namespace has no power over the uts namespace that is joined [E_CONFIG_VALUE]",
        "leave the name out, or the path of the uts namespace" },
      { "a long " .. key, named('"' .. ("a"):rep(65) .. '"'), key .. ": at most 64 bytes, got 65 [E_CONFIG_VALUE]" },
      { key .. " as a number", named("1"), key .. ": expected string, got number [E_CONFIG_TYPE]" },
      { key .. " with a NUL", named([["\u0000"]]), key .. ": must not contain a NUL character [E_CONFIG_VALUE]" },
    })
  end
end)
