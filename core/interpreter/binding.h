/*
 * binding: the table `core` that the Lua modules see, made from the operations table.
 *
 *   core.NAME(origin, fields)   appends one step to the plan; performs nothing. fields has every field of the
 * operation and no other: numbers are integers (64-bit patterns may be negative), lists are arrays
 *   core.ops[NAME]              { phase = integer, stage = "host", "child" or "init" }
 *   core.compile_seccomp(bytes) a filter's request (compile.h) to the list of the program's numbers, two an
 *                               instruction; or nil, what is at fault, its index from 1, a number
 *   core.syscall_known(name)    whether libseccomp knows a system call of that name
 *
 * A call that does not fit the table (a field missing, unknown or of the wrong type) is the maintainer's
 * fault and an internal one; a value over its bound or with NUL is the bundle's, and becomes a refusal that
 * names the origin.
 */
#ifndef LOCALD_INTERPRETER_BINDING_H
#define LOCALD_INTERPRETER_BINDING_H

#include <lua.h>

#include "core/interpreter/lock.h"
#include "core/plan/plan.h"

struct binding {
    struct wire_writer plan;
    uint32_t steps;
    struct lock_files *files;
};

/* Begins a plan in `room` (size bytes). Borrows room and files for the binding's life. */
void binding_begin(struct binding *b, uint8_t *room, size_t size, struct lock_files *files);

/* Pushes the table `core`; its functions borrow b. Raises Lua errors. */
void binding_push(lua_State *L, struct binding *b);

/* Writes the trailer. 0 and the plan is b->plan.len bytes long; -1 with E_PLAN_SIZE. */
int binding_end(struct binding *b, struct error *e);

#endif
