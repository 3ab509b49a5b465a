# process.apparmorProfile: the machine has AppArmor (apparmor_parser is in the image).
load ../e2e/helper

# profile NAME RULES: loads a profile that allows all but what the rules deny.
profile() {
  printf 'profile %s flags=(attach_disconnected, mediate_deleted) {
    file, capability, network, mount, umount, pivot_root, unix, ptrace, signal (send), %s\n}\n' "$1" "$2" |
    apparmor_parser --replace --skip-cache
}

setup_file() {
  profile shim-test 'signal (receive), deny /data/secret rwl,'
  profile shim-silent '' # its processes take no signal from anybody outside
  profile shim-caller 'signal (receive),'
  profile shim-changer 'signal (receive), change_profile -> shim-test,'
}

teardown_file() { printf 'profile %s {}\n' shim-test shim-silent shim-caller shim-changer | apparmor_parser --remove; }

# with_profile NAME: the bundle, with a file that shim-test denies and one that it does not.
with_profile() {
  edit --arg p "$1" '.process.apparmorProfile = $p'
  echo known > "$B/rootfs/data/secret"
  echo open > "$B/rootfs/data/file"
  chmod 644 "$B/rootfs/data/"*
}

READ='cat /proc/self/attr/apparmor/current /data/file; cat /data/secret 2>&1'

confined() {
  inside "$READ"
  same "stderr" "$stderr" ""
  same "profile" "${lines[0]}" "shim-test (enforce)"
  same "file" "${lines[1]}" open
  same "secret" "${lines[2]}" "cat: can't open '/data/secret': Permission denied"
}

@test "root: the profile confines the payload, and nothing without it" {
  root_bundle runc-spec.json
  with_profile shim-test
  confined
  edit 'del(.process.apparmorProfile)'
  inside "$READ"
  same "without" "$output" $'unconfined\nopen\nknown'
}

@test "an unprivileged caller: the profile confines the payload" {
  user_bundle runc-spec-rootless.json
  with_profile shim-test
  confined
}

@test "the profile outlives the change of user and capabilities, with and without no_new_privs and a seccomp filter" {
  root_bundle runc-spec.json
  with_profile shim-test
  local nnp
  for nnp in true false; do
    edit --argjson n "$nnp" '.process.user = {uid: 1000, gid: 1000} | del(.process.capabilities) | .process.noNewPrivileges = $n'
    confined
  done
  edit '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95}]}'
  confined
  inside 'mkdir /tmp/a 2>&1'
  has "the filter is there too" "$output" "not supported"
}

@test "a startContainer hook, which is a program of the image, runs under the profile too" {
  root_bundle runc-spec.json
  with_profile shim-test
  printf '#!/bin/sh\ncat /proc/self/attr/apparmor/current > /data/hook\n' > "$B/rootfs/bin/hook"
  chmod 755 "$B/rootfs/bin/hook"
  edit '.hooks.startContainer = [{path: "/bin/hook"}] | .root.readonly = false'
  confined
  same "the hook's profile" "$(cat "$B/rootfs/data/hook")" "shim-test (enforce)"
}

@test "a profile that is not loaded is refused before anything of the payload runs" {
  local bundle
  for bundle in "root_bundle runc-spec.json" "user_bundle runc-spec-rootless.json"; do
    rm -rf "$T/bundle"
    $bundle
    with_profile shim-none
    inside 'echo ran > /data/ran; echo ran'
    fails 125 E_LABEL 'process.apparmorProfile: asking for the label shim-none: No such file or directory'
    has "hint" "$stderr" "apparmor_parser"
    [ ! -e "$B/rootfs/data/ran" ]
  done
}

# Who is confined can't get out of it through the shim, nor into what its profile does not name.
@test "a confined caller gets the profiles that its own profile lets it have, and no others" {
  user_bundle runc-spec-rootless.json
  with_profile shim-test
  AS+=(aa-exec -p shim-changer --)
  inside "$READ" # under no_new_privs no other profile, which might allow more; nothing runs without the one asked for
  fails 126 E_EXEC 'process.args[0] (/bin/sh): executing /bin/sh: Operation not permitted'
  has "hint" "$stderr" "process.noNewPrivileges"
  edit '.process.noNewPrivileges = false'
  confined
  with_profile unconfined
  inside "$READ"
  fails 125 E_LABEL 'process.apparmorProfile: asking for the label unconfined: Permission denied'
  edit 'del(.process.apparmorProfile)'
  inside "$READ"
  same "none asked" "${lines[0]}" "shim-changer (enforce)"
  user_bundle runc-spec-rootless.json "$T/b2"
  with_profile shim-test
  edit '.process.noNewPrivileges = false'
  AS+=(aa-exec -p shim-caller --)
  inside "$READ"
  fails 125 E_LABEL 'process.apparmorProfile: asking for the label shim-test: Permission denied'
}

@test "signals reach a profile that receives them" {
  user_bundle runc-spec-rootless.json
  with_profile shim-test
  script 'trap "echo ended; exit 7" TERM; echo ready; while :; do sleep 0.1; done'
  start
  wait_for 10 says ready
  kill -TERM "$SHIM_PID"
  ended
  same "status" "$status" 7
  says ended
}

# AppArmor clears PR_SET_PDEATHSIG at the execve(2), and kill(2) of such a payload says EACCES: cgroup.kill ends it.
@test "the shim killed takes a payload with it whose profile receives no signal" {
  local bundle
  for bundle in "root_bundle runc-spec.json" "user_bundle runc-spec-rootless.json"; do
    rm -rf "$T/bundle"
    $bundle
    with_profile shim-silent
    script 'echo ready; while :; do sleep 1; done'
    start
    wait_for 10 says ready
    kill -KILL "$SHIM_PID"
    wait_for 10 gone "$INIT_PID"
    ended
    : > "$OUT"
  done
}
