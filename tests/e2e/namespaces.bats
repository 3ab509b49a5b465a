# linux.namespaces, hostname, domainname
load helper

host_ns() { readlink "/proc/self/ns/$1"; }

# new_namespaces NAME...: inside, just these namespaces are others than the host's.
new_namespaces() {
  inside 'for n in cgroup ipc mnt net pid user uts; do echo "$n $(readlink /proc/self/ns/$n)"; done'
  succeeds
  local n wanted=" $* " inner
  for n in cgroup ipc mnt net pid user uts; do
    inner="$(sed -n "s/^$n //p" <<< "$output")"
    [ -n "$inner" ]
    if [[ "$wanted" == *" $n "* ]]; then
      [ "$inner" != "$(host_ns "$n")" ] || { echo "$n is the host's"; return 1; }
    else
      same "$n" "$inner" "$(host_ns "$n")"
    fi
  done
}

@test "runc spec: new pid, network, ipc, uts and mount namespaces, the rest is the host's" {
  root_bundle runc-spec.json
  new_namespaces ipc mnt net pid uts
}

@test "runc 1.5 spec, with a cgroup namespace as runc writes it on a unified host" {
  root_bundle runc-1.5-spec.json
  edit '.linux.namespaces += [{type: "cgroup"}]'
  new_namespaces cgroup ipc mnt net pid uts
}

@test "crun spec, with a cgroup namespace as crun writes it on a unified host" {
  root_bundle crun-latest-spec.json
  edit '.linux.namespaces += [{type: "cgroup"}]'
  new_namespaces cgroup ipc mnt net pid uts
}

@test "runc spec --rootless: pid, ipc, uts, mount and user namespaces for an unprivileged caller" {
  user_bundle runc-spec-rootless.json
  new_namespaces ipc mnt pid user uts
}

@test "pid: the payload is process 1 and sees no process of the host" {
  root_bundle runc-spec.json
  inside 'echo $$; ls -d /proc/[0-9]* | wc -l'
  succeeds
  same "pid" "${lines[0]}" 1
  [ "${lines[1]}" -le 3 ]
}

@test "network: lo is up and nothing else is there" {
  root_bundle runc-spec.json
  echo connected > "$B/rootfs/data/file"
  inside 'ls /sys/class/net; ip addr show dev lo; httpd -p 127.0.0.1:9009 -h /data; wget -q -O - http://127.0.0.1:9009/file'
  same "interfaces" "${lines[0]}" lo
  has "ip addr" "$output" "UP"
  has "ip addr" "$output" "127.0.0.1/8"
  has "connection over lo" "$output" connected
}

@test "network: without the namespace the host's network is seen" {
  root_bundle runc-spec.json
  edit '.linux.namespaces |= map(select(.type != "network")) | .mounts |= map(select(.type != "sysfs"))
        | .linux.maskedPaths |= map(select(startswith("/proc")))'
  inside 'readlink /proc/self/ns/net'
  succeeds
  same "net" "$output" "$(host_ns net)"
}

@test "hostname: set inside, unchanged outside" {
  local before; before="$(hostname)"
  root_bundle runc-spec.json
  edit '.hostname = "wagtail"'
  inside 'hostname'
  succeeds
  same "hostname" "$output" wagtail
  same "the host's name" "$(hostname)" "$before"
}

@test "hostname: set for an unprivileged caller" {
  user_bundle locald-service.json
  edit '.hostname = "wagtail" | .process.cwd = "/"'
  inside 'hostname'
  succeeds
  same "hostname" "$output" wagtail
}

@test "domainname: set inside, unchanged outside" {
  local before; before="$(cat /proc/sys/kernel/domainname)"
  root_bundle runc-spec.json
  edit '.domainname = "birds.example"'
  inside 'cat /proc/sys/kernel/domainname'
  succeeds
  same "domainname" "$output" birds.example
  same "the host's name" "$(cat /proc/sys/kernel/domainname)" "$before"
}

@test "ipc: message queues of the container are its own" {
  root_bundle runc-spec.json
  inside 'touch /dev/mqueue/in-here; ls /dev/mqueue'
  succeeds
  same "queues" "$output" in-here
}
