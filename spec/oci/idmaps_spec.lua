local helper = require("helper")

local USER = '[{"type":"pid"},{"type":"mount"},{"type":"user"}]'

local function extents(...)
  local parts = {}
  for i, extent in ipairs({ ... }) do
    parts[i] = ('{"containerID":%s,"hostID":%s,"size":%s}'):format(table.unpack(extent))
  end
  return "[" .. table.concat(parts, ",") .. "]"
end

local function maps(uids, gids)
  return { ["linux.namespaces"] = USER, ["linux.uidMappings"] = uids, ["linux.gidMappings"] = gids or uids }
end

local many = {}
for i = 1, 341 do
  many[i] = { i, 100000 + i, 1 }
end

describe("oci.idmaps", function()
  helper.translates("idmap", {
    { "no user namespace", {}, {} },
    { "both maps in order", maps(extents({ 0, 1000, 1 }, { 1, 100000, 65535 }), extents({ 0, 1000, 5 })), {
      { kind = 0, inside = 0, outside = 1000, size = 1 },
      { kind = 0, inside = 1, outside = 100000, size = 65535 },
      { kind = 1, inside = 0, outside = 1000, size = 5 },
    } },
    { "numbers with an exponent or a fraction of zero", maps(extents({ "0", "1e3", "1.0" })), {
      { kind = 0, inside = 0, outside = 1000, size = 1 },
      { kind = 1, inside = 0, outside = 1000, size = 1 },
    } },
    { "the last id", maps("[{\"containerID\":0,\"hostID\":4294967294,\"size\":1}]"), {
      { kind = 0, inside = 0, outside = 4294967294, size = 1 },
      { kind = 1, inside = 0, outside = 4294967294, size = 1 },
    } },
  })
  helper.translates("setgroups", {
    { "no user namespace", {}, {} },
    { "root's own group", maps(extents({ 0, 0, 1 })), { { allow = 1 } } },
  })

  local RANGE = ": must be between 0 and 4294967294, got "
  local ID = "linux.uidMappings[0].containerID"
  helper.refuses({
    { "no map", maps(false), "linux.uidMappings: required with a user namespace, but missing [E_CONFIG_MISSING]" },
    { "an empty map", maps(extents({ 0, 0, 1 }), "[]"),
      "linux.gidMappings: required with a user namespace, but missing [E_CONFIG_MISSING]" },
    { "a map without a user namespace", { ["linux.uidMappings"] = extents({ 0, 0, 1 }) },
      "linux.uidMappings: ids can only be mapped in a user namespace [E_CONFIG_VALUE]",
      'add {"type": "user"} to linux.namespaces' },
    { "no containerID", maps('[{"hostID":0,"size":1}]'), ID .. ": required, but missing [E_CONFIG_MISSING]" },
    { "no hostID", maps('[{"containerID":0,"size":1}]'),
      "linux.uidMappings[0].hostID: required, but missing [E_CONFIG_MISSING]" },
    { "no size", maps('[{"containerID":0,"hostID":0}]'),
      "linux.uidMappings[0].size: required, but missing [E_CONFIG_MISSING]" },
    { "an id as a string", maps(extents({ '"0"', 0, 1 })), ID .. ": expected number, got string [E_CONFIG_TYPE]" },
    { "a fractional id", maps(extents({ 1.5, 0, 1 })), ID .. ": expected integer, got 1.5 [E_CONFIG_TYPE]" },
    { "a negative id", maps(extents({ -1, 0, 1 })), ID .. RANGE .. "-1 [E_CONFIG_VALUE]" },
    { "negative zero", maps(extents({ "-0", 0, 1 })), ID .. ": expected integer, got -0 [E_CONFIG_TYPE]" },
    { "id 2^32-1", maps(extents({ 4294967295, 0, 1 })), ID .. RANGE .. "4294967295 [E_CONFIG_VALUE]" },
    { "id 2^32", maps(extents({ 4294967296, 0, 1 })), ID .. RANGE .. "4294967296 [E_CONFIG_VALUE]" },
    { "id 2^53+1", maps(extents({ "9007199254740993", 0, 1 })), ID .. RANGE .. "9007199254740993 [E_CONFIG_VALUE]" },
    { "id 1e999", maps(extents({ "1e999", 0, 1 })), ID .. RANGE .. "inf [E_CONFIG_VALUE]" },
    { "size 0", maps(extents({ 0, 0, 0 })),
      "linux.uidMappings[0].size: must be between 1 and 4294967295, got 0 [E_CONFIG_VALUE]" },
    { "ids in the container over the last one", maps(extents({ 4294967294, 0, 2 })),
      "linux.uidMappings[0]: containerID 4294967294 with size 2 goes over the last id, 4294967294 [E_CONFIG_VALUE]" },
    { "ids on the host over the last one", maps(extents({ 0, 1, 4294967295 })),
      "linux.uidMappings[0]: hostID 1 with size 4294967295 goes over the last id, 4294967294 [E_CONFIG_VALUE]" },
    { "an overlap in the container", maps(extents({ 0, 0, 10 }, { 9, 100, 1 })),
      "linux.uidMappings[1]: overlaps linux.uidMappings[0] [E_CONFIG_VALUE]" },
    { "an overlap on the host", maps(extents({ 0, 0, 10 }, { 20, 9, 1 })),
      "linux.uidMappings[1]: overlaps linux.uidMappings[0] [E_CONFIG_VALUE]" },
    { "341 extents", maps(extents(table.unpack(many))),
      "linux.uidMappings: at most 340 elements, got 341 [E_CONFIG_VALUE]" },
  })
end)

describe("oci.idmaps in a user namespace of others", function()
  helper.refuses({
    { "a map in a user namespace of others", {
      ["linux.namespaces"] = '[{"type":"pid"},{"type":"mount"},{"type":"user","path":"/run/ns/user"}]',
      ["linux.uidMappings"] = extents({ 0, 0, 1 }),
    }, "linux.uidMappings: a user namespace that is joined has its maps already [E_CONFIG_VALUE]", "leave them out" },
  })
end)

describe("oci.idmaps for a caller who is not root", function()
  helper.translates("setgroups", {
    { "the own group alone", {}, { { allow = 0 } } },
    { "a delegated group too", { ["linux.gidMappings"] = extents({ 0, 1000, 1 }, { 1, 100000, 65536 }) },
      { { allow = 1 } } },
  }, helper.user())

  local two = helper.user()
  two.caller.gid_ranges = { { first = 100100, count = 50 }, { first = 100000, count = 100 } }
  helper.translates("setgroups", {
    { "an extent over two ranges that touch", {
      ["linux.gidMappings"] = extents({ 0, 1000, 1 }, { 1, 100050, 100 }),
    }, { { allow = 1 } } },
  }, two)
  helper.refuses({
    { "an extent over the end of the second range", {
      ["linux.gidMappings"] = extents({ 0, 1000, 1 }, { 1, 100050, 101 }),
    }, "linux.gidMappings[1]: host ids 100050 to 100150 are neither the caller's own gid 1000 nor delegated to the "
      .. "caller [E_AUTHORITY]" },
  }, two)

  local HINT = "only the own id (size 1) and the caller's ranges in /etc/subuid can be mapped"
  helper.refuses({
    { "host id 0", { ["linux.uidMappings"] = extents({ 0, 0, 1 }) },
      "linux.uidMappings[0]: host id 0 is neither the caller's own uid 1000 nor delegated to the caller [E_AUTHORITY]",
      HINT },
    { "the own id and the next", { ["linux.uidMappings"] = extents({ 0, 1000, 2 }) },
      "linux.uidMappings[0]: host ids 1000 to 1001 are neither the caller's own uid 1000 nor delegated to the caller "
        .. "[E_AUTHORITY]", HINT },
    { "one over the delegated range", { ["linux.gidMappings"] = extents({ 0, 1000, 1 }, { 1, 100000, 65537 }) },
      "linux.gidMappings[1]: host ids 100000 to 165536 are neither the caller's own gid 1000 nor delegated to the "
        .. "caller [E_AUTHORITY]" },
  }, helper.user())
end)
