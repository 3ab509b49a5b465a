# `sudo locald admin setup`: where the shim comes from, where it is put, and what is refused. The layout of a test:
# $P/bin/locald, the caller.
load ../e2e/helper

eval "$(declare -f setup | sed '1s/setup/setup_host/')"
setup() {
  setup_host
  P="$T/p"
  mkdir -p "$P/bin" "$P/libexec/locald"
  install -m 755 "${SHIM%/*}/locald" "$P/bin/locald"
  PLAIN="$P/libexec/locald/locald-shim"
  install -m 755 "$SHIM" "$PLAIN"
}

admin() { capture timeout 60 "$P/bin/locald" admin setup "$@" < /dev/null; }

is_installed() {
  same mode "$(stat -c '%U:%G %a' "$P/bin/locald-shim")" "root:root 4755"
  cmp "$P/bin/locald-shim" "$SHIM"
  [ ! -e "$P/bin/.locald-setup" ]
}

# refused CODE PART: nothing is left, and nothing was installed.
refused() {
  same status "$status" 125
  has stderr "$stderr" "[$1]"
  has stderr "$stderr" "$2"
  same stdout "$output" ""
  [ ! -e "$P/bin/.locald-setup" ]
}

@test "setup: installs from ../libexec/locald, says so, and does nothing the second time" {
  admin
  succeeds
  is_installed
  has output "$output" "installed $P/bin/locald-shim"
  before="$(stat -c '%i %y %z' "$P/bin/locald-shim")"
  admin
  succeeds
  has output "$output" "nothing was changed"
  same inode "$(stat -c '%i %y %z' "$P/bin/locald-shim")" "$before"
}

@test "setup: no other user can hold it up" {
  setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups flock "$P/bin" sleep 300 3>&- 200>&- &
  STARTED+=("$!")
  wait_for 20 sh -c '! flock --nonblock "$1" true' sh "$P/bin"
  admin
  kill -KILL "$(pgrep -P "${STARTED[0]}")"
  succeeds
  is_installed
  same lock "$(stat -c '%u %a' /run/locald-setup.lock)" "0 600"
}

@test "setup: installs from ../lib/locald" {
  mv "$P/libexec" "$P/lib"
  admin
  succeeds
  is_installed
}

@test "setup: repairs a copy beside locald" {
  rm -r "$P/libexec"
  for mode in 755 0700 4711; do
    install -m "$mode" "$SHIM" "$P/bin/locald-shim"
    [ "$mode" = 4711 ] || { admin; succeeds; has output "$output" repaired; is_installed; }
  done
}

@test "setup: a copy that another user owns or can write is no source, unless root names it" {
  rm -r "$P/libexec"
  install -o "$TEST_UID" -m 755 "$SHIM" "$P/bin/locald-shim"
  admin
  refused LOCALD_E_UNSAFE "would become setuid root"
  same owner "$(stat -c '%u %a' "$P/bin/locald-shim")" "$TEST_UID 755"
  install -m 775 "$SHIM" "$P/bin/locald-shim"
  admin
  refused LOCALD_E_UNSAFE "would become setuid root"
  admin --from "$P/bin/locald-shim"
  succeeds
  is_installed
}

@test "setup: a source in a directory that another user can write is refused" {
  chmod 777 "$P/libexec"
  admin
  refused LOCALD_E_UNSAFE "others than root can write in this directory"
  [ ! -e "$P/bin/locald-shim" ]
}

@test "setup: a directory that others can write, here or above, gets no shim" {
  for change in "chown $TEST_UID $P/bin" "chmod 775 $P/bin" "chmod 1777 $P" "chown $TEST_UID $T"; do
    chown 0:0 "$P/bin" "$P" "$T" && chmod 755 "$P/bin" "$P" "$T"
    $change
    admin
    refused LOCALD_E_UNSAFE "hint: install locald below /usr/local/bin"
    admin --from "$SHIM"
    refused LOCALD_E_UNSAFE "others than root can write"
    [ ! -e "$P/bin/locald-shim" ]
  done
}

@test "setup: a link in the place of the shim is replaced, not followed" {
  echo precious > "$T/target"
  ln -s "$T/target" "$P/bin/locald-shim"
  admin
  succeeds
  is_installed
  [ ! -L "$P/bin/locald-shim" ]
  same target "$(cat "$T/target") $(stat -c %a "$T/target")" "precious 644"
}

@test "setup: a link alone is no source" {
  rm -r "$P/libexec"
  ln -s "$SHIM" "$P/bin/locald-shim"
  admin
  refused LOCALD_E_UNSAFE "is not taken as a source"
  [ -L "$P/bin/locald-shim" ]
}

@test "setup: what is not the shim leaves what was there" {
  install -m 4755 "$SHIM" "$P/bin/locald-shim"
  admin --from /bin/true
  refused LOCALD_E_VERSION "is of version"
  is_installed
  printf '#!/bin/sh\necho 0.1.0\n%0100d\n' 0 > "$T/script"
  admin --from "$T/script"
  refused LOCALD_E_ARGUMENT "is no ELF program"
  admin --from "$T"
  refused LOCALD_E_ARGUMENT "is no regular file"
  admin --from "$T/none"
  refused LOCALD_E_ARGUMENT "No such file"
  is_installed
}

@test "setup: no source at all" {
  rm -r "$P/libexec"
  admin
  refused LOCALD_E_NO_SHIM "--from FILE"
}

@test "setup: what a setup that was killed left is no obstacle" {
  install -D -m 4755 /bin/true "$P/bin/.locald-setup/locald-shim"
  admin
  succeeds
  is_installed
}

@test "setup: a file system that is mounted nosuid" {
  capture unshare -m sh -c "mount -t tmpfs -o nosuid,mode=755 none '$P/bin' && cp '${SHIM%/*}/locald' '$P/bin/' &&
    exec '$P/bin/locald' admin setup"
  refused LOCALD_E_NOSUID "mounted nosuid"
}

@test "setup: not root" {
  capture as_user "$P/bin/locald" admin setup
  refused LOCALD_E_UNPRIVILEGED "run: sudo locald admin setup"
  for arguments in "" "setup x" "setup --from" "other"; do
    capture "$P/bin/locald" admin $arguments
    refused LOCALD_E_ARGUMENT "expected setup"
  done
}
