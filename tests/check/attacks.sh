#!/bin/sh
# docs/attacks.md can't drift: each test that it names is there, each test of tests/attacks is named in it, and each row
# names one. "attacks/x.bats: name" is tests/attacks/x.bats, @test "name".
export LC_ALL=C
document=docs/attacks.md
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
status=0

# each LIST TEXT: the text before each line of the list, which should be empty.
each() {
    [ ! -s "$1" ] || { sed "s,^,$2: ," "$1"; status=1; }
}

for f in tests/*/*.bats; do
    awk -v file="${f#tests/}" '/^@test "/ { name = substr($0, 8); print file ": " substr(name, 1, index(name, "\" {") - 1) }' "$f"
done | sort -u > "$work/there"
grep '^| ' "$document" | grep -o '`[a-z0-9_]*/[a-z0-9_]*\.bats: [^`]*`' | tr -d '`' | sort -u > "$work/named"
grep '^attacks/' "$work/there" > "$work/attacks"
comm -23 "$work/named" "$work/there" > "$work/lost"
comm -13 "$work/named" "$work/attacks" > "$work/unnamed"
grep '^| ' "$document" | grep -v '^| attack | safe outcome | tests |$' > "$work/rows"
grep -vE '^\| .+ \| .+ \| `[^|]*` ?[^|]*\|$' "$work/rows" > "$work/bare"
grep -o '`tests/[a-z0-9_/.]*`' "$document" | tr -d '`' | while read -r f; do [ -e "$f" ] || echo "$f"; done > "$work/files"

each "$work/lost" "$document: no such test"
each "$work/unnamed" "$document: does not name"
each "$work/bare" "$document: a row without a test"
each "$work/files" "$document: no such file"
[ "$(wc -l < "$work/rows")" -ge 60 ] && [ "$(wc -l < "$work/attacks")" -ge 100 ] || { echo "$document: its rows, or the tests, are not found"; status=1; }
exit $status
