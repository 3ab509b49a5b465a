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

@test "the cgroup's files belong to root: the caller's processes can't move into other groups" {
  user_bundle locald-service.json
  started_in
  run as_user sh -c 'echo $$ > "$1/cgroup.procs"' sh "$(cgroup_mount)"
  [ "$status" != 0 ]
  stopped
}

@test "paths outside of locald's root are refused for an unprivileged caller" {
  local path n=0
  for path in / /system.slice/x /locald /locald.slice /locald.slice/ /locald.slice/../x /locald/../system.slice \
              ../locald/x /locald.slice/./x /locald.slice//x /localdx/y $'/locald.slice/a\nb'; do
    user_bundle locald-service.json "$T/$((++n))"
    edit --arg path "$path" '.linux.cgroupsPath = $path'
    inside true
    [ "$status" = 125 ] && [[ "$stderr" == "locald-shim: error: linux.cgroupsPath"* ]] ||
      { echo "$path: $status $output $stderr"; return 1; }
  done
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
