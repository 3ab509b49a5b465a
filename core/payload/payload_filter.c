#include "core/payload/payload_filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/engine/priv.h"
#include "core/engine/sync.h"

#define WHERE       "linux.seccomp"
#define PENDING     (-2)
#define STACK_BYTES 32768

static int decode(struct payload_filter *f, const struct plan_u32s *words, struct error *e) {
    struct sock_filter *code = calloc(words->count / 2, sizeof *code); /* until the exec */
    if (code == NULL)
        return error_set(e, E_SECCOMP, errno, WHERE, "making room for the filter");
    for (uint32_t i = 0; i < words->count / 2; i++) {
        uint32_t head = plan_u32s_get(words, 2 * i);
        code[i] = (struct sock_filter){.code = (uint16_t)head,
                                       .jt = (uint8_t)(head >> 16),
                                       .jf = (uint8_t)(head >> 24),
                                       .k = plan_u32s_get(words, 2 * i + 1)};
    }
    f->program = (struct sock_fprog){.len = (unsigned short)(words->count / 2), .filter = code};
    return 0;
}

/* Step setcaps left it permitted where it is needed. What is effective besides stays so: it counts for
 * execve(2)'s look at the file. execve computes the payload's sets without looking at these. */
static int raise_sys_admin(struct error *e) {
    struct priv_sets sets = priv_read();
    sets.effective |= sets.permitted & CAP(SYS_ADMIN);
    if (priv_write(&sets) != 0)
        return error_set(e, E_SECCOMP, errno, WHERE, "raising CAP_SYS_ADMIN for the filter");
    return 0;
}

/* The second thread. It shares the first one's errno, which nobody reads meanwhile. */
static int deliver(void *arg) {
    struct payload_filter *f = arg;
    const struct timespec moment = {.tv_nsec = 20000};
    const struct sync_message m = {.kind = SYNC_LISTENER};
    int fd = PENDING;
    /* the first thread waits without a call, which would starve this one for ever with process.scheduler's
     * FIFO on one CPU */
    (void)sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){.sched_priority = 0});
    while ((fd = atomic_load(&f->listener)) == PENDING)
        (void)nanosleep(&moment, NULL);
    if (fd < 0)
        return 0;
    atomic_store(&f->delivered, sync_send(f->sync_fd, &m, fd) == 0 ? 1 : -1);
    for (;;)
        (void)pause();
}

static int start_thread(struct payload_filter *f, struct error *e) {
    static _Alignas(16) char stack[STACK_BYTES];
    const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
    if (clone(deliver, stack + STACK_BYTES, flags, f) < 0)
        return error_set(e, E_SECCOMP, errno, WHERE, "starting the thread that hands over the notifications");
    return 0;
}

int payload_filter_prepare(struct payload_filter *f, const struct init *in, struct error *e) {
    *f = (struct payload_filter){.flags = in->filter_flags, .sync_fd = in->sync_fd, .listener = PENDING};
    if (decode(f, &in->filter, e) != 0 || raise_sys_admin(e) != 0)
        return -1;
    return (f->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0 ? start_thread(f, e) : 0;
}

int payload_filter_load(struct payload_filter *f, struct error *e) {
    long rc = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, f->flags, &f->program);
    if (rc < 0) {
        atomic_store(&f->listener, -1);
        return error_set(e, E_SECCOMP, errno, WHERE, "loading the filter with flags %#x", f->flags);
    }
    if ((f->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) == 0)
        return 0;
    atomic_store(&f->listener, (int)rc);
    while (atomic_load(&f->delivered) == 0) { /* no call may be made here, also none that waits */
    }
    return atomic_load(&f->delivered) > 0
               ? 0
               : error_set(e, E_SECCOMP, EPIPE, WHERE, "handing over the notifications");
}
