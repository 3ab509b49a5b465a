-- The kernel parameters that a namespace has for itself, by their paths below /proc/sys, and which it is: the gate has
-- the same list (gate_sysctl). A slash at the end: all below that directory.
return {
  ["net/"] = "network",
  ["user/"] = "user",
  ["fs/mqueue/"] = "ipc",
  ["kernel/msgmax"] = "ipc",
  ["kernel/msgmnb"] = "ipc",
  ["kernel/msgmni"] = "ipc",
  ["kernel/sem"] = "ipc",
  ["kernel/shmall"] = "ipc",
  ["kernel/shmmax"] = "ipc",
  ["kernel/shmmni"] = "ipc",
  ["kernel/shm_rmid_forced"] = "ipc",
  ["kernel/domainname"] = "uts", -- is done by the operation of that name
}
