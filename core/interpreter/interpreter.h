/*
 * interpreter: the confined side. Runs in a child that the monitor forked for it and never returns: it gives
 * up all privilege, reads config.json, runs the embedded Lua and writes one plan (or one error) to out_fd.
 *
 * Everything here faces hostile bytes with no power: the caller's ids, no capability, no_new_privs, not
 * dumpable, rlimits, a seccomp filter. Nothing here is linked into or included by gate and engine.
 */
#ifndef LOCALD_INTERPRETER_INTERPRETER_H
#define LOCALD_INTERPRETER_INTERPRETER_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/secret.h"
#include "core/plan/facts.h"

#define INTERPRETER_CONFIG_MAX  ((size_t)4 << 20)  /* bytes of config.json */
#define INTERPRETER_MEMORY_MAX  ((size_t)96 << 20) /* bytes of Lua heap */
#define INTERPRETER_STEPS_MAX   100000000          /* Lua instructions */
#define INTERPRETER_CPU_SECONDS 5
#ifdef __SANITIZE_ADDRESS__ /* the unit tests: AddressSanitizer's shadow takes terabytes of addresses */
#define INTERPRETER_ADDRESS_MAX SIZE_MAX
#else
#define INTERPRETER_ADDRESS_MAX ((size_t)256 << 20) /* program, config.json, heap, plan, cjson's buffer */
#endif

/* The whole life of the interpreter. Takes config_fd and out_fd; all other descriptors are closed. With a
 * secret that is known, a plan may come from the caller's cache (cache.h), and goes there. The exit status is
 * 0 when a plan or an error was written whole, else 1. */
_Noreturn void interpreter_main(int config_fd, int out_fd, const struct facts *facts,
                                const struct secret *secret);

#endif
