# linux.resources on a host of cgroup v2: the limits bite. For root, and for an unprivileged user once the administrator
# said `locald-shim admin cgroup setup`.
load ../e2e/helper
load cgroup

setup_file() { modprobe bfq; tree_set_up; }
teardown_file() { tree_taken_down; }

MIB=1048576
eats() { command_is /bin/dd if=/dev/zero of=/dev/null "bs=${1}M" count=1; }

@test "memory.limit: the container that wants more is killed, status 137; with room it runs" {
  local owner
  for owner in root user; do
    limited "$owner" '{"memory": {"limit": 33554432}}'
    eats 64
    run_container
    same "status" "$status" 137
    edit '.linux.resources.memory.limit = 134217728'
    run_container
    same "status with room" "$status" 0
  done
}

@test "memory.limit: the kernel kills a child and counts it; the container runs on" {
  local owner
  for owner in root user; do
    limited "$owner" '{"memory": {"limit": 33554432}}'
    script 'dd if=/dev/zero of=/dev/null bs=64M count=1; echo "dd $?"; exec payload ignore'
    start
    wait_for 5 says "dd 137"
    same "memory.max" "$(cat "$CG/memory.max")" 33554432
    same "oom_kill" "$(event memory.events oom_kill)" 1
    stop
  done
}

@test "pids.limit: a fork over it fails, and what was forked ends with the container" {
  local owner
  for owner in root user; do
    limited "$owner" '{"pids": {"limit": 8}}'
    script 'sh -c "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1000 & done"; echo "forks $?"; exec payload ignore'
    start
    wait_for 5 says "forks 2"
    has "stderr" "$(cat "$ERR")" "can't fork"
    same "pids.max" "$(cat "$CG/pids.max")" 8
    grew pids.events max
    stop
  done
}

@test "cpu.quota: a busy loop is throttled to its share" {
  local owner before after
  for owner in root user; do
    limited "$owner" '{"cpu": {"quota": 10000, "period": 100000}}'
    script 'while :; do :; done'
    start
    wait_for 10 grew cpu.stat nr_throttled 3
    same "cpu.max" "$(cat "$CG/cpu.max")" "10000 100000"
    before="$(event cpu.stat usage_usec)"
    sleep 2
    after="$(event cpu.stat usage_usec)"
    echo "used $((after - before)) us of 2 s"
    [ "$((after - before))" -lt 500000 ]
    stop
  done
}

@test "cpu.cpus, cpu.mems: the container runs on those, on one of two each" {
  local owner
  for owner in root user; do
    limited "$owner" '{"cpu": {"cpus": "1", "mems": "1"}}'
    inside 'sed -n "s/^\(Cpus\|Mems\)_allowed_list:.//p" /proc/self/status'
    succeeds
    same "cpus, mems" "$output" $'1\n1'
  done
}

# wait_seconds SCRIPT: the seconds that it took in the container.
seconds_of() {
  inside "read a b < /proc/uptime; $1; read c d < /proc/uptime; echo \$((\${c%.*} - \${a%.*}))"
  succeeds
}

@test "blockIO.throttle*: reading and writing wait" {
  local owner disk="$(mountpoint -d /)"
  dd if=/dev/zero of="$T/file" bs=$MIB count=4 conv=fsync status=none
  chmod 644 "$T/file"
  for owner in root user; do
    limited "$owner" '{}'
    cp "$T/file" "$B/rootfs/data/file"
    edit '.root.readonly = false'
    sync
    echo 3 > /proc/sys/vm/drop_caches
    seconds_of 'dd if=/data/file of=/dev/null bs=1M 2>/dev/null'
    [ "$output" -le 2 ] || { echo "without a limit: $output s"; return 1; }
    edit --argjson major "${disk%:*}" --argjson minor "${disk#*:}" '.linux.resources.blockIO = {
      throttleReadBpsDevice: [{$major, $minor, rate: 1048576}], throttleWriteBpsDevice: [{$major, $minor, rate: 1048576}]}'
    echo 3 > /proc/sys/vm/drop_caches
    seconds_of 'dd if=/data/file of=/dev/null bs=1M 2>/dev/null'
    [ "$output" -ge 3 ] || { echo "reading: $output s"; return 1; }
    seconds_of 'dd if=/dev/zero of=/data/new bs=1M count=4 conv=fsync 2>/dev/null'
    [ "$output" -ge 3 ] || { echo "writing: $output s"; return 1; }
  done
}

@test "hugepageLimits: pages over the limit can't be reserved" {
  local owner
  for owner in root user; do
    limited "$owner" '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
    command_is /bin/payload hugepages 2
    run_container
    succeeds
    same "within" "$output" "touched 2"
    command_is /bin/payload hugepages 3
    run_container
    same "over: status" "$status" 1
    has "over" "$stderr" "Cannot allocate memory"
  done
}

@test "each property is in its file" {
  local owner disk="$(mountpoint -d /)" file
  declare -A expected=(
    [memory.max]=67108864 [memory.low]=16777216 [memory.swap.max]=33554432 [memory.high]=50331648
    [cpu.weight]=174 [cpu.max]="50000 200000" [cpu.max.burst]=10000 [cpuset.cpus]=0-1 [cpuset.mems]=0 [pids.max]=50
    [io.bfq.weight]="default 500" [io.max]="$disk rbps=1048576 wbps=max riops=max wiops=100" [hugetlb.2MB.max]=6291456
    [hugetlb.2MB.rsvd.max]=6291456 [memory.oom.group]=1)
  for owner in root user; do
    limited "$owner" '{
      "memory": {"limit": 67108864, "reservation": 16777216, "swap": 100663296},
      "cpu": {"shares": 2048, "quota": 50000, "period": 200000, "burst": 10000, "cpus": "0-1", "mems": "0"},
      "pids": {"limit": 50}, "blockIO": {"weight": 500}, "hugepageLimits": [{"pageSize": "2MB", "limit": 6291456}],
      "unified": {"memory.high": "50331648", "memory.oom.group": "1"}}'
    edit --argjson major "${disk%:*}" --argjson minor "${disk#*:}" '.linux.resources.blockIO += {
      throttleReadBpsDevice: [{$major, $minor, rate: 1048576}], throttleWriteIOPSDevice: [{$major, $minor, rate: 100}]}'
    command_is /bin/payload ignore
    start
    for file in "${!expected[@]}"; do
      same "$file" "$(cat "$CG/$file")" "${expected[$file]}"
    done
    stop
  done
}

@test "cpu.idle, and no shares beside it" {
  local owner
  for owner in root user; do
    limited "$owner" '{"cpu": {"idle": 1, "shares": 512}}'
    command_is /bin/payload ignore
    start
    same "cpu.idle" "$(cat "$CG/cpu.idle")" 1
    has "warning" "$(cat "$ERR")" "linux.resources.cpu.shares: has no effect on an idle cgroup"
    stop
  done
}

@test "unified: wins over the property of the same file, and memory.oom.group ends the whole container" {
  local owner
  for owner in root user; do
    limited "$owner" '{"memory": {"limit": 1073741824},
                       "unified": {"memory.max": "33554432", "memory.oom.group": "1", "pids.max": "max"}}'
    inside 'dd if=/dev/zero of=/dev/null bs=64M count=1; echo survived'
    same "status" "$status" 137
    same "output" "$output" ""
  done
}

@test "a root caller's cgroup anywhere: the controllers are enabled on the way, and what was made is removed" {
  limited root '{"pids": {"limit": 30}, "memory": {"limit": 67108864}}'
  edit '.linux.cgroupsPath = "/elsewhere/deeper/box.scope"'
  command_is /bin/payload ignore
  start
  same "pids.max" "$(cat $CGROUPS/elsewhere/deeper/box.scope/pids.max)" 30
  stop
  [ ! -e "$CGROUPS/elsewhere" ]
}

@test "impossible values: one error that names the property, status 125, nothing left" {
  local owner
  for owner in root user; do
    limited "$owner" '{"cpu": {"cpus": "7"}}'
    refused E_CGROUP linux.resources.cpu.cpus "Numerical result out of range"
    edit '.linux.resources = {cpu: {mems: "0-9"}}'
    refused E_CGROUP linux.resources.cpu.mems "Invalid argument"
    edit '.linux.resources = {hugepageLimits: [{pageSize: "3MB", limit: 0}]}'
    refused E_CGROUP "linux.resources.hugepageLimits[0]" "hugetlb.3MB.max"
    edit '.linux.resources = {blockIO: {throttleReadBpsDevice: [{major: 4000, minor: 1, rate: 1}]}}'
    refused E_CGROUP "linux.resources.blockIO.throttleReadBpsDevice[0]" "No such device"
    edit '.linux.resources = {unified: {"memory.high": "lots"}}'
    refused E_CGROUP 'linux.resources.unified["memory.high"]' "Invalid argument"
    edit '.linux.resources = {unified: {"memory.nothing": "1"}}'
    refused E_CGROUP 'linux.resources.unified["memory.nothing"]' "No such file"
    edit '.linux.resources = {unified: {"nothing.max": "1"}}'
    refused E_CGROUP 'linux.resources.unified["nothing.max"]' "enabling the controller"
    edit '.linux.resources = {rdma: {nic0: {hcaHandles: 3}}}'
    refused E_CGROUP 'linux.resources.rdma["nic0"]' "No such device"
    edit '.linux.resources = {memory: {limit: 4096}}'
    run_container
    same "no room for a process: status" "$status" 125
    same "lines" "$(grep -c 'locald-shim: error: ' <<< "$stderr")" 1
  done
}
