# linux.resources.devices, seen by open(2) and mknod(2) in the container. Nodes without a driver tell what the rules
# say: ENXIO where the rules let the open through, EPERM where they don't.
load helper

# driverless: a bundle of root's with the nodes c and b 240:5, 240:6 and 241:5, and the script /try.
driverless() {
  [ -z "${B:-}" ] || rm -r "$B"
  root_bundle runc-spec.json
  local kind number
  for kind in c b; do
    for number in 240:5 240:6 241:5; do mknod -m 666 "$B/rootfs/$kind-$number" "$kind" "${number%:*}" "${number#*:}"; done
  done
  cat > "$B/rootfs/try" <<'SH'
for node in c-240:5 c-240:6 c-241:5 b-240:5; do
  said="$node"
  for access in r w x; do
    case $access in
      r) text="$( (: < /$node) 2>&1)" ;;
      w) text="$( (: > /$node) 2>&1)" ;;
      x) text="$( (: <> /$node) 2>&1)" ;;
    esac
    case "$text" in
      *"No such device or address"*) said="$said $access" ;;
      *"Operation not permitted"*) said="$said -" ;;
      *) said="$said ?$text" ;;
    esac
  done
  echo "$said"
done
SH
  command_is /bin/sh /try
}

# Node by node: may be opened for reading (r), writing (w), both at once (x), or not (-).
rules() {
  driverless
  edit --argjson rules "$1" '.linux.resources.devices = $rules'
  run_container
  succeeds
  same "$1" "$output" "$2"
}

@test "only what a rule allows: type and numbers" {
  rules '[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":240,"minor":5,"access":"rwm"}]' \
'c-240:5 r w x
c-240:6 - - -
c-241:5 - - -
b-240:5 - - -'
}

@test "absent and -1 stand for any minor number, any major number, all kinds of access" {
  rules '[{"allow":false},{"allow":true,"type":"c","major":240}]' \
'c-240:5 r w x
c-240:6 r w x
c-241:5 - - -
b-240:5 - - -'
  rules '[{"allow":false},{"allow":true,"type":"c","major":-1,"minor":5,"access":"rw"}]' \
'c-240:5 r w x
c-240:6 - - -
c-241:5 r w x
b-240:5 - - -'
}

@test "all types of devices, in one direction" {
  rules '[{"allow":false},{"allow":true,"type":"a","access":"r"}]' \
'c-240:5 r - -
c-240:6 r - -
c-241:5 r - -
b-240:5 r - -'
}

@test "the last rule that speaks of an access decides on it" {
  rules '[{"allow":true},{"allow":false,"type":"c","major":240,"access":"rw"},{"allow":true,"type":"c","minor":6,"access":"w"}]' \
'c-240:5 - - -
c-240:6 - w -
c-241:5 r w x
b-240:5 r w x'
}

@test "an open for both is allowed by two rules together" {
  rules '[{"allow":false},{"allow":true,"type":"b","major":240,"access":"w"},{"allow":true,"type":"b","minor":5,"access":"r"}]' \
'c-240:5 - - -
c-240:6 - - -
c-241:5 - - -
b-240:5 r w x'
}

@test "a list without a rule for all devices denies the others" {
  rules '[{"allow":true,"type":"c","major":240,"minor":6}]' \
'c-240:5 - - -
c-240:6 r w x
c-241:5 - - -
b-240:5 - - -'
}

@test "no list, an empty one and one that allows all deny nothing" {
  local all='c-240:5 r w x
c-240:6 r w x
c-241:5 r w x
b-240:5 r w x'
  rules 'null' "$all"
  rules '[]' "$all"
  rules '[{"allow":true}]' "$all"
}

@test "mknod: allowed as a default, and denied by a rule for it" {
  root_bundle runc-spec.json
  edit '.process.capabilities[] += ["CAP_MKNOD"] | .process.capabilities.inheritable = ["CAP_MKNOD"] | .root.readonly = false'
  inside 'mknod /tmp/c c 240 5 && mknod /tmp/b b 240 5 && echo made'
  succeeds
  same "made" "$output" made
  edit '.linux.resources.devices += [{"allow":false,"type":"c","major":240,"access":"m"}]'
  inside 'mknod /tmp/c2 c 240 5 || mknod /tmp/b2 b 240 5 && echo made b; : > /tmp/c2'
  same "made" "$output" "made b"
  has "c" "$stderr" "Operation not permitted"
}

@test "mknod: a rule that denies it for a device that the container gets is refused" {
  root_bundle runc-spec.json
  edit '.linux.resources.devices += [{"allow":false,"type":"c","access":"m"}]'
  inside 'echo ran'
  fails 125 E_DEVICE "default devices (/dev/null)"
  has "hint" "$stderr" "linux.resources.devices (access m)"
}

@test "1,000 rules are loaded, and the first and the last of them count" {
  driverless
  edit '.linux.resources.devices = [{allow: false}, {allow: true, type: "c", major: 240, minor: 5, access: "r"}]
    + [range(997) | {allow: (. % 2 == 0), type: (if . % 3 == 0 then "b" else "c" end), major: (1000 + .), minor: ., access: "rw"}]
    + [{allow: true, type: "c", major: 241}]'
  run_container
  succeeds
  same "nodes" "$output" 'c-240:5 r - -
c-240:6 - - -
c-241:5 r w x
b-240:5 - - -'
}

@test "the most rules that fit, and one more" {
  driverless
  edit '.linux.resources.devices = [range(1012) | {allow: true, type: "c", major: 240, minor: ., access: "r"}]'
  run_container
  succeeds
  same "first node" "${lines[0]}" "c-240:5 r - -"
  edit '.linux.resources.devices += [{allow: false}]'
  run_container
  fails 125 E_CONFIG_VALUE linux.resources.devices
}

@test "an unprivileged caller's rules: default devices stay, unless the bundle denies one" {
  user_bundle locald-service.json
  edit '.linux.resources.devices = [{allow: false, access: "rwm"}]'
  inside ': > /dev/null && : < /dev/urandom && : < /dev/full && : <> /dev/zero && echo opened; : < /dev/tty'
  same "opened" "$output" opened
  has "no terminal, but no rule" "$stderr" "/dev/tty: No such device or address"
  edit '.linux.resources.devices += [{allow: false, type: "c", major: 1, minor: 9}, {allow: false, type: "c", major: 1, minor: 7, access: "w"}]'
  inside ': > /dev/null && echo null; : < /dev/full && echo read full; (: > /dev/full) && echo wrote full; (: < /dev/urandom) && echo urandom'
  same "opened" "${lines[*]}" 'null read full'
  same "denied" "$(grep -c "Operation not permitted" "$T/stderr")" 2
}

@test "a rule that can't be is refused with its place" {
  root_bundle runc-spec.json
  edit '.linux.resources.devices += [{allow: true, type: "c", major: 4096}]'
  inside true
  fails 125 E_CONFIG_VALUE 'linux.resources.devices[1].major'
  edit '.linux.resources.devices = [{allow: true, type: "c", access: "rq"}]'
  inside true
  fails 125 E_CONFIG_VALUE 'linux.resources.devices[0].access'
  edit '.linux.resources.devices = [{type: "c"}]'
  inside true
  fails 125 E_CONFIG_MISSING 'linux.resources.devices[0].allow'
}
