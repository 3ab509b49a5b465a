/*
 * subid: reads the text of /etc/subuid or /etc/subgid (subuid(5)). Pure; no NSS.
 */
#ifndef LOCALD_PARSE_SUBID_H
#define LOCALD_PARSE_SUBID_H

#include <stddef.h>
#include <stdint.h>

#include "core/plan/facts.h"

/* Appends to `ranges` (room for `most`) the ranges of lines whose first field is exactly `name` or the
 * decimal `uid`; name may be "". Lines that are malformed, hold id 0 or 4294967295, wrap, or have count 0 are
 * skipped. Returns how many. */
uint32_t subid_parse(const char *text, size_t len, const char *name, uint32_t uid, struct id_range *ranges,
                     uint32_t most);

/* Makes the map of all that is this user's: 0 is the own id, the ranges follow; one that overlaps another is
 * left out. Returns how many extents; map has room for count + 1. */
uint32_t subid_map(uint32_t own, const struct id_range *ranges, uint32_t count, struct id_extent *map);

/* What an id of a map's inside is outside: the id itself where the map does not have it. */
uint32_t subid_outside(const struct id_extent *map, uint32_t count, uint32_t inside);

/* Copies into name (size bytes) the login name of uid from the text of /etc/passwd (passwd(5)); "" when there
 * is none. Exact decimal match on the third field; the first line wins. */
void passwd_name(const char *text, size_t len, uint32_t uid, char *name, size_t size);

#endif
