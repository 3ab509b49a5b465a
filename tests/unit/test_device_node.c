/* core/plan/device_node.c, procfs_files.c, decode.c's plan_has: what steps ask for, beside what is there. */
#include "tests/unit/cmocka_all.h"

#include <string.h>
#include <sys/sysmacros.h>

#include "core/plan/device_node.h"
#include "core/plan/procfs_files.h"
#include "tests/unit/plan_builder.h"

static const struct op_device null = {.path = "/dev/null", .type = 'c', .major = 1, .minor = 3, .mode = 0666};

static void the_node_is_the_one_that_is_asked_for(void **state) {
    (void)state;
    const struct {
        uint32_t type, major, minor;
        mode_t mode;
        dev_t number;
        bool is;
    } rows[] = {
        {'c', 1, 3, S_IFCHR | 0600, makedev(1, 3), true},
        {'c', 1, 3, S_IFBLK | 0600, makedev(1, 3), false},
        {'c', 1, 3, S_IFCHR | 0600, makedev(1, 5), false},
        {'u', 1, 3, S_IFCHR | 0600, makedev(1, 3), true},
        {'b', 7, 0, S_IFBLK | 0600, makedev(7, 0), true},
        {'b', 7, 0, S_IFREG | 0600, makedev(7, 0), false},
        {'p', 9, 9, S_IFIFO | 0600, 0, true},
        {'p', 0, 0, S_IFCHR | 0600, 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct op_device o = {.type = rows[i].type, .major = rows[i].major, .minor = rows[i].minor};
        const struct stat st = {.st_mode = rows[i].mode, .st_rdev = rows[i].number};
        assert_int_equal(device_node_is(&o, &st), rows[i].is);
    }
}

static void what_a_bound_node_keeps_is_compared(void **state) {
    (void)state;
    const struct stat st = {.st_mode = S_IFCHR | 0666, .st_uid = 5, .st_gid = 6};
    const struct {
        uint32_t bind, mode, uid, gid;
        const char *property; /* that differs */
    } rows[] = {
        {PLAN_BIND_MODE | PLAN_BIND_UID | PLAN_BIND_GID, 0666, 5, 6, NULL},
        {PLAN_BIND_UID, 0, 5, 0, NULL},
        {PLAN_BIND_MODE, 0600, 5, 6, "fileMode"},
        {PLAN_BIND_UID, 0666, 4, 6, "uid"},
        {PLAN_BIND_GID, 0666, 5, 4, "gid"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct error e = {0};
        struct step s = {.op = PLAN_OP_device, .origin = "linux.devices[0]", .as.device = null};
        s.as.device.bind = rows[i].bind;
        s.as.device.mode = rows[i].mode;
        s.as.device.uid = rows[i].uid;
        s.as.device.gid = rows[i].gid;
        assert_int_equal(device_node_kept(&s, &st, &e), rows[i].property == NULL ? 0 : -1);
        if (rows[i].property != NULL)
            assert_int_equal(strncmp(e.what, rows[i].property, strlen(rows[i].property)), 0);
    }
}

static void files_of_procfs_that_may_be_covered(void **state) {
    (void)state;
    assert_true(procfs_replaceable("/proc/cpuinfo"));
    assert_true(procfs_replaceable("/proc/sys/crypto/fips_enabled"));
    assert_false(procfs_replaceable("/proc/sys"));
    assert_false(procfs_replaceable("/proc/self/attr/exec"));
}

static struct builder b;

static void whether_a_plan_has_an_operation(void **state) {
    (void)state;
    b_begin(&b);
    b_sample(&b, PLAN_OP_hostname, 1);
    b_sample(&b, PLAN_OP_exec, 1);
    b_done(&b);
    assert_true(plan_has(b.bytes, b.len, PLAN_OP_hostname));
    assert_true(plan_has(b.bytes, b.len, PLAN_OP_exec));
    assert_false(plan_has(b.bytes, b.len, PLAN_OP_cgroup));
    assert_false(plan_has(b.bytes, 3, PLAN_OP_exec));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_node_is_the_one_that_is_asked_for),
        cmocka_unit_test(what_a_bound_node_keeps_is_compared),
        cmocka_unit_test(files_of_procfs_that_may_be_covered),
        cmocka_unit_test(whether_a_plan_has_an_operation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
