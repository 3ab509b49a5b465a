#include "core/engine/priv.h"

#include <sys/capability.h>
#include <unistd.h>

#include "core/base/fd.h"

/* capset(2) takes 64 bits as two halves, the low one first. */
#define HALVES 2

struct priv_sets priv_read(void) {
    struct priv_sets sets;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct half[HALVES] = {0};
    if (capget(&header, half) != 0)
        priv_fatal();
    sets.effective = half[0].effective | (uint64_t)half[1].effective << 32;
    sets.permitted = half[0].permitted | (uint64_t)half[1].permitted << 32;
    sets.inheritable = half[0].inheritable | (uint64_t)half[1].inheritable << 32;
    return sets;
}

int priv_write(const struct priv_sets *sets) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct half[HALVES];
    for (unsigned i = 0; i < HALVES; i++)
        half[i] = (struct __user_cap_data_struct){.effective = (uint32_t)(sets->effective >> (32 * i)),
                                                  .permitted = (uint32_t)(sets->permitted >> (32 * i)),
                                                  .inheritable = (uint32_t)(sets->inheritable >> (32 * i))};
    return capset(&header, half);
}

int priv_set_effective(const struct priv_sets *sets, uint64_t caps) {
    const struct priv_sets wanted = {caps & sets->permitted, sets->permitted, sets->inheritable};
    return priv_write(&wanted);
}

int priv_raise(uint64_t caps) {
    const struct priv_sets sets = priv_read();
    return priv_set_effective(&sets, caps);
}

void priv_fatal(void) {
    static const char line[] =
        "locald-shim: error: privilege: it could not be read or given up [E_INTERNAL]\n";
    (void)write_full(2, line, sizeof line - 1);
    _exit(125);
}

void priv_lower(void) {
    if (priv_raise(0) != 0)
        priv_fatal();
}

uint64_t priv_permitted(void) {
    return priv_read().permitted;
}

int priv_keep_only(uint64_t caps) {
    return priv_write(&(struct priv_sets){.permitted = caps & priv_permitted()});
}
