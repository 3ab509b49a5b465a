# locald serve and its clients, as the unprivileged user.
load ../e2e/helper

locald() { as_user env -i HOME="$D" "$E2E/prefix/bin/locald" "$@"; }
asks() { capture locald "$@"; }

# serve OPTIONS...: the daemon, ready. Sets DAEMON.
serve() {
  D="$T/home"
  mkdir -p "$D"
  chown "$TEST_UID:$TEST_GID" "$D" "$T"
  setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups -- env -i HOME="$D" \
    "${LOCALD:-$E2E/prefix/bin/locald}" serve "$@" > "$T/serve.out" 2> "$T/serve.err" < /dev/null 3>&- 200>&- &
  DAEMON=$!
  STARTED+=("$DAEMON")
  wait_for 20 grep -q "^locald: serving at $D/.locald/locald.sock" "$T/serve.out"
}

# ends: SIGTERM; it ends with 0, and socket and lock are gone.
ends() {
  kill -TERM "$DAEMON"
  wait_for 60 gone "$DAEMON"
  status=0
  wait "$DAEMON" || status=$?
  same "the daemon's status" "$status" 0
  [ ! -e "$D/.locald/locald.sock" ] && [ ! -e "$D/.locald/locald.lock" ]
}

state_of() { locald ps --json | jq -r --arg n "$1" '.services[] | select(.name == $n) | .state'; }
state_is() { [ "$(state_of "$1")" = "$2" ]; }
logged() { grep -q -- "$2" "$D/.locald/services/$1/log"; }

@test "serve: start, ps, logs, wait, stop" {
  serve
  asks start --name web --rootfs "$E2E/rootfs.user" --env A=b -- sh -c 'echo "out $A"; echo err >&2; exec sleep 300'
  succeeds
  same "state" "$(state_of web)" running
  wait_for 10 logged web "stderr err"
  asks logs web
  succeeds
  has "log" "$output" "stdout out b"
  has "log" "$output" "stderr err"
  asks logs web --lines 1
  same "one line" "${#lines[@]}" 1
  asks start --name web --rootfs "$E2E/rootfs.user" -- true
  same "status" "$status" 125
  has "error" "$stderr" "runs already"
  asks wait web --for started
  succeeds
  asks wait web --timeout 0.2
  has "error" "$stderr" LOCALD_E_TIMEOUT
  asks stop web --grace 1
  succeeds
  same "state" "$(state_of web)" stopped
  asks start --name web --rootfs "$E2E/rootfs.user" -- sh -c 'exit 0'
  succeeds
  asks wait web
  succeeds
  same "state" "$(state_of web)" exited
  ends
}

@test "serve: a crash log has status, signal and the last lines" {
  serve
  asks start --name bad --rootfs "$E2E/rootfs.user" -- sh -c 'echo last words; exit 7'
  asks wait bad
  same "status" "$status" 7
  same "state" "$(state_of bad)" crashed
  local log; log="$(cat "$D"/.locald/services/bad/crash-*.log)"
  has "crash log" "$log" "status: 7"
  has "crash log" "$log" "stdout last words"
  same "mode" "$(stat -c %a "$D"/.locald/services/bad/crash-*.log)" 600
  local i; for i in {1..12}; do locald start --name bad --rootfs "$E2E/rootfs.user" -- false; locald wait bad || true; done
  same "crash logs" "$(ls "$D"/.locald/services/bad/crash-*.log | wc -l)" 10
  ends
}

@test "serve: the shim's refusal comes back as its own error" {
  serve
  asks start --name none --rootfs "$T/no/rootfs" -- true
  same "status" "$status" 125
  has "error" "$stderr" "locald: error: "
  asks start --name none --rootfs "$E2E/rootfs.user" -- /no/such/command
  same "status" "$status" 125
  has "error" "$stderr" "[E_EXEC"
  same "state" "$(state_of none)" failed
  ends
}

@test "serve: what ignores SIGTERM ends by its cgroup, with its daemons" {
  serve
  asks start --name deaf --rootfs "$E2E/rootfs.user" -- sh -c 'trap "" TERM; (trap "" TERM; setsid sleep 300 &) ; echo ready; while :; do sleep 1; done'
  succeeds
  wait_for 10 logged deaf "stdout ready"
  asks stop deaf --grace 1
  succeeds
  same "state" "$(state_of deaf)" stopped
  has "the daemon's log" "$(cat "$D/.locald/locald.log")" "deaf: did not end by SIGTERM; ending its cgroup"
  same "cgroups" "$(cgroup_leaves | grep -c locald-$TEST_UID-deaf || true)" 0
  ends
}

@test "serve: SIGTERM ends all services and leaves nothing" {
  serve --grace 1
  local n
  for n in one two three; do
    asks start --name $n --rootfs "$E2E/rootfs.user" -- sh -c 'trap "" TERM; while :; do sleep 1; done'
    succeeds
  done
  same "running" "$(locald ps --json | jq '[.services[] | select(.state == "running")] | length')" 3
  ends
}

@test "serve: a second daemon is refused, and says which pid has the first" {
  serve
  asks serve
  same "status" "$status" 125
  has "error" "$stderr" "another locald serves here already: pid $(head -n 1 "$D/.locald/locald.lock")"
  asks ps
  succeeds
  ends
}

@test "serve: a daemon ends by their cgroup what a killed one left" {
  serve
  asks start --name old --rootfs "$E2E/rootfs.user" -- sleep 300
  succeeds
  local pid; pid="$(locald ps --json | jq '.services[0].pid')"
  kill -KILL "$DAEMON"; wait "$DAEMON" || true
  kill -0 "$pid"
  serve
  wait_for 10 gone "$pid"
  same "services" "$(locald ps --json | jq -c .services)" "[]"
  has "the daemon's log" "$(cat "$D/.locald/locald.log")" "old: of an earlier daemon"
  ends
}

@test "serve: without a shim it says so and serves; once it is there, start works" {
  mkdir -p "$T/bin"; cp "$E2E/prefix/bin/locald" "$T/bin/locald"; chmod 755 "$T" "$T/bin"
  LOCALD="$T/bin/locald" serve
  chown 0:0 "$T" # a safe place again: only root writes it
  has "stderr" "$(cat "$T/serve.err")" "run: sudo locald admin setup"
  asks ps
  succeeds
  asks start --name web --rootfs "$E2E/rootfs.user" -- sleep 300
  same "status" "$status" 125
  has "error" "$stderr" "LOCALD_E_NO_SHIM"
  has "hint" "$stderr" "run: sudo locald admin setup"
  install -o root -g root -m 4755 "$SHIM" "$T/bin/locald-shim"
  asks start --name web --rootfs "$E2E/rootfs.user" -- sleep 300
  succeeds
  asks stop web
  succeeds
  ends
}
