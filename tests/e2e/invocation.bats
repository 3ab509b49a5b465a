# The command line and how the shim is installed and called.
load helper

@test "install: root:root 4755" {
  same "mode" "$(stat -c '%a %u:%g' "$SHIM")" "4755 0:0"
}

@test "--shim-version is a SemVer and a newline, setuid or not, as anybody" {
  local shim
  for shim in "$SHIM" "$SHIM_PLAIN"; do
    as_user "$shim" --shim-version > "$OUT"
    grep -Eqx '(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?' "$OUT"
    same "lines" "$(wc -l < "$OUT")" 1
  done
}

@test "--version names the program and its version" {
  capture as_user "$SHIM" --version
  succeeds
  has "version" "$output" "locald-shim"
  has "version" "$output" "$("$SHIM" --shim-version)"
}

@test "--help names the commands and the exit statuses" {
  capture as_user "$SHIM" --help
  succeeds
  local word; for word in "bundle run" "bundle plan" --console-socket --pid-file --report-fd 125 126 127; do has "help" "$output" "$word"; done
}

# usage ARG...: refused as a mistake of the command line.
usage() {
  capture "${AS[@]}" "$SHIM" "$@" < /dev/null
  fails 125 E_USAGE '' || { echo "arguments: $*"; return 1; }
}

@test "mistakes of the command line are refused with 125" {
  user_bundle locald-service.json
  script true
  usage
  usage frobnicate
  usage bundle
  usage bundle frobnicate
  usage --frobnicate
  usage bundle run
  usage bundle run --bundle "$B"
  usage bundle run --id a
  usage bundle run --bundle "$B" --id
  usage bundle run --bundle "$B" --id a --frobnicate
  usage bundle run --bundle "$B" --id a left-over
  usage bundle run --bundle "$B" --bundle "$B" --id a
  usage bundle run --bundle "$B" --id a --id a
  usage bundle run --bundle '' --id a
  usage bundle run --bundle "$B" --id a --pid-file ''
  usage bundle run --bundle "$B" --id a --report-fd 1
  usage bundle run --bundle "$B" --id a --report-fd x
  usage bundle run --bundle "$B" --id a --report-fd 99999999999
  usage bundle run --bundle "$B" --id a --format json
  usage bundle plan
  usage bundle plan --bundle "$B" --format yaml
  usage bundle plan --bundle "$B" --format text --format text
}

@test "--option=value is understood" {
  user_bundle locald-service.json
  script 'echo ran'
  capture "${AS[@]}" "$SHIM" bundle run --bundle="$B" --id="$ID" < /dev/null
  succeeds
  same "output" "$output" ran
}

@test "a relative --bundle is relative to the caller's directory" {
  user_bundle locald-service.json
  script 'echo ran'
  cd "$B"
  capture "${AS[@]}" "$SHIM" bundle run --bundle . --id "$ID" < /dev/null
  succeeds
  same "output" "$output" ran
}

@test "an empty argv is a mistake of the command line" {
  capture env -i "$TOOLS/launch" empty-argv "$SHIM"
  fails 125 E_USAGE ''
}

@test "every combination of closed descriptors 0, 1, 2: the payload runs, nothing of ours takes their place" {
  user_bundle locald-service.json
  local n status
  for n in 0 1 2 3 4 5 6 7; do
    script "echo \$(ls /proc/self/fd) > /workspace/fds.$n; exit 5"
    status=0
    "$TOOLS/launch" close "$n" "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" || status=$?
    same "status, closed $n" "$status" 5
    lacks "descriptors, closed $n" "$(cat "$VOLUME/fds.$n")" 4
  done
}

@test "not setuid: not privileged, at once" {
  user_bundle locald-service.json
  script 'echo ran'
  capture "${AS[@]}" "$SHIM_PLAIN" bundle run --bundle "$B" --id "$ID" < /dev/null
  fails 125 E_NOT_PRIVILEGED ''
  has "hint" "$stderr" $'\n  hint: '
}

@test "no_new_privs: not privileged, at once" {
  user_bundle locald-service.json
  script 'echo ran'
  capture setpriv --no-new-privs "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  fails 125 E_NOT_PRIVILEGED ''
}

@test "from a nosuid mount: not privileged, at once" {
  user_bundle locald-service.json
  script 'echo ran'
  capture unshare --mount sh -c 'mount -t tmpfs -o nosuid tmpfs "$1" && cp -p "$2" "$1/shim" && shift 2 && exec "$@"' - \
    /mnt "$SHIM" "${AS[@]}" /mnt/shim bundle run --bundle "$B" --id "$ID" < /dev/null
  fails 125 E_NOT_PRIVILEGED ''
}

@test "an evil environment changes nothing" {
  user_bundle locald-service.json
  script 'echo ran'
  printf 'error("evil")' > "$T/evil.lua"
  capture env LUA_INIT="@$T/evil.lua" LUA_INIT_5_4="@$T/evil.lua" LUA_PATH="$T/?.lua" LUA_CPATH="$T/?.so" \
    LD_PRELOAD="$T/evil.so" GCONV_PATH="$T" LOCPATH="$T" TMPDIR="$T/none" PATH=/nowhere:/bin:/usr/bin TZ=:/etc/shadow \
    LISTEN_FDS=3 NOTIFY_SOCKET="$T/none" GLIBC_TUNABLES=glibc.malloc.check=3 "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  same "output" "$output" ran
  same "status" "$status" 0
}

@test "umask 0 and 0777: the payload's is the bundle's, files of the shim are the caller's only" {
  user_bundle locald-service.json
  command_is /bin/sh -c 'umask; exec payload ignore'
  local mask
  for mask in 0 0777; do
    umask "$mask"; start; umask 022
    wait_for 5 says ready
    says 0022
    same "mode of the state directory" "$(stat -c %a "$B/.locald-shim-state/$ID")" 700
    kill -KILL "$INIT_PID"
    ended
  done
}

@test "no file may be written (RLIMIT_FSIZE 0): a clean error, nothing left" {
  user_bundle locald-service.json
  script 'echo ran'
  local said
  said="$(prlimit --fsize=0 "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" 2>&1 < /dev/null)" || same "status" "$?" 125
  [ "$said" = ran ] || has "message" "$said" "[E_STATE]"
}

@test "hard limits under which a run could not be ended are refused before anything is made" {
  user_bundle locald-service.json
  script 'echo ran'
  local limit
  for limit in --nofile=9:9 --nofile=63:63 --stack=65536:65536; do
    capture prlimit "$limit" "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
    fails 125 E_USAGE start
  done
  capture prlimit --nofile=64:64 "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  same "status" "$status" 125 # the bundle asks for more: RLIMIT_NOFILE 1024
  has "message" "$stderr" "[E_RLIMIT]"
}

@test "an itimer that was armed before the exec does not kill the shim" {
  user_bundle locald-service.json
  script 'sleep 0.3; echo ran'
  capture "$TOOLS/launch" itimer 20 "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID"
  same "output" "$output" ran
}
