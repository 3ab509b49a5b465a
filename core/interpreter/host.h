/*
 * host: one Lua state, bounded in memory and instructions, that turns config.json into a plan.
 */
#ifndef LOCALD_INTERPRETER_HOST_H
#define LOCALD_INTERPRETER_HOST_H

#include <stddef.h>

#include "core/base/error.h"
#include "core/base/wire.h"
#include "core/interpreter/lock.h"
#include "core/plan/facts.h"

/* Starts the clock after which Lua's instructions are counted; without it lua_host_run counts none. Called
 * once, before the system call filter. 0, or -1 with errno. setitimer(2) */
int lua_host_arm(void);

/* Calls require("translate").run(text, facts, core). 0: the whole plan is in `plan`, whose bytes and size the
 * caller gives. -1: the bundle is refused (what Lua said), a bound was hit (E_INTERPRETER_MEMORY,
 * E_INTERPRETER_STEPS, E_PLAN_SIZE), or Lua failed (E_INTERPRETER). Runs in the interpreter; borrows all;
 * frees nothing of Lua's but the heap as a whole. */
int lua_host_run(const char *text, size_t len, const struct facts *facts, struct lock_files *files,
                 struct wire_writer *plan, struct error *e);

#endif
