local helper = require("helper")

local MAPS = ',"uidMappings":[{"containerID":0,"hostID":1000,"size":10},{"containerID":10,"hostID":5000,"size":1}],'
  .. '"gidMappings":[{"containerID":1,"hostID":2000,"size":20}]'

local function mount(options, more)
  return { mounts = ('[{"destination":"/x","source":"/src","options":[%s]%s}]'):format(options, more or "") }
end

-- With a user namespace whose maps are 0 -> 100000.
local function in_userns(options, more)
  local patch = mount(options, more)
  patch["linux.namespaces"] = '[{"type":"pid"},{"type":"mount"},{"type":"user"}]'
  patch["linux.uidMappings"] = '[{"containerID":0,"hostID":100000,"size":7}]'
  patch["linux.gidMappings"] = '[{"containerID":0,"hostID":100000,"size":8}]'
  return patch
end

local function step(given)
  local fields = { source = "/src", recursive = 0, everywhere = 0, uids = { 0, 1000, 10, 10, 5000, 1 },
    gids = { 1, 2000, 20 }, target = "/x" }
  for key, value in pairs(given) do
    fields[key] = value
  end
  return { fields }
end

local CONTAINER = { uids = { 0, 100000, 7 }, gids = { 0, 100000, 8 } }

describe("oci.mount_idmap", function()
  helper.translates("idmapped", {
    { "a bind without", mount('"bind"'), {} },
    { "empty mappings", mount('"bind"', ',"uidMappings":[],"gidMappings":[]'), {} },
    { "mappings and idmap", mount('"bind","idmap"', MAPS), step({}) },
    { "mappings without the word", mount('"rbind"', MAPS), step({ recursive = 1 }) },
    { "ridmap", mount('"rbind","ridmap"', MAPS), step({ recursive = 1, everywhere = 1 }) },
    { "ridmap and idmap", mount('"rbind","ridmap","idmap"', MAPS), step({ recursive = 1, everywhere = 1 }) },
    { "the container's maps", in_userns('"bind","idmap"'), step(CONTAINER) },
    { "its own maps before the container's", in_userns('"bind","idmap"', MAPS), step({}) },
  })

  it("tells the bind which tree to take", function()
    local map = '"uidMappings":[{"containerID":0,"hostID":1,"size":1}],'
      .. '"gidMappings":[{"containerID":0,"hostID":1,"size":1}]'
    local binds = helper.steps("bind", { mounts = '[{"destination":"/a","source":"/s","options":["bind"],' .. map
      .. '},{"destination":"/b","source":"/s","options":["bind"]}]' })
    assert.same({ 1, 0 }, { binds[1].tree, binds[2].tree })
  end)

  local function many(count)
    return { mounts = "[" .. ('{"destination":"/x","source":"/s","options":["bind"]' .. MAPS .. "},"):rep(count - 1)
      .. '{"destination":"/x","source":"/s","options":["bind"]' .. MAPS .. "}]" }
  end

  it("takes 128", function()
    assert.equal(128, #helper.steps("idmapped", many(128)))
  end)

  local NONE = "there are no ids to map: neither the mount has mappings nor the container [E_CONFIG_VALUE]"
  local PAIR = "required, but missing: uidMappings and gidMappings of a mount come together [E_CONFIG_MISSING]"
  helper.refuses({
    { "129", many(129), "mounts[128].uidMappings (/x): at most 128 mounts of a bundle can be idmapped "
      .. "[E_CONFIG_VALUE]" },
    { "idmap without any maps", mount('"bind","idmap"'), "mounts[0].options[1] (/x): " .. NONE,
      "give the mount uidMappings and gidMappings, or the container a new user namespace" },
    { "ridmap without any maps", mount('"rbind","ridmap"'), "mounts[0].options[1] (/x): " .. NONE },
    { "uidMappings alone", mount('"bind"', ',"uidMappings":[{"containerID":0,"hostID":1,"size":1}]'),
      "mounts[0].gidMappings (/x): " .. PAIR },
    { "gidMappings alone", mount('"bind","idmap"', ',"gidMappings":[{"containerID":0,"hostID":1,"size":1}]'),
      "mounts[0].uidMappings (/x): " .. PAIR },
    { "an extent without a size", mount('"bind"', ',"uidMappings":[{"containerID":0,"hostID":1}],"gidMappings":[]'),
      "mounts[0].uidMappings[0].size (/x): required, but missing [E_CONFIG_MISSING]" },
    { "an extent of nothing", mount('"bind"', ',"uidMappings":[{"containerID":0,"hostID":1,"size":0}]'),
      "mounts[0].uidMappings[0].size (/x): must be between 1 and 4294967295, got 0 [E_CONFIG_VALUE]" },
    { "extents that overlap", mount('"bind"', ',"uidMappings":[{"containerID":0,"hostID":1,"size":5},'
      .. '{"containerID":9,"hostID":2,"size":1}]'),
      "mounts[0].uidMappings[1] (/x): overlaps mounts[0].uidMappings[0] [E_CONFIG_VALUE]" },
    { "a new file system", { mounts = '[{"destination":"/x","type":"tmpfs","options":["idmap"]}]' },
      "mounts[0].options[0] (/x): only a bind mount can be idmapped [E_CONFIG_UNSUPPORTED]" },
    { "mappings of a new file system", { mounts = '[{"destination":"/x","type":"tmpfs"' .. MAPS .. "}]" },
      "mounts[0].uidMappings (/x): only a bind mount can be idmapped [E_CONFIG_UNSUPPORTED]" },
    { "a user namespace that is joined", { mounts = mount('"bind","idmap"').mounts,
      ["linux.namespaces"] = '[{"type":"pid"},{"type":"mount"},{"type":"user","path":"/a"}]' },
      "mounts[0].options[1] (/x): " .. NONE },
    { "a user namespace without maps of its own", { mounts = mount('"bind","idmap"').mounts,
      ["linux.namespaces"] = '[{"type":"pid"},{"type":"mount"},{"type":"user"}]' },
      "linux.uidMappings: required with a user namespace, but missing [E_CONFIG_MISSING]" },
  })
end)

describe("oci.mount_idmap for a caller who is not root", function()
  local HINT = "the kernel asks for CAP_SYS_ADMIN over the file system itself, which a user namespace can't give"
  helper.refuses({
    { "idmap", mount('"bind","idmap"'), "mounts[0].options[1] (/x): only root may have an idmapped mount "
      .. "[E_AUTHORITY]", HINT },
    { "ridmap", mount('"rbind","ridmap"', MAPS), "mounts[0].options[1] (/x): only root may have an idmapped mount "
      .. "[E_AUTHORITY]", HINT },
    { "mappings", mount('"bind"', MAPS), "mounts[0].uidMappings (/x): only root may have an idmapped mount "
      .. "[E_AUTHORITY]", HINT },
  }, helper.user())
end)
