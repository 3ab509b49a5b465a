/*
 * config.json -> plan through the whole interpreter (lua-cjson, all Lua, the binding), and the plan through
 * the gate. Lua may refuse a bundle, it may not fail (E_INTERPRETER, E_INTERNAL), and what it sends must be a
 * whole plan in the right order. With an argument FILE... behind --seeds: writes for each config.json its
 * plan, as seeds for fuzz_plan.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/gate/gate.h"
#include "core/interpreter/host.h"
#include "core/interpreter/lock.h"
#include "tests/fuzz/callers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static uint8_t plan_room[PLAN_BYTES_MAX];

static struct facts facts_of(size_t caller) {
    struct facts f = {.caller = fuzz_callers[caller % FUZZ_CALLERS],
                      .capabilities = (UINT64_C(1) << 41) - 1,
                      .capabilities_known = (UINT64_C(1) << 41) - 1};
    (void)snprintf(f.cgroup_mount, sizeof f.cgroup_mount, "/sys/fs/cgroup");
    (void)snprintf(f.cgroup_root, sizeof f.cgroup_root, "/locald");
    return f;
}

static int interpret(const uint8_t *text, size_t size, const struct facts *f, struct wire_writer *plan,
                     struct error *e) {
    *plan = (struct wire_writer){.bytes = plan_room, .size = sizeof plan_room};
    static int scratch_fd = -1;
    if (scratch_fd < 0)
        scratch_fd = memfd_create("seccomp", MFD_CLOEXEC);
    struct lock_files files = {.cache = {.fd = -1}, .scratch_fd = scratch_fd};
    return lua_host_run((const char *)text, size, f, &files, plan, e);
}

static void fault(const char *what, const struct error *e) {
    (void)fprintf(stderr, "%s: %s: %s [%s]\n", what, e->where, e->what, error_name(e->code));
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    for (size_t caller = 0; caller < FUZZ_CALLERS; caller++) {
        struct facts f = facts_of(caller);
        struct wire_writer plan;
        struct error e = {0};
        if (interpret(data, size, &f, &plan, &e) != 0) {
            if (e.code == E_INTERPRETER || e.code == E_INTERNAL || e.code == E_NONE)
                fault("Lua failed", &e);
            continue;
        }
        if (gate_plan(plan.bytes, plan.len, &f.caller, &e) != 0 &&
            (e.code == E_PLAN_FORMAT || e.code == E_PLAN_ORDER))
            fault("Lua sent a broken plan", &e);
    }
    return 0;
}

static void write_seed(const char *file, const char *dir, size_t caller) {
    static uint8_t text[1 << 20];
    char name[4096];
    struct facts f = facts_of(caller);
    struct wire_writer plan;
    struct error e = {0};
    CLEANUP_FD int in = open(file, O_RDONLY | O_CLOEXEC);
    ssize_t n = in >= 0 ? read_full(in, text, sizeof text) : -1;
    if (n < 0 || interpret(text, (size_t)n, &f, &plan, &e) != 0)
        return;
    const char *base = strrchr(file, '/') != NULL ? strrchr(file, '/') + 1 : file;
    (void)snprintf(name, sizeof name, "%s/%s.%zu", dir, base, caller);
    CLEANUP_FD int out = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    const uint8_t first = (uint8_t)caller;
    if (out < 0 || write_full(out, &first, 1) != 0 || write_full(out, plan.bytes, plan.len) != 0)
        abort();
}

/* --seeds DIRECTORY FILE... */
int LLVMFuzzerInitialize(int *argc, char ***argv) {
    if (lua_host_arm() != 0)
        abort();
    if (*argc < 3 || strcmp((*argv)[1], "--seeds") != 0)
        return 0;
    for (int i = 3; i < *argc; i++) {
        for (size_t caller = 0; caller < FUZZ_CALLERS; caller++)
            write_seed((*argv)[i], (*argv)[2], caller);
    }
    exit(0);
}
