#!/bin/sh
# The callers have no privilege and are linked with nothing of the shim, nor the shim with anything of theirs. BUILD:
# where they are (default: build).
build=${BUILD:-build}
status=0
defined() { find "$@" -name '*.o' -exec nm --defined-only -g {} + | awk 'NF == 3 { print $3 }' | sort -u; }

theirs=$(defined "$build/core/client" "$build/core/locald" | grep -vx main)
[ -n "$theirs" ] || { echo "no objects of the callers in $build: build first"; exit 1; }
both=$(echo "$theirs" | while read -r name; do nm "$build/locald-shim.debug" | grep -E " [Tt] $name\$"; done)
[ -z "$both" ] || { echo "$both"; echo "  ... in the shim, and defined by the callers"; status=1; }

# What raises, changes or keeps privilege has no place in a caller.
bad=$(find "$build/core/client" "$build/core/locald" -name '*.o' -exec nm -uA {} + |
    grep -E ' (set(e|re|res|fs)?[ug]id|setgroups|cap_[a-z_]+|capset|mount|umount2?|unshare|setns|chroot)$')
[ -z "$bad" ] || { echo "$bad"; echo "  ... a caller uses privilege"; status=1; }

# No PATH, no shell: programs are named by descriptor or by absolute path.
bad=$(find "$build/core/client" "$build/core/locald" -name '*.o' -exec nm -uA {} + | grep -E ' (execvpe?|execlp|posix_spawnp|system|popen)$')
[ -z "$bad" ] || { echo "$bad"; echo "  ... a caller looks for a program in PATH"; status=1; }
# Two places execute: the library its shim, by descriptor, and the offer sudo, by its path.
executes=$(find "$build/core/client" "$build/core/locald" -name '*.o' -exec nm -uA {} + |
    sed -nE 's,.*/core/([a-z_/]*\.o):.* ((exec[lv]p?e?|fexecve|execveat)$),\1 \2,p' | sort -u | tr '\n' ' ')
[ "$executes" = "client/child.o execveat locald/offer.o execv " ] || { echo "$executes"; echo "  ... a caller executes elsewhere"; status=1; }
exit $status
