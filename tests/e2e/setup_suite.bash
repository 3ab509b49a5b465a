# Once per suite: installs the binary as a user would, and makes an unprivileged user, the tools and the root file
# systems. Everything lives below one directory, $E2E, and goes away with it.

readonly REPO="$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)"

# Makes the user $TEST_USER (`shimtest`) unless it is there already, with delegated ids.
make_user() {
  export TEST_USER="${E2E_USER:-shimtest}"
  touch /etc/subuid /etc/subgid
  if ! getent passwd $TEST_USER >/dev/null; then
    useradd --create-home --user-group --shell /bin/sh $TEST_USER
    echo created > "$E2E/user-created"
  fi
  grep -q "^$TEST_USER:" /etc/subuid || usermod --add-subuids 600000-665535 $TEST_USER
  grep -q "^$TEST_USER:" /etc/subgid || usermod --add-subgids 600000-665535 $TEST_USER
  export TEST_UID="$(id -u $TEST_USER)" TEST_GID="$(id -g $TEST_USER)"
  export SUB_UID="$(sed -n "s/^$TEST_USER:\([0-9]*\):.*/\1/p" /etc/subuid | head -n 1)"
  export SUB_GID="$(sed -n "s/^$TEST_USER:\([0-9]*\):.*/\1/p" /etc/subgid | head -n 1)"
}

# A root file system of one static busybox and its links. $1: the directory, $2: the owner.
make_busybox_rootfs() {
  mkdir -p "$1"/{bin,usr/bin,etc,proc,dev,sys,tmp,root,data,workspace}
  cp "$(command -v busybox)" "$1/bin/busybox"
  cp "$E2E/tools/payload" "$1/bin/payload"
  chroot "$1" /bin/busybox --install -s /bin 2>/dev/null # says that busybox is there already
  printf 'root:x:0:0:root:/root:/bin/sh\n' > "$1/etc/passwd"
  chown -hR "$2" "$1"
}

setup_suite() {
  [ "$(id -u)" = 0 ] || { echo "the end-to-end tests need root (try: sudo make e2e)" >&2; return 1; }
  umask 022
  exec 200> /run/lock/locald-shim-e2e && flock --wait 900 200 # one suite at a time: they look at the same host
  # Not below /var/tmp, where everybody may write: a caller takes no shim from there.
  export E2E="$(mktemp -d /var/lib/shim-e2e.XXXXXX)"
  chmod 755 "$E2E"
  mkdir "$E2E/tools"
  export SHIM="$E2E/prefix/bin/locald-shim" SHIM_PLAIN="$E2E/plain/locald-shim" EVIL="$E2E/evil/locald-shim"
  export FIXTURES="$REPO/tests/e2e/fixtures" TOOLS="$E2E/tools" REPO
  if [ -n "${E2E_PREBUILT:-}" ]; then # in the virtual machine: no compiler
    install -D -o root -g root -m 4755 "$E2E_PREBUILT/locald-shim" "$SHIM"
  else
    E2E_PREBUILT="$(cd "$REPO" && realpath -m "${BUILD:-build}")"
    env -u MAKEFLAGS -u MAKELEVEL make -C "$REPO" --no-print-directory install e2e-tools evil PREFIX="$E2E/prefix" DESTDIR= \
      BUILD="${BUILD:-build}"
  fi
  cp "$E2E_PREBUILT"/e2e-tools/* "$TOOLS/"
  install -D -o root -g root -m 4755 "$E2E_PREBUILT/evil/locald-shim" "$EVIL" # tests/attacks: its interpreter attacks
  install -D -m 755 "$SHIM" "$SHIM_PLAIN"
  make_user
  make_busybox_rootfs "$E2E/rootfs.root" 0:0
  make_busybox_rootfs "$E2E/rootfs.user" "$TEST_UID:$TEST_GID"
}

teardown_suite() {
  [ -n "${E2E:-}" ] || return 0
  local made=; [ -e "$E2E/user-created" ] && made=yes
  rm -rf --one-file-system "$E2E"
  [ -z "$made" ] || userdel --remove $TEST_USER 2>/dev/null
}
