# What a profile of 437 system calls (podman's) adds to a start. Sourced by bench.sh.

profile="$(awk -f tests/unit/fixtures/profile.awk tests/unit/fixtures/podman-profile.txt)"
make_bundle root root.profile --argjson s "$profile" '.linux.seccomp = $s'
make_bundle user user.profile --argjson s "$profile" '.linux.seccomp = $s'
for owner in root user; do
  floor="rules 0"; [ "$owner" = root ] || floor="plain 0"
  row floor - "" "$(floor_run "$owner" "$owner" "$floor")"
  row "no filter" warm "" "$(shim_run "$owner")"
  row "profile" warm "plus 0.3 2" "$(shim_run "$owner.profile")"
  row "no filter, first start" first "" "$(shim_run "$owner")"
  row "profile, first start" first "plus 0.3 4" "$(shim_run "$owner.profile")"
  measure "$owner" "linux.seccomp, caller: $owner"
done
