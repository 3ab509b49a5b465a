/* core/plan/event.c, denied.c, id_map.c, route_message.c: what the privileged side says to people, readers
 * and the kernel. */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/plan/denied.h"
#include "core/plan/event.h"
#include "core/plan/id_map.h"
#include "core/plan/route_message.h"

static void lines_of_the_report(void **state) {
    (void)state;
    char room[EVENT_ERROR_MAX];
    struct phases phases = {.took = {1, 2, 3, 4, 5, 6, 7, 8, 9}};
    struct text t = text_in(room, EVENT_LINE_MAX);
    event_line(&t, &(struct event){"started", "pid", 7, 0, PHASE_CLONE, PHASE_EXEC}, &phases);
    assert_string_equal(
        room, "{\"event\":\"started\",\"pid\":7,\"microseconds\":{\"clone\":5,\"mounts\":6,\"exec\":7}}\n");
    t = text_in(room, EVENT_LINE_MAX);
    event_line(&t, &(struct event){"exited", "status", 137, 9, PHASE_PAYLOAD, PHASE_END}, &phases);
    assert_string_equal(room, "{\"event\":\"exited\",\"status\":137,\"signal\":9,"
                              "\"microseconds\":{\"payload\":8,\"end\":9}}\n");
    memset(phases.took, 0xff, sizeof phases.took);
    t = text_in(room, EVENT_LINE_MAX);
    event_line(&t, &(struct event){"exited", "status", 255, 64, PHASE_START, PHASE_END}, &phases);
    assert_false(t.cut);
    struct error e;
    (void)error_set(&e, E_MOUNT, EACCES, "mounts[0]", "w\"hat");
    t = text_in(room, sizeof room);
    event_error(&t, &e);
    assert_non_null(strstr(room, "\"code\":\"E_MOUNT\",\"origin\":\"mounts[0]\""));
    assert_non_null(strstr(room, "\"message\":\"w\\\"hat\",\"errno\":13,\"reason\":\"Permission denied\""));
    assert_string_equal(room + t.len - 2, "}\n");
    for (int sys = 0; sys <= 1 << 20; sys += 1 << 20) { /* none, and one that has no words */
        (void)error_set(&e, E_MOUNT, sys, "mounts[0]", "what");
        t = text_in(room, sizeof room);
        event_error(&t, &e);
        assert_null(strstr(room, "reason"));
    }
}

static void every_byte_of_an_error_can_take_six(void **state) {
    (void)state;
    char room[EVENT_ERROR_MAX];
    struct error e = {.code = E_MOUNT};
    memset(e.where, 1, sizeof e.where - 1);
    memset(e.subject, 1, sizeof e.subject - 1);
    memset(e.what, 1, sizeof e.what - 1);
    memset(e.hint, 1, sizeof e.hint - 1);
    struct text t = text_in(room, sizeof room);
    event_error(&t, &e);
    assert_false(t.cut);
}

static void a_limit_that_was_refused(void **state) {
    (void)state;
    struct error e;
    struct step s = {.op = PLAN_OP_rlimit, .origin = "process.rlimits[0]"};
    s.as.rlimit.resource = RLIMIT_NOFILE;
    s.as.rlimit.soft = 1;
    s.as.rlimit.hard = 2;
    assert_int_equal(denied_limit(&s, 1024, EPERM, &e), -1);
    assert_string_equal(e.where, "process.rlimits[0]");
    assert_non_null(strstr(e.hint, "1024; only root with CAP_SYS_RESOURCE may raise it, up to fs.nr_open"));
    s.as.rlimit.resource = RLIMIT_CORE;
    assert_int_equal(denied_limit(&s, 0, EPERM, &e), -1);
    assert_null(strstr(e.hint, "nr_open"));
    assert_int_equal(denied_limit(&s, 0, EINVAL, &e), -1);
    assert_string_equal(e.hint, "");
}

static struct nlmsghdr room[ROUTE_MESSAGE_SIZE / sizeof(struct nlmsghdr)];

static const struct rtattr *attribute(const struct nlmsghdr *m, size_t head, unsigned short type) {
    ssize_t left = (ssize_t)m->nlmsg_len - (ssize_t)NLMSG_LENGTH(head);
    for (const struct rtattr *r = (const void *)((const char *)m + NLMSG_LENGTH(head)); RTA_OK(r, left);
         r = RTA_NEXT(r, left))
        if (r->rta_type == type)
            return r;
    return NULL;
}

static void requests_of_the_kernel(void **state) {
    (void)state;
    const char name[IFNAMSIZ] = "eth0";
    memset(room, 0, sizeof room);
    route_move_put(room, &(struct route_move){3, 9, 77, IFF_UP, name});
    assert_true(room->nlmsg_len <= sizeof room);
    const struct ifinfomsg *link = NLMSG_DATA(room);
    assert_int_equal(link->ifi_index, 3);
    assert_int_equal(link->ifi_flags, IFF_UP);
    assert_int_equal(link->ifi_change, IFF_UP);
    assert_int_equal(*(const int *)RTA_DATA(attribute(room, sizeof *link, IFLA_NET_NS_PID)), 77);
    assert_int_equal(*(const int *)RTA_DATA(attribute(room, sizeof *link, IFLA_NEW_IFINDEX)), 9);
    assert_string_equal(RTA_DATA(attribute(room, sizeof *link, IFLA_IFNAME)), "eth0");
    memset(room, 0, sizeof room);
    route_list_put(room, 4);
    assert_int_equal(((const struct ifaddrmsg *)NLMSG_DATA(room))->ifa_index, 4);
    assert_int_equal(room->nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
}

static struct nlmsghdr *address(uint8_t scope, uint8_t flags) {
    memset(room, 0, sizeof room);
    *room = (struct nlmsghdr){NLMSG_LENGTH(sizeof(struct ifaddrmsg)), RTM_NEWADDR, 0, 0, 0};
    struct ifaddrmsg *a = NLMSG_DATA(room);
    a->ifa_scope = scope;
    a->ifa_flags = flags;
    struct rtattr *r = IFA_RTA(a);
    *r = (struct rtattr){RTA_LENGTH(4), IFA_LABEL};
    r = (struct rtattr *)((char *)r + RTA_SPACE(4));
    *r = (struct rtattr){RTA_LENGTH(4), IFA_LOCAL};
    room->nlmsg_len += 2 * RTA_SPACE(4);
    return room;
}

static void addresses_that_are_added_again(void **state) {
    (void)state;
    struct nlmsghdr *m = address(RT_SCOPE_UNIVERSE, IFA_F_PERMANENT);
    assert_int_equal(route_add_of(m, 5), 1);
    assert_int_equal(((const struct ifaddrmsg *)NLMSG_DATA(m))->ifa_index, 5);
    assert_int_equal(m->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
    assert_null(attribute(m, sizeof(struct ifaddrmsg), IFA_LABEL));
    assert_non_null(attribute(m, sizeof(struct ifaddrmsg), IFA_LOCAL));
    for (unsigned short length = 0; length <= 1000;
         length = (unsigned short)(length + 1000)) { /* ends the walk */
        m = address(RT_SCOPE_UNIVERSE, IFA_F_PERMANENT);
        IFA_RTA(NLMSG_DATA(m))->rta_len = length;
        assert_int_equal(route_add_of(m, 5), 1);
        assert_int_equal(IFA_RTA(NLMSG_DATA(m))->rta_type, IFA_LABEL);
    }
    assert_int_equal(route_add_of(address(RT_SCOPE_LINK, IFA_F_PERMANENT), 5), 0);
    assert_int_equal(route_add_of(address(RT_SCOPE_UNIVERSE, 0), 5), 0);
    m = address(RT_SCOPE_UNIVERSE, IFA_F_PERMANENT);
    m->nlmsg_type = NLMSG_DONE; /* what follows is the verdict: its first four bytes */
    *(int *)NLMSG_DATA(m) = 0;
    assert_int_equal(route_add_of(m, 5), 0);
    *(int *)NLMSG_DATA(m) = -EPERM;
    assert_int_equal(route_add_of(m, 5), -1);
    assert_int_equal(errno, EPERM);
    m->nlmsg_type = RTM_NEWADDR;
    m->nlmsg_len = NLMSG_LENGTH(4);
    assert_int_equal(route_add_of(m, 5), -1);
}

static void capabilities_that_cannot_be_had(void **state) {
    (void)state;
    struct error e;
    const struct step s = {.op = PLAN_OP_setcaps, .origin = "process.capabilities"};
    assert_int_equal(denied_caps(&s, "permitted", UINT64_C(1) << 63 | 3, &e), -1);
    assert_int_equal(e.code, E_CAPS);
    assert_non_null(strstr(e.what, "the permitted set can't have capability number 0, 1, 63"));
    assert_int_equal(denied_caps(&s, "ambient", UINT64_MAX, &e), -1);
    assert_non_null(strstr(e.what, ", 62, 63"));
}

static void lines_of_an_id_map(void **state) {
    (void)state;
    char lines[128];
    struct text t = text_in(lines, sizeof lines);
    const struct id_extent map[] = {{0, 1000, 1}, {1, 100000, UINT32_MAX}};
    id_map_add(&t, map, 2);
    assert_string_equal(lines, "0 1000 1\n1 100000 4294967295\n");
}

static void phases_follow_one_another(void **state) {
    (void)state;
    struct phases p = {0};
    phases_begin(&p);
    uint64_t begin = p.since;
    phases_end(&p, PHASE_START);
    (void)usleep(3000);
    phases_end(&p, PHASE_GATE);
    assert_true(p.took[PHASE_GATE] >= 3000);
    assert_int_equal(p.since - begin, p.took[PHASE_START] + p.took[PHASE_GATE]);
    p.took[PHASE_EXEC] = 100;
    phases_split(&p, PHASE_EXEC, PHASE_MOUNTS, 60);
    assert_int_equal(p.took[PHASE_MOUNTS], 60);
    assert_int_equal(p.took[PHASE_EXEC], 40);
    phases_split(&p, PHASE_EXEC, PHASE_MOUNTS, UINT64_MAX); /* more than all of it */
    assert_int_equal(p.took[PHASE_MOUNTS], 40);
    assert_int_equal(p.took[PHASE_EXEC], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_the_report),      cmocka_unit_test(every_byte_of_an_error_can_take_six),
        cmocka_unit_test(a_limit_that_was_refused), cmocka_unit_test(capabilities_that_cannot_be_had),
        cmocka_unit_test(lines_of_an_id_map),       cmocka_unit_test(phases_follow_one_another),
        cmocka_unit_test(requests_of_the_kernel),   cmocka_unit_test(addresses_that_are_added_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
