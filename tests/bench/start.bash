# From start to end of /bin/true. Sourced by bench.sh.

# The shim's state lies in the bundle, so in a file system with a journal; crun's and runc's lies in /run, which is a
# tmpfs. So there is a row with the bundle in one.
make_bundle root mounts/root .
make_bundle user mounts/user .

own_rows() { # OWNER "WHAT N"
  row floor - "" "$(floor_run "$1" "$1" "$2")"
  row "locald-shim" warm "at-most 1.25 1" "$(shim_run "$1")"
  row "locald-shim, first start" first "" "$(shim_run "$1")"
  row "floor, with a C library" - "" "$(floor_run "$1" "$1" "$2" | sed 's|/floor |/floor.libc |')"
  row "locald-shim, on a tmpfs" warm "at-most 1.25 4" "$(shim_run "mounts/$1")"
}

own_rows root "rules 0"
if prlimit --memlock=unlimited:unlimited true 2>/dev/null; then
  title="root, runc's default bundle"
else
  measure root "root, runc's default bundle"
  under=("$work/bin/memlock") title="the same, all under a filter for crun and runc: they may not raise RLIMIT_MEMLOCK here"
  own_rows root "rules 0"
fi
# crun mounts a cgroup2 anew, and that waits until the cgroups that were removed before are gone: 6 ms after a few quick
# runs, nothing when it runs alone. So it comes after runc, which takes its time.
other root "runc" "shim 0.2 2" "$(runc_run root)"
other root "crun" "shim 0.5 2" "$(crun_run "" root)"
measure root "$title"
under=()

own_rows user "plain 0"
other user "bubblewrap" "shim 1 2" "$(bwrap_run user /bin/true)"
other user "crun, rootless" "shim 0.5 2" "$(crun_run "" user)"
other user "runc, rootless" "shim 0.2 2" "$(runc_run user)"
measure user "unprivileged, runc's rootless bundle"
