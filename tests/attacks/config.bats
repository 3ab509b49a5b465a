# config.json: what it is, what it says, how it changes. Whatever it is, the shim reads it once, as its caller, by a
# process without power; it is refused with a line or it is run.
load ../e2e/helper

setup() {
  eval "$(sed -n '/^setup() {/,/^}/p' "$REPO/tests/e2e/helper.bash" | sed '1s/setup/helper_setup/')"
  helper_setup
  user_bundle locald-service.json
  script 'echo ran'
  GOOD="$(cat "$B/config.json")"
}

good() { rm -rf "$B/config.json"; printf '%s\n' "$GOOD" > "$B/config.json"; }

# refused CODE WHERE: config.json as it stands, at once.
refused() {
  local begin="${EPOCHREALTIME/./}"
  run_container
  fails 125 "$1" "$2"
  [ "$((${EPOCHREALTIME/./} - begin))" -le "$((3000000 * ${TIME_SCALE:-1}))" ] # a machine under load; what hangs would do so for 8 s, or for good
}

# bad CODE WHERE JQ-FILTER: what the filter makes of the good one is refused.
bad() {
  jq "$3" <<< "$GOOD" > "$B/config.json"
  run_container
  fails 125 "$1" "$2" || { echo "$3"; return 1; }
}

@test "config.json is a FIFO, a device, a socket, a directory, a hole of 1 GiB: refused at once, not a byte is read" {
  rm "$B/config.json"; mkfifo -m 666 "$B/config.json"
  refused E_CONFIG_OPEN config.json
  rm "$B/config.json"; mknod -m 666 "$B/config.json" c 1 5
  refused E_CONFIG_OPEN config.json
  rm "$B/config.json"; mkdir "$B/config.json"
  refused E_CONFIG_OPEN config.json
  rmdir "$B/config.json"; jq -n '"x"' > /dev/null; "$TOOLS/launch" socket "$B/config.json"
  refused E_CONFIG_OPEN config.json
  rm "$B/config.json"; truncate -s 1G "$B/config.json"; chmod 644 "$B/config.json"
  refused E_CONFIG_SIZE config.json
  good
}

@test "config.json is a link to what the caller may not read, to a device, to a FIFO, to the shim's own /proc: not one byte is echoed" {
  local to
  mkdir -m 700 "$T/secret"; chown 0:0 "$T/secret"
  printf '{"ociVersion": "sesame"}' > "$T/secret/file"
  install -m 600 "$T/secret/file" "$T/root-only"
  mkfifo -m 666 "$T/fifo"
  for to in /etc/shadow "$T/root-only" "$T/secret/file" /dev/zero /dev/urandom "$T/fifo" /proc/self/environ /proc/self/mem /proc/self/fd/0 /proc/1/environ \
    /run/locald-shim."$TEST_UID".key config.json; do
    rm -f "$B/config.json"; ln -s "$to" "$B/config.json"
    run_container
    [ "$status" = 125 ] && [ -z "$output" ] && [[ "$stderr" == "locald-shim: error: config.json: "*"[E_CONFIG_"* ]] || { echo "$to: $status $output $stderr"; return 1; }
    [[ "$stderr" != *sesame* && "$stderr" != *root:* && "$stderr" != *PATH* ]]
  done
  good
}

@test "a hundred thousand nested brackets and braces" {
  local pair
  for pair in '[' '{"a":' '[[],' '{"a":[' ; do
    { printf '{"ociVersion": '; for ((i = 0; i < 100000; i += 1000)); do printf "%.0s$pair" {1..1000}; done; } > "$B/config.json"
    refused E_CONFIG_JSON config.json
  done
  good
}

@test "a million keys, a hundred thousand variables, strings of a MiB, memory bombs: refused at a limit" {
  seq -f '"k%.0f":0,' 0 999999 | { printf '{'; tr -d '\n'; printf '"z":0}'; } > "$B/config.json"
  refused E_CONFIG_SIZE config.json
  bad E_CONFIG_VALUE process.env '.process.env = [range(100000) | "A=\(.)"]'
  bad E_CONFIG_VALUE process.args '.process.args = ["/bin/sh", (range(100000) | "x")]'
  local path text; text="$(head -c 1048576 /dev/zero | tr '\0' x)"
  printf '"%s"' "$text" > "$T/long"
  for path in .hostname .process.cwd '.process.args[1]' '.process.env[0]' .root.path '.mounts[0].destination' '.mounts[4].source' '.mounts[1].options[0]' \
    '.mounts[0].type' '.linux.maskedPaths[0]' .linux.cgroupsPath .ociVersion '.linux.namespaces[0].type'; do
    jq --slurpfile long "$T/long" "$path = \$long[0]" <<< "$GOOD" > "$B/config.json"
    run_container
    [ "$status" = 125 ] && [ "${#stderr}" -lt 2000 ] && [[ "$stderr" == "locald-shim: error: "* ]] || { echo "$path: $status ${stderr:0:300}"; return 1; }
  done
  { printf '{"a":['; yes '[0],' | head -c 4100000 | tr -d '\n'; printf '0]}'; } > "$B/config.json" # a table each
  run_container
  [ "$status" = 125 ] && [[ "$stderr" == *"[E_INTERPRETER_MEMORY]"* ]] || { echo "$status ${stderr:0:300}"; return 1; }
  good
}

@test "NUL in every string of the bundle, in every place" {
  local path n=0
  while read -r path; do
    bad E_CONFIG_ '' "setpath($path; getpath($path) + \"\\u0000x\")" > "$T/why" || [[ "$stderr" == *"[E_CONFIG_VALUE]"* && "$status" = 125 ]] || { echo "$path $stderr"; return 1; }
    n=$((n + 1))
  done < <(jq -c 'paths(type == "string")' <<< "$GOOD")
  [ "$n" -ge 60 ]
  good
}

# A pattern of Lua's that is malformed: where one of these were used as one, the interpreter would fail.
@test "text that would be a pattern in every string of the bundle: never taken as one" {
  local path n=0
  while read -r path; do
    jq "setpath($path; \"[%\")" <<< "$GOOD" > "$B/config.json"
    run_container
    [[ "$stderr" != *malformed* && "$stderr" != *"[E_INTERPRETER"* && "$stderr" != *"[E_INTERNAL]"* ]] || { echo "$path: $stderr"; return 1; }
    n=$((n + 1))
  done < <(jq -c 'paths(type == "string")' <<< "$GOOD")
  [ "$n" -ge 60 ]
  good
}

@test "not quite JSON: a mark of the byte order, what stands behind, NaN, bad UTF-8, lone surrogates, comments" {
  local text
  for text in $'\xef\xbb\xbf'"$GOOD" "$GOOD x" "$GOOD$GOOD" "$GOOD," "$(jq -c . <<< "$GOOD")]" '{"a":NaN}' '{"a":Infinity}' '{"a":-Infinity}' '{"a":nan}' '{"a":0x10}' '{"a":01}' \
    '{"a":+1}' '{"a":.5}' '{"a":1.}' $'{"a":"\xff"}' $'{"a":"\xc0\xaf"}' $'{"a":"\xed\xa0\x80"}' $'{"a":"\xf5\x80\x80\x80"}' '{"a":"\ud800"}' '{"a":"\udc00"}' '{"a":"\ud800\u0041"}' \
    '{"a":"\ud800\ud800"}' '{"a":"\x41"}' "{'a':1}" '{"a":1,}' '{"a" 1}' '{a:1}' '[1' '{"a":"b' '// x' '/* x */ {}' "#$GOOD" '' ' ' '[]' null 7; do
    printf '%s' "$text" > "$B/config.json"
    run_container
    fails 125 E_CONFIG_JSON config.json || { echo "text: ${text:0:100}"; return 1; }
  done
  good
}

# What OCI and its readers leave open: docs/conformance.md, config.duplicate-names and config.unknown-properties.
@test "keys that stand twice: the last one counts, for the gate too; Linux beside linux is an unknown property" {
  local text="${GOOD%\}}"
  printf '%s, "hostname": "first", "hostname": "last"}' "$text" > "$B/config.json"
  run_container; succeeds; same "output" "$output" ran
  printf '%s, "linux": {"namespaces": [{"type": "mount"}]}}' "$text" > "$B/config.json"
  run_container; fails 125 E_AUTHORITY linux.namespaces
  jq '.Linux = {namespaces: []} | .linux.Namespaces = [] | .PROCESS = 7 | .Root = {path: "/"}' <<< "$GOOD" > "$B/config.json"
  run_container; succeeds; same "output" "$output" ran
  good
}

@test "ids 4294967295, 2^32, 1.5, -0, 1e999, 2^53+1, -1, text: refused, at every place that has an id" {
  local path value
  for path in .process.user.uid .process.user.gid '.process.user.additionalGids[0]' '.linux.uidMappings[0].containerID' '.linux.uidMappings[0].hostID' \
    '.linux.uidMappings[0].size' '.linux.gidMappings[0].containerID' '.linux.gidMappings[0].hostID' '.linux.gidMappings[0].size'; do
    for value in 4294967295 4294967296 1.5 -0 1e999 9007199254740993 -1 '"1000"' '"0"' 18446744073709551615 -9223372036854775808 null true '[0]'; do
      [ "$path $value" != '.process.user.additionalGids[0] null' ] || continue
      jq "$path = \"@here@\"" <<< "$GOOD" | sed "s/\"@here@\"/$value/" > "$B/config.json"
      run_container
      [ "$status" = 125 ] && [ -z "$output" ] && [[ "$stderr" == *"[E_CONFIG_"* ]] || { echo "$path = $value: $status $output $stderr"; return 1; }
    done
  done
  good
}

# Outside of the monitor's own "leave as it is" no call on ids has a -1.
@test "-1 never reaches a system call that takes an id: of container init, from its clone to the payload" {
  map_subordinate_ids
  edit '.process.user = {uid: 5, gid: 6, additionalGids: [7]} | .linux.uidMappings[1].size = 1000 | .linux.gidMappings[1].size = 1000'
  strace -f -qq -u "$TEST_USER" -e signal=none -e trace=/set.*id,setgroups,/.*chown.*,clone3 -o "$T/trace" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  local init; init="$(sed -n 's/.*clone3(.*CLONE_NEWUSER.* = \([0-9]*\)$/\1/p' "$T/trace" | head -n 1)"
  [ -n "$init" ] || init="$(sed -n 's/^\([0-9]*\) .*setgroups(1, \[7\]).*/\1/p' "$T/trace")"
  grep "^$init " "$T/trace" > "$T/init"
  [ "$(grep -cE 'setres[ug]id' "$T/init")" -ge 4 ]
  ! grep -E -- '-1[,)]|4294967295' "$T/init"
}

@test "newlines, escape sequences, %s and bad bytes in a string that reaches an error: one line, escaped" {
  local value path
  for path in .process.cwd .root.path '.mounts[4].source' .linux.cgroupsPath '.linux.namespaces[0].type' .ociVersion '.process.rlimits[0].type' '.process.args[0]' .hostname; do
    for value in 'a\nlocald-shim: error: forged [E_OK]' '\u001b[2J\u001b]0;x\u0007' '%s%s%n%n' 'x\r\u0008\u0008' '\u0085\u009b2J'; do
      jq "$path = \"$value\"" <<< "$GOOD" > "$B/config.json"
      run_container
      [ -n "$stderr" ] || continue # a host name may be anything
      [ "$(grep -c '' "$T/stderr")" -le 2 ] && ! LC_ALL=C grep -q '[^ -~]' "$T/stderr" || { echo "$path $value:"; cat -v "$T/stderr"; return 1; }
      ! grep -q '^locald-shim: error: forged' "$T/stderr"
    done
  done
  good
}

@test "config.json is looked up once, opened for reading once, and read to its end once, by the interpreter" {
  strace -f -qq -u "$TEST_USER" -y -e trace=openat,openat2,open,read,pread64,mmap -o "$T/trace" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  same "look-ups of the name" "$(grep -cE 'open(at2?)?\(.*"config.json"' "$T/trace")" 1 # O_PATH: what is read is that object
  same "opens" "$(grep -E 'open(at2?)?\(.* = [0-9]+<.*/config.json>$' "$T/trace" | grep -vc O_PATH)" 1
  same "ends" "$(grep -E '(read|pread64)\([0-9]+<[^>]*config.json>.* = 0$' "$T/trace" | wc -l)" 1
  same "readers" "$(grep -E '(read|pread64|mmap)\(.*<[^>]*config.json>' "$T/trace" | cut -d' ' -f1 | sort -u | wc -l)" 1
}

@test "config.json is exchanged all the time: each of 10,000 runs is wholly the one or wholly the other" {
  local n="${ROUNDS:-10000}" said
  edit '.process.env = ["WHO=one"] | .hostname = "one"'
  script 'echo $WHO $(hostname); exit 1'
  cp -p "$B/config.json" "$T/other"
  edit '.process.env = ["WHO=two"] | .hostname = "two"'
  script 'echo $WHO $(hostname); exit 2'
  chown "$TEST_UID" "$T"
  capture exchange "$TEST_UID" "$TEST_GID" "$n" "$T/other" "$SHIM" "$B" "$ID"
  succeeds
  said="$(sort -rn <<< "$output")"
  echo "# $(paste -sd, <<< "$said")" >&3
  ! grep -vE '^[0-9]+ (1 one one ?|2 two two ?|replaced)$' <<< "$said"
  [ "$(sed -n 's/ 1 one.*//p' <<< "$said")" -ge "$((n / 50))" ] && [ "$(sed -n 's/ 2 two.*//p' <<< "$said")" -ge "$((n / 50))" ]
}
