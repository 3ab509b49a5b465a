# process.apparmorProfile, process.selinuxLabel, linux.mountLabel on a host that has neither: refused by name. What they
# do where they are enabled: tests/vm/apparmor.bats.
load helper

has_apparmor() { [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]; }

# refused PROPERTY MODULE, as both callers
refused() {
  local bundle
  for bundle in "root_bundle runc-spec.json" "user_bundle runc-spec-rootless.json"; do
    rm -rf "$T/bundle"
    $bundle
    edit --arg p "$1" 'setpath($p | split("."); "unconfined") | .mounts |= map(select(.type != "mqueue"))'
    run_container
    fails 125 E_CONFIG_UNSUPPORTED "$1: $2 is not enabled on this host"
    edit --arg p "$1" 'setpath($p | split("."); "")' # nothing is asked
    inside 'echo ran'
    same "empty" "$output" ran
  done
}

@test "a profile is refused by name where AppArmor is off" {
  if has_apparmor; then # as in the virtual machine: there it is not
    root_bundle runc-spec.json
    edit '.process.apparmorProfile = "unconfined"'
    inside 'cat /proc/self/attr/apparmor/current'
    same "profile" "$output" unconfined
  else
    refused process.apparmorProfile AppArmor
  fi
}

@test "a context is refused by name where SELinux is off" { refused process.selinuxLabel SELinux; }

@test "a context of mounts is refused by name where SELinux is off" { refused linux.mountLabel SELinux; }
