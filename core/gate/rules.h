/*
 * rules: what several of the gate's rules ask. Pure, like all of the gate; each fills *e with the step's
 * origin. Codes: E_CONFIG_VALUE for what a config.json can say, E_PLAN_FORMAT for what only a broken or
 * hostile interpreter can say, E_AUTHORITY for what this caller may not ask.
 */
#ifndef LOCALD_GATE_RULES_H
#define LOCALD_GATE_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/gate/gate.h"

/* The rules of an operation that nobody can ask too much of. */
#define RULE_NONE(name)                                                                                      \
    int gate_##name(__attribute__((unused)) struct gate *g, __attribute__((unused)) const struct step *s,    \
                    __attribute__((unused)) struct error *e) {                                               \
        return 0;                                                                                            \
    }

enum { GATE_UID, GATE_GID }; /* idmap.kind, and the index of gate.extents */

/* The path begins with a slash. 0 or -1. */
int rule_absolute(const struct step *s, const char *path, struct error *e);

/* Only MOUNT_ATTR_* that the shim knows, with one atime value; not MOUNT_ATTR_IDMAP. 0 or -1.
 * mount_setattr(2) */
int rule_attr(const struct step *s, uint64_t attr, struct error *e);

/* A pair for mount_setattr(2): known bits, disjoint, and the atime field cleared as a whole if it is touched
 * at all. */
int rule_attr_pair(const struct step *s, uint64_t set, uint64_t clr, struct error *e);

/* A caller who is not root has nosuid and nodev in `set` and not in `clr`. 0 or -1. */
int rule_no_gain(const struct gate *g, const struct step *s, uint64_t set, uint64_t clr, struct error *e);

/* Each value is one of MS_SHARED, MS_PRIVATE, MS_SLAVE, MS_UNBINDABLE, perhaps with MS_REC. mount(2) */
int rule_propagation(const struct step *s, const struct plan_u32s *list, struct error *e);

/* The plan's new namespaces have `flag`, which config.json calls `word`. 0 or -1. */
int rule_namespace(const struct gate *g, const struct step *s, uint32_t flag, const char *word,
                   struct error *e);

/* The id is mapped into the container; without a user namespace every id but 4294967295 is. */
bool rule_mapped(const struct gate *g, int kind, uint32_t id);

/* The file delegates each of the ids first .. first+size-1 to the caller. Ranges that touch or overlap count
 * as one, as for newuidmap(1): what is asked is whether each id is delegated, not on how many lines. */
bool rule_delegated(const struct caller *c, int kind, uint32_t first, uint32_t size);

#endif
