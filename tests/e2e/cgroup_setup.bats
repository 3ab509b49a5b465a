# admin cgroup setup, and what it makes possible. The host is imitated: in a mount namespace of the test's own, cgroup2 is
# mounted where a unified host has it, and systemd does or does not seem to run. It is the one hierarchy of this host all
# the same, with the controllers that this has; the tests put everything back.
load helper

eval "shared_$(declare -f setup)"
eval "shared_$(declare -f teardown)"

setup() {
  shared_setup
  TREE="$(cgroup_mount)"
  CONTROLLERS="$(cat "$TREE/cgroup.controllers")" ENABLED="$(cat "$TREE/cgroup.subtree_control")"
  [ -n "$CONTROLLERS" ]
  undo
  HOST_BEFORE="$(host_state)"
  cat > "$T/host" <<'SH'
#!/bin/sh
# host INIT COMMAND...: the command on the imitated host
export INIT="$1"; shift
exec unshare -m sh -c '
  umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && mount -t tmpfs none /run || exit 99
  [ "$INIT" != systemd ] || mkdir -p /run/systemd/system
  exec "$@"' sh "$@"
SH
  chmod 755 "$T/host"
}

# What docs/cgroups.md says.
undo() {
  local root controller
  for root in locald locald.slice; do
    [ ! -d "$TREE/$root/pin" ] || rmdir "$TREE/$root/pin"
    [ ! -d "$TREE/$root" ] || rmdir "$TREE/$root"
  done
  for controller in $CONTROLLERS; do echo "-$controller" > "$TREE/cgroup.subtree_control"; done
}

teardown() {
  local status=0 controller pid
  for pid in "${STARTED[@]}"; do ! kill -KILL "$pid" 2>/dev/null || wait "$pid" || true; done
  undo || status=1
  shared_teardown || status=1
  for controller in $ENABLED; do echo "+$controller" > "$TREE/cgroup.subtree_control"; done
  return "$status"
}

# on INIT [COMMAND]: the host on which containers run from now on. user_bundle and root_bundle come before it.
on() { AS=("$T/host" "$1" "${AS[@]}"); }
admin_setup() { capture "$T/host" "$1" "$SHIM" admin cgroup setup; }

enabled() { cat "$TREE/$1/cgroup.subtree_control"; }
all_enabled() { local at; for at in "$@"; do same "enabled in /$at" "$(enabled "$at")" "$CONTROLLERS"; done; }

# A limit that this host can set, whatever controllers it has.
limited() {
  edit 'del(.linux.cgroupsPath) | .linux.resources = {hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}'
}
cgroup_of() { sed -n 's/^0:://p' "/proc/$1/cgroup"; }

@test "a host without systemd: /locald with all controllers, pinned; again is the same" {
  admin_setup none
  succeeds
  same "said" "$output" "locald-shim: cgroup /locald has the controllers: $CONTROLLERS"
  all_enabled . locald locald/pin
  same "mode" "$(stat -c '%a %u' "$TREE/locald" "$TREE/locald/pin" | paste -sd' ')" "755 0 755 0"
  [ ! -e "$TREE/locald.slice" ]
  admin_setup none
  succeeds
  same "said again" "$output" "locald-shim: cgroup /locald has the controllers: $CONTROLLERS"
}

@test "a host with systemd: /locald.slice" {
  admin_setup systemd
  succeeds
  same "said" "$output" "locald-shim: cgroup /locald.slice has the controllers: $CONTROLLERS"
  all_enabled . locald.slice locald.slice/pin
  [ ! -e "$TREE/locald" ]
}

@test "a controller that the host does not have for cgroup2 is said to be missing" {
  admin_setup none
  local said=no
  [[ "$warnings" != *"limits that need other controllers will be refused"* ]] || said=yes
  case " $CONTROLLERS " in
    *" memory "*" pids "*) same "warned" "$said" no ;;
    *) same "warned" "$said" yes ;;
  esac
}

# systemd writes "-CONTROLLER" for what its units don't ask for, at a daemon-reload and at other times.
@test "the controllers can't be taken away again, from the top to locald's root" {
  admin_setup systemd
  local at controller
  for at in . locald.slice; do
    for controller in $CONTROLLERS; do
      capture bash -c 'echo "-$1" > "$2"' bash "$controller" "$TREE/$at/cgroup.subtree_control"
      [ "$status" != 0 ]
      has "$controller" "$stderr" "busy"
    done
  done
  all_enabled . locald.slice
}

@test "only root may do it" {
  capture as_user "$SHIM" admin cgroup setup
  fails 125 E_AUTHORITY "admin cgroup setup"
  capture "$T/host" none setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups "$SHIM" admin cgroup setup
  fails 125 E_AUTHORITY "admin cgroup setup"
  [ ! -e "$TREE/locald" ]
}

@test "before it an unprivileged caller's limit is refused and the way out is said; after it the limit is set" {
  local init root
  for init in none systemd; do
    root=/locald; [ $init = none ] || root=/locald.slice
    user_bundle locald-service.json "$T/$init"
    on $init
    limited
    inside 'echo ran'
    fails 125 E_CGROUP 'linux.resources.hugepageLimits[0]'
    has "hint" "$stderr" "sudo locald-shim admin cgroup setup"
    admin_setup $init
    command_is /bin/payload ignore
    start
    has "cgroup" "$(cgroup_of "$INIT_PID")" "$root/uid-$TEST_UID-"
    same "limit" "$(cat "$TREE$(cgroup_of "$INIT_PID")/hugetlb.2MB.max")" 4194304
    kill -KILL "$INIT_PID"
    ended
    edit '.linux.cgroupsPath = "shop.slice/web.scope"'
    start
    same "cgroup" "$(cgroup_of "$INIT_PID")" "$root/shop.slice/web.scope"
    same "limit" "$(cat "$TREE$root/shop.slice/web.scope/hugetlb.2MB.max")" 4194304
    kill -KILL "$INIT_PID"
    ended
    same "left in locald's root" "$(find "$TREE$root" -mindepth 1 -type d)" "$TREE$root/pin"
    all_enabled . "$root" "$root/pin"
    undo
  done
}

@test "it finds the root that a running container made, and that container's end leaves it" {
  user_bundle locald-service.json
  on none
  edit '.linux.cgroupsPath = "/locald/web.scope"'
  command_is /bin/payload ignore
  start
  admin_setup none
  all_enabled . locald locald/pin
  kill -KILL "$INIT_PID"
  ended
  same "left" "$(find "$TREE/locald" -mindepth 1 -type d)" "$TREE/locald/pin"
}

@test "a process in locald's root is in the way of setup and of limits, and that is said" {
  mkdir "$TREE/locald"
  sleep 60 3>&- &
  local sleeper=$!
  STARTED+=("$sleeper")
  echo "$sleeper" > "$TREE/locald/cgroup.procs"
  admin_setup none
  fails 125 E_CGROUP "admin cgroup setup: processes stand in /locald itself"
  same "enabled at the top" "$(enabled .)" ""
  echo +hugetlb > "$TREE/cgroup.subtree_control"
  user_bundle locald-service.json
  on none
  limited
  inside 'echo ran'
  fails 125 E_CGROUP 'linux.resources.hugepageLimits[0]'
  has "hint" "$stderr" "a cgroup that holds processes"
  kill "$sleeper"
  wait "$sleeper" || true
}

@test "the pin is nobody's to take" {
  admin_setup none
  user_bundle locald-service.json
  on none
  edit '.linux.cgroupsPath = "/locald/pin"'
  inside true
  fails 125 E_AUTHORITY linux.cgroupsPath
  all_enabled . locald locald/pin
}

@test "no program is executed" {
  local trace="$T/trace"
  strace -f -qq -e trace=execve,execveat -o "$trace" "$T/host" systemd "$SHIM" admin cgroup setup
  same "after the shim" "$(sed -n '/locald-shim/,$p' "$trace" | grep -c exec)" 1
}
