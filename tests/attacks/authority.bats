# Interpreter, plan, gate; Id maps: an interpreter that asks for more than its caller may have. Each row is one of the
# gate's refusals for a caller who is not root (E_AUTHORITY in core/gate), or what the kernel alone would have to refuse.
load evil

row() { attack E_AUTHORITY "$@"; }

@test "host ids that are not the caller's: 0, 1, another user's, beyond the delegated range, wrapping round" {
  evil_bundle
  local line
  for line in 'set idmap outside 0' 'set idmap outside 1' 'set idmap outside 65534' "set idmap outside $((SUB_UID - 1))" 'set idmap size 2' \
    'set idmap outside 4294967294' "add idmap kind=0	inside=1	outside=$((SUB_UID - 1))	size=10" "add idmap kind=0	inside=1	outside=$SUB_UID	size=65537" \
    'add idmap kind=0	inside=1	outside=0	size=1' 'add idmap kind=1	inside=1	outside=0	size=1' 'add idmap kind=1	inside=1	outside=999	size=1'; do
    row "$line"
  done
  for line in 'set idmap size 0' 'set idmap size 4294967295' "add idmap kind=0	inside=1	outside=$SUB_UID	size=4294967295" 'add idmap kind=0	inside=4294967290	outside=1	size=10' \
    "add idmap kind=0	inside=0	outside=$SUB_UID	size=1" "add idmap kind=0	inside=1	outside=$TEST_UID	size=1"; do
    attack E_CONFIG_VALUE "$line"
  done
  attacks_done
}

# CVE-2018-7169: newgidmap let a user drop groups who had no delegated gid.
@test "CVE-2018-7169: setgroups allowed with no gid but the caller's own" {
  evil_bundle
  row 'set setgroups allow 1'
  attacks_done
}

@test "341 extents of one map" {
  evil_bundle
  local lines=() i
  for ((i = 1; i < 63; i++)); do lines+=("add idmap kind=0	inside=$i	outside=$((SUB_UID + i))	size=1"); done
  evil "${lines[@]}" "many 300 idmap kind=0	inside=1000	outside=$((SUB_UID + 1000))	size=1"
  fails 125 E_CONFIG_VALUE evil # two that are the same come before the number
  root_bundle runc-spec.json "$T/root"
  edit '[range(341) | {containerID: (2 * .), hostID: (1000 + 2 * .), size: 1}] as $map
    | .linux.namespaces |= map(select(.type != "user")) + [{type: "user"}] | .linux.uidMappings = $map | .linux.gidMappings = $map'
  run_container
  fails 125 E_CONFIG_VALUE linux.uidMappings
}

@test "no user namespace, or one of others: the container of a caller who is not root has its own" {
  evil_bundle
  row 'set unshare flags 0x2c020000'
  row 'add join flag=0x10000000	path=/proc/1/ns/user'
  row 'add join flag=0x20000	path=/proc/1/ns/mnt'
  row 'add join flag=0x2000000	path=/proc/1/ns/cgroup'
  row 'add join flag=0xc000000	path=/proc/1/ns/uts'
  row 'add join flag=0	path=/proc/1/ns/uts'
  attack E_CONFIG_VALUE 'set unshare flags 0x3c000000'
  attack E_CONFIG_VALUE 'add join flag=0x4000000	path=/proc/1/ns/uts' # to be made and to be joined
  attacks_done
}

@test "the initial namespaces, by a plan: found as the caller, who may not join them" {
  evil_bundle
  local flags='set unshare flags'
  local -A of=([0x40000000]=net [0x4000000]=uts [0x8000000]=ipc [0x20000000]=pid)
  local flag left drop
  for flag in "${!of[@]}"; do
    left="$(printf '0x%x' $((0x3c020000 & ~flag)))"
    drop=hostname; [ "${of[$flag]}" != pid ] || drop=mount # of /proc, which a new pid namespace goes with
    evil "$flags $left" "drop $drop" "add join flag=$flag	path=/proc/self/ns/${of[$flag]}"
    [ "$status" = 125 ] && [ -z "$output" ]
    [[ "$stderr" == *"[E_NAMESPACE]"* || "$stderr" == *"[E_AUTHORITY]"* ]] || { echo "${of[$flag]}: $stderr"; return 1; }
  done
  attacks_done
}

@test "cgroups of others, of the shim, of the host; files that concern the whole host" {
  evil_bundle
  local path
  for path in /x /system.slice/x /user.slice /init.scope /locald.slicex/a /locald.slice/pin /locald.slice/pin/x /locald/uid-0 /locald.slice/uid-1/x \
    /locald.slice/a/b/c/d/e/f/g/h/i; do
    row "set cgroup path $path"
  done
  for path in / // /locald.slice/ /locald.slice//a /locald.slice/../x /locald.slice/./a /locald.slice/cgroup.procs /locald.slice/a%0ab locald; do
    attack E_CONFIG_VALUE "set cgroup path $path"
  done
  for path in io.prio.class cpuset.cpus.partition io.latency; do row "add cgroup_file name=$path	value=1"; done
  for path in cgroup.procs cgroup.subtree_control cgroup.kill ../cgroup.procs memory/max memory memory. .max a.b/../c; do
    attack E_CONFIG_VALUE "add cgroup_file name=$path	value=1"
  done
  attack E_CONFIG_VALUE 'add cgroup_file name=memory.max	value=1%0a2'
  attack E_PLAN_ORDER 'drop cgroup' 'add cgroup_file name=memory.max	value=1'
  attacks_done
}

@test "mounts that keep setuid or devices, and file systems whose code is for root" {
  evil_bundle
  local type
  row 'set rootfs attr 0'
  for type in 0 2 4; do row "set mount attr $type"; row "set bind attr_set $type"; done
  row 'set bind attr_clr 2' 'set bind attr_set 4'
  row 'set bind rattr_clr 4' 'set bind rattr_set 2'
  for type in ext4 xfs btrfs squashfs fuse fuseblk nfs bpf debugfs tracefs securityfs overlay binfmt_misc configfs efivarfs cgroup ramfs hugetlbfs; do
    row "add mount fstype=$type	attr=6	target=/m"
  done
  attack E_CONFIG_VALUE 'add mount fstype=	attr=6	target=/m'
  attack E_CONFIG_VALUE 'add mount fstype=a/b	attr=6	target=/m'
  attack E_PLAN_FORMAT 'set device bind 0'
  attack E_PLAN_FORMAT 'set rootfs propagation 0x100000'
  attack E_PLAN_ORDER 'set bind tree 1'
  attacks_done
}

@test "what needs a namespace that the plan does not make; kernel parameters of the host" {
  evil_bundle
  local path
  attack E_CONFIG_VALUE 'set unshare flags 0x38020000' # hostname without uts
  attack E_CONFIG_VALUE 'add domainname name=x' 'set unshare flags 0x38020000'
  attack E_CONFIG_VALUE 'add loopback'
  attack E_CONFIG_VALUE 'add time_offset clock=1	secs=1'
  attack E_CONFIG_VALUE 'add cgroup_owner uid=0'
  attack E_CONFIG_VALUE 'drop cgroup' 'set unshare flags 0x1c020000' # nothing would end it
  for path in kernel/core_pattern kernel.core_pattern net/ipv4/ip_forward net/../kernel/core_pattern kernel/shm_rmid_forced/../core_pattern \
    vm/overcommit_memory fs/suid_dumpable user/../kernel/core_pattern /kernel/msgmax; do
    attack E_CONFIG_VALUE "add sysctl path=$path	value=1"
  done
  attack E_CONFIG_VALUE 'add sysctl path=kernel/msgmax	value=1%0a2'
  attacks_done
}

@test "ids of the process that are not mapped, groups where setgroups is denied, a relative place, a listener with a relative path" {
  evil_bundle
  attack E_CONFIG_VALUE 'set user uid 1'
  attack E_CONFIG_VALUE 'set user gid 1'
  attack E_CONFIG_VALUE 'set user groups 0'
  attack E_CONFIG_VALUE 'set exec cwd etc'
  attack E_CONFIG_VALUE 'set exec args '
  attack E_CONFIG_VALUE 'set exec env NAME'
  attack E_CONFIG_VALUE 'set mask path proc'
  attack E_CONFIG_VALUE 'set mount target ..'
  attack E_CONFIG_VALUE 'add rlimit resource=7	soft=1	hard=1'
  attack E_CONFIG_VALUE 'add seccomp_listener path=relative'
  attacks_done
}

# What any caller may ask is still done with no more than the caller's own power.
@test "priorities, limits and oom_score_adj over the caller's own: refused by the kernel, not performed with the shim's power" {
  evil_bundle
  local line
  AS=(prlimit --nofile=1024:4096 --memlock=65536:65536 setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --)
  for line in 'add oom_score adj=-1000' 'add scheduler policy=1	priority=50' 'add scheduler policy=0	nice=-20' 'add ioprio class=1	level=0' \
    'set rlimit hard 1048577' 'add rlimit resource=8	soft=18446744073709551615	hard=18446744073709551615'; do
    evil "$line"
    [ "$status" = 125 ] && [ -z "$output" ] || { echo "$line: $status $output $stderr"; return 1; }
    [[ "$stderr" != *E_PLAN* ]]
  done
  attacks_done
}
