/*
 * oci_state: the OCI state object (runtime-spec, runtime.md "State") as JSON, for state.json, hooks and the
 * seccomp listener. Pure.
 */
#ifndef LOCALD_PLAN_OCI_STATE_H
#define LOCALD_PLAN_OCI_STATE_H

#include "core/base/text.h"

struct oci_state {
    const char *oci_version, *id, *status, *bundle;
    const char *annotations; /* a JSON object on one line, or "" */
    int64_t pid;             /* as the reader of the object sees it */
};

/* Bytes that are enough for the object; without the size of what else goes into the text. */
size_t oci_state_size(const struct oci_state *s);

/* Appends the object. */
void oci_state_add(struct text *t, const struct oci_state *s);

/* Appends the container process state (config-linux.md, "The Container Process State"): the object with the
 * seccomp listener's metadata around it. Takes, beside the object's size, that again, and six bytes for each
 * of metadata's. */
void oci_state_add_process(struct text *t, const struct oci_state *s, const char *metadata);

#endif
