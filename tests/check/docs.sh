#!/bin/sh
# docs/plan-ops.md is what the operations table says. BUILD: where the generator is made (default: build).
build=${BUILD:-build}
make -s --no-print-directory BUILD="$build" "$build/ops_doc" || exit 1
"$build/ops_doc" | diff -u docs/plan-ops.md - || { echo "  ... run: make docs"; exit 1; }
