#!/bin/bash
# The first process in the virtual machine: makes it an ordinary host of cgroup v2, runs the bats files that stand in
# /repo/.vm/files.MACHINE and says "vm: exit STATUS" at the end. What it prints is the second serial line.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb
umask 022

mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount -t securityfs -o nosuid,nodev,noexec securityfs /sys/kernel/security
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 /sys/fs/cgroup
mount -t tmpfs -o nosuid,nodev,mode=755 tmpfs /run
mkdir -p /run/lock /dev/pts /dev/shm /dev/mqueue
chmod 1777 /run/lock
mount -t devpts -o nosuid,noexec,gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs /dev/shm
mount -t mqueue -o nosuid,nodev,noexec mqueue /dev/mqueue
for link in fd:/proc/self/fd stdin:/proc/self/fd/0 stdout:/proc/self/fd/1 stderr:/proc/self/fd/2; do
  ln -sfn "${link#*:}" "/dev/${link%%:*}"
done
mount --make-rshared /
hostname vm
ip link set lo up
modprobe -a overlay loop dummy veth tun fuse
printf '+%s ' $(cat /sys/fs/cgroup/cgroup.controllers) > /sys/fs/cgroup/cgroup.subtree_control
stty -F /dev/ttyS1 raw -echo

exec > /dev/ttyS1 2>&1 < /dev/null
machine="$(sed -n 's/.*vm\.machine=\([0-9]*\).*/\1/p' /proc/cmdline)"
echo "vm: $(uname -r) up after $(cut -d ' ' -f 1 /proc/uptime) s"
export E2E_PREBUILT=/repo/build TIME_SCALE=16 BATS_TEST_TIMEOUT=300 ROUNDS=300
cd /repo
mapfile -t files < ".vm/files.$machine"
bats --timing --tap --setup-suite-file tests/e2e/setup_suite.bash --filter "$(cat .vm/filter)" "${files[@]}"
echo "vm: exit $? after $(cut -d ' ' -f 1 /proc/uptime) s"
sync
busybox poweroff -f
