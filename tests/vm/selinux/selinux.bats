# process.selinuxLabel and linux.mountLabel, on a machine of their own: it is booted with SELinux in place of AppArmor.
load ../../e2e/helper

# The policy is loaded once and enforced from then on.
setup_file() {
  mkdir -p /sys/fs/selinux
  mount -t selinuxfs selinuxfs /sys/fs/selinux
  cat "$E2E_PREBUILT/selinux.policy" > /sys/fs/selinux/load
  echo 1 > /sys/fs/selinux/enforce
}

both_labels() {
  edit '.process.selinuxLabel = "u:r:container_t:s0:c1,c2" | .process.noNewPrivileges = false
    | .linux.mountLabel = "u:r:closed_t:s0:c1,c2" | .mounts |= map(select(.type != "mqueue")) | .linux.maskedPaths = ["/data"]'
}

labelled() {
  inside 'tr "\0" "\n" < /proc/self/attr/current; grep -E " /dev | /dev/pts | /data " /proc/self/mounts | cut -d " " -f 2,4 | cut -d , -f 1-3; echo a > /dev/shm/x || echo denied'
  same "status" "$status" 0
  same "process" "${lines[0]}" "u:r:container_t:s0:c1,c2"
  same "mounts" "$(grep -c 'context="u:r:closed_t:s0:c1,c2"' <<< "$output")" 3
  same "a write" "${lines[-1]}" denied
}

@test "selinuxLabel and mountLabel: the process, /dev, /dev/pts and a masked directory have them, and they bite" {
  root_bundle runc-spec.json
  both_labels
  labelled
}

@test "selinuxLabel and mountLabel: the same for an unprivileged caller" {
  user_bundle runc-spec-rootless.json
  both_labels
  labelled
}

@test "selinuxLabel: without it the process stays what the shim is" {
  user_bundle runc-spec-rootless.json
  inside 'tr "\0" "\n" < /proc/self/attr/current; echo a > /dev/shm/x && echo written'
  same "output" "$(echo $output)" "u:r:kernel_t:s0 written"
}

@test "selinuxLabel: a label that the policy does not have is an error of it" {
  user_bundle runc-spec-rootless.json
  edit '.process.selinuxLabel = "u:r:none_t:s0"'
  run_container
  fails 125 E_LABEL process.selinuxLabel
}

@test "mountLabel: a label that the policy does not have is an error of the mount" {
  root_bundle runc-spec.json
  edit '.linux.mountLabel = "u:r:none_t:s0" | .mounts |= map(select(.type != "mqueue"))'
  run_container
  same "status" "$status" 125
  has "mount" "$stderr" "mounts["
}

@test "apparmorProfile is refused by name where AppArmor is not" {
  user_bundle runc-spec-rootless.json
  edit '.process.apparmorProfile = "x"'
  run_container
  same "status" "$status" 125
  has "name" "$stderr" "process.apparmorProfile: "
}
