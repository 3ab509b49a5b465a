#!/bin/sh
# Makes in the directory $1 what the virtual machine boots from, unless it is there already: Debian's cloud kernel,
# an initramfs that finds the disk, and a small Debian as an ext4 disk. Nothing of the host is changed: the kernel's
# package is unpacked, not installed, and the disk is written by mke2fs, without a mount or a loop device.
set -eu
here="$(cd "$(dirname "$0")" && pwd)"
dir="$1"

# jq to xz: what the tests use; apparmor, systemd: what they are about.
packages=apparmor,bats,busybox-static,curl,iproute2,jq,kmod,libcap2-bin,parallel,procps,psmisc,strace,systemd,uidmap,xz-utils

stamp="$(cat "$here/image.sh" "$here/initramfs.sh" | sha256sum)"
[ "$(cat "$dir/stamp" 2>/dev/null)" = "$stamp" ] && exit 0

echo "vm: making the image (once)"
mkdir -p "$dir"
rm -f "$dir/stamp"
work="$(mktemp -d /var/tmp/shim-vm.XXXXXX)"
chmod 755 "$work"
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 129' HUP INT TERM

mkdir "$work/package" "$work/kernel" "$work/initramfs" "$work/initramfs/bin"
kernel_package() {
  apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-6\.1\.[^ ]*\).*/\1/p' | head -n 1
}
image="$(kernel_package)"
[ -n "$image" ] || { apt-get update -q; image="$(kernel_package)"; }
[ -n "$image" ] || { echo "vm: apt knows no linux-image-cloud-amd64 of Linux 6.1" >&2; exit 1; }
(cd "$work/package" && apt-get -q -o APT::Sandbox::User=root download "$image")
dpkg-deb --extract "$work"/package/*.deb "$work/kernel"
version="$(ls "$work/kernel/lib/modules")"
modules="lib/modules/$version"
cp "$work/kernel/boot/vmlinuz-$version" "$dir/vmlinuz"

cp "$(command -v busybox)" "$work/initramfs/bin/busybox"
cp "$here/initramfs.sh" "$work/initramfs/init"
chmod 755 "$work/initramfs/init"
depmod -b "$work/kernel" "$version"
modprobe -d "$work/kernel" -S "$version" --show-depends -a virtio_pci virtio_blk ext4 2>/dev/null |
  sed -n 's/^insmod //p' | awk '!seen[$0]++' | while read -r module; do
    cp "$module" "$work/initramfs/"
    basename "$module" >> "$work/initramfs/modules"
  done
(cd "$work/initramfs" && find . | cpio --quiet --create --format=newc --owner=0:0) | gzip -1 > "$dir/initramfs"

mmdebstrap --quiet --variant=minbase --include="$packages" \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' --aptopt='Apt::Install-Recommends "false"' \
  bookworm "$work/root"
mkdir -p "$work/root/$modules"
cp -a "$work/kernel/$modules/." "$work/root/$modules/"
depmod -b "$work/root" "$version"
rm -rf "$work"/root/var/cache/apt/* "$work"/root/var/lib/apt/lists/* "$work"/root/dev/*
echo vm > "$work/root/etc/hostname"
echo "127.0.0.1 localhost vm" > "$work/root/etc/hosts"
: > "$work/root/etc/machine-id"
mke2fs -q -t ext4 -O ^metadata_csum -m 0 -d "$work/root" -F "$dir/disk.new" 4G
mv "$dir/disk.new" "$dir/disk"
printf '%s\n' "$stamp" > "$dir/stamp"
