# admin self-check where sysctls and the cgroup tree may be changed.
load ../e2e/helper

check() { capture as_user "$SHIM" admin self-check; }

@test "self-check: the cgroup's controllers before and after admin cgroup setup" {
  check
  same status "$status" 0
  has cgroup "$output" "note     cgroup: cgroup2 on /sys/fs/cgroup; /locald is not there yet"
  has fix "$output" "fix: sudo locald-shim admin cgroup setup"
  capture "$SHIM" admin cgroup setup
  check
  rmdir /sys/fs/cgroup/locald/pin /sys/fs/cgroup/locald
  same status "$status" 0
  has cgroup "$output" "ok       cgroup: cgroup2 on /sys/fs/cgroup; /locald has the controllers:"
}

@test "self-check: no namespaces of a kind, and setuid programs that dump core" {
  local most
  most="$(cat /proc/sys/user/max_user_namespaces)"
  echo 0 > /proc/sys/user/max_user_namespaces
  echo 1 > /proc/sys/fs/suid_dumpable
  check
  echo "$most" > /proc/sys/user/max_user_namespaces
  echo 0 > /proc/sys/fs/suid_dumpable
  same status "$status" 1
  has namespaces "$output" "problem  namespaces:"
  has fix "$output" "sysctl -w user.max_user_namespaces"
  has dumpable "$output" "note     suid_dumpable"
}
