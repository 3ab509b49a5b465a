# What the tests of cgroups share.

CGROUPS=/sys/fs/cgroup

# in_cgroup OWNER FIXTURE [RESOURCES]: $B becomes OWNER's (root, user) bundle with these linux.resources; $CG is its cgroup.
in_cgroup() {
  OWNER="$1"
  echo "as $1"
  "$1_bundle" "$2" "$T/$1"
  CG="$CGROUPS/locald/vm/$1.scope"
  edit --argjson resources "${3:-{\}}" --arg path "${CG#"$CGROUPS"}" '.linux.cgroupsPath = $path | .linux.resources = $resources'
}

# limited OWNER RESOURCES
limited() { if [ "$1" = root ]; then in_cgroup root runc-spec.json "$2"; else in_cgroup user locald-service.json "$2"; fi; }

# stop: ends the container of `start`, which must not take long, and looks for its cgroup.
stop() {
  kill -KILL "$INIT_PID"
  ended
  same "cgroup" "$(ls -d "$CGROUPS/locald/vm" 2>/dev/null)" ""
}

# event FILE KEY: a number of a cgroup's flat keyed file.
event() { sed -n "s/^$2 //p" "$CG/$1"; }
grew() { [ "$(event "$1" "$2")" -gt "${3:-0}" ]; }

# refused OWNER CODE WHERE WHAT: it does not start, says why in one line, and no cgroup is left.
refused() {
  run_container
  fails 125 "$1" "$2"
  has "the reason" "$stderr" "$3"
  same "cgroup" "$(ls -d "$CGROUPS/locald/vm" 2>/dev/null)" ""
}

tree_set_up() { "$SHIM" admin cgroup setup > /dev/null; }
tree_taken_down() { rmdir "$CGROUPS"/locald{.slice,}/pin "$CGROUPS"/locald{.slice,} 2>/dev/null || true; }
