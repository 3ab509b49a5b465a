#!/bin/sh
# Includes run one way: base <- plan <- interpreter, and base <- plan <- gate <- engine <- commands <- main.
# The interpreter and the engine never see each other; host and init share only sync.h and priv.h.
status=0

# may FILES ALLOWED: every include of ours in FILES matches the extended regular expression ALLOWED.
may() {
    bad=$(for f in $1; do
        [ -f "$f" ] && grep -Hn '^ *# *include *"' "$f" | grep -vE "\"($2)\""
    done)
    [ -z "$bad" ] || { echo "$bad"; echo "  ... may include only: $2"; status=1; }
}

base='core/base/[a-z0-9_]+\.(h|def)'
plan="$base|core/plan/[a-z0-9_]+\.(h|def)"
gate="$plan|core/gate/[a-z0-9_]+\.h"
parse='core/parse/[a-z0-9_]+\.h'
shared="$gate|core/engine/(sync|priv)\.h"
engine="$gate|$parse|core/engine/[a-z0-9_/]+\.h"

may "$(find core/base -name '*.[ch]' 2>/dev/null)" "$base"
may "$(find core/plan -name '*.[ch]' -o -path 'core/plan/*.def' 2>/dev/null)" "$plan"
may "$(find core/interpreter -name '*.[ch]' 2>/dev/null)" "$plan|core/interpreter/[a-z0-9_]+\.h"
may "$(find core/parse -name '*.[ch]' 2>/dev/null)" "$plan|$parse"
may "$(find core/gate -name '*.[ch]' 2>/dev/null)" "$gate"
may "$(find core/engine -maxdepth 1 -name '*.[ch]' 2>/dev/null)" "$shared"
may "$(find core/engine/init -name '*.[ch]' 2>/dev/null)" "$shared|core/engine/init/[a-z0-9_]+\.h"
# What runs as the payload sees container init's struct and look-ups, nothing else of the engine.
may "$(find core/payload -name '*.[ch]' 2>/dev/null)" "$shared|core/engine/init/(init|paths)\.h|core/payload/[a-z0-9_]+\.h"
# spawn.c clones container init, so it is the one file of the host part that may name init's entry.
may "$(find core/engine/host -name '*.[ch]' ! -name spawn.c 2>/dev/null)" "$shared|$parse|core/engine/host/[a-z0-9_]+\.h"
may "core/engine/host/spawn.c" "$shared|core/engine/host/[a-z0-9_]+\.h|core/engine/init/init\.h"
# Commands fork the interpreter and so may name its entry, nothing else of it.
may "$(find core/commands core -maxdepth 1 -name '*.[ch]' 2>/dev/null)" \
    "$engine|core/commands/[a-z0-9_]+\.h|core/unprivileged/[a-z0-9_]+\.h|core/interpreter/interpreter\.h"
may "$(find core/unprivileged -name '*.[ch]' 2>/dev/null)" "$engine|core/commands/[a-z0-9_]+\.h|core/unprivileged/[a-z0-9_]+\.h"
# The callers see nothing of the shim, and locald of the library only its header.
may "$(find core/client -name '*.[ch]' 2>/dev/null)" 'core/client/[a-z0-9_]+\.h'
may "$(find core/locald -name '*.[ch]' 2>/dev/null)" 'core/client/locald_client\.h|core/locald/[a-z0-9_]+\.h'
exit $status
