# linux.uidMappings, linux.gidMappings
load helper

@test "one id: root inside is the caller outside" {
  user_bundle runc-spec-rootless.json
  command_is /bin/sh -c 'id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups; exec payload ignore'
  start
  wait_for 5 says ready
  same "inside" "$(sed -n 1,2p "$OUT" | paste -sd' ')" "0 0"
  same "maps" "$(sed -n 3,5p "$OUT" | xargs)" "0 $TEST_UID 1 0 $TEST_GID 1 deny"
  same "outside" "$(awk '/^[UG]id:/ { print $2 }' "/proc/$INIT_PID/status" | paste -sd' ')" "$TEST_UID $TEST_GID"
  kill -KILL "$INIT_PID"
  ended
  same "status" "$status" 137
}

@test "delegated ranges: container ids map to them, setgroups works" {
  user_bundle runc-spec-rootless.json
  map_subordinate_ids
  edit '.process.user = {uid: 5, gid: 6, additionalGids: [7, 8]}'
  command_is /bin/sh -c 'id -u; id -G; cat /proc/self/setgroups; exec payload ignore'
  start
  wait_for 5 says ready
  same "inside" "$(sed -n 1,3p "$OUT" | paste -sd' ')" "5 6 7 8 allow"
  same "outside" "$(awk '/^Uid:/ { print $2 }' "/proc/$INIT_PID/status")" "$((SUB_UID + 4))"
  same "groups outside" "$(echo $(sed -n 's/^Groups:\t//p' "/proc/$INIT_PID/status"))" "$((SUB_GID + 6)) $((SUB_GID + 7))"
  kill -KILL "$INIT_PID"
  ended
}

@test "the user namespace belongs to nobody: the caller's other processes have no power over it" {
  user_bundle runc-spec-rootless.json
  command_is /bin/payload ignore
  start
  wait_for 5 says ready
  run as_user nsenter --target "$INIT_PID" --user true
  [ "$status" != 0 ]
  kill -KILL "$INIT_PID"
  ended
}

@test "what runs inside is not charged to root: a caller's small RLIMIT_NPROC lets its container fork" {
  user_bundle runc-spec-rootless.json
  command_is /bin/sh -c '(exec true); (exec true); echo forked'
  capture "${AS[@]}" prlimit --nproc=30:30 "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  succeeds
  same "output" "$output" forked
}

@test "root with a user namespace may map any ids" {
  root_bundle runc-spec.json
  edit '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1000}]
        | .linux.gidMappings = [{containerID: 0, hostID: 0, size: 1000}]'
  inside 'cat /proc/self/uid_map'
  succeeds
  same "map" "$(echo $output)" "0 0 1000"
}

# extents COUNT SIZE-OF-OUTSIDE: ids 0.. inside are outside that number and up, one extent each, none beside the other.
extents() {
  edit --argjson n "$1" --argjson first "$2" '[range($n) | {containerID: (2 * .), hostID: ($first + 2 * .), size: 1}] as $map
    | .linux.namespaces |= map(select(.type != "user")) + [{type: "user"}] | .linux.uidMappings = $map | .linux.gidMappings = $map'
}

@test "340 extents of each map are written, 341 are refused" {
  root_bundle runc-spec.json
  edit 'del(.mounts[] | select(.type == "sysfs")) | .mounts |= map(if .options then .options -= ["gid=5"] else . end)'
  chown -hR 1000:1000 "$B/rootfs"
  extents 340 1000
  inside 'wc -l < /proc/self/uid_map; wc -l < /proc/self/gid_map; tail -n 1 /proc/self/uid_map | tr -s " "'
  succeeds
  same "maps" "$(echo $output)" "340 340 678 1678 1"
  extents 341 1000
  run_container
  fails 125 E_CONFIG_VALUE linux.uidMappings
}

@test "a map that is longer than the kernel takes is an error that says so" {
  root_bundle runc-spec.json
  extents 340 1000000
  run_container
  fails 125 E_IDMAP linux.gidMappings
  has "what" "$stderr" "the kernel takes less than 4096 bytes"
}
