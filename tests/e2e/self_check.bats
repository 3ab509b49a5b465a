# admin self-check: what keeps containers from running, each with what to do.
load helper

check() { capture "${AS[@]}" "$@" admin self-check; }

# line LEVEL NAME: what the last check said of it.
line() { sed -n "s/^$1 *$2: //p" <<< "$output"; }

@test "self-check: a host and a caller in order: status 0" {
  AS=(setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --)
  check "$SHIM"
  same status "$status" 0
  lacks output "$output" problem
  has privilege "$(line ok privilege)" "setuid bit is effective"
  has ids "$(line ok ids)" "uid $TEST_UID has 1 ranges"
  has kernel "$(line ok kernel)" "$(uname -r)"
  has policy "$(line ok policy)" "ports 80 443"
  capture "${AS[@]}" "$SHIM" admin self-check --format json
  same usable "$(jq .usable <<< "$output")" true
  same "a fix where all is well" "$(jq -r '.checks[] | select(.status == "ok" and .fix != "").name' <<< "$output")" ""
}

@test "self-check: not setuid, no_new_privs, a nosuid mount: a problem with its fix, status 1" {
  AS=(setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --)
  check "$SHIM_PLAIN"
  same status "$status" 1
  [ -n "$(line problem privilege)" ]
  has binary "$(line problem binary)" "no setuid bit"
  has fix "$output" "fix: sudo chown root:root $SHIM_PLAIN && sudo chmod 4755 $SHIM_PLAIN"
  capture "${AS[@]}" setpriv --no-new-privs -- "$SHIM" admin self-check --format json
  same status "$status" 1
  has message "$(jq -r '.checks[] | select(.name == "privilege" and .status == "problem").message' <<< "$output")" no_new_privs
  mkdir "$T/mnt"
  capture unshare -m sh -c 'mount -t tmpfs -o nosuid tmpfs "$1" && cp -p "$2" "$1" && chmod 755 "$1" &&
    exec setpriv --reuid "$3" --regid "$3" --clear-groups "$1/locald-shim" admin self-check' sh "$T/mnt" "$SHIM" "$TEST_UID"
  same status "$status" 1
  has binary "$(line problem binary)" nosuid
}

@test "self-check: a binary that others can replace is a problem, also for root" {
  mkdir -m 777 "$T/open"
  cp "$SHIM" "$T/open/locald-shim"
  chmod 4777 "$T/open/locald-shim"
  AS=()
  check "$T/open/locald-shim"
  same status "$status" 1
  has binary "$(line problem binary)" "written by others"
  has directory "$(line problem directory)" "replace the binary"
}

@test "self-check: without delegated ids a note, and what to do" {
  AS=(setpriv --reuid 64002 --regid 64002 --clear-groups --)
  check "$SHIM"
  same status "$status" 0
  has ids "$(line note ids)" "only the caller's own ids"
  has fix "$output" "--add-subuids"
}

@test "self-check: inside a user namespace: not privileged" {
  AS=(setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups -- unshare --user --map-user="$TEST_UID" --map-group="$TEST_GID")
  check "$SHIM"
  same status "$status" 1
  [ -n "$(line problem privilege)" ]
}

@test "self-check: mistakes of the command line" {
  AS=()
  capture "$SHIM" admin self-check --format yaml
  fails 125 E_USAGE --format
  capture "$SHIM" admin self-check more
  fails 125 E_USAGE "command line"
}
