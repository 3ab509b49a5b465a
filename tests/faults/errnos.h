/* errnos: what the kernel could answer to a system call. */
#ifndef FAULTS_ERRNOS_H
#define FAULTS_ERRNOS_H

/* Ends with 0: KILL_HERE is no error. Empty for calls that can't fail. */
const int *errnos_of(int number);

/* The call's name where the table has it, else "". */
const char *errnos_name(int number);

#endif
