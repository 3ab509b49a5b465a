#!/bin/bash
# Many containers: CONTAINERS=1000 alive at once, what they take and whether all of it comes back, and starts per second, beside
# crun and bubblewrap. As root; needs jq, busybox, gcc, and crun and bwrap for the comparisons (what is not there is left
# out and said so). Fails when a container fails, or leaves anything. STARTS=400 is how many starts each rate is made of.
#
# As in bench.sh the host is an imitated unified one, in a mount namespace of its own; so is the policy where more
# containers are wanted than the host's allows.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ "${1:-}" != unified ]; then
  [ "$(id -u)" = 0 ] || { echo "density: needs root" >&2; exit 1; }
  exec unshare --mount --propagation private bash -c '
    umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec bash "$0" unified' "$PWD/tests/bench/density.bash"
fi

CONTAINERS="${CONTAINERS:-1000}" STARTS="${STARTS:-400}"
uid="$(id -u nobody)"
run="density-$$" # what every id, and so every cgroup and state, begins with
work="$(mktemp -d /var/tmp/locald-density.XXXXXX)"
loader=""
finish() {
  if [ -n "$loader" ]; then exec {to}>&-; wait "$loader" || true; fi # it ends what it started
  local mount
  for mount in /etc/passwd /etc "$work/etc"; do umount "$mount" 2>/dev/null || true; done # of this namespace alone
  rm -rf --one-file-system "$work"
}
trap finish EXIT
chmod 755 "$work"
install -D -o root -g root -m 4755 "${BUILD:-build}/locald-shim" "$work/bin/locald-shim"
shim="$work/bin/locald-shim"
"${CC:-gcc}" -std=c17 -D_GNU_SOURCE -O1 -Wall -Wextra -Werror -static -o "$work/load" tests/bench/load.c

die() { echo "density: $*" >&2; exit 1; }

# Bundles: runc's default ones. What holds is one process with one page of data; what counts starts is /bin/true.
bundle() { # $1 directory, $2 fixture, $3 args as JSON
  mkdir -p "$work/$1"/rootfs/{bin,proc,dev,sys,tmp}
  cp "$(command -v busybox)" "$work/$1/rootfs/bin/true"
  cp "$work/load" "$work/$1/rootfs/bin/pause"
  jq --argjson args "$3" --argjson id "$uid" --argjson memlock "$memlock" \
    'del(.process.capabilities.ambient) | .process.terminal = false | .process.args = $args | if .linux.uidMappings then .linux.uidMappings[0].hostID = $id | .linux.gidMappings[0].hostID = $id
     elif $memlock then . else del(.linux.resources) end' "tests/e2e/fixtures/$2.json" > "$work/$1/config.json"
}
# crun raises RLIMIT_MEMLOCK before it loads the program of device rules: left out where that is not allowed
if prlimit --memlock=unlimited:unlimited true 2>/dev/null; then memlock=true; else memlock=false; fi
for what in hold true; do
  if [ "$what" = hold ]; then args='["/bin/pause", "pause"]'; else args='["/bin/true"]'; fi
  bundle "root.$what" runc-spec "$args"
  bundle "user.$what" runc-spec-rootless "$args"
  chown -hR "$uid:$uid" "$work/user.$what"
done

# --- what stands in the way of so many --------------------------------------------------------------------------

# The host's limits stay as they are: where they are too low, that is said. What can be had in this mount namespace is
# set there.
prepare() {
  local name need have
  while read -r name need; do
    have="$(sysctl -n "$name")"
    [ "$have" -ge "$need" ] || die "$name is $have; $CONTAINERS containers take $need"
  done <<WANTED
kernel.pid_max $((CONTAINERS * 3 + $(ps -e --no-headers | wc -l) + 100))
kernel.threads-max $((CONTAINERS * 3 + 100))
user.max_user_namespaces $CONTAINERS
user.max_mnt_namespaces $CONTAINERS
user.max_net_namespaces $CONTAINERS
fs.file-max $((CONTAINERS * 20))
WANTED
  if [ -e /etc/locald-shim.conf ] || [ "$CONTAINERS" -gt 1000 ]; then # without a policy a user has 1,024
    mkdir "$work/etc" && mount -t tmpfs tmpfs "$work/etc" && mkdir "$work/etc/upper" "$work/etc/work"
    mount -t overlay overlay -o "lowerdir=/etc,upperdir=$work/etc/upper,workdir=$work/etc/work" /etc
    echo "max-containers = $((CONTAINERS + 24))" > /etc/locald-shim.conf
  fi
  # A user has a home, where the interpreter keeps what it found; nobody has none on the host.
  install -d -o "$uid" -g "$uid" -m 700 "$work/home"
  sed "s|^nobody:.*|nobody:x:$uid:$uid::$work/home:/bin/sh|" /etc/passwd > "$work/passwd"
  mount --bind "$work/passwd" /etc/passwd
  ulimit -u "$(ulimit -Hu)" # counts a caller's monitors and payloads
  have="$(ulimit -u)"
  [ "$have" = unlimited ] || [ "$have" -ge $((CONTAINERS * 2 + 100)) ] || die "RLIMIT_NPROC is $have"
}

# --- memory -----------------------------------------------------------------------------------------------------

meminfo() { awk -v k="$1:" '$1 == k { print $2 }' /proc/meminfo; }
FIELDS="Slab KernelStack PageTables Percpu"
# Free is also what each processor keeps at hand for itself, hundreds of MiB of it after so many have ended: MemAvailable
# doesn't count it.
available() { awk -v page="$(($(getconf PAGESIZE) / 1024))" '$1 == "MemAvailable:" { kib = $2 } $1 == "count:" { kib += $2 * page } END { printf "%d", kib }' /proc/meminfo /proc/zoneinfo; }
remember() { # $1 when: sets $1_available, $1_Slab, ...
  local f
  printf -v "$1_available" %s "$(available)"
  for f in $FIELDS; do printf -v "$1_$f" %s "$(meminfo "$f")"; done
}

each() { awk -v n="$CONTAINERS" -v kib="$1" 'BEGIN { printf "%.0f", kib / n }'; }

pss() { # prints count, sum and max in KiB of the pids on stdin
  sed 's:.*:/proc/&/smaps_rollup:' | xargs -r cat | awk '/^Pss:/ { n++; sum += $2; if ($2 > max) max = $2 } END { print n + 0, sum + 0, max + 0 }'
}

# The loader's children, their children that are the same program (keepers), and the payloads.
processes() { # $1 monitors, keepers or payloads
  ps -e -o pid=,ppid=,comm= | awk -v loader="$loader" -v want="$1" '
    $2 == loader { monitor[$1] = 1; if (want == "monitors") print $1 }
    { parent[$1] = $2; name[$1] = $3 }
    END { for (p in parent) if (parent[p] in monitor) {
            if (name[p] == "pause" && want == "payloads") print p
            if (name[p] == "locald-shim" && want == "keepers") print p } }'
}

# --- nothing is left --------------------------------------------------------------------------------------------

# How many objects the kernel has of a kind. What is free in a processor's own slab counts, until the cache is shrunk.
objects() {
  local cache="/sys/kernel/slab/$1"
  [ -e "$cache/shrink" ] || { echo 0; return; }
  echo 1 > "$cache/shrink"
  awk '{ print $1 }' "$cache/objects"
}
KINDS="user_namespace pid_namespace uts_namespace net_namespace mnt_cache"
count_objects() { local k; for k in $KINDS; do printf -v "$1_$k" %s "$(objects "$k")"; done; }

# When a process began, in hundredths of a second since the machine did; of one that is gone, never.
begun() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '{ t = $20 } END { print t == "" ? 2 ^ 53 : t }'; }

nothing_left() { # $1 bundle, $2 what ran it
  local left ns pid
  left="$(ps -e -o pid=,args= | grep -F -e "$work/bin/locald-shim" -e "--id $run" -e " $run-" -e "/bin/pause pause" | grep -v grep || true)"
  [ -z "$left" ] || die "$2 left processes: $(head -n 3 <<< "$left")"
  left="$(find /sys/fs/cgroup -depth -name "*$run*" 2>/dev/null | head -n 3)"
  [ -z "$left" ] || die "$2 left cgroups: $left"
  [ ! -e "$work/$1/.locald-shim-state" ] || die "$2 left states: $(find "$work/$1/.locald-shim-state" | head -n 3)"
  left="$(find /run/crun -maxdepth 1 -name "$run*" 2>/dev/null | head -n 3)"
  [ -z "$left" ] || die "$2 left states: $left"
  left="$(grep -F "$work/$1" /proc/self/mountinfo /proc/1/mountinfo | head -n 3 || true)"
  [ -z "$left" ] || die "$2 left mounts: $left"
  # the kernel gives a namespace's number to the next one: only one with a process that was there before the end is ours
  while read -r ns pid; do
    ! grep -Fxq "$ns" "$work/namespaces" || [ "$(begun "$pid")" -ge "$ended" ] ||
      die "$2 left the namespace $ns, in which is $(ps -o pid=,args= -p "$pid")"
  done < <(lsns -n -o NS,PID)
}

# What only a descriptor or a mount holds is in no process's /proc: so it is asked of the kernel's own count, and of the
# memory, of which nine tenths have to come back. The kernel ends namespaces in its own time.
all_back() { # $1 taken KiB, $2 what ran it
  local i k before after missing
  for i in $(seq 100); do
    unshare --net true # Linux gives the memory of a network namespace back when the next one ends
    remember after
    count_objects after
    missing=""
    # of few, what else the machine does hides it
    [ "$CONTAINERS" -lt 100 ] || [ $((before_available - after_available)) -le $(($1 / 10 + 16384)) ] ||
      missing="$((before_available - after_available)) of $1 KiB"
    for k in $KINDS; do
      before="before_$k" after="after_$k"
      [ "${!after}" -le $((${!before} + CONTAINERS / 10)) ] || missing+=" $((${!after} - ${!before})) objects $k"
    done
    [ -n "$missing" ] || return 0
    sleep 0.2
  done
  die "$2: not back after $i rounds of 0.2 s: $missing"
}

# --- alive at once ----------------------------------------------------------------------------------------------

figures() { # all are alive
  local role n sum max waiting=0 payloads=0 f
  for role in monitors keepers payloads; do
    read -r n sum max <<< "$(processes $role | pss)"
    if [ "$role" = payloads ]; then payloads="$sum"; else waiting=$((waiting + sum)); fi
    [ "$n" = 0 ] || echo "    $n $role: PSS mean $(each "$sum") KiB, max $max KiB"
    [ "$role" = keepers ] || [ "$n" = "$CONTAINERS" ] || die "$n of $CONTAINERS $role"
  done
  local taken=$((before_available - during_available))
  echo "    waiting, per container: PSS $(each "$waiting") KiB"
  printf '    memory taken, per container: %s KiB; the kernel'"'"'s part %s KiB (' "$(each "$taken")" "$(each $((taken - waiting - payloads)))"
  for f in Slab KernelStack PageTables Percpu; do
    local before="before_$f" during="during_$f"
    printf '%s %s' "$f" "$(each $((${!during} - ${!before})))"
    if [ $f = Percpu ]; then echo ")"; else printf ', '; fi
  done
}

alive() { # $1 name, $2 uid, $3 bundle, $4 command
  local word n took from
  coproc LOAD { exec "$work/load" hold "$CONTAINERS" 2 "$2" "$4" 2> "$work/errors"; }
  loader="$LOAD_PID"
  exec {to}>&"${LOAD[1]}" {from}<&"${LOAD[0]}"
  eval "exec ${LOAD[1]}>&- ${LOAD[0]}<&-"
  read -r -t 200 word n took <&"$from" || true
  [ "$word $n" = "alive $CONTAINERS" ] || die "$1: ${n:-none} of $CONTAINERS started: $(head -n 5 "$work/errors")"
  remember during
  echo "  $1: $n started two at a time in $took s ($(awk -v n="$n" -v t="$took" 'BEGIN { printf "%.1f", n / t }') a second)"
  figures
  processes payloads | sed 's:.*:/proc/&/ns:' | xargs -I{} find {} -type l -printf '%l\n' | sed 's/.*\[\(.*\)\]/\1/' | sort -u > "$work/all"
  find /proc/$$/ns -type l -printf '%l\n' | sed 's/.*\[\(.*\)\]/\1/' | sort -u | comm -23 "$work/all" - > "$work/namespaces"
  ended="$(awk '{ print int($1 * 100) }' /proc/uptime)"
  exec {to}>&-
  read -r -t 200 word n took <&"$from" || true
  wait "$loader" || die "$1: $(head -n 5 "$work/errors")"
  loader=""
  exec {from}<&-
  [ ! -s "$work/errors" ] || die "$1 says: $(head -n 5 "$work/errors")"
  echo "    all $n ended by SIGTERM to each in $took s"
  nothing_left "$3" "$1"
  all_back $((before_available - during_available)) "$1"
  echo "    nothing is left: no process, mount, cgroup, state; $(wc -l < "$work/namespaces") namespaces gone; memory is back but for $(((before_available - after_available) / 1024)) MiB"
}

density() { # NAME UID BUNDLE COMMAND: once for a few, so that what is made once is not counted
  local all="$CONTAINERS" out
  CONTAINERS=20
  remember before
  count_objects before
  out="$(CONTAINERS=20; alive "$@" 2>&1)" || die "$1: $out"
  CONTAINERS="$all"
  sleep 0.5
  remember before
  count_objects before
  alive "$@"
}

# --- starts per second ------------------------------------------------------------------------------------------

rates() {
  local take=() at
  take+=(0 "locald-shim, root" "$shim bundle run --bundle $work/root.true --id $run-%d")
  if command -v crun > /dev/null; then take+=(0 "crun, root" "crun run --bundle $work/root.true $run-c%d"); else echo "left out: crun"; fi
  take+=("$uid" "locald-shim, user" "$shim bundle run --bundle $work/user.true --id $run-%d")
  if command -v bwrap > /dev/null; then
    take+=("$uid" "bwrap, user" "bwrap --unshare-user --unshare-pid --unshare-ipc --unshare-uts --uid 0 --gid 0 --hostname runc --ro-bind $work/user.true/rootfs / --proc /proc --dev /dev --tmpfs /tmp --ro-bind /sys /sys /bin/true")
  else echo "left out: bwrap"; fi
  echo "starts per second of /bin/true, $STARTS of each, in turn"
  for at in 1 2 8; do "$work/load" rate "$STARTS" "$at" "${take[@]}" || die "a start failed"; done
  for at in root.true user.true; do [ ! -e "$work/$at/.locald-shim-state" ] || die "starts left states"; done
}

prepare
echo "host: Linux $(uname -r), $(nproc) cores, $(($(meminfo MemTotal) / 1024)) MiB; $CONTAINERS containers alive at once"
density "locald-shim, user" "$uid" user.hold "$shim bundle run --bundle $work/user.hold --id $run-%d"
density "locald-shim, root" 0 root.hold "$shim bundle run --bundle $work/root.hold --id $run-%d"
if command -v crun > /dev/null; then density "crun, root" 0 root.hold "crun run --bundle $work/root.hold $run-c%d"; else echo "left out: crun"; fi
rates
