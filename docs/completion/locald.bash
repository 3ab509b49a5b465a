# Completion of locald and locald-shim for bash 4.4 and newer. It stands alone: nothing of the package bash-completion is
# used. Installed as completions/locald and completions/locald-shim.
# shellcheck shell=bash

# _locald_words WORD...: those that begin with what is being typed. Not compgen -W, which would expand them: names come
# from directories.
_locald_words() {
  local word
  for word; do
    [[ "$word" == "$_locald_cur"* ]] && COMPREPLY+=("$word")
  done
  return 0
}

# _locald_paths -f|-d [PREFIX]: files or directories; below PREFIX, which is not shown.
_locald_paths() {
  local found
  compopt -o filenames 2> /dev/null # outside of a completion there is nothing to set
  while IFS= read -r found; do
    COMPREPLY+=("${found#"${2:-}"}")
  done < <(compgen "$1" -- "${2:-}$_locald_cur")
  return 0
}

# Where --option=VALUE and --option VALUE become one: sets _locald_cur and _locald_prev.
_locald_place() {
  COMPREPLY=()
  _locald_cur="${COMP_WORDS[COMP_CWORD]}"
  _locald_prev=
  ((COMP_CWORD > 0)) && _locald_prev="${COMP_WORDS[COMP_CWORD - 1]}"
  if [[ "$_locald_cur" == "=" ]]; then
    _locald_cur=
  elif [[ "$_locald_prev" == "=" ]] && ((COMP_CWORD > 1)); then
    _locald_prev="${COMP_WORDS[COMP_CWORD - 2]}"
  fi
}

# The services that the daemon knows of: their directories.
_locald_services() {
  local dir="$HOME" path
  [[ "${COMP_WORDS[2]}" == --dir ]] && dir="${COMP_WORDS[3]}"
  # shellcheck disable=SC2088 # as it was typed
  [[ "$dir" == "~/"* ]] && dir="$HOME/${dir:2}"
  for path in "$dir"/.locald/services/*/; do
    path="${path%/}"
    path="${path##*/}"
    [[ "$path" =~ ^[A-Za-z0-9][A-Za-z0-9_.-]*$ ]] && _locald_words "$path"
  done
}

# The command of a container follows "--": there is nothing of the host to complete it with.
_locald_in_container() {
  local i
  for ((i = 2; i < COMP_CWORD; i++)); do
    [[ "${COMP_WORDS[i]}" == "--" ]] && return 0
  done
  return 1
}

# The value of an option of locald; fails where what is typed is no value.
_locald_value() {
  case "$_locald_prev" in
    --rootfs | --dir | --builder | --app | --output) _locald_paths -d ;;
    --bind | --from) _locald_paths -f ;;
    --for) _locald_words started exited ;;
    --env | --cwd | --user | --name | --grace | --lines | --timeout | :) ;;
    *) return 1 ;;
  esac
}

# _locald_service_or OPTION...: for commands that take the name of a service.
_locald_service_or() {
  if [[ "$_locald_cur" == -* ]]; then
    _locald_words "$@"
  else
    _locald_services
  fi
}

_locald() {
  local _locald_cur _locald_prev dir=()
  local launch=(--rootfs --bind --env --cwd --user --name)
  _locald_place
  if ((COMP_CWORD == 1)); then
    _locald_words run build serve start stop ps logs wait doctor admin --version --help
    return
  fi
  _locald_in_container && return
  _locald_value && return
  ((COMP_CWORD == 2)) && dir=(--dir) # the clients of the daemon take it first
  case "${COMP_WORDS[1]}" in
    run) _locald_words "${launch[@]}" --tty -- ;;
    build) _locald_words --builder --app --output --env --name --user --quiet ;;
    serve) _locald_words --dir --grace ;;
    start) _locald_words "${dir[@]}" "${launch[@]}" -- ;;
    stop) _locald_service_or "${dir[@]}" --grace ;;
    ps) _locald_words "${dir[@]}" --json ;;
    logs) _locald_service_or "${dir[@]}" --lines --follow ;;
    wait) _locald_service_or "${dir[@]}" --for --timeout ;;
    doctor) _locald_words --json ;;
    admin) if ((COMP_CWORD == 2)); then _locald_words setup; else _locald_words --from; fi ;;
  esac
}

# The ports that the host's policy gives to callers.
_locald_shim_ports() {
  local line ports="80 443"
  if [[ -r /etc/locald-shim.conf ]]; then
    while IFS= read -r line; do
      [[ "$line" =~ ^[[:blank:]]*ports[[:blank:]]*=([0-9[:blank:]]*)$ ]] && ports="${BASH_REMATCH[1]}"
    done < /etc/locald-shim.conf
  fi
  # shellcheck disable=SC2086 # digits and blanks: they are words
  _locald_words $ports
}

_locald_shim_value() {
  case "$_locald_prev" in
    --bundle) _locald_paths -d ;;
    --console-socket | --pid-file) _locald_paths -f ;;
    --format) _locald_words text json ;;
    --path) _locald_paths -d /sys/fs/cgroup ;;
    --id | --report-fd) ;;
    *) return 1 ;;
  esac
}

_locald_shim() {
  local _locald_cur _locald_prev at="$COMP_CWORD" IFS=$' \t\n'
  _locald_place
  _locald_shim_value && return
  case "$at ${COMP_WORDS[*]:1:at - 1}" in
    "1 "*) _locald_words bundle bind admin --version --shim-version --help ;;
    "2 bundle") _locald_words run plan ;;
    *" bundle run"*) _locald_words --bundle --id --console-socket --pid-file --report-fd ;;
    *" bundle plan"*) _locald_words --bundle --format ;;
    "2 bind") _locald_shim_ports ;;
    "3 bind "*) _locald_paths -f ;;
    "2 admin") _locald_words self-check cleanup sync-hosts cgroup ;;
    *" admin self-check"*) _locald_words --format ;;
    "3 admin cleanup") _locald_paths -f ;;
    "3 admin cgroup") _locald_words setup kill ;;
    *" admin cgroup kill"*) _locald_words --path ;;
  esac
}

complete -F _locald locald
complete -F _locald_shim locald-shim
