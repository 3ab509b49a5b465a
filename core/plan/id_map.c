#include "core/plan/id_map.h"

void id_map_add(struct text *t, const struct id_extent *x, uint32_t count) {
    for (; count > 0; count--, x++) {
        text_u64(t, x->inside);
        text_add(t, " ");
        text_u64(t, x->outside);
        text_add(t, " ");
        text_u64(t, x->size);
        text_add(t, "\n");
    }
}
