# mounts[].uidMappings, gidMappings, options idmap and ridmap
load helper

# map FIRST-ON-DISK FIRST-ON-HOST SIZE: both mappings of the last mount.
map() {
  edit --argjson c "$1" --argjson h "$2" --argjson n "$3" '
    .mounts[-1] += {uidMappings: [{containerID: $c, hostID: $h, size: $n}], gidMappings: [{containerID: $c, hostID: $h, size: $n}]}'
}

# A bundle whose last mount binds $VOLUME, with files of three owners in it, to /data. OPTION...: of the mount.
volume_bundle() {
  root_bundle runc-spec.json
  echo a > "$VOLUME/a"; echo b > "$VOLUME/b"; echo c > "$VOLUME/c"
  chown 0:0 "$VOLUME/a"; chown 5:6 "$VOLUME/b"; chown 4000:4000 "$VOLUME/c"
  chmod 777 "$VOLUME"
  edit --arg v "$VOLUME" '.mounts += [{destination: "/data", type: "none", source: $v, options: $ARGS.positional}]' --args -- "$@"
}

# A user namespace: container id 0 is host id 100000.
in_userns() {
  edit '.linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
    | .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
    | .mounts |= map(select(.type != "sysfs" and .type != "cgroup" and .type != "cgroup2")) | .root.readonly = false'
  chown -hR 100000:100000 "$B/rootfs"
}

LIST='stat -c "%n %u:%g" /data/*'

@test "mappings and no user namespace: ids on disk are others in the container" {
  volume_bundle bind idmap
  map 0 1000 100
  inside "$LIST"'; grep " /data " /proc/self/mountinfo'
  succeeds
  same "owners" "$(sed -n 1,3p <<< "$output" | paste -sd' ')" "/data/a 1000:1000 /data/b 1005:1006 /data/c 65534:65534"
  has "mount" "$output" ",idmapped"
}

@test "mappings without the word idmap are honoured too, for the top mount alone" {
  volume_bundle bind
  map 0 1000 100
  inside "$LIST"
  succeeds
  has "owners" "$output" "/data/b 1005:1006"
}

@test "what is written gets the id on disk, and what has none can't be written" {
  volume_bundle bind idmap
  map 0 1000 100
  edit '.process.user = {uid: 1005, gid: 1006}'
  inside 'echo new > /data/new'
  succeeds
  same "owner on disk" "$(stat -c %u:%g "$VOLUME/new")" 5:6
  edit '.process.user = {uid: 7, gid: 7}'
  inside 'echo new > /data/other'
  [ "$status" != 0 ]
  has "why" "$stderr" "Value too large"
}

@test "idmap in a user namespace takes the container's maps: root's files are root's inside, and stay root's on disk" {
  volume_bundle bind idmap
  in_userns
  inside "$LIST"'; echo new > /data/new; id -u'
  succeeds
  has "owners" "$output" "/data/a 0:0"
  has "owners" "$output" "/data/b 5:6"
  same "owner on disk" "$(stat -c %u:%g "$VOLUME/new")" 0:0
}

@test "the mount's own maps win over the container's" {
  volume_bundle bind idmap
  map 0 100010 10
  in_userns
  inside "$LIST"
  succeeds
  has "owners" "$output" "/data/a 10:10"
  has "owners" "$output" "/data/b 15:16"
}

@test "without idmap a user namespace sees root's files as nobody's" {
  volume_bundle bind
  in_userns
  inside "$LIST"
  succeeds
  has "owners" "$output" "/data/a 65534:65534"
}

@test "flags, propagation and a file as source go with an idmapped mount" {
  volume_bundle bind idmap ro noexec rshared
  map 0 1000 100
  edit --arg v "$VOLUME/b" '.mounts += [.mounts[-1] + {destination: "/tmp/b", source: $v}] | .root.readonly = false'
  inside 'cat /tmp/b; stat -c %u /tmp/b; cat /proc/self/mountinfo; touch /data/x 2>&1'
  same "file" "$(sed -n 1,2p <<< "$output" | paste -sd' ')" "b 1005"
  has "mount" "$(grep ' /data ' <<< "$output")" "ro,noexec"
  has "mount" "$(grep ' /data ' <<< "$output")" "shared:"
  has "write" "$output" "Read-only file system"
}

@test "idmap maps the topmost mount, ridmap those below it as well" {
  local word owners
  for word in idmap ridmap; do
    volume_bundle rbind "$word"
    map 0 1000 100
    mkdir -p "$VOLUME/sub" "$T/below"; touch "$T/below/file"; chown 0:0 "$T/below/file"
    script 'stat -c %u /data/a /data/sub/file'
    capture unshare -m sh -c 'mount --bind "$1/below" "$1/volume/sub" && shift && exec "$@"' - "$T" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
    succeeds
    [ "$word" = idmap ] && owners="1000 0" || owners="1000 1000"
    same "$word" "$(paste -sd' ' <<< "$output")" "$owners"
    rm -rf "$B"
  done
}

@test "128 idmapped mounts, and the descriptors of none of them are left in the container or the monitor" {
  volume_bundle bind idmap
  map 0 1000 100
  edit '.root.readonly = false | .mounts[-1] as $m | .mounts = .mounts[:-1] + [range(128) | $m + {destination: "/tmp/m\(.)"}]'
  command_is /bin/sh -c 'ls -l /proc/self/fd | grep -c volume; grep -c idmapped /proc/self/mountinfo; exec payload ignore'
  start
  wait_for 5 says ready
  same "descriptors and mounts" "$(sed -n 1,2p "$OUT" | paste -sd' ')" "0 128"
  same "the monitor's" "$(ls -l "/proc/$SHIM_PID/fd" | grep -c volume || true)" 0
  kill -KILL "$INIT_PID"
  ended
}

@test "mounts made below an idmapped one never reach the host, though the source is shared there" {
  volume_bundle rbind idmap rshared
  map 0 1000 100
  mkdir "$VOLUME/sub"
  edit '.linux.rootfsPropagation = "shared" | .process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
  script 'mount -t tmpfs x /data/sub; grep -c " /data/sub " /proc/self/mountinfo'
  capture unshare -m --propagation private sh -c 'mount --bind "$1" "$1" && mount --make-shared "$1" && d="$1" && shift && "$@"
    grep -c " $d" /proc/self/mountinfo' - "$T" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  succeeds
  same "inside, host" "$(paste -sd' ' <<< "$output")" "1 1"
}

@test "a source that does not exist, a relative one" {
  volume_bundle bind idmap
  map 0 1000 100
  mkdir "$B/things"; echo x > "$B/things/file"; BUNDLE_FILES="$(ls -A "$B")"
  edit '.mounts[-1].source = "things"'
  inside 'stat -c %u /data/file'
  succeeds
  same "owner" "$output" 1000
  edit '.mounts[-1].source = "nothings"'
  inside true
  fails 125 E_MOUNT_SOURCE "mounts[7] (/data)"
  has "hint" "$stderr" "does not exist on this host"
}

@test "what can't be idmapped is the kernel's refusal, with a hint" {
  volume_bundle rbind ridmap
  map 0 1000 100
  edit '.mounts[-1].source = "/proc"'
  inside true
  fails 125 E_MOUNT "mounts[7] (/data)"
  has "what" "$stderr" "idmapping /proc"
  has "hint" "$stderr" "can't be idmapped"
}

@test "maps that overlap, one map alone, no maps at all: refused by name" {
  volume_bundle bind idmap
  inside true
  fails 125 E_CONFIG_VALUE "mounts[7].options[1] (/data)"
  map 0 1000 100
  edit 'del(.mounts[-1].gidMappings)'
  inside true
  fails 125 E_CONFIG_MISSING "mounts[7].gidMappings (/data)"
  map 0 1000 100
  edit '.mounts[-1].uidMappings += [{containerID: 50, hostID: 5000, size: 1}]'
  inside true
  fails 125 E_CONFIG_VALUE "mounts[7].uidMappings[1] (/data)"
}

@test "a caller who is not root is refused by name, with the reason" {
  local options
  for options in '["bind","idmap"]' '["rbind","ridmap"]'; do
    user_bundle locald-service.json "$T/$((++made))"
    edit --arg v "$VOLUME" --argjson o "$options" '.mounts += [{destination: "/data", source: $v, options: $o}]'
    inside true
    fails 125 E_AUTHORITY "mounts[5].options[1] (/data)"
    has "hint" "$stderr" "CAP_SYS_ADMIN over the file system"
    edit '.mounts[-1] += {options: ["bind"], uidMappings: [{containerID: 0, hostID: 0, size: 1}], gidMappings: [{containerID: 0, hostID: 0, size: 1}]}'
    inside true
    fails 125 E_AUTHORITY "mounts[5].uidMappings (/data)"
  done
}
