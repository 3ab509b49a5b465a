#!/bin/sh
# The binary: small, static, position-independent, hardened. BUILD: where it is (default: build).
bin=${BUILD:-build}/locald-shim
status=0
fail() {
    echo "$bin: $*"
    status=1
}

[ -x "$bin" ] || { fail "is not built"; exit 1; }
size=$(wc -c < "$bin")
echo "binary: $size bytes of 2097152"
[ "$size" -le 2097152 ] || fail "is over 2 MiB"

program=$(readelf -lW "$bin")
dynamic=$(readelf -dW "$bin")
readelf -SW "$bin" | grep -q ' \.symtab ' && fail "is not stripped"
readelf -hW "$bin" | grep -q 'Type: *DYN' || fail "is not position-independent"
echo "$program" | grep -q ' INTERP ' && fail "wants a dynamic loader"
echo "$dynamic" | grep -q '(NEEDED)' && fail "wants shared libraries"
echo "$dynamic" | grep -q 'FLAGS_1.*PIE' || fail "has no DF_1_PIE"
echo "$dynamic" | grep -qE 'BIND_NOW|FLAGS_1.*NOW' || fail "is not bound at start"
echo "$program" | grep -q 'GNU_RELRO' || fail "has no RELRO"
echo "$program" | grep 'GNU_STACK' | grep -q 'RWE' && fail "has an executable stack"
echo "$program" | grep -q 'GNU_STACK' || fail "says nothing about its stack"
echo "$program" | grep -E '^ *LOAD' | grep -q 'RWE' && fail "has a segment that is writable and executable"
echo "$dynamic" | grep -qE 'RPATH|RUNPATH' && fail "has a search path"

# CET: the linker keeps the note only when every object has it, and Debian's libc.a and liblua have none. So ours are
# looked at one by one.
if [ "$(uname -m)" = x86_64 ]; then
    without=$(find "${BUILD:-build}/core" -name '*.o' | while read -r o; do
        readelf -nW "$o" 2>/dev/null | grep -q 'IBT.*SHSTK' || echo "$o"
    done)
    [ -z "$without" ] || fail "objects without CET: $without"
    readelf -nW "$bin" 2>/dev/null | grep -q 'IBT' || echo "note: our objects have CET, the static libraries do not"
fi
exit $status
