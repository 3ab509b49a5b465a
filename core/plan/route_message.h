/* route_message: the messages of rtnetlink(7) that move a network device and its addresses. Pure. */
#ifndef LOCALD_PLAN_ROUTE_MESSAGE_H
#define LOCALD_PLAN_ROUTE_MESSAGE_H

#include <linux/rtnetlink.h>
#include <stdint.h>
#include <sys/types.h>

#define ROUTE_MESSAGE_SIZE 128 /* bytes that any of these takes */

/* A device goes into another network namespace, where it gets another index and name. */
struct route_move {
    int index, new_index;
    pid_t to;         /* a process in the namespace */
    unsigned up;      /* IFF_UP: it is started there; or 0 */
    const char *name; /* IFNAMSIZ bytes */
};

/* Writes the request into m, which has room for ROUTE_MESSAGE_SIZE bytes and is all 0. */
void route_move_put(struct nlmsghdr *m, const struct route_move *move);

/* Writes the request for the addresses of a device; the same room. */
void route_list_put(struct nlmsghdr *m, int index);

/* 0, or -1 with the errno that stands in an answer of the kernel's, and in the end of a list. m is whole,
 * with an int behind its head. */
int route_verdict(const struct nlmsghdr *m);

/* Makes of one message of a list the request that adds its address to the device `index`, with the kernel's
 * own words: 1, if the address is global and permanent (a flag that is in the old 8 bits too); else 0, and 0
 * or -1 with errno for what is no address. Without its label, which begins with the device's old name. */
int route_add_of(struct nlmsghdr *m, int index);

#endif
