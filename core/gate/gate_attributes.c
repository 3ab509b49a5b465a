/* The rules of the process's attributes: OOM score, scheduling, I/O priority, personality, memory policy. */
#include <stdbool.h>

#include "core/gate/rules.h"

/* The rules of an operation whose values have to be some that Linux has. Who may have which is the kernel's
 * to say. */
#define RULE_VALUES(name, fits)                                                                              \
    int gate_##name(__attribute__((unused)) struct gate *g, const struct step *s, struct error *e) {         \
        const struct op_##name *o = &s->as.name;                                                             \
        return (fits) ? 0 : error_set(e, E_CONFIG_VALUE, 0, s->origin, "has a value that is not given");     \
    }

/* Signed numbers travel as their 32-bit pattern. */
static bool between(uint32_t pattern, int32_t least, int32_t most) {
    return pattern - (uint32_t)least <= (uint32_t)(most - least);
}

/* As ops.def bounds them; there is no policy 4, and no execution domain between 0 and 8. */
RULE_VALUES(oom_score, between(o->adj, -1000, 1000))
RULE_VALUES(scheduler, o->policy <= 6 && o->policy != 4 && o->flags <= 31 && o->priority <= 99 &&
                           between(o->nice, -20, 19))
RULE_VALUES(ioprio, between(o->class, 1, 3) && o->level <= 7)
RULE_VALUES(personality, o->domain == 0 || o->domain == 8)
RULE_VALUES(mempolicy, o->mode <= 6 && (o->flags & ~UINT32_C(0xe000)) == 0)
