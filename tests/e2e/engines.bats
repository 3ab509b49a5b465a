# Whole bundles of other engines, as podman and containerd wrote them; the same run in the virtual machine, where all
# controllers are.
load helper

# userdata OWNER: the files that podman keeps for each container.
userdata() {
  mkdir -p "$T/userdata/shm"
  echo web > "$T/userdata/hostname"
  echo "127.0.0.1 localhost web" > "$T/userdata/hosts"
  echo "root:x:0:0:root:/root:/bin/sh" > "$T/userdata/passwd"
  echo "root:x:0:" > "$T/userdata/group"
  echo 'engine="podman-4.3"' > "$T/userdata/.containerenv"
  chmod -R a+rX "$T/userdata"
  chown -R "$1" "$T/userdata"
}

# mounted PLACE FIELD: what /proc/self/mountinfo in $output says of a place: its flags, type or the file system's options.
mounted() {
  awk -v place="$1" -v field="$2" '$5 == place {
    for (i = 7; $i != "-"; i++) {}
    print field == "flags" ? $6 : field == "type" ? $(i + 1) : $(i + 3) }' <<< "$output" | tail -n 1
}

@test "podman, rich: user, groups, limits, capabilities, umask and environment" {
  root_bundle podman-rich.json
  userdata 0:0
  inside 'id -u; id -g; id -G; umask; ulimit -n; sed -n "s/^Max processes *//p" /proc/self/limits | cut -d " " -f 1; grep -E "^Cap(Inh|Prm|Eff|Amb)|^Seccomp:|^NoNewPrivs" /proc/self/status | tr "\n" " "; echo; echo "$A $TERM $HOSTNAME"; pwd; hostname'
  succeeds
  same "output" "$(paste -sd' ' <<< "$output" | tr -s ' \t' ' ')" \
    "1000 1000 1000 44 0022 1024 1000 CapInh: 0000000000001000 CapPrm: 0000000000001000 CapEff: 0000000000001000 CapAmb: 0000000000001000 NoNewPrivs: 0 Seccomp: 2 1 xterm web /tmp web"
}

@test "podman, rich: mounts, their flags, and what they hold" {
  root_bundle podman-rich.json
  userdata 0:0
  mkdir -p "$B/rootfs/var/tmp" "$B/rootfs/run" "$B/rootfs/scratch"
  chmod 1777 "$B/rootfs/tmp"
  echo kept > "$B/rootfs/scratch/file"
  echo volume > "$VOLUME/file"
  inside 'cat /proc/self/mountinfo; echo "== $(cat /scratch/file) $(cat /data/file) $(cat /etc/hostname)"; touch /x || echo "root ro"; touch /data/x || echo "data ro"; : > /tmp/new && echo "tmp rw"'
  same "status" "$status" 0
  same "held" "$(sed -n '/^== /,$p' <<< "$output" | paste -sd' ')" "== kept volume web root ro data ro tmp rw"
  has "/" "$(mounted / flags)" ro,
  has "/data" "$(mounted /data flags)" ro,
  same "/scratch" "$(mounted /scratch type) $(mounted /scratch flags)" "tmpfs rw,nosuid,nodev,relatime"
  has "/scratch" "$(mounted /scratch options)" size=8192k
  has "/etc/hosts" "$(mounted /etc/hosts flags)" "ro,nosuid,nodev,noexec"
  same "/sys/fs/cgroup" "$(mounted /sys/fs/cgroup type)" cgroup2
  has "/sys/fs/cgroup" "$(mounted /sys/fs/cgroup flags)" "ro,nosuid,nodev,noexec"
  has "/dev" "$(mounted /dev flags)" "nosuid,noexec"
}

@test "podman, rich: sysctls, devices, hidden and read-only paths, namespaces" {
  root_bundle podman-rich.json
  userdata 0:0
  inside 'cat /proc/sys/net/core/somaxconn; tr "\t" " " < /proc/sys/net/ipv4/ping_group_range; stat -c "%t:%T %a %F" /dev/mynull; : > /dev/mynull && echo written; wc -c < /proc/keys; echo 1 > /proc/sysrq-trigger || echo "ro"; for n in pid net ipc uts mnt cgroup; do readlink /proc/self/ns/$n; done'
  same "status" "$status" 0
  same "values" "$(sed -n 1,6p <<< "$output" | paste -sd' ')" "256 0 0 1:3 666 character special file written 0 ro"
  local n
  for n in pid net ipc uts mnt cgroup; do lacks "$n" "$output" "$(readlink /proc/self/ns/$n)"; done
}

@test "podman, rich: the seccomp profile lets a shell work and refuses what it does not list" {
  root_bundle podman-rich.json
  userdata 0:0
  inside 'unshare -m true 2>&1 || echo refused; ls / > /dev/null && echo works'
  has "unshare" "$output" refused
  has "ls" "$output" works
}

@test "podman, rich: with its terminal, as it was written" {
  root_bundle podman-rich.json
  userdata 0:0
  edit '.process.terminal = true'
  script 'tty; test -t 0 -a -t 1 -a -t 2 && echo terminal'
  capture container < /dev/null
  has "tty" "$output" /dev/pts/0
  has "tty" "$output" terminal
}

@test "podman, user namespace: 65,536 ids, files of the container are the mapped ids outside" {
  root_bundle podman-userns.json
  userdata 100000:100000
  chown -hR 100000:100000 "$B/rootfs"
  inside 'id -u; tr -s " " < /proc/self/uid_map; touch /made && stat -c %u /made; chown 5:6 /made; cat /run/.containerenv; hostname; grep Seccomp: /proc/self/status; tr "\t" " " < /proc/sys/net/ipv4/ping_group_range'
  succeeds
  same "output" "$(paste -sd' ' <<< "$output" | tr -s ' \t' ' ')" \
    '0 0 100000 65536 0 engine="podman-4.3" a740d72cd4d8 Seccomp: 2 0 0'
  same "owner outside" "$(stat -c %u:%g "$B/rootfs/made")" 100005:100006
}

@test "containerd: cpu.shares are given, or refused by name where the host has no cpu controller" {
  root_bundle containerd-ctr.json
  edit '.linux.resources.cpu.shares = 2048'
  inside 'tail -n 1 /proc/self/cgroup | cut -d : -f 3; sleep 0.1'
  if grep -qw cpu "$(cgroup_mount)/cgroup.controllers"; then
    succeeds
    same "cgroup" "$output" /default/c7
  else
    fails 125 E_CONFIG_UNSUPPORTED linux.resources.cpu.shares
  fi
}

@test "containerd: read-only root, no_new_privs, devices, seccomp of the older shape" {
  root_bundle containerd-ctr.json
  grep -qw cpu "$(cgroup_mount)/cgroup.controllers" || edit 'del(.linux.resources.cpu)'
  mkdir -p "$B/rootfs/run"
  echo volume > "$VOLUME/file"
  inside 'cat /data/file; touch /data/x || echo "data ro"; touch /x || echo "root ro"; grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status | tr -s "\t\n" " "; echo; : > /dev/null && echo null; mknod /run/kmsg c 1 11 2>/dev/null && cat /run/kmsg || echo "kmsg denied"; readlink /proc/self/ns/cgroup; cat /proc/self/cgroup | tail -n 1; for f in /sys/fs/cgroup/cpu.weight; do [ -e $f ] && cat $f; done; :'
  same "status" "$status $(grep error: <<< "$stderr")" "0 "
  same "output" "$(sed -n 1,6p <<< "$output" | paste -sd' ')" \
    "volume data ro root ro NoNewPrivs: 1 Seccomp: 2  null kmsg denied"
  same "cgroup namespace" "${lines[6]}" "$(readlink /proc/self/ns/cgroup)"
  has "cgroup" "${lines[7]}" /default/c7
}
