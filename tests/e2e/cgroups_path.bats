# linux.cgroupsPath
load helper

# The container's cgroup2 path as the host sees it.
cgroup_of() { sed -n 's/^0:://p' "/proc/$1/cgroup"; }

# started_in: starts a sleeping container and sets CG to its cgroup.
started_in() {
  command_is /bin/payload ignore
  start
  wait_for 5 says ready
  CG="$(cgroup_of "$INIT_PID")"
}

stopped() {
  kill -KILL "$INIT_PID"
  ended
  [ ! -e "$(cgroup_mount)$CG" ]
}

@test "below locald's root: the container is just there, the shim is not, and it is removed at the end" {
  user_bundle locald-service.json
  started_in
  same "cgroup" "$CG" /locald.slice/locald-default.slice/service-shop-web.scope
  same "members" "$(cat "$(cgroup_mount)$CG/cgroup.procs")" "$INIT_PID"
  same "the shim's" "$(cgroup_of "$SHIM_PID")" "$(cgroup_of $$)"
  stopped
}

@test "absent, and nothing needs one: the container is in its caller's cgroup" {
  user_bundle locald-service.json
  edit 'del(.linux.cgroupsPath)'
  started_in
  same "cgroup" "$CG" "$(cgroup_of $$)"
  kill -KILL "$INIT_PID"
  ended
}

# Device rules are attached to a cgroup.
needs_cgroup() { edit 'del(.linux.cgroupsPath) | .linux.resources.devices = [{allow: true, access: "rwm"}]'; }

@test "absent, with device rules: a cgroup of its own below locald's root" {
  user_bundle locald-service.json
  needs_cgroup
  started_in
  [[ "$CG" == /locald*/?* ]]
  stopped
}

@test "absent, with device rules: two containers have two cgroups" {
  user_bundle locald-service.json
  needs_cgroup
  started_in
  local first="$CG" shim="$SHIM_PID" init="$INIT_PID"
  ID=other
  started_in
  [ "$first" != "$CG" ]
  stopped
  kill -KILL "$init"; SHIM_PID="$shim" CG="$first"
  ended
  [ ! -e "$(cgroup_mount)$CG" ]
}

@test "relative: below locald's root of this host" {
  local root=/locald
  [ ! -d /run/systemd/system ] || root=/locald.slice
  user_bundle locald-service.json
  edit '.linux.cgroupsPath = "shop/web.scope"'
  started_in
  same "cgroup" "$CG" "$root/shop/web.scope"
  stopped
  [ ! -e "$(cgroup_mount)$root/shop" ]
  needs_cgroup
  started_in
  same "chosen" "$CG" "$root/uid-$TEST_UID-$ID-$SHIM_PID.scope"
  stopped
}

@test "the cgroup's files belong to root: the caller's processes can't move into other groups" {
  user_bundle locald-service.json
  started_in
  run as_user sh -c 'echo $$ > "$1/cgroup.procs"' sh "$(cgroup_mount)"
  [ "$status" != 0 ]
  stopped
}

@test "a cgroup that is in use by another container is refused" {
  user_bundle locald-service.json
  started_in
  capture "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id second < /dev/null
  fails 125 E_CGROUP linux.cgroupsPath
  kill -0 "$INIT_PID"
  stopped
}

@test "descendants that left their session and parent end with the container" {
  user_bundle locald-service.json
  script '(setsid sh -c "trap \"\" TERM HUP INT; exec payload ignore" &) ; exec payload ignore'
  start
  wait_for 5 says ready
  kill -KILL "$INIT_PID"
  ended
}

@test "containers that start and end at the same time share the directories above their cgroups" {
  user_bundle locald-service.json
  script 'exit 3'
  cat "$B/config.json" > "$T/config.json"
  local n round wrong=0
  for n in 1 2 3 4; do
    cp -a "$B" "$T/b$n"
    jq --arg n "$n" '.linux.cgroupsPath = "/locald.slice/shared.slice/\($n).scope"' "$T/config.json" > "$T/b$n/config.json"
  done
  for round in {1..15}; do
    local pids=()
    for n in 1 2 3 4; do
      "${AS[@]}" "$SHIM" bundle run --bundle "$T/b$n" --id x < /dev/null 2>> "$ERR" 3>&- &
      pids+=("$!")
    done
    for n in "${pids[@]}"; do
      status=0; wait "$n" || status=$?
      [ "$status" = 3 ] || wrong=$((wrong + 1))
    done
  done
  cat "$ERR"
  same "wrong ends" "$wrong" 0
}

# --- what killed runs leave -----------------------------------------------------------------------------------------

keeper_of() { { cat /proc/[0-9]*/stat 2>/dev/null || true; } | awk -v shim="$SHIM_PID" -v init="$INIT_PID" '$4 == shim && $1 != init { print $1 }'; }

@test "a leaf that a dead run of another user left is refused, and taken over by a run of its own user" {
  root_bundle runc-spec.json
  edit '.linux.cgroupsPath = "/locald/left.scope"'
  started_in
  local keeper shim="$SHIM_PID"; keeper="$(keeper_of)"
  kill -KILL "$keeper" # only root can do that
  kill -KILL "$shim" "$INIT_PID"
  wait_for 5 gone "$INIT_PID"
  wait "$shim" || true
  [ -d "$(cgroup_mount)/locald/left.scope" ]
  rm -r "$B/.locald-shim-state"
  local roots="$B"
  user_bundle locald-service.json "$T/users"
  edit '.linux.cgroupsPath = "/locald/left.scope"'
  inside true
  fails 125 E_CGROUP linux.cgroupsPath
  has "hint" "$stderr" "another user's"
  [ -d "$(cgroup_mount)/locald/left.scope" ]
  B="$roots" AS=() BUNDLE_FILES="$(ls -A "$roots")"
  inside 'echo taken over'
  succeeds
  [ ! -e "$(cgroup_mount)/locald/left.scope" ]
}

@test "a cgroup that the shim did not make is not taken, not even by a killed run" {
  local mount try; mount="$(cgroup_mount)"
  mkdir -p "$mount/locald/somebodys"
  HOST_BEFORE="$(host_state)"
  user_bundle locald-service.json
  edit '.linux.cgroupsPath = "/locald/somebodys"'
  inside true
  fails 125 E_CGROUP linux.cgroupsPath
  script true
  for try in {1..12}; do # killed before it is known that the cgroup is there
    strace -qq -o /dev/null -e trace=mkdirat -e inject=mkdirat:signal=KILL:when="$try" -u "$TEST_USER" \
      "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null > /dev/null 2>&1 || true
    nothing_left
    [ -d "$mount/locald/somebodys" ]
  done
  rmdir "$mount/locald/somebodys"
  rmdir "$mount/locald" 2>/dev/null || true
}

@test "killed at each system call that makes the cgroup: nothing is left" {
  user_bundle locald-service.json
  edit '.linux.cgroupsPath = "/locald/a/b/c.scope"'
  script true
  local call most n killed=0 step="${TIME_SCALE:+3}" # a third of them where it takes minutes
  while read -r call most; do
    for n in $(seq 1 "${step:-1}" "$most"); do
      status=0
      strace -qq -o /dev/null -e trace="$call" -e "inject=$call:signal=KILL:when=$n" -u "$TEST_USER" \
        "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null > "$OUT" 2>&1 || status=$?
      [ "$status" != 137 ] || killed=$((killed + 1))
      nothing_left || { echo "left by $call, the ${n}th"; return 1; }
    done
  done <<'CALLS'
mkdirat 7
flock 3
fsetxattr 5
fchmod 5
fgetxattr 4
openat 30
CALLS
  echo "killed $killed times"
  [ "$killed" -gt $((25 / ${step:-1})) ]
}

# --- frozen ---------------------------------------------------------------------------------------------------------

frozen() { grep -qx "frozen 1" "$1/cgroup.events"; }
freeze() { echo 1 > "$1/cgroup.freeze"; wait_for 5 frozen "$1"; }

ended_within_2s() {
  wait_for 2 gone "$SHIM_PID"
  ended
  same "status" "$status" "$1"
  wait_for 1 gone "$INIT_PID"
  [ ! -e "$(cgroup_mount)$CG" ]
}

@test "frozen from outside: SIGTERM, SIGINT and SIGKILL of the shim end it" {
  local signal
  for signal in TERM INT KILL; do
    user_bundle locald-service.json "$T/$signal"
    started_in
    freeze "$(cgroup_mount)$CG"
    kill "-$signal" "$SHIM_PID"
    if [ "$signal" != KILL ]; then
      ended_within_2s 137
    else
      ended
      wait_for 2 gone "$INIT_PID"
      wait_for 2 test ! -e "$(cgroup_mount)$CG"
    fi
  done
}

@test "frozen from above: SIGTERM of the shim ends it" {
  user_bundle locald-service.json
  started_in
  freeze "$(cgroup_mount)${CG%/*}"
  kill -TERM "$SHIM_PID"
  ended_within_2s 137
}

@test "thawed again: SIGTERM is the payload's" {
  user_bundle locald-service.json
  command_is /bin/payload signals
  start
  wait_for 5 says ready
  CG="$(cgroup_of "$INIT_PID")"
  freeze "$(cgroup_mount)$CG"
  echo 0 > "$(cgroup_mount)$CG/cgroup.freeze"
  kill -TERM "$SHIM_PID"
  ended_within_2s 0
  says "signal 15"
}

# owning SCRIPT: starts a container that may make cgroups of its own, below its own.
owning() {
  user_bundle locald-service.json
  edit '.linux.namespaces += [{type: "cgroup"}]
    | .mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "nodev", "noexec"]}]'
  edit '.mounts |= [{destination: "/sys", type: "tmpfs", source: "tmpfs", options: ["mode=755"]}] + .'
  script "mkdir /sys/fs/cgroup/in /sys/fs/cgroup/in/deeper; $1"
  start
  CG=/locald.slice/locald-default.slice/service-shop-web.scope
}

@test "the container freezes a cgroup of its own: SIGTERM ends it" {
  owning 'sleep 1000 & echo $! > /sys/fs/cgroup/in/deeper/cgroup.procs; echo 1 > /sys/fs/cgroup/in/cgroup.freeze; exec payload signals'
  wait_for 5 says ready
  wait_for 5 frozen "$(cgroup_mount)$CG/in"
  kill -TERM "$SHIM_PID"
  ended_within_2s 0
}

@test "the container freezes itself in a cgroup of its own: SIGKILL of the shim ends it" {
  owning 'echo $$ > /sys/fs/cgroup/in/cgroup.procs; echo 1 > /sys/fs/cgroup/in/cgroup.freeze; sleep 1000'
  wait_for 5 frozen "$(cgroup_mount)$CG/in"
  kill -KILL "$SHIM_PID"
  ended
  wait_for 2 gone "$INIT_PID"
  wait_for 2 test ! -e "$(cgroup_mount)$CG"
}

@test "the container's cgroup is its user's, the limits are not" {
  owning 'stat -c "%u %n" /sys/fs/cgroup /sys/fs/cgroup/*; exec payload signals'
  wait_for 5 says ready
  says "0 /sys/fs/cgroup"
  says "0 /sys/fs/cgroup/cgroup.procs"
  says "0 /sys/fs/cgroup/cgroup.subtree_control"
  says "65534 /sys/fs/cgroup/cgroup.freeze"
  says "65534 /sys/fs/cgroup/cgroup.max.descendants"
  same "descendants" "$(cat "$(cgroup_mount)$CG/cgroup.max.descendants")" 1024
  kill -TERM "$SHIM_PID"
  ended_within_2s 0
}
