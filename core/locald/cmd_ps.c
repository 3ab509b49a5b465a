/* locald ps and logs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/locald/command.h"
#include "core/locald/talk.h"

/* A number that says nothing now, as the pid of a service that is over, is a dash. */
static const char *number(const json_t *s, const char *key, bool known, char text[12]) {
    (void)snprintf(text, 12, "%d", (int)json_integer_value(json_object_get(s, key)));
    return known ? text : "-";
}

static void print_table(const json_t *services) {
    size_t i;
    json_t *s;
    (void)printf("%-24s %-9s %8s %-24s %s\n", "NAME", "STATE", "PID", "SINCE", "STATUS");
    json_array_foreach(services, i, s) {
        char name[80], state[16], since[40], pid[12], status[12];
        talk_text(s, "name", name, sizeof name);
        talk_text(s, "state", state, sizeof state);
        talk_text(s, "since", since, sizeof since);
        bool there = json_integer_value(json_object_get(s, "pid")) > 0 || strcmp(state, "starting") == 0;
        (void)printf("%-24s %-9s %8s %-24s %s\n", name, state, number(s, "pid", there, pid), since,
                     number(s, "status", !there, status));
    }
}

int command_ps(int argc, char **argv) {
    struct locald_error e;
    json_t *answer = talk_once(&argc, &argv, json_pack("{s:s}", "do", "ps"), &e);
    bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if (answer != NULL && argc > 1 && !json) {
        json_decref(answer);
        answer = NULL;
        (void)fail(&e, LOCALD_E_ARGUMENT, 0, argv[1], "is not understood", "run: locald ps --help");
    }
    if (answer == NULL)
        return say_error(&e);
    if (json)
        (void)(json_dumpf(answer, stdout, JSON_COMPACT) == 0 && puts("") > 0);
    else
        print_table(json_object_get(answer, "services"));
    json_decref(answer);
    return fflush(stdout) == 0 ? 0 : STATUS_ERROR;
}

/* On a terminal without what could drive it. */
static bool print_line(const char *line, size_t len, bool terminal) {
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)line[i];
        bool drives = terminal && ((c < 0x20 && c != '\t') || c == 0x7f ||
                                   (c == 0xc2 && i + 1 < len && (unsigned char)line[i + 1] < 0xa0));
        if (drives ? printf("\\x%02x", c) < 0 : putchar(c) == EOF)
            return false;
    }
    return putchar('\n') != EOF && fflush(stdout) == 0;
}

static int print_log(struct talk *talk, struct locald_error *e) {
    bool terminal = isatty(STDOUT_FILENO) == 1;
    for (;;) {
        json_t *answer = talk_next(talk, e);
        const json_t *line = json_object_get(answer, "line");
        bool more = line != NULL && print_line(json_string_value(line) == NULL ? "" : json_string_value(line),
                                               json_string_length(line), terminal);
        bool broken = answer == NULL;
        json_decref(answer);
        if (!more)
            return broken ? -1 : 0;
    }
}

static int take_lines(json_t *o, const char *value, struct locald_error *e) {
    char *end = NULL;
    long lines = value == NULL ? 0 : strtol(value, &end, 10);
    if (value == NULL || end == value || *end != '\0')
        return fail(e, LOCALD_E_ARGUMENT, 0, "--lines", "expected a number", "run: locald logs --help");
    return json_object_set_new(o, "lines", json_integer(lines));
}

static json_t *parse(int argc, char **argv, struct locald_error *e) {
    json_t *o = json_pack("{s:s}", "do", "logs");
    int rc = 0;
    for (int i = 1; i < argc && rc == 0; i++) {
        if (strcmp(argv[i], "--follow") == 0)
            (void)json_object_set_new(o, "follow", json_true());
        else if (strcmp(argv[i], "--lines") == 0)
            rc = take_lines(o, argv[++i], e); /* behind the last one is NULL */
        else if (argv[i][0] != '-' && json_object_get(o, "name") == NULL)
            (void)json_object_set_new(o, "name", json_string(argv[i]));
        else
            rc = fail(e, LOCALD_E_ARGUMENT, 0, argv[i], "is not understood", "run: locald logs --help");
    }
    return talk_named(o, rc, e);
}

int command_logs(int argc, char **argv) {
    struct locald_error e;
    struct talk *talk = NULL;
    if (talk_open(&argc, &argv, &talk, &e) != 0)
        return say_error(&e);
    json_t *request = parse(argc, argv, &e);
    int rc = request != NULL && talk_send(talk, request, &e) == 0 ? print_log(talk, &e) : -1;
    talk_close(talk);
    return rc == 0 ? 0 : say_error(&e);
}
