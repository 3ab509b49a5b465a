# Attacks by terminals, by processes that don't want to end, and by hooks. SIGKILL of the shim is in races.bats.
load ../e2e/helper

# attack_bundle OWNER: the same bundle for both; root's has no user namespace.
attack_bundle() {
  make_bundle "$1" locald-service.json "${2:-$T/$1}"
  edit 'del(.linux.cgroupsPath) | .linux.resources = {} | .process.cwd = "/"'
  [ "$1" = user ] || edit '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings)'
}

# --- the caller's terminal ------------------------------------------------------------------------------------------

LEGACY=/proc/sys/dev/tty/legacy_tiocsti # from Linux 6.2 on it may be 0: then nobody types, and nothing is shown

# after COMMAND...: the command at a terminal, and then what is there to be read by the shell that started it.
after() {
  local keep=
  [ ! -e "$LEGACY" ] || { keep="$(cat "$LEGACY")"; echo 1 > "$LEGACY"; }
  capture ptydrive -- sh -c 'was="$(stty -g)"; "$@"; echo "status $?"; stty -icanon -echo min 0 time 3
    echo "left [$(dd bs=100 count=1 2>/dev/null)]"; stty "$was"' - "$@"
  [ -z "$keep" ] || echo "$keep" > "$LEGACY"
  output="$(tr -d '\r' <<< "$output")"
  same "status of ptydrive" "$status" 0
}

# typed_nothing: whatever the payload could type into was its own.
typed_nothing() {
  has "the end" "$output" "status 0"
  has "what the caller's shell would read" "$output" "left []"
}

injected() {
  after "${AS[@]}" "$TOOLS/inject" # the precondition: outside of a container it works
  lacks "without the shim" "$output" "left []"
  cp "$TOOLS/inject" "$B/rootfs/bin/"
  command_is /bin/inject
  local shim=("${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID")
  after "${shim[@]}" # the caller's terminal is the payload's stdin, stdout and stderr
  typed_nothing
  has "with the caller's terminal" "$output" "typed 0"
  edit '.process.terminal = true' # a terminal of its own, into which it may type
  after "${shim[@]}"
  typed_nothing
  lacks "with a terminal of its own, it tried" "$output" "typed 0"
}

# The payload types commands into the terminal of the shell that started the shim.
@test "signals: TIOCSTI and TIOCLINUX, with high bits: nothing is injected into the caller's terminal (CVE-2017-5226): user" {
  attack_bundle user
  injected
}

@test "signals: TIOCSTI and TIOCLINUX, with high bits: also with all capabilities over its user namespace (CVE-2017-5226): user" {
  attack_bundle user
  edit '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN", "CAP_SYS_TTY_CONFIG"])'
  injected
}

# Root's without CAP_SYS_ADMIN: with it, in the host's user namespace, the kernel lets it type anywhere, as it was
# asked to.
@test "signals: TIOCSTI and TIOCLINUX, with high bits: nothing is injected into the caller's terminal (CVE-2017-5226): root" {
  attack_bundle root
  edit '.process.capabilities |= map_values(. - ["CAP_SYS_ADMIN"] + ["CAP_SYS_TTY_CONFIG"])'
  injected
}

# --- who does not want to end ---------------------------------------------------------------------------------------

# Descendants that left parent, session and process group and ignore what can be ignored, where no pid namespace's end
# is theirs too.
clinging() {
  local how
  for how in payload TERM KILL; do
    attack_bundle "$1" "$T/$how"
    edit '.linux.namespaces |= map(select(.type != "pid")) | .mounts |= map(select(.type != "proc")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
    script 'for i in 1 2 3; do (setsid sh -c "trap \"\" TERM HUP INT QUIT; (setsid payload ignore &); exec payload ignore" &); done; exec payload signals'
    start
    wait_for 5 seven_ready
    local cg members pid
    cg="$(cgroup_mount)$(sed -n 's/^0:://p' "/proc/$INIT_PID/cgroup")"
    members="$(cat "$cg/cgroup.procs")"
    same "processes" "$(wc -w <<< "$members")" 7
    if [ "$how" = payload ]; then kill -TERM "$INIT_PID"; else kill "-$how" "$SHIM_PID"; fi
    wait "$SHIM_PID" || true
    for pid in $members; do wait_for 2 gone "$pid"; done
    wait_for 2 test ! -e "$cg"
  done
}
seven_ready() { [ "$(grep -cx ready "$OUT")" = 7 ]; }

@test "signals: double-forked, SIGTERM-proof descendants without a pid namespace: cgroup.kill removes all: user" { clinging user; }
@test "signals: double-forked, SIGTERM-proof descendants without a pid namespace: cgroup.kill removes all: root" { clinging root; }

# --- hooks ----------------------------------------------------------------------------------------------------------

# A program of the host, named in the bundle, that a setuid binary would start.
@test "signals: a createRuntime, poststop, prestart, createContainer or poststart hook: refused by name, nothing is executed" {
  local owner name marker="$T/ran"
  for owner in user root; do
    attack_bundle "$owner"
    for name in createRuntime poststop prestart createContainer poststart; do
      edit --arg name "$name" --arg marker "$marker" '.hooks = {($name): [{path: "/bin/touch", args: ["touch", $marker]}]}'
      inside 'echo payload'
      fails 125 E_CONFIG_UNSUPPORTED "hooks.$name[0] (/bin/touch): is a program of the host, and the shim never executes one"
      [ ! -e "$marker" ]
    done
    edit '.hooks = {prestart: [], createRuntime: null, poststop: []}'
    inside 'echo payload'
    succeeds
  done
}
