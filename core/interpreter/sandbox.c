#include "core/interpreter/sandbox.h"

#include <lauxlib.h>
#include <lua-cjson.h>
#include <lualib.h>
#include <string.h>

#include "core/interpreter/modules.h"

/* pcall, but a bound that was hit is no error that Lua may handle. Upvalue: `spent`. */
static int bounded_pcall(lua_State *L) {
    bool (**spent)(lua_State *) = lua_touserdata(L, lua_upvalueindex(1));
    luaL_checkany(L, 1);
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    int status = lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 0);
    if (status == LUA_OK)
        return lua_gettop(L);
    if (status == LUA_ERRMEM || (*spent)(L))
        return lua_error(L);
    lua_pushboolean(L, 0);
    lua_replace(L, 1);
    return 2;
}

/* Pushes what the module of that name returns. */
static void run_module(lua_State *L, const char *name) {
    if (strcmp(name, "cjson") == 0) {
        lua_pushcfunction(L, luaopen_cjson);
    } else {
        const struct lua_module *m = lua_module_find(name);
        if (m == NULL)
            luaL_error(L, "module %s is not in this binary", name);
        else if (luaL_loadbufferx(L, (const char *)m->bytes, m->size, m->name, "b") != LUA_OK)
            lua_error(L);
    }
    lua_pushstring(L, name);
    lua_call(L, 1, 1);
}

/* require(name): each module runs once, when it is first asked for. Upvalue: the table of loaded modules. */
static int require(lua_State *L) {
    const char *name = luaL_checkstring(L, 1);
    lua_settop(L, 1);
    lua_pushvalue(L, 1);
    switch (lua_rawget(L, lua_upvalueindex(1))) {
    case LUA_TNIL:
        break;
    case LUA_TBOOLEAN:
        return luaL_error(L, "module %s requires itself", name);
    default:
        return 1;
    }
    lua_pushvalue(L, 1);
    lua_pushboolean(L, 0);
    lua_rawset(L, lua_upvalueindex(1));
    run_module(L, name);
    if (!lua_istable(L, -1) && !lua_isfunction(L, -1))
        return luaL_error(L, "module %s returns a %s, not a table or function", name, luaL_typename(L, -1));
    lua_pushvalue(L, 1);
    lua_pushvalue(L, -2);
    lua_rawset(L, lua_upvalueindex(1));
    return 1;
}

static void open_library(lua_State *L, const char *name, lua_CFunction open) {
    lua_pushcfunction(L, open);
    lua_call(L, 0, 1);
    lua_setfield(L, -2, name);
}

/* Takes a field out of a table of the new globals (at the top of the stack). */
static void remove_from(lua_State *L, const char *library, const char *name) {
    lua_getfield(L, -1, library);
    lua_pushnil(L);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

static void copy_base(lua_State *L) {
    static const char *const allowed[] = {"assert", "error",        "getmetatable", "ipairs",   "next",
                                          "pairs",  "rawequal",     "rawget",       "rawlen",   "rawset",
                                          "select", "setmetatable", "tonumber",     "tostring", "type"};
    lua_pushcfunction(L, luaopen_base);
    lua_call(L, 0, 1); /* the old globals, which nothing can name any more once they are replaced */
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        lua_getfield(L, -1, allowed[i]);
        lua_setfield(L, -3, allowed[i]);
    }
    lua_pop(L, 1);
}

void sandbox_open(lua_State *L, bool (*spent)(lua_State *L)) {
    lua_createtable(L, 0, 32);
    copy_base(L);
    open_library(L, LUA_STRLIBNAME, luaopen_string);
    open_library(L, LUA_TABLIBNAME, luaopen_table);
    open_library(L, LUA_MATHLIBNAME, luaopen_math);
    open_library(L, LUA_UTF8LIBNAME, luaopen_utf8);
    remove_from(L, LUA_STRLIBNAME, "dump");
    remove_from(L, LUA_MATHLIBNAME, "random");
    remove_from(L, LUA_MATHLIBNAME, "randomseed");

    bool (**kept)(lua_State *) = lua_newuserdatauv(L, sizeof *kept, 0);
    *kept = spent;
    lua_pushcclosure(L, bounded_pcall, 1);
    lua_setfield(L, -2, "pcall");

    lua_newtable(L);
    lua_pushcclosure(L, require, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "require");

    lua_insert(L, -2);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}
