-- The areas of the interpretation, in the order in which they read the bundle. What is refused first is what the
-- user sees first; the order of the steps comes from the operations table.
--
-- An area is a module with
--   property                            the property that it stands for
--   translate(config, facts, core)      config: the document's node (lib/node.lua); calls core.NAME(origin, fields)
-- and nothing else: no state, no input but these. Some have a `read` for other areas to ask.
return {
  "oci.version",
  "oci.unsupported",
  "oci.intel_rdt",
  "oci.namespaces",
  "oci.time_offsets",
  "oci.idmaps",
  "oci.cgroup",
  "oci.resources",
  "oci.device_rules",
  "oci.root",
  "oci.mounts",
  "oci.default_devices",
  "oci.devices",
  "oci.terminal",
  "oci.hidden_paths",
  "oci.hostname",
  "oci.sysctl",
  "oci.labels",
  "oci.rlimits",
  "oci.oom_score",
  "oci.scheduler",
  "oci.io_priority",
  "oci.exec_cpu_affinity",
  "oci.personality",
  "oci.memory_policy",
  "oci.user",
  "oci.capabilities",
  "oci.seccomp",
  "oci.process",
  "oci.hooks",
}
