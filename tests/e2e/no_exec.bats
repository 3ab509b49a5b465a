# "No exec of external code" in numbers: the shim's start and the payload's.
load helper

# traced COMMAND...: prints the successful execs of a run.
execs() { strace -f -qq -e trace=execve,execveat -e signal=none -o "$T/trace" "$@" < /dev/null; grep ' = 0$' "$T/trace"; }

@test "a run makes exactly two execs: the shim, and the payload" {
  root_bundle runc-spec.json
  command_is true
  capture execs "$SHIM" bundle run --bundle "$B" --id "$ID"
  same "execs" "${#lines[@]}" 2
  has "first" "${lines[0]}" locald-shim
  has "second" "${lines[1]}" true
}

@test "a run of an unprivileged caller makes exactly two execs" {
  user_bundle locald-service.json
  command_is true
  capture execs -u "$TEST_USER" "$SHIM" bundle run --bundle "$B" --id "$ID"
  same "execs" "${#lines[@]}" 2
}

@test "the payload's exec comes after pivot_root, by process 1" {
  root_bundle runc-spec.json
  command_is true
  strace -f -qq -e trace=execve,execveat,pivot_root -o "$T/trace" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  capture awk '/ = 0$/ { print $1, substr($2, 1, index($2, "(") - 1) }' "$T/trace"
  same "calls" "$(cut -d' ' -f2 <<< "$output" | paste -sd' ')" "execve pivot_root execve"
  same "process" "${lines[1]%% *}" "${lines[2]%% *}"
}
