#include "core/interpreter/binding.h"

#include <inttypes.h>
#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/interpreter/compile.h"

/* One call of core.NAME. Stack: 1 origin, 2 fields. */
struct record {
    lua_State *L;
    struct binding *b;
    size_t start;
    const struct plan_op_info *op;
    const struct plan_field *field; /* the one that is being written, or NULL */
    const char *origin;
};

/* Nothing of a refused record stays in the plan, even where Lua goes on. */
static void forget(const struct record *r) {
    r->b->plan.len = r->start;
}

#define MESSAGE_MAX 256 /* a longer one is cut */

/* Pushes "core.mount: target: " and what is wrong there. */
static void push_message(const struct record *r, const char *text) {
    if (r->field != NULL)
        lua_pushfstring(r->L, "core.%s: %s: %s", r->op->name, r->field->name, text);
    else
        lua_pushfstring(r->L, "core.%s: %s", r->op->name, text);
}

__attribute__((format(printf, 2, 3))) static int fault(const struct record *r, const char *fmt, ...) {
    char text[MESSAGE_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);

    forget(r);
    luaL_where(r->L, 1);
    push_message(r, text);
    lua_pushfstring(r->L, " (for %s)", r->origin);
    lua_concat(r->L, 3);
    return lua_error(r->L);
}

static void set_string(lua_State *L, const char *name, const char *value) {
    lua_pushstring(L, value);
    lua_setfield(L, -2, name);
}

/* A refusal, as the Lua modules raise it. */
__attribute__((format(printf, 3, 4))) static int refuse(const struct record *r, const char *code,
                                                        const char *fmt, ...) {
    char text[MESSAGE_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);

    forget(r);
    lua_createtable(r->L, 0, 3);
    set_string(r->L, "code", code);
    set_string(r->L, "where", r->origin);
    push_message(r, text);
    lua_setfield(r->L, -2, "what");
    return lua_error(r->L);
}

/* The integer at the top of the stack; a float counts when it is one exactly. */
static lua_Integer integer(const struct record *r) {
    int exact = 0;
    lua_Integer v = lua_type(r->L, -1) == LUA_TNUMBER ? lua_tointegerx(r->L, -1, &exact) : 0;
    if (!exact)
        fault(r, "expected integer, got %s", luaL_typename(r->L, -1));
    return v;
}

static uint32_t u32(const struct record *r, uint64_t bound) {
    lua_Integer v = integer(r);
    if (v < 0 || (uint64_t)v > bound)
        refuse(r, "E_CONFIG_VALUE", "%lld is not between 0 and %" PRIu64, (long long)v, bound);
    return (uint32_t)v;
}

static void put_u64(const struct record *r) {
    uint64_t v = (uint64_t)integer(r);
    if (v > r->field->bound)
        refuse(r, "E_CONFIG_VALUE", "%" PRIu64 " is over %" PRIu64, v, r->field->bound);
    wire_put_u64(&r->b->plan, v);
}

static void put_str(const struct record *r, size_t bound) {
    if (lua_type(r->L, -1) != LUA_TSTRING)
        fault(r, "expected string, got %s", luaL_typename(r->L, -1));
    size_t n = 0;
    const char *s = lua_tolstring(r->L, -1, &n);
    if (memchr(s, '\0', n) != NULL)
        refuse(r, "E_CONFIG_VALUE", "the string has a NUL byte inside");
    if (n > bound)
        refuse(r, "E_CONFIG_VALUE", "the string has %zu bytes, %zu are the most", n, bound);
    wire_put_str(&r->b->plan, s, n);
}

static void put_list(const struct record *r) {
    if (!lua_istable(r->L, -1))
        fault(r, "expected array, got %s", luaL_typename(r->L, -1));
    size_t count = lua_rawlen(r->L, -1);
    if (count > r->field->bound)
        refuse(r, "E_CONFIG_VALUE", "the list has %zu entries, %" PRIu64 " are the most", count,
               r->field->bound);
    wire_put_u32(&r->b->plan, (uint32_t)count);
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(r->L, -1, (lua_Integer)i);
        if (r->field->type == PLAN_STRS)
            put_str(r, PLAN_STR_MAX);
        else
            wire_put_u32(&r->b->plan, u32(r, UINT32_MAX));
        lua_pop(r->L, 1);
    }
}

/* The field's value is at the top of the stack. */
static void put_field(const struct record *r) {
    switch (r->field->type) {
    case PLAN_U32:
        wire_put_u32(&r->b->plan, u32(r, r->field->bound));
        break;
    case PLAN_U64:
        put_u64(r);
        break;
    case PLAN_STR:
        put_str(r, r->field->bound);
        break;
    case PLAN_STRS:
    case PLAN_U32S:
        put_list(r);
        break;
    }
}

static bool is_field(const struct plan_op_info *op, const char *name) {
    for (uint32_t i = 0; i < op->field_count; i++) {
        if (strcmp(op->fields[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Every field was there: more keys than fields means that one is unknown. */
static void refuse_unknown(const struct record *r) {
    uint32_t keys = 0;
    lua_pushnil(r->L);
    while (lua_next(r->L, 2) != 0) {
        lua_pop(r->L, 1);
        keys++;
        if (keys > r->op->field_count)
            break;
    }
    if (keys <= r->op->field_count)
        return;
    lua_settop(r->L, 2);
    lua_pushnil(r->L);
    while (lua_next(r->L, 2) != 0) {
        lua_pop(r->L, 1);
        if (lua_type(r->L, -1) != LUA_TSTRING)
            fault(r, "has a field whose name is a %s", luaL_typename(r->L, -1));
        if (!is_field(r->op, lua_tostring(r->L, -1)))
            fault(r, "has no field %s", lua_tostring(r->L, -1));
    }
}

static void put_fields(struct record *r) {
    for (uint32_t i = 0; i < r->op->field_count; i++) {
        r->field = &r->op->fields[i];
        lua_pushstring(r->L, r->field->name);
        if (lua_rawget(r->L, 2) == LUA_TNIL)
            fault(r, "is missing");
        put_field(r);
        lua_pop(r->L, 1);
    }
    r->field = NULL;
    refuse_unknown(r);
}

/* A path that is too long to show is cut: it only says where the step came from. */
static void put_origin(const struct record *r) {
    size_t n = 0;
    const char *s = lua_tolstring(r->L, 1, &n);
    const char *nul = memchr(s, '\0', n);
    if (nul != NULL)
        n = (size_t)(nul - s);
    wire_put_str(&r->b->plan, s, n < PLAN_ORIGIN_MAX ? n : PLAN_ORIGIN_MAX);
}

/* core.NAME(origin, fields). Upvalues: the binding, the operation's number. */
static int append(lua_State *L) {
    lua_Integer op = lua_tointeger(L, lua_upvalueindex(2));
    struct binding *b = lua_touserdata(L, lua_upvalueindex(1));
    struct record r = {.L = L,
                       .b = b,
                       .start = b->plan.len,
                       .op = plan_op_info((enum plan_op)op),
                       .origin = "an unknown origin"};

    lua_settop(L, 2);
    if (lua_type(L, 1) != LUA_TSTRING)
        return fault(&r, "origin: expected string, got %s", luaL_typename(L, 1));
    r.origin = lua_tostring(L, 1);
    if (lua_isnil(L, 2) && r.op->field_count == 0) {
        lua_newtable(L);
        lua_replace(L, 2);
    }
    if (!lua_istable(L, 2))
        return fault(&r, "expected a table of fields, got %s", luaL_typename(L, 2));
    if (b->steps == PLAN_STEPS_MAX)
        return refuse(&r, "E_PLAN_SIZE", "the plan has more than %u steps", PLAN_STEPS_MAX);

    wire_put_u32(&b->plan, (uint32_t)op);
    wire_put_u32(&b->plan, 0); /* the body's size, when it is known */
    put_origin(&r);
    put_fields(&r);
    if (b->plan.bad)
        return refuse(&r, "E_PLAN_SIZE", "the plan has more than %zu bytes", b->plan.size);
    wire_patch_u32(&b->plan, r.start + 4, (uint32_t)(b->plan.len - r.start - 8));
    b->steps++;
    return 0;
}

static void push_info(lua_State *L, const struct plan_op_info *op) {
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, op->phase);
    lua_setfield(L, -2, "phase");
    lua_pushstring(L, plan_stage_name(op->stage));
    lua_setfield(L, -2, "stage");
}

/* The program of a request, from the cache or compiled: its bytes, or 0 and *fault. */
static size_t program_of(struct lock_files *files, const struct cache_key *key, uint8_t *program,
                         struct compile_fault *fault) {
    size_t size = 0;
    const uint8_t *cached = cache_find(&files->cache, key, &size);
    if (cached != NULL && size <= COMPILE_PROGRAM_MAX) {
        memcpy(program, cached, size);
        return size;
    }
    size = compile_filter(key->input, key->len, files->scratch_fd, program, fault);
    if (size > 0)
        cache_store(&files->cache, key, program, size);
    return size;
}

/* core.compile_seccomp(request). Upvalue: the binding. */
static int compile(lua_State *L) {
    static uint8_t program[COMPILE_PROGRAM_MAX];
    struct binding *b = lua_touserdata(L, lua_upvalueindex(1));
    struct compile_fault fault;
    struct cache_key key = {.kind = CACHE_PROGRAM};
    key.input = luaL_checklstring(L, 1, &key.len);
    size_t size = program_of(b->files, &key, program, &fault);
    if (size == 0) {
        lua_pushnil(L);
        lua_pushstring(L, fault.what);
        lua_pushinteger(L, (lua_Integer)fault.index + 1);
        lua_pushinteger(L, fault.number);
        return 4;
    }
    lua_createtable(L, (int)(size / 4), 0);
    for (size_t at = 0; at < size; at += 4) {
        lua_pushinteger(L, wire_u32_at(program + at));
        lua_rawseti(L, -2, (lua_Integer)(at / 4) + 1);
    }
    return 1;
}

/* core.syscall_known(name) */
static int syscall_known(lua_State *L) {
    lua_pushboolean(L, compile_knows(luaL_checkstring(L, 1)));
    return 1;
}

void binding_push(lua_State *L, struct binding *b) {
    lua_createtable(L, 0, PLAN_OP_COUNT + 3);
    lua_pushlightuserdata(L, b);
    lua_pushcclosure(L, compile, 1);
    lua_setfield(L, -2, "compile_seccomp");
    lua_pushcfunction(L, syscall_known);
    lua_setfield(L, -2, "syscall_known");
    lua_createtable(L, 0, PLAN_OP_COUNT);
    for (int op = 0; op < PLAN_OP_COUNT; op++) {
        const struct plan_op_info *info = plan_op_info((enum plan_op)op);
        push_info(L, info);
        lua_setfield(L, -2, info->name);
        lua_pushlightuserdata(L, b);
        lua_pushinteger(L, op);
        lua_pushcclosure(L, append, 2);
        lua_setfield(L, -3, info->name);
    }
    lua_setfield(L, -2, "ops");
}

void binding_begin(struct binding *b, uint8_t *room, size_t size, struct lock_files *files) {
    *b = (struct binding){.plan = {.bytes = room, .size = size}, .files = files};
    wire_put_u32(&b->plan, PLAN_MAGIC);
    wire_put_u32(&b->plan, PLAN_VERSION);
}

int binding_end(struct binding *b, struct error *e) {
    wire_put_u32(&b->plan, PLAN_DONE);
    wire_put_u32(&b->plan, 0);
    wire_put_u32(&b->plan, b->steps);
    if (b->plan.bad)
        return error_set(e, E_PLAN_SIZE, 0, "config.json", "the plan has more than %zu bytes", b->plan.size);
    return 0;
}
