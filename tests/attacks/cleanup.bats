# admin cleanup PATH: removes what is the caller's below a directory .locald, and nothing else.
load ../e2e/helper

tree() { # a directory of the caller's with .locald in it
  HOME_DIR="$T/home" TREE="$T/home/.locald"
  mkdir -p "$TREE"
  chown -R "$TEST_UID:$TEST_GID" "$T/home"
  chmod 755 "$T"
}

cleanup() { capture as_user "$SHIM" admin cleanup "$@"; }

@test "cleanup: files of the caller and of the delegated ids go, modes do not matter" {
  tree
  mkdir -p "$TREE/c/rootfs/a/b" "$TREE/c/rootfs/closed"
  touch "$TREE/c/rootfs/a/b/f" "$TREE/c/rootfs/closed/g"
  ln -s /etc "$TREE/c/rootfs/link"
  chown -hR "$TEST_UID:$TEST_GID" "$TREE/c"
  chown -R "$((SUB_UID + 5)):$((SUB_GID + 7))" "$TREE/c/rootfs/a"
  chown "$SUB_UID:$SUB_GID" "$TREE/c/rootfs/closed/g" "$TREE/c/rootfs/closed"
  chmod 0 "$TREE/c/rootfs/closed"
  chmod 555 "$TREE/c/rootfs/a/b"
  cleanup "$TREE/c"
  succeeds
  [ ! -e "$TREE/c" ]
  [ -d "$TREE" ]
  cleanup "$TREE/c"
  succeeds
  cleanup "$TREE/never/there"
  succeeds
}

@test "cleanup: a file, a link, and a relative path" {
  tree
  as_user touch "$TREE/file"
  as_user ln -s /etc/passwd "$TREE/link"
  cleanup "$TREE/file"
  succeeds
  cd "$HOME_DIR"
  cleanup .locald/link
  succeeds
  same left "$(ls -A "$TREE")" ""
  [ -e /etc/passwd ]
}

# Paths that lead somewhere else by their text.
@test "cleanup: a path that is not below .locald, or has empty, . or .. parts, is refused" {
  tree
  mkdir -p "$HOME_DIR/x.locald/a" "$HOME_DIR/.localdx/a" "$TREE/a"
  chown -R "$TEST_UID:$TEST_GID" "$HOME_DIR"
  local path
  for path in "$TREE/../../etc" "$TREE" "$TREE/" "$TREE/." "$TREE/.." "$TREE//a" "$TREE/a/" "$HOME_DIR" "/" "" "." ".." "a" \
    "$HOME_DIR/x.locald/a" "$HOME_DIR/.localdx/a" "$HOME_DIR/./.locald/a" "--" "-rf" "$(printf '/.locald/%05000d' 1)"; do
    cleanup "$path"
    fails 125 E_USAGE PATH || { echo "path: $path"; return 1; }
  done
  [ -d "$TREE/a" ] && [ -d "$HOME_DIR/x.locald/a" ] && [ -d "$HOME_DIR/.localdx/a" ]
}

# A link on the way leads to a victim.
@test "cleanup: .locald, or a directory on the way, that is a link: refused, the victim intact" {
  tree
  mkdir -p "$T/victim/.locald/a"
  touch "$T/victim/.locald/a/f"
  chown -R "$TEST_UID:$TEST_GID" "$T/victim"
  as_user ln -s "$T/victim" "$HOME_DIR/link"
  as_user rm -rf "$TREE"
  as_user ln -s "$T/victim/.locald" "$TREE"
  local path
  for path in "$HOME_DIR/link/.locald/a" "$TREE/a"; do
    cleanup "$path"
    fails 125 E_FILE PATH
    has stderr "$stderr" "symbolic links"
  done
  [ -e "$T/victim/.locald/a/f" ]
}

# Another user's tree, and root's.
@test "cleanup: what belongs to others stays: another user's tree, root's directory in one's own" {
  tree
  mkdir -p "$T/other/.locald/a" "$TREE/c/roots/below"
  touch "$T/other/.locald/a/f" "$TREE/c/roots/below/f"
  chown -R 64001:64001 "$T/other"
  chmod -R 755 "$T/other"
  chown "$TEST_UID:$TEST_GID" "$TREE/c"
  cleanup "$T/other/.locald/a"
  fails 125 E_FILE PATH
  cleanup "$TREE/c"
  fails 125 E_FILE PATH
  [ -e "$T/other/.locald/a/f" ] && [ -e "$TREE/c/roots/below/f" ]
}

# A directory of somebody else's, not empty: it can't be moved up. (timeout: cleanup went round and round.)
@test "cleanup: root's directory deep in the tree ends it with an error" {
  tree
  mkdir -p "$TREE/c/a/b/roots/below"
  chown -R "$TEST_UID:$TEST_GID" "$TREE/c"
  chown -R 0:0 "$TREE/c/a/b/roots"
  capture timeout $((20 * ${TIME_SCALE:-1})) setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups "$SHIM" admin cleanup "$TREE/c"
  fails 125 E_FILE PATH
  [ -d "$(find "$TREE/c" -name below)" ]
}

# An image that has the names that cleanup gives.
@test "cleanup: a tree with names like .removed-0 goes" {
  tree
  mkdir -p "$TREE/c/.removed-0/a/b" "$TREE/c/.removed-1/.removed-2/c" "$TREE/c/x/y/z"
  chown -R "$TEST_UID:$TEST_GID" "$TREE/c"
  cleanup "$TREE/c"
  succeeds
  [ ! -e "$TREE/c" ]
}

# Existing and missing paths look the same where the caller may not look.
@test "cleanup: under a directory that is closed, existing and missing paths say the same" {
  mkdir -p "$T/closed/.locald/there"
  chmod 700 "$T/closed"
  cleanup "$T/closed/.locald/there"
  fails 125 E_FILE PATH
  local first="${stderr//there/X}"
  cleanup "$T/closed/.locald/gone"
  same message "${stderr//gone/X}" "$first"
  [ -d "$T/closed/.locald/there" ]
}

# A mount in the tree: what is in it is not the tree's.
@test "cleanup: a file system that is mounted in the tree is not crossed" {
  tree
  mkdir -p "$TREE/c/mnt"
  chown -R "$TEST_UID:$TEST_GID" "$TREE/c"
  capture unshare -m sh -c 'mount -t tmpfs -o mode=777 tmpfs "$1/c/mnt" && touch "$1/c/mnt/victim" &&
    setpriv --reuid "$2" --regid "$2" --clear-groups "$3" admin cleanup "$1/c"; s=$?; [ -e "$1/c/mnt/victim" ] && echo intact; exit $s' \
    sh "$TREE" "$TEST_UID" "$SHIM"
  same status "$status" 125
  same victim "$output" intact
}

# A depth at which recursion and paths end.
@test "cleanup: 100,000 directories below each other, with a constant number of descriptors" {
  tree
  local depth=100000
  [ "${TIME_SCALE:-1}" = 1 ] || depth=2100 # without KVM, under strace; paths end at 2,048
  as_user "$TOOLS/deep" "$TREE" deep "$depth"
  capture strace -f -u "$TEST_USER" -e trace=openat2,openat,dup,fcntl -e status=successful -o "$T/trace" "$SHIM" admin cleanup "$TREE/deep"
  same status "$status" 0
  [ ! -e "$TREE/deep" ]
  local highest
  highest="$(sed -n 's/.*openat2(.* = \([0-9]*\)$/\1/p' "$T/trace" | sort -n | tail -n 1)"
  [ "$highest" -lt 16 ] || { echo "descriptor $highest"; return 1; }
}

# The tree changes while it is removed: a directory is a link to a victim at times.
@test "cleanup: RENAME_EXCHANGE of a directory and a link to a victim while the tree is removed" {
  tree
  mkdir -p "$T/victim/keep"
  touch "$T/victim/keep/f"
  chown -R "$TEST_UID:$TEST_GID" "$T/victim"
  local round rounds="$((${ROUNDS:-10000} / 100))" done=0 refused=0
  as_user mkdir "$TREE/x"
  as_user ln -s "$T/victim/keep" "$HOME_DIR/link"
  setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups "$TOOLS/swap" "$TREE/x" "$HOME_DIR/link" > "$T/swaps" 3>&- 200>&- & STARTED+=("$!")
  for ((round = 0; round < rounds || (done * refused == 0 && round < 500); round++)); do # until it has raced
    capture as_user sh -c "mkdir -p $TREE/x/a/b/c; touch $TREE/x/a/f; true"
    cleanup "$TREE/x"
    if [ "$status" = 0 ]; then done=$((done + 1)); else has "a clean refusal" "$stderr" "[E_FILE]"; refused=$((refused + 1)); fi
    as_user mkdir -p "$TREE/x" 2>/dev/null || true
    [ -L "$HOME_DIR/link" ] || [ -L "$TREE/x" ] || as_user ln -s "$T/victim/keep" "$HOME_DIR/link" 2>/dev/null || true
  done
  kill "${STARTED[-1]}"
  wait_for 5 gone "${STARTED[-1]}"
  local swaps
  swaps="$(sed -n 's/^swaps //p' "$T/swaps")"
  echo "#   $done removed, $refused refused; $swaps swaps" >&3
  [ "$swaps" -ge "${ROUNDS:-10000}" ]
  [ "$done" -gt 0 ] && [ "$refused" -gt 0 ]
  [ -e "$T/victim/keep/f" ]
}

@test "cleanup: SIGTERM ends it" {
  tree
  as_user "$TOOLS/deep" "$TREE" deep "$((200000 / ${TIME_SCALE:-1}))"
  setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups "$SHIM" admin cleanup "$TREE/deep" > "$OUT" 2> "$ERR" < /dev/null 3>&- 200>&- & SHIM_PID=$!
  STARTED+=("$SHIM_PID")
  sleep 0.05
  kill -TERM "$SHIM_PID"
  ended
  same status "$status" 143
}
