# Attacks by what the bundle wants written to /proc, and by attributes of the process. The race is in races.bats.
load ../e2e/helper

# attack_bundle OWNER: the same bundle for both; root's has no user namespace.
attack_bundle() {
  make_bundle "$1" locald-service.json "$T/$1"
  edit 'del(.linux.cgroupsPath) | .linux.resources = {} | .process.cwd = "/" | .linux.namespaces += [{type: "network"}]'
  [ "$1" = user ] || edit '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings)'
}

for_both() {
  for OWNER in user root; do
    attack_bundle "$OWNER"
    echo "as $OWNER"
    "$1" # not before "||": there nothing in it would fail
  done
}

# --- sysctls --------------------------------------------------------------------------------------------------------

# The host's own values, as far as the kernel lets root read them.
host_sysctls() {
  (cd /proc/sys && grep -s . kernel/core_pattern kernel/modprobe kernel/panic kernel/hostname kernel/domainname kernel/sem kernel/shm_rmid_forced \
    fs/suid_dumpable fs/mqueue/msg_max vm/overcommit_memory vm/swappiness net/ipv4/ip_default_ttl net/ipv4/ip_forward \
    net/ipv4/ip_unprivileged_port_start user/max_user_namespaces user/max_mnt_namespaces) || true
}

sysctl() { edit --arg n "$1" --arg v "$2" '.linux.sysctl = {($n): $v}'; }

# refused NAME VALUE: at config.json, before anything is done.
refused() {
  sysctl "$1" "$2"
  inside 'echo ran'
  [ "$status" = 125 ] && [[ "$stderr" =~ ^locald-shim:\ error:\ linux\.sysctl\[.*\[E_CONFIG_(VALUE|TYPE|JSON)\] ]] && [ -z "$output" ] ||
    { echo "$1=$2: $status $output $stderr"; return 1; }
}

# Parameters of the machine, of namespaces that the container does not have, and names that climb to them.
outside_the_namespaces() {
  local name before; before="$(host_sysctls)"
  for name in kernel.core_pattern kernel.modprobe kernel.panic kernel.sysrq kernel.hostname kernel.ns_last_pid kernel.shm_next_id kernel.yama.ptrace_scope \
    vm.overcommit_memory vm.swappiness fs.file-max fs.suid_dumpable fs.protected_symlinks dev.tty.legacy_tiocsti kernel fs.mqueue net user abi.vsyscall32 \
    net/../kernel/core_pattern net.//.kernel.core_pattern net.ipv4./././kernel/core_pattern net/./ipv4/ip_default_ttl net//ipv4/ip_default_ttl \
    /kernel/core_pattern ../sys/kernel/core_pattern net/ipv4/../../kernel/core_pattern /net/ipv4/ip_default_ttl net/ipv4/ip_default_ttl/ net/ .net / . '' .. \
    $'net.ipv4.ip_default_ttl\n' $'kernel.sem\nkernel.core_pattern' 'net ipv4' kernel.sem.x kernel/semx; do
    refused "$name" 1
  done
  [ "$OWNER" = user ] || refused user.max_user_namespaces 1 # which are the host's where there is no user namespace
  edit '.linux.namespaces |= map(select(.type | IN("network", "ipc", "uts") | not)) | del(.hostname)'
  for name in net.ipv4.ip_default_ttl net/core/somaxconn kernel.sem kernel.msgmax kernel.shm_rmid_forced fs.mqueue.msg_max kernel.domainname; do
    refused "$name" 1
  done
  same "the host's" "$(host_sysctls)" "$before"
}

@test "proc: sysctls outside of the container's namespaces, and names that climb: refused by an exact table" { for_both outside_the_namespaces; }

# One write is one line: a value of two would set another parameter of a multi-line file, or end in the middle.
odd_values() {
  local value before; before="$(host_sysctls)"
  for value in $'77\n78' $'\n' $'77\n' "$(printf '7%.0s' {1..5000})"; do refused net.ipv4.ip_default_ttl "$value"; done
  for value in 77 '["77"]' '{}' true '"7\u00007"' '"\u0000"'; do
    edit --argjson v "$value" '.linux.sysctl = {"net.ipv4.ip_default_ttl": $v}'
    inside 'echo ran'
    [ "$status" = 125 ] && [[ "$stderr" =~ ^locald-shim:\ error:\ .*\[E_CONFIG_(VALUE|TYPE|JSON)\] ]] ||
      { echo "$value: $status $output $stderr"; return 1; }
  done
  edit '.linux.sysctl = {"net.ipv4.ip_default_ttl": "77"} | .linux.readonlyPaths = []'
  inside 'cat /proc/sys/net/ipv4/ip_default_ttl' # the precondition: it can be had, by who may have it
  [ "$OWNER" = user ] || same "a good one" "$status $output" "0 77"
  same "the host's" "$(host_sysctls)" "$before"
}

@test "proc: sysctl values with newlines, NUL, of other types, too long: refused" { for_both odd_values; }

# --- attributes -----------------------------------------------------------------------------------------------------

# as_unaided CODE COMMAND...: the bundle as it stands is refused, and the caller's own process fails at the same.
as_unaided() {
  local code="$1"; shift
  command_is true
  run_container
  [ "$status" = 125 ] && [[ "$stderr" == *"[$code]"* ]] || { echo "$status $stderr"; return 1; }
  capture "${AS[@]}" "$@"
  [ "$status" != 0 ] || { echo "unaided it works: $*"; return 1; }
}

@test "proc: oomScoreAdj -1000 and -1: what the caller would get unaided" {
  local score
  for score in -1000 -1; do
    attack_bundle user
    edit --argjson s "$score" '.process.oomScoreAdj = $s'
    as_unaided E_PROCESS sh -c "echo $score > /proc/self/oom_score_adj"
    rm -rf "$B"
  done
}

@test "proc: higher hard rlimits: what the caller would get unaided" {
  local row kind flag hard
  while read -r kind hard; do
    attack_bundle user
    flag="--${kind,,}"
    AS=(prlimit "$flag=$hard:$hard" setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --)
    edit --arg k "RLIMIT_$kind" --argjson h "$((hard + 1))" '.process.rlimits = [{type: $k, soft: $h, hard: $h}]'
    as_unaided E_RLIMIT prlimit "$flag=$((hard + 1)):$((hard + 1))" true || { echo "$kind"; return 1; }
    edit '.process.rlimits[0].soft = 18446744073709551615 | .process.rlimits[0].hard = 18446744073709551615'
    run_container
    same "unlimited $kind" "$status" 125
    edit --argjson h "$hard" '.process.rlimits[0].soft = $h | .process.rlimits[0].hard = $h'
    run_container
    same "as much as the caller has" "$status$stderr" 0
    rm -rf "$B"
  done <<'ROWS'
NOFILE 2000
MEMLOCK 8000000
NPROC 2000
NICE 0
RTPRIO 0
SIGPENDING 1000
MSGQUEUE 100000
CORE 1000000
STACK 8000000
DATA 2000000000
ROWS
}

@test "proc: SCHED_FIFO, SCHED_RR, SCHED_DEADLINE, a stronger nice value: what the caller would get unaided" {
  local policy command
  while read -r policy command; do
    attack_bundle user
    edit ".process.scheduler = $policy"
    as_unaided E_PROCESS $command true || { echo "$policy"; return 1; }
    rm -rf "$B"
  done <<'ROWS'
{"policy":"SCHED_FIFO","priority":1} chrt --fifo 1
{"policy":"SCHED_RR","priority":99} chrt --rr 99
{"policy":"SCHED_DEADLINE","runtime":10000000,"deadline":100000000,"period":100000000} chrt --deadline --sched-runtime 10000000 --sched-deadline 100000000 --sched-period 100000000 0
{"policy":"SCHED_OTHER","nice":-1} renice -n -1 --pid self
ROWS
}

@test "proc: realtime I/O priority: what the caller would get unaided" {
  attack_bundle user
  edit '.process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 7}'
  as_unaided E_PROCESS ionice --class 1 --classdata 7 true
}

# All 41 capabilities in all five sets: they count over the container's namespaces, and over nothing of the host.
@test "proc: all capabilities, inheritable and ambient too: nothing over the host" {
  attack_bundle user
  local all before; before="$(host_sysctls; date +%Y)"
  all="$(sed -n 's/^ *\(CAP_[A-Z_]*\) = .*/\1/p' "$REPO/lua/oci/capability_numbers.lua" | jq -R . | jq -sc .)"
  edit --argjson all "$all" '.process.capabilities = ({bounding: $all} | .effective = .bounding | .permitted = .bounding | .inheritable = .bounding
    | .ambient = .bounding) | .linux.readonlyPaths = [] | .linux.maskedPaths = [] | .linux.namespaces |= map(select(.type != "network"))'
  install -m 600 /dev/null "$VOLUME/roots"; echo s3cret > "$VOLUME/roots" # of the host's root
  cp "$TOOLS/attributes" "$B/rootfs/bin/"
  inside 'grep -E "^Cap(Inh|Amb|Eff)" /proc/self/status
    cd /; try() { "$@" > /dev/null 2>&1 && echo "did: $*"; }
    try sh -c "echo x > /proc/sys/kernel/core_pattern"; try sh -c "echo 1 > /proc/sys/vm/drop_caches"; try sh -c "echo h > /proc/sysrq-trigger"
    try cat /workspace/roots; try chown 0 /workspace/roots; try chmod 666 /workspace/roots; try mknod /data/null c 1 3; try mknod /data/vda b 254 0
    try dmesg; date -s 2001-01-01; try ip link set lo down; try ip link add x type dummy; try chroot /proc/1/root sh -c "ls /root/.profile"
    try sh -c "echo -1000 > /proc/self/oom_score_adj"; try renice -n -5 1; try swapoff -a; try hwclock -w; try insmod /data/x; try mount -t ext4 /dev/vda /data
    try mount -t debugfs x /data; try chrt -f 1 true; try ionice -c 1 true; try nice -n -5 sh -c "[ \$(nice) = -5 ]"; try sh -c "ulimit -Hn 100000000"
    mount -t tmpfs x /data && hostname inside && echo "inside its own"'
  same "the sets are all" "$(sed -n 's/^Cap[A-Za-z]*:.//p' <<< "$output" | sort -u | sed 's/^0*//')" 1ffffffffff
  lacks "over the host" "$output" "did:"
  has "over the container" "$output" "inside its own"
  same "the host's" "$(host_sysctls; date +%Y)" "$before"
  same "the secret" "$(stat -c '%u %a' "$VOLUME/roots") $(cat "$VOLUME/roots")" "0 600 s3cret"
}

# --- descriptors ----------------------------------------------------------------------------------------------------

# leaky COMMAND...: with 0 and 3 to 30 open on directories of the host. (The numbers of what the shim itself has open
# are below 12.)
leaky() {
  bash -c 'for fd in {3..30}; do eval "exec $fd< /"; done; exec "$@" < /' - "$@" 3>&-
}

# The working directory is one that the shim, or who called it, left open on the host.
leaked_cwd() {
  local fd to
  mkdir -p "$B/rootfs/etc"
  ln -s /proc/self/fd "$B/rootfs/fds"; ln -s /proc/self/cwd "$B/rootfs/here"
  edit '.linux.sysctl = {"kernel.domainname": "x"}' # so that a procfs of the set-up is open
  [ "$OWNER" = root ] || edit '.linux.sysctl = {"user.max_mnt_namespaces": "77"}'
  script pwd # getcwd(2): what is outside of the root has no name
  for fd in {0..12} 30; do
    for to in "/proc/self/fd/$fd" "/fds/$fd" "/proc/self/fd/$fd/../../../root" "/proc/1/fd/$fd"; do
      edit --arg d "$to" '.process.cwd = $d'
      capture leaky "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID"
      # a number that is free is taken, while the path is walked, by the walk: then it is a directory of the container's
      { [ "$status" = 125 ] && [[ "$stderr" == *"[E_CWD]"* ]]; } || [[ "$output" =~ ^/(proc/1/fd|root)$ ]] ||
        { echo "cwd $to: $status $output $stderr"; return 1; }
    done
  done
}

@test "proc: cwd = /proc/self/fd/N, for every N: refused (CVE-2024-21626)" { for_both leaked_cwd; }

# A program that is reached by a descriptor, or is the shim itself (which a payload of root's could then write to).
leaked_program() {
  local fd to
  ln -s /proc/self/fd "$B/rootfs/fds"; ln -s /proc/self/exe "$B/rootfs/me"
  for to in /proc/self/exe /proc/1/exe /me; do
    command_is "$to" --version
    run_container
    fails 126 E_EXEC 'process.args[0]' || { echo "args[0] $to"; return 1; }
  done
  for fd in {0..12} 30; do
    for to in "/proc/self/fd/$fd" "/proc/self/fd/$fd/bin/true" "/fds/$fd/bin/true" "/proc/self/fd/$fd/self/exe"; do
      command_is "$to" --version
      capture leaky "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID"
      { [ "$status" = 126 ] || [ "$status" = 127 ]; } && [ -z "$output" ] ||
        { echo "args[0] $to: $status $output $stderr"; return 1; }
    done
  done
}

@test "proc: args[0] = /proc/self/fd/N, for every N, and /proc/self/exe: refused (CVE-2024-21626, CVE-2019-5736)" { for_both leaked_program; }
