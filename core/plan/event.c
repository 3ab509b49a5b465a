#include "core/plan/event.h"

#include <string.h>

void event_line(struct text *t, const char *event, const char *name, int value, int signal) {
    text_member(t, "event", event);
    text_member_i64(t, name, value);
    if (signal != 0)
        text_member_i64(t, "signal", signal);
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
