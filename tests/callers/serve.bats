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
  asks stop web --grace 0
  succeeds
  ends
}

@test "serve: SIGHUP is nothing, a second SIGTERM ends the patience" {
  serve --grace 300
  asks start --name deaf --rootfs "$E2E/rootfs.user" -- sh -c 'trap "" TERM; while :; do sleep 1; done'
  succeeds
  kill -HUP "$DAEMON"
  kill -TERM "$DAEMON"
  wait_for 10 grep -q "signal 15: ending" "$D/.locald/locald.log"
  asks start --name late --rootfs "$E2E/rootfs.user" -- true
  has "error" "$stderr" "the daemon is ending"
  same "state" "$(state_of deaf)" stopping
  ends
}

@test "serve: a service.json that names another's cgroup ends nothing" {
  serve
  asks start --name web --rootfs "$E2E/rootfs.user" -- sh -c 'trap "exit 0" TERM; while :; do sleep 1; done'
  succeeds
  local cgroup pid; cgroup="$(jq -r .cgroup "$D/.locald/services/web/service.json")" pid="$(locald ps --json | jq '.services[0].pid')"
  local first="$DAEMON" home="$D" name
  as_user mkdir -p "$T/other/home/.locald/services/"{web2,x,y,z}
  for name in web2 x; do printf '{"cgroup":"%s"}' "$cgroup" > "$T/other/home/.locald/services/$name/service.json"; done
  printf '{"cgroup":"/locald/../x"}' > "$T/other/home/.locald/services/y/service.json"
  head -c 100000 /dev/urandom > "$T/other/home/.locald/services/z/service.json"
  chown -R "$TEST_UID:$TEST_GID" "$T/other"
  T="$T/other" serve
  kill -0 "$pid"
  same "files" "$(find "$T/other" -name service.json)" ""
  T="$T/other" ends
  DAEMON="$first" D="$home" ends
}

# --- the document -----------------------------------------------------------------------------------------------------

# fences LANGUAGE: what stands in docs/locald.md in blocks of that language.
fences() { awk -v lang="\`\`\`$1" '$0 == lang { on = 1; next } /^```/ { on = 0 } on' "$REPO/docs/locald.md"; }

@test "serve: the commands of docs/locald.md work as they are there" {
  D="$T/home"
  mkdir -p "$D"
  cp -a "$E2E/rootfs.user" "$D/rootfs"
  chown "$TEST_UID:$TEST_GID" "$D"
  { echo 'set -eu; cd'; fences sh; echo 'wait; echo all done'; } > "$T/script"
  capture as_user env -i HOME="$D" PATH="$E2E/prefix/bin:/usr/bin:/bin" timeout 120 bash "$T/script" < /dev/null
  [ "$(fences sh | wc -l)" -gt 5 ]
  succeeds
  has "output" "$output" "all done"
  has "output" "$output" "stdout hello from web"
  [ ! -e "$D/.locald/locald.sock" ]
}

# What differs from run to run.
normal() {
  jq -cS '(.. | objects | select(has("pid")) | .pid) |= ([., 1] | min) | (.. | objects | select(has("since")) | .since) = "T"
    | if .line then .line |= sub("^[0-9TZ:.-]+"; "T") else . end'
}

@test "serve: the requests of docs/locald.md get the answers that are there" {
  serve
  cp -a "$E2E/rootfs.user" "$D/rootfs"
  local line request= expected="$T/expected" count=0
  { fences protocol; echo "-> end"; } | sed "s|/home/me|$D|g" > "$T/blocks"
  while IFS= read -r line; do
    if [[ "$line" == "<- "* ]]; then echo "${line#<- }" >> "$expected"; continue; fi
    if [ -n "$request" ]; then
      as_user "$TOOLS/dial" "$D/.locald/locald.sock" 1 30 end <<< "$request" > "$T/got"
      same "$request" "$(normal < "$T/got")" "$(normal < "$expected")"
      count=$((count + 1))
    fi
    request="${line#-> }"; : > "$expected"
  done < "$T/blocks"
  [ "$count" -ge 6 ]
  ends
}

# --- bad clients ------------------------------------------------------------------------------------------------------

dials() { as_user "$TOOLS/dial" "$D/.locald/locald.sock" "$@"; }

@test "serve: nonsense, a line of 1 MiB, half a line and silence get an error or nothing, and hurt nobody" {
  serve
  has "nonsense" "$(printf 'nonsense\n' | dials 1 1)" '"ok":false'
  has "two requests" "$(printf '{"do":"dance"}\n{"do":"ps"}\n' | dials 1 1)" '"services":[]'
  has "1 MiB" "$(tr '\0' x < /dev/zero | head -c 1048576 | dials 1 5)" "longer than 64 KiB"
  (printf '{"do":' | dials 1 60 > "$T/half" 2>&1; : > "$T/half.ended") 3>&- 200>&- &
  sleep 0.2
  asks ps
  succeeds
  wait_for 40 test -e "$T/half.ended" # it is closed after ten seconds
  same "half a line" "$(cat "$T/half")" ""
  ends
}

@test "serve: 70 clients at once: those above 64 are told, and then all is as before" {
  serve
  has "the 70th" "$(printf '{"do":"ps"}\n' | dials 70 5)" "too many clients"
  wait_for 20 locald ps
  ends
}

@test "serve: a client that never reads is not waited for" {
  serve
  asks start --name loud --rootfs "$E2E/rootfs.user" -- sh -c 'while :; do head -c 100000 /dev/zero | tr "\0" x; echo; done'
  succeeds
  printf '{"do":"logs","name":"loud","follow":true}\n' | dials 0 10 > "$T/deaf" 3>&- 200>&- &
  local i; for i in {1..10}; do asks ps; succeeds; sleep 0.1; done
  local kib; kib="$(awk '/^VmRSS/ { print $2 }' "/proc/$DAEMON/status")"
  [ "$kib" -lt 20000 ] || { echo "the daemon has $kib KiB"; return 1; }
  asks stop loud --grace 0
  succeeds
  ends
  wait_for 20 gone "$!"
}

@test "serve: a client that asks without end and reads nothing is dropped at 1 MiB" {
  serve
  yes '{"do":"dance"}' | head -n 50000 | dials 0 5 3>&- 200>&-
  asks ps
  succeeds
  local kib; kib="$(awk '/^VmRSS/ { print $2 }' "/proc/$DAEMON/status")"
  [ "$kib" -lt 20000 ] || { echo "the daemon has $kib KiB"; return 1; }
  ends
}

@test "serve: another uid is refused, also where the socket lets it in" {
  serve
  chmod 755 "$D/.locald"; chmod 777 "$D/.locald/locald.sock"
  capture setpriv --reuid 64001 --regid 64001 --clear-groups -- "$TOOLS/dial" "$D/.locald/locald.sock" 1 5 <<< '{"do":"ps"}'
  has "answer" "$output" "only the daemon's own user is answered"
  lacks "answer" "$output" services
  ends
}

# --- logs -------------------------------------------------------------------------------------------------------------

@test "serve: a log is turned over at 10 MiB, with one old file, and is read across it" {
  serve
  asks start --name big --rootfs "$E2E/rootfs.user" -- sh -c 'head -c 25000000 /dev/zero | tr "\0" x; echo; echo done'
  succeeds
  asks wait big
  succeeds
  local f; for f in log log.1; do [ "$(stat -c %s "$D/.locald/services/big/$f")" -le 10485760 ]; done
  same "files" "$(cd "$D/.locald/services/big" && echo log*)" "log log.1"
  asks logs big --lines 1
  has "last line" "$output" "stdout done"
  locald logs big --lines 1500 > "$T/lines"
  same "lines" "$(wc -l < "$T/lines")" 1500
  ends
}

@test "serve: logs --follow has each line once and in order, also while it is turned over, and ends with the service" {
  serve
  asks start --name count --rootfs "$E2E/rootfs.user" -- \
    sh -c 'sleep 2; head -c 4000 /dev/zero | tr "\0" x > /tmp/x; n=0; while [ $n -lt 3000 ]; do n=$((n + 1)); echo "$n $(cat /tmp/x)"; done'
  succeeds
  locald logs count --follow > "$T/lines"
  same "numbers" "$(awk '{ print $3 }' "$T/lines" | cmp - <(seq 3000) && echo same)" same
  [ -e "$D/.locald/services/count/log.1" ]
  ends
}

@test "serve: bytes that are no UTF-8, NUL and a line without end come through" {
  serve
  asks start --name odd --rootfs "$E2E/rootfs.user" -- sh -c 'printf "a\377b\000c gr\303\274n\nno newline"'
  succeeds
  asks wait odd
  has "raw" "$(tr '\0' 0 < "$D/.locald/services/odd/log" | LC_ALL=C sed -n 1p)" $'stdout a\377b0c gr\303\274n'
  asks logs odd
  has "line" "$output" $'stdout a\xef\xbf\xbdb\xef\xbf\xbdc gr\303\274n'
  has "rest" "$output" "stdout no newline"
  ends
}

# --- no terminal ------------------------------------------------------------------------------------------------------

# on_terminal LOCALD: serves on a terminal of its own under strace, which says of each descriptor what it is.
on_terminal() {
  D="$T/home"
  mkdir -p "$D"; chown "$TEST_UID:$TEST_GID" "$D"
  ptydrive expect "serving at" expect "THE END" -- bash -c 'strace -f -y -o "$1" -e trace=openat,open,read,readv,ioctl,write,execve,execveat \
    setpriv --reuid "$2" --regid "$3" --clear-groups -- env -i HOME="$4" "$5" serve --grace 0; echo "THE END $?"' \
    - "$T/trace" "$TEST_UID" "$TEST_GID" "$D" "$1" > "$T/screen" 2>&1 < /dev/null 3>&- 200>&- &
  local driver=$!
  STARTED+=("$driver")
  wait_for 9 grep -q "serving at" "$T/screen"
  asks start --name web --rootfs "$E2E/rootfs.user" -- sh -c 'exec sleep 300'
  asks ps
  succeeds
  kill -TERM "$(< "$D/.locald/locald.lock")"
  wait_for 60 gone "$driver"
  has "screen" "$(cat "$T/screen")" "THE END 0"
}

# Of the trace from the daemon's execve(2) on; what a container opens is its own.
reads_no_terminal() {
  grep -qE 'write\(1</dev/pts/' "$T/trace" # it has a terminal, and the trace would show it
  sed -n '/execve(.*"serve"/,$p' "$T/trace" > "$T/ours"
  same "reads of a terminal" "$(grep -E ' (read|readv)\([0-9]+</dev/(pts|tty|console)' "$T/ours" || true)" ""
  same "opens of a terminal" "$(grep -E ' open(at)?\(.*"/dev/(tty|console|pts/[0-9]+)"' "$T/ours" | grep -v O_PATH || true)" ""
}

@test "serve: on a terminal, nothing reads from it" {
  on_terminal "$E2E/prefix/bin/locald"
  grep -q '"bundle", "run"' "$T/trace"
  reads_no_terminal
}

@test "serve: on a terminal and without a shim, it does not ask either" {
  mkdir -p "$T/bin"; cp "$E2E/prefix/bin/locald" "$T/bin/locald"; chmod 755 "$T" "$T/bin"
  on_terminal "$T/bin/locald"
  has "screen" "$(cat "$T/screen")" "run: sudo locald admin setup"
  reads_no_terminal
}

@test "clients: another user's daemon is told nothing" {
  D="$T/home"
  mkdir -p "$D/.locald"
  chown 65534 "$D/.locald"
  python3 -c 'import os, socket, sys
os.setgid(65534); os.setuid(65534)
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); os.chmod(sys.argv[1], 0o777)
print("ready", flush=True); print(s.accept()[0].recv(4096), flush=True)' "$D/.locald/locald.sock" > "$T/heard" 3>&- 200>&- &
  STARTED+=("$!")
  wait_for 20 grep -q ready "$T/heard"
  asks ps
  same status "$status" 125
  has error "$stderr" "another user's daemon serves there"
  wait_for 20 grep -q "^b" "$T/heard"
  same heard "$(tail -n 1 "$T/heard")" "b''"
}
