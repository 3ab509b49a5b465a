# Interpreter, plan, gate: the caller's own processes reach for those of the shim while a container starts.
# CVE-2026-41163 (bubblewrap), CVE-2016-8659 (bubblewrap), CVE-2020-5291 (bubblewrap): the unprivileged helper of a
# setuid program was dumpable, so its user drove the privileged half through it.
load ../e2e/helper

stalk() {
  cp "$TOOLS/stalker" "$B/rootfs/bin/stalker"
  command_is /bin/stalker pause 2
  edit '.process.env = ["STALKER=1"]'
  capture timeout 500 "${AS[@]}" "$TOOLS/stalker" "${ROUNDS:-10000}" "${STARTS:-300}" "$SHIM" bundle run --bundle "$B" --id "$ID" --report-fd 9 "$@"
  echo "$output"
}

# Nothing but what the user id alone allows; each role was tried often enough, and the payload was, which is fair.
held() {
  local role
  same "status" "$status" 0
  for role in monitor interpreter keeper init; do
    has "$role" "$output" "$role tried "
    [ "$(sed -n "s/^$role tried \([0-9]*\) got 0$/\1/p" <<< "$output")" -ge "${ROUNDS:-10000}" ]
    sed -n "s/^$role tried.*/# &/p" <<< "$output" >&3
  done
  [ "$(sed -n 's/^payload tried //p' <<< "$output")" -ge 100 ]
  same "runs that ended otherwise" "$(sed -n 's/^starts [0-9]* odd //p' <<< "$output")" 0
}

@test "CVE-2026-41163, CVE-2016-8659, CVE-2020-5291: ptrace, mem, fd, process_vm, pidfd_getfd, setns ... by parent and sibling, from clone to exec" {
  user_bundle runc-spec-rootless.json
  stalk
  held
  grep -q '^monitor stop [0-9]* by uid$' <<< "$output" # what a user may do with a program of its own: nothing comes of it
  # the keeper can be stopped until it is root's; the run waits for it (keeper.bats)
}

@test "the same with delegated ids and a cgroup" {
  user_bundle locald-service.json
  map_subordinate_ids
  edit '.process.user = {uid: 0, gid: 0}'
  ROUNDS="$((${ROUNDS:-10000} / 5))" STARTS=50 stalk
  ROUNDS="$((${ROUNDS:-10000} / 5))" held
}
