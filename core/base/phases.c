#include "core/base/phases.h"

#include <time.h>

uint64_t phases_now(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void phases_begin(struct phases *p) {
    p->since = phases_now();
}

void phases_end(struct phases *p, enum phase phase) {
    uint64_t end = phases_now();
    p->took[phase] = end - p->since;
    p->since = end;
}

void phases_split(struct phases *p, enum phase whole, enum phase part, uint64_t microseconds) {
    p->took[part] = microseconds < p->took[whole] ? microseconds : p->took[whole];
    p->took[whole] -= p->took[part];
}
