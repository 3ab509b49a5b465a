/* Network devices of the host move into the container's network namespace, with what the kernel drops on the
 * way: addresses and IFF_UP; and back when the create fails. By the monitor while container init waits; back
 * perhaps by the keeper. For root callers only. rtnetlink(7), netdevice(7). */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/sys.h"
#include "core/engine/host/host.h"
#include "core/engine/host/identity.h"
#include "core/engine/priv.h"
#include "core/plan/route_message.h"

enum { OUT, IN }; /* the host's and the container's network namespace */

/* A socket is for ever in the network namespace that it was made in, and keeps it alive: so going back works
 * when container init is dead as well. The monitor is in the container's for no more than that. Connected to
 * the kernel they take no message of anybody else's, and its answers are there when write(2) comes back. */
static int open_routes(struct host *h) {
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    const int at[] = {h->keeper_pidfd, h->pidfd}, yes = 1;
    int rc = identity_root(CAP(SYS_ADMIN) | CAP(SYS_PTRACE) | CAP(NET_ADMIN));
    for (int side = IN; rc == 0 && side >= OUT; side--) {
        rc = setns(at[side], CLONE_NEWNET);
        h->route[side] = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
        if (rc != 0 || connect(h->route[side], (const struct sockaddr *)&kernel, sizeof kernel) != 0 ||
            setsockopt(h->route[side], SOL_NETLINK, NETLINK_GET_STRICT_CHK, &yes, sizeof yes) != 0)
            rc = -1;
    }
    if (rc != 0 && setns(h->keeper_pidfd, CLONE_NEWNET) != 0)
        priv_fatal();
    identity_caller();
    return rc;
}

static int ask(int route, const struct nlmsghdr *m) {
    struct nlmsghdr answer[2]; /* of which no more counts */
    bool given = write(route, m, m->nlmsg_len) > 0 && read(route, answer, sizeof answer) == sizeof answer;
    return given ? route_verdict(answer) : -1;
}

/* Moves, renames and starts the device with one request, then gives it its addresses. Some of it may be done
 * when it fails. */
static int carry(struct host *h, const struct host_netdev *d, int to) {
    struct nlmsghdr m[ROUTE_MESSAGE_SIZE / sizeof(struct nlmsghdr)] = {0};
    struct nlmsghdr *a = (struct nlmsghdr *)d->addresses;
    ssize_t left = d->end - d->addresses;
    route_move_put(m, &(struct route_move){d->dev[!to].ifr_ifindex, d->dev[to].ifr_ifindex,
                                           to == IN ? h->pid : getpid(), d->up[to], d->dev[to].ifr_name});
    int rc = identity_root(CAP(NET_ADMIN)) == 0 ? ask(h->route[!to], m) : -1;
    for (; rc == 0 && NLMSG_OK(a, left); a = NLMSG_NEXT(a, left))
        if ((rc = route_add_of(a, d->dev[to].ifr_ifindex)) == 1)
            rc = ask(h->route[to], a);
    identity_caller();
    return rc;
}

/* 0, or -1 with errno. The look-ups are without CAP_NET_ADMIN: with it the kernel looks for a module of that
 * name. Then the kernel is asked to move the device to lo's index, 1, under its own name: that never happens,
 * but a device that can't be moved is refused before, and in its own network namespace there is nothing to
 * do. Of addresses the kernel then lists those of the device, in whole messages. */
static int check(struct host *h, const struct op_netdev *o, struct host_netdev *d) {
    struct nlmsghdr m[ROUTE_MESSAGE_SIZE / sizeof(struct nlmsghdr)] = {0};
    const uint8_t *end =
        h->addresses + sizeof h->addresses - sizeof(int); /* route_verdict() looks that far */
    *d = (struct host_netdev){.dev[IN].ifr_ifindex = 1, .end = d == h->netdevs ? h->addresses : d[-1].end};
    d->addresses = d->end;
    memcpy(d->dev[OUT].ifr_name, o->name, strlen(o->name));
    if ((h->route[OUT] < 0 && open_routes(h) != 0) || ioctl(h->route[OUT], SIOCGIFFLAGS, &d->dev[OUT]) != 0)
        return -1;
    d->up[OUT] = (unsigned)d->dev[OUT].ifr_flags & IFF_UP;
    if (ioctl(h->route[OUT], SIOCGIFINDEX, &d->dev[OUT]) != 0 ||
        ioctl(h->route[OUT], SIOCGIFNAME, &d->dev[OUT]) != 0)
        return -1;
    errno = EXDEV;
    if (carry(h, d, IN) == 0 || (errno != EBUSY && errno != EEXIST))
        return -1;
    d->up[IN] = IFF_UP;
    memcpy(d->dev[IN].ifr_name, o->new_name, strlen(o->new_name));
    if (ioctl(h->route[IN], SIOCGIFINDEX, &d->dev[IN]) == 0)
        return sys_fail(EEXIST);
    route_list_put(m, d->dev[OUT].ifr_ifindex);
    for (ssize_t n = write(h->route[OUT], m, m->nlmsg_len); n > 0; d->end += n > 0 ? n : 0)
        n = read(h->route[OUT], d->end, (size_t)(end - d->end));
    return errno == EAGAIN && d->end < end ? 0 : sys_fail(ENOBUFS);
}

/* The host stays as it is: what can't be is found before anything is moved. */
int apply_netdev(struct host *h, const struct step *s, struct error *e) {
    const struct op_netdev *o = &s->as.netdev;
    if (check(h, o, &h->netdevs[h->netdev_count]) != 0)
        return plan_fail(s, e, E_NETWORK, errno, o->name, "preparing its move to %s", o->new_name);
    h->netdev_count++;
    return 0;
}

/* The index inside is chosen and noted before the move: by that the device is found, whatever its name is. */
int host_move_netdevs(struct host *h, struct error *e) {
    for (struct host_netdev *d = h->netdevs; d < h->netdevs + h->netdev_count; d++) {
        struct ifreq r = {.ifr_ifindex = d->dev[OUT].ifr_ifindex};
        while (ioctl(h->route[IN], SIOCGIFNAME, &r) == 0)
            r.ifr_ifindex++;
        d->dev[IN].ifr_ifindex = r.ifr_ifindex;
        if (carry(h, d, IN) != 0)
            return error_set(e, E_NETWORK, errno, "linux.netDevices", "moving %s", d->dev[OUT].ifr_name);
    }
    return 0;
}

/* What the host still has was noted and not moved. */
void host_end_netdevs(struct host *h, bool back) {
    for (; back && h->netdev_count > 0; h->netdev_count--) {
        const struct host_netdev *d = &h->netdevs[h->netdev_count - 1];
        struct ifreq r = {.ifr_ifindex = d->dev[OUT].ifr_ifindex};
        if (ioctl(h->route[OUT], SIOCGIFNAME, &r) != 0)
            (void)carry(h, d, OUT);
    }
    h->netdev_count = 0;
    fd_close(&h->route[OUT]);
    fd_close(&h->route[IN]);
}
