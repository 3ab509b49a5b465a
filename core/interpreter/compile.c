#include "core/interpreter/compile.h"

#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "core/base/wire.h"
#include "core/interpreter/shrink.h"
#include "core/interpreter/verify.h"

#define API_LEVEL      6 /* what Linux 5.14 has, so that the library does not try it out with system calls */
#define NAME_MAX_BYTES 256
#define CONDITIONS_MAX 6
#define CALLS_MAX      1024 /* of a rule that are sorted together */
#define LIST           1    /* of SCMP_FLTATR_CTL_OPTIMIZE */
#define TREE           2

static bool fails(struct compile_fault *fault, const char *what, uint32_t index, int number) {
    *fault = (struct compile_fault){.what = what, .index = index, .number = (uint32_t)number};
    return false;
}

static bool add_architectures(scmp_filter_ctx ctx, struct wire_reader *r, struct compile_fault *fault) {
    uint32_t count = wire_get_u32(r);
    for (uint32_t i = 0; i < count && !r->bad; i++) {
        uint32_t arch = seccomp_arch_resolve_name(wire_get_str(r, NAME_MAX_BYTES));
        int rc = arch != 0 ? seccomp_arch_add(ctx, arch) : -EINVAL;
        if (rc != 0 && rc != -EEXIST)
            return fails(fault, "architecture", i, -rc);
    }
    return true;
}

/* On x86 these are the calls that many others are made through: a rule for them takes in the others'. */
static bool is_multiplexer(int nr) {
    return nr == __SNR_ipc || nr == __SNR_socketcall;
}

/* The next of a rule's `names`, as numbers, the highest first: libseccomp keeps all calls in lists that it
 * walks from the lowest on to find a new one's place. Nothing changes places with a multiplexer, which comes
 * alone: what stands before and behind it matters where rules contradict each other. */
static size_t read_calls(struct wire_reader *r, uint32_t *names, int calls[CALLS_MAX]) {
    size_t count = 0;
    for (; *names > 0 && count < CALLS_MAX && !r->bad; (*names)--) {
        size_t before = r->at;
        int nr = seccomp_syscall_resolve_name(wire_get_str(r, UINT32_MAX));
        if (nr == __NR_SCMP_ERROR) /* of a newer kernel, or none: profiles are written for many */
            continue;
        if (count > 0 && (is_multiplexer(nr) || is_multiplexer(calls[0]))) {
            r->at = before;
            break;
        }
        size_t at = count++;
        for (; at > 0 && calls[at - 1] < nr; at--)
            calls[at] = calls[at - 1];
        calls[at] = nr;
    }
    return count;
}

static bool add_rule(scmp_filter_ctx ctx, struct wire_reader *r, uint32_t index,
                     struct compile_fault *fault) {
    struct scmp_arg_cmp args[CONDITIONS_MAX];
    uint32_t action = wire_get_u32(r);
    uint32_t conditions = wire_get_u32(r);
    if (conditions > CONDITIONS_MAX)
        return fails(fault, "request", index, EINVAL);
    for (uint32_t i = 0; i < conditions; i++) {
        args[i].arg = wire_get_u32(r);
        args[i].op = (enum scmp_compare)wire_get_u32(r);
        args[i].datum_a = wire_get_u64(r);
        args[i].datum_b = wire_get_u64(r);
    }
    uint32_t names = wire_get_u32(r);
    while (names > 0 && !r->bad) {
        static int calls[CALLS_MAX];
        size_t count = read_calls(r, &names, calls);
        for (size_t i = 0; i < count; i++) {
            int rc = seccomp_rule_add_array(ctx, action, calls[i], conditions, args);
            if (rc != 0)
                return fails(fault, "rule", index, -rc);
        }
    }
    return true;
}

static bool add_rules(scmp_filter_ctx ctx, struct wire_reader *r, struct compile_fault *fault) {
    uint32_t count = wire_get_u32(r);
    for (uint32_t i = 0; i < count && !r->bad; i++) {
        if (!add_rule(ctx, r, i, fault))
            return false;
    }
    return true;
}

/* As libseccomp makes it: the count of instructions in `raw`, or 0. */
static size_t export_program(scmp_filter_ctx ctx, uint32_t optimize, int scratch_fd,
                             struct sock_filter raw[COMPILE_INSTRUCTIONS_MAX], struct compile_fault *fault) {
    int rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, optimize);
    if (rc == 0)
        rc = lseek(scratch_fd, 0, SEEK_SET) == 0 ? seccomp_export_bpf(ctx, scratch_fd) : -EBADF;
    off_t size = rc == 0 ? lseek(scratch_fd, 0, SEEK_CUR) : -1;
    if (size <= 0 || size % 8 != 0)
        return (size_t)fails(fault, "library", 0, rc != 0 ? -rc : EIO);
    if ((size_t)size > COMPILE_PROGRAM_MAX)
        return (size_t)fails(fault, "size", 0, (int)(size / 8));
    if (pread(scratch_fd, raw, (size_t)size, 0) != size)
        return (size_t)fails(fault, "library", 0, EIO);
    return (size_t)size / 8;
}

/* The program's count of instructions, in `made`. A list of the calls first, which libseccomp makes in two
 * thirds of the time: shrink makes a tree of it. What can't be shrunk is libseccomp's own tree: the kernel
 * walks the filter for every call there is when it is loaded. */
static size_t take_program(scmp_filter_ctx ctx, int scratch_fd,
                           struct sock_filter made[COMPILE_INSTRUCTIONS_MAX], struct compile_fault *fault) {
    static struct sock_filter raw[COMPILE_INSTRUCTIONS_MAX];
    size_t count = 0;
    for (uint32_t optimize = LIST; optimize <= TREE; optimize++) {
        count = export_program(ctx, optimize, scratch_fd, raw, fault);
        size_t shrunk = count > 0 ? shrink_filter(raw, count, made) : 0;
        if (shrunk > 0)
            return shrunk;
    }
    memcpy(made, raw, 8 * count);
    return count;
}

size_t compile_filter(const uint8_t *request, size_t len, int scratch_fd, uint8_t *program,
                      struct compile_fault *fault) {
    struct wire_reader r = {.bytes = request, .len = len};
    static struct sock_filter made[COMPILE_INSTRUCTIONS_MAX];
    size_t count = 0;
    uint32_t wrong = 0;
    *fault = (struct compile_fault){.what = "library", .number = ENOMEM};
    (void)seccomp_api_set(API_LEVEL);
    scmp_filter_ctx ctx = seccomp_init(wire_get_u32(&r));
    if (ctx == NULL)
        return 0;
    if (add_architectures(ctx, &r, fault) && add_rules(ctx, &r, fault) &&
        (!(r.bad || r.at != r.len) || fails(fault, "request", 0, EINVAL)))
        count = take_program(ctx, scratch_fd, made, fault);
    seccomp_release(ctx);
    if (count > 0 && !verify_filter(request, len, made, count, &wrong))
        return (size_t)fails(fault, "combination", wrong, ENOTSUP);
    memcpy(program, made, 8 * count);
    return 8 * count;
}

bool compile_knows(const char *name) {
    return seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR;
}
