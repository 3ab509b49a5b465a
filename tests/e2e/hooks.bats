# hooks.startContainer: programs of the container, before the payload. The other hooks are programs of the host.
load helper

# hook SCRIPT [MORE]: adds a hook that runs a shell script.
hook() {
  edit --arg script "$1" --argjson more "${2:-{\}}" \
    '.hooks.startContainer += [{path: "/bin/sh", args: ["sh", "-c", $script]} + $more]'
}

# fails_at N MESSAGE: the hook failed, and only the message tells.
fails_at() { fails 125 E_HOOK "hooks.startContainer[$1] (/bin/sh): $2" && has "the whole line" "$stderr" "$2 [E_HOOK]"; }

@test "startContainer: in order, before the payload, its output is the container's" {
  root_bundle runc-spec.json
  hook 'echo one; sleep 0.2; echo first >&2'
  hook 'echo two'
  inside 'echo payload'
  same "status" "$status" 0
  same "stdout" "$output" $'one\ntwo\npayload'
  same "stderr" "$stderr" first
}

@test "startContainer: as the process: user, groups, capabilities, no_new_privs, limits, namespaces, root" {
  root_bundle runc-spec.json
  edit '.process.user = {uid: 12, gid: 13, additionalGids: [14], umask: 7} | .process.noNewPrivileges = true
    | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 77, hard: 78}]'
  local look='grep -E "^(Uid|Gid|Groups|Cap[A-Z][a-z]+|NoNewPrivs|Umask|SigBlk|SigIgn|Seccomp):" /proc/self/status; ulimit -n
    for n in pid mnt net ipc uts; do readlink /proc/self/ns/$n; done; ls -d /workspace; hostname'
  hook "$look"
  inside "$look"
  succeeds
  local half=$((${#lines[@]} / 2))
  [ "$half" -gt 15 ]
  same "the hook and the process" "$(printf '%s\n' "${lines[@]:0:half}")" "$(printf '%s\n' "${lines[@]:half}")"
  has "uid" "$output" $'Uid:\t12\t12\t12\t12'
  has "umask" "$output" $'Umask:\t0007'
}

@test "startContainer: the payload's filter is the hook's too, without no_new_privs as well" {
  root_bundle runc-spec.json
  edit '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28}]}
    | .process.noNewPrivileges = false | .process.capabilities.bounding -= ["CAP_SYS_PTRACE"]'
  hook 'mkdir /tmp/x || true; grep -E "^(Cap|Seccomp:)" /proc/self/status'
  inside 'grep -E "^(Cap|Seccomp:)" /proc/self/status'
  same "status" "$status" 0
  has "refused" "$stderr" "mkdir: can't create directory '/tmp/x': No space left on device"
  local half=$((${#lines[@]} / 2))
  same "capabilities and filter" "$(printf '%s\n' "${lines[@]:0:half}")" "$(printf '%s\n' "${lines[@]:half}")"
  has "a filter" "$output" $'Seccomp:\t2'
}

@test "startContainer: the state on stdin, with the pid that the container sees" {
  root_bundle runc-spec.json
  edit '.annotations = {"a \"b": "c\nd"} | .ociVersion = "1.2.0"'
  hook 'cat'
  inside true
  succeeds
  same "state" "$(jq -S . <<< "$output")" \
    "$(jq -Sn --arg id "$ID" --arg bundle "$B" '{ociVersion: "1.2.0", id: $id, status: "created", pid: 1, bundle: $bundle, annotations: {"a \"b": "c\nd"}}')"
}

@test "startContainer: each hook reads a state of its own, or does not read it" {
  root_bundle runc-spec.json
  edit '.annotations.long = "x" * 60000'
  hook 'head -c 10; echo spoiled >&0'
  hook 'true'
  hook 'tail -c 3; wc -c < /proc/self/fd/0 | grep -c "^6"'
  inside 'wc -c'
  succeeds
  same "read" "$output" $'{"ociVersi}}\n1\n0'
}

@test "startContainer: args and env are the hook's, without env it has the process's" {
  root_bundle runc-spec.json
  edit '.process.env = ["PATH=/bin", "OF=process"]
    | .hooks.startContainer = [{path: "/bin/busybox", args: ["env"], env: ["A=1", "B="]}, {path: "/bin/env"},
        {path: "/bin/busybox", args: ["env"], env: []}, {path: "/bin/busybox", args: ["echo", "a b", ""]}]'
  inside 'echo payload'
  succeeds
  same "said" "$output" $'A=1\nB=\nPATH=/bin\nOF=process\na b \npayload'
}

@test "startContainer: a hook that fails ends the container, before the next hook and the payload" {
  root_bundle runc-spec.json
  edit '.root.readonly = false'
  hook true
  hook 'exit 3'
  hook 'echo next'
  inside 'echo payload'
  fails_at 1 "exited with status 3"
  edit '.hooks.startContainer = []'
  hook 'kill -9 $$'
  inside 'echo payload'
  fails_at 0 "was killed by signal 9"
}

@test "startContainer: what can't be executed is an error of the hook that says why, with a filter and without" {
  root_bundle runc-spec.json
  echo 'no program' > "$B/rootfs/bin/text"; printf '#!/no/such\n' > "$B/rootfs/bin/script"; chmod 755 "$B"/rootfs/bin/{text,script}
  echo x > "$B/rootfs/bin/plain"
  local round
  for round in without with; do
    edit '.hooks.startContainer = [{path: "/bin/none"}]'; inside true
    fails 125 E_HOOK "hooks.startContainer[0] (/bin/none): the command does not exist in the root file system: No such file or directory"
    edit '.hooks.startContainer = [{path: "/bin/text"}]'; inside true
    fails 125 E_HOOK "hooks.startContainer[0] (/bin/text): executing /bin/text: Exec format error"
    edit '.hooks.startContainer = [{path: "/bin/script"}]'; inside true
    fails 125 E_HOOK 'hooks.startContainer[0] (/bin/script): the interpreter /no/such, named by the file'
    edit '.hooks.startContainer = [{path: "/bin/plain"}]'; inside true
    fails 125 E_HOOK "hooks.startContainer[0] (/bin/plain): executing /bin/plain: Permission denied"
    edit '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"} | .process.noNewPrivileges = true'
  done
}

@test "startContainer: the path is the container's" {
  root_bundle runc-spec.json
  local marker="$T/ran"
  printf '#!/bin/sh\ntouch %s\n' "$marker" > "$T/host-program"; chmod 755 "$T/host-program"
  edit --arg path "$T/host-program" '.hooks.startContainer = [{path: $path}]'
  inside true
  fails 125 E_HOOK "hooks.startContainer[0] ($T/host-program): the command does not exist in the root file system"
  [ ! -e "$marker" ]
}

@test "startContainer: after its timeout a hook ends with the container, and all that it started" {
  root_bundle runc-spec.json
  hook 'setsid sleep 876543 & sleep 876543' '{"timeout": 1}'
  local begin="$EPOCHREALTIME"
  inside 'echo payload'
  fails_at 0 "did not end within 1 seconds"
  [ $((${EPOCHREALTIME/./} - ${begin/./})) -lt 8000000 ]
  [ $((${EPOCHREALTIME/./} - ${begin/./})) -ge 1000000 ]
  ! pgrep -f 'sleep 876543'
}

@test "startContainer: a hook within its timeout is no error" {
  root_bundle runc-spec.json
  hook 'sleep 0.1; echo hook' '{"timeout": 60}'
  inside 'echo payload'
  succeeds
  same "said" "$output" $'hook\npayload'
}

@test "startContainer: the payload gets no zombie, and neither it nor a hook a descriptor" {
  root_bundle runc-spec.json
  hook '(true &) ; (true &); sleep 0.1; echo hook /proc/self/fd/*'
  inside 'grep -l "^State:.Z" /proc/[0-9]*/status; echo payload /proc/self/fd/*; echo $$'
  same "status" "$status" 0
  # the shell opens the directory to list it
  same "hook" "${lines[0]}" "hook /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3"
  same "payload" "${lines[1]}" "payload /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3"
  same "pid" "${lines[2]}" 1
}

@test "startContainer: SIGTERM meanwhile ends the run, and the state is created until then" {
  root_bundle runc-spec.json
  hook 'echo waiting; sleep 876543'
  script 'echo payload'
  "$SHIM" bundle run --bundle "$B" --id "$ID" > "$OUT" 2> "$ERR" < /dev/null 3>&- &
  SHIM_PID=$!; STARTED+=("$SHIM_PID")
  wait_for 10 says waiting
  same "status" "$(jq -r .status "$B/.locald-shim-state/$ID/state.json")" created
  kill -TERM "$SHIM_PID"
  ended
  same "status" "$status" 143
  ! says payload
}

@test "startContainer: an unprivileged caller's hooks, as the caller" {
  user_bundle locald-service.json
  hook 'id -u; grep Uid /proc/self/status; cat' '{"timeout": 60}'
  inside 'echo payload'
  succeeds
  same "pid" "$(sed -n 3p <<< "$output" | jq .pid)" 1
  same "uid" "${lines[0]}" "$(jq .process.user.uid "$B/config.json")"
  same "last" "${lines[-1]}" payload
  hook 'exit 1'
  inside 'echo payload'
  same "status" "$status" 125
  has "error" "$stderr" "hooks.startContainer[1] (/bin/sh): exited with status 1 [E_HOOK]"
}

@test "startContainer: nothing in the container could trace container init while it can load a filter" {
  root_bundle runc-spec.json
  edit '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"} | .process.capabilities.bounding += ["CAP_SYS_PTRACE"]'
  hook true
  inside true
  fails 125 E_CONFIG_UNSUPPORTED "hooks.startContainer[0] (/bin/sh): a hook that can have CAP_SYS_PTRACE"
}

@test "startContainer: a hook of the payload's user can't look into container init" {
  root_bundle runc-spec.json
  edit '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"}'
  hook 'head -c 1 /proc/1/mem; for f in /proc/1/fd/*; do readlink $f; done; readlink /proc/1/root; cat /proc/1/environ; true'
  inside true
  same "status" "$status" 0
  same "seen" "$output" ""
  has "denied" "$stderr" "Permission denied"
}
