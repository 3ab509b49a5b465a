#!/usr/bin/env bash
# Writes docs/privilege-timeline.md: the timeline of an unprivileged run with a terminal, a cgroup, device rules and a filter.
set -uo pipefail
cd "$(dirname "$0")/../.."
source tests/e2e/setup_suite.bash
source tests/e2e/helper.bash 2> /dev/null # bats' own functions are missing
source tests/attacks/timeline.bash
setup_suite > /dev/null || exit 1
trap teardown_suite EXIT
PATH="$TOOLS:$PATH" ID=timeline T="$(mktemp -d "$E2E/t.XXXXXX")"
chmod 755 "$T"
user_bundle runc-spec-rootless.json
full
traced || exit 1
{
  cat << 'EOT'
# Who has which privilege, when: as measured

Written by `make timeline` (tests/e2e/tools/timeline.c): an unprivileged caller's run of a bundle with a terminal, a cgroup, device rules, a seccomp
filter and a network namespace, looked at with ptrace(2) at each entry and exit of a system call of each process, up to the payload's exec. One
line is a state in which a process was: the number of its first system call there; how often it came there; real, effective
and saved user id; permitted and effective capabilities; marks. Where something is effective: the calls that were made then.

* *owner* is 2^31 + the caller's uid, an id that nobody has. *all* is every capability.
* *inside*: in the container's user namespace. These capabilities are over that namespace, and none over the host.
* *nnp*: no_new_privs. *filter*: a seccomp filter. No line is marked dumpable or OPEN: the caller could get at no process (by ptrace(2), /proc/PID/mem and what
  else asks the same) at any of these moments. `tests/attacks/privilege.bats` sees to that, and to the brackets (`privilege.golden`).

EOT
  echo '```'
  sed 's/ *$//' "$TIMELINE"
  echo '```'
} > docs/privilege-timeline.md
