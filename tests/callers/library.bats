# The client library, liblocald-client.a, at work: tests/callers/tools/client.c beside the installed shim.
load ../e2e/helper

setup_file() {
  [ -n "${E2E_PREBUILT:-}" ] || make -C "$REPO" -s callers-tools BUILD="${BUILD:-build}" 3>&- 200>&-
  install -o root -g root -m 755 "$(cd "$REPO" && realpath "${BUILD:-build}")"/callers-tools/* "${SHIM%/*}/"
  export CLIENT="${SHIM%/*}/client"
}

client() { capture as_user timeout 60 "$CLIENT" "$@" < /dev/null; }

# The words between created and the end of a run.
@test "library: a run's events in order, the end once, and the status by wait" {
  user_bundle locald-service.json
  script 'echo inside; exit 7'
  client run "$B" "$ID"
  same stderr "$stderr" ""
  same "the payload's own" "$(grep -c '^inside$' <<< "$output")" 1 # before or after "started": two ways lead here
  same events "$(grep -v '^inside$' <<< "$output")" "created pid
started pid
exited 7 0
end 7
after it: 0, wait 7 LOCALD_OK"
}

@test "library: wait alone gives status and nothing else" {
  user_bundle locald-service.json
  script 'exit 3'
  client wait "$B" "$ID"
  same output "$output" "status 3"
}

@test "library: a bundle that can't be used: an error event with the shim's code and place, 125" {
  user_bundle locald-service.json
  edit '.mounts += [{destination: "/data", type: "bind", source: "/nothing/there", options: ["bind"]}]'
  client wait "$B" "$ID"
  same status "$status" 1
  has output "$output" "status 125"
  has output "$output" "error LOCALD_E_SHIM: mounts["
  has output "$output" "No such file or directory [E_MOUNT_SOURCE]"
  has output "$output" "hint: the bundle's config.json asks for a bind mount"
  command_is /bin/sh
  client run "$T/none" "$ID"
  has output "$output" "event E_"
  has output "$output" "end 125"
}

@test "library: a command that is not there is 127, with its error" {
  user_bundle locald-service.json
  command_is /bin/not-there
  client wait "$B" "$ID"
  has output "$output" "status 127"
  has output "$output" "[E_EXEC_NOT_FOUND]"
}

@test "library: a wrong id is said on stderr alone: wait makes an error of the status" {
  user_bundle locald-service.json
  client wait "$B" "not/an/id"
  has output "$output" "status 125"
  has output "$output" "error LOCALD_E_SHIM: locald-shim: ended with status 125"
  has stderr "$stderr" "--id: expected"
}

@test "library: a signal reaches the payload; one to a run that has ended is success" {
  user_bundle locald-service.json
  script 'trap "exit 9" TERM; while :; do sleep 0.05; done'
  client run "$B" "$ID" 15
  has output "$output" "exited 9 0
end 9"
}

@test "library: SIGKILL to the shim: end is 137, and nothing of the container is left" {
  user_bundle locald-service.json
  script 'while :; do sleep 1; done'
  client run "$B" "$ID" 9
  has output "$output" "end 137"
}

@test "library: a payload that a signal ends" {
  user_bundle locald-service.json
  script 'kill -USR1 $$; sleep 5'
  command_is /bin/sh -c 'sh -c "kill -9 \$\$"; exit $?'
  client run "$B" "$ID"
  has output "$output" "exited 137 0"
}

@test "library: free ends what still runs" {
  user_bundle locald-service.json
  script 'while :; do sleep 1; done'
  client free "$B" "$ID"
  same status "$status" 0
  wait_for 10 gone "${lines[-1]}"
}

@test "library: console: the pty's master, once, close-on-exec; nothing is left in the bundle" {
  user_bundle locald-service.json
  edit '.process.terminal = true'
  script 'read x; echo "got $x"; exit 4'
  client console "$B" "$ID" hello
  same status "$status" 0
  has output "$output" "again: -1"
  has output "$output" "cloexec: 1"
  has output "$output" "got hello"
  has output "$output" "status 4"
}

@test "library: console of a bundle whose path is longer than a socket's may be" {
  local long="$T/$(printf 'a%.0s' {1..120})"
  user_bundle locald-service.json "$long"
  edit '.process.terminal = true'
  script 'read x; echo "got $x"; exit 4'
  client console "$B" "$ID" hello
  same status "$status" 0
  has output "$output" "got hello"
}

@test "library: console of a bundle that can't be used: an error, and nothing is left in the bundle" {
  user_bundle locald-service.json
  client console "$B" "$ID"
  same status "$status" 1
  has output "$output" "error LOCALD_E_PROTOCOL: locald-shim: did not send one descriptor"
  has output "$output" "status 125"
}

@test "library: 200 runs, waited for and forgotten, leave no descriptor and no child" {
  user_bundle locald-service.json
  edit 'del(.linux.cgroupsPath)' # as with ids: each its own
  script 'exit 0'
  capture as_user timeout 600 "$CLIENT" many "$B" "$ID" 200 < /dev/null
  same output "$output" "descriptors more: 0; children: none"
}

@test "library: bind: port 80 for a user, listening and close-on-exec; 81 is refused with the shim's code" {
  client bind 80
  same output "$output" "listening 1 cloexec 1"
  client bind 81
  same status "$status" 1
  has output "$output" "error LOCALD_E_SHIM: PORT: the host's policy does not give port 81 to callers [E_AUTHORITY]"
  client bind 0
  has output "$output" "LOCALD_E_ARGUMENT"
  client bind 65536
  has output "$output" "LOCALD_E_ARGUMENT"
  busybox nc -l -p 80 > /dev/null 2>&1 < /dev/null 3>&- 200>&- &
  STARTED+=("$!")
  wait_for 5 eval 'ss -Hltn "sport = :80" | grep -q .'
  client bind 80
  has output "$output" "Address already in use [E_NETWORK]"
  same "left in /tmp" "$(find /tmp -maxdepth 1 -name 'locald-??????' -user "$TEST_UID")" ""
}

@test "library: names of hosts that are options or nothing never reach the shim" {
  local name
  for name in --clear "" -; do
    client sync-hosts a.localhost "$name"
    has output "$output" "error LOCALD_E_ARGUMENT: names: number 1"
  done
}

@test "library: cleanup: a tree of delegated ids, what is not there, and what is refused" {
  local tree="$T/home/.locald"
  mkdir -p "$tree/c/a"
  touch "$tree/c/a/f"
  chown -R "$TEST_UID:$TEST_GID" "$T/home"
  chown -R "$((SUB_UID + 5)):$((SUB_GID + 7))" "$tree/c/a"
  client cleanup "$tree/c"
  same output "$output" ok
  [ ! -e "$tree/c" ]
  client cleanup "$tree/c"
  same output "$output" ok
  client cleanup "$T/home"
  same status "$status" 1
  has output "$output" "error LOCALD_E_SHIM: PATH: expected a path below a directory .locald"
  has output "$output" "[E_USAGE]"
  has output "$output" "hint: locald-shim --help"
}

@test "library: cgroup kill: a path that is gone is success, one outside is the shim's refusal" {
  client cgroup-kill /locald/never-there
  same output "$output" ok
  client cgroup-kill /system.slice
  same status "$status" 1
  has output "$output" "error LOCALD_E_SHIM: --path"
}

# What docs/client.md says: with what `make install` has put there, and nothing else.
@test "library: docs/examples/run.c: compiled with what is installed, runs a bundle, passes signals on" {
  local prefix="${SHIM%/bin/*}"
  "${CC:-cc}" -std=gnu17 -static-pie -Wall -Wextra -Werror -I "$prefix/include" -L "$prefix/lib" \
    -o "$prefix/bin/run" "$REPO/docs/examples/run.c" -llocald-client -ljansson
  user_bundle locald-service.json
  script 'echo "$0: $(cat)"; exit 5'
  capture as_user "$prefix/bin/run" "$B" "$ID" <<< "input"
  same status "$status" 5
  same output "$output" "/bin/sh: input"
  has stderr "$stderr" "run: started, pid "
  has stderr "$stderr" "run: exited with status 5"
  command_is /nothing
  capture as_user "$prefix/bin/run" "$B" "$ID"
  same status "$status" 127
  has stderr "$stderr" "[E_EXEC_NOT_FOUND]"
  script 'trap "exit 6" TERM; echo ready; while :; do sleep 0.05; done'
  as_user "$prefix/bin/run" "$B" "$ID" > "$OUT" 2> "$ERR" < /dev/null 3>&- 200>&- &
  SHIM_PID=$!
  STARTED+=("$SHIM_PID")
  wait_for 10 says ready
  kill -TERM "$(pgrep -xf "$prefix/bin/run $B $ID")"
  ended
  same status "$status" 6
}

@test "library: install and uninstall: the library and its header, pages, completion" {
  local made=(make -C "$REPO" -s BUILD="${BUILD:-build}" PREFIX=/usr DESTDIR="$T/d")
  "${made[@]}" install 3>&- 200>&-
  same files "$(cd "$T/d" && find . -type f | sort | xargs stat -c '%n %a %U')" "./usr/bin/locald 755 root
./usr/bin/locald-shim 4755 root
./usr/include/locald_client.h 644 root
./usr/lib/liblocald-client.a 644 root
./usr/share/bash-completion/completions/locald 644 root
./usr/share/bash-completion/completions/locald-shim 644 root
./usr/share/man/man1/locald.1 644 root
./usr/share/man/man8/locald-shim.8 644 root"
  touch "$T/d/usr/share/man/man1/other.1"
  "${made[@]}" uninstall 3>&- 200>&-
  same left "$(cd "$T/d" && find . -type f)" "./usr/share/man/man1/other.1"
}

@test "library: self-check: JSON, and whether containers can run" {
  client self-check
  same status "$status" 0
  same usable "$(jq -r .usable <<< "$output")" true
}

# shim_says LINE...: a program of root's says these lines as the report of a run, ends with 7, and leaves a child that
# holds the report for eight seconds.
shim_says() {
  mkdir -p "$T/p"
  install -m 755 "$CLIENT" "$T/p/client"
  install -m 4755 "${CLIENT%/*}/fake" "$T/p/locald-shim"
  echo 0.1.0 > "$T/p/mode"
  printf '%s\n' "$@" > "$T/p/report"
}

followed() {
  local begin="${EPOCHREALTIME/./}"
  capture as_user timeout 60 "$T/p/client" run x y < /dev/null
  [ $((${EPOCHREALTIME/./} - begin)) -lt 6000000 ] || { echo "waited for the child"; return 1; }
  wait_for 30 eval '! pgrep -f "$T/p/locald-shim" > /dev/null'
}

@test "library: all lines that came at once are told one by one, before the end, whoever holds the report" {
  shim_says '{"event":"created","pid":5}' '{"event":"started","pid":5}' '{"event":"new","x":1}' '{"event":"exited","status":3}'
  followed
  same output "$output" "created pid
started pid
exited 3 0
end 7
after it: 0, wait 7 LOCALD_OK"
}

@test "library: nonsense in a report is an error each, and what comes after it is told" {
  shim_says '{"event":"created","pid":5}' hello "$(printf 'x%.0s' {1..70000})" '{"event":"started","pid":-5}' '{"event":"exited","status":3}'
  printf '{"event":"exi' >> "$T/p/report"
  followed
  same output "$output" "created pid
error LOCALD_E_PROTOCOL: locald-shim: an event that is not understood: hello [LOCALD_E_PROTOCOL]
error LOCALD_E_PROTOCOL: locald-shim: an event without end [LOCALD_E_PROTOCOL]
error LOCALD_E_PROTOCOL: locald-shim: an event that is not understood: {\"event\":\"started\",\"pid\":-5} [LOCALD_E_PROTOCOL]
exited 3 0
error LOCALD_E_PROTOCOL: locald-shim: ended within an event [LOCALD_E_PROTOCOL]
end 7
after it: 0, wait 7 LOCALD_OK"
}
