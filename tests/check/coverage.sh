#!/bin/sh
# Each line and each branch of core/gate, and of what decodes the plan, is taken by the unit tests that are named below.
# -v prints the figures of each file (make coverage).
#
# Counted are gcov's "taken": each condition of an if was once true and once false. One edge has no code behind it: the
# one out of a switch over an enum past all of its values, where the compiler sees to it that no value is missing.
build=${BUILD:-build}/branches
tests=$(cd tests/unit && ls test_gate*.c test_device_node.c test_device_program.c test_oci_state.c test_plan.c test_print.c test_refusal.c test_wire.c test_words.c | sed 's/\.c$//')
objects="$build/unit/o/core/gate $build/unit/o/core/plan $build/unit/o/core/base/wire.o"

programs=""
for t in $tests; do programs="$programs $build/unit/$t"; done
# shellcheck disable=SC2086
${MAKE:-make} -s -j2 BUILD="$build" SANITIZE="--coverage -fprofile-abs-path" UNIT_LEVEL=-O0 $programs > "$build.log" 2>&1 ||
    { cat "$build.log"; exit 1; }
find "$build" -name '*.gcda' -delete
for t in $tests; do
    "$build/unit/$t" > "$build/$t.log" 2>&1 || { cat "$build/$t.log"; exit 1; }
done

all=$(ls core/gate/*.c core/plan/*.c core/base/wire.c | wc -l)
# shellcheck disable=SC2086
find $objects -name '*.o' | xargs gcov -b -c -t 2> /dev/null | awk -v verbose="$1" -v all="$all" '
    function show(where, text) { printf "%s:%d: %s: %s\n", file, where, text, source }
    function report() {
        if (file == "") return
        if (verbose == "-v") printf "%-32s lines %d of %d, branches %d of %d\n", file, run, lines, taken, branches
        if (lines > 0) files++
    }
    /^ +-: +0:Source:/ { report(); file = $0; sub(/.*\/core\//, "core/", file); lines = run = taken = branches = 0; next }
    file !~ /^core\/.*\.c$/ { next }
    /^ *[0-9#=*-]+: *[0-9]+:/ {
        split($0, part, ":")
        number = part[2] + 0; source = $0; sub(/^[^:]*:[^:]*:/, "", source)
        over_enum = source ~ /^ *switch \(/
        if (part[1] ~ /[0-9]/) { lines++; run++ }
        if (part[1] ~ /#####|=====/) { lines++; show(number, "is not run"); bad = 1 }
    }
    /^branch/ {
        if ($4 > 0) { branches++; taken++; next }
        if (over_enum) { over_enum = 0; next }
        branches++
        show(number, "branch " $2 " is not taken"); bad = 1
    }
    END { report(); if (files != all) { print files " files of " all " were measured"; bad = 1 } exit bad }'
