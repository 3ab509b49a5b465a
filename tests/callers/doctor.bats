# `locald doctor` in each state that the machine can be in. The layout of a test: $P/bin/locald and a shim beside it.
load ../e2e/helper

eval "$(declare -f setup | sed '1s/setup/setup_host/')"
setup() {
  setup_host
  P="$T/p"
  mkdir -p "$P/bin"
  install -m 755 "${SHIM%/*}/locald" "$P/bin/locald"
}

# doctor: sets json; both forms agree in status.
doctor() {
  capture as_user "$P/bin/locald" doctor
  text="$output" plain="$status"
  capture as_user "$P/bin/locald" doctor --json
  same "both forms" "$status" "$plain"
  same stderr "$stderr" ""
  json="$output"
}

# state NAME: what the check said; of several, the worst.
state() { jq -r --arg name "$1" '[.checks[] | select(.name == $name).state] | if index("problem") then "problem" elif index("warning") then "warning" else first // "none" end' <<< "$json"; }
fix() { jq -r --arg name "$1" 'first(.checks[] | select(.name == $name and .state != "ok").fix)' <<< "$json"; }

@test "doctor: no shim: says so with the fix, and what can be seen without one" {
  doctor
  same status "$status" 1
  same ok "$(jq .ok <<< "$json")" false
  same shim "$(state shim)" problem
  same fix "$(fix shim)" "run: sudo locald admin setup"
  for check in kernel namespaces cgroup ids; do same "$check" "$(state $check)" ok; done
  has text "$text" "problem  shim: $P/bin/locald-shim: there is no locald-shim"
  has text "$text" "fix: run: sudo locald admin setup"
}

@test "doctor: a shim that is not setuid, or that others can replace" {
  install -m 755 "$SHIM" "$P/bin/locald-shim"
  doctor
  same status "$status" 1
  same states "$(state shim) $(state privileged) $(state version)" "ok problem none"
  install -m 4775 "$SHIM" "$P/bin/locald-shim"
  doctor
  same status "$status" 1
  same states "$(state shim) $(state privileged)" "ok problem"
  has text "$text" LOCALD_E_UNSAFE
}

@test "doctor: another version" {
  install -m 4755 /bin/true "$P/bin/locald-shim"
  doctor
  same status "$status" 1
  same states "$(state shim) $(state privileged) $(state version)" "ok ok problem"
  same fix "$(fix version)" "run: sudo locald admin setup"
}

@test "doctor: a shim that works: all of its self-check, as it is" {
  install -m 4755 "$SHIM" "$P/bin/locald-shim"
  doctor
  same status "$status" 0
  same ok "$(jq .ok <<< "$json")" true
  same states "$(state shim) $(state privileged) $(state version) $(state usable) $(state ids)" "ok ok ok ok ok"
  same "its findings" "$(jq -c '[.checks[3:-1][] | [.name, .text, .fix]]' <<< "$json")" \
    "$(as_user "$P/bin/locald-shim" admin self-check --format json | jq -c '[.checks[] | [.name, .message, .fix]]')"
}

@test "doctor: no delegated ids is a warning, with and without a shim" {
  cp /etc/subuid "$T/subuid"
  : > /etc/subuid
  doctor
  local without="$(state ids)"
  install -m 4755 "$SHIM" "$P/bin/locald-shim"
  doctor
  cat "$T/subuid" > /etc/subuid
  same status "$status" 0
  same ids "$without $(state ids)" "warning warning"
  has fix "$(fix ids)" "usermod --add-subuids"
}

@test "doctor: what the host's policy forbids is a problem" {
  echo "max-containers = 0" > /etc/locald-shim.conf
  install -m 4755 "$SHIM" "$P/bin/locald-shim"
  doctor
  rm /etc/locald-shim.conf
  same status "$status" 1
  same states "$(state policy) $(state usable)" "problem problem"
}

@test "doctor: usage" {
  capture as_user "$P/bin/locald" doctor --xml
  same status "$status" 125
  has stderr "$stderr" LOCALD_E_ARGUMENT
}
