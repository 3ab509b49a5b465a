#!/bin/sh
# The words that execute a program (the payload, or a hook of the container) stand in one file: core/payload/exec.c.
# Comments do not count. The callers (core/client, core/locald) are other programs, which callers.sh looks at.
words='(exec[lv]p?e?|execvpe|fexecve|execveat|posix_spawnp?|system|popen)'
status=0
for f in $(find core -name '*.c' -o -name '*.h' | grep -vE '^core/(tools|client|locald)/'); do
    [ "$f" = core/payload/exec.c ] && continue
    # cc -fpreprocessed only strips comments; line numbers stay.
    bad=$(${CC:-cc} -fpreprocessed -dD -E -x c "$f" 2>/dev/null | grep -nE "(^|[^a-zA-Z0-9_.>])($words *\(|(SYS|__NR)_execve(at)?([^a-zA-Z0-9_]|\$))")
    [ -z "$bad" ] || { echo "$f: $bad"; status=1; }
done
calls=$(grep -cE "(^|[^a-zA-Z0-9_])$words *\(" core/payload/exec.c 2>/dev/null)
[ "${calls:-0}" -ge 1 ] || { echo "core/payload/exec.c: executes nothing"; status=1; }
[ $status = 0 ] || echo "  ... an exec outside of core/payload/exec.c"
exit $status
