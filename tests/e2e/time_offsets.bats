# linux.namespaces time, linux.timeOffsets
load helper

# boottime: what /proc/uptime says, in whole seconds.
outside() { cut -d . -f 1 /proc/uptime; }

# The container has a clock program of its own: tests/e2e/tools/payload.c.
clocks() { command_is /bin/payload clocks; run_container; }

with_time() { edit '.linux.namespaces += [{type: "time"}]'; edit "$@"; }

# near WHAT GOT EXPECTED: within a minute.
near() { [ "$2" -ge "$(($3 - 1))" ] && [ "$2" -le "$(($3 + 60))" ] && return; echo "$1: got $2, expected about $3"; return 1; }

@test "root: monotonic and boottime each have their offset, in clock_gettime(2) and in /proc/uptime" {
  root_bundle runc-spec.json
  with_time '.linux.timeOffsets = {monotonic: {secs: 1000000}, boottime: {secs: 172800, nanosecs: 5}}'
  local now; now="$(outside)"
  clocks
  succeeds
  near monotonic "$(sed -n 's/^monotonic \([0-9]*\).*/\1/p' <<< "$output")" "$((now + 1000000))"
  near boottime "$(sed -n 's/^boottime \([0-9]*\).*/\1/p' <<< "$output")" "$((now + 172800))"
  inside 'cut -d . -f 1 /proc/uptime; cat /proc/self/timens_offsets'
  succeeds
  near "/proc/uptime" "${lines[0]}" "$((now + 172800))"
  same "offsets" "$(tail -n +2 <<< "$output" | xargs)" "monotonic 1000000 0 boottime 172800 5"
}

@test "user: the same, for a container of an unprivileged caller" {
  user_bundle runc-spec-rootless.json
  with_time '.linux.timeOffsets = {monotonic: {secs: 1000000}, boottime: {secs: 172800}}'
  local now; now="$(outside)"
  clocks
  succeeds
  near monotonic "$(sed -n 's/^monotonic \([0-9]*\).*/\1/p' <<< "$output")" "$((now + 1000000))"
  near boottime "$(sed -n 's/^boottime \([0-9]*\).*/\1/p' <<< "$output")" "$((now + 172800))"
}

@test "a negative offset with nanoseconds" {
  user_bundle runc-spec-rootless.json
  with_time '.linux.timeOffsets = {monotonic: {secs: -2, nanosecs: 500000000}}'
  inside 'cat /proc/self/timens_offsets'
  succeeds
  same "offsets" "$(xargs <<< "$output")" "monotonic -2 500000000 boottime 0 0"
}

@test "a time namespace without offsets, and null offsets" {
  root_bundle runc-spec.json
  with_time '.linux.timeOffsets = null'
  inside 'readlink /proc/self/ns/time; cat /proc/self/timens_offsets'
  succeeds
  [ "${lines[0]}" != "$(readlink /proc/self/ns/time)" ]
  same "offsets" "$(tail -n +2 <<< "$output" | xargs)" "monotonic 0 0 boottime 0 0"
}

@test "only the container is in it: the shim, the keeper and later children of the caller are not" {
  user_bundle runc-spec-rootless.json
  with_time '.linux.timeOffsets = {boottime: {secs: 172800}}'
  command_is /bin/payload ignore
  start
  wait_for 5 says ready
  local own pid keeper; own="$(readlink /proc/self/ns/time)"
  keeper="$(pgrep -P "$SHIM_PID" -x locald-shim)"
  for pid in "$SHIM_PID" "$keeper"; do same "time of $pid" "$(readlink "/proc/$pid/ns/time")" "$own"; done
  same "of the keeper's children" "$(readlink "/proc/$keeper/ns/time_for_children")" "$own"
  [ "$(readlink "/proc/$INIT_PID/ns/time")" != "$own" ]
  kill -KILL "$INIT_PID"
  ended
}

@test "user: the namespace belongs to the host's root: neither the payload nor the caller has power over it" {
  user_bundle runc-spec-rootless.json
  with_time '.linux.timeOffsets = {boottime: {secs: 172800}}
    | .process.capabilities = ([.process.capabilities | keys[] | {(.): ["CAP_SYS_TIME", "CAP_SYS_ADMIN"]}] | add)'
  inside '(echo boottime 5 0 > /proc/self/timens_offsets) 2>&1; cat /proc/self/timens_offsets'
  same "status" "$status" 0
  has "message" "$output" "write error: Operation not permitted"
  has "offsets" "$(xargs <<< "$output")" "boottime 172800 0"
  command_is /bin/payload ignore
  start
  wait_for 5 says ready
  run as_user nsenter --target "$INIT_PID" --time true
  [ "$status" != 0 ]
  kill -KILL "$INIT_PID"
  ended
}

@test "an offset that would put the clock below 0, or too far, is the kernel's refusal" {
  root_bundle runc-spec.json
  with_time '.linux.timeOffsets = {monotonic: {secs: -1000000000}}'
  inside true
  fails 125 E_NAMESPACE linux.timeOffsets.monotonic
  has "message" "$stderr" "Numerical result out of range"
  has "hint" "$stderr" "below 0"
  edit '.linux.timeOffsets = {boottime: {secs: 9000000000000000}}'
  inside true
  fails 125 E_NAMESPACE linux.timeOffsets.boottime
}

@test "offsets without a new time namespace, and of another clock, are refused" {
  root_bundle runc-spec.json
  edit '.linux.timeOffsets = {monotonic: {secs: 1}}'
  inside true
  fails 125 E_CONFIG_VALUE linux.timeOffsets.monotonic
  edit '.linux.namespaces += [{type: "time", path: "/proc/self/ns/time"}]'
  inside true
  fails 125 E_CONFIG_VALUE linux.timeOffsets.monotonic
  edit '.linux.namespaces[-1] = {type: "time"} | .linux.timeOffsets = {realtime: {secs: 1}}'
  inside true
  fails 125 E_CONFIG_VALUE 'linux.timeOffsets["realtime"]'
}
