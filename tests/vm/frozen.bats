# A container whose cgroup is frozen: ending it does not hang, whoever ends it.
load ../e2e/helper
load cgroup

frozen() {
  in_cgroup "$1" "$2"
  edit '.linux.resources = {devices: [{allow: true, access: "rwm"}]}'
  script '(trap "" TERM; exec sleep 1000) & exec payload ignore'
  start
  wait_for 5 says ready
  echo 1 > "$CG/cgroup.freeze"
  wait_for 5 grep -qx "frozen 1" "$CG/cgroup.events"
}

all_gone() {
  wait_for 5 gone "$INIT_PID"
  wait_for 5 [ ! -e "$CG" ]
}

@test "SIGTERM to the shim ends a frozen container" {
  local owner
  for owner in root:runc-spec.json user:locald-service.json; do
    frozen "${owner%:*}" "${owner#*:}"
    kill -TERM "$SHIM_PID"
    ended
    [ "$status" -gt 128 ]
    all_gone
  done
}

@test "SIGKILL to a frozen container's first process ends it with status 137" {
  local owner
  for owner in root:runc-spec.json user:locald-service.json; do
    frozen "${owner%:*}" "${owner#*:}"
    kill -KILL "$INIT_PID"
    ended
    same "status" "$status" 137
    all_gone
  done
}

@test "SIGKILL to the shim of a frozen container leaves nothing" {
  local owner
  for owner in root:runc-spec.json user:locald-service.json; do
    frozen "${owner%:*}" "${owner#*:}"
    kill -KILL "$SHIM_PID"
    ended
    all_gone
  done
}

@test "a container below a frozen cgroup: starting it can be interrupted" {
  mkdir "$CGROUPS/locald"
  echo 1 > "$CGROUPS/locald/cgroup.freeze"
  in_cgroup user locald-service.json
  script true
  "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" > "$OUT" 2> "$ERR" < /dev/null 3>&- &
  SHIM_PID=$!
  STARTED+=("$SHIM_PID")
  wait_for 5 grep -q . "$CG/cgroup.procs"
  kill -TERM "$SHIM_PID"
  ended
  same "status" "$status" 143
  wait_for 5 [ ! -e "$CG" ]
  rmdir "$CGROUPS/locald"
}
