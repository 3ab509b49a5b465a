# What the files of tests/attacks share that run $EVIL, the shim whose interpreter attacks (tests/attacks/evil/verbs.c).
load ../e2e/helper

# A bundle that runs as it stands; its config.json is also in $T/good.
evil_bundle() {
  user_bundle "${1:-locald-service.json}"
  script 'echo ran'
  cp "$B/config.json" "$T/good"
  WRONG=()
}

evil_container() { "${AS[@]}" "$EVIL" bundle run --bundle "$B" --id "$ID" < /dev/null; }

# lines LINE...: what the interpreter is to do; behind it stands the file $PLAN, or the good config.json.
lines() { { printf '!%s\n' "$@"; cat "${PLAN:-$T/good}"; } > "$B/config.json"; }

evil() { lines "$@"; capture evil_container; }

# attack CODE LINE...: refused with that code, by the decoder or the gate. Failures are gathered.
attack() {
  evil "${@:2}"
  fails 125 "$1" '' > "$T/why" || WRONG+=("${*:2}"$'\n'"$(cat "$T/why")")
}

# The end of a test of rows: without an attack the same plan is run, so it was the attack that was refused.
attacks_done() {
  [ "${#WRONG[@]}" = 0 ] || { printf 'wrong: %s\n' "${WRONG[@]}"; return 1; }
  cat "$T/good" > "$B/config.json"
  capture evil_container
  succeeds
  same "the plan without an attack" "$output" ran
}
