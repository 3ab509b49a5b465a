# process.oomScoreAdj, scheduler, ioPriority and execCPUAffinity; linux.personality and memoryPolicy: seen from inside,
# and what the kernel does not give to the caller
load helper

root_one() { root_bundle runc-spec.json; cp "$TOOLS/attributes" "$B/rootfs/bin/"; }
user_one() { user_bundle locald-service.json; cp "$TOOLS/attributes" "$B/rootfs/bin/"; }

# attributes WORD...: runs the tool in the container.
attributes() { command_is /bin/attributes "$@"; run_container; }

# shows TEXT: the container ended well and said just that.
shows() { succeeds && same "inside" "$output" "$1"; }

oom_score() { command_is cat /proc/self/oom_score_adj; run_container; }

# --- process.oomScoreAdj -----------------------------------------------------------------------------------------------

@test "oomScoreAdj: absent, it is the caller's" {
  root_one
  echo 77 > /proc/self/oom_score_adj
  oom_score
  shows 77
}

@test "oomScoreAdj: raised by an unprivileged caller, and by root" {
  user_one
  edit '.process.oomScoreAdj = 1000'
  oom_score
  shows 1000
  root_one
  edit '.process.oomScoreAdj = 321'
  oom_score
  shows 321
}

@test "oomScoreAdj: 0 is a value, and may be had back" {
  user_one
  edit '.process.oomScoreAdj = 0'
  AS+=(sh -c 'echo 500 > /proc/self/oom_score_adj && exec "$@"' sh) # by the user: what root raises, stays raised
  oom_score
  shows 0
}

@test "oomScoreAdj: the shim's own stays the caller's" {
  user_one
  edit '.process.oomScoreAdj = 900'
  command_is sleep 100
  start
  same "container init" "$(cat "/proc/$INIT_PID/oom_score_adj")" 900
  same "monitor" "$(cat "/proc/$SHIM_PID/oom_score_adj")" "$(cat /proc/self/oom_score_adj)"
}

# --- process.scheduler -------------------------------------------------------------------------------------------------

@test "scheduler: absent, it is the caller's" {
  user_one
  command_is /bin/attributes scheduler
  AS+=(chrt --batch 0 nice -n 3)
  run_container
  shows "policy 3 nice 3 priority 0 flags 0"
}

@test "scheduler: what an unprivileged caller may: a weaker nice value, SCHED_BATCH, SCHED_IDLE" {
  user_one
  edit '.process.scheduler = {policy: "SCHED_OTHER", nice: 7}'
  attributes scheduler fork
  shows $'policy 0 nice 7 priority 0 flags 0\npolicy 0 nice 7 priority 0 flags 0'
  edit '.process.scheduler = {policy: "SCHED_BATCH", nice: 19, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
  attributes scheduler fork
  shows $'policy 3 nice 19 priority 0 flags 1\npolicy 3 nice 19 priority 0 flags 0'
  edit '.process.scheduler = {policy: "SCHED_IDLE"}'
  attributes scheduler
  shows "policy 5 nice 0 priority 0 flags 0"
}

@test "scheduler: an unprivileged caller under nice(1) does not get 0 back" {
  user_one
  edit '.process.scheduler = {policy: "SCHED_OTHER"}'
  command_is /bin/attributes scheduler
  AS+=(nice -n 3)
  run_container
  fails 125 E_PROCESS "process.scheduler: setting scheduling policy 0: Operation not permitted"
}

@test "scheduler: root gets real-time and stronger nice values, in the host's user namespace" {
  root_one
  edit '.process.scheduler = {policy: "SCHED_OTHER", nice: -20}'
  attributes scheduler
  shows "policy 0 nice -20 priority 0 flags 0"
  edit '.process.scheduler = {policy: "SCHED_RR", priority: 99, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
  attributes scheduler fork
  shows $'policy 2 nice 0 priority 99 flags 1\npolicy 0 nice 0 priority 0 flags 0'
}

@test "scheduler: root gets them in a user namespace of the container's too" {
  root_one
  edit '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}]
        | .linux.gidMappings = .linux.uidMappings | .process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 3}
        | .process.scheduler = {policy: "SCHED_FIFO", priority: 1}'
  attributes scheduler ioprio
  shows $'policy 1 nice 0 priority 1 flags 0\nclass 1 level 3'
}

@test "scheduler: the shim itself does not get the container's" {
  root_one
  edit '.process.scheduler = {policy: "SCHED_FIFO", priority: 1}'
  command_is sleep 100
  start
  has "container init" "$(chrt --pid "$INIT_PID")" SCHED_FIFO
  has "monitor" "$(chrt --pid "$SHIM_PID")" SCHED_OTHER
  has "keeper" "$(chrt --pid "$(pgrep -P "$SHIM_PID" -x locald-shim)")" SCHED_OTHER
}

@test "scheduler: SCHED_DEADLINE has its three times, and a child only with SCHED_FLAG_RESET_ON_FORK" {
  root_one
  edit '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 50000001, deadline: 100000002, period: 100000003}'
  attributes scheduler fork
  shows $'policy 6 nice 0 priority 0 flags 0 times 50000001 100000002 100000003\nno child: Resource temporarily unavailable'
  edit '.process.scheduler.flags = ["SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN"]'
  attributes scheduler fork
  shows $'policy 6 nice 0 priority 0 flags 7 times 50000001 100000002 100000003\npolicy 0 nice 0 priority 0 flags 0'
}

# taskset(1) alone does not last on Linux 6.1: a cgroup with a cpuset gives its own CPUs to who enters.
@test "scheduler: SCHED_DEADLINE on some of the CPUs is the kernel's to refuse, with a hint" {
  root_one
  edit '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 10000000, deadline: 100000000}'
  command_is /bin/attributes scheduler
  if grep -qw cpuset "$(cgroup_mount)/cgroup.controllers"; then
    edit '.linux.resources.cpu.cpus = "0"'
  else
    AS=(taskset 1)
  fi
  run_container
  fails 125 E_PROCESS "process.scheduler: setting scheduling policy 6: Operation not permitted"
  has "hint" "$stderr" "all CPUs of the host"
}

@test "scheduler: a period that the kernel does not take is its error, at its place" {
  root_one
  edit '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 10000000, deadline: 100000000, period: 10000000000}'
  attributes scheduler
  fails 125 E_PROCESS "process.scheduler: setting scheduling policy 6: Invalid argument"
}

@test "scheduler: a nice value that has no effect is warned of, and the rest performed" {
  root_one
  edit '.process.scheduler = {policy: "SCHED_FIFO", priority: 2, nice: 19}'
  attributes scheduler
  shows "policy 1 nice 0 priority 2 flags 0"
  has "warning" "$warnings" "process.scheduler.nice: has no effect with SCHED_FIFO"
}

@test "scheduler: SCHED_FLAG_KEEP_POLICY and KEEP_PARAMS keep what the caller has" {
  user_one
  command_is /bin/attributes scheduler
  AS+=(chrt --batch 0 nice -n 4)
  edit '.process.scheduler = {policy: "SCHED_OTHER", nice: 9, flags: ["SCHED_FLAG_KEEP_POLICY"]}'
  run_container
  shows "policy 3 nice 9 priority 0 flags 0"
  edit '.process.scheduler = {policy: "SCHED_OTHER", nice: 9, flags: ["SCHED_FLAG_KEEP_PARAMS"]}'
  run_container
  shows "policy 3 nice 4 priority 0 flags 0" # the policy is one of the parameters
}

# --- process.ioPriority ------------------------------------------------------------------------------------------------

@test "ioPriority: best effort and idle for an unprivileged caller" {
  user_one
  edit '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
  attributes ioprio
  shows "class 2 level 6"
  edit '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}'
  attributes ioprio
  shows "class 3 level 0"
}

@test "ioPriority: children of the process inherit it" {
  user_one
  edit '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 1}'
  inside '/bin/attributes ioprio; ionice -p 1'
  shows $'class 2 level 1\nbest-effort: prio 1'
}

@test "ioPriority: real time is root's" {
  user_one
  edit '.process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 7}'
  attributes ioprio
  fails 125 E_PROCESS "process.ioPriority: setting the I/O priority: Operation not permitted"
  capture "${AS[@]}" ionice --class 1 --classdata 7 true
  same "unaided" "$status" 1
  root_one
  edit '.process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 0}'
  attributes ioprio
  shows "class 1 level 0"
}

# --- process.execCPUAffinity -------------------------------------------------------------------------------------------

@test "execCPUAffinity: does not concern the first process, which has the CPUs that it has without it" {
  user_one
  command_is /bin/attributes affinity
  AS+=(taskset 2)
  run_container
  succeeds
  local without="$output"
  edit '.process.execCPUAffinity = {initial: "0", final: "0"}'
  run_container
  shows "$without"
  [ "$output" != "cpus 0x1" ]
}

@test "execCPUAffinity: a list that is none is refused" {
  user_one
  edit '.process.execCPUAffinity = {final: "0-"}'
  run_container
  fails 125 E_CONFIG_VALUE 'process.execCPUAffinity.final: "0-" is no list of CPUs'
}

# --- linux.personality -------------------------------------------------------------------------------------------------

@test "personality: LINUX32 says a 32-bit machine, LINUX and none the host's" {
  local kind
  for kind in user_one root_one; do
    "$kind"
    edit '.linux.personality = {domain: "LINUX32"}'
    inside 'cat /proc/self/personality; uname -m'
    shows $'00000008\n'"$(setarch linux32 uname -m)"
    edit '.linux.personality = {domain: "LINUX", flags: []}'
    inside 'cat /proc/self/personality; uname -m'
    shows $'00000000\n'"$(uname -m)"
  done
}

@test "personality: LINUX takes the caller's flags away, absent it keeps them" {
  user_one
  AS+=(setarch --uname-2.6)
  inside 'cat /proc/self/personality'
  shows 00020000
  edit '.linux.personality = {domain: "LINUX"}'
  inside 'cat /proc/self/personality'
  shows 00000000
}

@test "personality: a flag is refused by name" {
  user_one
  edit '.linux.personality = {domain: "LINUX", flags: ["ADDR_NO_RANDOMIZE"]}'
  run_container
  fails 125 E_CONFIG_UNSUPPORTED "linux.personality.flags[0]: OCI defines no flag"
}

# --- linux.memoryPolicy ------------------------------------------------------------------------------------------------

@test "memoryPolicy: absent, it is the default" {
  user_one
  attributes mempolicy
  shows "mode 0x0 nodes 0x0"
}

@test "memoryPolicy: the modes on node 0, for root and an unprivileged caller" {
  local kind row
  for kind in user_one root_one; do
    "$kind"
    for row in 'MPOL_BIND 0 0x2' 'MPOL_INTERLEAVE 0 0x3' 'MPOL_PREFERRED 0 0x1' 'MPOL_PREFERRED_MANY 0 0x5'; do
      set -- $row
      edit --arg mode "$1" --arg nodes "$2" '.linux.memoryPolicy = {mode: $mode, nodes: $nodes}'
      attributes mempolicy
      shows "mode $3 nodes 0x1"
    done
    edit '.linux.memoryPolicy = {mode: "MPOL_LOCAL"}'
    attributes mempolicy
    shows "mode 0x4 nodes 0x0"
    edit '.linux.memoryPolicy = {mode: "MPOL_DEFAULT", nodes: ""}'
    attributes mempolicy
    shows "mode 0x0 nodes 0x0"
  done
}

@test "memoryPolicy: MPOL_WEIGHTED_INTERLEAVE from Linux 6.9 on, before it the kernel's error with a hint" {
  user_one
  edit '.linux.memoryPolicy = {mode: "MPOL_WEIGHTED_INTERLEAVE", nodes: "0"}'
  attributes mempolicy
  if printf '6.9\n%s\n' "$(uname -r)" | sort --check=quiet --version-sort; then
    shows "mode 0x6 nodes 0x1"
  else
    fails 125 E_PROCESS "linux.memoryPolicy: setting the memory policy: Invalid argument"
    has "hint" "$stderr" "MPOL_WEIGHTED_INTERLEAVE of 6.9"
  fi
}

@test "memoryPolicy: flags" {
  user_one
  edit '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES", "MPOL_F_NUMA_BALANCING"]}'
  attributes mempolicy
  shows "mode 0xa002 nodes 0x1"
  edit '.linux.memoryPolicy.flags = ["MPOL_F_RELATIVE_NODES"]'
  attributes mempolicy
  shows "mode 0x4002 nodes 0x1"
}

@test "memoryPolicy: nodes that the host does not have are the kernel's error, at its place" {
  user_one
  edit '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "1023"}'
  attributes mempolicy
  fails 125 E_PROCESS "linux.memoryPolicy: setting the memory policy: Invalid argument"
  has "hint" "$stderr" "no node of the list is there"
}

# --- process.rlimits ---------------------------------------------------------------------------------------------------

@test "rlimits: each of the sixteen is had, and to the bit" {
  user_one
  edit '.process.rlimits = [["CPU", 3600], ["FSIZE", "9007199254740993"], ["DATA", "4611686018427387905"],
    ["STACK", 4194304], ["CORE", 0], ["RSS", "9223372036854775809"], ["NPROC", 900], ["NOFILE", 512], ["MEMLOCK", 4096],
    ["AS", "18446744073709551614"], ["LOCKS", 1000], ["SIGPENDING", 77], ["MSGQUEUE", 8192], ["NICE", 0], ["RTPRIO", 0],
    ["RTTIME", 1000001]] | .process.rlimits |= map({type: "RLIMIT_\(.[0])", soft: .[1], hard: .[1]})'
  command_is cat /proc/self/limits
  sed -i -E 's/"(soft|hard)": "([0-9]+)"/"\1": \2/' "$B/config.json" # jq would round them
  run_container
  succeeds
  same "limits" "$(tail -n +2 <<< "$output" | sed -E 's/^Max (.*[a-z]) +([0-9a-z]+) +([0-9a-z]+) *[a-z]* *$/\1 \2 \3/')" "\
cpu time 3600 3600
file size 9007199254740993 9007199254740993
data size 4611686018427387905 4611686018427387905
stack size 4194304 4194304
core file size 0 0
resident set 9223372036854775809 9223372036854775809
processes 900 900
open files 512 512
locked memory 4096 4096
address space 18446744073709551614 18446744073709551614
file locks 1000 1000
pending signals 77 77
msgqueue size 8192 8192
nice priority 0 0
realtime priority 0 0
realtime timeout 1000001 1000001"
}
