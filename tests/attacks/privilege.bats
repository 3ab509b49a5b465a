# Privilege over time: tests/e2e/tools/timeline looks at every process of a run, at each entry and exit of a system call up to
# the payload's exec, and prints the states in which it was. What is effective when, and for which calls, stands in privilege.golden.
load ../e2e/helper
load timeline

eval "helper_$(declare -f teardown)"
teardown() {
  [ -z "${SUID_DUMPABLE:-}" ] || echo "$SUID_DUMPABLE" > /proc/sys/fs/suid_dumpable
  helper_teardown
}

# brackets NAME: "NAME: ROLE as USER: CAPABILITIES: CALLS", one for each set that was effective, but for the two calls that say so.
brackets() {
  awk -v name="$1" '
    { split($0, half, " [|] "); effective = half[1]; sub(/.* effective /, "", effective); sub(/ .*/, "", effective) }
    effective == "none" || /^GREW/ { next }
    { split($4, id, "/"); key = name ": " $1 " as " id[2] (/ inside/ ? ", inside" : "") ": " effective
      n = split(half[2], calls, " ")
      for (i = 1; i <= n; i++) if (calls[i] !~ /^cap[gs]et$/ && !made[key, calls[i]]++) list[key] = list[key] " " calls[i]
      seen[key] = 1 }
    END { for (key in seen) {
            n = split(list[key], calls, " "); line = key ":"
            for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (calls[j] < calls[i]) { t = calls[i]; calls[i] = calls[j]; calls[j] = t }
            for (i = 1; i <= n; i++) line = line " " calls[i]
            print line } }' "$TIMELINE" | LC_ALL=C sort
}

# as_golden NAME: the brackets are those of the table. In the virtual machine another kernel may make other calls.
as_golden() {
  local table="$REPO/tests/attacks/privilege.golden" got expected
  got="$(brackets "$1")" expected="$(grep "^$1: " "$table" | LC_ALL=C sort)"
  (($(sed -n 's/^CapBnd:\t/0x/p' /proc/self/status) >> 24 & 1)) || # a host that has no CAP_SYS_RESOURCE to raise
    expected="$(grep -v ': SYS_RESOURCE: ' <<< "$expected")"
  if [ -n "${E2E_PREBUILT:-}" ]; then got="$(cut -d: -f 1-3 <<< "$got")" expected="$(cut -d: -f 1-3 <<< "$expected")"; fi
  same "brackets of $1 (when they are meant: put them into $table)" "$got" "$expected"
}

# never ROLE WORDS: no state of that process has them.
never() {
  if grep -E "^$1 .*$2" "$TIMELINE"; then echo "  ... $1 should never be so"; return 1; fi
}

# What holds for every run.
kept() {
  same "permitted sets that grew" "$(grep GREW "$TIMELINE" || true)" ""
  never '[a-z]+' ' OPEN'
  never interpreter ' effective [^n]'
  never keeper ' effective [^n]'
  never '(interpreter|keeper|init)' ' dumpable'
  same "the interpreter's end" "$(tail -n 1 <(grep ^interpreter "$TIMELINE") | grep -o 'permitted.*')" "permitted none effective none nnp filter"
  has "the keeper's end" "$(tail -n 1 <(grep ^keeper "$TIMELINE"))" " effective none nnp filter"
}

@test "caller: outside of their brackets monitor, keeper, interpreter have no effective capability; container init none of the host's" {
  user_bundle runc-spec-rootless.json
  plain
  traced
  kept
  same "init outside of its user namespace" "$(grep ^init "$TIMELINE" | grep -v ' inside' || true)" ""
  as_golden caller
}

@test "caller, with terminal, cgroup, device rules, filter: the same" {
  user_bundle runc-spec-rootless.json
  full
  traced
  kept
  same "init outside of its user namespace" "$(grep ^init "$TIMELINE" | grep -v ' inside' || true)" ""
  as_golden caller-full
}

@test "root: outside of their brackets monitor, keeper, interpreter, container init have no effective capability" {
  root_bundle runc-spec.json
  plain
  traced
  kept
  as_golden root
}

@test "root, with terminal, cgroup, device rules, filter: the same" {
  root_bundle runc-spec.json
  full
  traced
  kept
  as_golden root-full
}

# With fs.suid_dumpable=1 the kernel makes every process dumpable that changes its effective uid: container init is it from its setresuid(2)
# to the prctl(2) after it. The caller can't get at it then either: it is in a user namespace where the caller has no capability.
@test "fs.suid_dumpable=1: the caller can open the memory of no process of ours, at no system call" {
  user_bundle runc-spec-rootless.json
  full
  SUID_DUMPABLE="$(< /proc/sys/fs/suid_dumpable)"
  echo 1 > /proc/sys/fs/suid_dumpable
  traced
  never '[a-z]+' ' OPEN'
  never '(interpreter|keeper)' ' dumpable'
  same "states of init that are dumpable" "$(grep -c '^init.* dumpable' "$TIMELINE")" 1
  has "the one, after setresuid" "$(grep '^init.* dumpable' "$TIMELINE")" " dumpable | getresgid getresuid prctl"
}

@test "the timeline sees what it looks for: a process that is open, one that is dumpable" {
  user_bundle runc-spec-rootless.json
  TIMELINE="$T/timeline"
  timeline -u "$TEST_UID" -g "$TEST_GID" -r command /bin/true > "$TIMELINE" 3>&-
  has "a process of the caller's own" "$(< "$TIMELINE")" " dumpable OPEN"
}

# descriptors PID: what it has open, without numbers that differ.
descriptors() {
  local fd
  for fd in /proc/"$1"/fd/*; do readlink "$fd"; done | sed -e "s,$T,T,; s,$(cgroup_mount),CGROUP,; s/:\[.*//" | LC_ALL=C sort
}

# waiting: starts the container; MONITOR and KEEPER are the processes that wait.
waiting() {
  command_is /bin/payload ignore
  start --pid-file "$T/pid"
  wait_for 5 says ready
  KEEPER="$(pgrep -P "$SHIM_PID" | grep -vx "$INIT_PID")"
}

field() { sed -n "s/^$2:\t//p" "/proc/$1/status"; }

@test "the waiting monitor and the keeper: nothing effective, a filter, no_new_privs, as few descriptors as it takes" {
  user_bundle runc-spec-rootless.json
  full
  edit '.process.terminal = false'
  waiting
  local pid
  for pid in "$SHIM_PID" "$KEEPER"; do
    same "effective" "$(field "$pid" CapEff)" 0000000000000000
    same "inheritable" "$(field "$pid" CapInh)" 0000000000000000
    same "permitted: CAP_DAC_OVERRIDE, CAP_KILL, the keeper's CAP_SETUID" "$(field "$pid" CapPrm)" \
      "$([ "$pid" = "$KEEPER" ] && echo 00000000000000a2 || echo 0000000000000022)"
    same "filter" "$(field "$pid" Seccomp)" 2
    same "no_new_privs" "$(field "$pid" NoNewPrivs)" 1
    # they share one table. 0, 1, 2 and the report; the bundle, to remove the state in it; the state, which is locked; the pid
    # file's directory; the cgroup, which is locked, and its cgroup.kill; pidfds of the container, of each other; the signalfd;
    # the key's file, by whose locks the containers of a caller are counted
    same "descriptors of $pid" "$(descriptors "$pid")" "$(printf '%s\n' /dev/null CGROUP/locald/privilege/leaf \
      CGROUP/locald/privilege/leaf/cgroup.kill T T/bundle "T/bundle/.locald-shim-state/$ID" T/err T/out T/report \
      "/run/locald-shim.$TEST_UID.key" anon_inode anon_inode anon_inode anon_inode | LC_ALL=C sort)"
  done
  kill -KILL "$INIT_PID"
  ended
}

@test "execve of the waiting keeper, and of the waiting monitor, is SIGSYS" {
  user_bundle runc-spec-rootless.json
  plain
  waiting
  same "getpid, as a proof that calls can be put in" "$(callin "$KEEPER" 39)" "$KEEPER"
  same "the keeper's execve" "$(callin "$KEEPER" 59)" "signal 31"
  wait_for 5 gone "$KEEPER"
  kill -KILL "$INIT_PID"
  ended
  same "status without the keeper" "$status" 137
  waiting
  same "getpid, as a proof that calls can be put in" "$(callin "$SHIM_PID" 39)" "$SHIM_PID"
  same "the monitor's execve" "$(callin "$SHIM_PID" 59)" "signal 31"
  ended
  same "status, and the keeper cleans up" "$status" 159
}
