# The process that ends a container whose shim was killed: its caller has the kernel kill it too.
load ../e2e/helper

# Whatever the payload is by now, the container ends with its shim: PR_SET_PDEATHSIG is lost over a change of ids.
changes_ids() {
  user_bundle runc-spec-rootless.json
  map_subordinate_ids
  edit 'del(.linux.resources) | .process.capabilities |= map_values(. + ["CAP_SETUID", "CAP_SETGID"])'
  echo 'other:x:7:7::/:/bin/sh' >> "$B/rootfs/etc/passwd"
  script 'exec su -s /bin/sh other -c "echo changed; exec sleep 300"'
}

# The shim's child that is root's.
keeper_of() { awk -v shim="$1" '/^PPid:/ { parent = $2 } /^Uid:/ && $2 == 0 && parent == shim { split(FILENAME, part, "/"); print part[3] }' /proc/[0-9]*/status 2>/dev/null; }

# A user's cgroup, as systemd delegates it, has a cgroup.kill.
@test "keeper: cgroup.kill of the caller's own cgroup ends the shim, and the keeper the container" {
  changes_ids
  local own="$(cgroup_mount)/of-the-caller"
  mkdir "$own"
  chown "$TEST_UID" "$own" "$own/cgroup.procs" "$own/cgroup.kill"
  AS=(sh -c "echo \$\$ > $own/cgroup.procs; exec \"\$@\"" sh "${AS[@]}")
  start
  wait_for 5 says changed
  same "who is in it" "$(sed -n "/^$SHIM_PID$/p" "$own/cgroup.procs")" "$SHIM_PID"
  as_user sh -c "echo 1 > $own/cgroup.kill"
  wait_for 5 gone "$SHIM_PID"
  wait_for 5 gone "$INIT_PID"
  wait_for 5 rmdir "$own" 2>/dev/null
}

# Removing a thousand cgroups below each other takes seconds, RLIMIT_CPU allows one. They would stay for ever.
@test "keeper: RLIMIT_CPU does not end it before a deep tree of cgroups is gone" {
  user_bundle runc-spec-rootless.json
  edit '.linux.cgroupsPath = "/locald/deep/leaf" | del(.linux.resources) | .linux.namespaces += [{type: "cgroup"}]
    | (.mounts[] | select(.type == "cgroup") | .options) |= map(select(. != "ro"))'
  script 'cd /sys/fs/cgroup; n=0; deep=$(printf "a/%.0s" $(seq 64)) # a process may use no more than a second
    while mkdir -p $deep 2>/dev/null; do cd $deep; n=$((n+64)); done; echo "made $n"; sleep 300'
  AS+=(prlimit --cpu=1:1 --)
  start
  wait_for 20 says 'made 1024'
  local keeper="$(keeper_of "$SHIM_PID")"
  [ -n "$keeper" ]
  as_user kill -KILL "$SHIM_PID"
  wait_for 60 gone "$keeper"
  same "cgroups left" "$(find "$(cgroup_mount)/locald" -name deep)" ""
}

# Who stops the keeper while it still has the caller's real uid could kill the monitor then, and the container would go on.
@test "keeper: nothing is started before it is root's and has its filter, however long that takes" {
  user_bundle runc-spec-rootless.json
  script 'echo ran'
  capture strace -f -ttt -u "$TEST_USER" -e trace=setsid,sendmsg,prctl,execve -e inject=setsid:delay_enter=1500000:when=1 -o "$T/trace" \
    "$SHIM" bundle run --bundle "$B" --id "$ID"
  same status "$status" 0
  same output "$output" ran
  local keeper ready start # the monitor's last message to container init, behind which it executes the payload
  keeper="$(awk '/setsid\(/ { print $1; exit }' "$T/trace")" # the first to begin a session
  ready="$(awk -v pid="$keeper" '$1 == pid && /PR_SET_SECCOMP/ { print $2; exit }' "$T/trace")"
  start="$(awk 'NR == 1 { pid = $1 } $1 == pid && /sendmsg\(/ { last = $2 } END { print last }' "$T/trace")"
  [ -n "$ready" ] && [ -n "$start" ]
  awk -v a="$ready" -v b="$start" 'BEGIN { exit !(a < b) }' || { echo "ready at $ready, start at $start"; return 1; }
  # and nobody executes anything but the shim itself before
  awk -v b="$start" '/execve\(/ && n++ && $2 < b { exit 1 }' "$T/trace"
}
