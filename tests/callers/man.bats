# The examples of the manual pages, as they stand there, by a user without privilege.
load ../e2e/helper

# example PAGE FIRST: of the EXAMPLES, the block whose first line begins so.
example() {
  awk -v first="$2" '/^\.Sh / { here = $2 == "EXAMPLES" } here && /^\.Ed/ { if (!index(text, first)) text = ""; if (block && text != "") exit; block = 0 }
    block { text = text $0 "\n" } here && /^\.Bd -literal/ { block = 1; text = "" } END { printf "%s", text }' \
    "$REPO/docs/man/$1" | sed 's/\\e/\\/g'
}

# typed SCRIPT: the user types it in an empty directory that is their home.
typed() {
  has example "$1" locald
  install -d -o "$TEST_UID" -g "$TEST_UID" "$T/u"
  capture as_user env HOME="$T/u" PATH="${SHIM%/*}:$PATH" timeout 120 sh -ec "cd '$T/u'; $1" < /dev/null 3>&- 200>&-
  same status "$status ($stderr)" "0 ($stderr)"
}

@test "man: locald-shim(8): the bundle, its plan and its run" {
  typed "$(example locald-shim.8 "mkdir -p b/rootfs")"
  has output "$output" "I am pid 1"
  has plan "$output" accepted
}

@test "man: locald(1): a command in a root file system" {
  typed "$(example locald.1 "mkdir -p rootfs")"
  same output "$output" "me: 0"
}

@test "man: locald(1): the daemon and a service" {
  typed "$(example locald.1 "mkdir -p rootfs"); $(example locald.1 "locald serve"); wait"
  has ps "$output" running
  has logs "$output" "stdout hello"
}
