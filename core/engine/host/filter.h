/* filter: the waiting monitor's (and keeper's) seccomp filter: what waiting, forwarding and cleaning up take.
 * No execve, no clone, no mount, no socket. seccomp(2). */
#ifndef LOCALD_ENGINE_HOST_FILTER_H
#define LOCALD_ENGINE_HOST_FILTER_H

/* Sets no_new_privs and installs the filter for good; a call outside of it ends the process. 0, or -1 with
 * errno. */
int filter_install(void);

#endif
