/* The daemon's clients: a request, and answers line by line. */
#ifndef LOCALD_TALK_H
#define LOCALD_TALK_H

#include <jansson.h>

#include "core/client/locald_client.h"

struct talk;

/* Takes "--dir DIR" off the front of argv; else $HOME. Connects. */
int talk_open(int *argc, char ***argv, struct talk **talk, struct locald_error *e);
int talk_send(struct talk *talk, json_t *request, struct locald_error *e); /* takes the request */
/* The next answer, or NULL with *e: also for one that is not ok. */
json_t *talk_next(struct talk *talk, struct locald_error *e);
void talk_close(struct talk *talk);

/* The request, if it was understood (rc 0, else *e says what was not) and names a service; else NULL with *e.
 * Takes it. */
json_t *talk_named(json_t *request, int rc, struct locald_error *e);

/* All three, for a request with one answer. Takes the request. */
json_t *talk_once(int *argc, char ***argv, json_t *request, struct locald_error *e);

/* A number of seconds, or -1 with *e. */
int talk_seconds(const char *option, const char *text, double *seconds, struct locald_error *e);

/* The text of a member of a service, without control bytes. */
void talk_text(const json_t *o, const char *key, char *text, size_t size);

#endif
