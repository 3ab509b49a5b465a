# "Interpreter, plan, gate": the confined side is the attacker's. $EVIL is the shim with an interpreter that attacks
# (tests/attacks/evil); it is confined and judged as the real one is.
load ../e2e/helper

# evil LINE...: the container is run with an interpreter that does what the lines say, then what config.json says.
evil() {
  { printf '!%s\n' "$@"; printf '%s' "${PLAN:-}"; } > "$B/config.json"
  capture "${AS[@]}" "$EVIL" bundle run --bundle "$B" --id "$ID" < /dev/null
}

@test "an empty plan is refused" {
  user_bundle locald-service.json
  evil raw
  fails 125 E_PLAN_FORMAT plan
}
