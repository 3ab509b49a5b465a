/* The shim's commands that end when they are done. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/client/client.h"

#define SHORT_MILLISECONDS 60000 /* of what takes a moment */
#define BIND_MILLISECONDS  10000
#define SELF_CHECK_MAX     262144
#define NAMES_MAX          1024

/* Runs it and makes an error of what it wrote when its status is another than 0. */
static int call(const struct locald_shim *shim, const char *const *argv, int timeout,
                struct locald_error *e) {
    struct client_call c = {.argv = argv, .timeout = timeout, .listener = -1};
    if (client_call(shim, &c, e) != 0)
        return -1;
    return c.status == 0 ? 0 : client_stderr_parse(e, c.err, c.err_len, c.status);
}

/* A directory of this user's alone where there is one, or /tmp, where the name is the only secret needed:
 * what is made in it has mode 0700. */
static const char *runtime_directory(char *room, size_t size) {
    struct stat st;
    (void)snprintf(room, size, "/run/user/%u", geteuid());
    bool ours = lstat(room, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
                (st.st_mode & 07777) == 0700;
    return ours ? room : "/tmp";
}

int locald_bind(const struct locald_shim *shim, unsigned port, struct locald_error *e) {
    char number[16], room[48];
    struct client_socket s;
    if (port == 0 || port > 65535)
        return client_fail(e, LOCALD_E_ARGUMENT, 0, "port", "%u is no port", port);
    if (client_socket_open(&s, runtime_directory(room, sizeof room), "locald-", e) != 0)
        return -1;
    (void)snprintf(number, sizeof number, "%u", port);
    struct client_call c = {.argv = (const char *const[]){"bind", number, s.path, NULL},
                            .timeout = BIND_MILLISECONDS,
                            .listener = s.listener};
    int rc = client_call(shim, &c, e);
    client_socket_close(&s);
    if (rc == 0 && c.status == 0 && c.received >= 0)
        return c.received;
    client_close(&c.received);
    return rc != 0 ? -1 : client_stderr_parse(e, c.err, c.err_len, c.status);
}

int locald_cleanup(const struct locald_shim *shim, const char *path, struct locald_error *e) {
    return call(shim, (const char *const[]){"admin", "cleanup", path, NULL}, -1, e); /* a tree may be large */
}

int locald_cgroup_kill(const struct locald_shim *shim, const char *path, struct locald_error *e) {
    return call(shim, (const char *const[]){"admin", "cgroup", "kill", "--path", path, NULL},
                SHORT_MILLISECONDS, e);
}

int locald_self_check(const struct locald_shim *shim, char **json, bool *usable, struct locald_error *e) {
    *json = malloc(SELF_CHECK_MAX);
    if (*json == NULL)
        return client_fail(e, LOCALD_E_SYSTEM, ENOMEM, "", "asking locald-shim for its self-check");
    struct client_call c = {.argv = (const char *const[]){"admin", "self-check", "--format", "json", NULL},
                            .timeout = SHORT_MILLISECONDS,
                            .listener = -1,
                            .out = *json,
                            .out_size = SELF_CHECK_MAX - 1};
    int rc = client_call(shim, &c, e);
    if (rc == 0 && c.out_over)
        rc = client_fail(e, LOCALD_E_PROTOCOL, 0, "locald-shim", "its self-check is too long");
    else if (rc == 0 && c.status > 1)
        rc = client_stderr_parse(e, c.err, c.err_len, c.status);
    if (rc == 0) {
        (*json)[c.out_len] = '\0';
        *usable = c.status == 0;
        return 0;
    }
    free(*json);
    *json = NULL;
    return -1;
}

int locald_sync_hosts(const struct locald_shim *shim, const char *const *names, size_t count,
                      struct locald_error *e) {
    if (count > NAMES_MAX)
        return client_fail(e, LOCALD_E_ARGUMENT, 0, "names", "%zu are more than %d", count, NAMES_MAX);
    for (size_t i = 0; i < count; i++)
        if (names[i] == NULL || names[i][0] == '\0' || names[i][0] == '-')
            return client_fail(e, LOCALD_E_ARGUMENT, 0, "names", "number %zu is no host's name", i);
    const char **argv = calloc(count + 3, sizeof *argv);
    if (argv == NULL)
        return client_fail(e, LOCALD_E_SYSTEM, ENOMEM, "", "writing names to /etc/hosts");
    argv[0] = "admin";
    argv[1] = "sync-hosts";
    for (size_t i = 0; i < count; i++)
        argv[i + 2] = names[i];
    int rc = call(shim, argv, SHORT_MILLISECONDS, e);
    free(argv);
    return rc;
}
