# linux.resources but for the devices: what is written into the files of the container's cgroup, before it runs. A host
# has some controllers for its cgroup2 (cgroup.controllers), perhaps none: a limit of one that it has is set, a limit of
# another is refused by name.
load helper

# A root caller's limits enable controllers at the top of the tree; the tests put that back.
eval "shared_$(declare -f setup)"
eval "shared_$(declare -f teardown)"
setup() {
  shared_setup
  TOP="$(cgroup_mount)/cgroup.subtree_control"
  ENABLED=" $(cat "$TOP") "
}
teardown() {
  local status=0 controller
  shared_teardown || status=1
  for controller in $(cat "$TOP"); do
    [[ "$ENABLED" == *" $controller "* ]] || echo "-$controller" > "$TOP"
  done
  return "$status"
}

offers() { grep -qw "$1" "$(cgroup_mount)/cgroup.controllers"; }

resources() { edit --argjson r "$1" '.linux.resources = $r'; }

# file_of NAME: of the running container's cgroup.
file_of() { cat "$(cgroup_mount)$(sed -n 's/^0:://p' "/proc/$INIT_PID/cgroup")/$1"; }

# limit CONTROLLER RESOURCES WHERE FILE CONTENT: set, or refused by name at WHERE before anything ran.
limit() {
  echo "$1: $2"
  resources "$2"
  if offers "$1"; then
    command_is /bin/payload ignore
    start
    same "$4" "$(file_of "$4")" "$5"
    kill -KILL "$INIT_PID"
    ended
  else
    inside 'echo ran'
    fails 125 E_CONFIG_UNSUPPORTED "linux.resources.$3: this host's cgroup2 has no $1 controller"
    has "hint" "$stderr" "cgroup v1"
  fi
}

limits() {
  limit memory '{"memory":{"limit":67108864}}' memory.limit memory.max 67108864
  limit memory '{"memory":{"reservation":4194304}}' memory.reservation memory.low 4194304
  limit cpu '{"cpu":{"shares":512}}' cpu.shares cpu.weight 59
  limit cpu '{"cpu":{"quota":50000,"period":200000}}' cpu.quota cpu.max "50000 200000"
  limit cpu '{"cpu":{"idle":1}}' cpu.idle cpu.idle 1
  limit cpuset '{"cpu":{"cpus":"0"}}' cpu.cpus cpuset.cpus 0
  limit cpuset '{"cpu":{"mems":"0"}}' cpu.mems cpuset.mems 0
  limit pids '{"pids":{"limit":100}}' pids.limit pids.max 100
  limit hugetlb '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}' 'hugepageLimits[0]' hugetlb.2MB.max 4194304
  limit hugetlb '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}' 'hugepageLimits[0]' hugetlb.2MB.rsvd.max 4194304
  limit memory '{"unified":{"memory.high":"8388608"}}' 'unified["memory.high"]' memory.high 8388608
}

@test "each limit is set, or refused by name" {
  root_bundle runc-spec.json
  limits
}

@test "each limit is set, or refused by name, for an unprivileged caller" {
  user_bundle locald-service.json
  edit 'del(.linux.cgroupsPath)'
  local controller
  for controller in $(cat "$(cgroup_mount)/cgroup.controllers"); do # what `admin cgroup setup` does at the top
    echo "+$controller" > "$TOP"
  done
  limits
}

@test "block I/O and RDMA: set, or refused by name" {
  root_bundle runc-spec.json
  local disk; disk="$(cat /sys/block/*/dev | head -n 1)"
  limit io '{"blockIO":{"throttleReadBpsDevice":[{"major":'"${disk%:*}"',"minor":'"${disk#*:}"',"rate":1048576}]}}' \
    'blockIO.throttleReadBpsDevice[0]' io.max "$disk rbps=1048576 wbps=max riops=max wiops=max"
  resources '{"rdma":{"no-such-device":{"hcaHandles":3}}}'
  inside 'echo ran'
  same "ran" "$output" ""
  has "where" "$stderr" 'error: linux.resources.rdma["no-such-device"]'
}

@test "what the payload reads first is set already; the unified form comes last; several lines one by one" {
  offers hugetlb
  root_bundle runc-spec.json
  edit '.linux.namespaces += [{type: "cgroup"}]' # so that the bundle's mount at /sys/fs/cgroup shows its own cgroup
  resources '{"hugepageLimits":[{"pageSize":"2MB","limit":2097152}],"unified":{"hugetlb.2MB.rsvd.max":"4194304\n6291456\n"}}'
  inside 'cat /sys/fs/cgroup/hugetlb.2MB.max /sys/fs/cgroup/hugetlb.2MB.rsvd.max; echo 0 > /sys/fs/cgroup/hugetlb.2MB.max'
  same "limits" "${lines[*]}" "2097152 6291456"
  has "the payload can't write them" "$stderr" "Read-only file system"
}

@test "what cgroup v2 can't do is refused by name, before anything is made" {
  root_bundle runc-spec.json
  local row where n=0
  while read -r where row; do
    resources "$row"
    inside 'echo ran'
    fails 125 E_CONFIG_UNSUPPORTED "linux.resources.$where: "
    n=$((n + 1))
  done <<'ROWS'
memory.kernel {"memory":{"kernel":4096}}
memory.kernelTCP {"memory":{"kernelTCP":4096}}
memory.swappiness {"memory":{"swappiness":0}}
memory.disableOOMKiller {"memory":{"disableOOMKiller":true}}
memory.useHierarchy {"memory":{"useHierarchy":false}}
cpu.realtimeRuntime {"cpu":{"realtimeRuntime":1}}
cpu.realtimePeriod {"cpu":{"realtimePeriod":1}}
blockIO.leafWeight {"blockIO":{"leafWeight":10}}
network.classID {"network":{"classID":1}}
network.priorities {"network":{"priorities":[{"name":"lo","priority":1}]}}
unified["cgroup.procs"] {"unified":{"cgroup.procs":"1"}}
unified["cgroup.subtree_control"] {"unified":{"cgroup.subtree_control":"+cpu"}}
unified["cgroup.type"] {"unified":{"cgroup.type":"threaded"}}
ROWS
  same "rows" "$n" 13
}

@test "what asks for nothing is well on every host, and 0 is said to be no limit" {
  root_bundle runc-spec.json
  resources '{"memory":{"limit":0,"swap":0,"reservation":0,"kernel":-1,"useHierarchy":true},"cpu":{"shares":0,"quota":0,"cpus":""},"blockIO":{"weight":0},"network":{"classID":0},"rdma":{},"unified":{},"pids":{}}'
  inside 'echo ran'
  succeeds
  same "ran" "$output" ran
  has "warning" "$warnings" "linux.resources.memory.limit: 0 is no limit"
}

@test "a size of huge pages and a controller that the kernel does not have" {
  offers hugetlb
  root_bundle runc-spec.json
  resources '{"hugepageLimits":[{"pageSize":"3MB","limit":0}]}'
  inside 'echo ran'
  fails 125 E_CGROUP 'linux.resources.hugepageLimits[0] (hugetlb.3MB.max)'
  has "hint" "$stderr" "no such size of huge pages"
  resources '{"unified":{"nosuch.max":"1"}}'
  inside 'echo ran'
  fails 125 E_CGROUP 'linux.resources.unified["nosuch.max"]'
  has "hint" "$stderr" "the kernel knows no such controller"
}

@test "an unprivileged caller can't get before the host's other processes" {
  user_bundle locald-service.json
  local file
  for file in io.prio.class io.latency cpuset.cpus.partition cpuset.cpus.exclusive; do
    resources '{"unified":{"'$file'":"0"}}'
    inside 'echo ran'
    if offers "${file%%.*}"; then
      fails 125 E_AUTHORITY 'linux.resources.unified["'$file'"]'
    else
      fails 125 E_CONFIG_UNSUPPORTED 'linux.resources.unified["'$file'"]'
    fi
  done
}
