# Races: what the shim looks at is exchanged while it looks. tests/e2e/tools/race.c starts the containers, two at a time,
# and exchanges; each test wants both outcomes seen, or it would not have raced. A round is one exchange: ROUNDS of them
# at least, beside as many starts in the main race and a fifth in the others (with some ten exchanges in each start).
load ../e2e/helper

ROUNDS="${ROUNDS:-10000}"
FEWER=$((ROUNDS / 5))

# attack_bundle OWNER [DIRECTORY]: the same bundle for both; root's has no user namespace. Without cgroup, so that a
# thousand starts take few seconds.
attack_bundle() {
  make_bundle "$1" locald-service.json "${2:-$T/bundle}"
  edit 'del(.linux.cgroupsPath) | .linux.resources = {} | .process.cwd = "/"'
  [ "$1" = user ] || edit '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings)'
}

# victim: a directory of the host that the caller may write to, so that nothing but the shim is in the way. A link to
# it that an image or a volume has leads, inside, to the same path below the root file system: where that is made.
victim() {
  VICTIM="$T/victim"
  mkdir "$VICTIM"
  echo precious > "$VICTIM/file"
  chown -R "$(stat -c %u "$B")" "$VICTIM"
  OUT_OF_ROOT="../../../../../../../../..$VICTIM"
  VICTIM_BEFORE="$(victim_state)"
}

# Whatever is made or removed in it changes its times.
victim_state() { stat -c '%n %i %y %z' "$VICTIM" "$VICTIM/file"; find "$VICTIM"; cat "$VICTIM/file"; }

# raced STARTS ATTACK...: the tally, in $output, of the bundle(s) at $RUN_BUNDLE, run by their owner.
raced() {
  local starts="$1"; shift
  capture "${AS[@]}" "$TOOLS/race" "$starts" "${PLACES:-2}" "$@" -- "$SHIM" bundle run --bundle "${RUN_BUNDLE:-$B}" --id r@
  echo "$output" "$stderr"
  echo "#   $(grep '^s' <<< "$output" | paste -sd' ')" >&3 # what was measured, for the report
  same "status of race" "$status" 0
  [ -z "${VICTIM:-}" ] || same "the victim" "$(victim_state)" "$VICTIM_BEFORE"
  same "the host's mounts" "$(< /proc/self/mountinfo)" "$MOUNTS_BEFORE"
}

# count STATUS PATTERN: how many of the ends had this status and an output that matches the regular expression.
count() {
  awk -v status="$1" -v pattern="$2" '
    $1 ~ /^[0-9]+$/ && $2 == status { text = $0; sub(/^[0-9]+ [0-9]+ /, "", text); if (text ~ pattern) n += $1 }
    END { print n + 0 }' <<< "$output"
}

# outcomes STATUS PATTERN ...: each was seen, and nothing else was.
outcomes() {
  local sum=0 n starts
  starts="$(sed -n 's/^starts //p' <<< "$output")"
  [ "$(sed -n 's/^swaps //p' <<< "$output")" -ge "$ROUNDS" ]
  while [ "$#" -gt 0 ]; do
    n="$(count "$1" "$2")" sum=$((sum + n))
    [ "$n" -gt 0 ] || { echo "never seen: $1 $2"; return 1; }
    shift 2
  done
  same "ends that are as they should be" "$sum" "$starts"
}

# --- mounts ---------------------------------------------------------------------------------------------------------

# A path that the caller wrote into the bundle is a readable file at one moment and a link to root's secret at another.
@test "mounts: race: a bind source exchanged for a link to a secret (CVE-2021-30465): the caller's own EACCES" {
  attack_bundle user
  local secret="$T/secret"
  mkdir -m 700 "$secret"; echo s3cret > "$secret/file"
  echo public > "$VOLUME/source"; ln -s "$secret/file" "$VOLUME/link"
  edit --arg s "$VOLUME/source" '.mounts += [{destination: "/data", type: "bind", source: $s, options: ["bind"]}]'
  rmdir "$B/rootfs/data"; touch "$B/rootfs/data"
  script 'cat /data'
  raced "$FEWER" "$ROUNDS" exchange "$VOLUME/source" "$VOLUME/link"
  lacks "what was read" "$output" s3cret
  outcomes 0 '^public $' 125 'mounts.5. .*bind source .*: Permission denied \[E_MOUNT_SOURCE\]'
}

# made_below: two containers that share a volume, in which "d" is where their tmpfs goes.
made_below() {
  attack_bundle "$1" "$T/b0"
  victim
  edit '.mounts += [{destination: "/workspace/d/made", type: "tmpfs", source: "racer"}]'
  script 'sed -n "s/.* \(\/[^ ]*\) .* - tmpfs racer .*/\1/p" /proc/self/mountinfo'
  mkdir -p "$B/rootfs$VICTIM"
  ln -s "$OUT_OF_ROOT" "$VOLUME/link"
  chown -R "$(stat -c %u "$B")" "$B/rootfs"
  cp -a "$B" "$T/b1"
  jq --arg rootfs "$T/b1/rootfs" '.root.path = $rootfs' "$B/config.json" > "$T/b1/config.json"
  RUN_BUNDLE="$T/b@"
}

# A directory in the volume becomes a link to a directory of the host, between the look at it and the mount on it.
shared_volume() {
  made_below "$1"
  mkdir "$VOLUME/d"; chown "$(stat -c %u "$B")" "$VOLUME/d"
  raced "$ROUNDS" "$ROUNDS" exchange "$VOLUME/d" "$VOLUME/link"
  # where it lies has the link's name already when the payload looks, or not
  outcomes 0 '^/workspace/d/made $' 0 '^/workspace/link/made $' 0 "^$VICTIM/made \$"
}

@test "mounts: race: two containers share a volume, directory and link exchanged in 10,000 starts (CVE-2021-30465, CVE-2024-45310): user" {
  shared_volume user
}

@test "mounts: race: two containers share a volume, directory and link exchanged in 10,000 starts (CVE-2021-30465, CVE-2024-45310): root" {
  shared_volume root
}

# The mount's place is missing, and while it is made a link out of the root file system appears on the way. The attacker
# removes what was made, with the mount on it: then the payload sees no mount, or the shim has nothing to mount on.
missing_target() {
  made_below "$1"
  raced "$FEWER" "$ROUNDS" appear "$VOLUME/link" "$VOLUME/d"
  outcomes 0 '^(/workspace/d/made )?$' 0 "^$VICTIM/made \$" 125 '\(/workspace/d/made\): .*No such file or directory \[E_MOUNT(_TARGET)?\]'
}

@test "mounts: race: mkdir -p of a missing target and a link that appears (CVE-2024-45310): user" { missing_target user; }
@test "mounts: race: mkdir -p of a missing target and a link that appears (CVE-2024-45310): root" { missing_target root; }

# The image's /dev/null is a null device (for a user: the empty file that a null is bound to), and then a link to what the
# kernel executes at a crash.
swapped_null() {
  attack_bundle "$1"
  local pattern; pattern="$(cat /proc/sys/kernel/core_pattern)"
  if [ "$1" = root ]; then mknod -m 666 "$B/rootfs/dev/null" c 1 3; else : > "$B/rootfs/dev/null"; fi
  ln -s /proc/sys/kernel/core_pattern "$B/rootfs/dev/link"
  chown -hR "$(stat -c %u "$B")" "$B/rootfs/dev"
  edit '.mounts |= map(select(.destination | startswith("/dev") | not)) | .linux.maskedPaths += ["/proc/version"]'
  script 'stat -c "%F %t:%T" /proc/version'
  raced "$FEWER" "$ROUNDS" exchange "$B/rootfs/dev/null" "$B/rootfs/dev/link"
  same "core_pattern" "$(cat /proc/sys/kernel/core_pattern)" "$pattern"
  outcomes 0 '^character special file 1:3 $' 125 "$2"
}

@test "mounts: race: the image's /dev/null exchanged for a link to core_pattern, then maskedPaths (CVE-2025-31133): user" {
  swapped_null user 'default devices .*\[E_(DEVICE|MOUNT_TARGET)\]'
}

@test "mounts: race: the image's /dev/null exchanged for a link to core_pattern, then maskedPaths (CVE-2025-31133): root" {
  swapped_null root 'default devices .*\[E_DEVICE\]'
}

# Root file system and config.json are links to what only root may read, now and then.
@test "mounts: race: root file system and config.json exchanged for links to a secret: the caller's own EACCES" {
  attack_bundle user
  local secret="$T/secret"
  mkdir -m 700 "$secret"; cp -a "$B/rootfs" "$secret/rootfs"; echo s3cret > "$secret/rootfs/secret"
  script 'cat /secret'
  cp -a "$B/config.json" "$secret/config.json"
  script 'if [ -e /secret ]; then cat /secret; else echo own; fi'
  ln -s "$secret/rootfs" "$T/rootfs.link"; ln -s "$secret/config.json" "$T/config.link"
  raced "$FEWER" "$ROUNDS" exchange "$B/rootfs" "$T/rootfs.link" "$ROUNDS" exchange "$B/config.json" "$T/config.link"
  lacks "what was read" "$output" s3cret
  outcomes 0 '^own $' 125 'root.path .*: Permission denied \[E_ROOTFS\]' 125 'config.json: .*\[E_CONFIG_OPEN\]'
}

# The bundle itself is a link to somebody else's bundle, now and then.
@test "mounts: race: the bundle exchanged for a link to a bundle of root's: the caller's own EACCES" {
  attack_bundle user
  local secret="$T/secret"
  mkdir -m 700 "$secret"; cp -a "$B" "$secret/bundle"; ln -s "$secret/bundle" "$T/link"
  script 'echo own'
  raced "$FEWER" "$ROUNDS" exchange "$B" "$T/link"
  [ ! -e "$secret/bundle/.locald-shim-state" ]
  outcomes 0 '^own $' 125 '--bundle.*: Permission denied \[E_BUNDLE\]'
}

# --- /proc, labels, sysctls -----------------------------------------------------------------------------------------

# The image's /proc is a link to a directory with files of the same names, now and then; and a payload in a container of
# the same image, with CAP_SYS_ADMIN in its namespaces, mounts that directory over its /proc and takes it away again.
covered_proc() {
  attack_bundle "$1"
  local name="${2//.//}" value="$3" at
  mkdir -p "$B/rootfs/fake/sys/${name%/*}" "$B/rootfs/fake/self/attr/apparmor"
  for at in "sys/$name" self/attr/exec self/attr/apparmor/exec; do echo untouched > "$B/rootfs/fake/$at"; done
  ln -s fake "$B/rootfs/link"
  chown -hR "$(stat -c %u "$B")" "$B/rootfs"
  script 'while :; do mount --bind /fake /proc && echo covered && umount /proc; done'
  edit '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"]) | .linux.readonlyPaths = [] | .linux.maskedPaths = []'
  start
  wait_for 5 says covered
  edit --arg n "$2" --arg v "$value" '.linux.sysctl = {($n): $v}'
  local wanted="$value"
  if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]; then
    edit '.process.apparmorProfile = "unconfined"'
    wanted="$value unconfined"
  fi
  # through a procfs of its own: what "/proc" names is the attacker's by now
  script "mount -t proc proc /tmp && cat /tmp/sys/$name; cat /tmp/self/attr/apparmor/current 2>/dev/null || true"
  raced "$FEWER" "$ROUNDS" exchange "$B/rootfs/proc" "$B/rootfs/link"
  kill -KILL "$INIT_PID"
  ended
  same "false files" "$(cat "$B/rootfs/fake/sys/$name" "$B"/rootfs/fake/self/attr/exec "$B"/rootfs/fake/self/attr/apparmor/exec | sort -u)" untouched
  outcomes 0 "^$wanted *\$" 125 'mounts.0. .*proc and sysfs are mounted on a directory, not on a link.*\[E_MOUNT_TARGET\]'
}

@test "proc: race: /proc covered and exchanged while sysctls and labels are written (CVE-2025-52881): user" {
  covered_proc user user.max_mnt_namespaces 77
}

@test "proc: race: /proc covered and exchanged while sysctls and labels are written (CVE-2025-52881): root" {
  local name; name="$(cat /proc/sys/kernel/domainname)"
  covered_proc root kernel.domainname birds.example
  same "the host's name" "$(cat /proc/sys/kernel/domainname)" "$name"
}

# --- the shim's own end ---------------------------------------------------------------------------------------------

# The shim gets SIGKILL, which it can't catch, at every moment of a run; the same ids are started again at once.
killed_at_random() {
  local PLACES=8 kills="$FEWER" n
  attack_bundle "$1"
  edit '.linux.resources.devices = [{allow: true, access: "rwm"}]' # a cgroup of its own, which has to go too
  script 'echo ready; exec sleep 100'
  raced "$kills" 200000 kill
  same "early and late, and none survives" "$(($(count 137 '^$') + $(count 137 '^ready $')))" "$kills"
  for n in '^$' '^ready $'; do [ "$(count 137 "$n")" -gt $((kills / 20)) ]; done
  wait_for 2 nothing_left
  for n in 0 1 2 3 4 5 6 7; do
    ID="r$n"
    inside 'echo ran'
    same "the next run" "$status $output" "0 ran"
  done
}

@test "signals: SIGKILL of the shim at 0-200 ms, 2,000 runs: dead within a second, collected by the next run: user" {
  killed_at_random user
}

@test "signals: SIGKILL of the shim at 0-200 ms, 2,000 runs: dead within a second, collected by the next run: root" {
  killed_at_random root
}

# --- namespaces -----------------------------------------------------------------------------------------------------

# A path to the caller's own network namespace, and the next moment to the host's, which the caller can open.
@test "cgroups: race: namespaces[].path swapped after the check: the caller's namespace or an error, never the host's" {
  attack_bundle user
  local holder net
  "${AS[@]}" unshare --user --map-root-user --net sleep 1000 < /dev/null > /dev/null 2>&1 3>&- 200>&- &
  holder=$!
  STARTED+=("$holder")
  wait_for 10 sh -c "tr '\\0' ' ' < /proc/$holder/cmdline | grep -qx 'sleep 1000 '"
  net="$(readlink "/proc/$holder/ns/net")"
  touch "$T/host"; mount --bind /proc/self/ns/net "$T/host"; MOUNTS_BEFORE="$(< /proc/self/mountinfo)"
  as_user ln -s "/proc/$holder/ns/net" "$VOLUME/path"; as_user ln -s "$T/host" "$VOLUME/other"
  edit --arg path "$VOLUME/path" '.linux.namespaces += [{type: "network", path: $path}]'
  script 'readlink /proc/self/ns/net'
  raced "$FEWER" "$ROUNDS" exchange "$VOLUME/path" "$VOLUME/other"
  umount "$T/host"; MOUNTS_BEFORE="$(< /proc/self/mountinfo)"
  outcomes 0 "^${net//[\[\]]/.} \$" 125 "linux.namespaces.*not the caller's.*\\[E_AUTHORITY\\]"
}
