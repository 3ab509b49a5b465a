#!/usr/bin/env bash
# The fault sweep: every system call that a run makes, one after the other, in every process of ours, fails once with each errno that fits;
# and once more the process is killed there. After each run (tests/faults/sweep.c): the status is 0 only if the payload ran as
# asked, a failure has its line of error, and nothing is left: no process, mount, cgroup, file, terminal setting. Prints TAP.
#   STRIDE=N    only every Nth point (default 1: all)
#   ONLY=WORDS  only sweeps whose name has these words: "user full error"
#   POINT=P:C:E with ONLY: that point, and what the run says
set -uo pipefail
cd "$(dirname "$0")/../.."
source tests/e2e/setup_suite.bash
source tests/e2e/helper.bash 2> /dev/null # bats' own functions are missing
STRIDE="${STRIDE:-1}" ONLY="${ONLY:-}" POINT="${POINT:-}"
[ "$(uname -m)" = x86_64 ] || { echo "faults: tests/faults/inject.c writes registers of x86_64, this is $(uname -m)"; exit 1; }

# What a bundle with much in it asks for; plain ones are those of `runc spec`.
full() {
  edit '.linux.cgroupsPath = $cgroup | .process.terminal = true | .process.noNewPrivileges = false
    | .process.rlimits += [{type: "RLIMIT_CORE", soft: 0, hard: 0}] | .process.oomScoreAdj = 500 | .annotations = {"a": "b"}
    | .linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 7, access: "r"}]
    | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["ptrace"], action: "SCMP_ACT_ERRNO"}]}
    | .linux.namespaces |= (map(select(.type != "cgroup" and .type != "network")) + [{type: "cgroup"}, {type: "network"}])
    | .linux.sysctl = {"net.ipv4.ip_unprivileged_port_start": "0"} | .domainname = "example.org"
    | .hooks.startContainer = [{path: "/bin/true"}]' --arg cgroup "$CGROUP"
}

# Namespaces that a sleeping process holds: of the caller's own for the user.
joined() {
  "${AS[@]}" unshare $([ -z "${AS[*]}" ] || echo --user --map-root-user) --net --ipc sleep 10000 < /dev/null > /dev/null 2>&1 200>&- &
  HOLDER=$!
  until [ "$(readlink "/proc/$HOLDER/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
  edit --arg ns "/proc/$HOLDER/ns" '.linux.namespaces |= map(select(.type != "network" and .type != "ipc"))
    + [{type: "network", path: ($ns + "/net")}, {type: "ipc", path: ($ns + "/ipc")}]
    | .mounts |= map(select(.type != "mqueue" and .type != "sysfs" and .destination != "/sys" and .destination != "/sys/fs/cgroup"))'
}

# sweep NUMBER OWNER BUNDLE MODE
sweep() {
  local ID="f$1" T CGROUP="/locald/faults-$1/leaf" HOLDER= uid=0 gid=0 options=() roles=monitor,interpreter,keeper,init,hook
  local name="$2 $3"
  T="$(mktemp -d "$E2E/f.XXXXXX")"; chmod 755 "$T"
  "${2}_bundle" "$([ "$2" = root ] && echo runc-spec.json || echo runc-spec-rootless.json)"
  edit 'del(.linux.resources.devices) | del(.process.capabilities.ambient) | .process.args = ["/bin/asked"]'
  cp "$TOOLS/asked" "$B/rootfs/bin/asked"
  case "$3" in
    full) full; edit '.process.args += ["brief"]'; options=(-t -c "$(cgroup_mount)${CGROUP%/leaf}") ;;
    joined) joined; roles=@monitor,interpreter,keeper,@joiner,init ;;
    cold) options=(-f "/run/locald-shim.$TEST_UID.key" -f "$(getent passwd "$TEST_USER" | cut -d: -f6)/.locald-shim/cache") ;;
  esac
  [ "$2" = root ] || uid="$TEST_UID" gid="$TEST_GID"
  BUNDLE_FILES="$(ls -A "$B")"
  "$E2E/sweep" -n "$name" -u "$uid" -g "$gid" -b "$B" -p "$T/pid" "${options[@]}" -r "$roles" -s "$STRIDE" -m "$4" \
    ${POINT:+-o "$POINT"} -- "$SHIM" bundle run --bundle "$B" --id "$ID" --pid-file "$T/pid" --report-fd 9 > "$E2E/said.$1" 2>&1
  local status=$?
  [ -z "$HOLDER" ] || { kill "$HOLDER"; wait "$HOLDER" 2> /dev/null; }
  rm -rf --one-file-system "$T"
  [ "$status" = 0 ] || sed 's/^/# /' "$E2E/said.$1"
  [ -z "$POINT" ] || cat "$E2E/said.$1"
  echo "$([ "$status" = 0 ] || echo "not ")ok $1 faults: $(tail -n 1 "$E2E/said.$1")"
}

# The sweeps of one caller, one after the other; two callers at once do not see each other's ids and bundles.
sweeps_of() { # NUMBER OWNER BUNDLES
  local number="$1" bundle mode
  for bundle in $3; do
    for mode in error kill; do
      [[ "$2 $bundle $mode" != *"$ONLY"* ]] || sweep "$number" "$2" "$bundle" "$mode"
      number=$((number + 1))
    done
  done
}

namespaces() { stat -Lc '%i' /proc/[0-9]*/ns/* 2> /dev/null | sort -u | wc -l; }

setup_suite
trap teardown_suite EXIT
gcc -std=c17 -D_GNU_SOURCE -O1 -Wall -Wextra -Werror -o "$E2E/sweep" tests/faults/*.c -lutil || exit 1
HOST_BEFORE="$(host_state)" MOUNTS_BEFORE="$(< /proc/self/mountinfo)" namespaces="$(namespaces)"
begin=$SECONDS
{
  sweeps_of 1 root "plain full joined" &
  sweeps_of 7 user "plain full joined cold" &
  wait
} | tee "$E2E/tap"
B= BUNDLE_FILES=
if nothing_left && [ "$(namespaces)" -le "$namespaces" ]; then echo "ok 15 faults: the host is as before"
else echo "not ok 15 faults: something is left on the host"; fi | tee -a "$E2E/tap"
awk -v seconds=$((SECONDS - begin)) '
  /^not ok/ { bad = 1 }
  /^(not )?ok/ && match($0, /[0-9]+ points swept, [0-9]+ held; [0-9]+ not/) {
    split(substr($0, RSTART), n, /[^0-9]+/); swept += n[1]; held += n[2]; missed += n[3] }
  END { printf "faults: %d points swept, %d held; %d not reached; %d s\n", swept, held, missed, seconds
        exit bad || swept == 0 || held < swept || missed * 50 > swept }' "$E2E/tap"
