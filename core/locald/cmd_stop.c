/* locald stop and wait: until a service is gone, or there. */
#include <stdio.h>
#include <string.h>

#include "core/locald/command.h"
#include "core/locald/talk.h"

/* NAME and options with a value. Gives the request, or NULL with *e. */
static json_t *parse(int argc, char **argv, const char *what, const char *number, bool until,
                     struct locald_error *e) {
    json_t *o = json_pack("{s:s}", "do", what);
    double seconds = 0;
    int rc = 0;
    for (int i = 1; i < argc && rc == 0; i++) {
        if (strcmp(argv[i], number) == 0 && i + 1 < argc) {
            rc = talk_seconds(number, argv[++i], &seconds, e);
            (void)json_object_set_new(o, number + 2, json_real(seconds));
        } else if (until && strcmp(argv[i], "--for") == 0 && i + 1 < argc) {
            (void)json_object_set_new(o, "for", json_string(argv[++i]));
        } else if (argv[i][0] == '-' || json_object_get(o, "name") != NULL) {
            bool lacks = strcmp(argv[i], number) == 0 || (until && strcmp(argv[i], "--for") == 0);
            char hint[64];
            (void)snprintf(hint, sizeof hint, "run: locald %s --help", what);
            rc =
                fail(e, LOCALD_E_ARGUMENT, 0, argv[i], lacks ? "lacks its value" : "is not understood", hint);
        } else {
            (void)json_object_set_new(o, "name", json_string(argv[i]));
        }
    }
    return talk_named(o, rc, e);
}

static json_t *ask(int argc, char **argv, const char *what, const char *number, bool until,
                   struct locald_error *e) {
    struct talk *talk = NULL;
    json_t *answer = NULL;
    if (talk_open(&argc, &argv, &talk, e) != 0)
        return NULL;
    json_t *request = parse(argc, argv, what, number, until, e);
    if (request != NULL && talk_send(talk, request, e) == 0)
        answer = talk_next(talk, e);
    talk_close(talk);
    return answer;
}

int command_stop(int argc, char **argv) {
    struct locald_error e;
    json_t *answer = ask(argc, argv, "stop", "--grace", false, &e);
    if (answer == NULL)
        return say_error(&e);
    json_decref(answer);
    return 0;
}

/* The status of a service that ended; 0 for one that runs. */
int command_wait(int argc, char **argv) {
    struct locald_error e;
    json_t *answer = ask(argc, argv, "wait", "--timeout", true, &e);
    if (answer == NULL)
        return say_error(&e);
    int status = (int)json_integer_value(json_object_get(json_object_get(answer, "service"), "status"));
    json_decref(answer);
    return status;
}
