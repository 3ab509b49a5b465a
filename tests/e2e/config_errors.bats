# config.json that can't be run: exit 125, one line with the JSON path, nothing done, nothing left.
load helper

# Prepares for rows: a bundle whose config.json is $GOOD.
rows() {
  user_bundle locald-service.json
  script 'echo ran'
  GOOD="$(cat "$B/config.json")"
  WRONG=()
}

# row CODE WHERE JQ-FILTER: the filter's result must be refused. Failures are gathered, so that one run shows all.
row() {
  jq "$3" <<< "$GOOD" > "$B/config.json"
  run_container
  fails "125" "$1" "$2" > "$T/why" || WRONG+=("$3"$'\n'"$(cat "$T/why")")
}

# Each row is one error's path and filter; ends the test.
rows_done() {
  [ "${#WRONG[@]}" = 0 ] || { printf 'wrong: %s\n' "${WRONG[@]}"; return 1; }
  printf '%s\n' "$GOOD" > "$B/config.json"
  run_container
  same "the bundle without a mistake" "$output" ran
}

# wrong_type PATH EXPECTED-KIND: every other JSON type at the jq path is refused, naming it.
wrong_type() {
  local where="${1#.}" value
  for value in string number boolean array object; do
    [ "$value" != "$2" ] || continue
    case "$value" in
      string) value='"text"' ;; number) value=7 ;; boolean) value=true ;; array) value='["x"]' ;; object) value='{"x": 1}' ;;
    esac
    row E_CONFIG_TYPE "$where" "$1 = $value"
  done
}

@test "wrong types: the document and process" {
  rows
  wrong_type .ociVersion string
  wrong_type .hostname string
  wrong_type .domainname string
  wrong_type .annotations object
  wrong_type .process object
  wrong_type .process.terminal boolean
  wrong_type .process.consoleSize object
  wrong_type .process.args array
  wrong_type '.process.args[0]' string
  wrong_type .process.env array
  wrong_type '.process.env[0]' string
  wrong_type .process.cwd string
  wrong_type .process.noNewPrivileges boolean
  rows_done
}

@test "wrong types: process.user, capabilities, rlimits" {
  rows
  wrong_type .process.user object
  wrong_type .process.user.uid number
  wrong_type .process.user.gid number
  wrong_type .process.user.umask number
  wrong_type .process.user.additionalGids array
  wrong_type '.process.user.additionalGids[0]' number
  wrong_type .process.capabilities object
  wrong_type .process.capabilities.bounding array
  wrong_type '.process.capabilities.ambient[0]' string
  wrong_type .process.rlimits array
  wrong_type '.process.rlimits[0]' object
  wrong_type '.process.rlimits[0].type' string
  wrong_type '.process.rlimits[0].soft' number
  wrong_type '.process.rlimits[0].hard' number
  rows_done
}

@test "wrong types: root and mounts" {
  rows
  wrong_type .root object
  wrong_type .root.path string
  wrong_type .root.readonly boolean
  wrong_type .mounts array
  wrong_type '.mounts[0]' object
  wrong_type '.mounts[0].destination' string
  wrong_type '.mounts[0].type' string
  wrong_type '.mounts[0].source' string
  wrong_type '.mounts[1].options' array
  wrong_type '.mounts[1].options[1]' string
  rows_done
}

@test "wrong types: linux" {
  rows
  wrong_type .linux object
  wrong_type .linux.cgroupsPath string
  wrong_type .linux.resources object
  wrong_type .linux.resources.devices array
  wrong_type '.linux.resources.devices[0]' object
  wrong_type .linux.namespaces array
  wrong_type '.linux.namespaces[0]' object
  wrong_type '.linux.namespaces[0].type' string
  wrong_type .linux.uidMappings array
  wrong_type '.linux.uidMappings[0]' object
  wrong_type '.linux.uidMappings[0].containerID' number
  wrong_type '.linux.gidMappings[0].hostID' number
  wrong_type '.linux.gidMappings[0].size' number
  wrong_type .linux.maskedPaths array
  wrong_type '.linux.maskedPaths[0]' string
  wrong_type .linux.readonlyPaths array
  wrong_type '.linux.readonlyPaths[0]' string
  rows_done
}

@test "missing required properties" {
  rows
  local path
  for path in .ociVersion .process .process.args .process.cwd .process.user.uid .process.user.gid .root .root.path \
    '.mounts[0].destination' '.process.rlimits[0].type' '.process.rlimits[0].soft' '.process.rlimits[0].hard' \
    '.linux.namespaces[0].type' .linux.uidMappings .linux.gidMappings '.linux.uidMappings[0].containerID' \
    '.linux.uidMappings[0].hostID' '.linux.gidMappings[0].size'; do
    row E_CONFIG_MISSING "${path#.}" "del($path)"
  done
  rows_done
}

@test "unknown enum values" {
  rows
  row E_CONFIG_VALUE 'linux.namespaces[0].type' '.linux.namespaces[0].type = "pids"'
  row E_CONFIG_VALUE 'process.rlimits[0].type' '.process.rlimits[0].type = "RLIMIT_FILES"'
  row E_CONFIG_VALUE 'process.rlimits[0].type' '.process.rlimits[0].type = "NOFILE"'
  row E_CONFIG_VALUE 'linux.resources.devices[0].type' '.linux.resources.devices = [{allow: true, type: "x", access: "r"}]'
  row E_CONFIG_VALUE 'linux.resources.devices[0].access' '.linux.resources.devices = [{allow: true, type: "c", access: "rx"}]'
  row E_CONFIG_VALUE 'linux.rootfsPropagation' '.linux.rootfsPropagation = "sideways"'
  rows_done
}

@test "ociVersion: what is no version, and another major one, are refused; a newer 1.x is fine" {
  rows
  row E_CONFIG_VALUE ociVersion '.ociVersion = ""'
  row E_CONFIG_VALUE ociVersion '.ociVersion = "latest"'
  row E_CONFIG_UNSUPPORTED ociVersion '.ociVersion = "2.0.0"'
  rows_done
  edit '.ociVersion = "1.99.0"'
  run_container
  same "output" "$output" ran
}

@test "things that stand twice, or contradict each other" {
  rows
  row E_CONFIG_VALUE 'process.rlimits[1]' '.process.rlimits += [.process.rlimits[0]]'
  row E_CONFIG_VALUE 'process.rlimits[0]' '.process.rlimits[0].soft = 2048'
  row E_CONFIG_VALUE 'linux.namespaces[5]' '.linux.namespaces += [{type: "pid"}]'
  rows_done
}

@test "paths that must be absolute, and are not" {
  rows
  row E_CONFIG_VALUE process.cwd '.process.cwd = "relative"'
  row E_CONFIG_VALUE process.cwd '.process.cwd = ""'
  row E_CONFIG_VALUE 'mounts[0].destination' '.mounts[0].destination = "proc/.."'
  row E_CONFIG_VALUE 'mounts[0].destination' '.mounts[0].destination = ""'
  row E_CONFIG_VALUE 'linux.maskedPaths[0]' '.linux.maskedPaths[0] = "proc/acpi"'
  row E_CONFIG_VALUE 'linux.readonlyPaths[0]' '.linux.readonlyPaths[0] = "proc/bus"'
  row E_CONFIG_VALUE root.path '.root.path = ""'
  rows_done
}

@test "ids that are fractional, negative, over 2^32-2" {
  rows
  local path value code
  for path in .process.user.uid .process.user.gid '.linux.uidMappings[0].containerID' '.linux.gidMappings[0].hostID'; do
    for value in 1.5 -1 4294967295 4294967296 1e30; do
      code=E_CONFIG_VALUE; [ "$value" != 1.5 ] || code=E_CONFIG_TYPE
      row "$code" "${path#.}" "$path = $value"
    done
  done
  row E_CONFIG_VALUE 'process.user.additionalGids[0]' '.process.user.additionalGids = [-5]'
  rows_done
}

@test "properties that are known and not supported are refused by name, empty ones are no wish" {
  rows
  row E_CONFIG_UNSUPPORTED linux.intelRdt '.linux.intelRdt = {closID: "a"}'
  row E_CONFIG_UNSUPPORTED hooks.prestart '.hooks = {prestart: [{path: "/bin/true"}]}'
  row E_CONFIG_UNSUPPORTED hooks.createRuntime '.hooks = {createRuntime: [{path: "/bin/true"}]}'
  row E_CONFIG_UNSUPPORTED hooks.createContainer '.hooks = {createContainer: [{path: "/bin/true"}]}'
  row E_CONFIG_UNSUPPORTED hooks.poststart '.hooks = {poststart: [{path: "/bin/true"}]}'
  row E_CONFIG_UNSUPPORTED hooks.poststop '.hooks = {poststop: [{path: "/bin/true"}]}'
  row E_CONFIG_UNSUPPORTED 'linux.seccomp.defaultAction' '.linux.seccomp = {defaultAction: "SCMP_ACT_NOTIFY"}'
  rows_done
  edit '.linux.sysctl = {} | .linux.devices = null | .hooks = {} | .process.apparmorProfile = "" | .linux.resources.memory = {}'
  run_container
  same "output" "$output" ran
}

@test "unknown properties are ignored, as OCI says" {
  rows
  edit '.["org.example"] = {a: 1} | .process.shoeSize = 43 | .linux.colour = "red"'
  run_container
  succeeds
  same "output" "$output" ran
}

# file CODE WHERE: config.json as it stands is refused, within two seconds.
file() {
  local begin="$SECONDS"
  run_container
  fails 125 "$1" "$2"
  [ "$((SECONDS - begin))" -le 2 ]
}

@test "config.json: missing" {
  rows
  rm "$B/config.json"; BUNDLE_FILES="$(ls -A "$B")"
  file E_CONFIG_OPEN config.json
}

@test "config.json: 50 MB of blanks" {
  rows
  head -c 50000000 /dev/zero | tr '\0' ' ' > "$B/config.json"
  file E_CONFIG_SIZE config.json
}

@test "config.json: 4 MiB is read, a byte more is not" {
  rows
  { printf '%s' "$GOOD"; head -c $((4194304 - ${#GOOD})) /dev/zero | tr '\0' ' '; } > "$B/config.json"
  run_container
  same "output" "$output" ran
  printf ' ' >> "$B/config.json"
  file E_CONFIG_SIZE config.json
}

@test "config.json: a large one without a line break is no slower" {
  rows
  jq -c '.process.env += [range(12000) | "V\(.)=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"]' <<< "$GOOD" > "$B/config.json"
  [ "$(stat -c %s "$B/config.json")" -gt 1000000 ]
  command_is true
  jq -c . "$B/config.json" > "$T/compact"; cat "$T/compact" > "$B/config.json"
  local begin="$SECONDS"
  run_container
  same "status" "$status" 0
  [ "$((SECONDS - begin))" -le 2 ]
}

@test "a bundle that does not exist, is a file, or is out of reach: the same code" {
  rows
  local keep="$B"
  for B in "$T/nowhere" "$keep/config.json" /root/bundle /root/nothing; do
    file E_BUNDLE --bundle || { echo "bundle: $B"; return 1; }
  done
  B="$keep"
}

@test "a message about existing and missing paths that the caller can't see is the same" {
  rows
  mkdir -m 700 "$T/secret"; chown 0:0 "$T/secret"; mkdir "$T/secret/there"
  edit --arg s "$T/secret/there" '.mounts[4].source = $s'; run_container; local there="${stderr//there/X}"
  edit --arg s "$T/secret/nope" '.mounts[4].source = $s'; run_container
  same "messages" "${stderr//nope/X}" "$there"
}

@test "config.json is read once: what it says later changes nothing" {
  user_bundle locald-service.json
  script 'echo ready; while [ ! -e /workspace/go ]; do sleep 0.05; done; exit 7'
  start
  wait_for 5 says ready
  printf '{"ociVersion": "none"' > "$B/config.json"
  touch "$VOLUME/go"
  ended
  same "status" "$status" 7
}
