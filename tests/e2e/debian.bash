# A Debian root file system under the test user's delegated ids, at $DEBIAN; for setup_file and teardown_file.

# Container id 0 is the user, id N the Nth subordinate one.
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

# Made once by mmdebstrap from Debian's packages, kept for later runs as a tar file.
debian_setup() {
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

debian_teardown() { rm -rf --one-file-system "$E2E/debian"; }
