#!/bin/busybox sh
# /init of the initramfs: finds the disk and makes it the root. Containers need a real mount as /, which the
# initramfs' own file system is not: it can't be pivoted away.
/bin/busybox mkdir -p /proc /dev /root
/bin/busybox mount -t devtmpfs devtmpfs /dev
/bin/busybox mount -t proc proc /proc
for module in $(/bin/busybox cat /modules); do /bin/busybox insmod "/$module"; done # in the order of their needs
init=/sbin/vm-init
for word in $(/bin/busybox cat /proc/cmdline); do
  case "$word" in vm.init=*) init="${word#vm.init=}" ;; esac
done
until [ -b /dev/vda ] && [ -b /dev/vdb ]; do /bin/busybox sleep 0.1; done
/bin/busybox mount -t ext4 -o noatime /dev/vda /root
/bin/busybox mkdir -p /root/repo
/bin/busybox tar -x -f /dev/vdb -C /root/repo
/bin/busybox umount /proc
/bin/busybox mount -o move /dev /root/dev
exec /bin/busybox switch_root /root "$init"
