/* The commands of locald: one file each, cmd_NAME.c, called by main.c with argv[0] the command's name. */
#ifndef LOCALD_COMMAND_H
#define LOCALD_COMMAND_H

#include "core/client/locald_client.h"

/* Exit statuses of our own: as a shell's and the shim's. */
enum { STATUS_FAILED = 1, STATUS_USAGE = 125, STATUS_ERROR = 125 };

/* "locald: error: ..." and, where there is one, "  hint: ..." on stderr. Returns STATUS_ERROR. */
int say_error(const struct locald_error *e);

/* For `if (bad) return fail(e, ...)`: fills *e, returns -1. errnum 0: no system call is to blame. hint may be
 * NULL. */
int fail(struct locald_error *e, enum locald_code code, int errnum, const char *where, const char *message,
         const char *hint);

int command_run(int argc, char **argv);
int command_help(int argc, char **argv);
int command_admin(int argc, char **argv);
int command_build(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_serve(int argc, char **argv);
int command_start(int argc, char **argv);
int command_stop(int argc, char **argv);
int command_ps(int argc, char **argv);
int command_logs(int argc, char **argv);
int command_wait(int argc, char **argv);

#endif
