# mounts[].options: remount, tmpcopyup, silent, the words one by one; linux.rootfsPropagation
load helper

# flags MOUNTPOINT: the mount's own options in the output of `cat /proc/self/mountinfo`; propagation: its optional fields.
flags() { awk -v p="$1" '$5 == p { f = $6 } END { print f }' <<< "$output"; }
propagation() { awk -v p="$1" '$5 == p { f = ""; for (i = 7; $i != "-"; i++) f = f " " $i } END { print f }' <<< "$output"; }
has_flag() { [[ ",$(flags "$1")," == *",$2,"* ]] || { echo "$1 is not $2: $(flags "$1")"; return 1; }; }
lacks_flag() { [[ ",$(flags "$1")," != *",$2,"* ]] || { echo "$1 is $2: $(flags "$1")"; return 1; }; }

# add_mount DESTINATION TYPE SOURCE OPTION...
add_mount() {
  edit --arg d "$1" --arg t "$2" --arg s "$3" '.root.readonly = false
    | .mounts += [{destination: $d, type: $t, source: $s, options: $ARGS.positional}]' --args -- "${@:4}"
}

for_both() {
  local who
  for who in root user; do
    echo "as $who"
    if [ "$who" = root ]; then root_bundle runc-spec.json "$T/$who"; else user_bundle runc-spec-rootless.json "$T/$who"; fi
    "$@"
  done
}

# Gives what stands in the root file system's /data to the bundle's owner.
own_data() { [ "${#AS[@]}" = 0 ] || chown -hR "$TEST_UID:$TEST_GID" "$B/rootfs/data"; }

# --- the words ------------------------------------------------------------------------------------------------------

# host_atime WORD: whether it is about access times, which are locked on mounts of the host for a user namespace.
host_atime() { [ "${#AS[@]}" != 0 ] && [[ "$*" == *atime* ]]; }

@test "each word is in force on a bind mount and on a new mount" {
  each_word() {
    local word flag
    while read -r word flag; do
      host_atime "$word" || add_mount "/tmp/b-$word" none "$VOLUME" bind "$word"
      add_mount "/tmp/n-$word" tmpfs tmpfs "$word"
    done <<< "$WORDS"
    inside 'cat /proc/self/mountinfo'
    succeeds
    while read -r word flag; do
      host_atime "$word" || has_flag "/tmp/b-$word" "$flag"
      has_flag "/tmp/n-$word" "$flag"
    done <<< "$WORDS"
  }
  WORDS="ro ro
rw rw
nosuid nosuid
nodev nodev
noexec noexec
nodiratime nodiratime
nosymfollow nosymfollow
noatime noatime
relatime relatime
rro ro
rnosuid nosuid
rnodev nodev
rnoexec noexec
rnodiratime nodiratime
rnosymfollow nosymfollow
rnoatime noatime
rrelatime relatime"
  for_both each_word
}

@test "a word and its opposite: the last one wins, on the kernel's word" {
  opposites() {
    local set clear flag kind n=0
    while read -r set clear flag; do
      n=$((n + 1))
      if host_atime "$set"; then kind=(tmpfs tmpfs); else kind=(none "$VOLUME" bind); fi
      add_mount "/tmp/set$n" "${kind[@]}" "$clear" "$set"
      add_mount "/tmp/clear$n" "${kind[@]}" "$set" "$clear"
    done <<< "$PAIRS"
    inside 'cat /proc/self/mountinfo'
    succeeds
    n=0
    while read -r set clear flag; do
      n=$((n + 1))
      has_flag "/tmp/set$n" "$flag"
      lacks_flag "/tmp/clear$n" "$flag"
    done <<< "$PAIRS"
  }
  PAIRS="ro rw ro
noexec exec noexec
nodiratime diratime nodiratime
nosymfollow symfollow nosymfollow
noatime atime noatime
noatime relatime noatime
rro rrw ro
rnoexec rexec noexec
rnodiratime rdiratime nodiratime
rnosymfollow rsymfollow nosymfollow
rnoatime ratime noatime
rnoatime rnostrictatime noatime
rnoatime rnorelatime noatime"
  for_both opposites
}

@test "access times of the host's mounts are locked for a user namespace: EPERM, reported" {
  local word
  for word in nodiratime strictatime; do
    user_bundle runc-spec-rootless.json "$T/$word"
    add_mount /data none "$VOLUME" bind "$word"
    inside true
    fails 125 E_MOUNT "mounts[7] (/data)"
    has "reason" "$stderr" "Operation not permitted"
  done
}

@test "suid and dev take nosuid and nodev off, for root" {
  root_bundle runc-spec.json
  add_mount /tmp/a none "$VOLUME" bind nosuid nodev suid dev
  add_mount /tmp/b none "$VOLUME" rbind rnosuid rnodev rsuid rdev
  add_mount /tmp/c none "$VOLUME" bind suid dev nosuid nodev
  inside 'cat /proc/self/mountinfo'
  succeeds
  local m
  for m in a b; do lacks_flag /tmp/$m nosuid; lacks_flag /tmp/$m nodev; done
  has_flag /tmp/c nosuid
  has_flag /tmp/c nodev
}

@test "recursive words reach the mounts below, others do not" {
  root_bundle runc-spec.json
  mkdir "$B/tree" "$B/tree/below"; BUNDLE_FILES="$(ls -A "$B")"
  add_mount /tmp/r none "$B/tree" rbind rro
  add_mount /tmp/t none "$B/tree" rbind ro
  script 'cat /proc/self/mountinfo'
  capture unshare -m sh -c 'mount -t tmpfs x "$1/tree/below" && shift && exec "$@"' - "$B" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  succeeds
  has_flag /tmp/r ro
  has_flag /tmp/r/below ro
  has_flag /tmp/t ro
  has_flag /tmp/t/below rw
}

@test "flags of the file system: sync, dirsync and lazytime reach it, async and nolazytime take them back" {
  flags_of_super() {
    add_mount /tmp/on tmpfs tmpfs sync dirsync lazytime
    add_mount /tmp/off tmpfs tmpfs sync lazytime async nolazytime
    inside "awk '\$5 ~ /^.tmp.o/ { print \$5, \$NF }' /proc/self/mountinfo"
    succeeds
    local word
    for word in sync dirsync lazytime; do has "$word" "${lines[0]}," ",$word,"; lacks "$word" "${lines[1]}," ",$word,"; done
  }
  for_both flags_of_super
}

@test "silent, loud and words of mount(8) ask for nothing that is not so" {
  quiet() {
    add_mount /tmp/a tmpfs tmpfs silent defaults nofail _netdev x-systemd.automount comment=hello noauto
    add_mount /tmp/b none "$VOLUME" bind silent loud
    inside 'grep -c " /tmp/[ab] " /proc/self/mountinfo'
    succeeds
    same "mounts" "$output" 2
  }
  for_both quiet
}

@test "iversion and mand are refused by name" {
  refused_word() {
    local word
    for word in iversion mand; do
      add_mount /tmp/a tmpfs tmpfs "$word"
      inside true
      fails 125 E_CONFIG_UNSUPPORTED "mounts["
      has "$word" "$stderr" "\"$word\""
      edit 'del(.mounts[-1])'
    done
  }
  for_both refused_word
}

@test "a relative destination is relative to /, with a warning" {
  relative() {
    add_mount tmp/rel tmpfs tmpfs
    inside 'cat /proc/self/mountinfo'
    succeeds
    has_flag /tmp/rel rw
    has "warning" "$warnings" "destination: a relative destination is deprecated"
  }
  for_both relative
}

@test "a file system option that the file system does not know is the kernel's refusal, with its words" {
  unknown() {
    add_mount /tmp/a tmpfs tmpfs nosiud
    inside true
    fails 125 E_MOUNT "mounts["
    has "what" "$stderr" "nosiud"
  }
  for_both unknown
}

# --- remount --------------------------------------------------------------------------------------------------------

@test "remount changes the mount that stands, and makes none" {
  remounted() {
    add_mount /tmp/a tmpfs tmpfs nosuid nodev noexec
    add_mount /tmp/a none none remount ro exec noatime
    add_mount /data none "$VOLUME" bind ro
    add_mount /data none "" remount bind rw
    inside 'cat /proc/self/mountinfo; touch /data/written 2>&1; touch /tmp/a/x 2>&1'
    same "mounts at /tmp/a" "$(grep -c ' /tmp/a ' <<< "$output")" 1
    has_flag /tmp/a ro; has_flag /tmp/a noatime; has_flag /tmp/a nosuid; lacks_flag /tmp/a noexec
    same "mounts at /data" "$(grep -c ' /data ' <<< "$output")" 1
    has_flag /data rw
    has "write" "$output" "/tmp/a/x: Read-only file system"
    [ -e "$VOLUME/written" ]
    rm "$VOLUME/written"
  }
  for_both remounted
}

@test "remount sets the propagation" {
  root_bundle runc-spec.json
  add_mount /tmp/a tmpfs tmpfs
  add_mount /tmp/a none none remount shared
  inside 'cat /proc/self/mountinfo'
  succeeds
  has "propagation" "$(propagation /tmp/a)" shared:
}

@test "remount of what this bundle has not mounted is refused" {
  nothing_there() {
    add_mount /data none none remount ro
    inside true
    fails 125 E_CONFIG_VALUE "mounts["
    has "why" "$stderr" "no earlier entry"
  }
  for_both nothing_there
}

@test "remount through a link in the root file system does not leave it, and no mount there is an error" {
  root_bundle runc-spec.json
  ln -s ../../../../../../../.. "$B/rootfs/tmp/out"
  add_mount /tmp/out/data tmpfs tmpfs
  add_mount /tmp/out/data none none remount ro
  inside 'cat /proc/self/mountinfo'
  succeeds
  has_flag /data ro
  root_bundle runc-spec.json "$T/second" # the target of the link is no mount point when it is looked at again
  ln -s /proc "$B/rootfs/tmp/p"; mkdir "$B/rootfs/tmp/etc"
  add_mount /tmp/p/../etc tmpfs tmpfs
  add_mount /tmp/etc none none remount ro
  inside true
  fails 125 E_MOUNT_TARGET "mounts["
  has "why" "$stderr" "is not where a mount stands"
}

# --- tmpcopyup ------------------------------------------------------------------------------------------------------

# Fills $B/rootfs/data with one of each kind.
fill_data() {
  local d="$B/rootfs/data"
  mkdir -p "$d/sub/deep" "$d/empty"
  printf 'hello' > "$d/file"; printf 'x' > "$d/sub/deep/exec"; chmod 4751 "$d/sub/deep/exec"
  truncate -s 3G "$d/sparse"; printf end >> "$d/sparse"
  ln -s /etc/passwd "$d/link"; ln -s nowhere "$d/sub/dangling"
  mkfifo -m 640 "$d/fifo"
  chmod 1711 "$d/sub"; chmod 2750 "$d"
  payload setxattr "$d/file" security.note kept
  touch -d '2001-02-03 04:05:06.789' "$d/file" "$d/sub"
  touch -h -d '2002-02-02 02:02:02' "$d/link"
  touch -d '2003-03-03 03:03:03' "$d"
}

LISTING='cd /data; for f in . file link sub sub/dangling sub/deep sub/deep/exec fifo empty; do
  echo "$f $(stat -c "%F %a %u %g %Y %s" "$f" | sed "s/^\(directory.*\) [0-9]*$/\1/")"; done; readlink link; cat file; tail -c 3 sparse'

@test "tmpcopyup: the tmpfs begins with what it covers: kinds, owners, modes, times, holes, attributes" {
  copied() {
    fill_data
    if [ "${#AS[@]}" = 0 ]; then chown -h 3:4 "$B/rootfs/data/file" "$B/rootfs/data/link" "$B/rootfs/data"
    else own_data; fi
    local d="$B/rootfs/data"; chmod 4751 "$d/sub/deep/exec"; chmod 2750 "$d"
    edit '.root.readonly = false | .process.capabilities |= map_values(. + ["CAP_DAC_OVERRIDE"])'
    inside "$LISTING"
    succeeds
    local before="$output"
    edit '.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup", "nosuid"]}]'
    inside "$LISTING"' ; echo; stat -f -c %T /data; du -k /data/sparse | cut -f 1; payload getxattr /data/file security.note; echo new > /data/file; rm -r /data/sub'
    succeeds
    same "copy" "$(head -c ${#before} <<< "$output")" "$before"
    has "type" "$output" $'\ntmpfs\n'
    has "attribute" "$output" security.note=kept
    same "the image" "$(cat "$d/file")" hello
    [ -e "$d/sub/deep/exec" ]
    [ "$(sed -n '/^tmpfs$/{n;p}' <<< "$output")" -lt 100 ]
  }
  for_both copied
}

@test "tmpcopyup: owner and mode of the tmpfs are its options' where they say so" {
  own_mode() {
    chmod 750 "$B/rootfs/data"
    add_mount /data tmpfs tmpfs tmpcopyup mode=705
    inside 'stat -c %a /data'
    succeeds
    same "mode" "$output" 705
  }
  for_both own_mode
}

@test "tmpcopyup: a read-only tmpfs is filled before it is read-only" {
  filled_ro() {
    echo hello > "$B/rootfs/data/file"; own_data
    add_mount /data tmpfs tmpfs tmpcopyup ro
    inside 'cat /data/file; touch /data/x 2>&1'
    has "content" "$output" hello
    has "write" "$output" "Read-only file system"
  }
  for_both filled_ro
}

@test "tmpcopyup: a directory of a thousand entries and forty levels is copied" {
  many() {
    (cd "$B/rootfs/data"; seq -f f%g 1000 | xargs touch; seq -f d%g 300 | xargs mkdir
     p=.; for i in {1..40}; do p="$p/level"; done; mkdir -p "$p"; echo deep > "$p/file")
    own_data
    add_mount /data tmpfs tmpfs tmpcopyup
    inside 'find /data | wc -l; cat $(find /data -name file)'
    succeeds
    same "entries" "${lines[0]}" 1342
    same "content" "${lines[1]}" deep
  }
  for_both many
}

@test "tmpcopyup: links are copied, never followed" {
  followed() {
    ln -s /proc/1/root "$B/rootfs/data/a"; ln -s ../../../../../../../../etc "$B/rootfs/data/b"; own_data
    add_mount /data tmpfs tmpfs tmpcopyup
    inside 'readlink /data/a; readlink /data/b'
    succeeds
    same "links" "$output" $'/proc/1/root\n../../../../../../../../etc'
  }
  for_both followed
}

@test "tmpcopyup: too deep, too large, and a mount below it are refused by name" {
  root_bundle runc-spec.json
  local p="$B/rootfs/data" i; for i in {1..70}; do p="$p/l"; done; mkdir -p "$p"
  add_mount /data tmpfs tmpfs tmpcopyup
  inside true
  fails 125 E_MOUNT "mounts["
  has "hint" "$stderr" "64 deep"
  rm -r "$B/rootfs/data/l"
  head -c 300000 /dev/zero | tr '\0' x > "$B/rootfs/data/large"
  edit '.mounts[-1].options += ["size=64k"]'
  inside true
  fails 125 E_MOUNT "mounts["
  has "what" "$stderr" "copying /data/large"
  has "hint" "$stderr" "too small"
  rm "$B/rootfs/data/large"
  edit '.mounts = .mounts[:-1] + [{destination: "/data/sub", type: "tmpfs", source: "tmpfs"}] + .mounts[-1:]'
  inside true
  fails 125 E_MOUNT "mounts["
  has "what" "$stderr" "/data/sub"
  has "hint" "$stderr" "something is mounted there"
}

@test "tmpcopyup: an owner that is not mapped is an error, not somebody else's file" {
  user_bundle runc-spec-rootless.json
  echo x > "$B/rootfs/data/file"; chown 12:12 "$B/rootfs/data/file"
  add_mount /data tmpfs tmpfs tmpcopyup
  inside true
  fails 125 E_MOUNT "mounts["
  has "what" "$stderr" "copying /data/file"
  has "hint" "$stderr" "not mapped"
}

@test "tmpcopyup: what the caller can't read is not copied" {
  user_bundle runc-spec-rootless.json
  map_subordinate_ids
  mkdir "$B/rootfs/data/secret"; echo x > "$B/rootfs/data/secret/file"; chown -R 0:0 "$B/rootfs/data/secret"; chmod 700 "$B/rootfs/data/secret"
  add_mount /data tmpfs tmpfs tmpcopyup
  inside true
  fails 125 E_MOUNT "mounts["
  has "what" "$stderr" "Permission denied"
  rm -r "$B/rootfs/data/secret"
}

# --- linux.rootfsPropagation ----------------------------------------------------------------------------------------

# shared_host COMMAND...: with $T as a shared mount of a private mount namespace, whose mounts are printed at the end.
shared_host() {
  capture unshare -m --propagation private sh -c 'mount --bind "$1" "$1" && mount --make-shared "$1" && d="$1" && shift && "$@"
    rc=$?; echo host:; grep -c " $d" /proc/self/mountinfo; exit $rc' - "$T" "$@" < /dev/null
}

@test "rootfsPropagation: each word, with and without r, is what the root mount has" {
  word_by_word() {
    local word
    for word in private rprivate slave rslave shared rshared unbindable runbindable; do
      edit --arg w "$word" '.linux.rootfsPropagation = $w'
      script 'cat /proc/self/mountinfo'
      shared_host "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID"
      succeeds
      case "$word" in
        *private) same "$word" "$(propagation /)" "" ;;
        *slave) has "$word" "$(propagation /)" master:; lacks "$word" "$(propagation /)" shared: ;;
        *shared) has "$word" "$(propagation /)" shared:; lacks "$word" "$(propagation /)" master: ;;
        *unbindable) same "$word" "$(propagation /)" " unbindable" ;;
      esac
    done
  }
  for_both word_by_word
}

@test "rootfsPropagation slave: what the host mounts later is seen inside; private: it is not" {
  local word seen
  for word in slave private; do
    root_bundle runc-spec.json "$T/$word"
    edit --arg w "$word" '.linux.rootfsPropagation = $w'
    command_is /bin/sh -c 'echo ready; read -r x < /tmp/go; grep -c " /data " /proc/self/mountinfo'
    mkfifo "$B/rootfs/tmp/go"
    capture unshare -m --propagation private sh -c 'mount --bind "$1" "$1" && mount --make-shared "$1"
      "$2" bundle run --bundle "$3" --id "$4" > "$1/out" & while ! grep -q ready "$1/out"; do sleep 0.05; done
      mount -t tmpfs x "$3/rootfs/data"; echo > "$3/rootfs/tmp/go"; wait; cat "$1/out"; umount "$3/rootfs/data"' - "$T" "$SHIM" "$B" "$ID" < /dev/null
    [ "$word" = slave ] && seen=1 || seen=0
    same "$word" "$(paste -sd' ' <<< "$output")" "ready $seen"
  done
}

@test "propagation words are in force on a bind mount and on a new mount" {
  each_propagation() {
    local word
    edit --arg v "$VOLUME" '.root.readonly = false | .mounts += [
      ("private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable") as $w
      | {destination: "/tmp/b-\($w)", source: $v, options: ["rbind", $w]}, {destination: "/tmp/n-\($w)", type: "tmpfs", options: [$w]}]'
    script 'cat /proc/self/mountinfo'
    shared_host "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID"
    succeeds
    for word in private rprivate; do same "$word" "$(propagation "/tmp/b-$word")$(propagation "/tmp/n-$word")" ""; done
    for word in shared rshared; do has "$word" "$(propagation "/tmp/b-$word")" shared:; has "$word" "$(propagation "/tmp/n-$word")" shared:; done
    for word in slave rslave; do has "$word" "$(propagation "/tmp/b-$word")" master:; lacks "$word" "$(propagation "/tmp/b-$word")" shared:; done
    for word in unbindable runbindable; do same "$word" "$(propagation "/tmp/b-$word")$(propagation "/tmp/n-$word")" " unbindable unbindable"; done
  }
  for_both each_propagation
}

@test "rootfsPropagation: another word is refused" {
  user_bundle runc-spec-rootless.json
  edit '.linux.rootfsPropagation = "sharred"'
  inside true
  fails 125 E_CONFIG_VALUE linux.rootfsPropagation
}

# --- targets and sources that are broken on purpose -------------------------------------------------------------------

@test "a file over a directory, a directory over a file, a link that goes in a circle" {
  broken() {
    echo x > "$VOLUME/file"; echo y > "$B/rootfs/etc/file"; ln -s loop "$B/rootfs/etc/loop"
    add_mount /etc none "$VOLUME/file" bind
    inside true
    fails 125 E_MOUNT_TARGET "mounts["
    has "hint" "$stderr" "a directory stands at the destination"
    edit 'del(.mounts[-1])'; add_mount /etc/file none "$VOLUME" bind
    inside true
    fails 125 E_MOUNT_TARGET "mounts["
    has "hint" "$stderr" "a file stands at the destination"
    edit 'del(.mounts[-1])'; add_mount /etc/loop/x none "$VOLUME" bind
    inside true
    fails 125 E_MOUNT_TARGET "mounts["
    has "hint" "$stderr" "in a circle"
  }
  for_both broken
}

@test "a type that the kernel does not know, for root" {
  root_bundle runc-spec.json
  add_mount /data nosuchfs none
  inside true
  fails 125 E_MOUNT "mounts["
  has "hint" "$stderr" "no file system of that type"
}

@test "devpts with a gid that is not mapped is an error that names it" {
  user_bundle runc-spec-rootless.json
  edit '(.mounts[] | select(.type == "devpts").options) += ["gid=5"]'
  inside true
  fails 125 E_MOUNT "mounts[2] (/dev/pts)"
  has "what" "$stderr" "gid=5"
}

@test "a thousand bind mounts, and time that grows with them and no faster" {
  thousand() {
    local n start last=0
    for n in 250 1000; do
      edit --argjson n "$n" --arg v "$VOLUME" '.root.readonly = false | .mounts = .mounts[:7] + [range($n) | {destination: "/tmp/m\(.)", source: $v, options: ["bind", "ro"]}]'
      start="${EPOCHREALTIME/./}"
      inside 'grep -c " /tmp/m" /proc/self/mountinfo'
      last="$last $((${EPOCHREALTIME/./} - start))"
      succeeds
      same "mounts" "$output" "$n"
    done
    set -- $last
    echo "250: $2 us, 1000: $3 us"
    [ "$3" -lt $((8 * $2)) ]
  }
  for_both thousand
}
