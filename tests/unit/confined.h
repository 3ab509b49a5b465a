/* For tests of confined children: who the caller is, how a child ended. Include it in one file of a test. */
#ifndef LOCALD_TESTS_CONFINED_H
#define LOCALD_TESTS_CONFINED_H

#include <sys/wait.h>
#include <unistd.h>

#include "core/plan/facts.h"

#define OTHER_ID 12345u

/* AddressSanitizer calls this before each function that does not return; its own asks sigaltstack(2), which
 * the filter kills for. */
#ifdef __SANITIZE_ADDRESS__
void __asan_handle_no_return(void);
void __asan_handle_no_return(void) {}
#endif

/* As root: a caller who is somebody else, as the monitor of a setuid binary has one. */
static struct facts facts_here(void) {
    bool root = geteuid() == 0;
    return (struct facts){.caller = {.uid = root ? OTHER_ID : getuid(), .gid = root ? OTHER_ID : getgid()}};
}

static int ended(pid_t pid) {
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

#endif
