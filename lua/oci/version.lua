-- ociVersion and annotations: what state.json says of the bundle. Every 1.x is accepted, newer ones too: what
-- a newer version adds is unknown, and OCI has unknown properties ignored.
local json = require("lib.json")

local M = { property = "ociVersion" }

local ANNOTATIONS_MAX = 65536

-- The identifiers of a pre-release or build suffix: not empty; numbers without leading zeros where `strict`.
local function identifiers_fit(suffix, strict)
  for identifier in (suffix .. "."):gmatch("([^.]*)%.") do
    if not identifier:find("^[%w-]+$") or strict and identifier:find("^0%d+$") then
      return false
    end
  end
  return true
end

-- The major number of a SemVer 2.0.0 version as text, or nil.
local function major_of(version)
  local core, build = version:match("^([^+]*)%+(.*)$")
  core = core or version
  local numbers, prerelease = core:match("^([%d.]+)%-(.*)$")
  local major, minor, patch = (numbers or core):match("^(%d+)%.(%d+)%.(%d+)$")
  if not major or build and not identifiers_fit(build) or prerelease and not identifiers_fit(prerelease, true) then
    return nil
  end
  for _, number in ipairs({ major, minor, patch }) do
    if number:find("^0%d") then
      return nil
    end
  end
  return major
end

local function read_version(config)
  local node = config:need("ociVersion")
  local version = node:word(64)
  local major = major_of(version)
  if not major then
    node:refuse("E_CONFIG_VALUE", json.quote(version) .. " is no version of the form 1.2.3 (SemVer 2.0.0)")
  elseif major ~= "1" then
    node:refuse("E_CONFIG_UNSUPPORTED", ("version %s is not supported, only 1.x is"):format(version))
  end
  return version
end

-- The annotations as canonical JSON: sorted, no blanks.
local function read_annotations(node)
  local parts = {}
  for i, member in ipairs(node:members()) do
    if member.key == "" then
      member.node:refuse("E_CONFIG_VALUE", "an annotation's key must not be empty")
    elseif member.key:find("\0", 1, true) then
      member.node:refuse("E_CONFIG_VALUE", "an annotation's key must not contain a NUL character")
    end
    local value = member.node:expect("string") and member.node:string()
    parts[i] = json.quote(member.key) .. ":" .. json.quote(value)
  end
  local text = "{" .. table.concat(parts, ",") .. "}"
  if #text > ANNOTATIONS_MAX then
    node:refuse("E_CONFIG_VALUE", ("at most %d bytes as JSON, got %d"):format(ANNOTATIONS_MAX, #text))
  end
  return text
end

function M.translate(config, _, core)
  core.state("ociVersion", {
    oci_version = read_version(config),
    annotations = read_annotations(config:get("annotations")),
  })
end

return M
