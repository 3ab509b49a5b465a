/*
 * config.json -> plan through the whole interpreter (lua-cjson, all Lua, the binding), and the plan through
 * the gate. Lua may refuse a bundle, it may not fail (E_INTERPRETER, E_INTERNAL), and what it sends must be a
 * whole plan in the right order. With an argument FILE... behind --seeds: writes for each config.json its
 * plan, as seeds for fuzz_plan.
 *
 * Most of the interpreter's time is the loading of its modules. All of Lua's memory is one arena, so it is
 * loaded once, and each run begins with a copy of that memory. Some runs are done a second time as they are
 * in a real process, and have to end alike.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/gate/gate.h"
#include "core/interpreter/host.c" /* its parts: the state, the bounds, what an error becomes */
#include "core/interpreter/lock.h"
#include "tests/fuzz/callers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define AGAIN_EVERY 512

static uint8_t plan_room[PLAN_BYTES_MAX], again_room[PLAN_BYTES_MAX];
static struct lock_files files = {.cache = {.fd = -1}};
static struct facts facts[FUZZ_CALLERS];
static struct lua_host loaded, host; /* as it was loaded; as it is */
static uint8_t *loaded_bytes;
static lua_State *state;

static void fault(const char *what, const struct error *e) {
    (void)fprintf(stderr, "%s: %s: %s [%s]\n", what, e->where, e->what, error_name(e->code));
    abort();
}

static int load(lua_State *L) {
    sandbox_open(L, spent);
    if (luaL_loadstring(L, "for _, area in ipairs(require('order')) do require(area) end "
                           "return require('translate').run") != LUA_OK)
        lua_error(L);
    lua_call(L, 0, 1);
    return 1;
}

static void prepare(void) {
    files.scratch_fd = memfd_create("seccomp", MFD_CLOEXEC);
    for (size_t i = 0; i < FUZZ_CALLERS; i++) {
        facts[i] = (struct facts){.caller = fuzz_callers[i],
                                  .capabilities = (UINT64_C(1) << 41) - 1,
                                  .capabilities_known = (UINT64_C(1) << 41) - 1};
        (void)snprintf(facts[i].cgroup_mount, sizeof facts[i].cgroup_mount, "/sys/fs/cgroup");
        (void)snprintf(facts[i].cgroup_controllers, sizeof facts[i].cgroup_controllers,
                       "cpuset cpu io memory hugetlb pids rdma misc");
        const struct policy *p = &fuzz_callers[i].policy;
        (void)snprintf(facts[i].cgroup_root, sizeof facts[i].cgroup_root, "%s", p->roots[p->root_count - 1]);
    }
    if (files.scratch_fd < 0 || lua_host_arm() != 0 || arena_begin(&host.arena, INTERPRETER_MEMORY_MAX) != 0)
        abort();
    state = lua_newstate(allocate, &host);
    if (state == NULL)
        abort();
    *(struct lua_host **)lua_getextraspace(state) = &host;
    lua_gc(state, LUA_GCSTOP);
    lua_pushcfunction(state, load);
    if (lua_pcall(state, 0, 1, 0) != LUA_OK) {
        (void)fprintf(stderr, "loading: %s\n", lua_tostring(state, -1));
        abort();
    }
    loaded = host;
    loaded_bytes = malloc(host.arena.used);
    if (loaded_bytes == NULL)
        abort();
    memcpy(loaded_bytes, host.arena.bytes, host.arena.used);
}

/* As `run` of host.c, with the loaded function at index 1. */
static int translate(lua_State *L) {
    lua_pushlstring(L, host.text, host.len);
    push_facts(L, host.facts);
    binding_push(L, &host.binding);
    lua_call(L, 3, 0);
    return 0;
}

static int interpret(const uint8_t *text, size_t size, const struct facts *f, struct wire_writer *plan,
                     struct error *e) {
    host = loaded;
    memcpy(host.arena.bytes, loaded_bytes, loaded.arena.used);
    host.text = (const char *)text;
    host.len = size;
    host.facts = f;
    binding_begin(&host.binding, plan_room, sizeof plan_room, &files);
    running = state;
    lua_pushcfunction(state, translate);
    lua_insert(state, 1);
    int status = lua_pcall(state, 1, 0, 0);
    int rc = status == LUA_OK && !host.out_of_steps ? binding_end(&host.binding, e)
                                                    : failed(state, &host, status, e);
    running = NULL;
    *plan = host.binding.plan;
    return rc;
}

/* A real run says the same. (Bounds of time and memory are hit elsewhere when everything is loaded anew.) */
static void compare(const uint8_t *text, size_t size, const struct facts *f, int rc,
                    const struct wire_writer *plan, const struct error *e) {
    struct wire_writer again = {.bytes = again_room, .size = sizeof again_room};
    struct error other = {0};
    int other_rc = lua_host_run((const char *)text, size, f, &files, &again, &other);
    bool bound = e->code == E_INTERPRETER_MEMORY || e->code == E_INTERPRETER_STEPS ||
                 other.code == E_INTERPRETER_MEMORY || other.code == E_INTERPRETER_STEPS;
    if (bound)
        return;
    if (other_rc != rc || (rc != 0 && memcmp(e, &other, sizeof other) != 0))
        fault("a real run ends otherwise", &other);
    if (rc == 0 && (again.len != plan->len || memcmp(again.bytes, plan->bytes, plan->len) != 0))
        fault("a real run has another plan", &other);
}

/* Who asks hangs on the text: one for each, but any change can bring another. */
static size_t caller_of(const uint8_t *data, size_t size) {
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + data[i];
    return sum % FUZZ_CALLERS;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static unsigned runs;
    const struct facts *f = &facts[caller_of(data, size)];
    struct wire_writer plan;
    struct error e = {0};
    int rc = interpret(data, size, f, &plan, &e);
    if (++runs % AGAIN_EVERY == 0)
        compare(data, size, f, rc, &plan, &e);
    if (rc != 0) {
        if (e.code == E_INTERPRETER || e.code == E_INTERNAL || e.code == E_NONE)
            fault("Lua failed", &e);
        return 0;
    }
    if (gate_plan(plan.bytes, plan.len, &f->caller, &e) != 0 &&
        (e.code == E_PLAN_FORMAT || e.code == E_PLAN_ORDER))
        fault("Lua sent a broken plan", &e);
    return 0;
}

static void write_seed(const char *file, const char *dir, size_t caller) {
    static uint8_t text[1 << 20];
    char name[4096];
    struct wire_writer plan;
    struct error e = {0};
    CLEANUP_FD int in = open(file, O_RDONLY | O_CLOEXEC);
    ssize_t n = in >= 0 ? read_full(in, text, sizeof text) : -1;
    if (n < 0 || interpret(text, (size_t)n, &facts[caller], &plan, &e) != 0)
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
    prepare();
    if (*argc < 3 || strcmp((*argv)[1], "--seeds") != 0)
        return 0;
    for (int i = 3; i < *argc; i++) {
        for (size_t caller = 0; caller < FUZZ_CALLERS; caller++)
            write_seed((*argv)[i], (*argv)[2], caller);
    }
    exit(0);
}
