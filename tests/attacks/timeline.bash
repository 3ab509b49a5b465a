# Runs of which the timeline is looked at: by privilege.bats, and by `make timeline`.

# traced COMMAND...: the timeline of a run, into $TIMELINE. Once before, untraced: so that the cache is warm, as mostly.
traced() {
  local ids=()
  [ "${#AS[@]}" = 0 ] || ids=(-u "$TEST_UID" -g "$TEST_GID")
  command_is /bin/true
  run_container; same "the untraced run" "$status $stderr" "0 "
  TIMELINE="$T/timeline"
  timeline "${ids[@]}" -r monitor,interpreter,keeper,init "$SHIM" bundle run --bundle "$B" --id "$ID" \
    > "$TIMELINE" 2> "$T/stderr" < /dev/null 3>&-
  local role
  for role in monitor interpreter keeper init; do grep -q "^$role " "$TIMELINE" || { echo "no $role in"; cat "$TIMELINE"; return 1; }; done
}

plain() { edit 'del(.linux.resources.devices) | del(.process.capabilities.ambient)'; }

# A terminal, a cgroup, device rules, a filter, a network of its own.
full() {
  plain
  edit '.linux.cgroupsPath = "/locald/privilege/leaf" | .process.terminal = true | .process.noNewPrivileges = false | .process.oomScoreAdj = 500
    | .linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 7, access: "r"}]
    | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["ptrace"], action: "SCMP_ACT_ERRNO"}]}
    | .linux.namespaces |= (map(select(.type != "cgroup" and .type != "network")) + [{type: "cgroup"}, {type: "network"}])'
}
