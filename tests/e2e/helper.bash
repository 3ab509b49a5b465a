# What every file of tests shares. A test makes a bundle of a fixture (root_bundle, user_bundle), edits it (edit,
# command_is, script) and runs it as its owner (container, inside, start). After each test nothing may be left on the host.
bats_require_minimum_version 1.5.0

setup() {
  T="$(mktemp -d "$E2E/t.XXXXXX")"
  chmod 755 "$T"
  ID="t$BATS_TEST_NUMBER"
  REPORT="$T/report" OUT="$T/out" ERR="$T/err"
  STARTED=()
  HOST_BEFORE="$(host_state)" MOUNTS_BEFORE="$(< /proc/self/mountinfo)"
  PATH="$TOOLS:$PATH"
}

teardown() {
  local left=0 pid
  for pid in "${STARTED[@]}"; do
    if kill -KILL "$pid" 2>/dev/null; then wait "$pid" 2>/dev/null || true; fi
  done
  nothing_left || left=1
  rm -rf --one-file-system "$T"
  return "$left"
}

# --- the host -------------------------------------------------------------------------------------------------------

cgroup_mount() { awk '$(NF-2) == "cgroup2" || $0 ~ / - cgroup2 / { print $5; exit }' /proc/self/mountinfo; }

# The containers' cgroups: all directories strictly below one of locald's roots.
cgroup_leaves() {
  local mount
  mount="$(cgroup_mount)"
  find "$mount/locald.slice" "$mount/locald" -mindepth 1 -type d 2>/dev/null || true
}

# Processes in a pid namespace that is not ours, or of the test's user, and shims; without zombies. Few processes are
# started to find them: this runs twice for each test, and in the virtual machine each takes 20 ms.
foreign_processes() {
  local own pid
  own="$(readlink /proc/self/ns/pid)"
  { stat -c %N /proc/[0-9]*/ns/pid 2>/dev/null || true
    grep -sE '^(Name|State|Uid):' /proc/[0-9]*/status || true; } |
    awk -F / -v own="$own" -v uid="$TEST_UID" '
      $4 ~ /^ns/ { if (/ -> / && !index($0, own)) foreign[$3] = 1; next }
      { split($0, word, "[:\t]") }
      word[2] == "State" && word[4] ~ /^Z/ { zombie[$3] = 1 }
      word[2] == "Name" && word[4] == "locald-shim" || word[2] == "Uid" && word[5] == uid { foreign[$3] = 1 }
      END { for (pid in foreign) if (!(pid in zombie)) print pid }' | sort -n |
    while read -r pid; do echo "$pid $(tr '\0' ' ' 2>/dev/null < "/proc/$pid/cmdline")"; done
}

host_state() { cgroup_leaves; foreign_processes; }

# Fails when, a second after a test, the host has something new, its mounts are others, or the bundle got a new file.
nothing_left() {
  local try now new
  for try in {1..10}; do
    now="$(host_state)" new=
    [ "$now" = "$HOST_BEFORE" ] || new="$(comm -13 <(sort <<< "$HOST_BEFORE") <(sort <<< "$now"))"
    [ -n "$new" ] || break
    sleep 0.1
  done
  same "left on the host" "$new" "" || return 1
  same "the host's mounts" "$(< /proc/self/mountinfo)" "$MOUNTS_BEFORE" || return 1
  [ -z "${B:-}" ] || [ ! -d "$B" ] || same "files in the bundle" "$(ls -A "$B")" "$BUNDLE_FILES"
}

# --- assertions -----------------------------------------------------------------------------------------------------

# same WHAT GOT EXPECTED
same() {
  [ "$2" = "$3" ] && return
  printf '%s:\n  got      %s\n  expected %s\n' "$1" "$2" "$3"
  return 1
}

# has WHAT TEXT PART: the text contains the part.
has() {
  [[ "$2" == *"$3"* ]] && return
  printf '%s: no "%s" in\n%s\n' "$1" "$3" "$2"
  return 1
}

lacks() {
  [[ "$2" != *"$3"* ]] && return
  printf '%s: "%s" should not be in\n%s\n' "$1" "$3" "$2"
  return 1
}

# succeeds: the last `capture` ended with status 0 and said nothing on stderr.
succeeds() {
  [ "$status" = 0 ] && [ -z "$stderr" ] && return
  printf 'status %s\nstdout: %s\nstderr: %s\n' "$status" "$output" "$stderr"
  return 1
}

# fails STATUS CODE WHERE: the last `capture` ended with this status and one line of error, and perhaps one hint.
fails() {
  local line='^locald-shim: error: (.*) \[(E_[A-Z_]+)\]$' first rest
  first="${stderr%%$'\n'*}" rest="${stderr#"$first"}" rest="${rest#$'\n'}"
  if [ "$status" = "$1" ] && [[ "$first" =~ $line ]] && [ "${BASH_REMATCH[2]}" = "$2" ] &&
     [[ "${BASH_REMATCH[1]}" == "$3"* ]] && [ -z "$output" ] &&
     { [ -z "$rest" ] || [[ "$rest" == "  hint: "* && "$rest" != *$'\n'* ]]; }; then
    return
  fi
  printf 'expected status %s, %s at "%s"\ngot status %s\nstdout: %s\nstderr: %s\n' "$1" "$2" "$3" "$status" "$output" "$stderr"
  return 1
}

# wait_for SECONDS COMMAND...: until the command succeeds. TIME_SCALE is for slow machines.
wait_for() {
  local end=$((${EPOCHREALTIME/./} + $1 * ${TIME_SCALE:-1} * 1000000)); shift
  until "$@"; do
    [ "${EPOCHREALTIME/./}" -lt "$end" ] || { echo "waited in vain for: $*"; return 1; }
    sleep 0.02
  done
}

# gone PID: it ended; that its parent did not wait for it yet is not its fault.
gone() { local state; state="$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)"; [ "${state:-Z}" = Z ]; }

# --- bundles --------------------------------------------------------------------------------------------------------

as_user() { setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups -- "$@"; }

# make_bundle OWNER FIXTURE [DIRECTORY]: $B becomes a bundle of the fixture with a busybox root file system of its own.
make_bundle() {
  B="${3:-$T/bundle}" VOLUME="$T/volume"
  mkdir -p "$B" "$VOLUME"
  cp -a "$E2E/rootfs.$1" "$B/rootfs"
  jq --arg rootfs "$B/rootfs" --arg volume "$VOLUME" --arg userdata "$T/userdata" --arg owner "$1" \
    --argjson uid "$TEST_UID" --argjson gid "$TEST_GID" '
    walk(if type == "string" then gsub("@ROOTFS@"; $rootfs) | gsub("@VOLUME@"; $volume) | gsub("@USERDATA@"; $userdata)
         else . end)
    | if .linux.uidMappings and $owner == "user"
      then .linux.uidMappings[0].hostID = $uid | .linux.gidMappings[0].hostID = $gid else . end
    | .process.terminal = false' "$FIXTURES/$2" > "$B/config.json"
  AS=()
  if [ "$1" = user ]; then
    chown "$TEST_UID:$TEST_GID" "$T" "$B" "$B/config.json" "$VOLUME"
    AS=(setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --)
  fi
  BUNDLE_FILES="$(ls -A "$B")"
}

root_bundle() { make_bundle root "$@"; }
user_bundle() { make_bundle user "$@"; }

# edit JQ-ARGUMENTS...: rewrites config.json in place, so that its owner stays.
edit() {
  local new; new="$(jq "$@" < "$B/config.json")"
  printf '%s\n' "$new" > "$B/config.json"
}

# command_is ARG...: what the container executes.
command_is() { edit '.process.args = $ARGS.positional' --args -- "$@"; }
script() { command_is /bin/sh -c "$1"; }

# Adds delegated ids to the maps: container id 0 is the caller, 1.. are the subordinate ones.
map_subordinate_ids() {
  edit --argjson u "$SUB_UID" --argjson g "$SUB_GID" '
    .linux.uidMappings += [{containerID: 1, hostID: $u, size: 65536}]
    | .linux.gidMappings += [{containerID: 1, hostID: $g, size: 65536}]'
}

# container OPTIONS...: runs $B as its owner.
container() { "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" "$@"; }

# capture COMMAND...: sets status, output, lines, and stderr without the shim's warnings, which are in warnings. (bats' own run loses tests that end with 127, and hangs
# when something is left that holds its descriptor 3.)
capture() {
  status=0
  "$@" > "$T/stdout" 2> "$T/stderr" 3>&- || status=$?
  output="$(tr '\0' ' ' < "$T/stdout")" stderr="$(tr '\0' ' ' < "$T/stderr")"
  warnings="$(sed -n '/^locald-shim: warning: /p' <<< "$stderr")" stderr="$(sed '/^locald-shim: warning: /d' <<< "$stderr")"
  mapfile -t lines <<< "$output"
}

run_container() { capture container "$@" < /dev/null; }

# inside SCRIPT: runs a shell script in the container.
inside() { script "$1"; run_container; }

# start OPTIONS...: runs $B in the background and waits until the payload was executed. Sets SHIM_PID and INIT_PID.
start() {
  : > "$REPORT"; : > "$OUT" # not what the container before it said
  "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" --report-fd 9 "$@" 9> "$REPORT" > "$OUT" 2> "$ERR" < /dev/null 3>&- &
  SHIM_PID=$!
  STARTED+=("$SHIM_PID")
  wait_for 10 started_or_ended
  INIT_PID="$(jq -r 'select(.event == "created").pid' "$REPORT")"
  [ -n "$INIT_PID" ] || { echo "not started:"; cat "$ERR"; return 1; }
}

started_or_ended() { grep -q '"event":"started"' "$REPORT" || gone "$SHIM_PID"; }

# ended: waits for the container of `start` and sets status.
ended() {
  status=0
  wait_for 10 gone "$SHIM_PID"
  wait "$SHIM_PID" || status=$?
}

says() { grep -qx -- "$1" "$OUT"; }
