/* filter: the system calls that are left to the interpreter. */
#ifndef LOCALD_INTERPRETER_FILTER_H
#define LOCALD_INTERPRETER_FILTER_H

/* Loads the filter into the calling process, for good; needs no_new_privs. 0, or -1 with errno. From then on
 * every call that is not on filter.c's list kills the process with SIGSYS. seccomp(2). */
int filter_load(void);

#endif
