# What the monitor believes is in no confined process's reach.
load helper

# The order of what matters, in a word each: the children, and the shared mappings (the second one is a number that
# container init leaves for the monitor: why its exec failed). A line that strace had to break is
# counted where the call begins.
order() {
  strace -f -qq -e trace=mmap,madvise,clone3 -e signal=none -o "$T/trace" "$@" < /dev/null
  sed -n '
    /MAP_SHARED/                          s/.*/shared/p
    /MADV_DOFORK/                         s/.*/forked/p
    /MADV_DONTFORK/                       s/.*/unshared/p
    /clone3({flags=CLONE_PIDFD, /         s/.*/interpreter/p
    /clone3({flags=CLONE_FILES|/          s/.*/keeper/p
    /clone3({flags=.*CLONE_NEWNS/         s/.*/init/p' "$T/trace" | paste -sd' '
}

@test "struct host is in no child of the monitor but the keeper: not in the interpreter, not in container init" {
  root_bundle runc-spec.json
  command_is true
  capture order "$SHIM" bundle run --bundle "$B" --id "$ID"
  same "order, root" "$output" "shared unshared interpreter forked keeper unshared shared init"
  user_bundle locald-service.json
  command_is true
  capture order -u "$TEST_USER" "$SHIM" bundle run --bundle "$B" --id "$ID"
  same "order, user" "$output" "shared unshared interpreter forked keeper unshared shared init"
}

@test "the caller can't signal the keeper" {
  user_bundle locald-service.json
  command_is /bin/payload ignore
  start
  wait_for 5 says ready
  local keeper
  # other processes may end while this looks: cat's complaints are no matter
  keeper="$({ cat /proc/[0-9]*/stat 2>/dev/null || true; } | awk -v shim="$SHIM_PID" -v init="$INIT_PID" '$4 == shim && $1 != init { print $1 }')"
  [ -n "$keeper" ]
  same "real and saved uid" "$(awk '/^Uid:/ { print $2, $4 }' "/proc/$keeper/status")" "0 0"
  same "effective" "$(awk '/^CapEff:/ { print $2 }' "/proc/$keeper/status")" 0000000000000000
  run as_user kill -KILL "$keeper"
  [ "$status" != 0 ]
  kill -KILL "$INIT_PID"
  ended
}
