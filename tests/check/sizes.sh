#!/bin/sh
# A file has at most 400 lines, a function at most 60, privileged C at most 5,000 lines of code.
file_max=400
function_max=60
privileged_max=5000
status=0

c_files=$(find core tests -name '*.[ch]')
lua_files=$(find lua spec -name '*.lua' 2>/dev/null)

for f in $c_files $lua_files; do
    n=$(wc -l < "$f")
    [ "$n" -le $file_max ] || { echo "$f: $n lines, $file_max are the most"; status=1; }
done

# The sources are laid out by clang-format (tests/check/format.sh): a function's head begins in column 1, with its
# opening brace at the end of its last line, and its body ends with the next brace in column 1. Preprocessor lines,
# with what they continue, are no code.
for f in $c_files; do
    awk -v max=$function_max '
        /^[ \t]*#/ || continued { continued = /\\$/; next }
        !inside && /^[A-Za-z_]/ { head = ""; first = FNR }
        !inside { head = head " " $0 }
        !inside && /\{$/ {
            inside = 1
            is_function = head ~ /\(/ && head !~ /=[^=]*\{$/ && head !~ /^ (typedef |static |const )*(struct|enum|union) [A-Za-z_0-9]* \{$/
            name = head; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name)
        }
        inside && /^\}/ {
            if (is_function && FNR - first + 1 > max) {
                printf "%s:%d: %s has %d lines, %d are the most\n", FILENAME, first, name, FNR - first + 1, max
                bad = 1
            }
            inside = 0; head = ""
        }
        !inside && /;$/ { head = "" }
        END {
            if (inside) { printf "%s: a brace in column 1 is missing\n", FILENAME; bad = 1 }
            exit bad
        }' "$f" || status=1
done

# Lua is indented by two spaces: a function ends with the "end" as deep as the line that begins it. The outermost
# function of a spec is a table of contents (describe), so only its innermost ones count.
for f in $lua_files; do
    awk -v max=$function_max -v spec="$(case $f in spec/*) echo 1 ;; *) echo 0 ;; esac)" '
        { match($0, /^ */); depth = RLENGTH }
        /(^|[^A-Za-z_0-9])function *[A-Za-z_.:0-9]*\(/ && !/function.*[^A-Za-z_0-9]end([^A-Za-z_0-9]|$)/ { n++; line[n] = FNR; deep[n] = depth; outer[n] = 0
            for (i = 1; i < n; i++) outer[i] = 1 }
        n > 0 && depth == deep[n] && /^ *end([^A-Za-z_0-9]|$)/ {
            size = FNR - line[n] + 1
            if (size > max && !(spec && outer[n])) {
                printf "%s:%d: a function of %d lines, %d are the most\n", FILENAME, line[n], size, max
                bad = 1
            }
            n--
        }
        END { if (n > 0) { printf "%s:%d: the end of this function is not found\n", FILENAME, line[n]; bad = 1 } exit bad }
    ' "$f" || status=1
done

# Lines that are neither blank nor comment, headers too. Not counted, since no privilege is there to be misused:
# core/payload (container init after it took the payload's ids and capabilities), core/unprivileged (commands that give
# up all privilege first) and core/parse (text to values without a system call, which symbols.sh sees to).
privileged=$(find core/gate core/engine core/commands core/main.c -name '*.[ch]' 2>/dev/null |
    xargs cat | ${CC:-cc} -fpreprocessed -dD -E -P -x c - 2>/dev/null | grep -c '[^[:space:]]')
echo "privileged C (gate, engine, commands, main): $privileged lines of $privileged_max"
[ "$privileged" -le $privileged_max ] || status=1
exit $status
