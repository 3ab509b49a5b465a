# A real Debian root file system under the caller's delegated ids.
load helper

# Made once by mmdebstrap from Debian's packages, kept for later runs as a tar file.
setup_file() {
  local tar="${DEBIAN_TAR:-/var/tmp/locald-shim-debian-bookworm.tar}"
  if [ ! -O "$tar" ]; then
    mmdebstrap --quiet --variant=apt --format=tar bookworm "$tar.new.$$"
    mv "$tar.new.$$" "$tar"
  fi
  export DEBIAN="$E2E/debian"
  mkdir "$DEBIAN"
  tar --extract --file "$tar" --directory "$DEBIAN" --numeric-owner --exclude './dev/*'
  shift_owners "$DEBIAN"
}

teardown_file() { rm -rf --one-file-system "$E2E/debian"; }

# Container id 0 is the caller, id N the Nth subordinate one.
outside_uid() { if [ "$1" = 0 ]; then echo "$TEST_UID"; else echo $((SUB_UID + $1 - 1)); fi; }
outside_gid() { if [ "$1" = 0 ]; then echo "$TEST_GID"; else echo $((SUB_GID + $1 - 1)); fi; }

# Gives the tree $1 to the mapped ids; chown takes the setuid bits, so they are given back.
shift_owners() {
  local marked owners uid gid
  marked="$(find "$1" -type f -perm /6000 -printf '%m %p\n')"
  owners="$(find "$1" -printf '%U %G\n' | sort -u)"
  while read -r uid gid; do
    find "$1" -uid "$uid" -gid "$gid" -exec chown -h "$(outside_uid "$uid"):$(outside_gid "$gid")" {} +
  done <<< "$owners"
  while read -r mode path; do chmod "$mode" "$path"; done <<< "$marked"
}

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

