/* modules: the Lua modules in the binary, compiled to bytecode by core/tools/embed.c. Nothing is loaded from
 * disk. */
#ifndef LOCALD_INTERPRETER_MODULES_H
#define LOCALD_INTERPRETER_MODULES_H

#include <stddef.h>

struct lua_module {
    const char *name; /* as require() is called: "lib.node" */
    const unsigned char *bytes;
    size_t size;
};

/* The module of that name, or NULL. Defined by the generated build/lua_modules.c (the unit tests have their
 * own). */
const struct lua_module *lua_module_find(const char *name);

#endif
