/*
 * locald doctor: what of this machine lets containers run, and the fix for what does not.
 *
 * The shim's self-check knows the host; its findings are shown as they are. Without a shim that works, what
 * everybody can see is looked at here.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/locald/checks.h"
#include "core/locald/command.h"
#include "core/locald/ids.h"
#include "core/locald/text_file.h"

static int add_error(json_t *checks, const char *name, const struct locald_error *why) {
    char text[1200];
    (void)locald_error_text(why, text, sizeof text);
    return checks_add(checks, name, CHECK_PROBLEM, text, why->hint);
}

/* As far as the shim got: it is there, it has privilege, it is of our version. */
static int add_failed_shim(json_t *checks, const struct locald_error *why) {
    bool there = why->code == LOCALD_E_UNPRIVILEGED || why->code == LOCALD_E_UNSAFE ||
                 why->code == LOCALD_E_NOSUID || why->code == LOCALD_E_VERSION;
    if (!there)
        return add_error(checks, "shim", why);
    if (checks_add(checks, "shim", CHECK_OK, why->where, "") != 0)
        return -1;
    if (why->code != LOCALD_E_VERSION)
        return add_error(checks, "privileged", why);
    return checks_add(checks, "privileged", CHECK_OK, "root's, setuid, and nobody else can replace it", "") ==
                   0
               ? add_error(checks, "version", why)
               : -1;
}

static int add_shim(json_t *checks, const struct locald_shim *shim) {
    struct locald_error why;
    char *json = NULL;
    bool usable = false;
    if (checks_add(checks, "shim", CHECK_OK, locald_shim_path(shim), "") != 0 ||
        checks_add(checks, "privileged", CHECK_OK, "root's, setuid, and nobody else can replace it", "") !=
            0 ||
        checks_add(checks, "version", CHECK_OK, locald_shim_version(shim), "") != 0)
        return -1;
    if (locald_self_check(shim, &json, &usable, &why) != 0)
        return add_error(checks, "usable", &why);
    int rc = checks_add_self_check(checks, json);
    free(json);
    if (rc != 0)
        return checks_add(checks, "usable", CHECK_PROBLEM, "the shim's self-check is not understood",
                          "run: sudo locald admin setup");
    return usable ? checks_add(checks, "usable", CHECK_OK, "this user can run containers", "")
                  : checks_add(checks, "usable", CHECK_PROBLEM, "this user can't run containers",
                               "mend the problems above");
}

static int add_kernel(json_t *checks) {
    struct utsname u;
    char text[160], *rest = NULL;
    if (uname(&u) != 0)
        return 0;
    long major = strtol(u.release, &rest, 10);
    long minor = *rest == '.' ? strtol(rest + 1, NULL, 10) : 0;
    bool fits = major > 5 || (major == 5 && minor >= 14);
    (void)snprintf(text, sizeof text, "Linux %s, 5.14 is the oldest", u.release);
    return checks_add(checks, "kernel", fits ? CHECK_OK : CHECK_PROBLEM, text,
                      fits ? "" : "boot a newer kernel");
}

static int add_namespaces(json_t *checks) {
    char *text = text_read(open("/proc/sys/user/max_user_namespaces", O_RDONLY | O_CLOEXEC));
    bool none = text != NULL && strtol(text, NULL, 10) == 0;
    free(text);
    return checks_add(checks, "namespaces", none ? CHECK_PROBLEM : CHECK_OK,
                      none ? "the host allows no user namespaces" : "the host allows user namespaces",
                      none ? "sudo sysctl -w user.max_user_namespaces=15000" : "");
}

static int add_cgroup(json_t *checks) {
    char *text = text_read(open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
    bool there = text != NULL && strstr(text, " - cgroup2 ") != NULL;
    free(text);
    return checks_add(checks, "cgroup", there ? CHECK_OK : CHECK_PROBLEM,
                      there ? "cgroup2 is mounted; more is known when there is a shim"
                            : "no cgroup2 is mounted: no limits, no device rules",
                      there ? "" : "sudo mount -t cgroup2 cgroup2 /sys/fs/cgroup");
}

static int add_ids(json_t *checks) {
    struct ids ids;
    struct locald_error why;
    if (getuid() == 0)
        return checks_add(checks, "ids", CHECK_OK, "root may map all ids", "");
    if (ids_read("/etc", getuid(), getgid(), &ids, &why) != 0)
        return add_error(checks, "ids", &why);
    bool both = ids.uids.count > 1 && ids.gids.count > 1;
    return checks_add(checks, "ids", both ? CHECK_OK : CHECK_WARNING,
                      both ? "/etc/subuid and /etc/subgid delegate ids to this user"
                           : "only the user's own ids can be mapped: images with several users need more",
                      both ? ""
                           : "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER, "
                             "with ids that nobody has");
}

static int examine(json_t *checks) {
    struct locald_shim *shim = NULL;
    struct locald_error why;
    if (locald_shim_find(&shim, &why) == 0) {
        int rc = add_shim(checks, shim);
        locald_shim_close(shim);
        return rc;
    }
    return add_failed_shim(checks, &why) == 0 && add_kernel(checks) == 0 && add_namespaces(checks) == 0 &&
                   add_cgroup(checks) == 0 && add_ids(checks) == 0
               ? 0
               : -1;
}

static int print_json(const json_t *checks, bool problem) {
    json_t *all = json_pack("{s:b, s:O}", "ok", !problem, "checks", checks);
    int rc = all == NULL ? -1 : json_dumpf(all, stdout, JSON_INDENT(1));
    json_decref(all);
    return rc == 0 && putchar('\n') != EOF ? 0 : -1;
}

int command_doctor(int argc, char **argv) {
    struct locald_error e;
    bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if (argc != 1 && !json) {
        (void)fail(&e, LOCALD_E_ARGUMENT, 0, "doctor", "expected nothing, or --json", "run: locald doctor");
        return say_error(&e);
    }
    json_t *checks = json_array();
    int rc = checks == NULL ? -1 : examine(checks);
    bool problem = checks_have_problem(checks);
    if (rc == 0 && json)
        rc = print_json(checks, problem);
    else if (rc == 0)
        checks_print(checks, stdout);
    json_decref(checks);
    if (rc == 0 && fflush(stdout) == 0)
        return problem ? STATUS_FAILED : 0;
    (void)fail(&e, LOCALD_E_SYSTEM, 0, "doctor", "no memory, or nowhere to write to", NULL);
    return say_error(&e);
}
