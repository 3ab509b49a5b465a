# locald-shim admin cgroup setup: the administrator's one act that lets unprivileged users' containers have limits.
load ../e2e/helper
load cgroup

switch_controllers() { printf -- "$1%s " $(cat "$CGROUPS/cgroup.controllers") > "$CGROUPS/cgroup.subtree_control"; }

# Each test begins on a host where nobody asked for a controller, and gives back the machine's.
bare() { rm -rf /run/systemd; tree_taken_down; switch_controllers -; }
restore() { rm -rf /run/systemd; tree_taken_down; switch_controllers +; }

limited_user() {
  user_bundle locald-service.json "$T/user"
  edit '.linux.resources = {memory: {limit: 33554432}, pids: {limit: 5}} | .linux.cgroupsPath = $path' --arg path "$1"
  command_is /bin/payload ignore
}

@test "before it, a user's limits are refused by name with the way out; after it they hold" {
  bare
  limited_user /locald/box.scope
  run_container
  fails 125 E_CGROUP linux.resources.memory.limit
  has "hint" "$stderr" "admin cgroup setup"
  [ ! -e "$CGROUPS/locald" ]
  capture "$SHIM" admin cgroup setup
  succeeds
  [[ "$output" == "locald-shim: cgroup /locald has the controllers: "*memory*pids* ]]
  start
  same "pids.max" "$(cat "$CGROUPS/locald/box.scope/pids.max")" 5
  kill -KILL "$INIT_PID"
  ended
  [ ! -e "$CGROUPS/locald/box.scope" ] && [ -d "$CGROUPS/locald/pin" ]
  restore
}

@test "every controller is enabled on the way down, and held by the pin" {
  bare
  "$SHIM" admin cgroup setup
  same "locald's" "$(cat "$CGROUPS/locald/cgroup.subtree_control")" "$(cat "$CGROUPS/cgroup.controllers")"
  same "the pin's" "$(cat "$CGROUPS/locald/pin/cgroup.subtree_control")" "$(cat "$CGROUPS/cgroup.controllers")"
  run switch_controllers -
  has "taken away" "$output" "Device or resource busy"
  same "the top's" "$(cat "$CGROUPS/cgroup.subtree_control")" "$(cat "$CGROUPS/cgroup.controllers")"
  same "owners" "$(stat -c '%u %a' "$CGROUPS/locald" "$CGROUPS/locald/pin" | sort -u)" "0 755"
  restore
}

@test "a bundle without a path gets its limits too, with systemd and without" {
  bare
  local system
  for system in no yes; do
    [ "$system" = no ] || mkdir -p /run/systemd/system
    echo "systemd: $system"
    "$SHIM" admin cgroup setup
    limited_user x
    edit 'del(.linux.cgroupsPath)'
    start
    same "pids.max" "$(cat "$CGROUPS$(sed -n 's/^0:://p' "/proc/$INIT_PID/cgroup")/pids.max")" 5
    kill -KILL "$INIT_PID"
    ended
  done
  restore
}
