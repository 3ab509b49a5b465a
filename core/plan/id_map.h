/* id_map: the text of uid_map and gid_map. user_namespaces(7). Pure. */
#ifndef LOCALD_PLAN_ID_MAP_H
#define LOCALD_PLAN_ID_MAP_H

#include "core/base/text.h"
#include "core/plan/facts.h"

/* "INSIDE OUTSIDE SIZE\n" for each extent; at most 34 bytes. */
void id_map_add(struct text *t, const struct id_extent *x, uint32_t count);

#endif
