# Completion in bash: the file is sourced by a bash that has nothing else of the kind, and asked as readline asks.
load ../e2e/helper

CONF=/etc/locald-shim.conf

setup_file() { [ ! -e "$CONF" ] || cp -a "$CONF" "$BATS_FILE_TMPDIR/conf"; }
teardown_file() { rm -f "$CONF"; [ ! -e "$BATS_FILE_TMPDIR/conf" ] || cp -a "$BATS_FILE_TMPDIR/conf" "$CONF"; }

eval "$(declare -f setup | sed '1s/setup/setup_host/')"
setup() {
  setup_host
  rm -f "$CONF"
  export HOME="$T/home"
  mkdir -p "$HOME/.locald/services/"{web,web-2,api} "$T/d/one dir" "$T/d/other"
  touch "$T/d/file" "$HOME/.locald/services/no-service"
}

# completed WORD...: what the last word can become, sorted, in one line. The words are as bash splits them.
completed() {
  (cd "$T/d" && env -i HOME="$HOME" PATH=/nowhere BASH_FILE="$REPO/docs/completion/locald.bash" \
    /bin/bash --norc --noprofile -c '
      set -u
      . "$BASH_FILE"
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
      how="$(complete -p "$1")" how="${how#* -F }"
      "${how%% *}" "$1" "${!#}" "${@: -2:1}"
      [ "${#COMPREPLY[@]}" = 0 ] || printf "%s\n" "${COMPREPLY[@]}"' bash "$@") | LC_ALL=C sort | paste -sd' '
}

# completes EXPECTED WORD...
completes() { same "${*:2}|" "$(completed "${@:2}")" "$1"; }

@test "completion: the commands of both programs" {
  completes "--help --version admin build doctor logs ps run serve start stop wait" locald ""
  completes "serve start stop" locald s
  completes "--help --version" locald --
  completes "" locald nothing
  completes "--help --shim-version --version admin bind bundle" locald-shim ""
  completes "bind bundle" locald-shim b
  completes "plan run" locald-shim bundle ""
  completes "cgroup cleanup self-check sync-hosts" locald-shim admin ""
  completes "kill setup" locald-shim admin cgroup ""
  completes "setup" locald admin ""
}

# help_of PROGRAM: of each command of --help its words, a tab, the options that the help names for it.
help_of() { "${SHIM%/*}/$1" --help | awk -v program="$1" -f "$REPO/tests/check/help.awk" | grep -v '^--'; }

# every_command PROGRAM COUNT: each command word by word, and each of its options.
every_command() {
  local program="$1" words flags flag i count=0
  while IFS=$'\t' read -r words flags; do
    read -ra words <<< "$program $words"
    for ((i = 1; i < ${#words[@]}; i++)); do
      has "${words[*]}" " $(completed "${words[@]:0:i}" "${words[i]:0:1}") " " ${words[i]} "
    done
    for flag in $flags; do has "${words[*]}" " $(completed "${words[@]}" --) " " $flag "; done
    count=$((count + 1))
  done < <(help_of "$program")
  same "how many commands $program has" "$count" "$2"
}

@test "completion: every command and option that --help names" {
  every_command locald-shim 8
  every_command locald 10
}

@test "completion: options of locald" {
  completes "-- --bind --cwd --env --name --rootfs --tty --user" locald run ""
  completes "--rootfs" locald run --tty --r
  completes "--app --builder --env --name --output --quiet --user" locald build --
  completes "--dir --grace" locald serve ""
  completes "-- --bind --cwd --dir --env --name --rootfs --user" locald start ""
  completes "-- --bind --cwd --env --name --rootfs --user" locald start --name x ""
  completes "--dir --json" locald ps ""
  completes "--json" locald ps --dir / ""
  completes "--json" locald doctor ""
  completes "--dir --follow --lines" locald logs -
  completes "--follow --lines" locald logs web -
  completes "--dir --for --timeout" locald wait -
  completes "--grace" locald stop web -
  completes "--from" locald admin setup ""
}

@test "completion: options of locald-shim" {
  completes "--bundle --console-socket --id --pid-file --report-fd" locald-shim bundle run ""
  completes "--id" locald-shim bundle run --bundle x --i
  completes "--bundle --format" locald-shim bundle plan ""
  completes "--format" locald-shim admin self-check ""
  completes "--path" locald-shim admin cgroup kill ""
  completes "" locald-shim admin cgroup setup ""
  completes "" locald-shim admin sync-hosts ""
}

@test "completion: values: words, ports, and nothing where nobody knows" {
  completes "json text" locald-shim bundle plan --format ""
  completes "json" locald-shim admin self-check --format j
  completes "json" locald-shim bundle plan --format = j
  completes "json text" locald-shim bundle plan --format =
  completes "exited started" locald wait web --for ""
  completes "" locald run --name ""
  completes "" locald run --env ""
  completes "" locald-shim bundle run --id ""
  completes "443 80" locald-shim bind ""
  completes "80" locald-shim bind 8
}

@test "completion: the ports are those of the host's policy" {
  printf '%s\n' "# ports = 1" "ports = 80 8080 8443" > "$CONF"
  completes "80 8080 8443" locald-shim bind ""
  completes "8080" locald-shim bind 808
  echo "ports =" > "$CONF"
  completes "" locald-shim bind ""
}

@test "completion: directories and files" {
  completes "one dir other" locald run --rootfs ""
  completes "other" locald build --builder ot
  completes "one dir other" locald serve --dir o
  completes "other" locald-shim bundle run --bundle ot
  completes "other" locald-shim bundle run --bundle = ot
  completes "file one dir other" locald-shim bind 80 ""
  completes "file" locald-shim admin cleanup f
  completes "file" locald-shim bundle run --pid-file f
  completes "file" locald run --bind f
  completes "" locald run --bind file : ""
  completes "$T/d/file" locald admin setup --from "$T/d/f"
}

@test "completion: services of the daemon, also of another directory" {
  completes "api web web-2" locald stop ""
  completes "web web-2" locald logs w
  completes "api" locald wait a
  completes "api web web-2" locald logs --lines 3 ""
  mkdir -p "$T/other/.locald/services/db" "$HOME/x/.locald/services/tilde"
  completes "db" locald stop --dir "$T/other" ""
  completes "tilde" locald stop --dir "~/x" ""
  rm -r "$HOME/.locald"
  completes "" locald stop ""
}

@test "completion: names are never executed or expanded" {
  mkdir "$HOME/.locald/services/"{'$(touch pwned)','`touch pwned`','a b','*'}
  completes "api web web-2" locald stop ""
  mkdir "$T/d/"'$(touch pwned)'
  completes '$(touch pwned)' locald run --rootfs '$'
  [ ! -e "$T/d/pwned" ]
}

@test "completion: behind -- is the container" {
  completes "" locald run -- ""
  completes "" locald start --name x -- sh --
}
