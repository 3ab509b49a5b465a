# process.*: args, env, cwd, user, capabilities, rlimits, noNewPrivileges
load helper

@test "args and env arrive byte for byte" {
  root_bundle runc-spec.json
  edit '.process.env = ["PATH=/bin", "A=one two", "EMPTY=", "Ü=\u00fc\n"]'
  command_is /bin/sh -c 'printf "[%s]" "$0" "$@"; tr "\\0" "|" < /proc/1/environ; true' '' 'a  b' $'new\nline' '*' 'ü'
  run_container
  succeeds
  same "output" "$output" $'[][a  b][new\nline][*][ü]PATH=/bin|A=one two|EMPTY=|Ü=ü\n|'
}

@test "args[0] without a slash is looked up in the bundle's PATH" {
  root_bundle runc-spec.json
  mkdir "$B/rootfs/opt"; printf '#!/bin/sh\necho found\n' > "$B/rootfs/opt/tool"; chmod 755 "$B/rootfs/opt/tool"
  edit '.process.env = ["PATH=/nowhere:/opt:/bin"]'
  command_is tool
  run_container
  succeeds
  same "output" "$output" found
}

@test "the caller's environment does not reach the payload" {
  root_bundle runc-spec.json
  export SECRET_OF_CALLER=s3cret
  command_is env
  run_container
  succeeds
  same "env" "$output" $'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nTERM=xterm'
}

@test "cwd: the payload starts there, it is made when it is missing" {
  root_bundle runc-spec.json
  edit '.process.cwd = "/workspace"'
  inside pwd
  succeeds
  same "cwd" "$output" /workspace
  edit '.process.cwd = "/not/there" | .root.readonly = false'
  inside pwd
  succeeds
  same "cwd" "$output" /not/there
}

@test "user: uid, gid, additionalGids and umask" {
  root_bundle runc-spec.json
  edit '.process.user = {uid: 1234, gid: 2345, additionalGids: [7, 4000], umask: 63}'
  inside 'grep -E "^(Uid|Gid|Groups):" /proc/self/status | tr "\t" " "; umask'
  succeeds
  same "Uid" "${lines[0]}" "Uid: 1234 1234 1234 1234"
  same "Gid" "${lines[1]}" "Gid: 2345 2345 2345 2345"
  same "Groups" "$(echo ${lines[2]})" "Groups: 7 4000"
  same "umask" "${lines[3]}" 0077
}

@test "user: without additionalGids there are no supplementary groups, umask is 0022" {
  root_bundle runc-spec.json
  inside 'sed -n "s/^Groups:\t*//p" /proc/self/status; umask'
  succeeds
  same "groups and umask" "$(tr -d ' \n' <<< "$output")" 0022
}

capability_masks='grep ^Cap /proc/self/status | tr "\t" " "'

@test "capabilities: runc spec's three, in effective, permitted and bounding, and no other" {
  root_bundle runc-spec.json
  inside "$capability_masks"
  succeeds
  has "permitted" "$output" "CapPrm: 0000000020000420"
  has "effective" "$output" "CapEff: 0000000020000420"
  has "bounding" "$output" "CapBnd: 0000000020000420"
}

@test "capabilities: ambient ones that are not inheritable can't be had; the shim says so" {
  root_bundle runc-spec.json
  inside "$capability_masks"
  succeeds
  has "ambient" "$output" "CapAmb: 0000000000000000"
  has "warning" "$warnings" process.capabilities.ambient
  edit '.process.capabilities.inheritable = .process.capabilities.permitted'
  inside "$capability_masks"
  has "ambient" "$output" "CapAmb: 0000000020000420"
  same "warnings" "$warnings" ""
}

@test "capabilities: the same three in all five sets, for an unprivileged caller" {
  user_bundle locald-service.json
  inside "$capability_masks"
  succeeds
  local set
  for set in Inh Prm Eff Bnd Amb; do has "masks" "$output" "Cap$set: 0000000020000420"; done
}

@test "capabilities: one that the kernel does not know is left out with a warning, as OCI says" {
  root_bundle runc-spec.json
  edit '.process.capabilities.bounding += ["CAP_EVERYTHING"]'
  inside "$capability_masks"
  succeeds
  has "bounding" "$output" "CapBnd: 0000000020000420"
  has "warning" "$warnings" CAP_EVERYTHING
}

@test "capabilities: ambient ones stay with a user who is not root" {
  root_bundle runc-spec.json
  edit '.process.user = {uid: 1234, gid: 1234} | .process.capabilities |= (.inheritable = .permitted)'
  inside "$capability_masks"
  succeeds
  has "effective" "$output" "CapEff: 0000000020000420"
  has "ambient" "$output" "CapAmb: 0000000020000420"
}

@test "capabilities: none are left when the bundle names none" {
  root_bundle runc-spec.json
  edit 'del(.process.capabilities)'
  inside "$capability_masks"
  succeeds
  local set
  for set in Inh Prm Eff Bnd Amb; do has "masks" "$output" "Cap$set: 0000000000000000"; done
}

@test "rlimits: NOFILE is 1024 inside and the other limits are the caller's" {
  root_bundle runc-spec.json
  ulimit -S -s 4096
  inside 'ulimit -Sn; ulimit -Hn; ulimit -Ss; ulimit -c'
  succeeds
  same "soft" "${lines[0]}" 1024
  same "hard" "${lines[1]}" 1024
  same "the caller's stack" "${lines[2]}" 4096
  same "core" "${lines[3]}" "$(ulimit -c)"
}

@test "noNewPrivileges: set as asked" {
  root_bundle runc-spec.json
  inside 'grep NoNewPrivs /proc/self/status'
  same "true" "$output" $'NoNewPrivs:\t1'
  edit '.process.noNewPrivileges = false'
  inside 'grep NoNewPrivs /proc/self/status'
  same "false" "$output" $'NoNewPrivs:\t0'
}

@test "the payload sees descriptors 0, 1 and 2 only" {
  root_bundle runc-spec.json
  script 'ls /proc/self/fd'
  capture bash -c 'for fd in 3 4 5 10 57 200; do eval "exec $fd</"; done
    exec "$0" bundle run --bundle "$1" --id "$2" </dev/null' "$SHIM" "$B" "$ID"
  succeeds
  same "descriptors (3 is ls's own)" "$(echo $output)" "0 1 2 3"
}

@test "signals: the payload starts with none blocked and none ignored but the caller's own choice" {
  root_bundle runc-spec.json
  inside 'exec grep -E "^Sig(Blk|Ign)" /proc/self/status'
  succeeds
  has "blocked" "$output" $'SigBlk:\t0000000000000000'
  # 32 and 33 are libc's own: posix_spawn(3) leaves them ignored in what it starts, and signal(2) of libc can't reach them
  same "ignored" "$((0x$(sed -n 's/^SigIgn:[[:space:]]*//p' <<< "$output") & ~0x180000000))" 0
}
