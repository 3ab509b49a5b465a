-- Areas that have nothing to say where the bundle does not have their property, which is most often so. These modules
-- are not even loaded then: loading all of them takes as long as interpreting a small bundle.
return {
  ["oci.device_rules"] = { "linux", "resources", "devices" },
  ["oci.devices"] = { "linux", "devices" },
  ["oci.exec_cpu_affinity"] = { "process", "execCPUAffinity" },
  ["oci.hooks"] = { "hooks" },
  ["oci.intel_rdt"] = { "linux", "intelRdt" },
  ["oci.io_priority"] = { "process", "ioPriority" },
  ["oci.memory_policy"] = { "linux", "memoryPolicy" },
  ["oci.net_devices"] = { "linux", "netDevices" },
  ["oci.oom_score"] = { "process", "oomScoreAdj" },
  ["oci.personality"] = { "linux", "personality" },
  ["oci.resources"] = { "linux", "resources" },
  ["oci.rlimits"] = { "process", "rlimits" },
  ["oci.scheduler"] = { "process", "scheduler" },
  ["oci.seccomp"] = { "linux", "seccomp" },
  ["oci.sysctl"] = { "linux", "sysctl" },
  ["oci.time_offsets"] = { "linux", "timeOffsets" },
}
