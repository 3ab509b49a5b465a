-- Paths as text. Nothing here looks at a file system.
local M = {}

-- The path without "//", ".", ".." and a slash at the end, as the kernel would walk it if there were no links.
-- For comparisons only: the plan carries the path as the bundle has it.
function M.clean(path)
  if path:find("^/") and not path:find("//", 1, true) and not path:find("/.", 1, true) and path:sub(-1) ~= "/" then
    return path
  end
  local parts = {}
  for part in path:gmatch("[^/]+") do
    if part == ".." then
      parts[#parts] = nil
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return "/" .. table.concat(parts, "/")
end

-- Whether a clean path lies strictly below a clean directory.
function M.below(path, directory)
  return path:sub(1, #directory + 1) == directory .. "/"
end

return M
