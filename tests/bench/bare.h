/*
 * bare: system calls and a program's entry without a C library, so that nothing runs in the floor but what it
 * says. The start of a static glibc takes 0.28 ms where this was written, a quarter of the unprivileged
 * floor: it asks CPUID 43 times, and a virtual machine traps each. With HOSTED it is there all the
 * same: what a program pays for it is a row of the bench.
 */
#ifndef LOCALD_BENCH_BARE_H
#define LOCALD_BENCH_BARE_H

#include <stddef.h>
#include <sys/syscall.h>

/* BARE_MAIN: the program begins with begin(argc, argv). */
#ifdef HOSTED
#define START(code)
#define BARE_MAIN                                                                                            \
    int main(int argc, char **argv) {                                                                        \
        begin(argc, argv);                                                                                   \
    }
#else
#define START(code) __asm__(code)
#define BARE_MAIN                                                                                            \
    __attribute__((noreturn, used)) void bare_start(long *stack);                                            \
    __attribute__((noreturn, used)) void bare_start(long *stack) {                                           \
        begin(*stack, (char **)(stack + 1));                                                                 \
    }
#endif

#if defined(__x86_64__)
static inline __attribute__((always_inline)) long bare_call(long n, long a, long b, long c, long d, long e) {
    register long r10 __asm__("r10") = d, r8 __asm__("r8") = e;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}
START(".globl _start\n_start:\n xor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n call bare_start\n");
#elif defined(__aarch64__)
static inline __attribute__((always_inline)) long bare_call(long n, long a, long b, long c, long d, long e) {
    register long x8 __asm__("x8") = n, x0 __asm__("x0") = a, x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c, x3 __asm__("x3") = d, x4 __asm__("x4") = e;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
    return x0;
}
START(".globl _start\n_start:\n mov x29, xzr\n mov x0, sp\n bl bare_start\n");
#else
#error "bare.h: x86_64 or aarch64"
#endif

/* CALL(SYS_name, arguments...): the result, or -errno. */
#define CALL(...) CALL_(__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(n, a, b, c, d, e, ignored...)                                                                  \
    bare_call((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))

/* A call that has to succeed: one that does not ends the process with 125 and says the source's line. */
#define MUST(...) bare_must(CALL(__VA_ARGS__), __LINE__)

static inline __attribute__((noreturn)) void bare_exit(int status) {
    for (;;)
        (void)CALL(SYS_exit_group, status);
}

static __attribute__((noreturn, noinline, cold)) void bare_fail(long error, long line) {
    char text[] = "floor: line 0000: errno 000\n";
    for (size_t i = 15; line > 0; line /= 10)
        text[i--] = (char)('0' + line % 10);
    for (size_t i = 26; error > 0; error /= 10)
        text[i--] = (char)('0' + error % 10);
    (void)CALL(SYS_write, 2, text, sizeof text - 1);
    bare_exit(125);
}

static inline long bare_must(long result, long line) {
    if (result < 0)
        bare_fail(-result, line);
    return result;
}

#endif
