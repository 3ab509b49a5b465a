# Invocation and environment: the process as its caller made it, before the shim reads a word of its own.
load ../e2e/helper

setup() {
  eval "$(sed -n '/^setup() {/,/^}/p' "$REPO/tests/e2e/helper.bash" | sed '1s/setup/helper_setup/')"
  helper_setup
  user_bundle locald-service.json
  script 'echo ran'
}

shim() { "$SHIM" bundle run --bundle "$B" --id "$ID"; }
run_as() { capture "$@" "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null; }
ran() { succeeds; same "output" "$output" ran; }

@test "CVE-2021-4034: an empty argv is a mistake of the command line; argv[1] is not read" {
  capture env -i -- --id=evil --bundle=evil "$TOOLS/launch" empty-argv "$SHIM" # what lies behind an empty argv is the environment
  fails 125 E_USAGE ''
  lacks "message" "$stderr" evil
}

# usage ARG...: refused as a mistake of the command line.
usage() { capture "${AS[@]}" "$SHIM" "$@" < /dev/null; fails 125 E_USAGE '' || { echo "arguments: ${*:0:200}"; return 1; }; }

@test "repeated --id or --bundle, empty values, ids that are paths" {
  local id
  usage bundle run --bundle "$B" --id a --id a
  usage bundle run --bundle "$B" --id a --id b
  usage bundle run --bundle "$B" --bundle "$B" --id a
  usage bundle run --bundle "$B" --bundle=/ --id a
  usage bundle run --bundle '' --id a
  usage bundle run --bundle= --id a
  usage bundle run --bundle "$B" --id ''
  usage bundle run --bundle "$B" --id=
  usage bundle run --bundle "$B" --id a --pid-file '' --console-socket ''
  for id in . .. ../x a/b -rf $'a\nb' %n "$(head -c 300 /dev/zero | tr '\0' x)" ' a' 'a ' $'\e[2J' ä; do
    capture "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id="$id" < /dev/null
    fails 125 E_USAGE '' || { echo "id: $id"; return 1; }
  done
}

@test "two MiB of arguments, ten thousand of them, one of 128 KiB: refused, and not echoed whole" {
  local long many
  long="$(head -c 131000 /dev/zero | tr '\0' x)"
  mapfile -t many < <(seq 10000)
  usage bundle run --bundle "$B" --id "$long"
  usage "$long"
  usage bundle run --bundle "$B" --id a "${many[@]}"
  usage bundle run --bundle "$B" --id a "$long" "$long" "$long" "$long" "$long" "$long" "$long" "$long" "$long" "$long" "$long" "$long" "$long" "$long" "$long"
  [ "${#stderr}" -lt 2000 ]
  usage bundle run --bundle "/$long" --id a
  [ "${#stderr}" -lt 2000 ]
}

# Between the last program of the test's own and the shim, which alone sees it.
evil_environment() {
  EVIL_ENVIRONMENT=(env LUA_INIT="@$T/evil.lua" LUA_INIT_5_4="@$T/evil.lua" LUA_PATH="$T/?.lua" LUA_PATH_5_4="$T/?.lua" LUA_CPATH="$T/?.so" LUA_CPATH_5_4="$T/?.so"
    LD_PRELOAD="$T/evil.so" LD_LIBRARY_PATH="$T" LD_AUDIT="$T/evil.so" LD_DEBUG=all LD_BIND_NOW=1 LD_SHOW_AUXV=1 GLIBC_TUNABLES=glibc.malloc.check=3:glibc.malloc.mxfast=glibc.malloc.mxfast=A
    GCONV_PATH="$T" LOCPATH="$T" NLSPATH="$T/%N" LC_ALL=xx_XX.evil LANGUAGE=xx TZ=:/etc/shadow TZDIR="$T" TMPDIR="$T/none" PATH="$T" HOME="$T" MALLOC_TRACE="$T/trace.out"
    XDG_RUNTIME_DIR="$T/none" NOTIFY_SOCKET="$T/none" LISTEN_FDS=3 LISTEN_PID=1 HOSTALIASES="$T/hosts" RES_OPTIONS=debug RESOLV_HOST_CONF=/etc/shadow
    "_=$(head -c 100000 /dev/zero | tr '\0' x)")
}

# The system calls of the run, of all its processes together.
calls_of() {
  strace -f -qq -u "$TEST_USER" -e signal=none -e trace='!wait4,restart_syscall,poll,ppoll,exit,brk' -o "$T/trace" "$@" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null > "$T/stdout"
  same "output" "$(< "$T/stdout")" ran
  awk '/execve\(.*locald-shim/ { ours = 1 } ours' "$T/trace" > "$T/ours"
  # the name and the texts of each: which calls, and on which files; numbers, and what is cut where processes mix, differ
  sed -nE 's/^[0-9]+ +([a-z_0-9]+\(.*)/\1/p' "$T/ours" | grep -v '^execve' | grep -oE '^[a-z_0-9]+|"[^"]*"' |
    awk '/^[a-z]/ { name = $0; print; next } name !~ /^(p?read|p?write|pread64|pwrite64|recvmsg|sendmsg|getrandom|prctl)/ { print name, $0 }' | sed -E 's/[0-9]{2,}/N/g' | sort -u
}

@test "CVE-2023-4911: LUA_*, LD_*, GLIBC_TUNABLES, GCONV_PATH, LOCPATH, TZ, TMPDIR, PATH ...: the system calls are those of an empty environment" {
  printf 'error("evil")' > "$T/evil.lua"
  command_is /bin/busybox echo ran
  evil_environment
  capture "${AS[@]}" "${EVIL_ENVIRONMENT[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null # and the cache is warm
  ran
  calls_of env -i > "$T/plain"
  calls_of "${EVIL_ENVIRONMENT[@]}" > "$T/evil"
  [ "$(wc -l < "$T/plain")" -gt 80 ]
  diff "$T/plain" "$T/evil"
  ! grep -vE '^[0-9]+ +execve' "$T/ours" | grep -E 'evil|shadow|/none'
}

@test "every combination of closed descriptors 0, 1, 2: the payload runs, nothing of ours takes their place" {
  local n status
  for n in 0 1 2 3 4 5 6 7; do
    script "echo \$(ls /proc/self/fd) > /workspace/fds.$n; exit 5"
    status=0
    "$TOOLS/launch" close "$n" "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" || status=$?
    same "status, closed $n" "$status" 5
    lacks "descriptors, closed $n" "$(cat "$VOLUME/fds.$n")" 4
  done
}

# glibc's start of a setuid program opens /dev/full or /dev/null in their place, and so would the shim's; every other call that makes a descriptor gives 3 or more.
@test "every combination of closed descriptors 0, 1, 2: no privileged open returns one below 3" {
  local n
  for n in 0 1 2 3 4 5 6 7; do
    strace -f -qq -u "$TEST_USER" -e signal=none -e trace=openat,openat2,open,pidfd_open,socketpair,pipe2,memfd_create,signalfd4,clone3,execve,dup,fsopen,fsmount,open_tree -o "$T/trace" \
      "$TOOLS/launch" close "$n" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null > /dev/null || true
    # without the interpreter, the first child: it has no power, and no descriptor but its two
    awk '/execve\(/ { execs++; monitor = $1 } execs == 2 && $1 != monitor && !child { child = $1 } execs == 2 && $1 != child' "$T/trace" | sed '/execve/d' > "$T/ours"
    [ "$(wc -l < "$T/ours")" -gt 20 ]
    same "low descriptors, closed $n" "$(grep -E '^[0-9]+ +(open|pidfd|memfd|signalfd|dup|fs).* = [0-2]$' "$T/ours" | grep -cvE '"/dev/(null|full)", O_')" 0
    same "null in their place, closed $n" "$(grep -cE '"/dev/(null|full)", O_.* = [0-2]$' "$T/ours")" "$(( (n & 1) + (n >> 1 & 1) + (n >> 2 & 1) ))"
    ! grep -E '(pipe2|socketpair)\(.*\[[0-2],|, [0-2]\]' "$T/ours"
  done
}

@test "CVE-2024-21626: descriptors 3 to 900 open on the host's root, RLIMIT_NOFILE then below them: the payload has 0, 1, 2" {
  edit '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: 64}]'
  script 'n=0; while [ $n -lt 1000 ]; do [ -e /proc/self/fd/$n ] && echo $n; n=$((n + 1)); done'
  capture "${AS[@]}" "$TOOLS/launch" descriptors / "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  same "descriptors" "$(echo $output)" "0 1 2"
  capture "${AS[@]}" "$TOOLS/launch" descriptors / /bin/busybox test -d /proc/self/fd/899/etc # they were there
  same "open on the host's root" "$status" 0
  script 'for n in 3 4 5 9 63 64 100 500 899; do cat /proc/self/fd/$n/etc/passwd /proc/1/fd/$n/etc/passwd; done 2>/dev/null; echo end'
  capture "${AS[@]}" "$TOOLS/launch" descriptors / "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  same "output" "$output" end
}

@test "not setuid, no_new_privs, a nosuid mount, traced by its caller: not privileged, at once" {
  capture "${AS[@]}" "$SHIM_PLAIN" bundle run --bundle "$B" --id "$ID" < /dev/null
  fails 125 E_NOT_PRIVILEGED ''
  has "hint" "$stderr" $'\n  hint: '
  run_as setpriv --no-new-privs
  fails 125 E_NOT_PRIVILEGED ''
  capture unshare --mount sh -c 'mount -t tmpfs -o nosuid tmpfs "$1" && cp -p "$2" "$1/shim" && shift 2 && exec "$@"' - \
    /mnt "$SHIM" "${AS[@]}" /mnt/shim bundle run --bundle "$B" --id "$ID" < /dev/null
  fails 125 E_NOT_PRIVILEGED ''
  capture "${AS[@]}" strace -f -qq -o "$T/volume/trace" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  fails 125 E_NOT_PRIVILEGED ''
  grep -q 'exit_group(125)' "$T/volume/trace"
}

@test "umask 0 and 0777: the payload's is the bundle's, files of the shim are the caller's only" {
  command_is /bin/sh -c 'umask; exec payload ignore'
  local mask
  for mask in 0 0777; do
    umask "$mask"; start; umask 022
    wait_for 5 says ready
    says 0022
    same "mode of the state directory" "$(stat -c %a "$B/.locald-shim-state/$ID")" 700
    same "mode of the state" "$(stat -c %a "$B/.locald-shim-state/$ID/state.json")" 600
    kill -KILL "$INIT_PID"
    ended
  done
}

@test "the working directory is deleted, or closed to the caller: an absolute bundle runs, a relative one is not found" {
  capture "${AS[@]}" sh -c 'mkdir "$1/gone" && cd "$1/gone" && rmdir "$1/gone" && shift && exec "$@"' - "$VOLUME" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  ran
  capture "${AS[@]}" sh -c 'mkdir "$1/gone" && cd "$1/gone" && rmdir "$1/gone" && shift && exec "$@"' - "$VOLUME" "$SHIM" bundle run --bundle . --id "$ID" < /dev/null
  fails 125 E_CONFIG_OPEN config.json
  mkdir -m 700 "$T/closed"; cp -a "$B" "$T/closed/bundle"
  capture sh -c 'cd "$1" && shift && exec "$@"' - "$T/closed" "${AS[@]}" "$SHIM" bundle run --bundle bundle --id "$ID" < /dev/null
  fails 125 E_BUNDLE --bundle # root's look-up would find it
  capture sh -c 'cd "$1" && shift && exec "$@"' - "$T/closed" "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  ran
}

@test "the working directory is on a FUSE whose server hangs: an absolute bundle runs, nobody looks anything up there" {
  mkdir "$T/fuse"
  capture unshare --mount "$TOOLS/launch" fuse "$T/fuse" "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  ran
}

@test "RLIMIT_FSIZE 0 (SIGXFSZ): a clean error, nothing left" {
  local said
  said="$(prlimit --fsize=0 "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" 2>&1 < /dev/null)" || same "status" "$?" 125
  [ "$said" = ran ] || has "message" "$said" "[E_STATE]"
}

# clean_failure LIMIT: an error of the shim's, whose line a limit of file sizes may cut; or it was not even started, by
# setpriv or by the kernel, who kills what it can't load or what has no time.
clean_failure() {
  [ -z "$output" ] || return 1
  case "$status $1" in
    125\ fsize | 12[67]\ * | 13[79]\ as | 13[79]\ stack | 13[79]\ data | 137\ cpu | 152\ cpu) ;;
    125\ *) [[ "$stderr" =~ ^locald-shim:\ error:\ .*\[E_[A-Z_]+\] ]] ;;
    *) return 1 ;;
  esac
}

# Each value either runs the payload or is refused; helper.bash sees that nothing is left.
@test "NOFILE, AS, STACK, CPU, NPROC, SIGPENDING, MEMLOCK, DATA, FSIZE, MSGQUEUE from nothing to enough: a clean failure or success" {
  edit 'del(.process.rlimits)'
  local limit value runs=0 refusals=0
  for limit in nofile=0,1,3,4,8,16,32,48,63,64,65,80,128,1024 as=0,65536,1048576,2097152,4194304,8388608,16777216,33554432,67108864,134217728,268435456 \
    stack=0,4096,65536,524288,1048575,1048576,8388608 cpu=0,1,2 nproc=0,1,2,3,4,5,8,50 sigpending=0,1,2,100 memlock=0,4096,65536 data=0,65536,1048576,4194304,33554432,134217728 \
    fsize=0,1,100,500,1000,4096,65536 msgqueue=0,1000,819200 rttime=0,1000,100000; do
    for value in $(tr , ' ' <<< "${limit#*=}"); do
      capture prlimit "--${limit%%=*}=$value:$value" "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
      if [ "$output" = ran ]; then runs=$((runs + 1)); continue; fi
      refusals=$((refusals + 1))
      clean_failure "${limit%%=*}" || { echo "${limit%%=*} $value: $status $output $stderr"; return 1; }
    done
  done
  echo "# runs $runs, refusals $refusals" >&3
  [ "$runs" -ge 20 ] && [ "$refusals" -ge 10 ]
}

@test "hard limits under which a run could not be ended are refused before anything is made" {
  local limit
  for limit in --nofile=9:9 --nofile=63:63 --stack=65536:65536; do
    run_as prlimit "$limit"
    fails 125 E_USAGE start
  done
  run_as prlimit --nofile=64:64
  same "status" "$status" 125 # the bundle asks for more: RLIMIT_NOFILE 1024
  has "message" "$stderr" "[E_RLIMIT]"
}

@test "SIGCHLD ignored and every signal blocked at the exec: the exit code is right, SIGTERM is forwarded, the payload has them as always" {
  command_is /bin/sh -c 'grep -E "^Sig(Blk|Ign):" /proc/self/status; exit 7'
  run_as "$TOOLS/launch" signals 0
  same "status" "$status" 7
  same "blocked" "$(sed -n 's/SigBlk:\t//p' <<< "$output")" 0000000000000000
  command_is /bin/payload signals
  : > "$REPORT"; : > "$OUT"
  "$TOOLS/launch" signals 0 "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" --report-fd 9 9> "$REPORT" > "$OUT" 2> "$ERR" < /dev/null 3>&- 200>&- &
  SHIM_PID=$!
  STARTED+=("$SHIM_PID")
  wait_for 10 says ready
  kill -TERM "$SHIM_PID"
  ended
  same "status" "$status" 0
  says 'signal 15'
}

@test "an itimer of 1 to 50 ms, armed before the exec, does not kill the shim" {
  script 'sleep 0.1; echo ran'
  local ms
  for ms in 1 2 3 5 7 10 20 35 50; do
    capture "${AS[@]}" "$TOOLS/launch" itimer "$ms" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
    [ "$status" = 142 ] && [ "$ms" -lt 50 ] && [ -z "$output" ] || ran || { echo "$ms ms"; return 1; } # 142: it was due before the exec was done
  done
  strace -f -qq -u "$TEST_USER" -e signal=none -o "$T/trace" "$TOOLS/launch" itimer 5000 "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null
  same "all three are disarmed before the first file is opened" \
    "$(awk '/execve\(.*locald-shim/ { ours = 1 } ours && / open(at|at2)?\(/ { exit } ours && /setitimer\(ITIMER_(REAL|VIRTUAL|PROF), \{it_interval=\{tv_sec=0, tv_usec=0\}, it_value=\{tv_sec=0, tv_usec=0\}\}/' "$T/trace" | wc -l)" 3
}
