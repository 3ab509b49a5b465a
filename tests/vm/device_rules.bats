# linux.resources.devices on a host of cgroup v2: the program that the kernel asks at each open and mknod.
load ../e2e/helper
load cgroup

with_node() { mknod "$B/rootfs/data/node" "$@"; chmod 666 "$B/rootfs/data/node"; edit '.root.readonly = false'; }
can_make='.process.capabilities |= with_entries(.value += ["CAP_MKNOD"])'

@test "the host's disk, whose node is in the image: denied as runc's default denies all, read with a rule, never written" {
  in_cgroup root runc-spec.json '{"devices": [{"allow": false, "access": "rwm"}]}'
  local disk="$(mountpoint -d /)"
  with_node b "${disk%:*}" "${disk#*:}"
  inside 'head -c 1 /data/node | wc -c'
  has "denied" "$stderr" "Operation not permitted"
  edit --argjson major "${disk%:*}" --argjson minor "${disk#*:}" \
    '.linux.resources.devices += [{allow: true, type: "b", $major, $minor, access: "r"}]'
  inside 'head -c 1 /data/node | wc -c; : >> /data/node && echo written'
  same "read" "$output" 1
  has "write" "$stderr" "Operation not permitted"
  edit '.linux.resources.devices[1].type = "c"'
  inside 'head -c 1 /data/node | wc -c'
  has "another type's rule" "$stderr" "Operation not permitted"
}

@test "mknod: denied by a rule for it, allowed without" {
  in_cgroup root runc-spec.json '{"devices": [{"allow": false, "access": "rwm"}, {"allow": false, "type": "c", "access": "m"}]}'
  edit "$can_make | .root.readonly = false"
  inside 'mknod /data/made c 1 3'
  has "denied" "$stderr" "Operation not permitted"
  edit '.linux.resources.devices |= .[:1]'
  inside 'mknod /data/made c 1 3 && stat -c "%t:%T" /data/made; mknod /data/made2 b 254 0 && cat /data/made2'
  same "made" "$output" 1:3
  has "made, not opened" "$stderr" "Operation not permitted"
}

@test "an unprivileged user's rules: a device of theirs that they deny can't be opened, the others can" {
  in_cgroup user locald-service.json '{"devices": [{"allow": false, "type": "c", "major": 1, "minor": 5, "access": "r"}]}'
  inside 'head -c 1 /dev/zero; : > /dev/zero && echo written; head -c 1 /dev/urandom | wc -c'
  has "denied" "$stderr" "Operation not permitted"
  same "the others" "$output" $'written\n1'
}

@test "a cgroup that the container makes below its own can't be used to escape the rules" {
  in_cgroup root runc-spec.json '{"devices": [{"allow": false, "access": "rwm"}]}'
  with_node c 1 11
  edit '.linux.namespaces += [{type: "cgroup"}, {type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1000}]
    | .linux.gidMappings = [{containerID: 0, hostID: 0, size: 1000}]
    | .mounts = (.mounts | map(select(.destination != "/sys/fs/cgroup")))
        + [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev"]}]'
  inside 'cd /sys/fs/cgroup && mkdir child && echo 0 > child/cgroup.procs && cat /proc/self/cgroup; : > /dev/null && echo null; : > /data/node && echo opened'
  same "in the child" "$output" $'0::/child\nnull'
  has "denied" "$stderr" "Operation not permitted"
}
