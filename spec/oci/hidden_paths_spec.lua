local helper = require("helper")

describe("oci.hidden_paths", function()
  for property, operation in pairs({ maskedPaths = "mask", readonlyPaths = "readonly" }) do
    local path = "linux." .. property
    helper.translates(operation, {
      { property .. " that is absent", {}, {} },
      { property .. " in order", { [path] = '["/proc/kcore","/proc/acpi"]' },
        { { path = "/proc/kcore" }, { path = "/proc/acpi" } } },
    })
    helper.refuses({
      { "a relative path in " .. property, { [path] = '["/a","b"]' },
        path .. '[1]: must be an absolute path, got "b" [E_CONFIG_VALUE]' },
      { "a number in " .. property, { [path] = "[1]" }, path .. "[0]: expected string, got number [E_CONFIG_TYPE]" },
      { "a NUL in " .. property, { [path] = [=[["/a\u0000"]]=] },
        path .. "[0]: must not contain a NUL character [E_CONFIG_VALUE]" },
      { property .. " as a string", { [path] = '"/a"' }, path .. ": expected array, got string [E_CONFIG_TYPE]" },
    })
  end
end)
