# bundle plan: needs no setuid, performs nothing, prints the same bytes every time
load helper

plan() { "${AS[@]}" "$SHIM_PLAIN" bundle plan --bundle "$B" "$@"; }

@test "text: every step with number, where it runs, operation, origin and verdict" {
  user_bundle runc-spec-rootless.json
  capture plan
  succeeds
  grep -Eq '^[0-9]+ +init mount +mounts\[0\] +accepted .*fstype="?proc' <<< "$output"
  grep -Eq '^[0-9]+ +host unshare +linux\.namespaces +accepted .*' <<< "$output"
  grep -Eq '^[0-9]+ +host idmap +linux\.uidMappings\[0\] +accepted ' <<< "$output"
  grep -Eq '^[0-9]+ +init exec +process\.args +accepted ' <<< "$output"
  same "the last step" "$(grep -E '^[0-9]' <<< "$output" | tail -n 1 | awk '{ print $3 }')" exec
}

@test "json: the same steps for programs" {
  user_bundle runc-spec-rootless.json
  capture plan --format json
  succeeds
  jq -e '.accepted == true and (.steps | length > 20)
    and (.steps | map(.step) == [range(1; length + 1)])
    and all(.steps[]; .accepted and (.origin | length > 0) and (.stage == "host" or .stage == "init"))
    and any(.steps[]; .operation == "mount" and .origin == "mounts[0]" and .fields.fstype == "proc" and .fields.target == "/proc")
    and .steps[-1].operation == "exec" and .steps[-1].fields.args == ["sh"]' <<< "$output"
}

@test "the same bytes every time, in both formats, for each fixture" {
  local fixture format
  for fixture in runc-spec runc-1.5-spec crun-latest-spec runc-spec-rootless locald-service locald-cnb; do
    make_bundle "$(case $fixture in *rootless | locald*) echo user ;; *) echo root ;; esac)" "$fixture.json" "$T/$fixture"
    for format in text json; do
      plan --format "$format" > "$T/one"
      plan --format "$format" > "$T/two"
      cmp "$T/one" "$T/two"
      [ -s "$T/one" ]
    done
  done
}

@test "the setuid binary and its copy without setuid print the same" {
  user_bundle locald-service.json
  plan > "$T/plain"
  "${AS[@]}" "$SHIM" bundle plan --bundle "$B" > "$T/setuid"
  cmp "$T/plain" "$T/setuid"
}

@test "it performs nothing: no process, mount, cgroup or file" {
  user_bundle locald-service.json
  chmod 500 "$B"
  plan > /dev/null
}

@test "a step that the gate refuses for this caller is shown as refused" {
  user_bundle locald-service.json
  edit '.linux.cgroupsPath = "/elsewhere/x"'
  capture plan --format json
  has "the reason" "$output$stderr" E_AUTHORITY
  has "the origin" "$output$stderr" linux.cgroupsPath
}

@test "an error of the bundle: 125, the same line as run prints" {
  user_bundle locald-service.json
  edit '.process.cwd = "relative"'
  capture plan
  fails 125 E_CONFIG_VALUE process.cwd
  local said="$stderr"
  run_container
  fails 125 E_CONFIG_VALUE process.cwd
  same "message" "$stderr" "$said"
}

@test "text of the bundle can't drive the terminal" {
  user_bundle locald-service.json
  command_is $'a\e[31m\nb'
  capture plan
  lacks "text" "$output" $'\e'
  capture plan --format json
  lacks "json" "$output" $'\e'
  jq -e '.steps[-1].fields.args == ["a\u001b[31m\nb"]' <<< "$output"
}
