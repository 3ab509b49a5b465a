# Id maps: what /etc/subuid and /etc/subgid delegate, and what a bundle asks for. What only an interpreter that attacks
# can ask is in authority.bats.
load ../e2e/helper

# The files are put back, whatever becomes of the test.
setup_file() { cp -p /etc/subuid "$BATS_FILE_TMPDIR/subuid"; cp -p /etc/subgid "$BATS_FILE_TMPDIR/subgid"; }
restore() { cat "$BATS_FILE_TMPDIR/subuid" > /etc/subuid; cat "$BATS_FILE_TMPDIR/subgid" > /etc/subgid; }
teardown_file() { restore; }

# delegate TEXT: both files say just that.
delegate() { printf '%b' "$1" > /etc/subuid; printf '%b' "$1" > /etc/subgid; }

# maps HOST-ID SIZE INSIDE: one more extent of each map.
mapping() {
  user_bundle runc-spec-rootless.json "$T/$((++made))"
  edit --argjson host "$1" --argjson size "${2:-1}" --argjson inside "${3:-1}" '
    .linux.uidMappings += [{containerID: $inside, hostID: $host, size: $size}] | .linux.gidMappings += [{containerID: $inside, hostID: $host, size: $size}]'
  inside 'cat /proc/self/uid_map'
}

# The map is refused, and nothing was written: no container was made.
refused() {
  mapping "$@"
  fails 125 "${CODE:-E_AUTHORITY}" linux.uidMappings || { echo "maps: $*"; return 1; }
}

given() { mapping "$@"; succeeds && has "maps: $*" "$(echo $output)" "1 $1 ${2:-1}"; }

@test "host ids 0, 999, another user's, another user's delegated ones, sizes 0 and 2^32, overlaps: refused before any write" {
  made=0
  delegate "somebody:300000:65536\n$TEST_USER:$SUB_UID:65536\n"
  local id
  for id in 0 1 999 1000 65534 300000 365535 $((SUB_UID - 1)) $((SUB_UID + 65536)) 4294967294; do refused "$id"; done
  refused "$((SUB_UID - 1))" 2
  refused "$SUB_UID" 65537
  refused "$((SUB_UID + 65535))" 2
  CODE=E_CONFIG_VALUE refused "$SUB_UID" 0
  CODE=E_CONFIG_VALUE refused "$SUB_UID" 4294967295
  CODE=E_CONFIG_VALUE refused "$SUB_UID" 4294967296
  CODE=E_CONFIG_VALUE refused 4294967295
  CODE=E_CONFIG_VALUE refused 4294967296
  CODE=E_CONFIG_VALUE refused "$SUB_UID" 5 0        # the same inside
  CODE=E_CONFIG_VALUE refused "$TEST_UID"           # the same outside
  CODE=E_CONFIG_VALUE refused "$SUB_UID" 10 4294967290
  given "$SUB_UID" 65536
  restore
}

@test "a refused map: no user namespace is made, no uid_map is opened" {
  user_bundle runc-spec-rootless.json
  edit '.linux.uidMappings[0].hostID = 0'
  script true
  capture strace -f -qq -u "$TEST_USER" -o "$T/trace" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  fails 125 E_AUTHORITY linux.uidMappings
  ! grep -E 'CLONE_NEW|unshare\(|setns\(|uid_map|gid_map' "$T/trace"
  edit --argjson uid "$TEST_UID" '.linux.uidMappings[0].hostID = $uid'
  strace -f -qq -u "$TEST_USER" -o "$T/trace" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  [ "$(grep -cE 'CLONE_NEWUSER|uid_map|gid_map' "$T/trace")" -ge 3 ] # the measure measures
}

@test "CVE-2018-7169: with no gid but the own one setgroups is denied, and a group that takes rights away is kept" {
  user_bundle runc-spec-rootless.json
  printf 'secret' > "$VOLUME/file"
  chown 0:0 "$VOLUME/file"; chmod 0604 "$VOLUME/file" # all but group 0 may read it
  edit --arg v "$VOLUME" '.mounts += [{destination: "/data", type: "bind", source: $v, options: ["bind"]}]'
  AS=(setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --groups 0 --)
  inside 'cat /proc/self/setgroups; cat /data/file; /bin/busybox setpriv --clear-groups cat /data/file; exit 3'
  same "status" "$status" 3
  same "output" "$output" deny
  edit '.process.user.additionalGids = [0]'
  inside 'cat /data/file'
  fails 125 E_CONFIG_VALUE process.user.additionalGids
}

# Made with a group of root's, as docker's socket is.
group_file() {
  : > "$VOLUME/file"; printf 'the socket' > "$VOLUME/file"
  chown 0:999 "$VOLUME/file"; chmod 0660 "$VOLUME/file"
  edit --arg v "$VOLUME" '.mounts += [{destination: "/data", type: "bind", source: $v, options: ["bind"]}]'
  AS=(setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --groups 999 --)
}

@test "a caller in group docker: the payload opens a file root:docker 0660: EACCES where groups can be dropped" {
  user_bundle runc-spec-rootless.json
  map_subordinate_ids
  group_file
  as_group() { setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --groups 999 -- "$@"; }
  same "the caller itself" "$(as_group cat "$VOLUME/file")" "the socket"
  inside 'cat /data/file; sed -n "s/^Groups:[ \t]*//p" /proc/self/status'
  has "message" "$stderr" "Permission denied"
  same "groups" "$(echo $output)" ""
}

@test "a caller in group docker without delegated gids: the group stays, as docs/security.md says" {
  user_bundle runc-spec-rootless.json
  group_file
  inside 'cat /data/file'
  succeeds
  same "output" "$output" "the socket"
  grep -q "Supplementary groups.. stay where the caller has no delegated gid range" "$REPO/docs/security.md"
}

@test "/etc/subuid: the name whole, or the number as it is written; not a name that begins with it, nor a number with zeros" {
  made=0
  local owner
  for owner in "${TEST_USER}x" "x$TEST_USER" "${TEST_USER%?}" "${TEST_USER^}" " $TEST_USER" "$TEST_USER " "0$TEST_UID" "+$TEST_UID" "$TEST_UID " "${TEST_UID}0" "0x$(printf %x "$TEST_UID")" \
    '' '*' root "$TEST_USER\\0" "#$TEST_USER"; do
    delegate "$owner:800000:65536\n"
    refused 800000
  done
  for owner in "$TEST_USER" "$TEST_UID"; do
    delegate "$owner:800000:65536\n"
    given 800000
  done
  delegate "$((TEST_UID + 1)):700000:65536\n$TEST_UID:800000:100\n$TEST_USER:900000:100\n" # both kinds of lines count
  given 800099
  given 900099
  refused 800100
  refused 700000
  restore
}

@test "/etc/subuid: no final newline, CRs, a line of 64 KiB, blanks, negative and huge numbers, ranges over 0 and 4294967295: bad lines are passed over" {
  made=0
  local line long; long="$(head -c 65536 /dev/zero | tr '\0' x)"
  for line in "$TEST_USER:0:65536" "$TEST_USER:-1:10" "$TEST_USER:800000:-1" "$TEST_USER:800000:0" "$TEST_USER:800000" "$TEST_USER:800000:" "$TEST_USER::10" \
    "$TEST_USER:800000:10:" "$TEST_USER:800000:10\r" "$TEST_USER: 800000:10" "$TEST_USER:800000:1e5" "$TEST_USER:0xc3500:10" "$TEST_USER:4295767296:10" \
    "$TEST_USER:800000:4294967296" "$TEST_USER:800000:4294167296" "$TEST_USER:18446744073709551616:10" "$TEST_USER;800000;10"; do
    delegate "$line\n"
    refused 800000
    delegate "$line\n$TEST_USER:850000:10\n"
    given 850000
  done
  delegate "$TEST_USER:0:4294967295\n"
  refused 0
  refused 1
  delegate "$TEST_USER:800000:10" # no newline
  given 800009
  delegate "$long:800000:10\n$TEST_USER:$long:10\n$TEST_USER:850000:10\n"
  refused 800000
  given 850000
  restore
}

@test "/etc/subuid that is a link, a FIFO, a directory, or another user's delegates nothing" {
  made=0
  mv /etc/subuid "$T/aside"
  printf '%s:800000:10\n' "$TEST_USER" > "$T/lines"; chmod 644 "$T/lines"
  ln -s "$T/lines" /etc/subuid; refused 800000; rm /etc/subuid
  mkfifo /etc/subuid; refused 800000; rm /etc/subuid
  mkdir /etc/subuid; refused 800000; rmdir /etc/subuid
  cp "$T/lines" /etc/subuid; chown "$TEST_UID" /etc/subuid; refused 800000; rm /etc/subuid
  cp -p "$T/aside" /etc/subuid
  restore
}

@test "user.uid, user.gid or additionalGids that are not mapped: refused before exec, naming the map and the fix" {
  user_bundle runc-spec-rootless.json
  map_subordinate_ids
  local property
  for property in 'uid = 65537' 'uid = 4294967294' 'gid = 65537' 'additionalGids = [1, 65537]'; do
    edit ".process.user = {uid: 0, gid: 0} | .process.user.$property"
    inside 'echo ran'
    fails 125 E_CONFIG_VALUE process.user
    has "the map" "$stderr" "$([[ $property == uid* ]] && echo linux.uidMappings || echo linux.gidMappings)"
    has "the fix" "$stderr" $'\n  hint: '
  done
}
