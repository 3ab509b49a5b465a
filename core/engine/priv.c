#include "core/engine/priv.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/capability.h>

static int set_flag(cap_t caps, cap_flag_t flag, uint64_t mask) {
    if (cap_clear_flag(caps, flag) != 0)
        return -1;
    for (cap_value_t c = 0; c < 64; c++) {
        if ((mask >> c & 1) != 0 && cap_set_flag(caps, flag, 1, &c, CAP_SET) != 0)
            return -1;
    }
    return 0;
}

static uint64_t get_flag(cap_t caps, cap_flag_t flag) {
    uint64_t mask = 0;
    for (cap_value_t c = 0; c < 64; c++) {
        cap_flag_value_t on = CAP_CLEAR;
        if (cap_get_flag(caps, c, flag, &on) == 0 && on == CAP_SET)
            mask |= UINT64_C(1) << c;
    }
    return mask;
}

uint64_t priv_permitted(void) {
    cap_t caps = cap_get_proc();
    uint64_t mask = caps != NULL ? get_flag(caps, CAP_PERMITTED) : 0;
    (void)cap_free(caps);
    return mask;
}

int priv_raise(uint64_t wanted) {
    cap_t caps = cap_get_proc();
    if (caps == NULL)
        return -1;
    int rc = set_flag(caps, CAP_EFFECTIVE, wanted & get_flag(caps, CAP_PERMITTED));
    if (rc == 0)
        rc = cap_set_proc(caps);
    int saved = errno;
    (void)cap_free(caps);
    errno = saved;
    return rc;
}

void priv_lower(void) {
    if (priv_raise(0) != 0)
        abort();
}

int priv_keep_only(uint64_t kept) {
    cap_t caps = cap_get_proc();
    if (caps == NULL)
        return -1;
    uint64_t permitted = kept & get_flag(caps, CAP_PERMITTED);
    int rc = cap_clear(caps);
    if (rc == 0)
        rc = set_flag(caps, CAP_PERMITTED, permitted);
    if (rc == 0)
        rc = cap_set_proc(caps);
    int saved = errno;
    (void)cap_free(caps);
    errno = saved;
    return rc;
}
