# Which locald-shim the client library takes, and which it passes over. The layout of a test: $P/bin/client, the caller,
# and a locald-shim in $P/bin or in $P.
load ../e2e/helper

setup_file() {
  [ -n "${E2E_PREBUILT:-}" ] || make -C "$REPO" -s callers-tools BUILD="${BUILD:-build}" 3>&- 200>&-
  export MADE="$(cd "$REPO" && realpath "${BUILD:-build}")/callers-tools"
}

eval "$(declare -f setup | sed '1s/setup/setup_host/')"
setup() {
  setup_host
  P="$T/p" CALLER=(setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --)
  mkdir -p "$P/bin"
  install -m 755 "$MADE/client" "$P/bin/client"
}

real() { install -o root -g root -m "${2:-4755}" "$SHIM" "$1/locald-shim"; }

# fake DIRECTORY MODE...: a setuid program of root's that says what the mode is.
fake() {
  install -o root -g root -m 4755 "$MADE/fake" "$1/locald-shim"
  printf '%s\n' "${@:2}" > "$1/mode"
}

find_shim() { capture "${CALLER[@]}" timeout 60 "$P/bin/client" find "$@" < /dev/null; }

# found DIRECTORY
found() {
  find_shim
  same output "$output" "$1/locald-shim $("$SHIM" --shim-version)"
}

# refused CODE PART [HINT]
refused() {
  find_shim
  same status "$status" 1
  has output "$output" "error $1: "
  has output "$output" "$2"
  has output "$output" "hint: ${3:-run: sudo locald admin setup}"
}

@test "discovery: beside the caller, then in its parent directory" {
  real "$P"
  found "$P"
  real "$P/bin"
  found "$P/bin"
}

@test "discovery: none" {
  refused LOCALD_E_NO_SHIM "$P/bin/locald-shim: there is no locald-shim"
}

@test "discovery: find_in: what is in the directory that is named, also by a link, and none other" {
  real "$P/bin"
  mkdir "$T/other"
  find_shim "$T/other"
  has output "$output" LOCALD_E_NO_SHIM
  find_shim "$T/nothing"
  has output "$output" LOCALD_E_NO_SHIM
  real "$T/other"
  ln -s other "$T/link"
  find_shim "$T/link"
  same output "$output" "$T/other/locald-shim $("$SHIM" --shim-version)"
}

@test "discovery: a look-alike without setuid is refused, and passed over for a real one in the parent" {
  real "$P/bin" 755
  refused LOCALD_E_UNPRIVILEGED "is not setuid"
  real "$P"
  found "$P"
}

@test "discovery: setgid alone is not setuid" {
  real "$P/bin" 2755
  refused LOCALD_E_UNPRIVILEGED "is not setuid"
  real "$P"
  found "$P"
}

@test "discovery: setuid of another user is not root's" {
  real "$P/bin"
  chown "$TEST_UID" "$P/bin/locald-shim"
  chmod 4755 "$P/bin/locald-shim"
  refused LOCALD_E_UNPRIVILEGED "does not belong to root"
  real "$P"
  found "$P"
}

@test "discovery: one that this user may not execute" {
  real "$P/bin" 4700
  refused LOCALD_E_UNPRIVILEGED "can't be executed by this user"
  real "$P"
  found "$P"
}

@test "discovery: a file that the group or others may write" {
  local mode
  for mode in 4775 4757 4777; do
    real "$P/bin" "$mode"
    refused LOCALD_E_UNSAFE "the file can be written by others than root" || { echo "mode $mode"; return 1; }
  done
  real "$P/bin" 4775
  real "$P"
  found "$P"
}

@test "discovery: a directory above that the group or others may write, or that another user owns; sticky or not" {
  local directory mode
  real "$P/bin"
  for directory in "$P/bin" "$P" "$T"; do
    for mode in 775 757 777 1777 2775; do
      chmod "$mode" "$directory"
      refused LOCALD_E_UNSAFE "a directory above it can be changed" || { echo "$mode $directory"; return 1; }
    done
    chmod 0755 "$directory"
    chown "$TEST_UID" "$directory"
    refused LOCALD_E_UNSAFE "a directory above it can be changed" || { echo "owner of $directory"; return 1; }
    chown root "$directory"
    found "$P/bin"
  done
}

@test "discovery: an access list that lets a user write is seen" {
  real "$P/bin"
  "$MADE/acl" "$P/bin" "$TEST_UID"
  capture as_user sh -c 'ln "$1/client" "$1/new"; echo >> "$1/made"; ls "$1"' sh "$P/bin"
  has "the list works" "$output" made
  refused LOCALD_E_UNSAFE "a directory above it can be changed"
}

@test "discovery: a link, a directory, a FIFO in its place" {
  real "$T"
  ln -s "$T/locald-shim" "$P/bin/locald-shim"
  refused LOCALD_E_UNPRIVILEGED "is a symbolic link"
  real "$P"
  found "$P"
  rm "$P/bin/locald-shim"
  mkdir "$P/bin/locald-shim"
  found "$P"
  rm "$P/locald-shim"
  refused LOCALD_E_UNPRIVILEGED "is no regular file"
  rmdir "$P/bin/locald-shim"
  mkfifo "$P/bin/locald-shim"
  refused LOCALD_E_UNPRIVILEGED "is no regular file"
  rm "$P/bin/locald-shim"
  ln -s /nothing/there "$P/bin/locald-shim"
  refused LOCALD_E_UNPRIVILEGED "is a symbolic link"
}

@test "discovery: what is worst of two is told" {
  real "$P/bin" 755
  real "$P" 4777
  refused LOCALD_E_UNSAFE "$P/locald-shim: the file can be written"
  real "$P/bin" 4777
  real "$P" 755
  refused LOCALD_E_UNSAFE "$P/bin/locald-shim: the file can be written"
}

@test "discovery: a program that hangs is ended after five seconds" {
  fake "$P/bin" sleep
  local begin="${EPOCHREALTIME/./}"
  refused LOCALD_E_TIMEOUT "did not end in time"
  [ $((${EPOCHREALTIME/./} - begin)) -ge 4900000 ]
}

@test "discovery: other versions, and what is none" {
  local said
  for said in 0.2.0 1.1.0 0.0.1 1.0.0-rc.1 "" 0.1 0.1.0.0 v0.1.0 00.1.0 "0.1.0 " " 0.1.0" $'0.1.0\n' 0.1.0- 0.1.0+ 0.1.0-a..b 0.1.x 999999999999.1.0 \
    "$(printf '0.1.0-%080d' 0)" $'\xff\xfe' fails flood; do
    fake "$P/bin" "$said"
    refused LOCALD_E_VERSION "is needed" || { echo "said: $said"; return 1; }
  done
  for said in 0.1.0 0.1.7 0.1.0-rc.1 0.1.9+build.5; do
    fake "$P/bin" "$said"
    find_shim
    same output "$output" "$P/bin/locald-shim $said"
  done
}

@test "discovery: no NUL in a version" {
  fake "$P/bin" ""
  printf '0.1.0\0x\n' > "$P/bin/mode"
  refused LOCALD_E_VERSION unknown
}

@test "discovery: a descendant that holds the pipe does not hold the caller" {
  fake "$P/bin" child
  local begin="${EPOCHREALTIME/./}"
  find_shim
  same output "$output" "$P/bin/locald-shim 0.1.0"
  [ $((${EPOCHREALTIME/./} - begin)) -lt 4000000 ]
  wait_for 30 eval '[ -z "$(pgrep -f "$P/bin/locald-shim")" ]'
}

@test "discovery: the program gets no environment, three descriptors, no blocked and no ignored signal" {
  fake "$P/bin" look
  capture "${CALLER[@]}" env LD_LIBRARY_PATH=/x A=b sh -c 'trap "" HUP INT TERM PIPE; exec "$1" find 7< /dev/null 8> /dev/null' sh "$P/bin/client" < /dev/null
  same output "$output" "$P/bin/locald-shim 0.1.0-fd0.fd1.fd2"
}

@test "discovery: a mount without setuid" {
  real "$P/bin"
  capture unshare -m --propagation private sh -c 'mount -t tmpfs -o nosuid,mode=755 tmpfs "$1" && mkdir "$1/bin" &&
    cp "$2" "$1/bin/client" && install -m 4755 "$3" "$1/bin/locald-shim" &&
    exec setpriv --reuid "$4" --regid "$4" --clear-groups "$1/bin/client" find' sh "$P" "$MADE/client" "$SHIM" "$TEST_UID"
  same status "$status" 1
  has output "$output" "error LOCALD_E_NOSUID: $P/bin/locald-shim: stands on a file system that is mounted nosuid"
  has output "$output" "hint: install locald and locald-shim on a file system without the option nosuid"
}

@test "discovery: a caller with no_new_privs" {
  real "$P/bin"
  CALLER=(setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --no-new-privs --)
  refused LOCALD_E_NOSUID "this process has no_new_privs" "start it without no_new_privs"
}

@test "discovery: PATH, LD_*, LOCALD_* and the working directory have no word in it" {
  fake "$P/bin" 0.1.5
  mkdir "$T/evil"
  fake "$T/evil" 0.1.66
  cd "$T/evil"
  CALLER+=(env PATH="$T/evil" HOME="$T/evil" LD_PRELOAD="$T/evil/locald-shim" LD_LIBRARY_PATH="$T/evil"
    LOCALD_SHIM="$T/evil/locald-shim" LOCALD_SHIM_PATH="$T/evil" XDG_RUNTIME_DIR="$T/evil" TMPDIR="$T/evil")
  capture "${CALLER[@]}" "$P/bin/client" find
  same output "$output" "$P/bin/locald-shim 0.1.5"
  rm "$P/bin/locald-shim"
  capture "${CALLER[@]}" "$P/bin/client" find
  has output "$output" LOCALD_E_NO_SHIM
}

@test "discovery: a caller started by a link, or under another name, looks beside itself" {
  real "$P/bin"
  mkdir "$T/evil"
  fake "$T/evil" 0.1.66
  ln -s "$P/bin/client" "$T/evil/client"
  capture "${CALLER[@]}" "$T/evil/client" find
  has output "$output" "$P/bin/locald-shim"
  capture "${CALLER[@]}" bash -c 'exec -a "$1/client" "$2" find' bash "$T/evil" "$P/bin/client"
  has output "$output" "$P/bin/locald-shim"
}

# The file is exchanged after the look: what was looked at is executed.
@test "discovery: what was looked at is what runs, whatever has its name then" {
  fake "$P/bin" 0.1.0
  mkdir "$T/u"
  chown "$TEST_UID" "$T/u"
  "${CALLER[@]}" timeout 60 "$P/bin/client" held "$T/u/flag" "$T/u/go" > "$T/said" 2>&1 < /dev/null 3>&- 200>&- &
  STARTED+=("$!")
  local client=$!
  wait_for 10 test -e "$T/u/flag"
  install -m 4755 "$SHIM" "$P/bin/new"
  mv "$P/bin/new" "$P/bin/locald-shim"
  touch "$T/u/go"
  wait_for 10 gone "$client"
  has said "$(cat "$T/said")" "[E_FAKE]"
  touch "$T/u/flag"
  capture "${CALLER[@]}" "$P/bin/client" held "$T/u/flag" "$T/u/go"
  lacks "the new one" "$output" "[E_FAKE]"
}
