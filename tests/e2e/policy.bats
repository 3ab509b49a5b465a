# /etc/locald-shim.conf: what the administrator says of callers who are not root.
load helper

CONF=/etc/locald-shim.conf

policy() { printf '%s\n' "$@" > "$CONF"; chmod 644 "$CONF"; }

setup_file() { [ ! -e "$CONF" ] && [ ! -L "$CONF" ] || cp -a "$CONF" "$BATS_FILE_TMPDIR/conf"; }
teardown_file() { rm -rf "$CONF"; [ ! -e "$BATS_FILE_TMPDIR/conf" ] || cp -a "$BATS_FILE_TMPDIR/conf" "$CONF"; }

# helper.bash has teardown for what a test leaves; a policy is left to nobody.
eval "$(declare -f teardown | sed '1s/teardown/teardown_host/')"
teardown() { rm -rf "$CONF"; teardown_host; }

@test "a policy that says nothing changes nothing" {
  user_bundle runc-spec-rootless.json
  policy "# nothing" ""
  inside "echo in"
  succeeds
  same output "$output" in
}

@test "a policy that is not root's alone, or no regular file, lets nobody in, not even root" {
  local make
  for make in "policy; chown $TEST_UID $CONF" "policy; chmod 664 $CONF" "policy; chmod 646 $CONF" \
    "ln -s /etc/hostname $CONF" "ln -s /nowhere $CONF" "mkfifo $CONF" "mkdir $CONF" "head -c 1100000 /dev/zero > $CONF"; do
    rm -rf "$CONF"
    eval "$make"
    for owner in user root; do
      rm -rf "$T/bundle"
      make_bundle "$owner" "$([ "$owner" = root ] && echo runc-spec.json || echo runc-spec-rootless.json)"
      inside "echo in"
      fails 125 E_POLICY /etc/locald-shim.conf || { echo "$owner: $make"; return 1; }
    done
  done
}

@test "a policy that callers can't read is an error that says so" {
  user_bundle runc-spec-rootless.json
  policy "join-namespaces = yes"
  chmod 600 "$CONF"
  inside "echo in"
  fails 125 E_POLICY /etc/locald-shim.conf
  has stderr "$stderr" "chmod 644"
}

@test "a policy that is not understood lets nobody in, and says the line" {
  user_bundle runc-spec-rootless.json
  local line
  for line in "gruop = root" "max-containers = many" "ports = 80,443" "cgroup-roots = /../x" "group = nobody-has-this-group"; do
    policy "# a comment" "$line"
    inside "echo in"
    fails 125 E_POLICY /etc/locald-shim.conf || { echo "$line"; return 1; }
  done
  capture "$SHIM" --shim-version
  succeeds
}

@test "group: only its members may run containers; root may" {
  user_bundle runc-spec-rootless.json
  script "echo in"
  policy "group = staff"
  local staff
  staff="$(getent group staff | cut -d : -f 3)"
  run_container
  fails 125 E_AUTHORITY /etc/locald-shim.conf
  AS=(setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --groups "$staff" --)
  run_container
  succeeds
  AS=(setpriv --reuid "$TEST_UID" --regid "$staff" --clear-groups --)
  edit --argjson gid "$staff" '.linux.gidMappings[0].hostID = $gid'
  chgrp "$staff" "$B/config.json"
  run_container
  succeeds
  policy "group = $TEST_GID"
  run_container
  fails 125 E_AUTHORITY /etc/locald-shim.conf
  rm -rf "$B"
  root_bundle runc-spec.json
  inside "echo in"
  succeeds
}

@test "max-containers: the next one of the same user is refused until one has ended, also by SIGKILL; root is not counted" {
  policy "max-containers = 2"
  user_bundle runc-spec-rootless.json
  script "trap 'exit 0' TERM; sleep 60 & wait"
  ID=one start; local one="$SHIM_PID"
  ID=two start
  ID=three run_container
  fails 125 E_LIMIT /etc/locald-shim.conf
  kill -KILL "$one"
  wait_for 5 gone "$one"
  script "exit 0"
  admitted() { ID=three run_container; [ "$status" = 0 ]; }
  wait_for 5 admitted
  kill -TERM "$SHIM_PID"
  ended
  script "trap 'exit 0' TERM; sleep 60 & wait"
  ID=four start; ID=five start
  local user_bundle="$B"
  root_bundle runc-spec.json "$T/root"
  inside "echo in"
  succeeds
  B="$user_bundle"
}

@test "max-containers = 0: nobody but root" {
  policy "max-containers = 0"
  user_bundle runc-spec-rootless.json
  inside "echo in"
  fails 125 E_LIMIT /etc/locald-shim.conf
  capture "${AS[@]}" "$SHIM" admin self-check
  same status "$status" 1
  has policy "$output" "problem  policy: max-containers = 0"
}

@test "max-containers counts each user for itself" {
  policy "max-containers = 1"
  user_bundle runc-spec-rootless.json
  script "trap 'exit 0' TERM; sleep 60 & wait"
  start
  # another uid whose bundle is refused for another reason: it was let in
  mkdir "$T/other"; chmod 755 "$T/other"
  capture setpriv --reuid 64001 --regid 64001 --clear-groups -- "$SHIM" bundle run --bundle "$T/other" --id x
  fails 125 E_CONFIG_OPEN config.json
  rm -f /run/locald-shim.64001.key
}

@test "the count can't be escaped or blocked by the caller: the file is root's, and short or torn ones are written again" {
  local key="/run/locald-shim.$TEST_UID.key"
  rm -f "$key"
  user_bundle runc-spec-rootless.json
  script "exit 0"
  capture "${AS[@]}" prlimit --fsize=10:10 -- "$SHIM" bundle run --bundle "$B" --id "$ID" # what it says is invocation.bats' affair
  run_container
  succeeds
  same "size and mode" "$(stat -c '%s %a %u' "$key")" "64 600 0"
  capture "${AS[@]}" cat "$key"
  [ "$status" != 0 ]
  capture "${AS[@]}" flock --nonblock "$key" true
  [ "$status" != 0 ]
}

@test "cgroup-roots: cgroups below them, and nowhere else; a leaf that is chosen is below the first" {
  policy "cgroup-roots = /teams/a /b"
  user_bundle runc-spec-rootless.json
  script "trap 'exit 0' TERM; sleep 60 & wait"
  edit '.linux.cgroupsPath = "/locald/x" | del(.linux.resources)'
  run_container
  fails 125 E_AUTHORITY linux.cgroupsPath
  edit '.linux.cgroupsPath = "/b/x"'
  start
  [ -d "$(cgroup_mount)/b/x" ]
  kill -TERM "$SHIM_PID"; ended
  edit 'del(.linux.cgroupsPath) | .linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 3, access: "rwm"}]'
  start
  compgen -G "$(cgroup_mount)/teams/a/uid-$TEST_UID-*" > /dev/null
}

@test "join-namespaces = no: refused for a user, not for root" {
  policy "join-namespaces = no"
  user_bundle runc-spec-rootless.json
  script "exit 0"
  edit '.linux.namespaces |= (map(select(.type != "network")) + [{type: "network", path: "/proc/self/ns/net"}])'
  run_container
  fails 125 E_AUTHORITY linux.namespaces
  has stderr "$stderr" policy
  rm -rf "$B"
  root_bundle runc-spec.json
  script "exit 0"
  edit '.linux.namespaces |= (map(select(.type != "network")) + [{type: "network", path: "/proc/'$$'/ns/net"}])'
  run_container
  succeeds
}

@test "self-check says what is wrong with the policy, and who may not" {
  AS=(setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --)
  policy "ports = none"
  capture "${AS[@]}" "$SHIM" admin self-check
  same status "$status" 1
  has policy "$output" "problem  policy: $CONF:1: expected at most 32 ports"
  policy "group = staff"
  capture "${AS[@]}" "$SHIM" admin self-check
  same status "$status" 1
  has policy "$output" "problem  policy: only members of group"
  policy "max-containers = 5" "join-namespaces = no" "ports = 8080"
  capture "${AS[@]}" "$SHIM" admin self-check
  same status "$status" 0
  has policy "$output" "ok       policy: $CONF: 5 containers a user; namespaces of one's own may not be joined; ports 8080"
}
