/* Times, in milliseconds. */
#ifndef LOCALD_CLOCK_H
#define LOCALD_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int64_t clock_now(void);  /* monotonic */
int64_t clock_wall(void); /* since 1970 */

/* In UTC: 2026-11-25T08:00:00.000Z; for names of files without what separates. */
void clock_stamp(char *text, size_t size, int64_t wall, bool for_names);

#endif
