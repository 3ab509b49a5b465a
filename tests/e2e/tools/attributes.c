/*
 * attributes: what the kernel says of the process that asks, a line for each. Linked statically.
 *
 *   attributes scheduler   its policy, nice value, priority and flags; SCHED_DEADLINE's times
 *   attributes fork        the same of a child of it, or "no child: ERRNO"
 *   attributes ioprio      its class and level
 *   attributes mempolicy   its mode with flags, and the nodes of the first 64 as a mask
 *   attributes memory      the node that a page of new memory comes from
 *   attributes affinity    the CPUs it may run on, as a mask
 */
#include <errno.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct attr {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static int scheduler(void) {
    struct attr a = {0};
    if (syscall(SYS_sched_getattr, 0, &a, sizeof a, 0) != 0)
        return 1;
    printf("policy %u nice %d priority %u flags %llu", a.policy, a.nice, a.priority,
           (unsigned long long)a.flags);
    if (a.policy == SCHED_DEADLINE)
        printf(" times %llu %llu %llu", (unsigned long long)a.runtime, (unsigned long long)a.deadline,
               (unsigned long long)a.period);
    putchar('\n');
    return 0;
}

static int child(void) {
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0) {
        printf("no child: %s\n", strerror(errno));
        return 0;
    }
    if (pid == 0) {
        int rc = scheduler();
        fflush(stdout);
        _exit(rc);
    }
    int status = 0;
    return waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : 1;
}

static int ioprio(void) {
    long value = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);
    printf("class %ld level %ld\n", value >> IOPRIO_CLASS_SHIFT, value & 0x1fff);
    return value < 0;
}

static int mempolicy(void) {
    int mode = 0;
    uint64_t nodes[16] = {0};
    if (syscall(SYS_get_mempolicy, &mode, nodes, 1024, NULL, 0) != 0)
        return 1;
    printf("mode 0x%x nodes 0x%llx\n", (unsigned)mode, (unsigned long long)nodes[0]);
    return 0;
}

static int memory(void) {
    int node = -1;
    size_t size = 1 << 20;
    char *page = aligned_alloc(4096, size);
    if (page == NULL)
        return 1;
    memset(page, 1, size);
    if (syscall(SYS_get_mempolicy, &node, NULL, 0, page + size / 2, MPOL_F_NODE | MPOL_F_ADDR) != 0)
        return 1;
    printf("node %d\n", node);
    return 0;
}

static int affinity(void) {
    uint64_t cpus[128] = {0};
    long n = syscall(SYS_sched_getaffinity, 0, sizeof cpus, cpus);
    printf("cpus 0x%llx\n", (unsigned long long)cpus[0]);
    return n <= 0;
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(void);
    } words[] = {{"scheduler", scheduler}, {"fork", child},    {"ioprio", ioprio},
                 {"mempolicy", mempolicy}, {"memory", memory}, {"affinity", affinity}};
    int rc = argc < 2 ? 2 : 0;
    for (int i = 1; i < argc; i++) {
        for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
            if (strcmp(argv[i], words[w].name) == 0 && words[w].run() != 0) {
                perror(argv[i]);
                rc = 1;
            }
        }
    }
    return rc;
}
