# The commands that README.md and docs/ show, as a reader types them; docs/locald.md's are in serve.bats, docs/build.md's
# in build.bats. And what a newcomer does wrong: each error says what to type.
load ../e2e/helper

eval "$(declare -f setup | sed '1s/setup/setup_host/')"
setup() {
  setup_host
  W="$T/work"
  mkdir "$W"
  chown "$TEST_UID:$TEST_GID" "$T" "$W"
}

# The ```sh blocks of a document.
fences() { awk '$0 == "```sh" { on = 1; next } /^```/ { on = 0 } on' "$REPO/$1"; }

# indented FILE AFTER: the first block of code behind the line that begins with AFTER.
indented() { awk -v after="$2" 'index($0, after) == 1 { near = 1; next } !near { next }
  /^    / { on = 1; print substr($0, 5); next } /./ && on { exit }' "$REPO/$1"; }

typed() { # a script on stdin
  { echo 'set -eu'; cat; echo 'echo all done'; } > "$T/script"
  [ "$(wc -l < "$T/script")" -gt 3 ]
  capture as_user env -i -C "$W" HOME="$W" PATH="${SHIM%/*}:/usr/bin:/bin" timeout 120 bash "$T/script" < /dev/null
  succeeds
  has output "$output" "all done"
}

@test "docs: the commands of docs/run.md" {
  typed < <(fences docs/run.md)
  has output "$output" "I am pid 1"
  has output "$output" "hello from web"
  has output "$output" "status 7"
  has output "$output" "this user can run containers"
}

@test "docs: README.md's commands of locald" {
  typed < <(indented README.md '`make deps install`')
  has output "$output" "I am pid 1"
}

@test "docs: README.md's own bundle" {
  typed < <(indented README.md '## An own bundle')
  has output "$output" "I am pid 1"
}

@test "docs: docs/client.md's compiler line and its C" {
  local prefix="${SHIM%/bin/*}" line
  line="$(sed -n 's/^    \(cc .*-ljansson\)$/\1/p' "$REPO/docs/client.md")"
  [ -n "$line" ]
  cp "$REPO/docs/examples/run.c" "$W/run.c"
  line="${line//\/usr\/local/$prefix} -I $prefix/include -L $prefix/lib" # /usr/local is where cc looks by itself
  env -C "$W" bash -c "$line"
  [ -x "$prefix/bin/run" ]
  indented docs/client.md '[examples/run.c]' > "$T/part"
  grep -q locald_run_wait "$T/part"
  { sed -n '/^#include/p' "$REPO/docs/examples/run.c"; grep '^#include' "$T/part"
    echo 'static int complain(const struct locald_error *e) { return e->hint[0] == 0 ? 125 : 1; }'
    echo 'int main(void) { int out = 1, err = 2;'; grep -v '^#include' "$T/part"; echo 'return status; }'; } > "$W/part.c"
  "${CC:-cc}" -std=gnu17 -static-pie -Wall -Wextra -Werror -I "$prefix/include" -L "$prefix/lib" -o "$W/part" "$W/part.c" \
    -llocald-client -ljansson
}

# wrong WHERE HINT ARGUMENT...: locald ends with 125, says where, and what to type.
wrong() {
  local where="$1" hint="$2"; shift 2
  capture as_user env -i -C "$W" HOME="$W" timeout 60 "${SHIM%/*}/locald" "$@" < /dev/null
  same "status of $*" "$status" 125
  has "$*" "$stderr" "locald: error: $where"
  has "$*" "$stderr" "  hint: $hint"
  same "stdout of $*" "$output" ""
}

@test "mistakes: of the command line: what is wrong is named, with a command to type" {
  wrong "dance: is no command" "run: locald --help" dance
  wrong "a command is missing" "run: locald --help"
  wrong "--dance: is no option" "run: locald run --help" run --dance -- true
  wrong "-x: is no option" "run: locald run --help" run --env A=b -x -- true
  wrong "--tty=no: is no option" "run: locald run --help" run --tty=no -- true
  wrong "--rootfs: lacks its value" "run: locald run --help" run --rootfs
  wrong "command line: the container's command must stand behind --" "run: locald run --help" run true
  wrong "--env: expected NAME=VALUE" "run: locald run --help" run --env A -- true
  wrong "$W/none: looking at what --bind names: No such file or directory" "run: mkdir -p $W/none" run --bind none:/data -- true
  wrong "$W/.locald/rootfs: opening the root file system" "--rootfs names its directory" run -- true
  wrong "--app: lacks its value" "run: locald build --help" build --builder x --app
  wrong "--dance: is no option" "run: locald build --help" build --dance
  wrong "--dir: lacks its value" "run: locald serve --help" serve --dir
  wrong "--dance: is no option" "run: locald serve --help" serve --dance
  wrong "--grace: expected seconds" "run: locald serve --help" serve --grace x
}

@test "mistakes: no daemon: the command that starts it, with the directory that was asked for" {
  for c in ps "logs web" "wait web" "stop web" "start --name web -- true"; do
    wrong "$W/.locald: no daemon answers there" "run: locald serve" $c
    lacks hint "$stderr" "serve --dir"
  done
  wrong "$W/other/.locald: no daemon answers there" "run: locald serve --dir $W/other" ps --dir "$W/other"
}

@test "mistakes: of the daemon's clients" {
  setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups -- env -i HOME="$W" "${SHIM%/*}/locald" serve > "$T/serve.out" 2>&1 < /dev/null 3>&- 200>&- &
  STARTED+=("$!")
  wait_for 20 grep -q "^locald: serving" "$T/serve.out"
  wrong "a service's name is missing" "run: locald ps" logs
  wrong "a service's name is missing" "run: locald ps" stop
  wrong "web: has no log" "run: locald ps" logs web
  wrong "web: no service of this name" "run: locald ps" stop web
  wrong "--lines: expected a number" "run: locald logs --help" logs web --lines
  wrong "--lines: expected a number" "run: locald logs --help" logs web --lines x
  wrong "--dance: is not understood" "run: locald logs --help" logs web --dance
  wrong "--grace: lacks its value" "run: locald stop --help" stop web --grace
  wrong "--for: lacks its value" "run: locald wait --help" wait web --for
  wrong "--name: is required" "run: locald start --name NAME" start -- true
  wrong "$W/.locald: another locald serves here already" "run: locald ps" serve
  kill -TERM "${STARTED[0]}"
  wait "${STARTED[0]}"
}

@test "help: of all commands, and of one" {
  capture as_user "${SHIM%/*}/locald" --help
  succeeds
  for c in run build serve start stop ps logs wait doctor admin; do
    has help "$output" "  locald $c"
    capture as_user "${SHIM%/*}/locald" "$c" --help
    succeeds
    has "help of $c" "${lines[0]}" "  locald $c"
    [ "${#lines[@]}" -le 4 ]
    capture as_user "${SHIM%/*}/locald" --help
  done
}
