# linux.resources.devices, the default devices and links of OCI's "Default Devices"
load helper

default_devices='for d in null zero full random urandom tty; do stat -c "%n %F %t:%T %a" /dev/$d; done'
expected='/dev/null character special file 1:3 666
/dev/zero character special file 1:5 666
/dev/full character special file 1:7 666
/dev/random character special file 1:8 666
/dev/urandom character special file 1:9 666
/dev/tty character special file 5:0 666'

@test "default devices: types, numbers and modes, for root" {
  root_bundle runc-spec.json
  inside "$default_devices"
  succeeds
  same "devices" "$output" "$expected"
}

@test "default devices: the same for an unprivileged caller, and they work" {
  user_bundle locald-service.json
  inside "$default_devices"
  succeeds
  same "devices" "$output" "$expected"
  inside 'echo x > /dev/null; head -c 3 /dev/zero | wc -c; head -c 5 /dev/urandom | wc -c; echo x > /dev/full'
  same "zero" "${lines[0]}" 3
  same "urandom" "${lines[1]}" 5
  has "full" "$stderr" "No space left on device"
}

@test "links: fd, stdin, stdout, stderr, ptmx" {
  root_bundle runc-spec.json
  inside 'for l in fd stdin stdout stderr ptmx; do echo "$l $(readlink /dev/$l)"; done; echo through >> /dev/stdout'
  succeeds
  same "links" "$output" 'fd /proc/self/fd
stdin /proc/self/fd/0
stdout /proc/self/fd/1
stderr /proc/self/fd/2
ptmx pts/ptmx
through'
}

@test "resources.devices: what the bundle denies can't be opened, though the node is there" {
  root_bundle runc-spec.json
  mknod "$B/rootfs/kmsg" c 1 11
  inside ': > /dev/null && echo null; : > /kmsg && echo kmsg'
  same "allowed" "$output" null
  has "denied" "$stderr" "Operation not permitted"
}

@test "resources.devices: a later rule allows again; without rules for it the same node opens" {
  root_bundle runc-spec.json
  mknod "$B/rootfs/kmsg" c 1 11
  edit '.linux.resources.devices += [{allow: true, type: "c", major: 1, minor: 11, access: "w"}]'
  inside ': > /kmsg && echo kmsg'
  succeeds
  same "allowed" "$output" kmsg
  edit '.linux.resources.devices = [{allow: true, access: "rwm"}]'
  inside ': > /kmsg && echo kmsg'
  succeeds
  same "allowed" "$output" kmsg
}

@test "resources.devices: access is judged, not only the number" {
  root_bundle runc-spec.json
  mknod "$B/rootfs/kmsg" c 1 11
  edit '.linux.resources.devices += [{allow: true, type: "c", major: 1, minor: 11, access: "r"}]'
  inside ': > /kmsg && echo kmsg'
  same "write" "$output" ""
  has "denied" "$stderr" "Operation not permitted"
}

@test "the host's /dev/null keeps owner and mode when it is a stdio of the container" {
  local before; before="$(stat -c '%u:%g %a' /dev/null)"
  root_bundle runc-spec.json
  edit '.process.user = {uid: 1234, gid: 1234}'
  script true
  container < /dev/null > /dev/null 2>&1
  same "/dev/null" "$(stat -c '%u:%g %a' /dev/null)" "$before"
}
