#include "core/interpreter/host.h"

#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/time.h>

#include "core/interpreter/arena.h"
#include "core/interpreter/binding.h"
#include "core/interpreter/interpreter.h"
#include "core/interpreter/sandbox.h"

#define UNCOUNTED_MICROSECONDS 20000                        /* of CPU time, before instructions are counted */
#define COUNT_EVERY            10000                        /* instructions between two looks at the bounds */
#define GC_FROM                (INTERPRETER_MEMORY_MAX / 2) /* below, collecting costs more than it gives */

struct lua_host {
    struct arena arena;
    struct binding binding;
    const char *text;
    size_t len;
    const struct facts *facts;
    long steps;
    bool out_of_steps;
};

static struct lua_host *host_of(lua_State *L) {
    return *(struct lua_host **)lua_getextraspace(L);
}

static bool spent(lua_State *L) {
    return host_of(L)->out_of_steps;
}

/* Once the bound is hit, every further instruction fails. */
static void count(lua_State *L, lua_Debug *at) {
    (void)at;
    struct lua_host *h = host_of(L);
    h->steps += COUNT_EVERY;
    if (h->steps >= INTERPRETER_STEPS_MAX) {
        h->out_of_steps = true;
        lua_sethook(L, count, LUA_MASKCOUNT, 1);
        luaL_error(L, "too many instructions");
    }
    if (h->arena.used > GC_FROM && lua_gc(L, LUA_GCISRUNNING) == 0)
        lua_gc(L, LUA_GCRESTART);
}

static void set_integer(lua_State *L, const char *name, uint64_t v) {
    lua_pushinteger(L, (lua_Integer)v);
    lua_setfield(L, -2, name);
}

static void set_ranges(lua_State *L, const char *name, const struct id_range *ranges, uint32_t n) {
    lua_createtable(L, (int)n, 0);
    for (uint32_t i = 0; i < n; i++) {
        lua_createtable(L, 0, 2);
        set_integer(L, "first", ranges[i].first);
        set_integer(L, "count", ranges[i].count);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, name);
}

static void push_facts(lua_State *L, const struct facts *facts) {
    const struct caller *c = &facts->caller;
    lua_createtable(L, 0, 7);
    lua_createtable(L, 0, 5);
    set_integer(L, "uid", c->uid);
    set_integer(L, "gid", c->gid);
    lua_pushboolean(L, c->is_root);
    lua_setfield(L, -2, "is_root");
    set_ranges(L, "uid_ranges", c->uid_ranges, c->uid_range_count);
    set_ranges(L, "gid_ranges", c->gid_ranges, c->gid_range_count);
    lua_setfield(L, -2, "caller");
    set_integer(L, "capabilities", facts->capabilities);
    set_integer(L, "capabilities_known", facts->capabilities_known);
    lua_pushstring(L, facts->cgroup_mount);
    lua_setfield(L, -2, "cgroup_mount");
    lua_pushstring(L, facts->cgroup_controllers);
    lua_setfield(L, -2, "cgroup_controllers");
    lua_pushstring(L, facts->cgroup_root);
    lua_setfield(L, -2, "cgroup_root");
    lua_createtable(L, (int)c->policy.root_count, 0);
    for (uint32_t i = 0; i < c->policy.root_count; i++) {
        lua_pushstring(L, c->policy.roots[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "cgroup_roots");
}

/* A state with a count hook calls it at every instruction, which makes all of them slow. So counting begins
 * only when much time or memory went. lua_sethook may be called at any moment, from a signal handler too. */
static lua_State *running;

static void begin_counting(int sig) {
    (void)sig;
    if (running != NULL && lua_gethook(running) == NULL)
        lua_sethook(running, count, LUA_MASKCOUNT, COUNT_EVERY);
}

static void *allocate(void *ud, void *block, size_t old_size, size_t new_size) {
    struct lua_host *h = ud;
    void *p = arena_alloc(&h->arena, block, old_size, new_size);
    if (h->arena.used > GC_FROM)
        begin_counting(0);
    return p;
}

int lua_host_arm(void) {
    const struct sigaction action = {.sa_handler = begin_counting, .sa_flags = SA_RESTART};
    const struct timeval round = {.tv_usec = UNCOUNTED_MICROSECONDS};
    const struct itimerval clock = {.it_value = round, .it_interval = round};
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGVTALRM);
    if (sigaction(SIGVTALRM, &action, NULL) != 0 || sigprocmask(SIG_UNBLOCK, &set, NULL) != 0)
        return -1;
    return setitimer(ITIMER_VIRTUAL, &clock, NULL);
}

/* The whole interpretation, protected. */
static int run(lua_State *L) {
    struct lua_host *h = host_of(L);
    sandbox_open(L, spent);
    lua_pushliteral(L, "translate");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "run");
    lua_pushlstring(L, h->text, h->len);
    push_facts(L, h->facts);
    binding_push(L, &h->binding);
    lua_call(L, 3, 0);
    return 0;
}

/* Copies a string field of the refusal at index 2, NUL made visible; "" when it is no string. */
static void copy_field(lua_State *L, const char *name, char *to, size_t size) {
    size_t n = 0, used = 0;
    lua_pushstring(L, name);
    const char *s = lua_rawget(L, 2) == LUA_TSTRING ? lua_tolstring(L, -1, &n) : "";
    for (size_t i = 0; i < n; i++) {
        size_t needs = s[i] != '\0' ? 1 : 4;
        if (used + needs >= size)
            break;
        memcpy(to + used, s[i] != '\0' ? s + i : "\\x00", needs);
        used += needs;
    }
    to[used] = '\0';
    lua_pop(L, 1);
}

/* What Lua raised (at index 2) becomes the error value at index 1; protected, as it needs memory. */
static int explain(lua_State *L) {
    struct error *e = lua_touserdata(L, 1);
    if (lua_type(L, 2) != LUA_TTABLE) {
        error_set(e, E_INTERPRETER, 0, "interpreter", "internal fault: %s", luaL_tolstring(L, 2, NULL));
        return 0;
    }
    char name[64];
    *e = (struct error){.code = E_INTERNAL};
    copy_field(L, "code", name, sizeof name);
    e->code = (uint32_t)error_code_of(name);
    copy_field(L, "where", e->where, sizeof e->where);
    copy_field(L, "subject", e->subject, sizeof e->subject);
    copy_field(L, "what", e->what, sizeof e->what);
    copy_field(L, "hint", e->hint, sizeof e->hint);
    error_sanitise(e); /* no refusal says that nothing is wrong */
    return 0;
}

static int out_of_memory(struct error *e) {
    error_set(e, E_INTERPRETER_MEMORY, 0, "config.json", "can't be interpreted in %zu MiB of memory",
              INTERPRETER_MEMORY_MAX >> 20);
    return error_hint(e, "the file, or a list in it, is far larger than that of any container");
}

static int failed(lua_State *L, const struct lua_host *h, int status, struct error *e) {
    if (h->out_of_steps) {
        error_set(e, E_INTERPRETER_STEPS, 0, "config.json", "can't be interpreted in %d Lua instructions",
                  INTERPRETER_STEPS_MAX);
        return error_hint(e, "the file, or a list in it, is far larger than that of any container");
    }
    if (status == LUA_ERRMEM)
        return out_of_memory(e);
    lua_pushcfunction(L, explain); /* the stack has room: it is as it was before `run`, but for the message */
    lua_insert(L, -2);
    lua_pushlightuserdata(L, e);
    lua_insert(L, -2);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK)
        return out_of_memory(e);
    return -1;
}

int lua_host_run(const char *text, size_t len, const struct facts *facts, struct lock_files *files,
                 struct wire_writer *plan, struct error *e) {
    struct lua_host h = {.text = text, .len = len, .facts = facts};
    if (arena_begin(&h.arena, INTERPRETER_MEMORY_MAX) != 0)
        return error_set(e, E_INTERPRETER_MEMORY, errno, "interpreter", "reserving the Lua heap");
    binding_begin(&h.binding, plan->bytes, plan->size, files);

    int rc = -1;
    lua_State *L = lua_newstate(allocate, &h);
    if (L != NULL) {
        *(struct lua_host **)lua_getextraspace(L) = &h;
        running = L;
        lua_gc(L, LUA_GCSTOP);
        lua_pushcfunction(L, run);
        int status = lua_pcall(L, 0, 0, 0);
        rc = status == LUA_OK && !h.out_of_steps ? binding_end(&h.binding, e) : failed(L, &h, status, e);
    } else {
        (void)out_of_memory(e);
    }
    running = NULL;
    *plan = h.binding.plan;
    arena_end(&h.arena); /* the state goes with it: no finaliser runs */
    return rc;
}
