-- linux.namespaces[].type -> CLONE_NEW* (clone(2)).
return {
  cgroup = 0x02000000,
  ipc = 0x08000000,
  mount = 0x00020000,
  network = 0x40000000,
  pid = 0x20000000,
  time = 0x00000080,
  user = 0x10000000,
  uts = 0x04000000,
}
