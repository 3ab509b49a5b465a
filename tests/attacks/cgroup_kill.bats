# admin cgroup kill --path PATH: ends a container of the caller's, and nobody else's.
load ../e2e/helper

kills() { capture as_user "$SHIM" admin cgroup kill --path "$1"; }

with_cgroup() {
  user_bundle runc-spec-rootless.json
  edit --arg path "$1" 'del(.linux.resources) | .linux.cgroupsPath = $path'
  script "trap '' TERM; (trap '' TERM; setsid sleep 300) & while :; do sleep 1; done"
  start
}

@test "cgroup kill: the caller's container ends, its cgroup goes; again: it is gone, which is well" {
  with_cgroup /locald/kill/leaf
  kills /locald/kill/leaf
  succeeds
  [ ! -e "$(cgroup_mount)/locald/kill/leaf" ]
  ended
  same "the shim's status" "$status" 137
  kills /locald/kill/leaf
  succeeds
  kills /locald/never/was
  succeeds
}

# Somebody else's containers.
@test "cgroup kill: another uid's container is refused and goes on; root may end it" {
  with_cgroup /locald/kill/leaf
  capture setpriv --reuid 64001 --regid 64001 --clear-groups -- "$SHIM" admin cgroup kill --path /locald/kill/leaf
  fails 125 E_AUTHORITY --path
  kill -0 "$INIT_PID"
  capture "$SHIM" admin cgroup kill --path /locald/kill/leaf
  succeeds
  ended
}

# Everybody's containers at once, or the host's services.
@test "cgroup kill: paths that are no leaf below locald's root are refused" {
  with_cgroup /locald/kill/leaf
  mkdir -p "$(cgroup_mount)/other.slice"
  local path
  for path in / /locald /locald/ /locald.slice /locald.slice/.. /locald/kill/.. /locald/../other.slice /other.slice "/locald//kill" \
    locald/kill/leaf /locald/kill/leaf/ $'/locald/\n' /locald/pin /locald/cgroup.procs "/locald/$(printf '%0600d' 1)"; do
    kills "$path"
    [ "$status" = 125 ] || { echo "path: $path: $status"; rmdir "$(cgroup_mount)/other.slice"; return 1; }
    has "$path" "$stderr" "locald-shim: error: --path"
  done
  rmdir "$(cgroup_mount)/other.slice"
  kills /locald/kill # a directory above a leaf is nobody's
  fails 125 E_AUTHORITY --path
  kills ""
  fails 125 E_USAGE "command line"
  capture as_user "$SHIM" admin cgroup kill
  fails 125 E_USAGE --path
  kill -0 "$INIT_PID"
  kills /locald/kill/leaf
  succeeds
  ended
}

@test "cgroup kill: a root caller can't end what is no container's either" {
  mkdir -p "$(cgroup_mount)/other.slice"
  capture "$SHIM" admin cgroup kill --path /other.slice
  rmdir "$(cgroup_mount)/other.slice"
  fails 125 E_AUTHORITY --path
}

# A frozen cgroup that nobody could end.
@test "cgroup kill: a frozen container ends" {
  with_cgroup /locald/kill/leaf
  echo 1 > "$(cgroup_mount)/locald/kill/leaf/cgroup.freeze"
  kills /locald/kill/leaf
  succeeds
  ended
}

# A container whose cgroup is its own, as OCI says, says that it is somebody else's.
@test "cgroup kill: whom a leaf belongs to stands where the container can't write, also when the leaf is the container's" {
  user_bundle runc-spec-rootless.json
  edit '.linux.cgroupsPath = "/locald/kill/leaf" | del(.linux.resources) | .linux.namespaces += [{type: "cgroup"}]
    | (.mounts[] | select(.type == "cgroup") | .options) |= map(select(. != "ro"))'
  script "while :; do sleep 1; done"
  start
  local leaf="$(cgroup_mount)/locald/kill/leaf"
  same "the leaf's owner" "$(stat -c %u "$leaf")" "$TEST_UID"
  capture as_user payload setxattr "$leaf" user.locald.uid 64001
  capture as_user payload setxattr "$leaf/cgroup.kill" user.locald.uid 64001
  [ "$status" != 0 ]
  capture setpriv --reuid 64001 --regid 64001 --clear-groups -- "$SHIM" admin cgroup kill --path /locald/kill/leaf
  fails 125 E_AUTHORITY --path
  kills /locald/kill/leaf
  succeeds
  ended
}
