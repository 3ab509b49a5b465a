# process.terminal, process.consoleSize, --console-socket
load helper

# terminal_bundle OWNER FIXTURE
terminal_bundle() {
  make_bundle "$@"
  edit '.process.terminal = true'
}

# typed SIZE STEP...: drives the container at a terminal; output in $output.
typed() {
  local size="$1"; shift
  capture ptydrive --size "$size" "$@" -- "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" --pid-file "$T/pid"
}

waiting='trap "exit 3" TERM; trap "echo usr1" USR1; echo ready; while :; do sleep 0.05; done'

@test "runc spec as it is written: an interactive shell, the terminal's size, its exit status" {
  terminal_bundle root runc-spec.json
  typed 33x97 expect '# ' send 'stty size\n' expect '33 97' send 'tty\n' expect /dev/ send 'exit 7\n'
  same "status" "$status" 7
}

@test "runc spec --rootless as it is written, for an unprivileged caller" {
  terminal_bundle user runc-spec-rootless.json
  typed 33x97 expect '# ' send 'stty size\n' expect '33 97' send 'exit 7\n'
  same "status" "$status" 7
}

@test "a window change reaches the payload, with SIGWINCH" {
  terminal_bundle user locald-service.json
  script 'trap "echo winch; stty size" WINCH; echo ready; while :; do sleep 0.05; done'
  typed 24x80 expect ready resize 41x123 expect winch expect '41 123' signal KILL
  same "status" "$status" 137
}

@test "consoleSize: the size where the caller has no terminal; a terminal's own size wins" {
  terminal_bundle root runc-spec.json
  edit '.process.consoleSize = {height: 11, width: 22}'
  script 'stty size'
  run_container
  succeeds
  has "no terminal" "$output" "11 22"
  typed 24x80
  has "a terminal" "$output" "24 80"
}

@test "Ctrl-C interrupts what runs inside and not the shim" {
  terminal_bundle root runc-spec.json
  typed 24x80 expect '# ' send 'sh -c "echo go; exec sleep 100"\n' expect $'\r\ngo\r\n' send '\x03' \
    send 'echo st=$?\n' expect 'st=130' send 'exit\n'
  [ "$status" = 0 ] || [ "$status" = 130 ]
}

@test "what is typed is echoed once; a line ends with CR LF" {
  terminal_bundle root runc-spec.json
  script 'read x; echo "got $x"'
  typed 24x80 raw send 'abc\r' expect $'abc\r\ngot abc\r\n'
  same "status" "$status" 0
  same "echoes" "$(grep -c '^abc' <<< "$output")" 1
}

@test "/dev/console is the terminal" {
  terminal_bundle root runc-spec.json
  script 'echo over-console > /dev/console; test -t 0 && test -t 1 && test -t 2 && echo three'
  typed 24x80 expect over-console expect three
  same "status" "$status" 0
}

# Every way out: ptydrive fails (99) unless the terminal is, at the end, just as it was.

@test "raw mode is restored after the payload was killed" {
  terminal_bundle user locald-service.json
  script "$waiting"
  ptydrive expect ready raw -- "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" --pid-file "$T/pid" > "$OUT" 2>&1 3>&- &
  local driver=$!
  STARTED+=("$driver")
  wait_for 10 grep -q ready "$OUT"
  kill -KILL "$(cat "$T/pid")"
  status=0; wait "$driver" || status=$?
  same "status" "$status" 137
}

@test "raw mode is restored after the shim got SIGTERM" {
  terminal_bundle user locald-service.json
  script "$waiting"
  typed 24x80 expect ready raw signal TERM
  same "status" "$status" 3
}

@test "raw mode is restored after an error" {
  terminal_bundle user locald-service.json
  command_is /bin/nothing-here
  typed 24x80
  same "status" "$status" 127
  has "error" "$output" "[E_EXEC_NOT_FOUND]"
}

@test "raw mode is restored after SIGKILL of the shim" {
  terminal_bundle user locald-service.json
  script "$waiting"
  typed 24x80 expect ready raw signal KILL cooked
  same "status" "$status" 137
}

@test "signals are forwarded with a terminal too" {
  terminal_bundle user locald-service.json
  script "$waiting"
  typed 24x80 expect ready signal USR1 expect usr1 signal TERM
  same "status" "$status" 3
}

@test "terminal without a terminal: the output arrives all the same" {
  terminal_bundle user locald-service.json
  script 'echo hello; exit 4'
  run_container
  same "status" "$status" 4
  has "output" "$output" hello
}

@test "--console-socket: the master goes to the socket and stdio stays the shim's" {
  terminal_bundle user locald-service.json
  script 'stty size; read x; echo "got $x"; exit 5'
  capture ptydrive --size 20x70 --console-socket "$T/console" send 'abc\n' expect 'got abc' -- \
    "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" --console-socket "$T/console"
  same "status" "$status" 5
  same "stderr" "$stderr" ""
}

@test "--console-socket that nobody listens to is an error which names it" {
  terminal_bundle user locald-service.json
  script true
  run_container --console-socket "$T/no-such-socket"
  fails 125 E_FILE --console-socket
}

@test "--console-socket: a socket that the caller may not connect to is refused" {
  terminal_bundle user locald-service.json
  script true
  mkdir -m 700 "$T/private"; chown 0:0 "$T/private"
  run_container --console-socket "$T/private/socket"
  fails 125 E_FILE --console-socket
}
