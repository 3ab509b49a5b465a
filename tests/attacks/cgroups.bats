# Attacks by cgroups and namespaces: to get out of one's own, to take somebody else's, or to be in the way of the end.
load ../e2e/helper

# attack_bundle OWNER: the same bundle for both; root's has no user namespace.
attack_bundle() {
  make_bundle "$1" locald-service.json "${2:-$T/$1}"
  edit 'del(.linux.cgroupsPath) | .linux.resources = {} | .process.cwd = "/"'
  [ "$1" = user ] || edit '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings)'
}

for_both() {
  for OWNER in user root; do
    attack_bundle "$OWNER"
    echo "as $OWNER"
    "$1" # not before "||": there nothing in it would fail
  done
}

cgroup_of() { sed -n 's/^0:://p' "/proc/$1/cgroup"; }
offers() { grep -qw "$1" "$(cgroup_mount)/cgroup.controllers"; }

# All directories of the hierarchy, and who is in its root.
hierarchy() { find "$(cgroup_mount)" -type d | sort; }

# --- cgroupsPath and limits -----------------------------------------------------------------------------------------

# The container asks to be in a cgroup that is not below locald's root, or is that root.
@test "cgroups: cgroupsPath /, .., /locald/../system.slice, a//b, a newline, 5 KiB: refused or the caller's own leaf" {
  local path before n=0; before="$(hierarchy)"
  for path in / // . .. ../.. /.. /system.slice/x /user.slice /locald /locald/ /locald.slice /locald.slice/ /locald.slice/../x /locald/../system.slice \
    ../locald/x ../../locald/x /locald.slice/./x /locald.slice//x a//b a/../b ./a a/. a/.. /localdx/y /LOCALD/x $'/locald.slice/a\nb' $'\n' $'a\n' ' ' \
    "/locald/$(printf 'a%.0s' {1..256})" "$(printf 'a%.0s' {1..5120})" "/locald/$(printf 'ab/%.0s' {1..1700})x" /locald/2/3/4/5/6/7/8/9 \
    "/locald/$(printf 'a%.0s' {1..200})/$(printf 'a%.0s' {1..200})/$(printf 'a%.0s' {1..200})" '/locald/pin' '/locald.slice/pin' /locald/cgroup.procs \
    system.slice:docker:x '-.slice' /init.scope; do
    attack_bundle user "$T/$((++n))"
    edit --arg path "$path" '.linux.cgroupsPath = $path'
    inside 'sed -n "s/^0:://p" /proc/1/cgroup'
    if [ "$status" = 0 ]; then
      [[ "$output" =~ ^/locald(\.slice)?/[^/].*$ && "$output" != *..* && "$output" != *//* ]] ||
        { echo "${path:0:60}: in $output"; return 1; }
    else
      [ "$status" = 125 ] && [[ "$stderr" == "locald-shim: error: linux.cgroupsPath"* ]] ||
        { echo "${path:0:60}: $status $output $stderr"; return 1; }
    fi
    same "hierarchy after ${path:0:60}" "$(hierarchy)" "$before"
    rm -rf "$B"
  done
}

# A cgroup file that moves processes or changes the tree, or one of another directory, as a "limit".
odd_unified() {
  local name before; before="$(hierarchy; cat "$(cgroup_mount)/cgroup.subtree_control")"
  for name in ../cgroup.procs cgroup.procs cgroup.subtree_control cgroup.threads cgroup.type cgroup.kill cgroup.freeze cgroup.max.depth ../../cgroup.procs \
    memory.max/../cgroup.procs /cgroup.procs ./cgroup.procs memory/max '' . .. .max cgroup. $'memory.max\n' $'cgroup.procs\n' $'memory.max\ncgroup.procs' \
    'memory.max ' 'memory max' "$(printf 'a%.0s' {1..300}).max" '%s.max' 'CGROUP.procs'; do
    edit --arg n "$name" '.linux.resources = {unified: {($n): "0"}}'
    inside 'echo ran'
    [ "$status" = 125 ] && [[ "$stderr" =~ ^locald-shim:\ error:\ linux.resources.unified.*\[E_ ]] && [ -z "$output" ] ||
      { echo "${name:0:40}: $status $output $stderr"; return 1; }
    same "lines of the error" "$(grep -vc '^  hint: ' <<< "$stderr")" 1
  done
  edit --arg n "memory.max" '.linux.resources = {unified: {($n): "1\u00002"}}'
  run_container
  [ "$status" = 125 ]
  same "hierarchy" "$(hierarchy; cat "$(cgroup_mount)/cgroup.subtree_control")" "$before"
}

@test "cgroups: resources.unified with ../cgroup.procs, cgroup.procs, cgroup.subtree_control, a newline: refused" {
  for_both odd_unified
}

# Limits under which nothing can run: they are the container's, not the monitor's, who must still clean up. What this
# host's cgroup v2 has no controller for is refused by name.
starved() {
  local resources controllers word begin
  while read -r controllers resources; do
    edit --argjson r "$resources" '.ociVersion = "1.3.0" | .linux.resources = $r'
    script 'exec sleep 100'
    begin="$SECONDS"
    "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null > "$OUT" 2>&1 3>&- &
    local shim=$!
    STARTED+=("$shim")
    sleep 0.5
    if ! gone "$shim"; then # it starved in silence: the monitor did not
      same "the monitor's cgroup" "$(cgroup_of "$shim")" "$(cgroup_of $$)"
      kill -KILL "$shim"
    fi
    status=0; wait "$shim" || status=$?
    [ $((SECONDS - begin)) -le $((10 * ${TIME_SCALE:-1})) ]
    [ "$status" = 125 ] || [ "$status" = 126 ] || [ "$status" = 137 ] ||
      { echo "$resources: $status $(cat "$OUT")"; return 1; }
    for word in ${controllers//,/ }; do
      offers "$word" || grep -q 'error: linux.resources' "$OUT" ||
        { echo "$resources: $status $(cat "$OUT")"; return 1; }
    done
    wait_for 2 nothing_left
  done <<'ROWS'
memory {"memory":{"limit":4096}}
memory {"unified":{"memory.max":"4096"}}
memory {"unified":{"memory.max":"0"}}
pids {"pids":{"limit":0}}
pids {"unified":{"pids.max":"0"}}
pids,memory {"unified":{"memory.max":"4096","pids.max":"0","memory.swap.max":"0"}}
cpu {"unified":{"cpu.max":"1000 1000000"}}
ROWS
}

@test "cgroups: memory.max=4096, pids.max=0 at start: the monitor is outside and cleans up" { for_both starved; }

# --- namespaces -----------------------------------------------------------------------------------------------------

# join TYPE FILE: the bundle's namespace of that type is the one of this file, and nothing is mounted that needs it new.
join() {
  attack_bundle user "$T/$((++made))"
  edit --arg type "$1" --arg path "$2" '.linux.namespaces |= map(select(.type != $type)) + [{type: $type, path: $path}]
    | del(.hostname) | .linux.maskedPaths = [] | .linux.readonlyPaths = [] | .mounts |= map(select(.type | IN("proc", "sysfs", "mqueue") | not))'
  capture timeout -k 1 10 "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
}

# refused CODES: the last join was, and soon.
refused() {
  [ "$status" = 125 ] && [[ "$stderr" =~ ^locald-shim:\ error:\ linux\.namespaces\[[0-9]\].*\[E_($1)\] ]] ||
    { echo "$status $output $stderr"; return 1; }
}

# holder COMMAND...: a sleeping process of the caller's in namespaces of its own; HOLDER.
holder() {
  "$@" sleep 1000 < /dev/null > /dev/null 2>&1 3>&- 200>&- &
  HOLDER=$!
  STARTED+=("$HOLDER")
  wait_for 10 sleeps "$HOLDER"
}
sleeps() { [ "$(tr '\0' ' ' < "/proc/$1/cmdline")" = "sleep 1000 " ]; }

# The host's namespaces by the paths of its first process, and by ways around that path; another user's.
@test "cgroups: namespaces[].path = /proc/1/ns/*, of the host, of other users: refused" {
  made=0
  local t path
  for t in network:net ipc:ipc uts:uts pid:pid time:time user:user mount:mnt cgroup:cgroup; do
    for path in "/proc/1/ns/${t#*:}" "/proc/self/ns/${t#*:}" "/proc/thread-self/ns/${t#*:}" "/proc/1/task/1/ns/${t#*:}"; do
      join "${t%:*}" "$path"
      refused 'AUTHORITY|NAMESPACE|CONFIG_VALUE|CONFIG_UNSUPPORTED' || { echo "$t $path"; return 1; }
    done
  done
  holder setpriv --reuid $((TEST_UID + 1)) --regid $((TEST_GID + 1)) --clear-groups -- unshare --user --map-root-user --net
  touch "$T/root" "$T/other"
  mount --bind /proc/self/ns/net "$T/root"; mount --bind "/proc/$HOLDER/ns/net" "$T/other" # which the caller can open
  local rc=0
  { join network "$T/root" && refused AUTHORITY && join network "$T/other" && refused AUTHORITY; } || rc=1
  umount "$T/root" "$T/other"
  return "$rc"
}

# Files that are no namespace, or one of another type; what blocks or acts when it is opened.
@test "cgroups: namespaces[].path of a wrong type, a FIFO, a device, a directory: refused, and nothing is opened" {
  made=0
  local path
  mkfifo -m 666 "$T/fifo"; echo text > "$T/file"; ln -s loop "$T/loop"
  holder "${AS[@]}" setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups -- unshare --user --map-root-user --net --uts
  for path in "$T/file" "$T/fifo" /dev/zero /dev/tty /dev/ptmx "$T" "$T/loop" /proc/self/exe /proc/self/status /proc/self/fd/0 /proc/self/root \
    "/proc/$HOLDER/ns/uts" "/proc/$HOLDER/ns/user" "/proc/$HOLDER/ns" relative "$T/$(printf 'a%.0s' {1..300})"; do
    join network "$path"
    refused 'CONFIG_VALUE|NAMESPACE' || { echo "path: $path"; return 1; }
  done
}

# What was checked is what is entered: one descriptor, whose type and owner are asked of itself.
@test "cgroups: namespaces[].path is opened once, type and owner are asked of that descriptor" {
  made=0
  holder setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups -- unshare --user --map-root-user --net
  join network "/proc/$HOLDER/ns/net" # makes the bundle
  script 'echo ran'
  capture strace -f -qq -o "$T/trace" -e trace=openat,openat2,open,stat,newfstatat,readlink,ioctl,setns -u "$TEST_USER" \
    "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  same "it runs" "$status $output" "0 ran"
  same "look-ups of the path" "$(grep -c "\"/proc/$HOLDER/ns/net\"" "$T/trace")" 1
  has "which does not open a FIFO or device" "$(grep "\"/proc/$HOLDER/ns/net\"" "$T/trace")" O_PATH
  local fd; fd="$(sed -n 's/.*setns(\([0-9]*\), CLONE_NEWNET).*/\1/p' "$T/trace")"
  [ -n "$fd" ]
  grep -q "ioctl($fd, NS_GET_NSTYPE" "$T/trace"
  grep -q "ioctl($fd, NS_GET_USERNS" "$T/trace"
}

# --- namespaces that are missing ------------------------------------------------------------------------------------

# Without it the caller's container would have the host's ids, mounts or name.
@test "cgroups: user or mount namespace left out: refused" {
  attack_bundle user
  edit '.linux.namespaces |= map(select(.type != "user"))'
  inside 'echo ran'
  [ "$status" = 125 ] && [[ "$stderr" =~ \[E_(AUTHORITY|CONFIG_VALUE)\] ]]
  edit 'del(.linux.uidMappings, .linux.gidMappings)'
  inside 'echo ran'
  fails 125 E_AUTHORITY linux.namespaces
  edit '.linux.namespaces = []'
  inside 'echo ran'
  [ "$status" = 125 ] && [ -z "$output" ]
  left_out() {
    edit '.linux.namespaces |= map(select(.type != "mount"))'
    inside 'echo ran'
    fails 125 E_CONFIG_UNSUPPORTED linux.namespaces
    edit 'del(.linux)'
    inside 'echo ran'
    [ "$status" = 125 ] && [ -z "$output" ]
  }
  rm -rf "$B"
  for_both left_out
}

@test "cgroups: a namespace listed twice: refused" {
  twice() {
    local type all; all="$(jq -c .linux.namespaces "$B/config.json")"
    for type in $(jq -r '.linux.namespaces[].type' "$B/config.json"); do
      edit --arg t "$type" --argjson all "$all" '.linux.namespaces = $all + [{type: $t}]'
      inside 'echo ran'
      [ "$status" = 125 ] && [[ "$stderr" =~ linux\.namespaces\[[0-9]\]\.type.*\[E_CONFIG_VALUE\] ]] ||
        { echo "$type: $status $output $stderr"; return 1; }
      edit --arg t "$type" --argjson all "$all" '.linux.namespaces = $all + [{type: $t, path: "/proc/self/ns/net"}]'
      inside 'echo ran'
      [ "$status" = 125 ] && [ -z "$output" ]
    done
  }
  for_both twice
}

# Without a uts namespace the name would be the host's.
@test "cgroups: hostname or domainname without a uts namespace: refused, the host's names unchanged" {
  nameless() {
    local before property; before="$(uname -n; cat /proc/sys/kernel/domainname)"
    edit '.linux.namespaces |= map(select(.type != "uts")) | del(.hostname)'
    for property in hostname domainname; do
      edit --arg p "$property" '.[$p] = "wagtail"'
      inside 'echo ran'
      fails 125 E_CONFIG_VALUE "$property" || { echo "$property"; return 1; }
      edit --arg p "$property" 'del(.[$p])'
    done
    edit '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"]) | .linux.readonlyPaths = []'
    [ "$OWNER" = root ] || inside 'hostname wagtail; echo wagtail > /proc/sys/kernel/hostname; echo ran'
    [ "$OWNER" = root ] || same "the payload tried" "$output" ran
    same "the host's names" "$(uname -n; cat /proc/sys/kernel/domainname)" "$before"
  }
  for_both nameless
}
