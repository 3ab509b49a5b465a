#!/bin/sh
# What the objects really refer to, includes or not. BUILD: where they are (default: build).
build=${BUILD:-build}
status=0

# undefined DIRECTORY...: "file symbol" of each undefined reference.
undefined() {
    for d in "$@"; do
        find "$build/$d" -name '*.o' 2>/dev/null | while read -r o; do
            nm -u "$o" | awk -v f="${o#"$build"/}" '{print f, $2}'
        done
    done
}

[ -n "$(undefined core/base core/gate)" ] || { echo "no objects in $build: build first"; exit 1; }

# The privileged side: no Lua, no JSON, no libseccomp.
bad=$(undefined core/base core/plan core/parse core/gate core/engine core/payload core/commands core/unprivileged core/main.o |
    grep -E ' (lua|luaL|luaopen|cjson|seccomp)_')
[ -z "$bad" ] || { echo "$bad"; echo "  ... privileged code refers to Lua, cjson or libseccomp"; status=1; }

# The gate and the parsers are pure: nothing but memory, strings and our own base and plan; getopt(3) for argv.
bad=$(undefined core/gate core/parse |
    grep -vE '^core/parse/options\.o (getopt_long|opterr|optarg|optind|optopt)$' |
    grep -vE ' (error_|text_|wire_|plan_|gate_|rule_|subid_|piece_|policy_|hosts_|mem(cpy|set|cmp|chr|move)|str(len|n?cmp|c?spn|r?chr|str)|__(stack_chk_fail|memcpy_chk|memset_chk)|_GLOBAL_OFFSET_TABLE_|__(asan|ubsan)_)')
[ -z "$bad" ] || { echo "$bad"; echo "  ... the gate or a parser does more than judge"; status=1; }

# The interpreter holds no power: no file is opened, nothing is mounted, executed, signalled or connected.
power='(mount|umount2?|open(at|64|at64)?|sys_openat2|creat(64)?|f?open(64)?|fdopen|freopen|exec[lv]p?e?|execvpe|fexecve'
power="$power"'|execveat|posix_spawnp?|system|popen|socket(pair)?|connect|bind|listen|accept4?|send(to|msg)?|recv(from|msg)?'
power="$power"'|fork|vfork|clone3?|sys_clone3|sys_pivot_root|pivot_root|setns|unshare|chroot|kill|tgkill|pidfd_[a-z_]+|ptrace|process_vm_[a-z]+'
power="$power"'|mknod(at)?|mkdir(at)?|unlink(at)?|rename(at2?)?|symlink(at)?|link(at)?|chmod|fchmod(at)?|l?chown|fchown(at)?|truncate(64)?|syscall|dlopen|dlsym)'
# FILE SYMBOL that are meant: the caller's cache is opened before the filter and before a byte of the bundle is read.
allowed='^core/interpreter/cache_file\.o (open|openat|mkdirat)$'
bad=$(undefined core/interpreter | grep -E " $power\$" | grep -vE "$allowed")
[ -z "$bad" ] || { echo "$bad"; echo "  ... the interpreter refers to a system call of power"; status=1; }

# Only container init executes (tests/check/exec.sh looks at the sources).
bad=$(undefined core | grep -E ' (exec[lv]p?e?|execvpe|fexecve|execveat|posix_spawnp?|system|popen)$' |
    grep -vE '^core/(payload/exec\.o |client/|locald/)')
[ -z "$bad" ] || { echo "$bad"; echo "  ... an exec outside of core/payload/exec.c"; status=1; }
exit $status
