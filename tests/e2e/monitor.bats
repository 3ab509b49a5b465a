# bundle run as a process: exit status, signals, ids, --pid-file, --report-fd
load helper

@test "exit status is the payload's own" {
  user_bundle locald-service.json
  local n
  for n in 0 1 2 42 99 124 125 126 127 128 137 200 255; do
    inside "exit $n"
    same "stderr" "$stderr" ""
    same "status" "$status" "$n"
  done
}

@test "exit status is 128+N when signal N ended the payload" {
  user_bundle locald-service.json
  command_is /bin/payload fault 11
  run_container
  same "SIGSEGV" "$status" 139
  command_is /bin/payload fault 4
  run_container
  same "SIGILL" "$status" 132
  command_is /bin/payload ignore
  start
  wait_for 5 says ready
  kill -KILL "$INIT_PID"
  ended
  same "SIGKILL" "$status" 137
}

@test "signals that reach the shim go to the payload" {
  user_bundle locald-service.json
  command_is /bin/payload signals
  start
  wait_for 5 says ready
  local name
  for name in HUP INT QUIT USR1 USR2 WINCH ALRM; do
    kill "-$name" "$SHIM_PID"
    wait_for 5 says "signal $(kill -l "$name")"
  done
  kill -TERM "$SHIM_PID"
  ended
  same "status" "$status" 0
  says "signal 15"
}

@test "signals are forwarded to a root container too" {
  root_bundle runc-spec.json
  command_is /bin/payload signals
  start
  wait_for 5 says ready
  kill -HUP "$SHIM_PID"
  wait_for 5 says "signal 1"
  kill -TERM "$SHIM_PID"
  ended
  same "status" "$status" 0
}

@test "the unprivileged caller can signal its shim" {
  user_bundle locald-service.json
  command_is /bin/payload signals
  start
  wait_for 5 says ready
  as_user kill -TERM "$SHIM_PID"
  ended
  same "status" "$status" 0
}

@test "SIGTERM blocked and SIGCHLD ignored by the caller: status and forwarding are right" {
  user_bundle locald-service.json
  script 'exit 42'
  capture bash -c 'trap "" CHLD; exec "$@"' - "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID"
  same "status" "$status" 42
}

# killed: SIGKILL of the shim ends the container within a second.
killed() {
  start
  wait_for 5 says ready
  kill -KILL "$SHIM_PID"
  wait_for 1 gone "$INIT_PID"
  ended
  same "status" "$status" 137
}

@test "SIGKILL of the shim ends the container within a second" {
  user_bundle locald-service.json
  command_is /bin/payload ignore
  killed
}

@test "SIGKILL of the shim ends a root container within a second" {
  root_bundle runc-spec.json
  command_is /bin/payload ignore
  killed
}

@test "SIGKILL of the shim ends a payload that changed its uid" {
  user_bundle locald-service.json
  map_subordinate_ids
  edit '.process.capabilities |= map_values(. + ["CAP_SETUID", "CAP_SETGID"])'
  command_is /bin/payload setuid 77
  killed
}

@test "SIGKILL of the shim ends a root payload that changed its uid" {
  root_bundle runc-spec.json
  edit '.process.capabilities |= map_values(. + ["CAP_SETUID", "CAP_SETGID"])'
  command_is /bin/payload setuid 77
  killed
}

@test "SIGKILL of the shim at any moment of its start leaves nothing" {
  user_bundle locald-service.json
  script 'exec sleep 100'
  local delay
  for delay in 0 0.001 0.002 0.004 0.006 0.008 0.010 0.012 0.015 0.020 0.030; do
    "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null > "$OUT" 2>&1 3>&- &
    STARTED+=("$!")
    sleep "$delay"
    kill -KILL "$!" || true # it may have ended: the one before it is still being cleaned up, so the id is in use
    wait "$!" || true
  done 2> /dev/null
  wait_for 2 nothing_left
  inside 'echo ran'
  succeeds
  same "the next run" "$output" ran
}

@test "an id that is in use is refused and the container goes on; another id is fine" {
  user_bundle locald-service.json
  edit 'del(.linux.cgroupsPath)'
  command_is /bin/payload signals
  start
  wait_for 5 says ready
  run_container
  fails 125 E_ID_IN_USE --id
  kill -0 "$INIT_PID"
  script 'echo second'
  capture "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id second < /dev/null
  same "second" "$output" second
  kill -TERM "$SHIM_PID"
  ended
  same "status" "$status" 0
}

@test "two runs with the same id after each other" {
  user_bundle locald-service.json
  inside 'echo one'; succeeds
  inside 'echo two'; succeeds
  same "output" "$output" two
}

@test "ten containers at a time" {
  user_bundle locald-service.json
  edit 'del(.linux.cgroupsPath)'
  script 'echo hello'
  local n
  for n in {1..10}; do
    "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "c$n" < /dev/null > "$T/out.$n" 2>&1 3>&- &
    STARTED+=("$!")
  done
  for n in {1..10}; do wait "${STARTED[$((n - 1))]}"; same "output of $n" "$(cat "$T/out.$n")" hello; done
}

@test "ids that could name something else are refused" {
  user_bundle locald-service.json
  script true
  for ID in '' . .. ../x a/b -rf $'a\nb' '%n' 'a b' .hidden 'ü' "$(printf 'a%.0s' {1..129})"; do
    run_container
    fails 125 E_USAGE '' || { echo "id: $ID"; return 1; }
  done
  for ID in a _ 0 A.b-c_d "$(printf 'a%.0s' {1..128})"; do
    run_container
    succeeds || { echo "id: $ID"; return 1; }
  done
}

@test "--pid-file holds the host's pid of the container" {
  user_bundle locald-service.json
  command_is /bin/payload ignore
  start --pid-file "$T/pid"
  wait_for 5 says ready
  same "pid" "$(cat "$T/pid")" "$INIT_PID"
  same "owner" "$(stat -c %u "$T/pid")" "$TEST_UID"
  kill -KILL "$INIT_PID"
  ended
}

@test "--pid-file that can't be written is an error before the payload runs" {
  user_bundle locald-service.json
  inside_marker="$VOLUME/ran"
  script 'touch /workspace/ran'
  run_container --pid-file "$E2E/pid-of-root-only"
  fails 125 E_FILE --pid-file
  [ ! -e "$inside_marker" ]
}

@test "--report-fd: created, started and exited as JSON lines, and nothing else" {
  user_bundle locald-service.json
  script 'exit 7'
  container --report-fd 9 9> "$REPORT" < /dev/null || true
  same "events" "$(jq -r .event "$REPORT" | paste -sd' ')" "created started exited"
  jq -es '.[0].pid > 1' "$REPORT"
  same "status" "$(jq -r 'select(.event == "exited").status' "$REPORT")" 7
}

@test "--report-fd: each event has the microseconds of the phases that led to it, and they fill the run" {
  user_bundle locald-service.json
  script 'sleep 0.2'
  local begin="${EPOCHREALTIME/./}" sum
  container --report-fd 9 9> "$REPORT" < /dev/null
  local all="$((${EPOCHREALTIME/./} - begin))"
  same "phases" "$(jq -c '[.event] + (.microseconds | keys_unsorted)' "$REPORT")" \
    '["created","start","interpreter","gate","host"]
["started","clone","mounts","exec"]
["exited","payload","end"]'
  sum="$(jq -s '[.[].microseconds[]] | add' "$REPORT")"
  [ "$sum" -le "$all" ]
  jq -es 'map(.microseconds) | .[2].payload >= 200000 and .[2].payload < 2000000' "$REPORT"
  jq -es 'all(.[].microseconds[]; . >= 0 and . < 10000000)' "$REPORT"
}

@test "--report-fd: an error with code, origin, message and hint" {
  user_bundle locald-service.json
  edit '.mounts += [{destination: "/data", type: "bind", source: "/nowhere", options: ["bind"]}]'
  script true
  container --report-fd 9 9> "$REPORT" < /dev/null 2> "$ERR" || true
  same "code" "$(jq -r 'select(.event == "error").code' "$REPORT")" E_MOUNT_SOURCE
  same "origin" "$(jq -r 'select(.event == "error").origin' "$REPORT")" 'mounts[5]'
  has "message" "$(jq -r 'select(.event == "error").message' "$REPORT")" /nowhere
  [ -n "$(jq -r 'select(.event == "error").hint // empty' "$REPORT")" ]
}

@test "--report-fd that is not open is an error" {
  user_bundle locald-service.json
  script true
  run_container --report-fd 77
  fails 125 E_FILE --report-fd
}

@test "the payload does not get the report descriptor" {
  user_bundle locald-service.json
  script 'ls /proc/self/fd'
  container --report-fd 9 9> "$REPORT" > "$OUT" < /dev/null
  same "descriptors" "$(paste -sd' ' "$OUT")" "0 1 2 3"
}

@test "the waiting shim can't be traced or read by the caller, and holds no effective capability" {
  user_bundle locald-service.json
  command_is /bin/payload ignore
  start
  wait_for 5 says ready
  run as_user cat "/proc/$SHIM_PID/environ" "/proc/$SHIM_PID/maps"
  [ "$status" != 0 ]
  run as_user ls "/proc/$SHIM_PID/fd"
  [ "$status" != 0 ]
  same "effective" "$(awk '/^CapEff/ { print $2 }' "/proc/$SHIM_PID/status")" 0000000000000000
  same "seccomp" "$(awk '/^Seccomp:/ { print $2 }' "/proc/$SHIM_PID/status")" 2
  kill -KILL "$INIT_PID"
  ended
}

# A monitor that lags finds the payload's start and the signal at once: it must not take the container for one in set-up.
@test "a signal to a payload that has just begun reaches it, however late the shim notices the start" {
  user_bundle runc-spec-rootless.json
  edit 'del(.linux.resources)'
  script 'trap "echo got; exit 7" INT; echo ready; while :; do sleep 0.05; done'
  # the monitor's polls from the fourth on are those of its loop; container init has three
  strace -f -u "$TEST_USER" -e trace=poll -e inject=poll:delay_enter=700000:when=4+ -o /dev/null \
    "$SHIM" bundle run --bundle "$B" --id "$ID" > "$OUT" 2> "$ERR" < /dev/null 3>&- 200>&- &
  local tracer="$!" status=0
  STARTED+=("$tracer")
  wait_for 20 says ready
  kill -INT "$(pgrep -P "$tracer" locald-shim | head -n 1)"
  wait "$tracer" || status="$?"
  same status "$status" 7
  same output "$(cat "$OUT")" "ready
got"
}
