#include "core/plan/route_message.h"

#include <net/if.h>
#include <string.h>

#include "core/base/sys.h"

enum { ASK = NLM_F_REQUEST | NLM_F_ACK, LIST = NLM_F_REQUEST | NLM_F_DUMP };

static void put(struct nlmsghdr *m, unsigned short type, const void *value, size_t size) {
    struct rtattr *r = (struct rtattr *)((uint8_t *)m + m->nlmsg_len);
    *r = (struct rtattr){(unsigned short)RTA_LENGTH(size), type};
    memcpy(RTA_DATA(r), value, size);
    m->nlmsg_len += (uint32_t)RTA_SPACE(size);
}

void route_move_put(struct nlmsghdr *m, const struct route_move *move) {
    *m = (struct nlmsghdr){NLMSG_LENGTH(sizeof(struct ifinfomsg)), RTM_NEWLINK, ASK, 0, 0};
    *(struct ifinfomsg *)NLMSG_DATA(m) =
        (struct ifinfomsg){.ifi_index = move->index, .ifi_flags = move->up, .ifi_change = move->up};
    put(m, IFLA_NET_NS_PID, &move->to, sizeof move->to);
    put(m, IFLA_NEW_IFINDEX, &move->new_index, sizeof move->new_index);
    put(m, IFLA_IFNAME, move->name, IFNAMSIZ);
}

void route_list_put(struct nlmsghdr *m, int index) {
    *m = (struct nlmsghdr){NLMSG_LENGTH(sizeof(struct ifaddrmsg)), RTM_GETADDR, LIST, 0, 0};
    ((struct ifaddrmsg *)NLMSG_DATA(m))->ifa_index = (uint32_t)index;
}

int route_verdict(const struct nlmsghdr *m) {
    const int *error = NLMSG_DATA(m);
    return *error == 0 ? 0 : sys_fail(-*error);
}

int route_add_of(struct nlmsghdr *m, int index) {
    struct ifaddrmsg *a = NLMSG_DATA(m);
    ssize_t left = (ssize_t)m->nlmsg_len - (ssize_t)NLMSG_LENGTH(sizeof *a);
    if (left < 0 || m->nlmsg_type != RTM_NEWADDR)
        return route_verdict(m);
    if (a->ifa_scope != RT_SCOPE_UNIVERSE || (a->ifa_flags & IFA_F_PERMANENT) == 0)
        return 0;
    for (struct rtattr *r = IFA_RTA(a); RTA_OK(r, left); r = RTA_NEXT(r, left))
        r->rta_type = r->rta_type == IFA_LABEL ? IFA_UNSPEC : r->rta_type;
    m->nlmsg_flags = ASK;
    a->ifa_index = (uint32_t)index;
    return 1;
}
