/* core/plan/print.c: the same step gives the same bytes, as text and as JSON. */
#include "tests/unit/cmocka_all.h"

#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#include "core/plan/print.h"
#include "tests/unit/plan_builder.h"

static struct builder b;
static char room[8192];

static const char *text(const struct step *s) {
    struct text t = text_in(room, sizeof room);
    plan_print_text(&t, s);
    return room;
}

static const char *json(const struct step *s) {
    struct text t = text_in(room, sizeof room);
    plan_print_json(&t, s);
    return room;
}

static void strings_are_quoted(void **state) {
    (void)state;
    struct step s = {.op = PLAN_OP_symlink,
                     .as.symlink = {.target = "/proc/self/fd", .path = "/x\" path=\"/y\033"}};
    assert_string_equal(text(&s), "target=\"/proc/self/fd\" path=\"/x\\\" path=\\\"/y\\u001b\"");
    assert_string_equal(json(&s), "\"target\":\"/proc/self/fd\",\"path\":\"/x\\\" path=\\\"/y\\u001b\"");
}

static void no_fields(void **state) {
    (void)state;
    struct step s = {.op = PLAN_OP_pivot};
    assert_string_equal(text(&s), "");
    assert_string_equal(json(&s), "");
}

static void namespaces(void **state) {
    (void)state;
    struct step s = {.op = PLAN_OP_unshare, .as.unshare = {.flags = CLONE_NEWPID | CLONE_NEWNS}};
    assert_string_equal(text(&s), "flags=CLONE_NEWNS|CLONE_NEWPID");
    assert_string_equal(json(&s), "\"flags\":[\"CLONE_NEWNS\",\"CLONE_NEWPID\"]");
    s.as.unshare.flags = 0;
    assert_string_equal(text(&s), "flags=0");
    assert_string_equal(json(&s), "\"flags\":[]");
    s.as.unshare.flags = CLONE_NEWUTS | 3; /* bits without a name are shown too */
    assert_string_equal(text(&s), "flags=CLONE_NEWUTS|0x3");
    assert_string_equal(json(&s), "\"flags\":[\"CLONE_NEWUTS\",\"0x3\"]");
    s.as.unshare.flags = 1;
    assert_string_equal(text(&s), "flags=0x1");
    assert_string_equal(json(&s), "\"flags\":[\"0x1\"]");
}

static void signed_numbers(void **state) {
    (void)state;
    struct step s = {.op = PLAN_OP_time_offset,
                     .as.time_offset = {.clock = 7, .secs = (uint64_t)-2, .nanosecs = 5}};
    assert_string_equal(text(&s), "clock=7 secs=-2 nanosecs=5");
    assert_string_equal(json(&s), "\"clock\":7,\"secs\":-2,\"nanosecs\":5");
    s.as.time_offset.secs = (uint64_t)INT64_MIN;
    assert_string_equal(text(&s), "clock=7 secs=-9223372036854775808 nanosecs=5");
    assert_string_equal(json(&s), "\"clock\":7,\"secs\":\"-9223372036854775808\",\"nanosecs\":5");
    s.as.time_offset.secs = INT64_MAX;
    assert_string_equal(text(&s), "clock=7 secs=9223372036854775807 nanosecs=5");
    assert_string_equal(json(&s), "\"clock\":7,\"secs\":\"9223372036854775807\",\"nanosecs\":5");
}

static void mount_attributes_and_lists(void **state) {
    (void)state;
    static const uint32_t propagation[] = {MS_PRIVATE, MS_REC | MS_SLAVE};
    memset(&b, 0, sizeof b);
    b_strs(&b, "mode=755", "a\"b", (char *)NULL);
    b_u32s(&b, propagation, 2);
    struct step s = {.op = PLAN_OP_mount,
                     .as.mount = {.fstype = "tmpfs",
                                  .source = "tmpfs",
                                  .options = {.bytes = b.bytes + 4, .count = 2, .size = 24},
                                  .attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME,
                                  .propagation = {.bytes = b.bytes + b.len - 8, .count = 2},
                                  .target = "/dev"}};
    assert_string_equal(text(&s), "fstype=\"tmpfs\" source=\"tmpfs\" options=[\"mode=755\",\"a\\\"b\"] "
                                  "attr=MOUNT_ATTR_NOSUID|MOUNT_ATTR_STRICTATIME "
                                  "propagation=[MS_PRIVATE,MS_REC|MS_SLAVE] target=\"/dev\"");
    assert_string_equal(json(&s),
                        "\"fstype\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":[\"mode=755\",\"a\\\"b\"],"
                        "\"attr\":[\"MOUNT_ATTR_NOSUID\",\"MOUNT_ATTR_STRICTATIME\"],"
                        "\"propagation\":[[\"MS_PRIVATE\"],[\"MS_REC\",\"MS_SLAVE\"]],\"target\":\"/dev\"");

    struct step bind = {
        .op = PLAN_OP_bind,
        .as.bind = {.source = "a", .attr_set = MOUNT_ATTR_NOATIME, .attr_clr = 0x70, .target = "/"}};
    assert_string_equal(text(&bind),
                        "source=\"a\" recursive=0 attr_set=MOUNT_ATTR_NOATIME attr_clr=MOUNT_ATTR__ATIME "
                        "rattr_set=0 rattr_clr=0 propagation=[] target=\"/\"");
}

static void capabilities(void **state) {
    (void)state;
    struct step s = {.op = PLAN_OP_setcaps,
                     .as.setcaps = {.bounding = UINT64_C(1) << CAP_KILL | 1,
                                    .effective = UINT64_C(1) << CAP_LAST_CAP,
                                    .permitted = UINT64_C(1) << 41}};
    assert_string_equal(text(&s), "bounding=CAP_CHOWN|CAP_KILL effective=CAP_CHECKPOINT_RESTORE "
                                  "permitted=0x20000000000 inheritable=0 ambient=0");
    assert_string_equal(
        json(&s), "\"bounding\":[\"CAP_CHOWN\",\"CAP_KILL\"],\"effective\":[\"CAP_CHECKPOINT_RESTORE\"],"
                  "\"permitted\":[\"0x20000000000\"],\"inheritable\":[],\"ambient\":[]");
}

/* A capability that the table forgot would be shown as a number. */
static void every_capability_has_its_name(void **state) {
    (void)state;
    const struct plan_bit *names = plan_bits(PLAN_SHOW_CAPS);
    for (int i = 0; i <= CAP_LAST_CAP; i++) {
        assert_non_null(names[i].name);
        assert_true(names[i].bits == UINT64_C(1) << i);
    }
    assert_null(names[CAP_LAST_CAP + 1].name);
    assert_null(plan_bits(PLAN_SHOW_DEC));
    assert_null(plan_bits(PLAN_SHOW_OCT));
    assert_null(plan_bits(PLAN_SHOW_HEX));
    assert_null(plan_bits(PLAN_SHOW_CHR));
    assert_null(plan_bits(PLAN_SHOW_INT));
}

static void letters_octal_and_large_numbers(void **state) {
    (void)state;
    struct step d = {
        .op = PLAN_OP_device,
        .as.device = {.path = "/dev/null", .type = 'c', .major = 1, .minor = 3, .mode = 0666, .bind = 1}};
    assert_string_equal(text(&d),
                        "path=\"/dev/null\" type=\"c\" major=1 minor=3 mode=0666 uid=0 gid=0 bind=1");
    assert_string_equal(
        json(&d), "\"path\":\"/dev/null\",\"type\":\"c\",\"major\":1,\"minor\":3,\"mode\":438,\"uid\":0,"
                  "\"gid\":0,\"bind\":1");
    struct step r = {.op = PLAN_OP_rlimit,
                     .as.rlimit = {.resource = 7, .soft = UINT64_C(1) << 53, .hard = UINT64_MAX}};
    assert_string_equal(text(&r), "resource=7 soft=9007199254740992 hard=18446744073709551615");
    assert_string_equal(json(&r),
                        "\"resource\":7,\"soft\":9007199254740992,\"hard\":\"18446744073709551615\"");
    struct step o = {.op = PLAN_OP_oom_score, .as.oom_score = {.adj = (uint32_t)-1000}};
    assert_string_equal(text(&o), "adj=-1000");
    assert_string_equal(json(&o), "\"adj\":-1000");
    o.as.oom_score.adj = 1000;
    assert_string_equal(text(&o), "adj=1000");
    static const uint32_t groups[] = {10, 4294967294};
    memset(&b, 0, sizeof b);
    b_u32s(&b, groups, 2);
    struct step u = {.op = PLAN_OP_user, .as.user = {.uid = 1, .groups = {b.bytes + 4, 2}, .umask = 022}};
    assert_string_equal(text(&u), "uid=1 gid=0 groups=[10,4294967294] umask=022");
    assert_string_equal(json(&u), "\"uid\":1,\"gid\":0,\"groups\":[10,4294967294],\"umask\":18");
}

/* Every operation, in rooms of every size: terminated, cut, never beyond. */
static void stays_in_its_room(void **state) {
    (void)state;
    struct plan_cursor c;
    struct step s;
    struct error e;
    b_begin(&b);
    for (uint32_t op = 0; op < PLAN_OP_COUNT; op++)
        b_sample(&b, (enum plan_op)op, 5);
    b_done(&b);
    assert_int_equal(plan_begin(&c, b.bytes, b.len, &e), 0);
    while (plan_next(&c, &s, &e) == 1) {
        size_t whole = strlen(text(&s));
        for (size_t size = 1; size < 400; size++) {
            memset(room, 'z', sizeof room);
            struct text t = text_in(room, size);
            plan_print_text(&t, &s);
            assert_int_equal(room[t.len], '\0');
            assert_int_equal(room[size], 'z');
            assert_int_equal(t.cut, whole >= size);
            t = text_in(room, size);
            plan_print_json(&t, &s);
            assert_int_equal(room[size], 'z');
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_quoted),
        cmocka_unit_test(no_fields),
        cmocka_unit_test(namespaces),
        cmocka_unit_test(signed_numbers),
        cmocka_unit_test(mount_attributes_and_lists),
        cmocka_unit_test(capabilities),
        cmocka_unit_test(every_capability_has_its_name),
        cmocka_unit_test(letters_octal_and_large_numbers),
        cmocka_unit_test(stays_in_its_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
