/* locald start: a service, by the daemon. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/locald/command.h"
#include "core/locald/launch.h"
#include "core/locald/talk.h"

static json_t *texts(const char *const *list) {
    json_t *array = json_array();
    for (; *list != NULL; list++)
        if (json_array_append_new(array, json_string(*list)) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static json_t *binds(const struct launch *l) {
    json_t *array = json_array();
    for (size_t i = 0; i < l->bind_count; i++) {
        const struct bundle_bind *b = &l->binds[i];
        if (json_array_append_new(array, json_pack("{s:s, s:s, s:b}", "source", b->source, "destination",
                                                   b->destination, "read_only", (int)b->read_only)) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *request_of(const struct launch *l) {
    json_t *o = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "do", "start", "name", l->name, "rootfs",
                          l->rootfs, "args", texts(l->args), "env", texts(l->env), "binds", binds(l));
    if (o != NULL && l->cwd != NULL && json_object_set_new(o, "cwd", json_string(l->cwd)) != 0)
        return NULL;
    if (o != NULL && l->user != NULL && json_object_set_new(o, "user", json_string(l->user)) != 0)
        return NULL;
    return o;
}

int command_start(int argc, char **argv) {
    struct locald_error e;
    struct talk *talk = NULL;
    struct launch *l = calloc(1, sizeof *l);
    json_t *answer = NULL;
    bool parsed =
        l != NULL && talk_open(&argc, &argv, &talk, &e) == 0 && launch_parse(argc, argv, l, &e) == 0;
    if (l == NULL)
        (void)fail(&e, LOCALD_E_SYSTEM, 0, "", "no memory", NULL);
    else if (parsed && l->name == NULL)
        (void)fail(&e, LOCALD_E_ARGUMENT, 0, "--name", "is required",
                   "run: locald start --name NAME -- COMMAND");
    else if (parsed && l->tty)
        (void)fail(&e, LOCALD_E_ARGUMENT, 0, "--tty", "a service has no terminal",
                   "run: locald run --tty -- COMMAND");
    else if (parsed && launch_look(l, &e) == 0 && talk_send(talk, request_of(l), &e) == 0)
        answer = talk_next(talk, &e);
    if (parsed)
        launch_free(l);
    free(l);
    talk_close(talk);
    if (answer == NULL)
        return say_error(&e);
    json_decref(answer);
    return 0;
}
