# The client library, liblocald-client.a, at work: tests/callers/tools/client.c beside the installed shim.
load ../e2e/helper

setup_file() {
  make -C "$REPO" -s callers-tools BUILD="${BUILD:-build}" 3>&- 200>&-
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
  same output "$output" "created pid
started pid
inside
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
  same "left in /tmp" "$(find /tmp -maxdepth 1 -name 'locald-??????' -user "$TEST_UID")" ""
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

@test "library: self-check: JSON, and whether containers can run" {
  client self-check
  same status "$status" 0
  same usable "$(jq -r .usable <<< "$output")" true
}
