#include "core/plan/event.h"

#include <string.h>

static const char *const phase_names[PHASE_COUNT] = {
    [PHASE_START] = "start", [PHASE_INTERPRETER] = "interpreter",
    [PHASE_GATE] = "gate",   [PHASE_HOST] = "host",
    [PHASE_CLONE] = "clone", [PHASE_MOUNTS] = "mounts",
    [PHASE_EXEC] = "exec",   [PHASE_PAYLOAD] = "payload",
    [PHASE_END] = "end",
};

void event_line(struct text *t, const struct event *e, const struct phases *phases) {
    text_member(t, "event", e->event);
    text_member_i64(t, e->name, e->value);
    if (e->signal != 0)
        text_member_i64(t, "signal", e->signal);
    for (enum phase p = e->first; p <= e->last; p++) {
        text_add(t, p == e->first ? ",\"microseconds\":{\"" : ",\"");
        text_add(t, phase_names[p]);
        text_add(t, "\":");
        text_u64(t, phases->took[p]);
        text_add(t, p == e->last ? "}" : "");
    }
    text_add(t, "}\n");
}

void event_error(struct text *t, const struct error *e) {
    text_member(t, "event", "error");
    text_member(t, "code", error_name(e->code));
    text_member(t, "origin", e->where);
    text_member(t, "subject", e->subject);
    text_member(t, "message", e->what);
    text_member_i64(t, "errno", e->sys);
    if (e->sys != 0 && strerrordesc_np(e->sys) != NULL)
        text_member(t, "reason", strerrordesc_np(e->sys));
    text_member(t, "hint", e->hint);
    text_add(t, "}\n");
}
