# linux.seccomp: what the process's filter does, seen from inside; and what happens around its load.
load helper

# filter JSON: the bundle's linux.seccomp. The tools are put into its root file system.
filter() {
  cp "$TOOLS/syscalls" "$B/rootfs/bin/syscalls"
  edit --argjson s "$1" '.linux.seccomp = $s'
}

# rules JSON...: default allow, with these rules.
rules() { local IFS=,; filter "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[$*]}"; }

# calls CALL...: runs the tool with them.
calls() { command_is /bin/syscalls "$@"; run_container; }

# answers LINE...: what the last run printed.
answers() { succeeds && same "answers" "${lines[*]}" "$*"; }

# The profile of podman or containerd (tests/unit/fixtures) as linux.seccomp, for x86_64, x86 and x32.
profile() { awk -f "$REPO/tests/unit/fixtures/profile.awk" "$REPO/tests/unit/fixtures/$1-profile.txt"; }

@test "SCMP_ACT_ERRNO: the errno of the rule, EPERM without one, and 0" {
  user_bundle locald-service.json
  rules '{"names":["getpgrp"],"action":"SCMP_ACT_ERRNO","errnoRet":38}' '{"names":["getppid"],"action":"SCMP_ACT_ERRNO"}' \
    '{"names":["sync"],"action":"SCMP_ACT_ERRNO","errnoRet":0}'
  calls native:111 native:110 native:162 native:39
  answers -38 -1 0 1
}

@test "defaultErrnoRet is the default's only" {
  user_bundle locald-service.json
  filter '{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":77,"syscalls":[
    {"names":["getppid"],"action":"SCMP_ACT_ERRNO"},
    {"names":["execve","write","exit_group","brk","mmap","arch_prctl","set_tid_address","set_robust_list","rseq","prlimit64","readlinkat","readlink","getrandom","mprotect","fstat","newfstatat"],"action":"SCMP_ACT_ALLOW"}]}'
  calls native:110 native:39
  answers -1 -77
}

@test "kill: status 159 = 128 + SIGSYS, for the three words" {
  local word
  for word in SCMP_ACT_KILL SCMP_ACT_KILL_THREAD SCMP_ACT_KILL_PROCESS; do
    user_bundle locald-service.json "$T/$word"
    rules "{\"names\":[\"getppid\"],\"action\":\"$word\"}"
    calls native:39 native:110 native:39
    same "$word" "$status ${lines[*]}" "159 1"
  done
}

@test "trap, trace and log" {
  user_bundle locald-service.json
  rules '{"names":["getppid"],"action":"SCMP_ACT_TRAP"}' '{"names":["getpgrp"],"action":"SCMP_ACT_TRACE","errnoRet":9}' \
    '{"names":["getpid"],"action":"SCMP_ACT_LOG"}'
  calls trap native:39 native:111 native:110
  answers 1 -38 "SIGSYS 110 0"
}

@test "every comparison, over 64 bits" {
  local row op value two below at above
  while read -r op value two below at above; do
    user_bundle locald-service.json "$T/$op"
    rules "{\"names\":[\"personality\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":50,\"args\":[{\"index\":2,\"op\":\"SCMP_CMP_$op\",\"value\":$value,\"valueTwo\":$two}]}"
    calls native:135:0xffffffff:0:$((value - 1)) native:135:0xffffffff:0:$value native:135:0xffffffff:0:$((value + 1))
    same "$op" "${lines[*]}" "$below $at $above" || return 1
  done <<'ROWS'
NE 8589934592 0 -50 0 -50
LT 8589934592 0 -50 0 0
LE 8589934592 0 -50 -50 0
EQ 8589934592 0 0 -50 0
GE 8589934592 0 0 -50 -50
GT 8589934592 0 0 0 -50
MASKED_EQ 4294967296 4294967296 0 -50 -50
ROWS
}

@test "conditions on one argument are alternatives, on several all must hold" {
  user_bundle locald-service.json
  rules '{"names":["personality"],"action":"SCMP_ACT_ERRNO","errnoRet":50,"args":[
      {"index":0,"op":"SCMP_CMP_EQ","value":8},{"index":0,"op":"SCMP_CMP_EQ","value":9}]}' \
    '{"names":["getpriority"],"action":"SCMP_ACT_ERRNO","errnoRet":51,"args":[
      {"index":0,"op":"SCMP_CMP_EQ","value":0},{"index":1,"op":"SCMP_CMP_EQ","value":0}]}'
  calls native:135:8 native:135:9 native:135:0xffffffff native:140:0:0 native:140:0:1
  answers -50 -50 0 -51 20
}

@test "i386 and x32: killed where they are not listed, filtered where they are" {
  [ "$(uname -m)" = x86_64 ] || return 0
  local call
  for call in i386:20 x32:39; do
    user_bundle locald-service.json "$T/${call%:*}"
    rules '{"names":["getppid"],"action":"SCMP_ACT_ERRNO"}'
    calls native:39 "$call"
    same "$call" "$status ${lines[*]}" "159 1"
  done
  user_bundle locald-service.json "$T/listed"
  filter '{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86","SCMP_ARCH_X32"],
    "syscalls":[{"names":["getppid","no_such_call"],"action":"SCMP_ACT_ERRNO","errnoRet":44}]}'
  calls native:110 i386:64 x32:110 native:39
  answers -44 -44 -44 1
}

@test "the profiles of podman and containerd run a shell and forbid what they forbid" {
  local name unknown
  for name in podman containerd; do
    user_bundle locald-service.json "$T/$name"
    filter "$(profile $name)"
    inside 'echo $((6 * 7)); ls / > /dev/null; mount -t tmpfs x /tmp 2>&1 | grep -c "mount"; (echo sub)'
    succeeds
    same "shell" "${lines[*]}" "42 1 sub"
    # swapon, which gives EFAULT elsewhere, and a call that nobody knows yet
    unknown=-38; [ $name = podman ] || unknown=-1
    calls native:167 native:1000
    answers -1 $unknown
  done
}

@test "Seccomp: 2 and one filter in /proc/self/status, for root and others; no_new_privs as the bundle says" {
  local owner fixture nnp
  for nnp in true false; do
    for owner in root user; do
      fixture=locald-service.json; [ $owner = user ] || fixture=runc-spec.json
      ${owner}_bundle $fixture "$T/$owner.$nnp"
      rules '{"names":["getppid"],"action":"SCMP_ACT_ERRNO"}'
      edit ".process.noNewPrivileges = $nnp | .process.capabilities = {}"
      inside 'grep -E "^(NoNewPrivs|Seccomp|Seccomp_filters|CapPrm|CapEff):" /proc/self/status | tr -d "\n\t"'
      succeeds
      same "$owner $nnp" "$output" \
        "CapPrm:0000000000000000CapEff:0000000000000000NoNewPrivs:$([ $nnp = true ]; echo $((1 - $?)))Seccomp:2Seccomp_filters:1"
    done
  done
}

@test "loading the filter gives the process no capability under no_new_privs" {
  root_bundle runc-spec.json
  rules '{"names":["getppid"],"action":"SCMP_ACT_ERRNO"}'
  edit '.process.noNewPrivileges = true | .process.capabilities = {bounding: ["CAP_SYS_ADMIN", "CAP_KILL"], permitted: ["CAP_KILL"], effective: ["CAP_KILL"]}'
  inside 'grep -E "^Cap(Prm|Eff):" /proc/self/status | tr -d "\n\t"'
  succeeds
  same "sets" "$output" "CapPrm:0000000000000020CapEff:0000000000000020"
}

@test "flags: TSYNC, LOG and SPEC_ALLOW are taken, others refused" {
  user_bundle locald-service.json
  filter '{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_TSYNC","SECCOMP_FILTER_FLAG_LOG","SECCOMP_FILTER_FLAG_SPEC_ALLOW"]}'
  inside 'grep -c "Seccomp:.2" /proc/self/status'
  succeeds
  same "filtered" "$output" 1
  filter '{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_NEW_LISTENER"]}'
  inside true
  fails 125 E_CONFIG_VALUE 'linux.seccomp.flags[0]'
}

@test "between the filter's load and execve there is no system call" {
  root_bundle runc-spec.json
  rules '{"names":["getppid"],"action":"SCMP_ACT_ERRNO"}'
  command_is true
  strace -f -qq -o "$T/trace" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  capture awk '/SET_MODE_FILTER/ { pid = $1 } $1 == pid && !/SET_MODE_FILTER/ && $2 != "<..." && !said { print; said = 1 }' "$T/trace"
  same "calls" "${#lines[@]}" 1
  has "next call" "$output" 'execve("/bin/true"'
}

@test "a filter that forbids everything: execve too" {
  user_bundle locald-service.json
  filter '{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":13}'
  inside true
  fails 126 E_EXEC process.args
  filter '{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":0}'
  inside true
  fails 126 E_EXEC process.args
  filter '{"defaultAction":"SCMP_ACT_KILL_PROCESS"}'
  inside true
  same "status" "$status" 159
}

@test "126 and 127 are told under a filter that lets nothing through" {
  local all='{"defaultAction":"SCMP_ACT_KILL","syscalls":[{"names":["execve"],"action":"SCMP_ACT_ALLOW"}]}'
  user_bundle locald-service.json
  filter "$all"
  command_is /bin/nothing-here
  run_container
  fails 127 E_EXEC_NOT_FOUND process.args
  echo text > "$B/rootfs/tool"; chmod 644 "$B/rootfs/tool"
  command_is /tool
  run_container
  fails 126 E_EXEC process.args
  chmod 755 "$B/rootfs/tool" # ENOEXEC, which only execve finds
  run_container
  fails 126 E_EXEC process.args
}

# agent ANSWER: begins to listen at $T/agent.sock as the bundle's owner.
agent() {
  touch "$T/state" "$T/agent.out"; [ "${#AS[@]}" = 0 ] || chown "$TEST_UID" "$T/state"
  "${AS[@]}" "$TOOLS/agent" "$T/agent.sock" "$T/state" "$1" > "$T/agent.out" 2>&1 3>&- &
  AGENT=$!
  STARTED+=("$AGENT")
  wait_for 5 grep -q listening "$T/agent.out"
}

notifies() { # NAME [MORE]
  filter "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"$T/agent.sock\",\"listenerMetadata\":\"a \\\"b\\\" \\u0001\",
    \"syscalls\":[{\"names\":[\"$1\"],\"action\":\"SCMP_ACT_NOTIFY\"}]${2:-}}"
  edit '.annotations = {"k.e.y": "v"}'
}

@test "SCMP_ACT_NOTIFY: the agent gets the state with the descriptor, and answers" {
  local owner fixture
  for owner in root user; do
    fixture=locald-service.json; [ $owner = user ] || fixture=runc-spec.json
    ${owner}_bundle $fixture "$T/$owner"
    notifies getppid
    agent 4711
    calls native:110 native:110
    answers 4711 4711
    wait_for 5 gone "$AGENT"
    same "agent" "$(paste -sd' ' "$T/agent.out")" "listening fds 1 call 110 call 110"
    capture jq -r --arg b "$B" '[.ociVersion == .state.ociVersion, (.fds | join(",")), .pid > 0, .pid == .state.pid, .metadata,
      .state.status, .state.bundle == $b, .state.annotations["k.e.y"], .state.id] | @json' "$T/state"
    same "state" "$output" "[true,\"seccompFd\",true,true,\"a \\\"b\\\" \\u0001\",\"creating\",true,\"v\",\"$ID\"]"
    rm -f "$T/agent.sock"
  done
}

@test "SCMP_ACT_NOTIFY on execve, write and close; WAIT_KILLABLE_RECV" {
  local name
  for name in execve write close; do
    user_bundle locald-service.json "$T/$name"
    notifies $name ',"flags":["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'
    agent continue
    inside 'echo hello'
    succeeds
    same "$name" "$output" hello
    wait_for 5 gone "$AGENT"
    rm -f "$T/agent.sock"
  done
}

@test "a misspelt name in a rule that forbids is warned of" {
  user_bundle locald-service.json
  edit '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdri", "mkdirat", "mkdir"], action: "SCMP_ACT_ERRNO"}]}'
  inside 'mkdir /tmp/x 2> /dev/null || echo forbidden'
  succeeds
  same "output" "$output" forbidden
  has "warning" "$warnings" "linux.seccomp.syscalls: system calls that nobody knows stay allowed, if they are misspelt: mkdri"
}

@test "no listener: refused; a listener that no rule needs is not even looked for" {
  user_bundle locald-service.json
  notifies getppid
  inside true
  fails 125 E_FILE linux.seccomp.listenerPath
  filter "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"$T/agent.sock\"}"
  inside 'echo well'
  succeeds
  same "ran" "$output" well
}

@test "rules that libseccomp would combine to something else are refused" {
  user_bundle locald-service.json
  rules '{"names":["ioctl"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"op":"SCMP_CMP_GT","value":18446744069414584320}]}' \
    '{"names":["ioctl"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"op":"SCMP_CMP_LT","value":2}]}'
  inside true
  fails 125 E_CONFIG_UNSUPPORTED 'linux.seccomp.syscalls[0]'
}

@test "a listener of another user is out of reach" {
  user_bundle locald-service.json
  notifies getppid
  local owner=("${AS[@]}"); AS=(); agent 1; AS=("${owner[@]}")
  chmod 600 "$T/agent.sock"
  inside true
  fails 125 E_FILE linux.seccomp.listenerPath
}

@test "the cache: the second run is the same, a spoilt or foreign one is nothing, and it holds no secret" {
  local home file
  home="$(getent passwd "$TEST_USER" | cut -d: -f6)" file="$home/.locald-shim/cache"
  user_bundle locald-service.json
  rules '{"names":["getppid"],"action":"SCMP_ACT_ERRNO","errnoRet":44}'
  edit '.process.env += ["PASSWORD=hush-hush"]'
  rm -rf "$home/.locald-shim"
  calls native:110; answers -44
  same "modes" "$(stat -c '%U %a' "$home/.locald-shim" "$file" | paste -sd' ')" "$TEST_USER 700 $TEST_USER 600"
  [ -z "$(grep -a hush-hush "$file")" ]
  calls native:110; answers -44
  as_user dd if=/dev/urandom of="$file" bs=4096 count=8192 conv=notrunc status=none
  calls native:110; answers -44
  as_user rm -rf "$home/.locald-shim"; as_user ln -s "$T/volume" "$home/.locald-shim"
  calls native:110; answers -44
  same "behind the link" "$(ls "$T/volume")" ""
  as_user rm "$home/.locald-shim"; as_user mkdir -m 700 "$home/.locald-shim"
  echo precious > "$T/precious"; chmod 600 "$T/precious"; chown "$TEST_UID" "$T/precious"
  as_user mkfifo -m 600 "$file"
  calls native:110; answers -44
  rm -rf "$home/.locald-shim"
}

@test "the cache's key is root's, and the payload does not have it" {
  user_bundle locald-service.json
  inside true
  same "key" "$(stat -c '%u %a %s' "/run/locald-shim.$TEST_UID.key")" "0 600 64"
  capture as_user cat "/run/locald-shim.$TEST_UID.key"
  has "refused" "$stderr" "Permission denied"
}
