/* A stand-in for the generated build/lua_modules.c: tests give module "translate" as Lua source. Include it
 * in one file. */
#ifndef LOCALD_TESTS_LUA_MODULES_FAKE_H
#define LOCALD_TESTS_LUA_MODULES_FAKE_H

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/interpreter/modules.h"

static unsigned char fake_bytes[2][65536];
static struct lua_module fake_modules[2] = {{.name = "translate", .bytes = fake_bytes[0]},
                                            {.name = "other", .bytes = fake_bytes[1]}};

const struct lua_module *lua_module_find(const char *name) {
    for (int i = 0; i < 2; i++) {
        if (strcmp(name, fake_modules[i].name) == 0 && fake_modules[i].size > 0)
            return &fake_modules[i];
    }
    return NULL;
}

static int fake_write(lua_State *L, const void *bytes, size_t len, void *to) {
    (void)L;
    struct lua_module *m = to;
    if (len > sizeof fake_bytes[0] - m->size)
        return 1;
    memcpy(fake_bytes[m - fake_modules] + m->size, bytes, len);
    m->size += len;
    return 0;
}

/* Compiles `source` as module number i: 0 is translate, 1 is other. */
static void fake_module(int i, const char *source) {
    lua_State *L = luaL_newstate();
    fake_modules[i].size = 0;
    if (luaL_loadbufferx(L, source, strlen(source), "=test.lua", "t") != LUA_OK ||
        lua_dump(L, fake_write, &fake_modules[i], 0) != 0) {
        (void)fprintf(stderr, "%s\n", lua_tostring(L, -1));
        abort();
    }
    lua_close(L);
}

/* Compiles a translate module whose run(text, facts, core) has that body. */
static void fake_run(const char *body) {
    char source[8192];
    (void)snprintf(source, sizeof source, "return { run = function(text, facts, core) %s\nend }", body);
    fake_module(0, source);
}

#endif
