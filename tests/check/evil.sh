#!/bin/sh
# The interpreter that attacks (tests/attacks/evil) is in nothing that users get. BUILD: where the binaries are.
build=${BUILD:-build}
marker='the interpreter that attacks'
status=0
fail() {
    echo "$*"
    status=1
}

grep -q "$marker" tests/attacks/evil/interpreter.c || fail "tests/attacks/evil/interpreter.c: has no marker"
[ ! -e "$build/evil/locald-shim" ] || grep -qa "$marker" "$build/evil/locald-shim" ||
    fail "$build/evil/locald-shim: has no marker"
! grep -qa "$marker" "$build/locald-shim" || fail "$build/locald-shim: is the one that attacks"
! grep -rn 'tests/attacks' core lua Makefile || fail "  ... what users get refers to the one that attacks"
[ -z "$(find core "$build/core" -path '*evil*')" ] || fail "core has something of the one that attacks"
said=$(make -n install BUILD="$build" DESTDIR=/nowhere)
echo "$said" | grep -q 'locald-shim$' || fail "make install: installs nothing"
! echo "$said" | grep -q evil || fail "make install: comes near the one that attacks"
exit $status
