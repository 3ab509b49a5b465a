# Invocation and environment: a change of ids, groups or capabilities that fails (EAGAIN for a uid at its limit of
# processes, EPERM under a policy). "Check the return value of setuid": the run must end, never go on with privilege.
load ../e2e/helper

# What the payload is.
facts='grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:)" /proc/self/status; cat /proc/self/uid_map /proc/self/gid_map'

# sweep ERRNO: each such call of each process once. POINTS: how many; RAN: those after which the payload ran, which
# then was no other than it is without a fault.
sweep() {
  local process n name ran
  capture deny "$TEST_UID" "$TEST_GID" 99 1 "$1" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  succeeds
  has "facts" "$output" CapEff
  PLAIN="$output" POINTS=0 RAN=()
  for process in 0 1 2 3; do
    for ((n = 1; n < 200; n++)); do
      status=0
      deny "$TEST_UID" "$TEST_GID" "$process" "$n" "$1" "$SHIM" bundle run --bundle "$B" --id "$ID" > "$T/stdout" 2> "$T/stderr" 3> "$T/denied" < /dev/null || status=$?
      name="$(cat "$T/denied")"
      [ -n "$name" ] || break
      POINTS=$((POINTS + 1))
      judge "$name $n"
    done
    [ "$n" -gt 2 ] # each process has such calls
  done
  # Those were the keeper's own, which ends then; of groups that the caller did not have; and the monitor's, when it
  # had nothing to do but to clean up: never the interpreter's, never container init's on its way to the payload.
  for ran in "${RAN[@]}"; do [[ "$ran" =~ ^(2\ |3\ setgroups\ 1$|0\ (capset|setresuid)\ [0-9]+$) ]] || { echo "ran after $ran"; return 1; }; done
  echo "# errno $1: $POINTS points, the payload ran, as without a fault, after ${#RAN[@]}: ${RAN[*]}" >&3
}

judge() {
  if [ ! -s "$T/stdout" ]; then
    [ "$status" = 125 ] && grep -qE '^locald-shim: error: .* \[E_[A-Z_]+\]$' "$T/stderr" && return
    echo "$1: status $status $(cat "$T/stderr")"; return 1
  fi
  RAN+=("$1")
  [[ "$PLAIN" == "$(< "$T/stdout")"* ]] || same "the payload after $1" "$(< "$T/stdout")" "$PLAIN" # or it was killed meanwhile
}

@test "EPERM or EAGAIN from every set*id, setgroups and capset: the run ends with 125 and no payload; with delegated ids and a cgroup" {
  user_bundle locald-service.json
  map_subordinate_ids
  edit '.process.user = {uid: 5, gid: 6, additionalGids: [7]}'
  script "$facts"
  sweep 1
  sweep 11
}

@test "the same for a caller with one id, and no cgroup" {
  user_bundle runc-spec-rootless.json
  script "$facts"
  sweep 1
}
