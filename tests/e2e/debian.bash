# A Debian root file system under the test user's delegated ids, at $DEBIAN: as tests/e2e/debian.bats makes it.

# Container id 0 is the user, id N the Nth subordinate one.
outside() { if [ "$2" = 0 ]; then echo "$1"; else echo $(($3 + $2 - 1)); fi; }

debian_setup() {
  local tar="${DEBIAN_TAR:-/var/tmp/locald-shim-debian-bookworm.tar}" marked owners uid gid
  if [ ! -O "$tar" ]; then
    mmdebstrap --quiet --variant=apt --format=tar bookworm "$tar.new.$$"
    mv "$tar.new.$$" "$tar"
  fi
  export DEBIAN="$E2E/callers-debian"
  mkdir "$DEBIAN"
  tar --extract --file "$tar" --directory "$DEBIAN" --numeric-owner --exclude './dev/*'
  marked="$(find "$DEBIAN" -type f -perm /6000 -printf '%m %p\n')" # chown takes these bits
  owners="$(find "$DEBIAN" -printf '%U %G\n' | sort -u)"
  while read -r uid gid; do
    find "$DEBIAN" -uid "$uid" -gid "$gid" -exec chown -h \
      "$(outside "$TEST_UID" "$uid" "$SUB_UID"):$(outside "$TEST_GID" "$gid" "$SUB_GID")" {} +
  done <<< "$owners"
  while read -r mode path; do chmod "$mode" "$path"; done <<< "$marked"
}

debian_teardown() { rm -rf --one-file-system "$E2E/callers-debian"; }
