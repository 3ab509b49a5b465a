-- Known OCI properties that are not performed. Each is refused by name when a bundle asks for it: present, and
-- not null, "", [] or {}. Whoever implements one takes its line out here.
return {
  "mounts[].gidMappings",
  "mounts[].uidMappings",
  "linux.netDevices",
}
