#!/bin/bash
# How long a run of /bin/true takes beside the floor (floor.c: the bare system calls), crun, runc and bubblewrap, all in
# one sitting; what a seccomp profile adds; how it grows with the bundle; what the waiting shim costs. As root, called by
# `make bench`: needs jq and busybox, and crun, runc, bwrap for the comparisons (what is not there is left out and said so).
#
#   RUNS=N        how often each command runs (200); what grows, a fifth of that
#   PARTS="..."   some of: check start phases seccomp growth waiting
#   LOCK=FILE     is held while anything is timed, for a machine that others use too
#
# All of it is done on an imitated unified host: in a mount namespace of its own /sys/fs/cgroup is a cgroup2. There the
# two callers, root and an unprivileged user, have homes of their own too (a user's home is what /etc/passwd says), since
# the shim keeps a cache there. The host's mounts and files stay as they are.
set -euo pipefail
cd "$(dirname "$0")/../.."
readonly bench_uid=64999

if [ "${1:-}" != unified ]; then
  [ "$(id -u)" = 0 ] || { echo "bench: needs root" >&2; exit 1; }
  exec unshare --mount --propagation private sh -c '
    umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec "$0" unified' "$PWD/tests/bench/bench.sh"
fi

RUNS="${RUNS:-200}"
PARTS="${PARTS:-check start phases seccomp growth waiting}"
work="$(mktemp -d /var/tmp/locald-bench.XXXXXX)"
key="/run/locald-shim.$bench_uid.key"
trap 'umount -R -l "$work/mounts" /etc 2>/dev/null || true; rm -rf --one-file-system "$work" "$key"' EXIT
chmod 755 "$work"

# shellcheck source=tests/bench/bundles.bash
. tests/bench/bundles.bash
# shellcheck source=tests/bench/table.bash
. tests/bench/table.bash

install -D -o root -g root -m 4755 "${BUILD:-build}/locald-shim" "$work/bin/locald-shim"
shim="$work/bin/locald-shim"
compile() { # NAME OPTIONS...
  local name="$1"; shift
  "${CC:-gcc}" -std=c17 -D_GNU_SOURCE -I. -O2 -Wall -Wextra -Werror -static -o "$work/bin/$name" "tests/bench/${name%.*}.c" "$@"
}
compile floor core/plan/device_program.c -nostdlib -ffreestanding -fno-stack-protector
compile floor.libc core/plan/device_program.c -DHOSTED
compile interleaved
compile memlock -lseccomp
make_callers
make_bundle root root .
make_bundle user user .

echo "machine: Linux $(uname -r), $(nproc) x $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), load $(cut -d ' ' -f 1-3 /proc/loadavg)"
echo "shim: $(git describe --always --dirty 2>/dev/null || echo "no git"), $(stat -c %s "$shim") bytes (budget 2097152)"
for part in $PARTS; do
  # shellcheck source=/dev/null
  . "tests/bench/$part.bash"
done
echo "load at the end: $(cut -d ' ' -f 1-3 /proc/loadavg)"
