# linux.netDevices. Every test has a "host" of its own, an empty network namespace: the real host's network is never touched.
load helper

links() { ip -o link show; }
setup_file() { links > "$BATS_FILE_TMPDIR/host"; }
teardown_file() { same "the real host's devices" "$(links)" "$(cat "$BATS_FILE_TMPDIR/host")"; }

# namespace NAME: a network namespace that lives as long as the test; NAME becomes its file.
namespace() {
  unshare -n sleep 1000 3>&- &
  STARTED+=("$!")
  wait_for 10 other_network "$!"
  printf -v "$1" '/proc/%s/ns/net' "$!"
}

other_network() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

on() { nsenter --net="$1" "${@:2}"; }
host() { on "$HOST" "$@"; }

# A bundle of root, and its host: v0 with addresses of all kinds, v1, which is its other end, and a bridge.
net_bundle() {
  namespace HOST
  host ip link set lo up
  host ip link add v0 type veth peer name v1
  host ip link set v1 up
  host ip link set v0 mtu 1400 address 02:00:00:00:00:07 up
  host ip addr add 10.1.2.3/24 brd 10.1.2.255 dev v0
  host ip addr add 10.9.9.1 peer 10.9.9.2/32 dev v0 metric 7
  host ip addr add 10.1.2.4/24 dev v0
  host ip addr add 10.5.5.5/24 dev v0 valid_lft 1000 preferred_lft 1000
  host ip addr add 10.6.6.6/24 dev v0 scope link
  host ip -6 addr add 2001:db8::7/64 dev v0 nodad
  host ip -6 addr add 2001:db8:1::1 peer 2001:db8:1::2/128 dev v0 nodad noprefixroute
  host ip link add br0 type bridge
  host ip addr add 10.7.7.7/24 dev br0
  wait_for 10 settled
  root_bundle runc-spec.json
  AS=(nsenter --net="$HOST" --)
  edit '.process.capabilities = {}'
  edit '.linux.namespaces |= map(select(.type != "network")) + [{type: "network"}]'
}

# Duplicate address detection of the link-local addresses is over.
settled() { [ -z "$(host ip -6 addr show tentative)" ]; }

devices() { edit --argjson d "$1" '.linux.netDevices = $d'; }
join() { edit --arg p "$1" '.linux.namespaces |= map(select(.type != "network")) + [{type: "network", path: $p}]'; }

# What of a device may not change: without what counts time.
state_of() { on "$1" ip addr show "${@:2}" | sed 's/valid_lft [0-9]*sec preferred_lft [0-9]*sec/dynamic/'; }

# Its permanent global addresses, as `ip` has them.
KEPT='10.1.2.3/24 brd 10.1.2.255 scope global
10.9.9.1 peer 10.9.9.2/32 scope global
10.1.2.4/24 scope global secondary
2001:db8:1::1 peer 2001:db8:1::2/128 scope global nodad noprefixroute
2001:db8::7/64 scope global nodad'

# kept NAMESPACE DEVICE: the addresses of a device but for link-local ones.
kept() {
  on "$1" ip -o addr show dev "$2" | sed -n 's/^[0-9]*: [^ ]* *inet6\? \(.*\)\\ .*/\1/p' | grep -v 'scope link' |
    sed "s/ $2 *$//; s/ metric 7//; s/ *$//" | sort
}

@test "root: a device moves with its name, MTU, MAC and permanent global addresses, and is up" {
  net_bundle
  devices '{"v0": {"name": "eth0"}}'
  script 'sleep 1000'
  start
  local inside="/proc/$INIT_PID/ns/net"
  same "addresses" "$(kept "$inside" eth0)" "$(sort <<< "$KEPT")"
  has "the metric" "$(on "$inside" ip addr show dev eth0)" "10.9.9.1 peer 10.9.9.2/32 metric 7"
  same "labels" "$(on "$inside" ip -4 -o addr show label 'v*')" ""
  has "link" "$(on "$inside" ip link show eth0)" "mtu 1400"
  has "link" "$(on "$inside" ip link show eth0)" "link/ether 02:00:00:00:00:07"
  has "link" "$(on "$inside" ip link show eth0)" ",UP"
  same "devices inside" "$(on "$inside" ip -o link | sed 's/^[0-9]*: \([^:@]*\).*/\1/')" $'lo\neth0'
  same "devices outside" "$(host ip -o link | sed 's/^[0-9]*: \([^:@]*\).*/\1/')" $'lo\nv1\nbr0'
  host ip addr add 10.1.2.9/24 dev v1
  host busybox ping -c 1 -W 2 10.1.2.3 > /dev/null
  kill -TERM "$SHIM_PID"
  kill -KILL "$INIT_PID"
  ended
}

@test "the payload sees it, and the runtime does not move it back: the end of its namespace is the end of a veth" {
  net_bundle
  devices '{"v0": {"name": "eth0"}}'
  inside 'ip addr show eth0; cat /sys/class/net/eth0/mtu'
  same "status" "$status" 0
  has "inside" "$output" "inet 10.1.2.3/24 brd 10.1.2.255 scope global eth0"
  has "inside" "$output" "1400"
  wait_for 10 no_pair
}

no_pair() { ! host ip link show v1 > /dev/null 2>&1; }

@test "no new name; a device that is down gets up; several, and names exchanged" {
  net_bundle
  host ip link add w0 type veth peer name w1
  devices '{"w0": {}, "v0": {"name": "w1"}, "w1": {"name": "v0"}}'
  inside 'for d in w0 w1 v0; do cat /sys/class/net/$d/operstate; done; cat /sys/class/net/w1/address; ip -o link'
  same "status" "$status" 0
  same "state" "${lines[*]:0:3}" "up up up"
  same "address" "${lines[3]}" "02:00:00:00:00:07"
  same "devices" "${#lines[@]}" 8
}

@test "a template: the kernel finds a number" {
  net_bundle
  host ip link add w0 type veth peer name w1
  devices '{"v0": {"name": "eth%d"}, "w0": {"name": "eth%d"}}'
  inside 'cat /sys/class/net/eth0/address; ip addr show eth0; ls /sys/class/net'
  same "status" "$status" 0
  same "the first" "${lines[0]}" "02:00:00:00:00:07"
  has "addresses" "$output" "inet 10.1.2.4/24 scope global secondary eth0"
  has "devices" "$output" $'eth0\neth1\nlo'
}

@test "a container with a user namespace" {
  net_bundle
  edit '.linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  devices '{"v0": {"name": "eth0"}}'
  inside 'ip addr show eth0'
  same "status" "$status" 0
  has "addresses" "$output" "inet6 2001:db8::7/64 scope global"
}

@test "a joined network namespace: indices and names that are taken, and the device stays there" {
  net_bundle
  local other
  namespace other
  local index; index="$(host ip -o link show v0 | cut -d : -f 1)"
  on "$other" ip link add eth0 index "$index" type veth peer name eth2 index "$((index + 1))"
  join "$other"
  devices '{"v0": {"name": "eth0"}}'
  local before; before="$(state_of "$HOST")"
  run_container
  fails 125 E_NETWORK 'linux.netDevices["v0"] (v0): preparing its move to eth0: File exists'
  has "hint" "$stderr" "has a device of that name"
  same "host" "$(state_of "$HOST")" "$before"
  devices '{"v0": {"name": "eth%d"}}'
  inside 'true'
  succeeds
  same "addresses" "$(kept "$other" eth1)" "$(sort <<< "$KEPT")"
  same "index" "$(on "$other" ip -o link show eth1 | cut -d : -f 1)" "$((index + 2))"
}

@test "the host's own network namespace, joined, is refused" {
  net_bundle
  join "$HOST"
  host ip link set v0 down
  local before; before="$(state_of "$HOST")"
  devices '{"v0": {"name": "eth0"}}'
  run_container
  fails 125 E_NETWORK 'linux.netDevices["v0"] (v0): preparing its move to eth0: Invalid cross-device link'
  same "host" "$(state_of "$HOST")" "$before"
}

@test "what can't be is found before anything moves" {
  net_bundle
  local before; before="$(state_of "$HOST")"
  refused() { # DEVICES WHERE WHY HINT
    devices "$1"
    run_container
    fails 125 E_NETWORK "$2: $3"
    has "hint" "$stderr" "$4"
    same "host" "$(state_of "$HOST")" "$before"
  }
  refused '{"v0": {"name": "a"}, "zz": {}}' 'linux.netDevices["zz"] (zz)' \
    "preparing its move to zz: No such device" "see 'ip link'"
  refused '{"v0": {"name": "a"}, "v1": {"name": "lo"}}' 'linux.netDevices["v1"] (v1)' \
    "preparing its move to lo: File exists" "has a device of that name"
  refused '{"br0": {"name": "a"}}' 'linux.netDevices["br0"] (br0)' \
    "preparing its move to a: Invalid argument" "lo, bridges"
  refused '{"lo": {"name": "a"}}' 'linux.netDevices["lo"] (lo)' \
    "preparing its move to a: Invalid argument" "lo, bridges"
}

@test "more addresses than are carried over are refused" {
  net_bundle
  local i
  for i in {1..120}; do echo "addr add 10.8.$i.1/24 dev v0"; done | host ip -batch -
  local before; before="$(state_of "$HOST")"
  devices '{"v0": {}}'
  run_container
  fails 125 E_NETWORK 'linux.netDevices["v0"] (v0): preparing its move to v0: No buffer space available'
  same "host" "$(state_of "$HOST")" "$before"
  for i in {31..120}; do echo "addr del 10.8.$i.1/24 dev v0"; done | host ip -batch -
  inside 'ip -4 addr show v0 | grep -c "inet 10[.]8[.]"'
  same "status" "$status" 0
  same "addresses" "$output" 30
}

# gives_back COMMAND...: the container can't be created, and the host is as before but for addresses that don't move. The
# kernel lists IPv6 addresses last come, first served: so their order is no matter here.
gives_back() {
  host ip addr del 10.5.5.5/24 dev v0
  host ip addr del 10.6.6.6/24 dev v0
  local before; before="$(state_of "$HOST" scope global | sort)"
  "$@"
  same "host" "$(state_of "$HOST" scope global | sort)" "$before"
}

@test "a create that fails gives all back: name, index, addresses, MTU, MAC, up or down" {
  net_bundle
  host ip link add w0 type veth peer name w1
  host ip addr add 10.3.3.3/24 dev w0
  devices '{"v0": {"name": "eth0"}, "w0": {"name": "eth1"}}'
  command_is /nope
  gives_back run_container
  fails 127 E_EXEC_NOT_FOUND "process.args[0]"
}

@test "a device that moved and does not get an address goes back" {
  net_bundle
  local other
  namespace other
  on "$other" sh -c 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6'
  join "$other"
  devices '{"v0": {"name": "eth0"}}'
  gives_back run_container
  fails 125 E_NETWORK "linux.netDevices: moving v0: "
  same "what it was to join" "$(on "$other" ip -o link | grep -c .)" 1
}

@test "the shim is killed while it creates: the keeper gives all back" {
  net_bundle
  devices '{"v0": {"name": "eth0"}}'
  edit '.hooks = {startContainer: [{path: "/bin/sleep", args: ["sleep", "1000"]}]}'
  command_is /bin/true
  gives_back kill_at_hook
}

kill_at_hook() {
  "${AS[@]}" "$SHIM" bundle run --bundle "$B" --id "$ID" < /dev/null > "$OUT" 2>&1 3>&- &
  local pid=$!
  STARTED+=("$pid")
  wait_for 10 no_device
  kill -KILL "$pid"
  wait_for 10 has_device
  wait_for 10 settled_again
}

no_device() { ! host ip link show v0 > /dev/null 2>&1; }
has_device() { host ip link show v0 > /dev/null 2>&1; }
settled_again() { [ "$(kept "$HOST" v0)" = "$(sort <<< "$KEPT")" ] && host ip link show v0 | grep -q ',UP'; }

@test "an unprivileged caller: refused, and nothing moves" {
  namespace HOST
  host ip link add v0 type veth peer name v1
  user_bundle runc-spec-rootless.json
  AS=(nsenter --net="$HOST" -- "${AS[@]}")
  edit '.linux.namespaces |= map(select(.type != "network")) + [{type: "network"}]'
  devices '{"v0": {"name": "eth0"}}'
  local before; before="$(state_of "$HOST")"
  run_container
  fails 125 E_AUTHORITY "linux.netDevices: only root may move network devices of the host into a container"
  same "host" "$(state_of "$HOST")" "$before"
}

@test "no network namespace: refused" {
  net_bundle
  edit '.linux.namespaces |= map(select(.type != "network"))'
  devices '{"v0": {"name": "eth0"}}'
  run_container
  fails 125 E_CONFIG_VALUE "linux.netDevices: needs a network namespace"
}
