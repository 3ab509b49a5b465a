# linux.namespaces without pid: the container's processes are told by its cgroup, and end with it
load helper

cgroup_of() { sed -n 's/^0:://p' "/proc/$1/cgroup"; }

# pidless root|user: a bundle in the host's pid namespace.
pidless() {
  if [ "$1" = root ]; then root_bundle runc-spec.json; else user_bundle runc-spec-rootless.json; fi
  edit '.linux.namespaces |= map(select(.type != "pid"))'
  [ "$1" = root ] || edit '.mounts |= map(select(.type != "proc")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
}

# A payload with descendants that left their parent, their session and their process group, and ignore all that can be.
readonly DEEP='(setsid sh -c "trap \"\" TERM HUP INT QUIT; (setsid payload ignore &) ; exec payload ignore" &);'

started_deep() {
  script "$DEEP $1"
  start
  wait_for 5 three_ready
  CG="$(cgroup_of "$INIT_PID")" MEMBERS="$(cat "$(cgroup_mount)$(cgroup_of "$INIT_PID")/cgroup.procs")"
  same "the processes of the container" "$(wc -w <<< "$MEMBERS")" 3
}

three_ready() { [ "$(grep -cx ready "$OUT")" = 3 ]; }

# A second after the end no process of the container is left, and no cgroup.
all_gone() {
  local pid
  for pid in $MEMBERS; do wait_for 2 gone "$pid"; done
  wait_for 2 cgroup_gone
}

cgroup_gone() { [ ! -e "$(cgroup_mount)$CG" ]; }

@test "root: the payload is in the host's pid namespace and in a cgroup of its own" {
  pidless root
  command_is /bin/payload ignore
  start
  wait_for 5 says ready
  same "pid namespace" "$(readlink "/proc/$INIT_PID/ns/pid")" "$(readlink /proc/self/ns/pid)"
  [[ "$(cgroup_of "$INIT_PID")" == /locald*/uid-0-* ]]
  kill -KILL "$INIT_PID"
  ended
  same "status" "$status" 137
}

@test "user: likewise" {
  pidless user
  command_is /bin/payload ignore
  start
  wait_for 5 says ready
  same "pid namespace" "$(readlink "/proc/$INIT_PID/ns/pid")" "$(readlink /proc/self/ns/pid)"
  [[ "$(cgroup_of "$INIT_PID")" == /locald*/uid-$TEST_UID-* ]]
  kill -KILL "$INIT_PID"
  ended
}

@test "the payload's end is the end of all its descendants" {
  local who
  for who in root user; do
    ID="$who" pidless "$who"
    started_deep 'exec payload signals'
    kill -TERM "$INIT_PID"
    ended
    same "status" "$status" 0
    all_gone
    rm -rf "$B" "$OUT"
  done
}

@test "SIGTERM to the shim reaches the payload; what ignores it ends as well" {
  local who
  for who in root user; do
    ID="$who" pidless "$who"
    started_deep 'exec payload signals'
    kill -TERM "$SHIM_PID"
    ended
    same "status" "$status" 0
    has "what the payload saw" "$(cat "$OUT")" "signal 15"
    all_gone
    rm -rf "$B" "$OUT"
  done
}

@test "SIGKILL of the shim is the end of all" {
  local who
  for who in root user; do
    ID="$who" pidless "$who"
    started_deep 'exec payload ignore'
    kill -KILL "$SHIM_PID"
    wait "$SHIM_PID" || true
    all_gone
    wait_for 5 state_gone
    rm -rf "$B" "$OUT"
  done
}

state_gone() { [ ! -e "$B/.locald-shim-state" ]; }

# The payload shares its uid with the monitor and sees it here.
@test "user: a payload that kills the shim is ended by the keeper, with all that it left behind" {
  pidless user
  mkfifo "$B/rootfs/go"
  chown "$TEST_UID" "$B/rootfs/go"
  started_deep 'echo ready; read line < /go; kill -KILL $PPID; exec payload ignore'
  echo go > "$B/rootfs/go"
  wait_for 5 gone "$SHIM_PID"
  all_gone
  wait_for 5 state_gone
}

@test "an error of the set-up leaves nothing" {
  pidless root
  edit '.process.args = ["/no/such/command"]'
  run_container
  fails 127 E_EXEC_NOT_FOUND process.args
  pidless user
  edit '.process.args = ["/no/such/command"]'
  run_container
  fails 127 E_EXEC_NOT_FOUND process.args
}

@test "a proc mount in a user namespace without a new pid namespace is refused, with a hint" {
  pidless user
  edit '.mounts += [{destination: "/proc", type: "proc", source: "proc"}]'
  inside true
  fails 125 E_CONFIG_VALUE 'mounts['
  has "hint" "$stderr" '{"type": "pid"}'
}

@test "limits and a cgroupsPath go together with it" {
  pidless root
  edit '.linux.cgroupsPath = "/locald/pidless"'
  started_deep 'exec payload signals'
  same "cgroup" "$CG" /locald/pidless
  kill -TERM "$INIT_PID"
  ended
  all_gone
}
