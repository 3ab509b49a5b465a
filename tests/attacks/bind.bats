# bind PORT SOCKET_PATH: what it is for, and what it is not.
load ../e2e/helper

CONF=/etc/locald-shim.conf
PORT=80

setup_file() { [ ! -e "$CONF" ] || cp -a "$CONF" "$BATS_FILE_TMPDIR/conf"; rm -f "$CONF"; }
eval "$(declare -f teardown | sed '1s/teardown/teardown_host/')"
teardown() { rm -f "$CONF"; teardown_host; }
teardown_file() { rm -f "$CONF"; [ ! -e "$BATS_FILE_TMPDIR/conf" ] || cp -a "$BATS_FILE_TMPDIR/conf" "$CONF"; }

# takes [deaf|mute]: the caller listens on $SOCKET, what it gets goes to $T/taken.
takes() {
  chown "$TEST_UID:$TEST_GID" "$T"
  SOCKET="${LISTENS:-$T/socket}"
  rm -f "$SOCKET"
  setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups "$TOOLS/takeport" "$SOCKET" "$@" > "$T/taken" 2>&1 3>&- 200>&- &
  STARTED+=("$!")
  TAKER=$!
  wait_for 5 grep -q ready "$T/taken"
}

binds() { capture as_user "$SHIM" bind "$@"; }

# In a network namespace of its own: the test's ports are nobody's.
port_is_free() { ! ss -Hltn "sport = :$1" | grep -q .; }

@test "bind: the caller gets a listening TCP socket on 0.0.0.0, from a peer of its own uid" {
  takes
  binds "$PORT" "$SOCKET"
  succeeds
  wait_for 5 gone "$TAKER"
  same taken "$(cat "$T/taken")" "ready
uid $TEST_UID
bytes fd
listening 0.0.0.0:80"
}

@test "bind: ports-address = loopback in the policy" {
  echo "ports-address = loopback" > "$CONF"
  takes
  binds 443 "$SOCKET"
  rm -f "$CONF"
  succeeds
  wait_for 5 gone "$TAKER"
  has taken "$(cat "$T/taken")" "listening 127.0.0.1:443"
}

# Anything but the plain decimal of a port.
@test "bind: a PORT that is no port is refused" {
  local port
  for port in 0 65536 -1 080 0x50 " 80" $'80\n' 1e2 "80 " +80 "" 99999999999999999999 8O; do
    binds "$port" "$T/socket"
    fails 125 E_USAGE "" || { echo "port: $port"; return 1; }
  done
  binds 80
  fails 125 E_USAGE ""
  binds 80 "$T/a" "$T/b"
  fails 125 E_USAGE ""
  binds 80 ""
  fails 125 E_USAGE SOCKET_PATH
}

# Ports that the host's services have their trust from.
@test "bind: ports that root's policy does not list are refused" {
  local port
  takes
  for port in 22 25 53 81 444 1 1023 8080; do
    binds "$port" "$SOCKET"
    fails 125 E_AUTHORITY PORT || { echo "port: $port"; return 1; }
  done
  echo "ports = 8080" > "$CONF"
  binds 80 "$SOCKET"
  fails 125 E_AUTHORITY PORT
  binds 8080 "$SOCKET"
  succeeds
}

# The shim as a deputy that connects where only root may.
@test "bind: a socket that only root may connect to: the caller's own EACCES, and the port is free" {
  mkdir -m 700 "$T/roots"
  "$TOOLS/takeport" "$T/roots/socket" > "$T/taken" 3>&- 200>&- & STARTED+=("$!")
  wait_for 5 grep -q ready "$T/taken"
  binds 80 "$T/roots/socket"
  fails 125 E_FILE SOCKET_PATH
  has stderr "$stderr" "Permission denied"
  port_is_free 80
  binds 80 "$T/roots/missing"
  has "the same for one that is missing" "$stderr" "Permission denied"
  same taken "$(cat "$T/taken")" ready
}

@test "bind: socket paths of 108 bytes and more, files, nobody there: refused, and the port is free" {
  local long more
  long="$T/$(printf 'a%.0s' {1..200})"
  LISTENS="${long:0:107}" # where somebody listens, and would get what is meant for a longer path
  takes
  for more in "${long:0:108}" "${long:0:109}" "$long"; do
    binds 80 "$more"
    fails 125 E_FILE SOCKET_PATH
    has stderr "$stderr" "107"
  done
  port_is_free 80
  same taken "$(cat "$T/taken")" ready
  binds 80 "$LISTENS"
  succeeds
  wait_for 5 gone "$TAKER"
  touch "$T/file"
  binds 80 "$T/file"
  fails 125 E_FILE SOCKET_PATH
  binds 80 "@abstract"
  fails 125 E_FILE SOCKET_PATH
  port_is_free 80
}

# A port that would be held for ever by somebody who does not answer.
@test "bind: who does not accept, or not read: refused after 5 seconds, and the port listens no more" {
  local how
  for how in deaf mute; do
    takes "$how"
    binds 80 "$SOCKET"
    fails 125 E_FILE SOCKET_PATH
    has stderr "$stderr" "nothing for 5 s"
    port_is_free 80
    kill "$TAKER"
    wait_for 5 gone "$TAKER"
  done
  takes
  binds 80 "$SOCKET"
  succeeds
}

@test "bind: a port that is in use is an error that says so" {
  takes
  local first="$TAKER"
  binds 80 "$SOCKET"
  succeeds
  wait_for 5 gone "$first"
  takes
  busybox nc -l -p 80 > /dev/null 2>&1 < /dev/null 3>&- 200>&- & STARTED+=("$!")
  wait_for 5 eval '! port_is_free 80'
  binds 80 "$SOCKET"
  fails 125 E_NETWORK PORT
  has stderr "$stderr" "in use"
}

@test "bind: what runs has no privilege while it connects: traced, bind(2) alone stands between capset and capset" {
  takes
  capture strace -f -u "$TEST_USER" -e trace=bind,connect,capset,setresuid,listen -o "$T/trace" "$SHIM" bind 80 "$SOCKET"
  succeeds
  local calls
  calls="$(sed -n 's/^[0-9]* *\([a-z]*\)(\(.*\))* = .*/\1 \2/p' "$T/trace" | grep -A2 'capset.*1<<CAP_NET_BIND_SERVICE, permitted' | cut -d ' ' -f 1 | tr '\n' ' ')"
  has "between the brackets" "$calls" "capset bind capset"
  # everything is given up before connect(2)
  sed -n '/ connect(/q;p' "$T/trace" | grep 'setresuid' | tail -n 1 | grep -qE "setresuid\\($TEST_UID, $TEST_UID, $TEST_UID\\)"
  sed -n '/ connect(/q;p' "$T/trace" | grep capset | tail -n 1 | grep -q 'permitted=0'
}

@test "bind: SIGTERM ends it while it waits" {
  takes mute
  setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups "$SHIM" bind 80 "$SOCKET" > "$OUT" 2> "$ERR" < /dev/null 3>&- 200>&- & SHIM_PID=$!
  STARTED+=("$SHIM_PID")
  wait_for 5 eval '! port_is_free 80'
  kill -TERM "$SHIM_PID"
  ended
  same status "$status" 143
}
