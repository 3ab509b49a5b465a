#!/bin/sh
# C is laid out as .clang-format says. The table's macros (ops.def) are laid out by hand.
find core tests docs/examples -name '*.[ch]' -not -path '*/fixtures/*' -print0 | xargs -0 clang-format --dry-run -Werror || {
    echo "  ... run: make format"
    exit 1
}
