#!/bin/sh
# Runs bats files of the tree in the current directory in virtual machines: Debian's Linux 6.1 under qemu without KVM,
# a host of the unified cgroup v2 with all its controllers, of AppArmor, of two memory nodes and of CAP_SYS_RESOURCE.
# The status is 0 when all tests ran and passed: none missing, none skipped, no machine lost.
#
#   make vmtest                               all of it
#   FILES=tests/vm/limits.bats make vmtest    one file, or several, of any directory
#
#   FILES       the bats files (tests/vm; of tests/e2e and tests/attacks all but those left to the host, below)
#   LSM         apparmor; or selinux, for tests/vm/selinux alone, whose policy is then in build/selinux.policy
#   FILTER      only tests whose names match this regular expression, as bats --filter
#   BUILD       where the built locald-shim and e2e-tools are (build)
#   VM          where the image is, or will be made once (build/vm); no network is needed when it is there
#   MACHINES    how many machines share the files (as many as processors, at most 4)
#   VM_TIMEOUT  seconds until a machine is ended (2700)
#
# A test for the machine alone is a file tests/vm/NAME.bats that begins with `load ../e2e/helper` and uses what is there:
# it runs as root in /repo, a copy of the tree, and leaves nothing behind. Everything is 10 to 20 times as slow as on
# the host: wait with wait_for, which knows (TIME_SCALE), and do little. A program that a test needs is a package in
# image.sh or a static one in tests/e2e/tools. The tests' machine boots from inside.sh; what it says is in console.
set -eu
here="$(cd "$(dirname "$0")" && pwd)"

# Left to the host: debian.bats asks Debian's archive. The others would say the same again and take an hour more: they are
# about the interpretation, the command line and what every kernel has, not about what differs between hosts.
# ptrace.bats: at its rate of system calls the guest's kernel, under TCG, now and then does not come back from its slab
# allocator, in an open(2) of the test's own (3 times in 11); alone it takes 1.5 minutes here.
# All of them can be run here: FILES="$(echo tests/e2e/*.bats tests/attacks/*.bats)" VM_TIMEOUT=9000 make vmtest
host_only_e2e="bundles config_errors debian devices exec_errors hidden_paths hooks id_mappings invocation memory monitor \
  mount_options mounts namespace_paths no_exec pid_namespace plan policy process process_attributes seccomp self_check state terminal"
host_only_attacks="authority bind config credentials exhaustion hosts id_maps invocation mounts plans ptrace races"

all_files() {
  echo tests/vm/*.bats
  for file in tests/e2e/*.bats tests/attacks/*.bats; do
    name="${file##*/}" list="$host_only_e2e"
    case "$file" in tests/attacks/*) list="$host_only_attacks" ;; esac
    case " $list " in *" ${name%.bats} "*) ;; *) echo "$file" ;; esac
  done
}
[ -n "${FILES:-}" ] || FILES="$(all_files)"
: "${LSM:=apparmor}" "${FILTER:=.}" "${BUILD:=build}" "${VM:=$here/../../build/vm}" "${MACHINES:=$(nproc)}" "${VM_TIMEOUT:=2700}"
mkdir -p "$VM"
VM="$(cd "$VM" && pwd)"

exec 9> /run/lock/locald-vm
flock 9 # one run at a time: it takes all processors
sh "$here/image.sh" "$VM" 9>&-

work="$(mktemp -d /var/tmp/shim-vm.XXXXXX)"
qemus="" tail=""
end() {
  for process in $qemus $tail; do kill "$process" 2>/dev/null || true; done
  rm -rf --one-file-system "$work"
}
trap end EXIT
trap 'exit 129' HUP INT TERM

# Shares the files out, the longest first, each to the machine with the fewest tests so far: $work/tree/.vm/files.N.
share_out() {
  for file in $FILES; do echo "$(bats --count --filter "$FILTER" "$file") $file"; done > "$work/counts"
  sort -k1,1nr -k2 "$work/counts" | awk -v max="$MACHINES" -v to="$work/tree/.vm" '
    $1 == 0 { next }
    { best = 1
      for (n = 2; n <= max && n <= 4; n++) if (tests[n] < tests[best]) best = n
      tests[best] += $1; print $2 > (to "/files." best); print $1 > (to "/count." best) }'
}

# The second disk is a tar file of the tree, with what was built where the tests look for it.
pack_tree() {
  cp "$here/inside.sh" "$work/tree/.vm/init"
  chmod 755 "$work/tree/.vm/init"
  cp -a "$BUILD/locald-shim" "$BUILD/e2e-tools" "$work/tree/build/"
  cp -a "$BUILD/evil/locald-shim" "$work/tree/build/evil/"
  printf '%s' "$FILTER" > "$work/tree/.vm/filter"
  [ "$LSM" != selinux ] || secilc -c 33 -o "$work/tree/build/selinux.policy" -f /dev/null "$here/selinux/policy.cil"
  tar --create --file "$work/tree.tar" --owner=0 --group=0 --exclude=./.git --exclude="./${BUILD#"$PWD"/}" \
    --exclude=./build . -C "$work/tree" .vm build
}

# boot N: starts machine N, which writes console.N and tap.N. An old processor: what newer ones have costs TCG time.
boot() {
  : > "$work/tap.$1"
  timeout --foreground -k 5 "$VM_TIMEOUT" qemu-system-x86_64 -accel tcg,thread=multi -M q35 -cpu Nehalem -smp 2 \
    -m 1536M -nodefaults -no-user-config -no-reboot -display none \
    -object memory-backend-ram,id=ram0,size=768M -object memory-backend-ram,id=ram1,size=768M \
    -numa node,nodeid=0,cpus=0,memdev=ram0 -numa node,nodeid=1,cpus=1,memdev=ram1 \
    -drive "if=virtio,format=raw,snapshot=on,cache=unsafe,file=$VM/disk" \
    -drive "if=virtio,format=raw,readonly=on,file=$work/tree.tar" \
    -serial "file:$work/console.$1" -serial "file:$work/tap.$1" \
    -kernel "$VM/vmlinuz" -initrd "$VM/initramfs" -append "console=ttyS0 quiet panic=-1 mitigations=off apparmor=1 \
      lsm=landlock,lockdown,yama,integrity,$LSM,bpf cgroup_no_v1=all hugepages=16 vm.init=/repo/.vm/init vm.machine=$1" \
    > "$work/qemu.$1" 2>&1 9>&- &
  qemus="$qemus $!"
}

# judge N: why machine N's tests did not all pass, or nothing.
judge() {
  tap="$work/tap.$1" planned="$(awk '{ sum += $1 } END { print sum }' "$work/tree/.vm/count.$1")"
  status="$(sed -n 's/^vm: exit \([0-9]*\) .*/\1/p' "$tap")"
  ran="$(grep -cE '^(not )?ok [0-9]+ ' "$tap" || true)"
  if [ -z "$status" ]; then
    echo "the tests did not end; the machine's last words:"
    tail -n 40 "$work/qemu.$1" "$work/console.$1"
  elif [ "$status" != 0 ]; then echo "bats ended with status $status"
  fi
  [ "$ran" = "$planned" ] || echo "$ran tests ran, not $planned"
  ! grep -E '^ok [0-9]+ .*# skip' "$tap" || echo "a test was skipped"
}

mkdir -p "$work/tree/.vm" "$work/tree/build/evil"
share_out
[ -e "$work/tree/.vm/files.1" ] || { echo "vm: no tests in $FILES"; exit 1; }
pack_tree
machines="$(ls "$work/tree/.vm" | sed -n 's/^files\.//p')"
for n in $machines; do boot "$n"; done

# The first machine's words are shown as they come, the others' when all have ended: a test's output stays in one piece.
first="${qemus# }" first="${first%% *}"
tail --pid="$first" -s 0.2 -n +1 -f "$work/tap.1" 9>&- &
tail=$!
for process in $qemus; do wait "$process" || true; done
qemus=""
wait "$tail" || true
tail=""

failed=0
for n in $machines; do
  [ "$n" = 1 ] || cat "$work/tap.$n"
  reasons="$(judge "$n")"
  [ -z "$reasons" ] || { echo "vm: machine $n: $reasons"; failed=1; }
done
exit "$failed"
