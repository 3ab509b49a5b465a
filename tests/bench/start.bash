# From start to end of /bin/true. Sourced by bench.sh.


row floor - "" "$(floor_run root "$others" "$others_floor")"
row "locald-shim" warm "at-most 1.25 1" "$(shim_run "$others")"
row "locald-shim, first start" first "" "$(shim_run "$others")"
other root "crun" "shim 0.5 2" "$(crun_run "" "$others")"
other root "runc" "shim 0.2 2" "$(runc_run "$others")"
measure root "root, $others_title"

if [ "$others" != root ]; then
  row floor - "" "$(floor_run root root "rules 0")"
  row "locald-shim" warm "at-most 1.25 1" "$(shim_run root)"
  row "locald-shim, first start" first "" "$(shim_run root)"
  measure root "root, runc's default bundle with its device rules"
fi

row floor - "" "$(floor_run user user "plain 0")"
row "locald-shim" warm "at-most 1.25 1" "$(shim_run user)"
row "locald-shim, first start" first "" "$(shim_run user)"
other user "bubblewrap" "shim 1 2" "$(bwrap_run user /bin/true)"
other user "crun, rootless" "shim 0.5 2" "$(crun_run "" user)"
other user "runc, rootless" "shim 0.2 2" "$(runc_run user)"
measure user "unprivileged, runc's rootless bundle"
