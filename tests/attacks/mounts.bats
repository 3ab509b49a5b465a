# Attacks by mounts and by the image's root file system. What the image tries is tried for both callers: root's
# container has no user namespace, so nothing but the look-up of paths is in the way. The races are in races.bats.
load ../e2e/helper

# attack_bundle OWNER [DIRECTORY]: the same bundle for both.
attack_bundle() {
  make_bundle "$1" locald-service.json "${2:-$T/bundle}"
  edit 'del(.linux.cgroupsPath) | .linux.resources = {} | .process.cwd = "/" | .linux.namespaces += [{type: "network"}]'
  [ "$1" = user ] || edit '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings)'
}

# for_both FUNCTION: with a fresh bundle of each owner; OWNER says whose.
for_both() {
  for OWNER in user root; do
    attack_bundle "$OWNER" "$T/$OWNER"
    echo "as $OWNER"
    "$1" # not before "||": there nothing in it would fail
  done
}

add_mount() { edit --argjson m "$1" '.mounts += [$m]'; }
caps() { edit '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'; }

# own: the rootfs is the caller's, whatever was put into it.
own() { chown -hR "$(stat -c %u:%g "$B")" "$B/rootfs"; }

# victim: a directory that the caller may write to, so that nothing but the shim is in the way.
victim() {
  VICTIM="$T/victim"
  rm -rf "$VICTIM"; mkdir "$VICTIM"; echo precious > "$VICTIM/file"
  chown -R "$(stat -c %u "$B")" "$VICTIM"
  VICTIM_BEFORE="$(victim_state)"
}

victim_state() { stat -c '%n %i %y %z' "$VICTIM" "$VICTIM/file"; find "$VICTIM"; cat "$VICTIM/file"; }
unharmed() {
  same "the victim" "$(victim_state)" "$VICTIM_BEFORE"
  same "the host's mounts" "$(< /proc/self/mountinfo)" "$MOUNTS_BEFORE"
}

# --- sources --------------------------------------------------------------------------------------------------------

# What the caller can't open, bound into the caller's container.
@test "mounts: bind sources /etc/shadow, a 0600 file, a path below a 0700 directory of root's: the caller's own EACCES" {
  local shadow="$(stat -c '%a %U %i' /etc/shadow)"
  attack_bundle user
  local secret="$T/secret" source
  mkdir -m 700 "$secret"; echo s3cret > "$secret/file"; mkdir "$secret/directory"
  install -m 600 /dev/null "$T/file"; echo s3cret > "$T/file"
  ln -s /etc/shadow "$T/link"
  : > "$B/rootfs/etc/target"; own
  for source in "$secret/file" "$secret/directory" /root/.profile; do # by a path that is closed
    add_mount "$(jq -n --arg s "$source" '{destination: "/tmp/target", type: "bind", source: $s, options: ["bind"]}')"
    inside 'cat /tmp/target'
    fails 125 E_MOUNT_SOURCE 'mounts[5] (/tmp/target)' || { echo "source: $source"; return 1; }
    has "reason" "$stderr" "Permission denied"
    edit 'del(.mounts[5])'
  done
  for source in /etc/shadow "$T/file" "$T/link"; do # which may be seen, not read
    add_mount "$(jq -n --arg s "$source" '{destination: "/etc/target", type: "bind", source: $s, options: ["bind"]}')"
    inside 'cat /etc/target; : >> /etc/target'
    same "read from $source" "$output" ""
    has "reading $source" "$stderr" "can't open '/etc/target': Permission denied"
    has "writing $source" "$stderr" "can't create /etc/target: Permission denied"
    edit 'del(.mounts[5])'
  done
  same "shadow" "$(stat -c '%a %U %i' /etc/shadow)" "$shadow"
}

# Links of procfs that lead to what a process has open, instead of to a path that is looked up: a descriptor that the
# caller's parent left open on a secret, another process's root.
magic_sources() {
  local secret="$T/secret.$OWNER" source
  mkdir -m 700 "$secret"; echo s3cret > "$secret/file"
  for source in /proc/self/fd/0 /proc/self/fd/8 /proc/self/fd/8/file /proc/1/root /proc/1/root/etc/passwd /proc/1/cwd /proc/self/root/etc/passwd \
    /proc/self/exe /dev/stdin /dev/fd/8; do
    add_mount "$(jq -n --arg s "$source" '{destination: "/tmp/target", type: "bind", source: $s, options: ["bind"]}')"
    script 'cat /tmp/target /tmp/target/file'
    capture container < "$secret/file" 8< "$secret"
    fails 125 E_MOUNT_SOURCE 'mounts[5] (/tmp/target)' || { echo "source: $source"; return 1; }
    edit 'del(.mounts[5])'
  done
}

@test "mounts: bind sources /proc/self/fd/N, /proc/1/root and other links to what processes have open: refused (CVE-2024-21626)" {
  for_both magic_sources
}

# A program of another id with the set-user-ID bit, and device nodes, that lie where a bind mount takes them from.
@test "mounts: a setuid file or a device node in a bind source: nosuid, nodev, no effect" {
  attack_bundle user
  map_subordinate_ids
  edit '.process.noNewPrivileges = false'
  local at
  for at in "$VOLUME" "$B/rootfs/data"; do
    install -o "$((SUB_UID + 5))" -g "$SUB_GID" -m 6755 "$TOOLS/payload" "$at/suid"
    mknod -m 666 "$at/zero" c 1 5
  done
  inside '/data/suid ids; /workspace/suid ids; head -c 1 /dev/zero | wc -c; head -c 1 /workspace/zero; head -c 1 /data/zero'
  same "in the root file system (the precondition), in the bind, the container's own device" "$(paste -sd' ' <<< "$output")" \
    "euid 6 egid 1 euid 0 egid 0 1"
  same "nodes that can't be opened" "$(grep -c 'Permission denied' <<< "$stderr")" 2
  local words
  for words in '"suid"' '"dev"' '"rsuid"' '"rdev"' '"nosuid", "suid"'; do # and the bundle can't ask for it
    edit ".mounts[4].options = [\"rbind\", $words]"
    inside true
    fails 125 E_AUTHORITY 'mounts[4]' || { echo "options: $words"; return 1; }
  done
}

# --- flags and types ------------------------------------------------------------------------------------------------

# The administrator mounted something read-only, nosuid, nodev, noexec; bundle and payload take that off.
@test "mounts: remount of locked ro, nosuid, nodev, noexec to weaker: EPERM, reported, not ignored" {
  attack_bundle user
  caps
  mkdir "$T/locked"
  add_mount "$(jq -n --arg s "$T/locked" '{destination: "/data", source: $s, options: ["rbind"]}')"
  # a mount of this test's own mount namespace
  AS=(unshare -m sh -c 'mount -t tmpfs -o ro,nosuid,nodev,noexec locked "$1" && shift && exec "$@"' - "$T/locked" "${AS[@]}")
  inside 'for w in rw suid dev exec; do mount -o "remount,bind,$w" /data; done; grep -c " /data ro,nosuid,nodev,noexec" /proc/self/mountinfo'
  same "locked" "$output" 1
  same "refusals" "$(grep -cE "permission denied|Operation not permitted" <<< "$stderr")" 4
  local word
  for word in rw exec rrw rexec; do
    edit --arg w "$word" '.mounts[5].options = ["rbind", $w]'
    inside true
    fails 125 E_MOUNT 'mounts[5] (/data)' || { echo "word: $word"; return 1; }
    has "reason" "$stderr" "Operation not permitted"
  done
  edit '.mounts[5].options = ["rbind"] | .mounts += [{destination: "/data", options: ["remount", "rw"]}]'
  for word in rw exec; do
    edit --arg w "$word" '.mounts[6].options = ["remount", $w]'
    inside true
    fails 125 E_MOUNT 'mounts[6] (/data)' || { echo "word: $word"; return 1; }
    has "reason" "$stderr" "Operation not permitted"
    has "hint" "$stderr" "can't take off"
  done
  for word in suid dev; do
    edit --arg w "$word" '.mounts[6].options = ["remount", $w]'
    inside true
    fails 125 E_AUTHORITY 'mounts[6]' || { echo "word: $word"; return 1; }
  done
}

# File systems that read a device or a stranger's bytes in the kernel, or show the host's insides.
@test "mounts: types ext4, xfs, squashfs, fuse, nfs, bpf, debugfs, the empty one and others: refused by an allow list" {
  attack_bundle user
  truncate -s 1M "$VOLUME/image"
  local type
  for type in ext4 xfs squashfs fuse fuseblk nfs nfs4 bpf debugfs tracefs securityfs configfs efivarfs binfmt_misc overlay \
    ramfs devtmpfs cgroup2fs hugetlbfs pstore 9p cifs vfat iso9660 Tmpfs 'tmpfs ' ../tmpfs $'tmp\nfs'; do
    edit --arg t "$type" --arg s "$VOLUME/image" '.mounts[5] = {destination: "/data", type: $t, source: $s}'
    inside true
    [ "$status" = 125 ] && [[ "$stderr" =~ ^locald-shim:\ error:\ mounts\[5\].*\[E_(AUTHORITY|CONFIG_VALUE)\] ]] ||
      { echo "type $type: $status $output $stderr"; return 1; }
  done
  for type in '""' null '"none"' '"bind"'; do
    edit --argjson t "$type" '.mounts[5] = {destination: "/data", type: $t, source: "/etc"}'
    inside true
    [ "$status" = 125 ] && [[ "$stderr" =~ ^locald-shim:\ error:\ mounts\[5\].type.*\[E_CONFIG_(VALUE|MISSING)\] ]] ||
      { echo "type $type: $status $output $stderr"; return 1; }
  done
}

# --- propagation and number -----------------------------------------------------------------------------------------

# The command in a mount namespace whose mounts propagate, as those of a host with systemd; then "seen" when a mount
# shows there that was not there before. Peers of peers are just what the attack is after.
shared_host() {
  unshare -m sh -c 'mount --make-rshared / && before="$(cat /proc/self/mountinfo)" && "$@"; status=$?
    [ "$before" = "$(cat /proc/self/mountinfo)" ] && echo "unseen" || echo "seen"; exit "$status"' - "$@"
}

# What is mounted inside wants to get out, by a shared root and shared binds of the host's tree.
propagation() {
  [ "$(shared_host sh -c 'unshare -m --propagation unchanged mount -t tmpfs x "$1"' - "$VOLUME")" = seen ] # the precondition
  caps
  local root bind
  for root in shared rshared slave private; do
    for bind in '"rbind", "rshared"' '"bind", "shared"' '"rbind", "rslave", "rshared"'; do
      edit --arg r "$root" --arg v "$VOLUME" --argjson o "[$bind]" '.linux.rootfsPropagation = $r
        | .mounts[4] = {destination: "/workspace", type: "none", source: $v, options: $o}
        | .mounts[5] = {destination: "/workspace/sub", type: "tmpfs", source: "deeper"}'
      script 'mount -t tmpfs x /workspace && mount --make-rshared / && mount -t tmpfs y /data && grep -c " - tmpfs [xy] " /proc/self/mountinfo'
      capture shared_host "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID"
      same "$root, $bind" "$(paste -sd' ' <<< "$output") $stderr" "2 unseen "
    done
  done
}

@test "mounts: rootfsPropagation shared, rshared binds, then mounts inside: the host's mount table is unchanged" {
  for_both propagation
}

# More mounts than the kernel or we can bear: in a document as long as is read, and in a longer one.
too_many() {
  local n
  for n in 1000000 100000 20000; do
    { jq -c 'del(.mounts)' "$B/config.json" | sed 's/}$//'
      echo ',"mounts":[{"destination":"/a","type":"tmpfs"}'
      yes ',{"destination":"/a","type":"tmpfs"}' | head -n "$n"; echo ']}'; } > "$T/many"
    cp "$B/config.json" "$T/few"; cat "$T/many" > "$B/config.json"
    local begin="$SECONDS"
    run_container
    [ "$status" = 125 ] && [[ "$stderr" =~ \[E_CONFIG_SIZE\]|\[E_INTERPRETER(_TIME)?\]|mounts:\ at\ most ]] ||
      { echo "$n: $status $stderr"; return 1; }
    [ $((SECONDS - begin)) -le $((5 * ${TIME_SCALE:-1})) ]
    cat "$T/few" > "$B/config.json"
  done
}

@test "mounts: a million mounts, a hundred thousand, twenty thousand: refused at a limit" { for_both too_many; }

# --- the image ------------------------------------------------------------------------------------------------------

# The image's /proc or /sys leads procfs and sysfs elsewhere, so that what is written to "/proc" later lands there.
linked_proc() {
  victim
  local name to
  edit '.mounts[5] = {destination: "/sys", type: "sysfs", source: "sysfs"}'
  inside 'echo ran'
  same "without the link" "$output" ran
  for name in proc sys; do
    for to in /data data ../data "$VICTIM" "../../../../../../../..$VICTIM" /proc/self/root /nowhere "$name" ..; do
      rmdir "$B/rootfs/$name"; ln -s "$to" "$B/rootfs/$name"; own
      inside 'echo ran'
      fails 125 E_MOUNT_TARGET 'mounts[' || { echo "$name is a link to $to"; return 1; }
      unharmed
      rm "$B/rootfs/$name"; mkdir "$B/rootfs/$name"
    done
    rmdir "$B/rootfs/$name"; echo file > "$B/rootfs/$name"; own
    inside 'echo ran'
    fails 125 E_MOUNT_TARGET 'mounts['
    rm "$B/rootfs/$name"; mkdir "$B/rootfs/$name"; own
  done
}

@test "mounts: rootfs/proc or rootfs/sys a link: refused (CVE-2019-19921, CVE-2023-27561)" { for_both linked_proc; }

# The image's /dev leads to a directory of the host; device nodes, links and mounts below it are made by the shim.
linked_dev() {
  victim
  local to mounts; mounts="$(jq .mounts "$B/config.json")"
  for to in "$VICTIM" "../../../../../../../..$VICTIM" /proc/1/root /proc/self/fd; do
    rm -rf "$B/rootfs/dev"; ln -s "$to" "$B/rootfs/dev"; own
    inside true # with /dev and what is below it mounted
    unharmed
    edit '.mounts |= map(select(.destination | startswith("/dev") | not))'
    inside true
    unharmed
    edit '.mounts += [{destination: "/dev/shm", type: "tmpfs", source: "shm"}, {destination: "/dev/made/file", source: "config.json", options: ["bind"]}]'
    inside true
    unharmed
    edit --argjson m "$mounts" '.mounts = $m'
  done
}

@test "mounts: rootfs/dev a link to a host directory: nothing is made outside (CVE-2026-41579)" { for_both linked_dev; }

# Mount points below links that climb out of the root file system, to what is there on the host.
climbing() {
  victim
  local to kind source n=0
  for to in "../../../../../../../../..$VICTIM" "$VICTIM" "/../../../..$VICTIM" "/proc/self/root$VICTIM" "/proc/1/root$VICTIM" "/proc/self/cwd"; do
    n=$((n + 1))
    ln -s "$to" "$B/rootfs/tree$n"; own
    for kind in tmpfs directory file; do
      source="$VOLUME"; [ "$kind" != file ] || source="$B/config.json"
      edit --arg d "/tree$n/made-$kind/deeper" --arg k "$kind" --arg s "$source" '.mounts[4] =
        (if $k == "tmpfs" then {destination: $d, type: "tmpfs", source: "marker"} else {destination: $d, type: "none", source: $s, options: ["bind"]} end)'
      inside "grep -c '/made-$kind/deeper ' /proc/self/mountinfo"
      if [ "$n" -le 3 ]; then
        same "inside, below a link to $to" "$status $output$stderr" "0 1"
      else
        [ "$status" = 125 ] || { echo "$to: $status $output"; return 1; }
      fi
      unharmed
    done
  done
  [ -d "$B/rootfs$VICTIM/made-tmpfs/deeper" ] # where they were made
}

@test "mounts: a destination below a link to ../../../../etc: inside the root file system (CVE-2021-30465)" { for_both climbing; }

# Words for a destination that mean the root itself, its parent, or nothing at all.
odd_destinations() {
  victim
  local d long deep
  long="/$(printf 'a%.0s' {1..256})" deep="$(printf '/abcdefg%.0s' {1..520})"
  for d in "" / . .. /.. // /../.. /. ./ "/data/.." "/data/../.." "$long" "$deep" "/data/$deep"; do
    edit --arg d "$d" '.mounts[5] = {destination: $d, type: "tmpfs", source: "marker"}'
    inside true
    [ "$status" = 125 ] && [[ "$stderr" =~ ^locald-shim:\ error:\ mounts\[5\].*\[E_(CONFIG_VALUE|CONFIG_TYPE|MOUNT_TARGET|PLAN_LIMIT)\] ]] ||
      { echo "destination ${d:0:40}: $status $output $stderr"; return 1; }
    unharmed
  done
  for d in /../data //data /data/../data /data/ "../../..$VICTIM/new" "/../../..$VICTIM/other"; do
    edit --arg d "$d" '.mounts[5] = {destination: $d, type: "tmpfs", source: "marker"}'
    inside 'grep -c " - tmpfs marker " /proc/self/mountinfo'
    same "destination $d" "$status $output" "0 1"
    unharmed
  done
}

@test "mounts: destinations that are empty, ., /.., //, longer than PATH_MAX: inside the root file system or refused" {
  for_both odd_destinations
}

# A false procfs, or false files in a true one: what the shim writes to /proc would go there, or masks would miss.
covered_proc() {
  local d type
  mkdir -p "$B/rootfs/fake/self/attr"; : > "$B/rootfs/fake/exec"; ln -s proc/self "$B/rootfs/me"; ln -s /proc "$B/rootfs/p"; own
  for d in /proc /proc/ /proc/self /proc/self/attr /proc/self/attr/exec /proc/thread-self /proc/1 /proc/sys /proc/sys/kernel /proc/sysrq-trigger \
    /proc/net /proc/self/fd /me/attr /p /p/sys /data/../proc/sys /proc/self/root /proc/self/cwd; do
    for type in tmpfs bind file; do
      edit --arg d "$d" --arg t "$type" --arg f "$B/rootfs/fake" '.mounts[5] = if $t == "tmpfs" then {destination: $d, type: $t, source: "x"}
        else {destination: $d, type: "bind", source: ($f + (if $t == "file" then "/exec" else "" end)), options: ["bind"]} end'
      inside 'echo ran'
      fails 125 E_MOUNT_TARGET 'mounts[5]' || { echo "$type at $d"; return 1; }
    done
  done
  for d in /proc /proc/sys; do # a part of a true procfs is none
    edit --arg d "$d" '.mounts[5] = {destination: $d, type: "bind", source: "/proc/sys", options: ["bind"]}'
    inside 'echo ran'
    fails 125 E_MOUNT_TARGET 'mounts[5]'
  done
  edit --arg f "$B/config.json" '.mounts[5] = {destination: "/proc/uptime", type: "bind", source: $f, options: ["bind"]}' # on the list
  inside 'head -c 1 /proc/uptime'
  same "what lxcfs covers" "$status $output" "0 {"
}

@test "mounts: a mount over /proc, /proc/self/attr, /proc/sys: refused but for a small allow list (CVE-2019-16884)" {
  for_both covered_proc
}

# The image's /dev/null, or what the bundle mounts there, is no null; with it files of procfs would be hidden.
false_null() {
  local to pattern; pattern="$(cat /proc/sys/kernel/core_pattern)"
  edit '.mounts |= map(select(.destination | startswith("/dev") | not)) | .linux.maskedPaths += ["/proc/version"]'
  rm -rf "$B/rootfs/dev"
  for to in /proc/sys/kernel/core_pattern /data/file ../data/new "$T/outside"; do
    mkdir "$B/rootfs/dev"; ln -s "$to" "$B/rootfs/dev/null"; echo file > "$B/rootfs/data/file"; own
    inside 'cat /proc/version'
    [ "$status" = 125 ] && [[ "$stderr" =~ \[E_(DEVICE|MOUNT_TARGET)\] || "$to" = ../data/new || "$to" = "$T/outside" ]] ||
      { [ "$status $output" = "0 " ]; } || { echo "a link to $to: $status $output $stderr"; return 1; }
    same "the file" "$(cat "$B/rootfs/data/file")" file
    [ ! -e "$T/outside" ]
    same "core_pattern" "$(cat /proc/sys/kernel/core_pattern)" "$pattern"
    rm -rf "$B/rootfs/dev"
  done
  edit --arg file "$B/rootfs/data/file" '.mounts += [{destination: "/dev", type: "tmpfs", source: "dev"},
    {destination: "/dev/null", type: "none", source: $file, options: ["bind"]}]'
  inside 'cat /dev/null; stat -c "%t:%T" /proc/version'
  [ "$status" = 125 ] || same "the bundle's own null, and what hides" "$(paste -sd' ' <<< "$output")" "file 1:3"
}

@test "mounts: the image's /dev/null a link to core_pattern, then maskedPaths: a verified null hides (CVE-2025-31133)" {
  for_both false_null
}

# A masked or read-only path that is a link out of the root file system.
@test "mounts: maskedPaths and readonlyPaths through links: nothing outside is hidden or bound (CVE-2025-31133)" {
  masked_links() {
    victim
    mkdir -p "$B/rootfs$VICTIM/dir"; echo shown > "$B/rootfs$VICTIM/file" # where the links lead inside
    ln -s "../../../../../../../..$VICTIM/dir" "$B/rootfs/link"; ln -s "$VICTIM/file" "$B/rootfs/file"; own
    edit '.linux.maskedPaths += ["/file"] | .linux.readonlyPaths += ["/link"]'
    inside "cat $VICTIM/file; touch $VICTIM/dir/x; echo ran"
    same "hidden inside" "$output" ran
    has "read-only inside" "$stderr" "Read-only file system"
    unharmed
  }
  for_both masked_links
}
