# Interpreter, plan, gate: what the confined process can do with the machine, and what its end does to the run.
load evil

# By number, with arguments that would do something if the call were made; x86-64.
@test "the evil interpreter opens, connects, executes, traces, kills its parent: its filter ends it, each time" {
  evil_bundle
  local call
  for call in '2 /etc/shadow' '257 -100 /etc/shadow' '437 -100 /etc/shadow buf 24' '85 /tmp/evil' '41 1 1 0' '42 1 buf 16' '46 out buf' \
    '59 /bin/sh' '322 -100 /bin/sh' '62 ppid 9' '234 ppid ppid 9' '129 ppid 9 buf' '424 0 9' '101 16 ppid' '101 16902 ppid' \
    '310 ppid buf 1 buf 1' '311 ppid buf 1 buf 1' '434 ppid' '438 0 0' '56 0' '57' '58' '435 buf 88' '165 none /mnt tmpfs' '166 /proc 2' \
    '155 . .' '161 /' '80 /' '272 0x10000000' '308 0 0' '425 8 buf' '321 0 buf 120' '250 0 -3 1' '248 user x buf 1 -3' '298 buf 0 -1 -1' \
    '323 0' '105 0' '117 0 0 0' '119 0 0 0' '116 0 buf' '126 buf buf' '157 4 1' '157 22 2 buf' '317 1 0 buf' '319 x 0' '319 x 1' \
    '16 0 0x5412 buf' '72 out 1033 0' '33 out 1' '302 ppid 7 buf' '160 7 buf' '90 /tmp 511' '133 /tmp/evil 4480 259' '83 /tmp/evil' \
    '87 /tmp' '30 0 0 0' '304 buf 0 0' '175 buf 0 buf' '246 0 0' '169 -18751827 672274793 19088743' '170 evil 4' '227 0 buf' '10 buf 4096 7'; do
    evil "call native $call"
    has "call $call" "$stderr" "ended by signal 31 (a system call that its filter forbids) [E_INTERPRETER]"
    same "status of $call" "$status" 125
  done
  [ ! -e /tmp/evil ]
  cat "$T/good" > "$B/config.json"
}

# On x86-64 the numbers of what the filter allows, without mmap, which it ends for these arguments. 335 and 336 are uretprobe and uprobe, which no filter sees (they do
# nothing where no probe stands).
@test "the evil interpreter tries every system call: only those of its filter's list do not end it" {
  evil_bundle
  local rest
  rest="$(storm killed "$TEST_UID" "$TEST_GID" 0 1100 '!call native %d' "$EVIL" "$B" "$ID" | xargs)"
  same "left" "$(printf '%s\n' $rest | grep -vx '33[56]' | xargs)" "0 1 3 8 11 12 15 17 18 25 28 60 201 228 231"
}

@test "the evil interpreter tries every number of i386 (int 0x80) and of x32: each one ends it" {
  evil_bundle
  same "i386" "$(storm killed "$TEST_UID" "$TEST_GID" 0 600 '!call i386 %d' "$EVIL" "$B" "$ID" | xargs)" ""
  same "x32" "$(storm killed "$TEST_UID" "$TEST_GID" 0 600 '!call x32 %d' "$EVIL" "$B" "$ID" | xargs)" ""
}

@test "the evil interpreter maps memory: none that can be executed, none of a file, none with bits that a filter might not see" {
  evil_bundle
  local call
  for call in '0 4096 7 0x22' '0 4096 4 0x22' '0 4096 1 2 0' '0 4096 3 1 0' '0 4096 0x100000003 0x22 -1' '0 4096 0x8 0x22 -1'; do
    evil "call native 9 $call"
    has "mmap $call" "$stderr" "ended by signal 31"
  done
  evil 'call native 9 0 4096 3 0x22 -1'
  has "one that is allowed" "$stderr" "evil: the call gave"
  cat "$T/good" > "$B/config.json"
}

@test "the evil interpreter is a memory bomb: it gets less than 256 MiB" {
  evil_bundle
  evil memory
  fails 125 E_INTERNAL evil
  local got="${stderr##*memory: }"; got="${got%% *}"
  [ "$got" -gt 10 ] && [ "$got" -lt 256 ]
  cat "$T/good" > "$B/config.json"
}

@test "the interpreter dies in the middle of its plan, with status 0, with another, by a fault: nothing is executed" {
  evil_bundle
  attack E_PLAN_FORMAT 'half 0'
  attack E_INTERPRETER 'half 3'
  attack E_INTERPRETER 'half -2'
  attacks_done
}

@test "the interpreter's plan is whole and good, but it ends with another status than 0: nothing is executed" {
  evil_bundle
  attack E_INTERPRETER 'status 1'
  attack E_INTERPRETER 'status 255'
  attacks_done
}

# The interpreter of the shim that runs as job $!: its child.
find_interpreter() { interpreter="$(cat "/proc/$SHIM_PID/task/$SHIM_PID/children" 2>/dev/null)" && [ -n "$interpreter" ]; }
confined() { grep -q '^Seccomp:.2' "/proc/${interpreter% }/status"; }

# in_the_middle COMMAND...: the command, as the caller, with the pid of an interpreter that has sent half of its plan.
in_the_middle() {
  lines 'half -1'
  "${AS[@]}" "$EVIL" bundle run --bundle "$B" --id "$ID" > "$T/stdout" 2> "$ERR" < /dev/null 3>&- 200>&- &
  SHIM_PID=$!
  STARTED+=("$!")
  wait_for 5 find_interpreter
  wait_for 5 confined
  limits="$(cat "/proc/${interpreter% }/limits")"
  as_user "$@" "${interpreter% }"
  ended_late
  output="$(cat "$T/stdout")" stderr="$(cat "$ERR")"
}

ended_late() { status=0; wait_for 20 gone "$SHIM_PID"; wait "$SHIM_PID" || status=$?; }

@test "the caller kills the interpreter in the middle of its plan: nothing is executed" {
  evil_bundle
  in_the_middle kill -KILL
  fails 125 E_INTERPRETER config.json
  attacks_done
}

@test "the caller stops the interpreter in the middle of its plan: the deadline ends it, nothing is executed" {
  evil_bundle
  in_the_middle kill -STOP
  fails 125 E_INTERPRETER_TIME config.json
  same "its limit of CPU time" "$(sed -nE 's/^Max cpu time +([0-9]+) +([0-9]+) .*/\1 \2/p' <<< "$limits")" "5 6"
  attacks_done
}

@test "the interpreter sends one byte a second, or its whole plan and never ends, or half and computes: the deadline, the CPU limit" {
  evil_bundle
  local begin="$SECONDS"
  local line
  for line in slow linger 'half -1'; do # by whichever comes first
    evil "$line"
    [ "$status" = 125 ] && [ -z "$output" ] && [[ "$stderr" =~ \[E_INTERPRETER(_TIME)?\]$ ]] || { echo "$line: $status $output $stderr"; return 1; }
  done
  [ "$((SECONDS - begin))" -le "$((30 * ${TIME_SCALE:-1}))" ]
  attacks_done
}

@test "a plan larger than the maximum is refused, by a byte and by much" {
  evil_bundle
  attack E_PLAN_SIZE 'fill 4194305'
  attack E_PLAN_SIZE 'fill 8000000'
  attack E_PLAN_FORMAT 'fill 4194304'
  attacks_done
}

# The calls of process 1 of the trace behind its last clone3, which made the interpreter.
after_interpreter() {
  local monitor; monitor="$(head -n 1 "$T/trace" | cut -d' ' -f1)"
  sed -n "s/^$monitor *\([a-z_0-9]*\)(.*/\1/p" "$T/trace" | awk '{ calls[NR] = $0 } $0 == "clone3" { last = NR }
    END { for (i = last + 1; i <= NR; i++) print calls[i] }' | sort -u | xargs
}

@test "a plan that is refused for its last record: from the interpreter's begin to its own end the monitor makes no privileged call" {
  evil_bundle
  lines 'last loopback'
  capture strace -f -qq -u "$TEST_USER" -e signal=none -o "$T/trace" "$EVIL" bundle run --bundle "$B" --id "$ID" < /dev/null
  fails 125 E_PLAN_ORDER evil
  same "calls" "$(after_interpreter)" "close exit_group munmap poll read rt_sigpending waitid write"
  lines 'set hostname name other' # the measure measures: a plan that is run makes more of them
  capture strace -f -qq -u "$TEST_USER" -e signal=none -o "$T/trace" "$EVIL" bundle run --bundle "$B" --id "$ID" < /dev/null
  [ "$(grep -c 'clone3(' "$T/trace")" -ge 3 ]
  attacks_done
}
