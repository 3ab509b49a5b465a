# Interpreter, plan, gate: plans that no honest interpreter sends, to the decoder and the gate of the setuid binary.
# CVE-2021-43784 (runc: a length of the netlink-like message between its processes that wrapped).
load evil

u32() { local n; for n in "$@"; do printf "\\x$(printf %x $((n & 255)))\\x$(printf %x $((n >> 8 & 255)))\\x$(printf %x $((n >> 16 & 255)))\\x$(printf %x $((n >> 24 & 255)))"; done; }

# op_number NAME: its place in the table.
op_number() { echo "$(($(grep -oE ' OP\([a-z_]+, (HOST|CHILD|INIT),' "$REPO/core/plan/ops.def" | grep -n "($1," | cut -d: -f1) - 1))"; }

# The first record (state) is at 8: its operation, at 12 its size, at 16 the length of its origin.
@test "CVE-2021-43784: lengths of 0xffffffff, sums that wrap, strings and lists past their record" {
  evil_bundle
  local n user; user="$(op_number user)"
  for n in ffffffff feffffff f8ffffff f4ffffff efffffff 00000080 ffffff7f 00000000 01000000; do
    attack E_PLAN_FORMAT "poke 12 $n"
    attack E_PLAN_FORMAT "poke 16 $n"
  done
  attack E_PLAN_FORMAT 'poke 16 10000000'
  for n in 0xffffffff 0xfffffffe 0x80000000 0x40000000 0x40000001 0x3fffffff 1021 1; do # a list's count: step user with nothing behind it
    { u32 0x31504c53 1 "$user" 24 0; printf '\0'; u32 0 0 "$n" 0; printf '\0\0\0'; u32 0x454e4f44 0 1; } > "$T/plan"
    PLAN="$T/plan" attack E_PLAN_FORMAT raw
  done
  attacks_done
}

@test "no DONE, records and bytes behind it, another count, another magic or version, nothing at all" {
  evil_bundle
  local n
  for n in 0 1 4 7 8 9 20 -1 -4 -8 -11 -12; do attack E_PLAN_FORMAT "cut $n"; done
  for n in 00 0a 444f4e45 444f4e450000000001000000; do attack E_PLAN_FORMAT "tail $n"; done
  attack E_PLAN_FORMAT 'behind hostname name=a'
  for n in 00000000 ffffffff 01000000; do attack E_PLAN_FORMAT "poke -4 $n"; done
  attack E_PLAN_FORMAT 'poke -8 01000000'
  attack E_PLAN_FORMAT 'poke -12 00000000'
  attack E_PLAN_FORMAT 'poke 0 534c5032'
  attack E_PLAN_FORMAT 'poke 0 534c4531'
  attack E_PLAN_FORMAT 'poke 4 02000000'
  attack E_PLAN_FORMAT 'poke 8 ffffffff'
  attack E_PLAN_FORMAT 'poke 8 00010000'
  attacks_done
}

@test "a refusal in the place of a plan that is malformed, too long, of a code that is none, or says escape sequences" {
  evil_bundle
  local plan
  { u32 0x31454c53 0 0 0; printf '\0'; } > "$T/plan"; PLAN="$T/plan" attack E_PLAN_FORMAT raw
  { u32 0x31454c53 100000 0 0; printf '\0'; u32 0; printf '\0'; u32 0; printf '\0'; u32 0; printf '\0'; } > "$T/plan"; PLAN="$T/plan" attack E_PLAN_FORMAT raw
  { u32 0x31454c53 1 0 0xffffffff; printf '\0'; } > "$T/plan"; PLAN="$T/plan" attack E_PLAN_FORMAT raw
  { u32 0x31454c53 1 0 100000; head -c 100001 /dev/zero | tr '\0' x; } > "$T/plan"; PLAN="$T/plan" attack E_PLAN_FORMAT raw
  { u32 0x31454c53 1 0; for plan in $'\e[2Jwhere' $'sub\nject' $'what\r%s%n' $'hint\x7f\x80'; do u32 "${#plan}"; printf '%s\0' "$plan"; done; } > "$T/plan"
  PLAN="$T/plan" LC_ALL=C evil raw
  same "status" "$status" 125
  same "lines" "$(wc -l < "$T/stderr")" 2
  ! LC_ALL=C grep -q '[^ -~]' "$T/stderr"
  attacks_done
}

@test "two id maps, and every step that may stand once standing twice" {
  evil_bundle
  attack E_CONFIG_VALUE 'twice idmap'
  local op
  for op in state cgroup unshare setgroups rootfs pivot hostname user setcaps exec; do attack E_PLAN_ORDER "twice $op"; done
  attacks_done
}

@test "every step that must stand missing; every step of the plan too early and too late" {
  evil_bundle
  local op
  for op in state setgroups rootfs pivot user setcaps exec; do attack E_PLAN_ORDER "drop $op"; done
  attack E_CONFIG_VALUE 'drop unshare'
  attack E_CONFIG_VALUE 'drop idmap'
  for op in state cgroup rlimit unshare idmap setgroups rootfs mount bind device symlink mask readonly pivot hostname user setcaps; do
    attack E_PLAN_ORDER "last $op"
  done
  attack E_PLAN_ORDER 'drop exec' 'first exec args=/bin/true'$'\t''cwd=/'
  attack E_PLAN_ORDER 'drop setcaps' 'first setcaps'
  attack E_PLAN_ORDER 'drop pivot' 'first pivot'
  attack E_PLAN_ORDER 'drop rootfs' 'first rootfs path=rootfs'$'\t''attr=4'$'\t''propagation=0x84000'
  attack E_PLAN_ORDER 'drop mount' 'first mount fstype=tmpfs'$'\t''attr=6'$'\t''target=/m'
  attacks_done
}

@test "more of a step than the table allows: a million mounts end at 4,097" {
  evil_bundle
  attack E_PLAN_SIZE 'many 65 warning text=x'
  attack E_PLAN_SIZE 'many 1025 cgroup_file name=pids.max'$'\t''value=10'
  attack E_PLAN_SIZE 'many 1025 device_rule type=97'$'\t''major=4294967295'$'\t''minor=4294967295'$'\t''access=1'
  attack E_PLAN_SIZE 'many 4097 mount fstype=tmpfs'$'\t''attr=6'$'\t''target=/m'
  attack E_PLAN_SIZE 'many 4097 bind source=/tmp'$'\t''attr_set=6'$'\t''rattr_set=6'$'\t''target=/m'
  attack E_PLAN_SIZE 'many 20000 mount fstype=tmpfs'$'\t''attr=6'$'\t''target=/m'
  attack E_PLAN_SIZE 'many 100000 mount fstype=tmpfs'$'\t''attr=6'$'\t''target=/m' # more bytes than a plan has
  attack E_PLAN_SIZE 'many 1025 mask path=/m'
  attack E_PLAN_SIZE 'many 1025 readonly path=/m'
  attack E_PLAN_SIZE 'many 65 symlink target=a'$'\t''path=/m'
  attack E_PLAN_SIZE 'many 257 hook path=/bin/true'$'\t''args=a'
  attacks_done
}

@test "unknown bits: namespaces, mount attributes, propagation, seccomp flags, device and tree kinds, capabilities, ids of 4294967295" {
  evil_bundle
  local line
  for line in 'set unshare flags 0xbc020000' 'set unshare flags 0x3c020100' 'set rootfs attr 0x100000000000004' 'set rootfs attr 0x100004' \
    'set rootfs propagation 0x104000' 'set rootfs propagation 0' 'set mount attr 0x10000000000006' 'set mount attr 0x36' 'set mount propagation 3' \
    'set mount copy_up 3' 'set bind attr_clr 0x100000' 'set bind rattr_clr 0x8000000000000000' 'set bind propagation 0x40001' 'set bind tree 3' \
    'set device bind 16' 'set device bind 2' 'set idmap kind 2' 'set idmap inside 4294967295' 'set idmap outside 4294967295' \
    'set user uid 4294967295' 'set user gid 4294967295' 'set user umask 01000' 'set setgroups allow 2' 'set rlimit resource 16' \
    'add seccomp program=6,0'$'\t''flags=0xffffffff' 'add seccomp program=6' 'add label kind=3' 'add time_offset clock=8' \
    'add scheduler policy=7' 'add ioprio class=4'; do
    attack E_PLAN_FORMAT "$line"
  done
  attacks_done
}

@test "NUL, and strings over their bounds, in a path, an argument, a variable, a host name: refused by the decoder" {
  evil_bundle
  local long; long="$(head -c 5000 /dev/zero | tr '\0' x)"
  for line in 'set exec args /bin/sh%00x' 'set exec args /bin/sh,-c,echo%00' 'set exec env A=%00' 'set exec cwd /%00' 'set hostname name a%00b' \
    'set rootfs path rootfs%00/x' 'set bind source /etc%00' 'set mount target /proc%00' 'set mount options mode=755%00' 'set mask path /proc%00' \
    'set cgroup path /locald.slice/a%00b' "set rootfs path $long" "set mask path /$long" "set hostname name $long" "set cgroup path /$long"; do
    attack E_PLAN_FORMAT "$line"
  done
  attacks_done
}

@test "thousands of plans with mistakes in bytes, records and fields: refused, or run with nothing but the caller's ids" {
  evil_bundle
  command_is /bin/cat /proc/self/uid_map /proc/self/gid_map
  local n="${ROUNDS:-6000}" said
  said="$(ALLOWED="$TEST_UID 1 $TEST_GID 1 $SUB_UID 65536 $SUB_GID 65536" storm judged "$TEST_UID" "$TEST_GID" 1 "$n" '!mutate %d' "$EVIL" "$B" "$ID")" ||
    { echo "$said"; return 1; }
  echo "# $said" >&3
  has "what was refused" "$said" E_PLAN_FORMAT
  has "what was refused" "$said" E_PLAN_ORDER
  has "what was refused" "$said" E_AUTHORITY
  [[ "$said" =~ "runs $n, not refused "([1-9][0-9]*): ]]
}

@test "every operation that ops.def keeps for root: refused for others" {
  evil_bundle
  local n
  for n in {0..100}; do
    evil "root $n"
    [[ "$stderr" != *"no more operations"* ]] || break
    fails 125 E_AUTHORITY evil
    has "operation $n" "$stderr" "only root may ask for this"
  done
  same "operations" "$n" "$(grep -cE 'ROOT, *[0-9]' "$REPO/core/plan/ops.def")"
  [ "$n" -ge 2 ]
  attacks_done
}
