# Commands that can't be executed: 127 when something is missing, 126 when it can't be executed.
load helper

@test "127: the file is missing" {
  user_bundle locald-service.json
  command_is /bin/nothing-here
  run_container
  fails 127 E_EXEC_NOT_FOUND process.args
  has "message" "$stderr" /bin/nothing-here
}

@test "127: not found in PATH" {
  user_bundle locald-service.json
  command_is nothing-here
  run_container
  fails 127 E_EXEC_NOT_FOUND process.args
  has "message" "$stderr" nothing-here
  has "message" "$stderr" PATH
}

@test "127: the interpreter of the #! line is missing" {
  user_bundle locald-service.json
  printf '#!/opt/no/interpreter -x\n' > "$B/rootfs/tool"; chmod 755 "$B/rootfs/tool"
  command_is /tool
  run_container
  fails 127 E_EXEC_NOT_FOUND process.args
  has "message" "$stderr" /opt/no/interpreter
}

@test "127: the ELF loader is missing" {
  user_bundle locald-service.json
  cp /bin/true "$B/rootfs/tool"
  command_is /tool
  run_container
  fails 127 E_EXEC_NOT_FOUND process.args
  has "message" "$stderr" "ld-linux"
}

@test "126: not executable" {
  user_bundle locald-service.json
  echo text > "$B/rootfs/tool"; chmod 644 "$B/rootfs/tool"
  command_is /tool
  run_container
  fails 126 E_EXEC process.args
  has "message" "$stderr" /tool
}

@test "126: no program at all" {
  user_bundle locald-service.json
  echo text > "$B/rootfs/tool"; chmod 755 "$B/rootfs/tool"
  command_is /tool
  run_container
  fails 126 E_EXEC process.args
}

@test "126: a directory" {
  user_bundle locald-service.json
  command_is /etc
  run_container
  fails 126 E_EXEC process.args
}

@test "126: found in PATH but not executable" {
  user_bundle locald-service.json
  echo text > "$B/rootfs/usr/bin/tool"; chmod 644 "$B/rootfs/usr/bin/tool"
  command_is tool
  run_container
  fails 126 E_EXEC process.args
}

@test "125: a working directory that is a file" {
  user_bundle locald-service.json
  edit '.process.cwd = "/etc/passwd"'
  inside true
  fails 125 E_CWD process.cwd
}

@test "125: a root file system that does not exist" {
  user_bundle locald-service.json
  edit '.root.path = "nowhere"'
  inside true
  fails 125 E_ROOTFS root.path
  has "reason" "$stderr" "No such file or directory"
}

@test "an error of the set-up is one line, also when text of the bundle tries to be more" {
  user_bundle locald-service.json
  command_is $'/bin/no\nlocald-shim: error: forged\e[31m'
  run_container
  fails 127 E_EXEC_NOT_FOUND process.args
  lacks "escape" "$stderr" $'\e'
}
