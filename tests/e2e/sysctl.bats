# linux.sysctl
load helper

# In this order: a network, an ipc, a message queue's, a uts namespace's.
SHOWN='cd /proc/sys; cat net/ipv4/ip_default_ttl kernel/sem fs/mqueue/msg_max kernel/domainname'

host_values() { sh -c "$SHOWN; cat net/ipv4/ip_unprivileged_port_start net/ipv4/ip_local_reserved_ports kernel/shm_rmid_forced user/max_mnt_namespaces"; }

setup_file() { host_values > "$BATS_FILE_TMPDIR/host"; }
teardown_file() { same "the host's own parameters" "$(host_values)" "$(cat "$BATS_FILE_TMPDIR/host")"; }

network() { edit '.linux.namespaces += [{type: "network"}]'; }
sysctl() { edit --argjson p "$1" '.linux.sysctl = $p'; }

@test "root: parameters of the container's network, ipc and uts namespaces, and not of the host's" {
  root_bundle runc-spec.json
  sysctl '{"net.ipv4.ip_default_ttl": "77", "kernel.sem": "251 32001 101 129", "fs/mqueue/msg_max": "11",
    "kernel.domainname": "example.org"}'
  inside "$SHOWN"
  succeeds
  same "ttl" "${lines[0]}" 77
  same "sem" "${lines[1]}" $'251\t32001\t101\t129'
  same "msg_max" "${lines[2]}" 11
  same "domainname" "${lines[3]}" example.org
  same "host" "$(host_values)" "$(cat "$BATS_FILE_TMPDIR/host")"
}

@test "a dot in the name of an interface, in both forms of a name" {
  root_bundle runc-spec.json
  sysctl '{"net/ipv4/conf/lo.1/forwarding": "1"}' # there is no such interface: the kernel says so
  run_container
  fails 125 E_SYSCTL 'linux.sysctl["net/ipv4/conf/lo.1/forwarding"]: writing "1" to /proc/sys/net/ipv4/conf/lo.1/forwarding: No such file or directory'
  sysctl '{"net.ipv4.conf.lo/1.forwarding": "1"}'
  run_container
  fails 125 E_SYSCTL 'linux.sysctl["net.ipv4.conf.lo/1.forwarding"]: writing "1" to /proc/sys/net/ipv4/conf/lo.1/forwarding: No such file or directory'
  sysctl '{"net.ipv4.conf.lo.forwarding": "0", "net/ipv4/conf/default/forwarding": "0"}'
  inside 'cat /proc/sys/net/ipv4/conf/lo/forwarding /proc/sys/net/ipv4/conf/default/forwarding'
  same "forwarding" "$output" $'0\n0'
}

@test "an empty value empties a list" {
  root_bundle runc-spec.json
  sysctl '{"net.ipv4.ip_local_reserved_ports": ""}'
  inside 'cat /proc/sys/net/ipv4/ip_local_reserved_ports'
  same "status" "$status" 0
  same "ports" "$output" ""
}

@test "an unprivileged caller: a port below 1024 of the container's own network is the payload's" {
  user_bundle runc-spec-rootless.json
  network
  edit 'del(.process.capabilities) | .process.user = {uid: 0, gid: 0}'
  inside 'nc -l -p 81 -w 1 2>&1'
  has "without the sysctl" "$output" "ermission denied"
  sysctl '{"net.ipv4.ip_unprivileged_port_start": "81"}'
  inside 'nc -l -p 81 -w 1 2>&1; cat /proc/sys/net/ipv4/ip_unprivileged_port_start'
  lacks "with the sysctl" "$output" "ermission denied"
  has "the port" "$output" 81
  same "host" "$(host_values)" "$(cat "$BATS_FILE_TMPDIR/host")"
}

@test "an unprivileged caller: a limit of the container's own user namespace" {
  user_bundle runc-spec-rootless.json
  sysctl '{"user.max_mnt_namespaces": "0"}'
  edit '.process.capabilities = ({} | .bounding = ["CAP_SYS_ADMIN"] | .permitted = .bounding | .effective = .bounding)'
  inside 'cat /proc/sys/user/max_mnt_namespaces; unshare -m true 2>&1'
  same "limit" "${lines[0]}" 0
  has "unshare" "${lines[1]}" "No space left"
  same "host" "$(host_values)" "$(cat "$BATS_FILE_TMPDIR/host")"
}

# The kernel's answer to the caller's own processes is the answer to the bundle: before 6.11 it is no.
@test "an unprivileged caller: the ipc namespace's, exactly where the kernel lets the caller's own processes" {
  user_bundle runc-spec-rootless.json
  sysctl '{"kernel.shm_rmid_forced": "1"}'
  inside 'cat /proc/sys/kernel/shm_rmid_forced'
  if as_user unshare --user --map-root-user --ipc sh -c 'echo 1 > /proc/sys/kernel/shm_rmid_forced' 2>/dev/null; then
    succeeds
    same "inside" "$output" 1
  else
    fails 125 E_SYSCTL 'linux.sysctl["kernel.shm_rmid_forced"]: writing "1" to /proc/sys/kernel/shm_rmid_forced: Permission denied'
  fi
  same "host" "$(host_values)" "$(cat "$BATS_FILE_TMPDIR/host")"
}

@test "what the kernel does not take is an error that names the parameter" {
  root_bundle runc-spec.json
  sysctl '{"net.ipv4.ip_default_ttl": "many"}'
  run_container
  fails 125 E_SYSCTL 'linux.sysctl["net.ipv4.ip_default_ttl"]: writing "many" to /proc/sys/net/ipv4/ip_default_ttl: Invalid argument'
  sysctl '{"kernel.sem": "250 32000 100 128 5"}' # more numbers than there are
  run_container
  fails 125 E_SYSCTL 'linux.sysctl["kernel.sem"]'
  sysctl '{"net.ipv4.ip_default_ttl": "256"}'
  run_container
  fails 125 E_SYSCTL 'linux.sysctl["net.ipv4.ip_default_ttl"]'
}

# What is written to is attached nowhere: what an image has at /proc, or a process does to it meanwhile, can't be in the
# way (CVE-2019-16884, CVE-2025-52881; tests/attacks).
@test "an image with a false /proc, or none, gets its parameters all the same" {
  root_bundle runc-spec.json
  local false_file="$B/rootfs/proc/sys/net/ipv4/ip_default_ttl" show='ping -c 1 127.0.0.1 | sed -n "s/.*ttl=\([0-9]*\).*/\1/p"'
  mkdir -p "${false_file%/*}"
  echo 1 > "$false_file"
  sysctl '{"net.ipv4.ip_default_ttl": "77"}'
  edit '.process.capabilities = ({bounding: ["CAP_NET_RAW"]} | .permitted = .bounding | .effective = .bounding)
    | .mounts |= map(select(.destination | startswith("/proc") | not)) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
  inside "cat /proc/sys/net/ipv4/ip_default_ttl; $show"
  succeeds
  same "the false file and the packets" "$output" $'1\n77'
  rm -r "$B/rootfs/proc"
  inside "$show; ls -d /proc 2>&1"
  has "without a /proc" "$output" $'77\nls: /proc: No such'
}

@test "without a new pid namespace: root can have them, a user namespace can't mount the procfs that it takes" {
  root_bundle runc-spec.json
  edit '.linux.namespaces |= map(select(.type != "pid"))'
  sysctl '{"net.ipv4.ip_default_ttl": "77"}'
  inside 'cat /proc/sys/net/ipv4/ip_default_ttl'
  same "root" "$output" 77
  user_bundle runc-spec-rootless.json "$T/b2"
  network
  edit '.linux.namespaces |= map(select(.type != "pid"))
    | .mounts |= map(if .destination == "/proc" then {destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]} else . end)'
  inside 'echo without'
  same "without a sysctl" "$output" without
  sysctl '{"net.ipv4.ip_default_ttl": "77"}'
  run_container
  fails 125 E_MOUNT 'linux.sysctl["net.ipv4.ip_default_ttl"]: mount proc, for the set-up: Operation not permitted'
  has "hint" "$stderr" "proc needs a new pid namespace"
}

@test "a step more, and none for bundles without the property" {
  root_bundle runc-spec.json
  lacks "plan" "$("$SHIM" bundle plan --bundle "$B")" "sysctl"
  sysctl '{"net.ipv4.ip_default_ttl": "77"}'
  has "plan" "$("$SHIM" bundle plan --bundle "$B")" "net/ipv4/ip_default_ttl"
}
