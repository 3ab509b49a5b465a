/* The text of a config.json. */
#ifndef LOCALD_BUNDLE_JSON_H
#define LOCALD_BUNDLE_JSON_H

#include "core/locald/bundle.h"
#include "core/locald/ids.h"
#include "core/locald/user.h"

/* Gives the document's text (free(3)), or NULL and the error. */
char *bundle_json(const struct bundle *bundle, const struct ids *ids, const struct user *user,
                  struct locald_error *e);

#endif
