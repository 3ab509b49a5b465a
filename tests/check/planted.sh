#!/bin/sh
# The checks themselves: each one has to fail on a violation that is planted in a copy of the tree.
build=$(realpath "${BUILD:-build}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
planted=0

# fresh: a new copy of the sources in $work/tree; objects and binary are not copied.
fresh() {
    rm -rf "$work/tree"
    mkdir -p "$work/tree/build/core/gate" "$work/tree/build/core/base" "$work/tree/build/core/interpreter"
    cp -r core lua spec tests docs Makefile .clang-format "$work/tree/"
}

# caught CHECK TEXT: the check fails in the copy and says TEXT.
caught() {
    planted=$((planted + 1))
    if said=$(cd "$work/tree" && BUILD=build sh "tests/check/$1.sh" 2>&1); then
        echo "$1.sh accepts the planted: $2"
        status=1
    elif ! echo "$said" | grep -q -- "$2"; then
        echo "$1.sh fails without saying: $2"
        echo "$said" | head -5
        status=1
    fi
}

# plant FILE: standard input is added to a file of the copy.
plant() { cat >> "$work/tree/$1"; }

# object FILE CODE: an object of the copy's build, made of CODE.
object() { echo "$2" | ${CC:-cc} -w -fPIE -O1 -x c -c -o "$work/tree/build/$1" -; }

fresh; echo '#include "core/engine/sync.h"' | plant core/interpreter/zz.c; caught layers 'core/interpreter/zz.c:1'
fresh; echo '#include "core/interpreter/interpreter.h"' | plant core/engine/init/zz.c; caught layers 'core/engine/init/zz.c'
fresh; echo '#include "core/engine/host/host.h"' | plant core/engine/init/zz.c; caught layers 'core/engine/init/zz.c'
fresh; echo '#include "core/engine/init/init.h"' | plant core/engine/host/zz.c; caught layers 'core/engine/host/zz.c'
fresh; echo '#include "core/plan/plan.h"' | plant core/base/zz.h; caught layers 'core/base/zz.h'
fresh; echo '#include "core/gate/gate.h"' | plant core/plan/zz.c; caught layers 'core/plan/zz.c'
fresh; echo '#include "core/engine/sync.h"' | plant core/gate/zz.c; caught layers 'core/gate/zz.c'
fresh; echo '#include "core/engine/sync.h"' | plant core/parse/zz.c; caught layers 'core/parse/zz.c'
fresh; echo '#include "core/interpreter/lock.h"' | plant core/commands/zz.c; caught layers 'core/commands/zz.c'

fresh; echo 'void f(char **a) { execv(a[0], a); }' | plant core/engine/host/zz.c; caught exec 'core/engine/host/zz.c'
fresh; echo 'long f(void) { return syscall(SYS_execveat); }' | plant core/commands/zz.c; caught exec 'core/commands/zz.c'
fresh; echo 'int f(void) { return system ("x"); }' | plant core/gate/zz.c; caught exec 'core/gate/zz.c'

symbol() { # OBJECT CODE TEXT
    fresh
    object core/base/ok.o 'int puts(const char *); int f(void) { return puts(""); }'
    mkdir -p "$(dirname "$work/tree/build/$1")"
    object "$1" "$2"
    caught symbols "$3"
}
symbol core/gate/zz.o 'void lua_close(void *); void f(void) { lua_close(0); }' 'lua_close'
symbol core/engine/zz.o 'void seccomp_init(void); void f(void) { seccomp_init(); }' 'seccomp_init'
symbol core/gate/zz.o 'int open(const char *, int); int f(void) { return open("x", 0); }' 'more than judge'
symbol core/parse/zz.o 'int open(const char *, int); int f(void) { return open("x", 0); }' 'more than judge'
symbol core/interpreter/zz.o 'int open64(const char *, int); int f(void) { return open64("x", 0); }' 'of power'
symbol core/interpreter/zz.o 'int mount(void); int f(void) { return mount(); }' 'of power'
symbol core/commands/zz.o 'int execve(void); int f(void) { return execve(); }' 'an exec outside'

fresh; yes 'int x;' | head -401 | plant core/gate/zz.c; caught sizes 'core/gate/zz.c: 401 lines'
fresh; { echo 'static int long_one(int a,'; echo '             int b) {'; yes '    a++;' | head -60; echo '}'; } |
    plant core/gate/zz.c; caught sizes 'long_one has 63 lines'
fresh; { echo 'local function f()'; yes '  x = 1' | head -60; echo 'end'; } | plant lua/zz.lua; caught sizes 'lua/zz.lua:1: a function of 62'
fresh; for i in $(seq 20); do yes 'int x;' | head -400 | plant "core/gate/zz$i.c"; done; caught sizes '8[0-9]*\|9[0-9]*\|1[0-9]* lines of 5000'

fresh; echo '| x |' | plant docs/plan-ops.md; caught docs 'make docs'
fresh; sed -i 's/"pivot_root", "the host/"pivot_toor", "the host/' "$work/tree/core/base/hints.def"; caught hints 'pivot_toor'
page() { # SED FILE TEXT
    fresh
    cp "$build/locald-shim" "$build/locald" "$work/tree/build/"
    sed -i "$1" "$work/tree/$2"
    caught man "$3"
}
page 's/^\.Sh FILES/.Sg FILES/' docs/man/locald-shim.8 'mandoc is not content'
page 's/^\.Ss admin cleanup/.Ss admin clean/' docs/man/locald-shim.8 'no section admin cleanup'
page '/^\.It Fl -pid-file/d' docs/man/locald-shim.8 '-\?-pid-file is missing'
page 's/^\.It Fl -quiet/.It Fl -quite/' docs/man/locald.1 '-\?-quite is no option'
page 's/^\.It Li max-containers/.It Li max-container/' docs/man/locald-shim.8 'no key max-containers'

fresh; echo 'int  f( void ){return 0;}' | plant core/gate/zz.c; caught format 'make format'

fresh; sed -i 's/a fork bomb inside/a fork bmob inside/' "$work/tree/docs/attacks.md"; caught attacks 'no such test: .*bmob'
fresh; echo '@test "signals: a new one" { true; }' | plant tests/attacks/signals.bats; caught attacks 'does not name: .*: a new one$'
fresh; echo '| an attack | its end | tested by hand |' | plant docs/attacks.md; caught attacks 'without a test: | an attack'

fresh; echo '#include "tests/attacks/evil/script.h"' | plant core/gate/zz.c; caught evil 'core/gate/zz.c'
fresh; echo 'the interpreter that attacks' | plant build/locald-shim; caught evil 'build/locald-shim: is'
fresh; printf '.PHONY: install\ninstall: evil\n' | plant Makefile; caught evil 'make install'

binary() { # FLAGS TEXT
    fresh
    echo 'int main(void) { return 0; }' | ${CC:-cc} -x c - -O1 $1 -o "$work/tree/build/locald-shim"
    caught binary "$2"
}
binary '-s' 'wants a dynamic loader'
binary '-s -static -no-pie' 'is not position-independent'
binary '-static-pie' 'is not stripped'
binary '-s -static-pie -Wl,-z,execstack' 'executable stack'
binary '-s -static-pie -Wl,-z,norelro' 'no RELRO'
binary '-s -static-pie -Wl,-z,lazy' 'not bound at start'
if [ "$(uname -m)" = x86_64 ]; then
    fresh; object core/gate/zz.o 'int f;'; cp "$build/locald-shim" "$work/tree/build/" 2>/dev/null; caught binary 'zz.o\|not built'
fi

echo "planted violations: $planted"
exit $status
