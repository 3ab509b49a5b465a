#include "core/locald/build_output.h"

#include <string.h>

#define ARROW "===> "

static void begin_phase(struct build_output *o, int64_t now) {
    const char *name = o->line + strlen(ARROW);
    size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_");
    if (len == 0 || len >= sizeof o->phases[0].name || o->phase_count == OUTPUT_PHASES)
        return;
    if (o->phase_count > 0)
        o->phases[o->phase_count - 1].ended = now;
    struct build_phase *phase = &o->phases[o->phase_count++];
    memcpy(phase->name, name, len);
    phase->name[len] = '\0';
    phase->began = phase->ended = now;
}

static void end_line(struct build_output *o, int64_t now) {
    o->line[o->len] = '\0';
    memcpy(o->last[o->count++ % OUTPUT_LINES], o->line, o->len + 1);
    bool phase = strncmp(o->line, ARROW, strlen(ARROW)) == 0;
    if (phase)
        begin_phase(o, now);
    if (phase && o->quiet)
        (void)fprintf(o->out, "%s\n", o->line);
    o->len = 0;
}

void build_output_take(struct build_output *o, const char *bytes, size_t len, int64_t now) {
    if (!o->quiet)
        (void)fwrite(bytes, 1, len, o->out);
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\n')
            end_line(o, now);
        else if (o->len < sizeof o->line - 1)
            o->line[o->len++] = bytes[i];
    }
    (void)fflush(o->out);
}

void build_output_end(struct build_output *o, int64_t now) {
    if (o->len > 0)
        end_line(o, now);
    if (o->phase_count > 0)
        o->phases[o->phase_count - 1].ended = now;
    (void)fflush(o->out);
}

const char *build_output_phase(const struct build_output *o) {
    return o->phase_count == 0 ? "" : o->phases[o->phase_count - 1].name;
}

void build_output_durations(const struct build_output *o, FILE *out) {
    for (size_t i = 0; i < o->phase_count; i++) {
        int64_t took = o->phases[i].ended - o->phases[i].began;
        (void)fprintf(out, "locald: %-10s %lld.%lld s\n", o->phases[i].name, (long long)(took / 1000),
                      (long long)(took % 1000 / 100));
    }
}

void build_output_last(const struct build_output *o, FILE *out) {
    size_t kept = o->count < OUTPUT_LINES ? o->count : OUTPUT_LINES;
    for (size_t i = o->count - kept; i < o->count; i++)
        (void)fprintf(out, "%s\n", o->last[i % OUTPUT_LINES]);
}
