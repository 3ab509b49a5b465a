/* The one question that locald ever asks. For commands that a person types, never for the daemon. */
#ifndef LOCALD_OFFER_H
#define LOCALD_OFFER_H

#include "core/client/locald_client.h"

/* Finds the shim. Where none can be used, setup would help, and stdin and stderr are terminals, asks once
 * whether `sudo locald admin setup` shall be run, does it on "y", and looks again. -1: *e is said by the
 * caller. */
int offer_find(struct locald_shim **shim, struct locald_error *e);

#endif
