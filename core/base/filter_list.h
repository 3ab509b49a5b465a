/*
 * filter_list: our own seccomp filters, the interpreter's and the waiting monitor's, are lists of the system
 * calls that are allowed, so that each can be read in one glance. All others end the process. seccomp(2).
 *
 * The list becomes a binary tree: when a filter is loaded, the kernel runs it once for every number that it
 * has, and the linear program of 45 calls took a fifth of a millisecond.
 */
#ifndef LOCALD_BASE_FILTER_LIST_H
#define LOCALD_BASE_FILTER_LIST_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#define FILTER_CALLS_MAX 64
#define FILTER_ROWS_MAX  16
#define FILTER_PROGRAM_MAX                                                                                   \
    (2 * FILTER_CALLS_MAX + 5 + FILTER_ROWS_MAX) /* within the reach of a jump: 256                          \
                                                  */

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "filter_list.h: the low word of an argument is taken to come first"
#endif

/* For the rows of mmap. */
#define LOAD(offset)      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define ARG_LOW(n)        (offsetof(struct seccomp_data, args) + sizeof(uint64_t) * (n))
#define ARG_HIGH(n)       (ARG_LOW(n) + 4)
#define RETURN(action)    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_##action)
#define KILL_IF_SET(bits) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), 0, 1), RETURN(KILL_PROCESS)

struct filter_list {
    const uint16_t *calls; /* SYS_*, in any order, each once, without mmap; FILTER_CALLS_MAX - 1 at most */
    size_t count;
    const struct sock_filter *mmap; /* decides over mmap(2); every way through ends with RETURN */
    size_t mmap_count;              /* FILTER_ROWS_MAX at most */
};

/* The program, for FILTER_PROGRAM_MAX rows of room; gives how many it has. */
size_t filter_list_program(const struct filter_list *list, struct sock_filter *program);

/* Loads it into this process, which has no_new_privs. 0, or -1 with errno. */
int filter_list_load(const struct filter_list *list);

#endif
