# Attacks that use something up, and what must not leak when the shim fails or crashes.
load ../e2e/helper

# attack_bundle OWNER: the same bundle for both; root's has no user namespace.
attack_bundle() {
  make_bundle "$1" locald-service.json "${2:-$T/$1}"
  edit 'del(.linux.cgroupsPath) | .linux.resources = {} | .process.cwd = "/"'
  [ "$1" = user ] || edit '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings)'
}

# --- quotas ---------------------------------------------------------------------------------------------------------

# Sixty containers where the caller may have fifty processes. Monitor and keeper are the caller's processes, or
# root's; the container is charged to an id of its own. So some don't start: they say so and leave nothing, and the
# others live.
@test "exhaustion: 60 shims with a caller's ulimit -u of 50: those beyond it fail cleanly, the others live on" {
  attack_bundle user
  script 'echo ready; exec sleep 100'
  local n live=0 failed=0
  for n in {1..60}; do
    "${AS[@]}" prlimit --nproc=50:50 "$SHIM" bundle run --bundle "$B" --id "q$n" < /dev/null > "$T/out.$n" 2> "$T/err.$n" 3>&- 200>&- &
    STARTED+=("$!")
  done
  for n in {1..60}; do
    wait_for 20 sh -c "grep -q ready '$T/out.$n' || ! kill -0 ${STARTED[$((n - 1))]} 2>/dev/null || grep -q State:.Z /proc/${STARTED[$((n - 1))]}/status"
    if grep -q ready "$T/out.$n"; then
      live=$((live + 1))
      continue
    fi
    failed=$((failed + 1)) status=0
    wait "${STARTED[$((n - 1))]}" || status=$?
    same "status of $n" "$status" 125
    grep -qE '^locald-shim: error: .*(Resource temporarily unavailable).*\[E_[A-Z_]+\]$' "$T/err.$n" || { cat "$T/err.$n"; return 1; }
  done
  echo "#   live $live, failed $failed" >&3
  [ "$live" -gt 0 ] && [ "$failed" -gt 0 ]
  kill -KILL "${STARTED[@]}" 2>/dev/null || true
  wait_for 5 nothing_left
  inside 'echo again'
  same "afterwards" "$output" again
}

# The kernel's limit of user namespaces is one per user: what the caller's own processes used up is not the
# container's, which is charged to an id of its own. (hoard.c)
@test "exhaustion: the caller's quota of user namespaces used up first: the container is charged to its own id" {
  attack_bundle user
  script 'echo ran'
  AS+=("$TOOLS/hoard" "$(command -v sh)" -c 'unshare --user true 2>/dev/null && echo "not used up"; exec "$@"' -)
  run_container
  same "the container" "$status $output$stderr" "0 ran"
  wait_for 20 nothing_left
}

# --- inside ---------------------------------------------------------------------------------------------------------

# ends_soon: SIGTERM to the shim, and within two seconds all is over.
ends_soon() {
  local begin="${EPOCHREALTIME/./}"
  kill -TERM "$SHIM_PID"
  wait_for 2 gone "$SHIM_PID"
  status=0; wait "$SHIM_PID" || status=$?
  same "status" "$status" 7
  echo "#   $((${EPOCHREALTIME/./} - begin)) us" >&3
  wait_for 1 gone "$INIT_PID"
}

# As many processes as the limit lets, each of which makes more.
@test "exhaustion: a fork bomb inside: SIGTERM works within 2 s" {
  local owner
  for owner in user root; do
    attack_bundle "$owner"
    edit '.process.user = {uid: 0, gid: 0} | .process.rlimits = [{type: "RLIMIT_NPROC", soft: 400, hard: 400}]'
    [ "$owner" = user ] || edit '.process.user = {uid: 54321, gid: 54321}' # root has no such limit
    script 'trap "exit 7" TERM; printf "#!/bin/sh\nwhile :; do /tmp/bomb & done\n" > /tmp/bomb; chmod 755 /tmp/bomb; : > /tmp/ready
      (while :; do sh /tmp/bomb; done) 2>/dev/null & while :; do sleep 0.1 2>/dev/null; done'
    edit '.mounts |= map(if .destination == "/tmp" then .options = ["mode=1777"] else . end)'
    start
    wait_for 20 many_processes 300
    ends_soon
  done
}
many_processes() { [ "$(ls "/proc/$INIT_PID/root/proc" | grep -c '^[0-9]')" -ge "$1" ]; }

# Memory that grows as fast as it can be touched, up to a limit that this machine bears.
@test "exhaustion: a memory hog inside: SIGTERM works within 2 s" {
  local owner
  for owner in user root; do
    attack_bundle "$owner"
    edit '.process.rlimits = [{type: "RLIMIT_AS", soft: 700000000, hard: 700000000}]'
    script 'trap "exit 7" TERM; while :; do head -c 500000000 /dev/zero | tail -n 1; done > /dev/null 2>&1 & echo ready; while :; do sleep 0.1; done'
    start
    wait_for 5 says ready
    wait_for 20 hogging
    ends_soon
  done
}
hogging() { ps -o rss= --ppid "$INIT_PID" --pid "$(pgrep -d, -s "$(ps -o sid= -p "$INIT_PID" | tr -d ' ')")" | awk '{ if ($1 > most) most = $1 } END { exit !(most > 200000) }'; }

# --- what fails -----------------------------------------------------------------------------------------------------

# failed_cleanly: 125 and one line of error, or all went well.
failed_cleanly() {
  [ "$status $output" = "0 ran" ] || { [ "$status" = 125 ] && [ -z "$output" ] && [[ "$stderr" =~ ^locald-shim:\ error:\ .*\[E_[A-Z_]+\] ]]; } ||
    { echo "$*: $status $output $stderr"; return 1; }
}

# ended_well: it ran; or failed with an error of the shim's; or the payload failed, whose calls are made to fail as
# well; or the waiting monitor's filter killed it for what strace puts in a failing call's place.
ended_well() {
  case "$status" in
    0) [ "$output" = ran ] ;;
    125) [ -z "$output" ] && { [ "$call" = write ] || [[ "$stderr" == *"locald-shim: error: "* ]]; } ;;
    126) [[ "$stderr" == *"[E_EXEC]"* ]] ;;
    159) grep -q 'killed by SIGSYS' "$T/trace" ;;
    *) [ "$status" -lt 125 ] && lacks stderr "$stderr" locald-shim ;;
  esac
}

# Each system call that a run makes is made to fail, as the kernel would when something is used up: the first of that
# name in each process, and for a user the third. (All of them, one by one, and killed at each: tests/faults. Not
# madvise, with which waiting monitor and keeper begin, both of which their filters would kill; nor prlimit64, which
# can't fail when it reads one's own limits.)
@test "exhaustion: ENOSPC, EMFILE, ENOMEM, EIO at each system call: exit 125 or success, nothing is left" {
  local owner call when errors=(ENOSPC EMFILE ENOMEM EIO) n=0 good=0
  for owner in user root; do
    attack_bundle "$owner"
    script 'echo ran'
    local by=(-u "$TEST_USER"); [ "$owner" = user ] || by=()
    strace -f -qq -o "$T/calls" "${by[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null > /dev/null
    while read -r call when; do
      capture timeout -k 1 20 strace -f -qq -o "$T/trace" -e trace="$call" -e inject="$call:error=${errors[$((n % 4))]}:when=$when" "${by[@]}" \
        "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
      ended_well || { echo "$owner, $call ${errors[$((n % 4))]}: $status $output $stderr"; return 1; }
      [ "$status" != 125 ] || good=$((good + 1))
      n=$((n + 1))
      [ "$status" != 159 ] || rm -rf "$B/.locald-shim-state" # the keeper was killed for the same
      wait_for 3 nothing_left > "$T/left" ||
        { echo "left by $call, ${errors[$((n % 4))]}:"; tail -n 8 "$T/left"; return 1; }
    done < <(sed -nE '/execve\("\/bin/q; s/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' "$T/calls" | sort -u |
      grep -vxE 'execve|exit|exit_group|brk|rt_sigreturn|mmap|munmap|mprotect|arch_prctl|set_tid_address|set_robust_list|madvise|prlimit64' |
      { if [ "$owner" = user ]; then sed 's/.*/& 1\n& 3/'; else sed 's/$/ 1/'; fi; })
  done
  echo "#   $n calls, $good of them 125" >&3
  [ "$good" -gt 40 ]
}

# The real thing: a full disk, no descriptors, no memory.
@test "exhaustion: a full disk below the bundle, few descriptors, little memory: exit 125 or success, nothing is left" {
  attack_bundle user
  script 'echo ran'
  mkdir "$T/full"
  capture unshare -m sh -c 'mount -t tmpfs -o mode=777,nr_inodes=4,size=64k full "$1" && mkdir -m 777 "$1/b" && cp "$2/config.json" "$1/b/" && chown -R "$4" "$1/b" &&
    head -c 65536 /dev/zero > "$1/fill" 2>/dev/null; shift 4; exec "$@"' - "$T/full" "$B" x "$TEST_UID" \
    "${AS[@]}" "$SHIM" bundle run --bundle "$T/full/b" --id "$ID" < /dev/null
  fails 125 E_STATE ''
  has "reason" "$stderr" "No space left on device"
  local n
  for n in $(seq 3 3 70); do
    capture "${AS[@]}" prlimit --nofile="$n:$n" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
    failed_cleanly "descriptors: $n"
  done
  for n in 1 2 3 4 6 8 12 16 24 32 64 128; do
    capture "${AS[@]}" prlimit --as="$((n << 20))" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
    [ "$status" -gt 128 ] || failed_cleanly "address space: $n MiB" # not even started, or the payload could not
    wait_for 3 nothing_left
  done
}

# --- what leaks -----------------------------------------------------------------------------------------------------

# Monitor, interpreter, keeper and container init crash, each after each few of its system calls, and may dump as much
# as they like. What they hold: /etc/shadow-like bytes of root's, keys, the plan of another step. (crash.c)
@test "exhaustion: core dumps of monitor, interpreter, keeper, container init: none, and never dumpable" {
  attack_bundle user
  command_is true
  edit '.process.rlimits = [{type: "RLIMIT_CORE", soft: 0, hard: 0}]' # the payload's is its own
  ulimit -c unlimited
  mkdir -m 777 "$T/cores"; cd "$T/cores"
  chown -R "$TEST_UID" "$B/rootfs"
  crash "$TEST_UID" 0 20 /bin/ls > "$OUT"
  wait_for 5 cores # the precondition: a crash leaves one
  grep -qx "crashed owner $TEST_UID" "$OUT"
  rm -f "$T"/cores/*
  local role step n said crashed=0 roles=0
  for role in 0 1 2 3; do
    step=(13 2 1 17) roles=0
    for ((n = 1; n < 1200; n += step[role])); do
      said="$(timeout -k 1 20 crash "$TEST_UID" "$role" "$n" "$SHIM" bundle run --bundle "$B" --id "c$role.$n" 2> /dev/null < /dev/null 3>&-)" || return 1
      [ "$said" != ended ] || break
      same "owner of role $role at $n" "$said" "crashed owner 0"
      roles=$((roles + 1))
    done
    echo "#   role $role: $roles crashes" >&3
    [ "$roles" -ge 7 ] # the keeper has eight before it waits
    crashed=$((crashed + roles))
  done
  cd "$T"
  wait_for 5 nothing_left
  ! cores || { find "$T" "$E2E" -type f -name 'core*'; return 1; }
}
cores() { [ -n "$(find "$T" -type f \( -name core -o -name 'core.*' \))" ]; }

# Existence of a path that the caller can't see, told by what the shim says of it: for every option and property that
# holds a path.
@test "exhaustion: existing and missing paths under /root, in every option and property with a path: the same text and code" {
  SECRET="$(mktemp -d /root/there.shim-attacks.XXXXXX)"
  mkdir "$SECRET/dir"; echo s3cret > "$SECRET/file"; mkfifo "$SECRET/fifo"; ln -s file "$SECRET/link"; mkdir "$SECRET/rootfs"
  touch "$SECRET/ns"
  local before; before="$(ls -lAR --time-style=full-iso "$SECRET")"
  local config row
  attack_bundle user
  script true
  config="$(cat "$B/config.json")"
  while IFS= read -r row; do
    compared "$row" || { echo "row: $row"; return 1; }
    printf '%s\n' "$config" > "$B/config.json"
  done <<'ROWS'
option --bundle
plan --bundle
option --pid-file
option --console-socket
edit .root.path = $p
edit .mounts += [{destination: "/data", type: "bind", source: $p, options: ["bind"]}]
edit .mounts += [{destination: "/data", type: "none", source: $p, options: ["rbind", "ro"]}]
edit .mounts += [{destination: "/etc/f", type: "bind", source: $p, options: ["bind"]}]
edit .mounts += [{destination: "/data", type: "bind", source: $p, options: ["bind", "idmap"], uidMappings: .linux.uidMappings, gidMappings: .linux.gidMappings}]
edit .mounts += [{destination: "/data", type: "ext4", source: $p}]
edit .mounts += [{destination: "/data", type: "overlay", source: "x", options: ["lowerdir=" + $p]}]
edit .mounts += [{destination: $p, type: "tmpfs", source: "x"}]
edit .linux.namespaces += [{type: "network", path: $p}]
edit .linux.namespaces |= map(if .type == "ipc" then .path = $p else . end)
edit .linux.namespaces |= map(if .type == "uts" then .path = $p else . end)
edit .linux.namespaces |= map(if .type == "pid" then .path = $p else . end)
edit .linux.namespaces |= map(if .type == "user" then .path = $p else . end)
edit .linux.namespaces |= map(if .type == "mount" then .path = $p else . end)
edit .linux.namespaces += [{type: "cgroup", path: $p}]
edit .linux.namespaces += [{type: "time", path: $p}]
edit .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $p, syscalls: [{names: ["getcwd"], action: "SCMP_ACT_NOTIFY"}]}
edit .linux.devices = [{path: $p, type: "c", major: 1, minor: 3}]
edit .linux.maskedPaths += [$p]
edit .linux.readonlyPaths += [$p]
edit .linux.cgroupsPath = $p
edit .linux.intelRdt = {closID: $p}
edit .process.cwd = $p
edit .process.args = [$p]
edit .process.apparmorProfile = $p
edit .process.env += ["PATH=" + $p] | .process.args = ["x"]
edit .hooks = {startContainer: [{path: $p}]}
edit .hooks = {createRuntime: [{path: $p}]}
link config.json
link rootfs
link .locald-shim-state
ROWS
  same "what is there" "$(ls -lAR --time-style=full-iso "$SECRET")" "$before"
}

teardown_file() { rm -rf /root/there.shim-attacks.*; }

# compared ROW: what the shim says with each path that is there is what it says with one that is not.
compared() {
  local there missing="$SECRET/gone" expected got
  expected="$(said_with "$1" "$missing")"
  for there in file dir fifo link rootfs ns; do
    got="$(said_with "$1" "$SECRET/$there")"
    same "$there, which is there" "${got//$SECRET\/$there/PATH}" "${expected//$missing/PATH}" || return 1
  done
  # a directory further up that is there, and one that is not
  got="$(said_with "$1" "$SECRET/dir/gone")"
  same "below a directory" "${got//$SECRET\/dir\/gone/PATH}" "${expected//$missing/PATH}" || return 1
  got="$(said_with "$1" "/root/gone/gone")"
  same "below none" "${got//\/root\/gone\/gone/PATH}" "${expected//$missing/PATH}"
}

# said_with ROW PATH: status and all that is said.
said_with() {
  local keep name how="${1%% *}" rest="${1#* }"
  case "$how" in
    option)
      [ "$rest" != --console-socket ] || edit '.process.terminal = true'
      if [ "$rest" = --bundle ]; then capture "${AS[@]}" "$SHIM" bundle run --bundle "$2" --id "$ID" < /dev/null
      else run_container "$rest" "$2"; fi ;;
    plan) capture "${AS[@]}" "$SHIM" bundle plan --bundle "$2" ;;
    edit)
      keep="$(cat "$B/config.json")"
      edit --arg p "$2" "$rest"
      run_container
      printf '%s\n' "$keep" > "$B/config.json" ;;
    link)
      [ ! -e "$B/$rest" ] || mv "$B/$rest" "$T/away"
      ln -s "$2" "$B/$rest"
      run_container
      rm "$B/$rest"
      [ ! -e "$T/away" ] || mv "$T/away" "$B/$rest" ;;
  esac
  echo "$status $(cat "$T/stdout" "$T/stderr")"
}
