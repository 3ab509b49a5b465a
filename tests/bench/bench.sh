#!/bin/bash
# How long a run of /bin/true takes beside crun, runc and bubblewrap, all in one sitting, and what the waiting shim costs.
# As root, called by `make bench`: needs hyperfine, jq, busybox, and crun, runc, bwrap for the comparisons (what is not there
# is left out and said so). RUNS=N sets the number of runs.
#
# The comparisons with crun and runc are made on an imitated unified host: in a mount namespace of its own /sys/fs/cgroup
# is a cgroup2. The host's mounts stay as they are.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ "${1:-}" != unified ]; then
  [ "$(id -u)" = 0 ] || { echo "bench: needs root" >&2; exit 1; }
  exec unshare --mount --propagation private sh -c '
    umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec "$0" unified' "$PWD/tests/bench/bench.sh"
fi

RUNS="${RUNS:-200}"
work="$(mktemp -d /var/tmp/locald-bench.XXXXXX)"
trap 'rm -rf --one-file-system "$work"' EXIT
chmod 755 "$work"
install -D -o root -g root -m 4755 "${BUILD:-build}/locald-shim" "$work/bin/locald-shim"
shim="$work/bin/locald-shim"
uid="$(id -u nobody)" gid="$(id -g nobody)"
as_nobody="setpriv --reuid $uid --regid $gid --clear-groups --"

rootfs() { # $1 directory
  mkdir -p "$1"/bin "$1"/proc "$1"/dev "$1"/sys "$1"/tmp
  cp "$(command -v busybox)" "$1/bin/busybox"
  local applet; for applet in true sh sleep; do ln -s busybox "$1/bin/$applet"; done
}

# runc's default bundle, without its terminal. Device rules are left out where raising RLIMIT_MEMLOCK, which crun
# and runc do before they load the program, is not allowed.
mkdir -p "$work/root" "$work/user" "$work/run"
rootfs "$work/root/rootfs"
rootfs "$work/user/rootfs"
without_devices=.
if ! prlimit --memlock=unlimited:unlimited true 2>/dev/null; then without_devices='del(.linux.resources)'; fi
jq ".process.terminal = false | .process.args = [\"/bin/true\"] | $without_devices" tests/e2e/fixtures/runc-spec.json > "$work/root/config.json"
jq --argjson uid "$uid" --argjson gid "$gid" '.process.terminal = false | .process.args = ["/bin/true"] | .linux.uidMappings[0].hostID = $uid
  | .linux.gidMappings[0].hostID = $gid' tests/e2e/fixtures/runc-spec-rootless.json > "$work/user/config.json"
chown -hR "$uid:$gid" "$work/user"

names=() commands=()
compare() { # NAME COMMAND: takes part when the command works
  if bash -c "$2" > "$work/try" 2>&1; then
    names+=("$1") commands+=("$2")
  else
    echo "left out: $1: $(head -n 1 "$work/try")"
  fi
}

# Runs all that were gathered, first is one; prints medians and ratios.
measure() { # TITLE
  local args=() i
  for i in "${!names[@]}"; do args+=(--command-name "${names[$i]}" "${commands[$i]}"); done
  hyperfine --shell=none --warmup 10 --runs "$RUNS" --export-json "$work/result.json" "${args[@]}" > /dev/null 2>"$work/hyperfine" ||
    { cat "$work/hyperfine"; exit 1; }
  echo "$1 ($RUNS runs each)"
  jq -r '.results[0].median as $one | .results[] |
    "  \(.command): median \(.median * 100000 | round / 100) ms, mean \(.mean * 100000 | round / 100) ± \(.stddev * 100000 | round / 100) ms, shim is \($one / .median * 100 | round / 100) of it"' \
    "$work/result.json"
  names=() commands=()
}

echo "host: Linux $(uname -r), $(nproc) cores"
compare locald-shim "$shim bundle run --bundle $work/root --id bench"
if command -v crun >/dev/null; then compare "crun $(crun --version | awk 'NR == 1 { print $3 }')" "crun run --bundle $work/root bench-crun"; fi
if command -v runc >/dev/null; then compare "runc $(runc --version | awk 'NR == 1 { print $3 }')" "runc run --bundle $work/root bench-runc"; fi
measure "root caller, runc's default bundle, /bin/true"

compare locald-shim "$as_nobody $shim bundle run --bundle $work/user --id bench"
if command -v bwrap >/dev/null; then
  compare bwrap "$as_nobody bwrap --unshare-user --unshare-pid --unshare-ipc --unshare-uts --uid 0 --gid 0 --hostname runc --ro-bind $work/user/rootfs / --proc /proc --dev /dev --tmpfs /tmp --ro-bind /sys /sys /bin/true"
fi
compare "setpriv alone" "$as_nobody $work/user/rootfs/bin/true"
measure "unprivileged caller, runc's rootless bundle, /bin/true"

# What a profile of 437 system calls (podman's) costs a start. Root's second run finds it in the cache; nobody has no home,
# so there each run is the first one. One run of each command in turn.
"${CC:-gcc}" -std=c17 -D_GNU_SOURCE -O1 -Wall -Wextra -Werror -o "$work/interleaved" tests/bench/interleaved.c
profile="$(awk -f tests/unit/fixtures/profile.awk tests/unit/fixtures/podman-profile.txt)"
for owner in root user; do
  mkdir "$work/$owner.profile"
  cp -a "$work/$owner/rootfs" "$work/$owner.profile/rootfs"
  jq --argjson s "$profile" '.linux.seccomp = $s' "$work/$owner/config.json" > "$work/$owner.profile/config.json"
done
chown -hR "$uid:$gid" "$work/user.profile"
echo "linux.seccomp ($RUNS runs each, in turn)"
"$work/interleaved" "$RUNS" "root, no filter" "$shim bundle run --bundle $work/root --id bench" \
  "root, profile, cached" "$shim bundle run --bundle $work/root.profile --id bench"
"$work/interleaved" "$RUNS" "nobody, no filter" "$as_nobody $shim bundle run --bundle $work/user --id bench" \
  "nobody, profile, not cached" "$as_nobody $shim bundle run --bundle $work/user.profile --id bench"

# The waiting shim: the monitor and its keeper.
jq '.process.args = ["/bin/sleep", "1000"]' "$work/user/config.json" > "$work/new" && cat "$work/new" > "$work/user/config.json"
$as_nobody "$shim" bundle run --bundle "$work/user" --id waiting --report-fd 9 9> "$work/report" &
monitor=$!
until grep -q '"started"' "$work/report"; do sleep 0.02; kill -0 "$monitor"; done
sleep 0.2
total=0
for pid in "$monitor" $(pgrep -P "$monitor"); do
  [ "$(readlink "/proc/$pid/exe")" = "$shim" ] || continue
  pss="$(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup")"
  rss="$(awk '/^Rss:/ { print $2 }' "/proc/$pid/smaps_rollup")"
  if [ "$pid" = "$monitor" ]; then what=monitor; else what=keeper; fi
  echo "waiting $what: PSS $pss KiB (RSS $rss KiB)"
  total=$((total + pss))
done
echo "waiting together: PSS $total KiB (budget 300)"
kill -TERM "$monitor"
kill -KILL "$(jq -r 'select(.event == "created").pid' "$work/report")"
wait "$monitor" || true
echo "binary: $(stat -c %s "$shim") bytes (budget 2097152)"
