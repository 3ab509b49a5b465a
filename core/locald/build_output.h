/* What the lifecycle prints: passed on, its phases timed, its last lines kept for a crash log. */
#ifndef LOCALD_BUILD_OUTPUT_H
#define LOCALD_BUILD_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define OUTPUT_LINES  200
#define OUTPUT_LINE   1024 /* what is longer is cut in the log, and in the search for a phase */
#define OUTPUT_PHASES 32

struct build_phase {
    char name[32];
    int64_t began, ended; /* milliseconds */
};

struct build_output {
    bool quiet; /* only the lines of phases are passed on */
    FILE *out;
    char line[OUTPUT_LINE];
    size_t len;
    char last[OUTPUT_LINES][OUTPUT_LINE];
    size_t count; /* of all lines */
    struct build_phase phases[OUTPUT_PHASES];
    size_t phase_count;
};

/* The next bytes; now is in milliseconds. */
void build_output_take(struct build_output *o, const char *bytes, size_t len, int64_t now);

/* The end: a line without newline is one too. */
void build_output_end(struct build_output *o, int64_t now);

/* The phase that it is in, or "" before the first. */
const char *build_output_phase(const struct build_output *o);

void build_output_durations(const struct build_output *o, FILE *out);
void build_output_last(const struct build_output *o, FILE *out);

#endif
