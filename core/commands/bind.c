/* bind: a TCP port that the policy allows, handed to the caller who listens on a socket. What takes privilege
 * is one bind(2); the rest happens after all of it is given up. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "core/base/fd.h"
#include "core/commands/commands.h"
#include "core/engine/host/caller.h"
#include "core/engine/priv.h"
#include "core/parse/policy.h"
#include "core/plan/plan.h"
#include "core/unprivileged/hand_over.h"

static int may_bind(const struct caller *c, uint32_t port, struct error *e) {
    if (c->is_root || policy_allows_port(&c->policy, port))
        return 0;
    return error_set(e, E_AUTHORITY, 0, "PORT", "the host's policy does not give port %u to callers", port);
}

static int listen_on(const struct policy *p, uint32_t port, struct error *e) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {htonl(p->loopback != 0 ? INADDR_LOOPBACK : INADDR_ANY)}};
    CLEANUP_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ready = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) == 0 &&
                 priv_raise(CAP(NET_BIND_SERVICE)) == 0 &&
                 bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    int why = errno;
    priv_lower();
    if (!ready || listen(fd, SOMAXCONN) != 0)
        return error_set(e, E_NETWORK, ready ? errno : why, "PORT", "listening on TCP port %u", port);
    return fd_take(&fd);
}

int command_bind(const struct options *o, const struct start *start) {
    struct error e = {0};
    struct facts facts = {0};
    CLEANUP_FD int fd = -1;
    if (caller_enter(start, &facts, &e) != NULL && may_bind(&facts.caller, o->port, &e) == 0)
        fd = listen_on(&facts.caller.policy, o->port, &e);
    if (fd >= 0 && start_give_up(&e) == 0 && hand_over(fd, o->socket, &e) == 0)
        return 0;
    return error_print(&e);
}
