# A real Debian root file system under the caller's delegated ids.
load helper
load debian

setup_file() { debian_setup; }
teardown_file() { debian_teardown; }

debian_bundle() {
  user_bundle locald-service.json
  rm -rf "$B/rootfs"
  BUNDLE_FILES="$(ls -A "$B")"
  map_subordinate_ids
  edit --arg rootfs "$DEBIAN" '.root.path = $rootfs | .process.cwd = "/" | .process.user = {uid: 1000, gid: 1000, additionalGids: [4, 50]}
    | .process.env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
    | del(.linux.cgroupsPath)'
}

# bash_inside SCRIPT
bash_inside() { command_is bash -c "$1"; run_container; }

@test "debian: bash as user 1000 with additional groups" {
  debian_bundle
  bash_inside 'echo "$BASH_VERSION" | grep -o "^5\."; id -u; id -G; cat /etc/debian_version; [[ /proc/self -ef /proc/$$ ]] || echo other'
  same "status" "$status" 0
  same "version" "${lines[0]}" "5."
  same "uid" "${lines[1]}" 1000
  same "groups" "${lines[2]}" "1000 4 50"
  has "debian" "${lines[3]}" "12."
}

@test "debian: apt-get --version" {
  debian_bundle
  bash_inside 'apt-get --version'
  succeeds
  has "version" "${lines[0]}" "apt 2."
}

@test "debian: ls -l / shows the right owners" {
  debian_bundle
  bash_inside 'ls -ln -I proc / | awk "NR > 1 { print \$3 \":\" \$4, \$9 }"; ls -l -d /etc/shadow /var/mail /var/local'
  same "status" "$status" 0
  local d; for d in bin boot etc home root usr var; do has "owners" "$output" "0:0 $d"; done
  lacks "owners" "$output" 65534:65534
  has "names" "$output" "root shadow"
  has "names" "$output" "root mail"
  has "names" "$output" "root staff"
}

@test "debian: a user's process can't read what only root's group may" {
  debian_bundle
  edit '.process.user = {uid: 1000, gid: 1000}'
  bash_inside 'cat /etc/shadow'
  same "status" "$status" 1
  has "reason" "$stderr" "Permission denied"
}

@test "debian: root inside may chown to a mapped id and the host sees the delegated one" {
  debian_bundle
  edit '.process.user = {uid: 0, gid: 0} | .process.capabilities |= map_values(. + ["CAP_CHOWN"])'
  bash_inside 'touch /workspace/file && chown 33:44 /workspace/file && stat -c %u:%g /workspace/file'
  succeeds
  same "inside" "$output" "33:44"
  same "outside" "$(stat -c %u:%g "$VOLUME/file")" "$(outside_uid 33):$(outside_gid 44)"
}

@test "debian: chown to an id that is not mapped fails" {
  debian_bundle
  edit '.process.user = {uid: 0, gid: 0} | .process.capabilities |= map_values(. + ["CAP_CHOWN"])'
  bash_inside 'touch /workspace/file && chown 100000 /workspace/file'
  same "status" "$status" 1
  has "reason" "$stderr" "Invalid argument"
}

