/* core/interpreter/lock.c, filter.c: what is left to the interpreter. */
/* links: core/interpreter/lock.c core/interpreter/filter.c core/interpreter/cache.c core/interpreter/seal.c
 * core/interpreter/cache_file.c */
#include "tests/unit/cmocka_all.h"

#include <fcntl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/interpreter/lock.h"
#include "tests/unit/confined.h"

/* What the confined child was left. */
static const struct secret no_secret;
static struct lock_files files;

/* The status of a child that is confined and then calls `act`; 99 is "lock_confine failed". */
static int confined(void (*act)(int config_fd, int out_fd)) {
    struct facts facts = facts_here();
    int in[2], out[2];
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct error e;
        files = (struct lock_files){.secret = &no_secret};
        if (lock_confine(&facts, in[0], out[1], &files, &e) != 0)
            _exit(99);
        act(in[0], out[1]);
        _exit(0);
    }
    int status = ended(pid);
    for (int i = 0; i < 2; i++) {
        fd_close(&in[i]);
        fd_close(&out[i]);
    }
    return status;
}

static void act_open(int c, int o) {
    (void)c, (void)o;
    (void)syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
}
static void act_socket(int c, int o) {
    (void)c, (void)o;
    (void)syscall(SYS_socket, 1, 1, 0);
}
static void act_exec(int c, int o) {
    (void)c, (void)o;
    (void)syscall(SYS_execve, "/bin/true", NULL, NULL);
}
static void act_kill(int c, int o) {
    (void)c, (void)o;
    (void)syscall(SYS_kill, 1, 0);
}
static void act_fork(int c, int o) {
    (void)c, (void)o;
    (void)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}
static void act_mount(int c, int o) {
    (void)c, (void)o;
    (void)syscall(SYS_mount, "a", "/nowhere", "tmpfs", 0, NULL);
}
static void act_unshare(int c, int o) {
    (void)c, (void)o;
    (void)syscall(SYS_unshare, CLONE_NEWUSER);
}
static void act_ptrace(int c, int o) {
    (void)c, (void)o;
    (void)syscall(SYS_ptrace, 0, 0, 0, 0);
}
static void act_setuid(int c, int o) {
    (void)c, (void)o;
    (void)syscall(SYS_setuid, 0);
}
static void act_prctl(int c, int o) {
    (void)c, (void)o;
    (void)syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
}
static void act_ioctl(int c, int o) {
    (void)o;
    (void)syscall(SYS_ioctl, c, 0x541b, NULL);
}
static void act_bpf(int c, int o) {
    (void)c, (void)o;
    (void)syscall(SYS_bpf, 0, NULL, 0);
}
static void act_mprotect(int c, int o) {
    (void)c, (void)o;
    (void)syscall(SYS_mprotect, 0, 0, PROT_READ);
}
static void act_mmap_exec(int c, int o) {
    (void)c, (void)o;
    (void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
static void act_mmap_file(int c, int o) {
    (void)o;
    (void)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, c, 0);
}
#ifdef __x86_64__
static void act_x32(int c, int o) {
    (void)c, (void)o;
    (void)syscall(0x40000000L + SYS_write, 1, "", 0);
}
/* Number 11 is munmap here and execve in i386, 60 is exit here and umask there: the filter looks at the
 * architecture first. */
static void act_i386(int c, int o) {
    (void)c, (void)o;
    long result = 60;
    __asm__ volatile("int $0x80"
                     : "+a"(result)
                     : "b"(077L), "c"(0L), "d"(0L)
                     : "memory", "r8", "r9", "r10", "r11");
}
#endif

static void forbidden_calls_kill(void **state) {
    (void)state;
    static const struct {
        const char *name;
        void (*act)(int, int);
    } rows[] = {
        {"open", act_open},         {"socket", act_socket},       {"exec", act_exec},
        {"kill", act_kill},         {"fork", act_fork},           {"mount", act_mount},
        {"unshare", act_unshare},   {"ptrace", act_ptrace},       {"setuid", act_setuid},
        {"prctl", act_prctl},       {"ioctl", act_ioctl},         {"bpf", act_bpf},
        {"mprotect", act_mprotect}, {"mmap exec", act_mmap_exec}, {"mmap file", act_mmap_file},
#ifdef __x86_64__
        {"x32", act_x32},
#endif
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int status = confined(rows[i].act);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
            fail_msg("%s: status %#x instead of SIGSYS", rows[i].name, (unsigned)status);
    }
#ifdef __x86_64__
    /* SIGSEGV where the kernel has no 32-bit calls at all */
    int status = confined(act_i386);
    assert_true(WIFSIGNALED(status) && (WTERMSIG(status) == SIGSYS || WTERMSIG(status) == SIGSEGV));
#endif
}

static void act_allowed(int c, int o) {
    (void)c;
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED || (p = mremap(p, 8192, 16384, MREMAP_MAYMOVE)) == MAP_FAILED ||
        munmap(p, 16384) != 0)
        _exit(1);
    for (int fd = 0; fd < 64; fd++) {
        bool left = fd == o || fd == files.scratch_fd;
        if ((write(fd, "x", 1) == 1) != left)
            _exit(2);
    }
}

static void memory_and_its_descriptors_are_left(void **state) {
    (void)state;
    assert_int_equal(confined(act_allowed), 0);
}

/* As root: what the monitor of a setuid binary holds when it forks; root's capabilities, and root's saved ids
 * to go back to. */
static void hold_what_the_monitor_holds(const struct caller *caller) {
    if (geteuid() != 0)
        return;
    if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) != 0 ||
        setresgid(caller->gid, caller->gid, 0) != 0 || setresuid(caller->uid, caller->uid, 0) != 0)
        _exit(98);
}

/* Whether /proc/PID/limits says so. */
static bool has_limit(const char *limits, const char *name, const char *soft, const char *hard) {
    char found[2][32];
    const char *line = strstr(limits, name);
    return line != NULL && sscanf(line + strlen(name), " %31s %31s", found[0], found[1]) == 2 &&
           strcmp(found[0], soft) == 0 && strcmp(found[1], hard) == 0;
}

static void assert_limits(pid_t pid) {
    char path[64], status[4096] = "";
    (void)snprintf(path, sizeof path, "/proc/%d/limits", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(read_full(fd, status, sizeof status - 1) > 0);
    fd_close(&fd);
    assert_true(has_limit(status, "Max cpu time", "5", "6"));
    assert_true(has_limit(status, "Max core file size", "0", "0"));
    assert_true(has_limit(status, "Max file size", "33554432", "33554432")); /* CACHE_FILE_MAX */
    assert_true(has_limit(status, "Max processes", "0", "0"));
    assert_true(has_limit(status, "Max open files", "0", "0"));
#ifndef __SANITIZE_ADDRESS__
    assert_true(has_limit(status, "Max address space", "268435456", "268435456"));
#endif
}

/* The confined child can't look at itself: its parent does, in /proc. */
static void nothing_is_left(void **state) {
    (void)state;
    struct facts facts = facts_here();
    int in[2], out[2];
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct error e;
        char byte = 0;
        hold_what_the_monitor_holds(&facts.caller);
        (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* as nobody of ours does: to see that it is undone */
        files = (struct lock_files){.secret = &no_secret};
        if (lock_confine(&facts, in[0], out[1], &files, &e) != 0)
            _exit(99);
        (void)!write(out[1], "r", 1);
        (void)!read(in[0], &byte, 1);
        _exit(0);
    }
    fd_close(&in[0]);
    fd_close(&out[1]); /* now the child's end is an end of file here */
    char byte = 0, path[64], status[8192] = "";
    assert_int_equal(read(out[0], &byte, 1), 1);
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(read_full(fd, status, sizeof status - 1) > 0);
    fd_close(&fd);

    char ids[80];
    (void)snprintf(ids, sizeof ids, "\nUid:\t%u\t%u\t%u\t%u\n", facts.caller.uid, facts.caller.uid,
                   facts.caller.uid, facts.caller.uid);
    assert_non_null(strstr(status, ids));
    (void)snprintf(ids, sizeof ids, "\nGid:\t%u\t%u\t%u\t%u\n", facts.caller.gid, facts.caller.gid,
                   facts.caller.gid, facts.caller.gid);
    assert_non_null(strstr(status, ids));
    assert_non_null(strstr(
        status, "\nCapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"));
    assert_non_null(strstr(status, "\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n"));

    assert_limits(pid);

    /* nobody but root may look at it: it is not dumpable */
    struct stat about;
    (void)snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_uid, 0);
    fd_close(&in[1]);
    assert_int_equal(ended(pid), 0);
    fd_close(&out[0]);
}

/* The interpreter goes when its parent goes, though its config.json never ends. */
static void dies_with_its_parent(void **state) {
    (void)state;
    int life[2], config[2];
    assert_int_equal(pipe(life), 0);
    assert_int_equal(pipe(config), 0);
    pid_t parent = fork();
    if (parent == 0) {
        struct facts facts = facts_here();
        struct error e;
        char byte = 0;
        pid_t pid = fork();
        if (pid != 0) {
            (void)close(life[1]);
            (void)usleep(100000);
            _exit(0);
        }
        files = (struct lock_files){.secret = &no_secret};
        if (lock_confine(&facts, config[0], life[1], &files, &e) != 0)
            _exit(99);
        (void)!write(life[1], "r", 1);
        (void)!read(config[0], &byte, 1);
        _exit(0);
    }
    fd_close(&life[1]);
    char byte = 0;
    assert_int_equal(read(life[0], &byte, 1), 1);
    assert_int_equal(ended(parent), 0);
    assert_int_equal(read(life[0], &byte, 1), 0); /* its end is closed; the alarm ends a wait in vain */
    fd_close(&life[0]);
    fd_close(&config[0]);
    fd_close(&config[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forbidden_calls_kill),
        cmocka_unit_test(memory_and_its_descriptors_are_left),
        cmocka_unit_test(nothing_is_left),
        cmocka_unit_test(dies_with_its_parent),
    };
    (void)alarm(120);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
