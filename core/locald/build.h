/* A build of an app with Cloud Native Buildpacks, step by step: cmd_build.c. */
#ifndef LOCALD_BUILD_H
#define LOCALD_BUILD_H

#include "core/client/locald_client.h"
#include "core/locald/build_output.h"

#define BUILD_ENV_MAX 256

struct build_options {
    const char *builder, *app, *output, *user;
    char name[65];
    const char *env[BUILD_ENV_MAX];
    size_t env_count;
    bool quiet;
};

struct build {
    struct build_options options;
    struct locald_shim *shim;
    struct build_output output;
    char builder[4096];   /* absolute */
    char directory[4096]; /* absolute: .locald/build/NAME; others can't enter it */
    char cache[4096], layout[4096];
    int fd;                   /* of directory; locked */
    int layouts;              /* .locald/layout */
    char user[32];            /* UID:GID of the lifecycle */
    int status;               /* of the creator */
    int signal;               /* that ended us; 0: none */
    bool ran;                 /* the creator was started */
    struct locald_error last; /* what the shim said; LOCALD_OK: nothing */
};

/* --- build_options.c */
int build_options_parse(int argc, char **argv, struct build_options *o, struct locald_error *e);

/* --- build_prepare.c: all directories, the app's copy, the env files, the bundle */
int build_prepare(struct build *b, struct locald_error *e);
/* What the build leaves goes away; with layout also what it made so far of that. */
int build_clear(struct build *b, struct locald_error *e);
/* The layout comes to its place, and is copied to --output. */
int build_deliver(struct build *b, struct locald_error *e);

/* --- build_run.c */
int build_run(struct build *b, struct locald_error *e);

#endif
