# The callers and the bundles that are measured. Sourced by bench.sh.

# Root and an unprivileged user with homes of their own, in an /etc/passwd of our own. /etc as a whole is covered, by links
# to what is in the real one: a mount on the file alone would be gone when somebody outside replaces it, as useradd does.
make_callers() {
  local file
  install -d -m 700 "$work/home.root"
  install -d -m 700 -o "$bench_uid" -g "$bench_uid" "$work/home.user" "$work/run"
  # The real one is read-only there and on another file system than the rest of $work, which is removed at the end.
  mkdir "$work/mounts"
  mount -t tmpfs -o mode=755 tmpfs "$work/mounts"
  mkdir "$work/mounts/etc" "$work/mounts/real"
  mount --bind /etc "$work/mounts/real"
  mount -o remount,bind,ro "$work/mounts/real"
  for file in "$work"/mounts/real/*; do ln -s "$file" "$work/mounts/etc/"; done
  for file in passwd subuid subgid locald-shim.conf; do # the shim follows no link to its policy
    [ ! -e "/etc/$file" ] || cp -a --remove-destination "/etc/$file" "$work/mounts/etc/"
  done
  sed -i "s|^\(root:[^:]*:[^:]*:[^:]*:[^:]*\):[^:]*|\1:$work/home.root|" "$work/mounts/etc/passwd"
  echo "bench:x:$bench_uid:$bench_uid::$work/home.user:/bin/sh" >> "$work/mounts/etc/passwd"
  mount --bind "$work/mounts/etc" /etc
}

# as OWNER COMMAND...: as root, below the command `under`, or as the user without any privilege.
under=()
as() {
  local owner="$1"; shift
  [ "$owner" = user ] || { "${under[@]}" "$@"; return; }
  setpriv --reuid "$bench_uid" --regid "$bench_uid" --clear-groups -- env HOME="$work/home.user" XDG_RUNTIME_DIR="$work/run" "$@"
}

# make_bundle OWNER NAME JQ-ARGUMENTS...: $work/NAME is a copy of the owner's runc bundle, changed by the filter.
make_bundle() {
  local owner="$1" b="$work/$2" fixture=runc-spec.json; shift 2
  [ "$owner" = root ] || fixture=runc-spec-rootless.json
  mkdir -p "$b"/rootfs/{bin,proc,dev,sys,tmp}
  cp "$(command -v busybox)" "$b/rootfs/bin/busybox"
  local applet; for applet in true sh sleep cat ls sed grep cut readlink hostname; do ln -sf busybox "$b/rootfs/bin/$applet"; done
  jq --argjson id "$bench_uid" '.process.terminal = false | .process.args = ["/bin/true"]
    | if .linux.uidMappings then .linux.uidMappings[0].hostID = $id | .linux.gidMappings[0].hostID = $id else . end' \
    "tests/e2e/fixtures/$fixture" | jq -c "$@" > "$b/config.json"
  [ "$owner" = root ] || chown -hR "$bench_uid:$bench_uid" "$b"
}

shim_run() { echo "$shim bundle run --bundle $work/$1 --id bench"; }                # BUNDLE
floor_run() { echo "$work/bin/floor $1 $work/$2 $3 ${4:-/bin/true}"; }              # OWNER BUNDLE "WHAT N" [COMMAND]
crun_run() { echo "$(command -v crun) $1run --bundle $work/$2 bench-crun"; }        # "OPTIONS " BUNDLE
runc_run() { echo "$(command -v runc) run --bundle $work/$1 bench-runc"; }          # BUNDLE

# bubblewrap's nearest to the rootless bundle. It has no read-only view of a part of its own /proc (it binds the host's),
# so readonlyPaths are missing; and what it masks has to be there.
bwrap_run() { # BUNDLE COMMAND
  local masks="" path
  for path in /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list /proc/timer_stats /proc/sched_debug; do
    [ ! -e "$path" ] || masks+=" --dev-bind /dev/null $path"
  done
  for path in /proc/acpi /proc/asound /sys/firmware /proc/scsi; do
    [ ! -e "$path" ] || masks+=" --perms 0755 --size 4096 --tmpfs $path --remount-ro $path"
  done
  echo "$(command -v bwrap) --unshare-user --unshare-pid --unshare-ipc --unshare-uts --as-pid-1 --new-session --uid 0 --gid 0" \
    "--hostname runc --ro-bind $work/$1/rootfs / --proc /proc --dev /dev --mqueue /dev/mqueue --ro-bind /sys /sys$masks" \
    "--cap-drop ALL --cap-add CAP_AUDIT_WRITE --cap-add CAP_KILL --cap-add CAP_NET_BIND_SERVICE --clearenv" \
    "--setenv PATH /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --setenv TERM xterm --chdir / $2"
}
