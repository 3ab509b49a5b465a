/* locald build: an app becomes an OCI image, by the lifecycle of a builder's root file system. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/locald/build.h"
#include "core/locald/command.h"
#include "core/locald/offer.h"

/* Gives its path, or "" when it can't be written. */
static void write_crash_log(const struct build *b, char *path, size_t size) {
    char name[64];
    struct tm t;
    time_t seconds = time(NULL);
    (void)gmtime_r(&seconds, &t);
    (void)strftime(name, sizeof name, "crash-%Y%m%dT%H%M%SZ.log", &t);
    path[0] = '\0';
    (void)unlinkat(b->fd, name, 0);
    int fd = openat(b->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (out == NULL) {
        if (fd >= 0)
            (void)close(fd);
        return;
    }
    (void)fprintf(out, "phase: %s\nstatus: %d\n\n", build_output_phase(&b->output), b->status);
    build_output_last(&b->output, out);
    if (fclose(out) == 0)
        (void)snprintf(path, size, ".locald/build/%s/%s", b->options.name, name);
}

/* Returns the creator's status: its phase and where to read on are in the message. */
static int report_failure(const struct build *b) {
    struct locald_error e;
    char path[200], message[400], hint[400];
    write_crash_log(b, path, sizeof path);
    if (b->last.code != LOCALD_OK && !b->ran) {
        (void)say_error(&b->last);
        return b->status;
    }
    const char *phase = build_output_phase(&b->output);
    (void)snprintf(message, sizeof message, "the build failed in %s, status %d",
                   phase[0] == '\0' ? "no phase yet" : phase, b->status);
    (void)snprintf(hint, sizeof hint, "its last lines are in %s", path);
    (void)fail(&e, LOCALD_E_SHIM, 0, b->options.name, message, path[0] == '\0' ? NULL : hint);
    (void)snprintf(e.shim_code, sizeof e.shim_code, "BUILD_FAILED");
    (void)say_error(&e);
    return b->status;
}

/* *status is what we end with. */
static int build(struct build *b, int *status, struct locald_error *e) {
    struct locald_error ignored;
    if (offer_find(&b->shim, e) != 0 || build_prepare(b, e) != 0 || build_run(b, e) != 0)
        return -1;
    build_output_durations(&b->output, stdout);
    if (b->signal != 0) {
        *status = 128 + b->signal;
    } else if (b->status != 0) {
        (void)fflush(stdout);
        *status = report_failure(b);
    } else {
        if (build_deliver(b, e) != 0)
            return -1;
        (void)printf("%s\n", b->options.output != NULL ? b->options.output : b->layout);
    }
    (void)build_clear(b, &ignored);
    return 0;
}

int command_build(int argc, char **argv) {
    static struct build b = {.fd = -1, .layouts = -1};
    struct locald_error e;
    int status = 0;
    if (build_options_parse(argc, argv, &b.options, &e) != 0)
        return say_error(&e);
    b.output.quiet = b.options.quiet;
    b.output.out = stdout;
    int rc = build(&b, &status, &e);
    if (b.layouts >= 0)
        (void)close(b.layouts);
    if (b.fd >= 0)
        (void)close(b.fd);
    locald_shim_close(b.shim);
    return rc == 0 ? status : say_error(&e);
}
