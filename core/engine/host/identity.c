#include "core/engine/host/identity.h"

#include <errno.h>
#include <unistd.h>

#include "core/engine/priv.h"
#include "core/plan/plan.h"

int identity_root(uint64_t caps) {
    if (setresuid((uid_t)-1, 0, (uid_t)-1) != 0)
        return -1;
    if (priv_raise(caps) == 0)
        return 0;
    identity_caller();
    return -1;
}

void identity_caller(void) {
    int saved = errno;
    priv_lower();
    uid_t real = getuid();
    if (geteuid() != real && (setresuid((uid_t)-1, real, (uid_t)-1) != 0 || geteuid() != real))
        priv_fatal();
    errno = saved;
}

void identity_files(void) {
    if (getuid() == 0 && priv_raise(CAP(DAC_OVERRIDE) | CAP(DAC_READ_SEARCH) | CAP(FOWNER)) != 0)
        priv_fatal();
}
