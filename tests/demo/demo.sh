#!/bin/sh
# Runs a container of a busybox root file system as an unprivileged user, and shows who it is inside and outside.
# Called by `make demo`, after the installation: PREFIX says where. Started by root it takes the user `nobody`.
set -eu

shim="${PREFIX:-/usr/local}/bin/locald-shim"
work="$(mktemp -d /var/tmp/locald-demo.XXXXXX)"
trap 'rm -rf "$work"' EXIT INT TERM

if [ "$(id -u)" = 0 ]; then
    uid="$(id -u nobody)" gid="$(id -g nobody)"
    as_user() { setpriv --reuid "$uid" --regid "$gid" --clear-groups -- "$@"; }
else
    uid="$(id -u)" gid="$(id -g)"
    as_user() { "$@"; }
fi

# The bundle: a directory with config.json and a root file system, all owned by the user.
bundle="$work/bundle"
mkdir -p "$bundle/rootfs/bin" "$bundle/rootfs/proc" "$bundle/rootfs/dev"
cp "$(command -v busybox)" "$bundle/rootfs/bin/busybox"
for applet in $("$bundle/rootfs/bin/busybox" --list); do
    [ "$applet" = busybox ] || ln -s busybox "$bundle/rootfs/bin/$applet"
done
cat > "$bundle/config.json" <<JSON
{
  "ociVersion": "1.0.2",
  "hostname": "demo",
  "process": {
    "user": {"uid": 0, "gid": 0},
    "args": ["sh", "-c", "id; echo \"pid \$\$ of \$(hostname), user namespace \$(readlink /proc/self/ns/user)\"; echo ready; read go"],
    "env": ["PATH=/bin"],
    "cwd": "/",
    "noNewPrivileges": true
  },
  "root": {"path": "rootfs", "readonly": true},
  "mounts": [
    {"destination": "/proc", "type": "proc", "source": "proc"},
    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]}
  ],
  "linux": {
    "uidMappings": [{"containerID": 0, "hostID": $uid, "size": 1}],
    "gidMappings": [{"containerID": 0, "hostID": $gid, "size": 1}],
    "namespaces": [{"type": "pid"}, {"type": "ipc"}, {"type": "uts"}, {"type": "network"}, {"type": "mount"}, {"type": "user"}]
  }
}
JSON
mkfifo "$work/go"
[ "$(id -u)" != 0 ] || chown -hR "$uid:$gid" "$work"

echo "\$ ls -l $shim"
ls -l "$shim"
echo "\$ locald-shim bundle run --bundle $bundle --id demo        (as uid $uid)"
as_user "$shim" bundle run --bundle "$bundle" --id demo --pid-file "$work/pid" < "$work/go" > "$work/out" 2>&1 &
running=$!
exec 9> "$work/go" # opens when the shim reads it

tries=0
until grep -q '^ready$' "$work/out"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ] || ! kill -0 "$running" 2>/dev/null; then
        cat "$work/out"
        echo "demo: FAILED: the container did not start" >&2
        exit 1
    fi
    sleep 0.1
done
pid="$(cat "$work/pid")"
echo "inside:"
sed -n '/^ready$/!s/^/  /p' "$work/out"
echo "outside:"
outside="$(awk '/^Uid:/ { print $2 }' "/proc/$pid/status")"
echo "  pid $pid: uid $outside gid $(awk '/^Gid:/ { print $2 }' "/proc/$pid/status"), $(tr '\0' ' ' < "/proc/$pid/cmdline" | cut -c 1-20)..."
echo go >&9
exec 9>&-
status=0
wait "$running" || status=$?
echo "exit status $status"

# The demo is a test too: root inside, the user outside, and nothing left.
grep -q '^uid=0' "$work/out" || { echo "demo: FAILED: not uid 0 inside" >&2; exit 1; }
[ "$outside" = "$uid" ] || { echo "demo: FAILED: uid $outside outside, expected $uid" >&2; exit 1; }
[ "$status" = 0 ] || { echo "demo: FAILED: exit status $status" >&2; exit 1; }
[ ! -e "/proc/$pid" ] || { echo "demo: FAILED: pid $pid is still there" >&2; exit 1; }
echo "demo: ok"
