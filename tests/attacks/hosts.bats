# admin sync-hosts DOMAIN...: the one file of the host that a caller has a say in. Each test has an /etc/hosts of its own,
# in a directory that is /etc for the shim alone: the host's is never written.
load ../e2e/helper

eval "$(declare -f setup | sed '1s/setup/setup_host/')"
setup() {
  setup_host
  ETC="$T/etc"
  mkdir "$ETC"
  cp -a /etc/passwd /etc/group /etc/subuid /etc/subgid "$ETC/"
  printf '127.0.0.1 localhost\n10.1.2.3 kept # by root\n' > "$ETC/hosts"
  chmod 644 "$ETC/hosts"
  LOCK=/run/locald-shim.hosts.lock
}

# syncs UID DOMAIN...: as that user, with $ETC as /etc.
in_etc() { unshare -m sh -c 'mount --bind "$0" /etc && exec "$@"' "$ETC" "$@"; }
user_is() { echo setpriv --reuid "$1" --regid "$1" --clear-groups; }
syncs() { local uid="$1"; shift; capture in_etc $(user_is "$uid") "$SHIM" admin sync-hosts "$@"; }

block_of() { printf '# BEGIN locald\n'; printf '%s\n' "$@"; printf '# END locald\n'; }
HEAD=$'127.0.0.1 localhost\n10.1.2.3 kept # by root'
unchanged() { same hosts "$(cat "$ETC/hosts")" "$HEAD"; same files "$(ls -A "$ETC" | tr '\n' ' ')" "group hosts passwd subgid subuid "; }

@test "hosts: names are written for 127.0.0.1 and ::1 behind what is there; without names the block is gone" {
  syncs "$TEST_UID" web.localhost API.localhost web.LOCALHOST
  succeeds
  same hosts "$(cat "$ETC/hosts")" "$HEAD
$(block_of "127.0.0.1 web.localhost # uid $TEST_UID" "::1 web.localhost # uid $TEST_UID" \
    "127.0.0.1 api.localhost # uid $TEST_UID" "::1 api.localhost # uid $TEST_UID")"
  same owner "$(stat -c '%u:%g %a %h' "$ETC/hosts")" "0:0 644 1"
  local inode="$(stat -c %i "$ETC/hosts")"
  syncs "$TEST_UID" web.localhost api.localhost
  succeeds
  same "not written again" "$(stat -c %i "$ETC/hosts")" "$inode"
  syncs "$TEST_UID"
  succeeds
  unchanged
}

@test "hosts: each user replaces the own names alone, and can't remove another's" {
  syncs 1000 web.localhost; succeeds
  syncs 10001 db.localhost; succeeds
  syncs 0 root.localhost; succeeds
  syncs 1000 new.localhost; succeeds
  syncs 10001; succeeds
  same hosts "$(tail -n +3 "$ETC/hosts")" "$(block_of "127.0.0.1 root.localhost # uid 0" "::1 root.localhost # uid 0" \
    "127.0.0.1 new.localhost # uid 1000" "::1 new.localhost # uid 1000")"
}

@test "hosts: what is no host name, or not below .localhost, is refused, and nothing is written" {
  local name
  for name in '' ' ' '#' 'a b.localhost' $'a.localhost\n6.6.6.6 bank.example' $'a\r.localhost' 'a#.localhost' 'a_b.localhost' \
    '-a.localhost' 'a-.localhost' '.localhost' 'a..localhost' 'a.localhost.' 'ä.localhost' '*.localhost' 'a/../b.localhost' \
    "$(printf 'a%.0s' {1..64}).localhost" "$(printf 'a.%.0s' {1..130})localhost"; do
    syncs "$TEST_UID" good.localhost "$name"
    fails 125 E_USAGE DOMAIN
    unchanged
  done
  for name in localhost evil.com alocalhost localhost.evil.com www.google.com kept; do
    syncs "$TEST_UID" good.localhost "$name"
    fails 125 E_AUTHORITY DOMAIN
    unchanged
  done
  syncs "$TEST_UID" $(printf 'n%d.localhost ' {1..129})
  fails 125 E_USAGE DOMAIN
  unchanged
  syncs "$TEST_UID" $(printf 'n%d.localhost ' {1..128})
  succeeds
}

@test "hosts: suffixes of the policy, and no others; the policy's group" {
  echo 'host-suffixes = .test .dev.example' > "$ETC/locald-shim.conf"
  syncs "$TEST_UID" a.test b.dev.example c.localhost; succeeds
  syncs "$TEST_UID" test; fails 125 E_AUTHORITY DOMAIN
  syncs "$TEST_UID" a.example; fails 125 E_AUTHORITY DOMAIN
  has hosts "$(cat "$ETC/hosts")" "127.0.0.1 a.test # uid $TEST_UID"
  echo 'group = root' > "$ETC/locald-shim.conf"
  syncs "$TEST_UID" c.localhost; fails 125 E_AUTHORITY /etc/locald-shim.conf
  has hosts "$(cat "$ETC/hosts")" "127.0.0.1 a.test # uid $TEST_UID"
}

@test "hosts: a block that is not whole, a NUL, a file that is not root's, a link: refused as they are" {
  local text
  for text in '# BEGIN locald' '# END locald' $'# BEGIN locald\n# BEGIN locald\n# END locald' $'# END locald\n# BEGIN locald'; do
    printf '%s\n%s\n' "$HEAD" "$text" > "$ETC/hosts"
    syncs "$TEST_UID" a.localhost
    fails 125 E_FILE /etc/hosts:
    same hosts "$(cat "$ETC/hosts")" "$HEAD"$'\n'"$text"
  done
  printf 'a\0b\n' > "$ETC/hosts"
  syncs "$TEST_UID" a.localhost; fails 125 E_FILE /etc/hosts
  head -c 1048576 /dev/zero | tr '\0' '#' > "$ETC/hosts"
  syncs "$TEST_UID" a.localhost; fails 125 E_FILE /etc/hosts
  printf '%s\n' "$HEAD" > "$ETC/hosts"
  chown "$TEST_UID" "$ETC/hosts"
  syncs "$TEST_UID" a.localhost; fails 125 E_FILE /etc/hosts
  chown 0 "$ETC/hosts"
  mv "$ETC/hosts" "$T/elsewhere"
  ln -s "$T/elsewhere" "$ETC/hosts"
  syncs "$TEST_UID" a.localhost; fails 125 E_FILE /etc/hosts
  same elsewhere "$(cat "$T/elsewhere")" "$HEAD"
  rm "$ETC/hosts"
  syncs "$TEST_UID" a.localhost; fails 125 E_FILE /etc/hosts
}

# As in a container, where the engine binds the file.
@test "hosts: a file that is a mount can't be replaced: an error that says so, nothing is left" {
  capture unshare -m sh -c 'mount --bind "$0" /etc && touch /etc/other && cp /etc/hosts /etc/other && mount --bind /etc/other /etc/hosts && exec "$@"' \
    "$ETC" $(user_is "$TEST_UID") "$SHIM" admin sync-hosts a.localhost
  fails 125 E_FILE /etc/hosts
  has stderr "$stderr" "Device or resource busy"
  rm "$ETC/other"
  unchanged
}

@test "hosts: the caller's limits and umask neither cut the file nor leave a half one" {
  local limit
  syncs 1000 other.localhost
  local before="$(cat "$ETC/hosts")"
  for limit in fsize=0:0 fsize=1:1 fsize=100:100 nofile=64:64; do
    capture in_etc prlimit --"$limit" $(user_is "$TEST_UID") "$SHIM" admin sync-hosts a.localhost
    if [ "$limit" = nofile=64:64 ]; then succeeds; continue; fi
    same "status with $limit" "$status" 125 # its error goes to a file too, and does not fit either
    same hosts "$(cat "$ETC/hosts")" "$before"
    [ ! -e "$ETC/hosts.locald-new" ]
  done
  capture in_etc $(user_is "$TEST_UID") sh -c 'umask 777; exec "$@"' sh "$SHIM" admin sync-hosts b.localhost
  succeeds
  same mode "$(stat -c '%u:%g %a' "$ETC/hosts")" "0:0 644"
}

@test "hosts: forty runs of two users at once lose no name" {
  local i pids=()
  for ((i = 0; i < 20; i++)); do
    in_etc $(user_is 1000) "$SHIM" admin sync-hosts "a$i.localhost" a.localhost 3>&- 200>&- & pids+=($!)
    in_etc $(user_is 1001) "$SHIM" admin sync-hosts "b$i.localhost" b.localhost 3>&- 200>&- & pids+=($!)
  done
  wait "${pids[@]}"
  same lines "$(grep -c ' # uid 100[01]$' "$ETC/hosts")" 8
  same "both" "$(grep -cE '127.0.0.1 [ab].localhost # uid 100[01]$' "$ETC/hosts")" 2
  same "ends" "$(tail -n 1 "$ETC/hosts")" "# END locald"
}

@test "hosts: SIGKILL at any time leaves the old file or the new one, and the next run works" {
  local i old new whole=0 done=0
  syncs "$TEST_UID" old.localhost; old="$(cat "$ETC/hosts")"
  syncs "$TEST_UID" new.localhost; new="$(cat "$ETC/hosts")"
  for ((i = 0; i < 60; i++)); do
    syncs "$TEST_UID" old.localhost; succeeds
    in_etc $(user_is "$TEST_UID") timeout -s KILL "$(printf '0.%04d' $((i * i * 2 + 1)))" "$SHIM" admin sync-hosts new.localhost 2> /dev/null 3>&- 200>&- || true
    case "$(cat "$ETC/hosts")" in "$old") whole=$((whole + 1)) ;; "$new") done=$((done + 1)) ;; *) cat "$ETC/hosts"; return 1 ;; esac
  done
  echo "$whole old, $done new"
  [ "$whole" -gt 0 ] && [ "$done" -gt 0 ]
  syncs "$TEST_UID"
  succeeds
  unchanged
}

# Who stops a run of theirs before its rename(2) could bring back lines that root has removed since.
@test "hosts: what root changes while a run is stopped stays; a file hosts.new is not ours" {
  local how before
  echo theirs > "$ETC/hosts.new"
  for how in 'echo 10.9.9.9 late >> "$0/hosts"' 'cp "$0/hosts" "$0/h" && echo 10.9.9.9 late >> "$0/h" && mv "$0/h" "$0/hosts"' \
    'sed s/kept/KEPT/ "$0/hosts" > "$0/h" && cat "$0/h" > "$0/hosts" && rm "$0/h"'; do
    printf '%s\n' "$HEAD" > "$ETC/hosts"
    in_etc strace -u "$TEST_USER" -o "$T/trace" -e trace=fsync -e inject=fsync:delay_exit=2000000 \
      "$SHIM" admin sync-hosts a.localhost > "$OUT" 2> "$ERR" < /dev/null 3>&- 200>&- &
    STARTED=("$!")
    wait_for 30 test -e "$ETC/hosts.locald-new"
    sh -c "$how" "$ETC"
    before="$(cat "$ETC/hosts")"
    status=0; wait "$!" || status="$?"
    same status "$status" 125
    has error "$(cat "$ERR")" "[E_FILE]"
    same hosts "$(cat "$ETC/hosts")" "$before"
    same files "$(ls -A "$ETC" | tr '\n' ' ')" "group hosts hosts.new passwd subgid subuid "
  done
  same theirs "$(cat "$ETC/hosts.new")" theirs
}

# Who stops a run of theirs that has the lock can hold up others, for no longer than these wait.
@test "hosts: a run that waits for one that was stopped ends with an error; the lock file is root's alone" {
  syncs "$TEST_UID" a.localhost
  same lock "$(stat -c '%u %a' "$LOCK")" "0 600"
  exec 9<> "$LOCK"
  flock -n 9
  capture in_etc $(user_is "$TEST_UID") "$SHIM" admin sync-hosts b.localhost
  exec 9>&-
  fails 125 E_FILE /etc/hosts
  syncs "$TEST_UID"; succeeds
  unchanged
}

@test "hosts: root's power is there for three steps: the lock file, the new file, and its name" {
  in_etc strace -f -u "$TEST_USER" -o "$T/trace" -e trace=openat,openat2,open,setresuid,capset,fchown,rename,renameat,renameat2,read,unlinkat \
    "$SHIM" admin sync-hosts a.localhost
  # whatever is read is read with the caller's uid
  awk -v uid="$TEST_UID" '/setresuid\(-1, 0, -1\)/ { root = 1 } $0 ~ "setresuid\\(-1, " uid ", -1\\)" { root = 0 }
    root && /open.*(passwd|group|subuid|conf|"\/etc\/hosts")/ { print "as root:", $0; bad = 1 }
    root && /open/ { opened++ } root && /renameat/ { renamed++ }
    END { print opened " opened, " renamed " renamed as root"; exit bad || opened != 2 || renamed != 1 }' "$T/trace" || { cat "$T/trace"; return 1; }
}
