/*
 * sandbox: what the Lua modules can name: pure functions, and require for the modules in the binary.
 * No load, no io, os, package, debug, coroutine; no randomness.
 */
#ifndef LOCALD_INTERPRETER_SANDBOX_H
#define LOCALD_INTERPRETER_SANDBOX_H

#include <lua.h>
#include <stdbool.h>

/* Replaces the state's globals and pushes its `require`. `spent` is asked by pcall after a failure: when it
 * says true, the failure goes on, so that Lua can't swallow a bound. Raises Lua errors. */
void sandbox_open(lua_State *L, bool (*spent)(lua_State *L));

#endif
