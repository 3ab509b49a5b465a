#!/bin/sh
# Each row of core/base/hints.def still fits a message: its beginning stands, as the beginning of a string, in the
# sources. A message that was reworded would else lose its hint in silence.
status=0
begins=$(sed -n 's/^    HINT([A-Z_]*, [A-Z_0-9]*, "\([^"]*\)".*/\1/p' core/base/hints.def | sort -u)
[ "$(grep -c '^    HINT(' core/base/hints.def)" -ge 30 ] || { echo "core/base/hints.def: its rows are not found"; exit 1; }
while IFS= read -r text; do
    [ -z "$text" ] || grep -rqF --include='*.c' "\"$text" core || {
        echo "core/base/hints.def: no message begins with: $text"
        status=1
    }
done <<TEXTS
$begins
TEXTS
exit $status
