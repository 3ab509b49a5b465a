# locald run: as the unprivileged user, in a directory of theirs ($W), with busybox and with Debian.
load ../e2e/helper
load ../e2e/debian

setup_file() { debian_setup; }
teardown_file() { debian_teardown; }

eval "$(declare -f setup | sed '1s/setup/setup_host/')"
setup() {
  setup_host
  LOCALD="$E2E/prefix/bin/locald" W="$T/work" R="$T/rootfs"
  mkdir "$W"
  cp -a "$E2E/rootfs.user" "$R"
  printf 'root:x:0:0:root:/root:/bin/sh\nweb:x:33:44:web:/srv:/bin/sh\n' > "$R/etc/passwd"
  printf 'root:x:0:\nstaff:x:50:\n' > "$R/etc/group"
  chown "$TEST_UID:$TEST_GID" "$W"
  AS=(setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --)
}

# locald_run OPTION... -- COMMAND...: in $W, with the busybox root file system.
locald_run() { (cd "$W" && exec "${AS[@]}" "$LOCALD" run --rootfs "$R" "$@"); }
run_it() { capture locald_run "$@" < /dev/null; }
in_sh() { run_it -- /bin/sh -c "$1"; }
# begin OPTION... -- COMMAND...: in the background, until it says "ready". Sets PID, locald's own.
begin() {
  (cd "$W" && exec "${AS[@]}" "$LOCALD" run --rootfs "$R" "$@") > "$OUT" 2> "$ERR" < /dev/null 3>&- 200>&- &
  PID=$!
  STARTED+=("$PID")
  wait_for 20 says ready
}
finish() { status=0; wait_for 20 gone "$PID"; wait "$PID" || status=$?; }
typed() { capture in_work ptydrive "$@"; }
in_work() { (cd "$W" && exec "$@"); }
nothing_stays() { same "files in the user's directory" "$(ls -A "$W")" ""; }

# refused WHERE PART: 125 and one error of locald's.
refused() {
  same "status" "$status" 125
  has "error" "$stderr" "locald: error: $1"
  has "error" "$stderr" "$2"
  same "stdout" "$output" ""
  nothing_stays
}

@test "run: output, who it is, and no files left" {
  in_sh 'echo out; id -u; id -g; pwd; echo $HOME; hostname; cat /proc/1/comm'
  succeeds
  same "lines" "${lines[*]:0:5}" "out 0 0 / /root"
  has "a name of its own" "${lines[5]}" "run-"
  nothing_stays
}

@test "run: the status is the command's, 127, 126" {
  in_sh 'exit 3';          same "exit 3" "$status" 3
  run_it -- /bin/sh -c 'exit 0'; same "exit 0" "$status" 0
  run_it -- nothing-of-this-name; same "not found" "$status" 127
  has "the shim's error" "$stderr" "[E_EXEC_NOT_FOUND]"
  same "said once" "$(grep -c error: <<< "$stderr")" 1
  run_it -- /etc/passwd; same "not executable" "$status" 126
  nothing_stays
}

@test "run: environment, directory, name" {
  run_it --env A=b --env PATH=/bin --cwd /tmp --name web -- /bin/sh -c 'echo "$A $PATH $HOME ${TERM:-none}"; pwd; hostname'
  succeeds
  same "lines" "${lines[*]}" "b /bin /root none /tmp web"
  nothing_stays
}

@test "run: the user by name and by number, from the root file system's own files" {
  local row
  for row in "web 33 44 /srv" "33 33 44 /srv" "web:staff 33 50 /srv" "7:8 7 8 /" "root 0 0 /root"; do
    set -- $row
    run_it --user "$1" -- /bin/sh -c 'id -u; id -g; echo $HOME; grep ^CapEff /proc/self/status'
    succeeds
    same "$1" "${lines[*]:0:3}" "$2 $3 $4"
    [ "$2" = 0 ] || has "no capabilities" "${lines[3]}" 0000000000000000
  done
  run_it --user nobody-here -- true
  refused nobody-here "no user of this name"
  run_it --user 70000 -- true
  refused --user "uid 70000 is not mapped"
}

@test "run: kernel's file systems as engines have them; the masks hold" {
  in_sh 'set -e; test -c /dev/null; test -d /dev/shm; test -e /dev/pts/ptmx; test -d /dev/mqueue; test -d /sys/class
    touch /tmp/x /dev/shm/x; ! touch /sys/x 2>/dev/null; ! echo 1 2>/dev/null > /proc/sys/kernel/panic
    test -e /sys/fs/cgroup/cgroup.procs; ! mkdir /sys/fs/cgroup/x 2>/dev/null; ! cat /proc/kcore 2>/dev/null | grep -q .
    grep "^NoNewPrivs:.1" /proc/self/status > /dev/null; echo fine'
  succeeds
  same "output" "$output" fine
}

@test "run: --bind of a directory and a file; ro refuses writes; files belong to the user" {
  mkdir "$T/data"; echo hello > "$T/data/file"; chown -R "$TEST_UID:$TEST_GID" "$T/data"
  run_it --bind "$T/data:/data" --bind "$T/data:/ro:ro" --bind ../data/file:/etc/one:ro -- /bin/sh -c '
    cat /etc/one; echo new > /data/new; chown 5:6 /data/new 2>&1; echo x > /ro/file; echo "writing: $?"
    echo x > /etc/one; echo "file: $?"'
  same "status" "$status" 0
  same "lines" "${lines[*]}" "hello writing: 1 file: 1"
  has "reason" "$stderr" "Read-only file system"
  same "delegated owner" "$(stat -c %u:%g "$T/data/new")" "$((SUB_UID + 4)):$((SUB_GID + 5))"
  same "not written" "$(cat "$T/data/file")" hello
  nothing_stays
  run_it --bind /nowhere:/x -- true
  same "status" "$status" 125
  has "error" "$stderr" "/nowhere: looking at what --bind names: No such file or directory"
  nothing_stays
}

@test "run: stdin is the container's" {
  capture locald_run -- cat <<< "piped"
  succeeds
  same "output" "$output" piped
}

@test "run: SIGTERM is passed on, and nothing is left" {
  begin -- /bin/sh -c 'trap "echo term; exit 5" TERM; echo ready; while :; do sleep 0.05; done'
  kill -TERM "$PID"
  finish
  same "status" "$status" 5
  says term
  nothing_stays
}

@test "run: Ctrl-C at a terminal arrives once" {
  typed expect ready send '\x03' expect end -- "${AS[@]}" "$LOCALD" run --rootfs "$R" -- /bin/sh -c '
    n=0; trap "n=\$((n+1)); echo got\$n" INT; echo ready; until [ $n != 0 ]; do :; done
    i=0; while [ $i -lt 10000 ]; do i=$((i+1)); done; echo "end $n"; exit 9'
  same "status" "$status" 9
  has "once" "$output" "end 1"
  nothing_stays
}

# Two signals that come at the same moment may be one to who waits for them: so the test above can miss what this sees.
@test "run: the shim is in another session, where no key of the terminal reaches it" {
  begin -- /bin/sh -c 'trap "exit 0" TERM; echo ready; while :; do sleep 0.05; done'
  local shim; shim="$(pgrep -P "$PID")"
  [ "$(ps -o sid= -p "$shim")" != "$(ps -o sid= -p "$PID")" ]
  [ "$(ps -o pgid= -p "$shim")" != "$(ps -o pgid= -p "$PID")" ]
  kill -TERM "$PID"
  finish
  same "status" "$status" 0
}

@test "run: a signal that ends the command is the status" {
  begin --name web -- /bin/sh -c 'echo ready; while :; do sleep 0.05; done'
  kill -KILL "$(jq .pid "$W/.locald/run/web/.locald-shim-state/web/state.json")"
  finish
  same "status" "$status" 137
  nothing_stays
}

@test "run: SIGKILL of the shim ends the container, and nothing is left" {
  begin -- /bin/sh -c 'echo ready; while :; do sleep 0.05; done'
  kill -KILL "$(pgrep -P "$PID")"
  finish
  same "status" "$status" 137
  nothing_stays
}

@test "run: --tty is a terminal with its size, and leaves ours as it was" {
  typed --size 33x97 expect '# ' send 'stty size; tty; echo $TERM\n' expect '33 97' expect /dev/ expect xterm \
    resize 41x123 send 'sleep 0.3; stty size\n' expect '41 123' send 'exit 7\n' -- \
    "${AS[@]}" "$LOCALD" run --rootfs "$R" --tty -- /bin/sh
  same "status" "$status" 7
  nothing_stays
  run_it --tty -- true
  refused --tty "stdin is no terminal"
}

@test "run: a name that is in use is refused; the container goes on; then it is free" {
  begin --name web -- /bin/sh -c 'trap "exit 0" TERM; echo ready; while :; do sleep 0.05; done'
  run_it --name web -- true
  same "status" "$status" 125
  has "error" "$stderr" "a container of this name runs here"
  run_it --name other -- echo fine
  succeeds
  kill -TERM "$PID"
  finish
  same "the first" "$status" 0
  nothing_stays
  run_it --name web -- echo again
  succeeds
}

@test "run: what was in .locald before stays, and no link there is followed" {
  mkdir "$T/elsewhere"
  "${AS[@]}" sh -c "mkdir -p '$W/.locald/run/web' && echo mine > '$W/.locald/run/web/file'"
  run_it --name web -- true
  succeeds
  same "files" "$(cd "$W" && find .locald | sort | tr '\n' ' ')" ".locald .locald/run .locald/run/web .locald/run/web/file "
  rm -r "$W/.locald/run"
  chown "$TEST_UID" "$T/elsewhere"
  ln -s "$T/elsewhere" "$W/.locald/run"
  run_it -- true
  same "status" "$status" 125
  has "error" "$stderr" "a link or a file"
  same "elsewhere" "$(ls -A "$T/elsewhere")" ""
}

# Who owns a directory above the bundle can put another config.json in its place.
@test "run: a .locald of another user, or one that others can write in, is not used" {
  local row owner mode dir
  for row in "65534 777 .locald" "65534 755 .locald/run" "$TEST_UID 777 .locald" "$TEST_UID 775 .locald/run" "0 1777 .locald/run"; do
    read -r owner mode dir <<< "$row"
    rm -rf "$W/.locald"
    "${AS[@]}" mkdir -p "$W/.locald/run"
    chown "$owner" "$W/$dir"
    chmod "$mode" "$W/$dir"
    run_it -- true
    same "status of $row" "$status" 125
    has "error of $row" "$stderr" "another user's, or others can"
    same "nothing written" "$(find "$W/.locald" -type f)" ""
  done
}

@test "run: mistakes are errors of ours with 125" {
  run_it true;                         refused "command line" "behind --"
  run_it --bind x -- true;             refused --bind "SRC:DST"
  run_it --name a/b -- true;           refused --name "letters"
  run_it -- $'\xff';                   refused "args[0]" "UTF-8"
  R=/nowhere run_it -- true;           refused "/nowhere" "root file system"
}

@test "run: without delegated ids there is the own id alone" {
  sed -i.keep "/^$TEST_USER:/d" /etc/subuid /etc/subgid
  in_sh 'id -u; cat /proc/self/uid_map'
  local one="$status" text="$output" error="$stderr"
  run_it --user web -- true
  mv /etc/subuid.keep /etc/subuid; mv /etc/subgid.keep /etc/subgid
  same "status $error" "$one" 0
  same "map" "$(awk '{ print $1, $2, $3 }' <<< "$text" | tr -s ' \n' ' ')" "0 0 $TEST_UID 1 "
  refused --user "delegate none to this user"
}

@test "run: root without delegated ids has no user namespace, and few capabilities" {
  chown -R 0:0 "$W"
  AS=()
  in_sh 'id -u; cat /proc/self/uid_map; grep CapEff /proc/self/status; dd if=/dev/zero of=/dev/null count=1 2>/dev/null && echo dev'
  succeeds
  has "map" "$output" 4294967295
  has "capabilities" "$output" 00000000800405fb
  has "devices" "$output" dev
  nothing_stays
}

@test "run: root with delegated ids has a user namespace" {
  chown -R 0:0 "$W"
  AS=()
  cp -a /etc/subuid "$T/subuid"; cp -a /etc/subgid "$T/subgid"
  sed -i '/^root:/d' /etc/subuid /etc/subgid
  echo root:1700000:65536 | tee -a /etc/subuid >> /etc/subgid
  in_sh 'cat /proc/self/uid_map'
  local text="$output" one="$status" error="$stderr"
  run_it --user web -- id -u
  cat "$T/subuid" > /etc/subuid; cat "$T/subgid" > /etc/subgid
  same "status $error" "$one" 0
  same "map" "$(tr -s ' \n' ' ' <<< "$text")" " 0 0 1 1 1700000 65536 "
  same "another user" "$output" 33
  nothing_stays
}

@test "run: Debian: bash, apt-get, a user by name" {
  R="$DEBIAN"
  run_it -- bash -c 'echo "${BASH_VERSION%%.*}"; apt-get --version | head -n 1; ls -ld /etc/shadow'
  succeeds
  same "bash" "${lines[0]}" 5
  has "apt" "${lines[1]}" "apt 2."
  has "owners" "${lines[2]}" "root shadow"
  run_it --user www-data -- bash -c 'id -un; id -gn; echo $HOME; cat /etc/shadow'
  same "status" "$status" 1
  same "user" "${lines[*]}" "www-data www-data /var/www"
  nothing_stays
}

# --- the offer --------------------------------------------------------------------------------------------------------

# A locald without a usable shim at $P, and a /usr/bin with a sudo that asks the test to do root's part.
without_shim() {
  P="$T/p"
  mkdir -p "$P"
  install -m 755 "$LOCALD" "$P/locald"
  LOCALD="$P/locald"
}

fake_sudo() {
  mkdir -m 777 "$T/sudo"
  cp -al /usr/bin "$T/usrbin"
  rm -f "$T/usrbin/sudo"
  printf '#!/bin/sh\necho "sudo: $*"\necho > %s/asked\nwhile [ ! -e %s/done ]; do sleep 0.05; done\nexit "$(cat %s/done)"\n' \
    "$T/sudo" "$T/sudo" "$T/sudo" > "$T/usrbin/sudo"
  chmod 755 "$T/usrbin/sudo"
}

at_terminal() { # STEP...
  capture in_work unshare -m bash -c 'mount --bind "$1" /usr/bin && shift && exec "$@"' - "$T/usrbin" \
    "$TOOLS/ptydrive" "$@" -- "${AS[@]}" "$LOCALD" run --rootfs "$R" -- echo from inside
}

@test "offer: asks once; n is an error with the command to type" {
  without_shim; fake_sudo
  at_terminal expect 'sudo? [y/N] ' send 'n\n'
  same "status" "$status" 125
  same "questions" "$(grep -c 'y/N' <<< "$output")" 1
  has "hint" "$output" "run: sudo locald admin setup"
  lacks "sudo" "$output" "sudo: "
  nothing_stays
}

@test "offer: y runs sudo with our own path, and then the container" {
  without_shim; fake_sudo
  { wait_for 30 test -e "$T/sudo/asked" && install -o root -g root -m 4755 "$SHIM" "$P/locald-shim" &&
    echo 0 > "$T/sudo/done"; } 3>&- 200>&- &
  STARTED+=("$!")
  at_terminal expect 'sudo? [y/N] ' send 'y\n' expect 'from inside'
  same "status" "$status" 0
  has "sudo" "$output" "sudo: $LOCALD admin setup"
  nothing_stays
}

@test "offer: a setup that fails is no second question" {
  without_shim; fake_sudo
  echo 1 > "$T/sudo/done"
  at_terminal expect 'sudo? [y/N] ' send 'y\n'
  same "status" "$status" 125
  same "questions" "$(grep -c 'y/N' <<< "$output")" 1
  nothing_stays
}

# sudo would run what others can put in locald's place.
@test "offer: a locald where others than root can write is not run with sudo" {
  local mode
  without_shim; fake_sudo
  for mode in 777 755; do
    chmod "$mode" "$P"
    [ "$mode" = 777 ] || chown "$TEST_UID" "$P"
    at_terminal
    same "status" "$status" 125
    lacks "question" "$output" "y/N"
    has "hint" "$output" "install locald below /usr/local/bin"
  done
}

@test "offer: without sudo it is said, not asked" {
  without_shim; fake_sudo
  rm "$T/usrbin/sudo"
  at_terminal
  same "status" "$status" 125
  lacks "question" "$output" "y/N"
  has "hint" "$output" "sudo is not installed; as root, run: $LOCALD admin setup"
}

@test "offer: nothing is asked where stdin or stderr is no terminal" {
  without_shim; fake_sudo
  run_it -- true
  same "status" "$status" 125
  lacks "no terminal" "$stderr$output" "y/N"
  has "hint" "$stderr" "run: sudo locald admin setup"
  typed -- "${AS[@]}" sh -c '"$@" 2> "$0"; exit $?' "$W/err" "$LOCALD" run --rootfs "$R" -- true
  same "stderr is a file" "$status" 125
  lacks "question" "$output$(cat "$W/err")" "y/N"
  rm "$W/err"
  typed -- "${AS[@]}" sh -c '"$@" < /dev/null; exit $?' sh "$LOCALD" run --rootfs "$R" -- true
  same "stdin is a file" "$status" 125
  lacks "question" "$output" "y/N"
  nothing_stays
}
