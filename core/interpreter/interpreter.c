#include "core/interpreter/interpreter.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/fd.h"
#include "core/base/wire.h"
#include "core/interpreter/host.h"
#include "core/interpreter/lock.h"
#include "core/plan/plan.h"
#include "core/plan/refusal.h"

/* Private memory whose pages are taken when they are touched, for the life of the process. */
static void *reserve(size_t size, struct error *e) {
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p != MAP_FAILED)
        return p;
    (void)error_set(e, E_INTERPRETER_MEMORY, errno, "interpreter", "reserving memory");
    return NULL;
}

/* The monitor has looked at the file's size; it may have grown since. */
static ssize_t read_config(int fd, char *room, struct error *e) {
    ssize_t n = read_full(fd, room, INTERPRETER_CONFIG_MAX + 1);
    if (n < 0)
        return error_set(e, E_CONFIG_OPEN, errno, "config.json", "reading");
    if ((size_t)n > INTERPRETER_CONFIG_MAX)
        return error_set(e, E_CONFIG_SIZE, 0, "config.json", "is larger than %zu bytes",
                         INTERPRETER_CONFIG_MAX);
    return n;
}

/* 0: `plan` holds a whole plan. */
static int interpret(int config_fd, int out_fd, const struct facts *facts, struct lock_files *files,
                     struct wire_writer *plan, struct error *e) {
    if (lua_host_arm() != 0)
        return error_set(e, E_INTERPRETER, errno, "interpreter", "starting its clock");
    if (lock_confine(facts, config_fd, out_fd, files, e) != 0)
        return -1;
    char *text = reserve(INTERPRETER_CONFIG_MAX + 1, e);
    plan->bytes = text != NULL ? reserve(PLAN_BYTES_MAX, e) : NULL;
    if (plan->bytes == NULL)
        return -1;
    plan->size = PLAN_BYTES_MAX;
    ssize_t len = read_config(config_fd, text, e);
    if (len < 0)
        return -1;
    const struct cache_key key = {.kind = CACHE_PLAN, .input = text, .len = (size_t)len};
    uint8_t *cached = cache_find(&files->cache, &key, &plan->len);
    if (cached != NULL) {
        plan->bytes = cached;
        return 0;
    }
    if (lua_host_run(text, (size_t)len, facts, files, plan, e) != 0)
        return -1;
    cache_store(&files->cache, &key, plan->bytes, plan->len);
    return 0;
}

void interpreter_main(int config_fd, int out_fd, const struct facts *facts, const struct secret *secret) {
    struct error e = {.code = E_NONE};
    struct wire_writer out = {.size = 0};
    struct lock_files files = {.secret = secret};
    uint8_t refusal[PLAN_REFUSAL_MAX];

    if (interpret(config_fd, out_fd, facts, &files, &out, &e) != 0) {
        out = (struct wire_writer){.bytes = refusal, .size = sizeof refusal};
        plan_refusal_put(&out, &e);
    }
    int rc = out.bad ? -1 : write_full(out_fd, out.bytes, out.len);
    (void)close(out_fd); /* the end of a process takes a while: the reader need not wait for it */
    _exit(rc == 0 ? 0 : 1);
}
