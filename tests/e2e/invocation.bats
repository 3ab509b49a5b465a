# The command line and how the shim is installed and called. What a hostile caller makes of it: tests/attacks/invocation.bats.
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

@test "invocation: whatever the shim is executed as, its process is called locald-shim" {
  user_bundle locald-service.json
  script 'while :; do sleep 1; done'
  ln -s "$SHIM" "$T/other"
  SHIM="$T/other"
  start
  same name "$(cat "/proc/$SHIM_PID/comm")" locald-shim
}
