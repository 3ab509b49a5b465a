# linux.memoryPolicy on a machine of two nodes
load ../e2e/helper

policy() { # MODE NODES WORD...
  edit --arg mode "$1" --arg nodes "$2" '.linux.memoryPolicy = {mode: $mode, nodes: $nodes}'
  cp "$TOOLS/attributes" "$B/rootfs/bin/"
  command_is /bin/attributes mempolicy memory
  run_container
}

shows() { succeeds && same "inside" "$output" "$1"; }

@test "memoryPolicy: memory comes from the node that it is bound to" {
  user_bundle locald-service.json
  policy MPOL_BIND 1
  shows $'mode 0x2 nodes 0x2\nnode 1'
  policy MPOL_BIND 0
  shows $'mode 0x2 nodes 0x1\nnode 0'
  policy MPOL_PREFERRED_MANY 1
  shows $'mode 0x5 nodes 0x2\nnode 1'
}

@test "memoryPolicy: interleaved over a list and a range" {
  root_bundle runc-spec.json
  policy MPOL_INTERLEAVE 0,1
  succeeds
  same "mode" "${lines[0]}" "mode 0x3 nodes 0x3"
  policy MPOL_INTERLEAVE 0-1
  same "mode" "${lines[0]}" "mode 0x3 nodes 0x3"
}

@test "memoryPolicy: nodes outside of the cpuset are the kernel's error, at its place" {
  root_bundle runc-spec.json
  edit '.linux.resources.cpu.mems = "0" | .linux.namespaces += [{type: "cgroup"}]'
  policy MPOL_BIND 1
  fails 125 E_PROCESS "linux.memoryPolicy: setting the memory policy: Invalid argument"
}
