#!/bin/sh
# Runs bats files of the tree in the current directory inside a virtual machine: Debian's Linux 6.1 under qemu without
# KVM, a unified cgroup v2 host with all controllers and AppArmor. The status is 0 when all tests passed.
#   FILES   the bats files and directories, tests/e2e and tests/vm unless given
#   BUILD   where the built locald-shim is (build)
#   VM      where the image is or will be made (build/vm beside this script)
#   VM_TIMEOUT  seconds until the machine is ended (900)
set -eu
here="$(cd "$(dirname "$0")" && pwd)"
: "${FILES:=tests/e2e tests/vm}" "${BUILD:=build}" "${VM_TIMEOUT:=900}" "${VM:=$here/../../build/vm}"
mkdir -p "$VM"
VM="$(cd "$VM" && pwd)"

exec 9> /run/lock/locald-vm
flock 9 # one machine at a time
sh "$here/image.sh" "$VM" 9>&-

make --no-print-directory all e2e-tools BUILD="$BUILD" > "$VM/make.log" 2>&1 9>&- || { cat "$VM/make.log"; exit 1; }
work="$(mktemp -d /var/tmp/shim-vm.XXXXXX)"
qemu="" tail=""
end() {
  if [ -n "$qemu" ]; then kill "$qemu" 2>/dev/null || true; fi
  if [ -n "$tail" ]; then kill "$tail" 2>/dev/null || true; fi
  rm -rf --one-file-system "$work"
}
trap end EXIT
trap 'exit 129' HUP INT TERM

# The second disk is a tar file of the tree, with what was built where the tests look for it.
mkdir -p "$work/tree/.vm" "$work/tree/build"
cp "$here/inside.sh" "$work/tree/.vm/init"
chmod 755 "$work/tree/.vm/init"
cp -a "$BUILD/locald-shim" "$BUILD/e2e-tools" "$work/tree/build/"
printf 'FILES="%s"\nexport E2E_PREBUILT=/repo/build TIME_SCALE=%s\n' "$FILES" "${TIME_SCALE:-8}" > "$work/tree/.vm/settings"
tar --create --file "$work/tree.tar" --owner=0 --group=0 --exclude=./.git --exclude="./${BUILD#"$PWD"/}" --exclude=./build . \
    -C "$work/tree" .vm build
: > "$work/tap"

timeout --foreground -k 5 "$VM_TIMEOUT" qemu-system-x86_64 -accel tcg,thread=multi -M q35 -cpu max,la57=off -smp 2 -m 2G \
  -nodefaults -no-user-config -no-reboot -display none \
  -object memory-backend-ram,id=ram0,size=1G -object memory-backend-ram,id=ram1,size=1G \
  -numa node,nodeid=0,cpus=0,memdev=ram0 -numa node,nodeid=1,cpus=1,memdev=ram1 \
  -drive "if=virtio,format=raw,snapshot=on,cache=unsafe,file=$VM/disk" \
  -drive "if=virtio,format=raw,readonly=on,file=$work/tree.tar" \
  -serial "file:$work/console" -serial "file:$work/tap" \
  -kernel "$VM/vmlinuz" -initrd "$VM/initramfs" \
  -append "console=ttyS0 quiet panic=-1 mitigations=off apparmor=1 lsm=landlock,lockdown,yama,integrity,apparmor,bpf \
           cgroup_no_v1=all hugepages=16 vm.init=/repo/.vm/init" > "$work/qemu.log" 2>&1 9>&- &
qemu=$!
tail --pid="$qemu" -s 0.2 -n +1 -f "$work/tap" 9>&- &
tail=$!
reason="" ; wait "$qemu" || reason="qemu ended with status $?"
qemu=""
wait "$tail" || true
tail=""

status="$(sed -n 's/^vm: exit \([0-9]*\) .*/\1/p' "$work/tap")"
if [ -z "$status" ]; then
  echo "vm: the tests did not end (${reason:-the machine stopped}); its console says:"
  tail -n 40 "$work/console" "$work/qemu.log"
  exit 1
fi
if grep -q '^ok [0-9]* .*# skip' "$work/tap"; then echo "vm: a test was skipped"; exit 1; fi
exit "$status"
