# linux.devices: nodes made for root, bound from the host in a user namespace
load helper

# device PATH TYPE MAJOR MINOR [MORE]: adds an entry.
device() {
  edit --arg path "$1" --arg type "$2" --argjson major "$3" --argjson minor "$4" --argjson more "${5:-{\}}" \
    '.linux.devices += [{path: $path, type: $type, major: $major, minor: $minor} + $more]'
}

# fifo PATH [MORE]
fifo() { edit --arg path "$1" --argjson more "${2:-{\}}" '.linux.devices += [{path: $path, type: "p"} + $more]'; }

# host_node NAME TYPE MAJOR MINOR MODE: a node of the host below $T, which the container gets under the same path.
host_node() { NODE="$T/$1"; mknod "$NODE" "$2" "$3" "$4"; chmod "$5" "$NODE"; }

shown() { inside "stat -c '%n %F %t:%T %a %u:%g' $*"; }

@test "devices: all types are made with their numbers, mode and owner, whatever the umask" {
  root_bundle runc-spec.json
  edit '.process.user.umask = 63'
  device /dev/my/zero c 1 5 '{"fileMode": 438, "uid": 7, "gid": 8}'
  device /dev/block b 7 3 '{"fileMode": 416}'
  device /dev/unbuffered u 1 3
  fifo /dev/pipe '{"fileMode": 511, "uid": 9}'
  umask 077; shown /dev/my/zero /dev/block /dev/unbuffered /dev/pipe
  succeeds
  same "nodes" "$output" '/dev/my/zero character special file 1:5 666 7:8
/dev/block block special file 7:3 640 0:0
/dev/unbuffered character special file 1:3 666 0:0
/dev/pipe fifo 0:0 777 9:0'
}

@test "devices: a node opens only when resources.devices lets it" {
  root_bundle runc-spec.json
  device /dev/kmsg c 1 11
  inside ': > /dev/kmsg && echo opened'
  same "denied" "$output" ""
  has "denied" "$stderr" "Operation not permitted"
  edit '.linux.resources.devices += [{allow: true, type: "c", major: 1, minor: 11, access: "w"}]'
  inside ': > /dev/kmsg && echo opened'
  succeeds
  same "allowed" "$output" opened
}

@test "devices: a default device listed again gets the bundle's mode and owner" {
  root_bundle runc-spec.json
  device /dev/null c 1 3 '{"fileMode": 384, "uid": 5}'
  device /dev/null c 1 3 '{"fileMode": 384, "uid": 5}'
  shown /dev/null /dev/zero
  same "nodes" "$output" '/dev/null character special file 1:3 600 5:0
/dev/zero character special file 1:5 666 0:0'
}

@test "devices: what stands there must be that device" {
  root_bundle runc-spec.json
  mkdir -p "$B/rootfs/nodes"; mknod "$B/rootfs/nodes/same" c 1 5; echo text > "$B/rootfs/nodes/file"
  mknod "$B/rootfs/nodes/other" c 1 8; ln -s same "$B/rootfs/nodes/link"; mkfifo "$B/rootfs/nodes/fifo"
  edit '.root.readonly = false'
  device /nodes/same c 1 5 '{"fileMode": 420}'
  fifo /nodes/fifo
  shown /nodes/same /nodes/fifo
  succeeds
  same "accepted" "$output" '/nodes/same character special file 1:5 644 0:0
/nodes/fifo fifo 0:0 666 0:0'
  local name
  for name in file other link; do
    edit '.linux.devices = []'
    device "/nodes/$name" c 1 5
    inside true
    fails 125 E_DEVICE "linux.devices[0] (/nodes/$name): making /nodes/$name: File exists"
  done
  same "untouched" "$(cat "$B/rootfs/nodes/file")" text
}

@test "devices: a link in the image leads nowhere outside" {
  root_bundle runc-spec.json
  mkdir "$T/outside"; ln -s "$T/outside" "$B/rootfs/nodes"
  edit '.root.readonly = false'
  device /nodes/x c 1 5
  inside true
  same "outside" "$(ls -A "$T/outside")" ""
}

@test "devices: /dev/ptmx listed is the link to the container's own" {
  root_bundle runc-spec.json
  device /dev/ptmx c 5 2
  inside 'readlink /dev/ptmx; stat -L -c %t:%T /dev/ptmx'
  succeeds
  same "ptmx" "$output" $'pts/ptmx\n5:2'
}

@test "devices: /dev/console is there when listed, and not by itself" {
  root_bundle runc-spec.json
  inside 'ls /dev/console'
  same "status" "$status" 1
  device /dev/console c 5 1
  shown /dev/console
  succeeds
  same "console" "$output" "/dev/console character special file 5:1 666 0:0"
}

@test "devices: a root caller's container with a user namespace gets the host's node" {
  root_bundle runc-spec.json
  host_node zero c 1 5 666
  edit '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 600000, size: 65536}]
    | .linux.gidMappings = .linux.uidMappings'
  chown -hR 600000:600000 "$B/rootfs"
  device "$NODE" c 1 5 '{"fileMode": 438}'
  fifo /dev/pipe '{"uid": 65535}'
  edit '.linux.resources = {}'
  inside "head -c 3 $NODE | wc -c; stat -c '%F %u:%g' $NODE /dev/pipe"
  succeeds
  same "node" "$output" $'3\ncharacter special file 65534:65534\nfifo 65535:0'
}

@test "devices: below a bind mount of the host's /dev nothing of the host changes" {
  root_bundle runc-spec.json
  host_node there c 1 5 600
  edit --arg source "$T" '.mounts += [{destination: $source, source: $source, options: ["bind"]}]'
  device "$NODE" c 1 5
  shown "$NODE"
  succeeds
  same "node" "$output" "$NODE character special file 1:5 600 0:0"
  edit '.linux.devices[0].fileMode = 438'
  inside true
  fails 125 E_DEVICE "linux.devices[0] ($NODE): fileMode 438 can't be given: the host's node is bound, with 384"
  same "the host's node" "$(stat -c '%a %u:%g' "$NODE")" "600 0:0"
  rm "$NODE"
  inside true
  fails 125 E_DEVICE "linux.devices[0] ($NODE): opening the host's $NODE: No such file or directory"
}

@test "devices: an unprivileged caller gets the host's node, and what its permissions give" {
  user_bundle locald-service.json
  host_node zero c 1 5 644
  device "$NODE" c 1 5
  fifo /tmp/pipe '{"fileMode": 384, "uid": 0, "gid": 0}'
  inside "stat -c '%F %t:%T %a' $NODE; head -c 3 $NODE | wc -c; stat -c '%F %a %u:%g' /tmp/pipe; : > $NODE"
  same "status" "$status" 1
  same "node" "$output" $'character special file 1:5 644\n3\nfifo 600 0:0'
  has "no write" "$stderr" "Permission denied"
}

@test "devices: an unprivileged caller may not open what is the host's root's alone" {
  user_bundle locald-service.json
  host_node zero c 1 5 600
  device "$NODE" c 1 5
  inside "ls $NODE && head -c 3 $NODE"
  same "listed" "$output" "$NODE"
  has "denied" "$stderr" "Permission denied"
}

@test "devices: a bound node must be the device, and have what is asked of it" {
  user_bundle locald-service.json
  host_node zero c 1 5 644
  device "$NODE" c 1 3
  inside true
  fails 125 E_DEVICE "linux.devices[0] ($NODE): the host's $NODE is not device c 1:3"
  edit '.linux.devices = []'
  device "$NODE" b 1 5
  inside true
  fails 125 E_DEVICE "linux.devices[0] ($NODE): the host's $NODE is not device b 1:5"
  edit '.linux.devices = []'
  device "$NODE" c 1 5 '{"fileMode": 384}'
  inside true
  fails 125 E_DEVICE "linux.devices[0] ($NODE): fileMode 384 can't be given: the host's node is bound, with 420"
  edit '.linux.devices = []'
  device "$NODE" c 1 5 '{"fileMode": 420, "uid": 0}'
  inside true
  fails 125 E_DEVICE "linux.devices[0] ($NODE): uid 0 can't be given: the host's node is bound, with 65534"
  chown "$TEST_UID:$TEST_GID" "$NODE"
  edit '.linux.devices[0].gid = 0'
  shown "$NODE"
  succeeds
  same "owned" "$output" "$NODE character special file 1:5 644 0:0"
}

@test "devices: a bound node goes over its own empty mount point, and over nothing else" {
  user_bundle locald-service.json
  host_node zero c 1 5 644
  mkdir -p "$B/rootfs$T"; echo text > "$B/rootfs$NODE"; chown -R "$TEST_UID:$TEST_GID" "$B/rootfs"
  device "$NODE" c 1 5
  edit '.root.readonly = false'
  inside true
  fails 125 E_DEVICE "linux.devices[0] ($NODE): making $NODE: File exists"
  : > "$B/rootfs$NODE"
  inside "stat -c %F $NODE"
  succeeds
  same "node" "$output" "character special file"
}

@test "devices: what the caller can't reach on the host does not come into the container" {
  user_bundle locald-service.json
  mkdir -m 700 "$T/closed"
  host_node closed/zero c 1 5 666
  device "$NODE" c 1 5
  inside true
  fails 125 E_DEVICE "linux.devices[0] ($NODE): opening the host's $NODE: Permission denied"
}
