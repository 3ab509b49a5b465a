#!/bin/sh
# docs/plan-ops.md is what the operations table says. BUILD: where the generator is made (default: build).
build=${BUILD:-build}
make -s --no-print-directory BUILD="$build" "$build/ops_doc" || exit 1
"$build/ops_doc" | diff -u docs/plan-ops.md - || { echo "  ... run: make docs"; exit 1; }

# docs/security.md says of each operation why it is safe.
status=0
for op in $(sed -n 's/^    OP(\([a-z_]*\),.*/\1/p' core/plan/ops.def); do
    grep -q "^|.*\`$op\`.*|" docs/security.md || { echo "docs/security.md: no row for the operation $op"; status=1; }
done
exit $status
