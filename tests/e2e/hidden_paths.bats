# linux.maskedPaths, linux.readonlyPaths
load helper

# masks: besides the fixture's paths, which not every kernel has, two that each has.
masks() { edit '.linux.maskedPaths += ["/proc/version", "/proc/tty"]'; }

@test "maskedPaths: a file reads as empty, a directory is empty and can't be written" {
  [ -s /proc/version ] && [ -n "$(ls /proc/tty)" ]
  root_bundle runc-spec.json
  masks
  inside 'wc -c < /proc/version; wc -c < /proc/keys; ls -A /proc/tty | wc -l; ls -A /sys/firmware | wc -l; touch /sys/firmware/x'
  same "sizes" "$(echo $output)" "0 0 0 0"
  has "touch" "$stderr" "Read-only file system"
}

@test "maskedPaths: the same for an unprivileged caller" {
  user_bundle runc-spec-rootless.json
  masks
  inside 'stat -c "%F %t:%T" /proc/version; wc -c < /proc/keys; ls -A /proc/tty | wc -l; ls -A /sys/firmware | wc -l'
  succeeds
  same "masks" "$(echo $output)" "character special file 1:3 0 0 0"
}

@test "maskedPaths: a path that does not exist is no error, below /sys that is not mounted neither" {
  user_bundle locald-service.json
  edit '.linux.maskedPaths += ["/nowhere/at/all"]'
  inside 'ls /sys | wc -l'
  succeeds
  same "/sys" "$output" 0
}

@test "readonlyPaths: /proc/sys can't be written, nor can a directory with what is below it" {
  root_bundle runc-spec.json
  mkdir "$B/rootfs/data/below"
  edit '.linux.readonlyPaths += ["/data"] | .root.readonly = false'
  inside 'echo x > /proc/sys/kernel/hostname; hostname; touch /data/x /data/below/x'
  same "hostname" "$output" runc
  same "refusals" "$(grep -c 'Read-only file system' <<< "$stderr")" 3
}

@test "readonlyPaths: without the entry the path can be written" {
  root_bundle runc-spec.json
  edit '.linux.readonlyPaths = []'
  inside 'echo other > /proc/sys/kernel/hostname; hostname'
  succeeds
  same "hostname" "$output" other
}

@test "readonlyPaths: a path that does not exist is no error" {
  user_bundle locald-service.json
  edit '.linux.readonlyPaths = ["/proc/sys", "/nowhere/at/all"]'
  inside 'echo x > /proc/sys/kernel/hostname || echo read-only'
  same "output" "$output" read-only
  same "status" "$status" 0
}
