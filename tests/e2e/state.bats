# <bundle>/.locald-shim-state/<id>/state.json
load helper

@test "while it runs state.json is the OCI state; afterwards it is gone" {
  user_bundle locald-service.json
  edit '.annotations = {"org.example.one": "1", "two": "zwei \"ü\""}'
  command_is /bin/payload ignore
  start
  wait_for 5 says ready
  local state="$B/.locald-shim-state/$ID/state.json"
  jq -e --arg id "$ID" --arg bundle "$B" --argjson pid "$INIT_PID" '
    .ociVersion and .id == $id and .status == "running" and .pid == $pid and .bundle == $bundle
    and .annotations == {"org.example.one": "1", "two": "zwei \"ü\""}' "$state"
  same "owner" "$(stat -c %u:%g "$state")" "$TEST_UID:$TEST_GID"
  kill -KILL "$INIT_PID"
  ended
  [ ! -e "$B/.locald-shim-state" ]
}

@test "what a killed run left is used again" {
  user_bundle locald-service.json
  as_user mkdir -p "$B/.locald-shim-state/$ID"
  as_user sh -c 'echo garbage > "$1"; mkdir "$1.d"' - "$B/.locald-shim-state/$ID/state.json"
  as_user rmdir "$B/.locald-shim-state/$ID/state.json.d"
  inside 'echo ran'
  succeeds
  same "output" "$output" ran
}

@test "state of root's making is not touched: the run is refused, as the caller" {
  user_bundle locald-service.json
  mkdir -m 700 "$B/.locald-shim-state"
  inside true
  fails 125 E_STATE ''
  rmdir "$B/.locald-shim-state"
}

@test "a state directory that is a link to elsewhere writes nothing there" {
  user_bundle locald-service.json
  mkdir "$T/victim"
  as_user ln -s "$T/victim" "$B/.locald-shim-state"
  inside true
  [ -z "$(ls -A "$T/victim")" ]
  rm "$B/.locald-shim-state"
}

@test "a state.json that is a link is not written through" {
  user_bundle locald-service.json
  as_user sh -c 'echo precious > "$1"' - "$T/victim"
  as_user mkdir -p "$B/.locald-shim-state/$ID"
  as_user ln -s "$T/victim" "$B/.locald-shim-state/$ID/state.json"
  inside true
  same "victim" "$(cat "$T/victim")" precious
  rm -rf "$B/.locald-shim-state"
}

@test "a bundle that the caller can't write is refused with a message that names it" {
  user_bundle locald-service.json
  chown 0:0 "$B"
  inside true
  fails 125 E_STATE ''
  chown "$TEST_UID" "$B"
}
