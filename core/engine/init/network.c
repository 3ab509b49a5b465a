/* The loopback interface of a new network namespace, which begins down. netdevice(7). */
#include <errno.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "core/base/fd.h"
#include "core/engine/init/init.h"

int apply_loopback(struct init *in, const struct step *s, struct error *e) {
    (void)in;
    CLEANUP_FD int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq lo = {.ifr_name = "lo"};
    if (sock < 0 || ioctl(sock, SIOCGIFFLAGS, &lo) != 0)
        return error_set(e, E_NETWORK, errno, s->origin, "asking for the state of lo");
    lo.ifr_flags = (short)(lo.ifr_flags | IFF_UP);
    if (ioctl(sock, SIOCSIFFLAGS, &lo) != 0)
        return error_set(e, E_NETWORK, errno, s->origin, "bringing lo up");
    return 0;
}
