#include "core/plan/oci_state.h"

#include <string.h>

size_t oci_state_size(const struct oci_state *s) {
    const size_t escaped = 6; /* bytes for one */
    return strlen(s->annotations) +
           escaped * (strlen(s->oci_version) + strlen(s->id) + strlen(s->bundle) + strlen(s->status)) + 256;
}

void oci_state_add(struct text *t, const struct oci_state *s) {
    struct text o = text_in(t->bytes + t->len, t->size - t->len);
    text_member(&o, "ociVersion", s->oci_version);
    text_member(&o, "id", s->id);
    text_member(&o, "status", s->status);
    text_member_i64(&o, "pid", s->pid);
    text_member(&o, "bundle", s->bundle);
    text_key(&o, "annotations");
    text_add(&o, s->annotations[0] != '\0' ? s->annotations : "{}");
    text_add(&o, "}");
    t->len += o.len;
    t->cut |= o.cut;
}

void oci_state_add_process(struct text *t, const struct oci_state *s, const char *metadata) {
    text_member(t, "ociVersion", s->oci_version);
    text_member_i64(t, "pid", s->pid);
    text_add(t, ",\"fds\":[\"seccompFd\"]");
    text_member(t, "metadata", metadata);
    text_key(t, "state");
    oci_state_add(t, s);
    text_add(t, "}");
}
