/*
 * stalker: a user's own processes that reach for the shim's while these start a container: as its parent, and
 * as somebody beside it, both without a pause, from the shim's exec to the payload's.
 *
 *   stalker ATTEMPTS STARTS COMMAND...   starts COMMAND at least STARTS times and until each role was tried
 * ATTEMPTS times; descriptor 9 of COMMAND is a pipe for --report-fd stalker pause MS                     the
 * payload, which has STALKER=1 in its environment
 *
 * For each role one line: "ROLE tried N got M", and one for each way that was open to the stalker though the
 * process was not the payload yet. What the kernel allows by the user id alone is said as "by uid": signals
 * where the target's real or saved uid is the stalker's, prlimit where all three are.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TARGETS     48 /* the monitor, and the numbers that come next: its children are among them */
#define STARTS_MAX  20000
#define PAYLOAD_AT  0x400000 /* this program's own first bytes, when it is the payload */
#define STOP_EVERY  3
#define STOPPED_FOR 40

static const char *const ways[] = {"seize",   "attach",  "mem",   "fd",      "vm_read", "vm_write",
                                   "getfd",   "ns_user", "setns", "root",    "exe",     "maps",
                                   "environ", "auxv",    "oom",   "prlimit", "stop"};
enum {
    SEIZE,
    ATTACH,
    MEM,
    FD,
    VM_READ,
    VM_WRITE,
    GETFD,
    NS_USER,
    SETNS,
    ROOT,
    EXE,
    MAPS,
    ENVIRON,
    AUXV,
    OOM,
    PRLIMIT,
    STOP,
    WAYS
};
enum { MONITOR, INTERPRETER, KEEPER, INIT, ROLES };
static const char *const role_names[] = {"monitor", "interpreter", "keeper", "init"};
static const bool by_uid[ROLES][WAYS] = {[MONITOR] = {[STOP] = true, [PRLIMIT] = true},
                                         [INTERPRETER] = {[STOP] = true, [PRLIMIT] = true},
                                         [KEEPER] = {[STOP] = true},
                                         [INIT] = {[STOP] = true, [PRLIMIT] = true}};

struct target {
    atomic_int pid; /* -1: no process of this run */
    atomic_int is_child, seen_root, stops;
    atomic_long tried, got[WAYS];
};

/* What both stalkers see. */
static struct shared {
    atomic_int monitor;  /* 0 between runs */
    atomic_int busy;     /* the sibling is at it */
    atomic_long payload; /* tries at what was the payload already */
    atomic_long dying;   /* at what had no memory any more: the kernel does not ask whether it was dumpable */
    atomic_int stop;
    struct target targets[TARGETS];
} * s;

static long tried[ROLES], got[ROLES][WAYS];

static ssize_t read_proc(int pid, const char *name, char *to, size_t size) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, to, size - 1);
    if (fd >= 0)
        close(fd);
    to[n > 0 ? n : 0] = '\0';
    return n;
}

static bool is_shim(int pid) {
    char comm[32];
    return read_proc(pid, "comm", comm, sizeof comm) > 0 && strncmp(comm, "locald-shim", 11) == 0;
}

/* Within an exec the file belongs to the new program a moment before the name is its own. */
static bool still_shim(int pid) {
    for (int n = 0; n < 100 && is_shim(pid); n++) /* a virtual machine without KVM takes its time */
        usleep(n < 2 ? 100 : 500);
    return is_shim(pid);
}

static bool has_magic(int fd_or_pid, bool is_fd) {
    char magic[4] = "";
    struct iovec to = {magic, 4}, from = {(void *)PAYLOAD_AT, 4};
    ssize_t n =
        is_fd ? pread(fd_or_pid, magic, 4, PAYLOAD_AT) : process_vm_readv(fd_or_pid, &to, 1, &from, 1, 0);
    return n == 4 && memcmp(magic, "\177ELF", 4) == 0;
}

/* Whose memory the file is: 1; 2: the payload's; 3: of a process that has none any more, which Linux opens
 * for everybody up to 6.11 and reads as empty (of a live one, address 1 reads as EIO); -1: of none. */
static int whose(int fd, int way) {
    static char text[1 << 15];
    if (way == MEM && pread(fd, text, 1, 1) == 0)
        return 3;
    if (way == MEM)
        return has_magic(fd, true) ? 2 : 1;
    ssize_t n = read(fd, text, sizeof text - 1);
    if (n <= 0)
        return -1;
    return memmem(text, (size_t)n, way == MAPS ? "/stalker" : "STALKER=1", 8) != NULL ? 2 : 1;
}

/* Its memory is gone, its descriptors may not be yet. */
static bool is_dying(int pid) {
    char text[64];
    return read_proc(pid, "statm", text, sizeof text) <= 0 || strncmp(text, "0 0 ", 4) == 0;
}

/* 1: open, 0: closed, -1: nobody there, 2: it was the payload, 3: it was dead. */
static int open_way(int pid, int way, const char *name, int flags) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        return errno == EACCES || errno == EPERM ? 0 : errno == ENOENT || errno == ESRCH ? -1 : 1;
    int rc = way == MEM || way == MAPS || way == ENVIRON ? whose(fd, way) : 1;
    if (way == NS_USER && setns(fd, CLONE_NEWUSER) == 0)
        atomic_fetch_add(&s->targets[0].got[SETNS], 1); /* whose it is does not matter: nobody may */
    close(fd);
    return rc;
}

static int trace_way(int pid, int way) {
    long rc =
        way == SEIZE ? ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACEEXEC) : ptrace(PTRACE_ATTACH, pid, 0, 0);
    if (rc != 0)
        return errno == ESRCH ? -1 : 0;
    int status = 0;
    if (way == SEIZE)
        (void)ptrace(PTRACE_INTERRUPT, pid, 0, 0);
    (void)waitpid(pid, &status, __WALL);
    bool exec_came = status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8);
    int result = !exec_came && !is_shim(pid) ? 2 : 1;
    (void)ptrace(PTRACE_DETACH, pid, 0, 0);
    return result;
}

static int vm_way(int pid, int way) {
    char byte = 0;
    struct iovec ours = {&byte, 1}, theirs = {(void *)PAYLOAD_AT, 1};
    errno = 0;
    ssize_t n = way == VM_READ ? process_vm_readv(pid, &ours, 1, &theirs, 1, 0)
                               : process_vm_writev(pid, &ours, 1, &theirs, 1, 0);
    if (n == 1)
        return 2; /* only the payload has memory there */
    if (errno == EFAULT)
        return has_magic(pid, false) && !is_shim(pid) ? 2 : 1;
    return errno == EPERM || errno == EACCES ? 0 : errno == ESRCH ? -1 : 1;
}

/* The payload has 0 to 2 only. */
static int getfd_way(int pid) {
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), result = -1;
    if (pidfd < 0)
        return -1;
    for (int fd = 3; fd < 12 && result <= 0; fd++) {
        int theirs = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
        result = theirs >= 0                         ? 1
                 : errno == EPERM || errno == EACCES ? 0
                 : errno == ESRCH                    ? -1
                 : is_shim(pid)                      ? 1
                                                     : 2;
        if (theirs >= 0)
            close(theirs);
        if (result == 0)
            break;
    }
    close(pidfd);
    return result;
}

static int one_way(int pid, int way) {
    static const struct {
        const char *name;
        int flags;
    } files[WAYS] = {
        [MEM] = {"mem", O_RDWR},           [FD] = {"fd/3", O_PATH},     [NS_USER] = {"ns/user", O_RDONLY},
        [ROOT] = {"root", O_PATH},         [EXE] = {"exe", O_RDONLY},   [MAPS] = {"maps", O_RDONLY},
        [ENVIRON] = {"environ", O_RDONLY}, [AUXV] = {"auxv", O_RDONLY}, [OOM] = {"oom_score_adj", O_WRONLY}};
    struct rlimit limit;
    if (files[way].name != NULL)
        return open_way(pid, way, files[way].name, files[way].flags);
    if (way == SEIZE || way == ATTACH)
        return trace_way(pid, way);
    if (way == VM_READ || way == VM_WRITE)
        return vm_way(pid, way);
    if (way == GETFD)
        return getfd_way(pid);
    int rc = way == PRLIMIT ? prlimit(pid, RLIMIT_NOFILE, NULL, &limit) : kill(pid, 0);
    return rc == 0 ? 1 : errno == ESRCH ? -1 : 0;
}

/* Whether the process is the monitor or a child of its. */
static bool belongs(struct target *t, int pid, int monitor) {
    char text[512];
    int parent = 0;
    if (pid == monitor)
        return true;
    if (t->is_child == 0 && read_proc(pid, "stat", text, sizeof text) > 0 && strrchr(text, ')') != NULL &&
        sscanf(strrchr(text, ')') + 1, " %*c %d", &parent) == 1)
        t->is_child = parent == monitor ? 1 : -1;
    if (t->is_child == 1 && t->seen_root == 0 && t->tried < 2000 &&
        read_proc(pid, "status", text, sizeof text) > 0 && strstr(text, "\nUid:\t0\t") != NULL)
        t->seen_root = 1;
    return t->is_child == 1;
}

/* Each way once. A process that execs meanwhile is the payload by the end of it. */
static void reach(struct target *t, int pid) {
    for (int way = 0; way < WAYS; way++) {
        if (way == SETNS)
            continue;
        bool before = is_shim(pid);
        int rc = one_way(pid, way);
        if (rc < 0)
            continue;
        bool asks = way == STOP || way == PRLIMIT; /* open by uid all the time */
        bool exact = asks || way == SEIZE || way == ATTACH || way == MEM || way == VM_READ ||
                     way == VM_WRITE || way == MAPS || way == ENVIRON;
        if (rc == 2 || (rc == 1 && !exact && !(before && still_shim(pid)))) {
            atomic_fetch_add(&s->payload, 1);
            continue;
        }
        if (rc == 3 || (rc == 1 && !exact && way != STOP && way != PRLIMIT && is_dying(pid))) {
            atomic_fetch_add(&s->dying, 1);
            continue;
        }
        atomic_fetch_add(&t->tried, 1);
        if (rc == 1)
            atomic_fetch_add(&t->got[way], 1);
    }
}

static void stalk(int monitor, bool stops) {
    for (int i = 0; i < TARGETS; i++) {
        struct target *t = &s->targets[i];
        int pid = monitor + i;
        if ((kill(pid, 0) != 0 && errno == ESRCH) || !belongs(t, pid, monitor))
            continue;
        t->pid = pid;
        bool stop = stops && atomic_fetch_add(&t->stops, 1) == 0 && kill(pid, SIGSTOP) == 0;
        for (int n = stop ? STOPPED_FOR : 1; n > 0; n--)
            reach(t, pid);
        if (stop)
            (void)kill(pid, SIGCONT);
    }
}

static _Noreturn void sibling(void) {
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (s->stop == 0) {
        s->busy = 1;
        int monitor = s->monitor;
        if (monitor != 0)
            stalk(monitor, false);
        s->busy = 0;
        if (monitor == 0)
            (void)sched_yield();
    }
    _exit(0);
}

/* The shim's pid once it has executed; the read end of what it reports in *report. */
static int start(char **command, int *report) {
    int done[2], events[2];
    char byte;
    if (pipe2(done, O_CLOEXEC) != 0 || pipe2(events, O_CLOEXEC) != 0)
        return -1;
    int pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        if (dup2(events[1], 9) < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
            _exit(98);
        execv(command[0], command);
        _exit(98);
    }
    close(done[1]);
    close(events[1]);
    (void)!read(done[0], &byte, 1);
    close(done[0]);
    *report = events[0];
    return pid;
}

/* From the run's targets to roles: container init is the one reported, the interpreter comes before the
 * keeper. */
static void account(int init) {
    bool interpreter_done = false;
    for (int i = 0; i < TARGETS; i++) {
        struct target *t = &s->targets[i];
        if (t->pid <= 0)
            continue;
        int role = i == 0                             ? MONITOR
                   : t->pid == init                   ? INIT
                   : interpreter_done || t->seen_root ? KEEPER
                                                      : INTERPRETER;
        interpreter_done = interpreter_done || role == INTERPRETER;
        tried[role] += t->tried;
        for (int way = 0; way < WAYS; way++)
            got[role][way] += t->got[way];
    }
}

/* One run. False when it did not end as a run does. */
static bool run(char **command, bool stops) {
    static char events[4096];
    int report = -1, status = 0, init = 0;
    memset(s->targets, 0, sizeof s->targets);
    int pid = start(command, &report);
    s->monitor = pid;
    while (waitpid(pid, &status, WNOHANG) == 0)
        stalk(pid, stops);
    s->monitor = 0;
    while (s->busy != 0)
        (void)sched_yield();
    ssize_t n = read(report, events, sizeof events - 1);
    close(report);
    events[n > 0 ? n : 0] = '\0';
    const char *created = strstr(events, "\"created\",\"pid\":");
    if (created != NULL)
        init = atoi(created + 16);
    account(init);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    printf("status %x: %s\n", (unsigned)status, events);
    return false;
}

static bool enough(long attempts) {
    for (int role = 0; role < ROLES; role++) {
        if (tried[role] < attempts)
            return false;
    }
    return true;
}

static int summary(int starts, int odd) {
    int bad = 0;
    for (int role = 0; role < ROLES; role++) {
        long open = 0;
        for (int way = 0; way < WAYS; way++) {
            open += by_uid[role][way] ? 0 : got[role][way];
            if (got[role][way] > 0)
                printf("%s %s %ld%s\n", role_names[role], ways[way], got[role][way],
                       by_uid[role][way] ? " by uid" : "");
        }
        printf("%s tried %ld got %ld\n", role_names[role], tried[role], open);
        bad |= open > 0;
    }
    printf("payload tried %ld\ndying got %ld\nstarts %d odd %d\n", s->payload, s->dying, starts, odd);
    return bad;
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "pause") == 0) {
        usleep((useconds_t)atoi(argv[2]) * 1000);
        return 0;
    }
    s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (argc < 4 || s == MAP_FAILED)
        return 99;
    int other = fork(), starts = 0, odd = 0;
    if (other == 0)
        sibling();
    while (starts < STARTS_MAX && (starts < atoi(argv[2]) || !enough(atol(argv[1])))) {
        odd += !run(argv + 3, starts % STOP_EVERY == 0);
        starts++;
    }
    s->stop = 1;
    (void)waitpid(other, NULL, 0);
    return summary(starts, odd);
}
