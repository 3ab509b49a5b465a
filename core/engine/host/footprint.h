/* footprint: a shim that only waits for its container needs little memory. */
#ifndef LOCALD_ENGINE_HOST_FOOTPRINT_H
#define LOCALD_ENGINE_HOST_FOOTPRINT_H

#define FOOTPRINT_MILLISECONDS                                                                               \
    200 /* of waiting, before it pays: what is dropped has to come back at the end */

/* Gives back the pages of our own code and constants that starting took; what waiting needs is read in again
 * from the page cache, page by page. Changes nothing but memory. madvise(2). */
void footprint_shrink(void);

#endif
