# A container with a cgroup namespace and a writable /sys/fs/cgroup: its root makes cgroups below its own, and cannot
# change what was given to it.
load ../e2e/helper
load cgroup

setup_file() { tree_set_up; }
teardown_file() { tree_taken_down; }

owning() {
  limited "$1" '{"memory": {"limit": 67108864}, "pids": {"limit": 40}}'
  edit '.linux.namespaces += [{type: "cgroup"}]
    | if .linux.uidMappings then . else .linux.namespaces += [{type: "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
        | .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}] end
    | .mounts = (.mounts | map(select(.destination != "/sys/fs/cgroup" and .destination != "/sys")))
        + [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev"]}]'
  if [ "$1" = root ]; then chown -hR 100000:100000 "$B/rootfs"; fi
}

enter='cd /sys/fs/cgroup && mkdir init work && echo 0 > init/cgroup.procs && echo "+memory +pids" > cgroup.subtree_control'

@test "it makes cgroups with limits of its own, and these bite" {
  local owner
  for owner in root user; do
    owning "$owner"
    inside "$enter && cat /proc/self/cgroup && echo 16M > work/memory.max &&
      sh -c 'echo 0 > work/cgroup.procs; exec dd if=/dev/zero of=/dev/null bs=32M count=1'; echo \$?
      grep '^oom_kill ' work/memory.events"
    same "status" "$status" 0
    same "output" "$output" $'0::/init\n137\noom_kill 1'
  done
}

@test "its own limits are root's: it can't write them, raise them from below, or see what is above" {
  local owner
  for owner in root user; do
    owning "$owner"
    inside 'cd /sys/fs/cgroup
      for f in memory.max pids.max cgroup.max.descendants cgroup.max.depth cgroup.freeze cgroup.kill; do
        [ -e $f ] || echo "no $f"
        (echo max > $f) 2>/dev/null && echo "wrote $f"
      done
      cat memory.max pids.max
      ls -d ../../cgroup.procs 2>/dev/null
      mkdir child && echo max > child/cgroup.max.descendants && echo child'
    same "status" "$status" 0
    same "output" "$output" $'67108864\n40\nchild'
  done
}

@test "what it left in its cgroups, deep and populated, ends and is removed with it" {
  local owner
  for owner in root user; do
    owning "$owner"
    script "$enter; mkdir -p work/a/b/c; sh -c 'echo 0 > work/a/b/c/cgroup.procs; exec sleep 1000' & while ! grep -q . work/a/b/c/cgroup.procs; do :; done; exec payload ignore"
    start
    wait_for 10 says ready
    [ -d "$CG/work/a/b/c" ]
    stop
  done
}

@test "an unprivileged user's container makes at most 1024 cgroups" {
  owning user
  inside 'cat /sys/fs/cgroup/cgroup.max.descendants'
  succeeds
  same "descendants" "$output" 1024
}

@test "a cgroup that it froze itself, with a process in it, does not outlive it" {
  local owner
  for owner in root user; do
    owning "$owner"
    script "$enter; sh -c 'echo 0 > work/cgroup.procs; exec sleep 1000' & while ! grep -q . work/cgroup.procs; do :; done
      echo 1 > work/cgroup.freeze && exec payload ignore"
    start
    wait_for 10 says ready
    wait_for 5 grep -qx "frozen 1" "$CG/work/cgroup.events"
    stop
  done
}

@test "without a cgroup mount of its own nothing is given: the cgroup's files stay root's" {
  limited user '{"pids": {"limit": 40}}'
  edit '.linux.namespaces += [{type: "cgroup"}]'
  command_is /bin/payload ignore
  start
  same "owners" "$(stat -c %u "$CG" "$CG/cgroup.procs" "$CG/pids.max" | sort -u)" 0
  stop
}
