/* The requests that `locald serve` takes: a JSON object a line. docs/locald.md has them all. */
#ifndef LOCALD_PROTOCOL_H
#define LOCALD_PROTOCOL_H

#include <jansson.h>
#include <stdint.h>

#include "core/locald/bundle.h"

#define REQUEST_MAX      65536
#define REQUEST_ARGS_MAX 1024
#define REQUEST_ENV_MAX  256

enum request_do { REQUEST_START, REQUEST_STOP, REQUEST_PS, REQUEST_LOGS, REQUEST_WAIT };

struct request {
    enum request_do what;
    json_t *root; /* owned: request_free. All text below is its. */
    const char *name, *rootfs, *cwd, *user;
    const char *args[REQUEST_ARGS_MAX + 1], *env[REQUEST_ENV_MAX + 1];
    struct bundle_bind binds[BUNDLE_BINDS_MAX];
    size_t bind_count;
    int64_t grace, timeout; /* milliseconds; -1: none was given */
    int64_t lines;
    bool follow, exited;
};

/* 0, or -1 with *e, whose `where` is the member, and nothing to free. */
int request_parse(const char *line, size_t len, struct request *r, struct locald_error *e);
void request_free(struct request *r);

/* {"ok":false,"error":{...}}; NULL when there is no memory. */
json_t *answer_error(const struct locald_error *e);

/* Of an answer's error member, or of nonsense. */
void answer_read_error(const json_t *answer, struct locald_error *e);

#endif
