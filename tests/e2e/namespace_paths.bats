# linux.namespaces[].path: namespaces that exist already
load helper

# holder COMMAND...: runs in the background what makes namespaces and then sleeps; HOLDER is the sleeping process.
holder() {
  "$@" sleep 1000 < /dev/null > /dev/null 2>&1 3>&- &
  HOLDER=
  wait_for 10 find_sleeper "$!"
  STARTED+=("$HOLDER" "$!")
}

user_holder() { holder setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups -- "$@"; }

# The process itself, or its child where it forked for a pid namespace.
find_sleeper() {
  local pid
  for pid in "$1" $(pgrep -P "$1"); do
    if [ "$(ps -o args= -p "$pid")" = "sleep 1000" ]; then HOLDER="$pid"; return; fi
  done
  return 1
}

# join TYPE FILE: the bundle's namespace of that type is the one of this file.
join() {
  edit --arg type "$1" --arg path "$2" '.linux.namespaces |= map(select(.type != $type)) + [{type: $type, path: $path}]'
}

# Mounts of file systems that take power over a namespace, which a joined one does not give.
drop_mounts() { edit --arg types "$*" '($types | split(" ")) as $t | .mounts |= map(select(.type as $x | $t | index($x) | not))'; }

# The namespaces of unshare(1) map one id: no group 5 for the terminals.
one_id() { edit '(.mounts[].options | arrays) |= map(select(. != "gid=5"))'; }

ns_of() { readlink "/proc/$1/ns/$2"; }

# inside_is NAME PID: the container of `start` has that namespace of the process.
inside_is() { same "$1" "$(ns_of "$INIT_PID" "$1")" "$(ns_of "$2" "$1")"; }
inside_is_new() { [ "$(ns_of "$INIT_PID" "$1")" != "$(ns_of self "$1")" ] && [ "$(ns_of "$INIT_PID" "$1")" != "$(ns_of "$HOLDER" "$1")" ]; }

started_ignoring() {
  command_is /bin/payload ignore
  start
  wait_for 5 says ready
}

stopped() { kill -KILL "$INIT_PID"; ended; same "status" "$status" 137; }

@test "root: network, ipc and uts of another process; the shim and the keeper stay where they are" {
  root_bundle runc-spec.json
  holder unshare --net --ipc --uts
  local t
  for t in network:net ipc:ipc uts:uts; do join "${t%:*}" "/proc/$HOLDER/ns/${t#*:}"; done
  started_ignoring
  for t in net ipc uts; do
    inside_is "$t" "$HOLDER"
    [ "$(ns_of "$HOLDER" "$t")" != "$(ns_of self "$t")" ]
    for pid in "$SHIM_PID" $(pgrep -P "$SHIM_PID" -x locald-shim); do
      same "$t of the shim" "$(ns_of "$pid" "$t")" "$(ns_of self "$t")"
    done
  done
  for t in pid mnt; do inside_is_new "$t"; done
  same "the shim's children: the keeper and the payload" "$(pgrep -P "$SHIM_PID" | wc -l)" 2
  stopped
}

@test "root: a bind-mounted namespace file, as ip-netns(8) makes it" {
  root_bundle runc-spec.json
  touch "$T/netns"
  holder unshare --net
  mount --bind "/proc/$HOLDER/ns/net" "$T/netns"
  local expected; expected="$(stat -L -c %i "$T/netns")"
  join network "$T/netns"
  inside 'readlink /proc/self/ns/net'
  umount "$T/netns"
  succeeds
  same "network" "$output" "net:[$expected]"
}

@test "root: the loopback of a network that is joined is left alone" {
  root_bundle runc-spec.json
  holder unshare --net
  join network "/proc/$HOLDER/ns/net"
  inside 'ip link show dev lo'
  succeeds
  lacks "lo" "$output" "UP"
  lacks "lo of the holder" "$(nsenter -t "$HOLDER" -n ip link show dev lo)" "UP"
}

@test "root: the names of a uts namespace that is joined are set, and the host's are not" {
  local before; before="$(hostname)"
  root_bundle runc-spec.json
  holder unshare --uts
  join uts "/proc/$HOLDER/ns/uts"
  edit '.hostname = "wagtail" | .domainname = "birds.example"'
  inside 'hostname; cat /proc/sys/kernel/domainname'
  succeeds
  same "names" "${lines[*]}" "wagtail birds.example"
  same "the holder's" "$(nsenter -t "$HOLDER" -u hostname)" wagtail
  same "the host's" "$(hostname)" "$before"
}

# In a uts namespace that stands for the host's: whatever the shim does, the real one keeps its name.
@test "root: the host's own uts namespace may be joined, but its names are not changed" {
  root_bundle runc-spec.json
  holder unshare --uts
  AS=(nsenter --target "$HOLDER" --uts --)
  local before; before="$("${AS[@]}" uname -n)"
  join uts /proc/self/ns/uts
  edit 'del(.hostname)'
  inside 'readlink /proc/self/ns/uts'
  succeeds
  same "uts" "$output" "$(ns_of "$HOLDER" uts)"
  edit '.hostname = "wagtail"'
  inside true
  fails 125 E_CONFIG_VALUE hostname
  edit 'del(.hostname) | .domainname = "wagtail"'
  inside true
  fails 125 E_CONFIG_VALUE domainname
  same "its name" "$("${AS[@]}" uname -n)" "$before"
}

@test "root: a pid namespace: the container is seen there, and ends without ending it" {
  root_bundle runc-spec.json
  holder unshare --pid --fork --kill-child
  join pid "/proc/$HOLDER/ns/pid"
  script '(setsid sh -c "trap \"\" TERM HUP INT; exec payload ignore" &); exec payload ignore'
  start
  wait_for 5 says ready
  inside_is pid "$HOLDER"
  [ "$(awk '/^NSpid:/ { print $3 }' "/proc/$INIT_PID/status")" -gt 1 ]
  stopped
  for pid in $(pgrep -x payload); do gone "$pid"; done
  kill -0 "$HOLDER"
}

@test "root: a time namespace" {
  root_bundle runc-spec.json
  holder unshare --time --boottime 1000000 --fork --kill-child
  join time "/proc/$HOLDER/ns/time"
  started_ignoring
  inside_is time "$HOLDER"
  same "the shim's" "$(ns_of "$SHIM_PID" time)" "$(ns_of self time)"
  stopped
}

@test "root: a cgroup namespace, also where the container's cgroup is not in it" {
  root_bundle runc-spec.json
  holder unshare --cgroup
  join cgroup "/proc/$HOLDER/ns/cgroup"
  edit '.linux.cgroupsPath = "/locald/joined"'
  started_ignoring
  inside_is cgroup "$HOLDER"
  same "its cgroup" "$(sed -n 's/^0:://p' "/proc/$INIT_PID/cgroup")" /locald/joined
  stopped
}

@test "root: namespaces of a new user namespace beside joined ones" {
  root_bundle runc-spec.json
  edit '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1000}]
        | .linux.gidMappings = .linux.uidMappings | del(.hostname)'
  holder unshare --net --uts
  join uts "/proc/$HOLDER/ns/uts"
  started_ignoring
  inside_is uts "$HOLDER"
  for t in user pid mnt ipc net; do inside_is_new "$t"; done
  stopped
}

@test "root: a user namespace: the new ones belong to it, its maps are the container's, no group of root is left" {
  root_bundle runc-spec.json
  holder unshare --user --map-root-user --net
  join user "/proc/$HOLDER/ns/user"
  join network "/proc/$HOLDER/ns/net"
  one_id
  AS=(setpriv --groups 4,27 --)
  command_is /bin/sh -c 'id -u; id -G; cat /proc/self/uid_map; hostname; exec payload ignore'
  edit '.hostname = "wagtail"'
  start
  wait_for 5 says ready
  same "inside" "$(head -n 2 "$OUT" | xargs)" "0 0"
  same "map" "$(sed -n 3p "$OUT" | xargs)" "0 0 1"
  same "hostname" "$(sed -n 4p "$OUT")" wagtail
  for t in user net; do inside_is "$t" "$HOLDER"; done
  for t in pid mnt uts; do inside_is_new "$t"; done
  same "the shim's" "$(ns_of "$SHIM_PID" user)" "$(ns_of self user)"
  stopped
}

@test "root: a user namespace of another user: root there is that user" {
  root_bundle runc-spec.json
  user_holder unshare --user --map-root-user
  join user "/proc/$HOLDER/ns/user"
  one_id
  started_ignoring
  same "uid" "$(awk '/^Uid:/ { print $2, $3, $4 }' "/proc/$INIT_PID/status")" "$TEST_UID $TEST_UID $TEST_UID"
  stopped
}

@test "root: id maps beside a user namespace that is joined are refused" {
  root_bundle runc-spec.json
  holder unshare --user --map-root-user
  join user "/proc/$HOLDER/ns/user"
  edit '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}]'
  inside true
  fails 125 E_CONFIG_VALUE linux.uidMappings
}

@test "root: the shim's own user namespace is refused by the kernel, with a hint and the entry's name" {
  root_bundle runc-spec.json
  join user /proc/self/ns/user
  inside true
  fails 125 E_NAMESPACE 'linux.namespaces['
  has "hint" "$stderr" "own user namespace can't be joined"
}

@test "a mount namespace is refused, with the reason" {
  root_bundle runc-spec.json
  holder unshare --mount
  join mount "/proc/$HOLDER/ns/mnt"
  inside true
  fails 125 E_CONFIG_UNSUPPORTED 'linux.namespaces['
  has "reason" "$stderr" pivot_root
}

@test "user: network, ipc, uts and time of a process of the same user, without power over them" {
  user_bundle runc-spec-rootless.json
  user_holder unshare --user --map-root-user --net --ipc --uts --time --fork --kill-child
  local t
  for t in network:net ipc:ipc uts:uts time:time; do join "${t%:*}" "/proc/$HOLDER/ns/${t#*:}"; done
  drop_mounts mqueue
  edit 'del(.hostname) | .process.capabilities = ([.process.capabilities | keys[] | {(.): ["CAP_SYS_ADMIN", "CAP_NET_ADMIN"]}] | add)'
  command_is /bin/sh -c 'hostname x; ip link set lo up; exec payload ignore'
  start
  wait_for 5 says ready
  for t in net ipc uts time; do inside_is "$t" "$HOLDER"; done
  for t in user pid mnt; do inside_is_new "$t"; done
  for pid in "$SHIM_PID" $(pgrep -P "$SHIM_PID" -x locald-shim); do
    for t in net ipc uts time; do same "$t of the shim" "$(ns_of "$pid" "$t")" "$(ns_of self "$t")"; done
  done
  has "hostname" "$(cat "$ERR")" "hostname"
  same "the holder's name" "$(nsenter -t "$HOLDER" -U -u hostname)" "$(hostname)"
  lacks "the holder's lo" "$(nsenter -t "$HOLDER" -U -n ip link show dev lo)" "UP"
  stopped
}

@test "user: a pid namespace of the same user" {
  user_bundle runc-spec-rootless.json
  user_holder unshare --user --map-root-user --pid --fork --kill-child
  join pid "/proc/$HOLDER/ns/pid"
  drop_mounts proc
  edit '.linux.maskedPaths = [] | .linux.readonlyPaths = []'
  started_ignoring
  inside_is pid "$HOLDER"
  stopped
  kill -0 "$HOLDER"
}

# refused CODE TYPE FILE [PART]
refused() {
  user_bundle runc-spec-rootless.json "$T/$((++made))"
  join "$2" "$3"
  drop_mounts proc sysfs mqueue
  edit 'del(.hostname) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
  capture timeout -k 1 10 "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  fails 125 "$1" 'linux.namespaces['
  [ -z "${4:-}" ] || has "message" "$stderr" "$4"
}

@test "user: namespaces of the host, of root and of other users are refused" {
  made=0
  local t
  for t in network:net ipc:ipc uts:uts pid:pid time:time; do
    refused E_NAMESPACE "${t%:*}" "/proc/1/ns/${t#*:}" "Permission denied"
    refused E_AUTHORITY "${t%:*}" "/proc/self/ns/${t#*:}" "not the caller's"
  done
  touch "$T/root" "$T/other"
  holder unshare --net
  mount --bind "/proc/$HOLDER/ns/net" "$T/root"
  holder setpriv --reuid $((TEST_UID + 1)) --regid $((TEST_GID + 1)) --clear-groups -- unshare --user --map-root-user --net
  mount --bind "/proc/$HOLDER/ns/net" "$T/other"
  local rc=0
  { refused E_AUTHORITY network "$T/root" "not the caller's" && refused E_AUTHORITY network "$T/other" "not the caller's"; } || rc=1
  umount "$T/root" "$T/other"
  return "$rc"
}

# The kernel's rule is about who owns a child of the caller's user namespace: an id inside somebody else's does not count.
@test "user: a user namespace of the same uid inside another user's is not the caller's" {
  made=0
  touch "$T/nested"
  holder setpriv --reuid $((TEST_UID + 1)) --regid $((TEST_GID + 1)) --clear-groups -- unshare --user
  echo "0 $TEST_UID 1" > "/proc/$HOLDER/uid_map"
  echo "0 $TEST_GID 1" > "/proc/$HOLDER/gid_map"
  holder nsenter --target "$HOLDER" --user --setuid 0 --setgid 0 unshare --user --map-root-user --net
  same "the owner of the inner one" "$(awk '/^Uid:/ { print $2 }' "/proc/$HOLDER/status")" "$TEST_UID"
  mount --bind "/proc/$HOLDER/ns/net" "$T/nested"
  local rc=0
  ! as_user nsenter --target "$HOLDER" --user --net true 2>/dev/null || { echo "the kernel lets the caller in"; rc=1; }
  refused E_AUTHORITY network "$T/nested" "not the caller's" || rc=1
  umount "$T/nested"
  return "$rc"
}

@test "user: the namespaces of a container of the same caller are refused: nobody owns them" {
  made=0
  user_bundle runc-spec-rootless.json
  edit '.linux.namespaces += [{type: "network"}] | .mounts |= map(select(.type != "sysfs"))'
  started_ignoring
  local init="$INIT_PID" shim="$SHIM_PID" bundle="$B" files="$BUNDLE_FILES"
  touch "$T/container"
  mount --bind "/proc/$init/ns/net" "$T/container"
  local rc=0
  refused E_AUTHORITY network "$T/container" "not the caller's" || rc=1
  umount "$T/container"
  INIT_PID="$init" SHIM_PID="$shim" B="$bundle" BUNDLE_FILES="$files"
  stopped
  return "$rc"
}

@test "user: user and cgroup namespaces are refused by name" {
  made=0
  user_holder unshare --user --map-root-user --cgroup
  refused E_AUTHORITY user "/proc/$HOLDER/ns/user" "only root"
  refused E_CONFIG_VALUE cgroup "/proc/$HOLDER/ns/cgroup" "new user namespace"
}

@test "user: a path that is there and one that is not look the same where the caller may not look" {
  made=0
  mkdir -m 700 "$T/secret"
  echo text > "$T/secret/there"
  local first
  refused E_NAMESPACE network "$T/secret/there"
  first="${stderr//there/X}"
  refused E_NAMESPACE network "$T/secret/gone"
  same "message" "${stderr//gone/X}" "$first"
  refused E_NAMESPACE network "$T/gone" "No such file or directory"
}

@test "SIGKILL of the shim ends a container in joined namespaces, and leaves these" {
  user_bundle runc-spec-rootless.json
  user_holder unshare --user --map-root-user --net
  join network "/proc/$HOLDER/ns/net"
  edit '.mounts |= map(select(.type != "sysfs"))'
  started_ignoring
  kill -KILL "$SHIM_PID"
  wait_for 5 gone "$INIT_PID"
  kill -0 "$HOLDER"
}
