#!/usr/bin/env bash
# The fault sweep: every system call that a run makes, one after the other, fails once (or the process is killed there). After each run:
# the status is 0 only if the payload really ran, a failure has its line of error, and nothing is left: no process, mount, cgroup, file.
#   STRIDE=N   only every Nth point, beginning at a random one (default 1: all)
#   MODES      what happens at a point: error kill (default both)
set -uo pipefail
cd "$(dirname "$0")/../.."
source tests/e2e/setup_suite.bash
source tests/e2e/helper.bash 2>/dev/null
STRIDE="${STRIDE:-1}" MODES="${MODES:-error kill}"

# What the kernel could answer: by the number of the call.
declare -A ERRNO
for c in 0 7 17 44 45 46 47 61 247 271; do ERRNO[$c]=4; done               # read poll pread send recv wait: EINTR
for c in 2 257 437 32 33 292 434 282 289 53; do ERRNO[$c]=24; done         # open dup pidfd signalfd socketpair: EMFILE
for c in 1 18 83 258 133 259 82 264 190 188; do ERRNO[$c]=28; done         # write mkdir mknod rename setxattr: ENOSPC
for c in 9 12 25 56 435 28 321; do ERRNO[$c]=12; done                      # mmap brk mremap clone madvise bpf: ENOMEM
for c in 105 106 113 114 116 117 119 125 126 157; do ERRNO[$c]=1; done     # set*id capset prctl: EPERM
errno_of() { echo "${ERRNO[$1]:-5}"; }                                     # EIO

prepare() { # OWNER BUNDLE
  T="$(mktemp -d "$E2E/f.XXXXXX")"; chmod 755 "$T"
  case "$2" in
    plain) "${1}_bundle" "$([ "$1" = root ] && echo runc-spec.json || echo runc-spec-rootless.json)"
           edit 'del(.linux.resources.devices)' ;;
    cgroup) "${1}_bundle" "$([ "$1" = root ] && echo runc-spec.json || echo runc-spec-rootless.json)"
           edit '.process.terminal = true | .linux.cgroupsPath = "/locald/faults/leaf" | del(.linux.resources.devices)
                 | .linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "cgroup"}])' ;;
  esac
  script 'echo payload ran'
  UIDS=0; [ "$1" = root ] || UIDS="$TEST_UID"
}

point() { # MODE PROCESS CALL NUMBER
  local how=kill status=0 said injected left
  [ "$1" = kill ] || how="$(errno_of "$4")"
  timeout 20 "$E2E/inject" -u "$UIDS" -p "$2" -n "$3" -e "$how" "$SHIM" bundle run --bundle "$B" --id f \
    3> "$T/injected" > "$T/stdout" 2> "$T/stderr" < /dev/null || status=$?
  [ -s "$T/injected" ] || { missed=$((missed + 1)); return 0; }
  swept=$((swept + 1))
  said="$(tr -d '\r' < "$T/stdout")"
  local why=
  if [ "$status" = 0 ] && [[ "$said" != *"payload ran"* ]]; then why="status 0 without the payload"; fi
  if [ "$status" = 124 ]; then why="it hangs"; fi
  if [ "$1" = error ] && [ "$status" != 0 ] && [[ "$said" != *"payload ran"* ]] && ! grep -q '^locald-shim: error: ' "$T/stderr"; then why="status $status without a line of error"; fi
  for _ in {1..20}; do
    left="$(comm -13 <(sort <<< "$HOST_BEFORE") <(host_state | sort))"; [ -z "$left" ] && break; sleep 0.1
  done
  [ -z "$left" ] || why="left: $left"
  [ "$(ls -A "$B")" = "$BUNDLE_FILES" ] || why="files in the bundle: $(ls -A "$B" | tr '\n' ' ')"
  [ "$(cat /proc/self/mountinfo)" = "$MOUNTS_BEFORE" ] || why="mounts changed"
  if [ -n "$why" ]; then
    failed=$((failed + 1))
    echo "not held: $NAME $1 process $2 call $3 (number $4, errno $how): $why; status $status: $(head -c 200 "$T/stderr" | tr '\n' ' ')"
    rm -rf "${B:?}/.locald-shim-state"
  fi
}

sweep() { # OWNER BUNDLE
  NAME="$1 $2"
  prepare "$@"
  HOST_BEFORE="$(host_state)" MOUNTS_BEFORE="$(cat /proc/self/mountinfo)"
  "$E2E/inject" -u "$UIDS" -c "$T/counts" "$SHIM" bundle run --bundle "$B" --id f 3>/dev/null > "$T/stdout" 2>&1 < /dev/null ||
    { cat "$T/stdout"; echo "FAILED: the good run of $NAME fails"; exit 1; }
  local mode process call number at=0
  for mode in $MODES; do
    swept=0 failed=0 missed=0 at=$((RANDOM % STRIDE))
    while read -r process call number; do
      at=$((at + 1)); [ $((at % STRIDE)) = 0 ] || continue
      point "$mode" "$process" "$call" "$number"
    done < "$T/counts"
    echo "$NAME, $mode: $swept points swept, $((swept - failed)) held; $missed were not reached"
    total=$((total + swept)) bad=$((bad + failed))
  done
  rm -rf --one-file-system "$T"
}

setup_suite
trap teardown_suite EXIT
gcc -std=c17 -D_GNU_SOURCE -O1 -Wall -Wextra -Werror -o "$E2E/inject" tests/faults/inject.c
total=0 bad=0
for caller in root user; do
  for bundle in plain cgroup; do sweep "$caller" "$bundle"; done
done
echo "faults: $total points swept, $((total - bad)) held"
[ "$bad" = 0 ] && [ "$total" -gt 0 ]
