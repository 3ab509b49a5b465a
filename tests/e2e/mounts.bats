# mounts, root
load helper

# flags MOUNTPOINT: the mount's options in the output of `cat /proc/self/mountinfo`.
flags() { awk -v p="$1" '$5 == p { f = $6 } END { print f }' <<< "$output"; }
fstype() { awk -v p="$1" '$5 == p { for (i = 7; i <= NF; i++) if ($i == "-") f = $(i + 1) } END { print f }' <<< "$output"; }

# mounted POINT FSTYPE FLAG...
mounted() {
  local point="$1" flag
  same "type of $point" "$(fstype "$point")" "$2"
  shift 2
  for flag in "$@"; do
    [[ ",$(flags "$point")," == *",$flag,"* ]] || { echo "$point is not $flag: $(flags "$point")"; return 1; }
  done
}

@test "runc spec: proc, dev, devpts, shm, mqueue, sysfs are mounted with the flags asked for" {
  root_bundle runc-spec.json
  inside 'cat /proc/self/mountinfo'
  succeeds
  mounted /proc proc rw
  mounted /dev tmpfs rw nosuid
  lacks "/dev is strictatime" "$(flags /dev)" relatime
  mounted /dev/pts devpts rw nosuid noexec
  mounted /dev/shm tmpfs rw nosuid noexec nodev
  mounted /dev/mqueue mqueue rw nosuid noexec nodev
  mounted /sys sysfs ro nosuid noexec nodev
}

@test "runc spec: /sys/fs/cgroup is a read-only cgroup2" {
  root_bundle runc-spec.json
  inside 'cat /proc/self/mountinfo; ! mkdir /sys/fs/cgroup/in-here 2>&1'
  mounted /sys/fs/cgroup cgroup2 ro nosuid noexec nodev relatime
  has "mkdir" "$output" "Read-only file system"
}

@test "cgroup: with a cgroup namespace the container's own cgroup is the root" {
  root_bundle runc-1.5-spec.json
  edit '.linux.namespaces += [{type: "cgroup"}]'
  inside 'cat /proc/self/cgroup; cat /sys/fs/cgroup/cgroup.procs'
  succeeds
  has "/proc/self/cgroup" "$output" "0::/"
  lacks "/proc/self/cgroup" "$output" "0::/l"
  has "members" "$output"$'\n' $'\n1\n'
}

@test "runc spec --rootless: the same mounts, /sys bound from the host, nosuid, and nodev but for the ptys" {
  user_bundle runc-spec-rootless.json
  inside 'cat /proc/self/mountinfo'
  succeeds
  mounted / "$(stat -f -c %T "$B" | sed 's,/.*,,; s/ext2/ext4/')" ro nodev
  mounted /proc proc nosuid nodev
  mounted /dev tmpfs nosuid nodev
  mounted /dev/pts devpts nosuid noexec
  mounted /dev/shm tmpfs nosuid noexec nodev
  mounted /dev/mqueue mqueue nosuid noexec nodev
  mounted /sys sysfs ro nosuid noexec nodev
}

@test "data options reach the file system: size and mode of a tmpfs" {
  root_bundle runc-spec.json
  inside 'stat -c %a /dev /dev/shm; df -k /dev | tail -n 1'
  succeeds
  same "mode of /dev" "${lines[0]}" 755
  same "mode of /dev/shm" "${lines[1]}" 1777
  has "size of /dev" "${lines[2]}" " 65536 "
}

@test "devpts is a new instance of its own" {
  root_bundle runc-spec.json
  inside 'ls /dev/pts'
  succeeds
  same "ptys" "$output" ptmx
}

@test "root.readonly: the root file system can't be written, a tmpfs in it can" {
  root_bundle runc-spec.json
  inside 'touch /in-here; touch /dev/shm/in-here && echo written'
  has "touch" "$stderr" "Read-only file system"
  same "tmpfs" "$output" written
  [ ! -e "$B/rootfs/in-here" ]
}

@test "root.readonly false: the root file system can be written" {
  root_bundle runc-spec.json
  edit '.root.readonly = false'
  inside 'echo hello > /in-here'
  succeeds
  same "file" "$(cat "$B/rootfs/in-here")" hello
}

@test "nothing of the host's tree is left after the pivot" {
  root_bundle runc-spec.json
  inside 'cut -d" " -f5 /proc/self/mountinfo; ls -A /..'
  succeeds
  lacks "mounts" "$output" "$E2E"
  lacks "mounts" "$output" /var/tmp
  lacks "/.." "$output" lost+found
}

@test "a relative bind source is relative to the bundle" {
  root_bundle runc-spec.json
  mkdir "$B/things"; echo hello > "$B/things/file"; BUNDLE_FILES="$(ls -A "$B")"
  edit '.mounts += [{destination: "/data", type: "bind", source: "things", options: ["bind", "ro"]}]'
  inside 'cat /data/file; echo no > /data/file'
  same "file" "$output" hello
  has "write" "$stderr" "Read-only file system"
}

@test "a bind mount of type none with rbind, rw can be written" {
  user_bundle locald-service.json
  inside 'echo hello > /workspace/file'
  succeeds
  same "file" "$(cat "$VOLUME/file")" hello
  same "owner" "$(stat -c %u "$VOLUME/file")" "$TEST_UID"
}

@test "a file can be bound, its target is made" {
  root_bundle runc-spec.json
  echo hello > "$VOLUME/file"
  edit --arg v "$VOLUME" '.root.readonly = false
    | .mounts += [{destination: "/etc/new/file", type: "bind", source: ($v + "/file"), options: ["bind"]}]'
  inside 'cat /etc/new/file'
  succeeds
  same "file" "$output" hello
}

@test "option words: the last one of ro and rw wins" {
  root_bundle runc-spec.json
  edit --arg v "$VOLUME" '.mounts += [{destination: "/data", type: "bind", source: $v, options: ["bind", "ro", "rw"]},
                                     {destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["rw", "ro"]}]'
  inside 'touch /data/file && echo written; touch /tmp/file'
  same "rw last" "$output" written
  has "ro last" "$stderr" "Read-only file system"
}

@test "mounts made inside are not seen on the host" {
  root_bundle runc-spec.json
  edit '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
  inside 'mount -t tmpfs x /data && grep -c " /data " /proc/self/mountinfo'
  succeeds
  same "inside" "$output" 1
  lacks "mountinfo" "$(cat /proc/self/mountinfo)" "$T"
}

@test "a bind source that does not exist: the message names mount, source and reason, and hints" {
  user_bundle locald-service.json
  edit --arg s "$T/nowhere" '.mounts += [{destination: "/data", type: "bind", source: $s, options: ["bind"]}]'
  inside true
  fails 125 E_MOUNT_SOURCE 'mounts[5] (/data)'
  has "source" "$stderr" "$T/nowhere"
  has "reason" "$stderr" "No such file or directory"
  has "hint" "$stderr" $'\n  hint: '
}
