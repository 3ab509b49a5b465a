# process.rlimits, oomScoreAdj and scheduler where root has CAP_SYS_RESOURCE
load ../e2e/helper

# The bundle in a user namespace of its own.
in_user_namespace() {
  edit '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}]
        | .linux.gidMappings = .linux.uidMappings'
}

files() { edit --argjson soft "$1" --argjson hard "$2" '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: $soft, hard: $hard}]'; }

shows() { succeeds && same "inside" "$output" "$1"; }

@test "rlimits: root raises a hard limit, in the host's user namespace and in the container's" {
  root_bundle runc-spec.json
  files 3000 4000
  ulimit -n 2000
  inside 'ulimit -Sn; ulimit -Hn'
  shows $'3000\n4000'
  in_user_namespace
  inside 'ulimit -Sn; ulimit -Hn'
  shows $'3000\n4000'
}

@test "rlimits: nobody raises open files over fs.nr_open" {
  root_bundle runc-spec.json
  files 1 "$(($(cat /proc/sys/fs/nr_open) + 1))"
  inside true
  fails 125 E_RLIMIT "process.rlimits[0]: setting the limit 7"
  has "hint" "$stderr" "up to fs.nr_open"
}

@test "rlimits: an unprivileged caller raises none" {
  user_bundle locald-service.json
  files 3000 4000
  ulimit -n 2000
  inside true
  fails 125 E_RLIMIT "process.rlimits[0]: setting the limit 7 to soft 3000, hard 4000: Operation not permitted"
  has "hint" "$stderr" "the caller's own hard limit is 2000"
}

@test "rlimits: the monitor's soft limits stay its own" {
  root_bundle runc-spec.json
  files 3000 4000
  ulimit -n 2000
  command_is sleep 100
  start
  has "monitor" "$(tr -s ' ' < "/proc/$SHIM_PID/limits")" "Max open files 2000 4000 files"
  has "container init" "$(tr -s ' ' < "/proc/$INIT_PID/limits")" "Max open files 3000 4000 files"
}

@test "oomScoreAdj: root lowers it, also in a user namespace of the container's" {
  root_bundle runc-spec.json
  edit '.process.oomScoreAdj = -1000'
  inside 'cat /proc/self/oom_score_adj'
  shows -1000
  in_user_namespace
  edit '.process.oomScoreAdj = -999'
  inside 'cat /proc/self/oom_score_adj'
  shows -999
}

@test "oomScoreAdj: an unprivileged caller goes down to what root gave it, and no further" {
  user_bundle locald-service.json
  echo -300 > /proc/self/oom_score_adj
  edit '.process.oomScoreAdj = -300'
  inside 'cat /proc/self/oom_score_adj'
  shows -300
  edit '.process.oomScoreAdj = -301'
  inside true
  fails 125 E_PROCESS "process.oomScoreAdj: setting oom_score_adj to -301: Permission denied"
}

# --- what the limits decide --------------------------------------------------------------------------------------------

realtime() { # SOFT HARD PRIORITY
  edit --argjson soft "$1" --argjson hard "$2" --argjson priority "$3" '
    .process.rlimits = [{type: "RLIMIT_RTPRIO", soft: $soft, hard: $hard}]
    | .process.scheduler = {policy: "SCHED_FIFO", priority: $priority}'
  run_container
}

@test "scheduler: an unprivileged caller gets what its RLIMIT_RTPRIO allows, once the bundle's is set" {
  user_bundle locald-service.json
  cp "$TOOLS/attributes" "$B/rootfs/bin/"
  command_is /bin/attributes scheduler
  prlimit --pid $BASHPID --rtprio=0:10
  realtime 10 10 10
  shows "policy 1 nice 0 priority 10 flags 0"
  realtime 5 10 6
  fails 125 E_PROCESS "process.scheduler: setting scheduling policy 1: Operation not permitted"
  realtime 11 11 1
  fails 125 E_RLIMIT "process.rlimits[0]"
}

@test "scheduler: and what its RLIMIT_NICE allows" {
  user_bundle locald-service.json
  cp "$TOOLS/attributes" "$B/rootfs/bin/"
  command_is /bin/attributes scheduler
  prlimit --pid $BASHPID --nice=0:25
  edit '.process.rlimits = [{type: "RLIMIT_NICE", soft: 25, hard: 25}] | .process.scheduler = {policy: "SCHED_OTHER", nice: -5}'
  run_container
  shows "policy 0 nice -5 priority 0 flags 0"
  edit '.process.scheduler.nice = -6'
  run_container
  fails 125 E_PROCESS "process.scheduler: setting scheduling policy 0: Operation not permitted"
}
