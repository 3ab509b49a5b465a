/*
 * timeline: runs the shim under ptrace(2) and looks at every process of it at each entry and exit of a system
 * call, up to the payload's exec: ids, capabilities, filter, and whether the caller could get at it.
 * Credentials and dumpability change by system calls only, so that is every instruction.
 *
 *   timeline [-u UID -g GID] -r ROLES COMMAND...    ROLES: names of the processes in the order they are made,
 * with commas
 *
 * Prints for each process, in their order, a line per state in which it was: the number of the first call
 * there, how often it came there, the three user ids (who they are), permitted and effective set, marks, and,
 * where something is effective, the calls that were made. Marks: nnp (no_new_privs), filter, inside (in a
 * user namespace of the container: the capabilities are none of the host's), dumpable, OPEN (the caller could
 * open its /proc/PID/mem, for which the kernel asks what it asks for ptrace). "GREW": a permitted set became
 * larger.
 */
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "call_names.def"

#define PROCESSES 16
#define STATES    128
#define CALLS     512
#define OPTIONS                                                                                              \
    (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |                \
     PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

enum { NNP = 1, FILTER = 2, INSIDE = 4, DUMPABLE = 8, OPEN = 16 };

struct state { /* without holes: compared as bytes */
    uint64_t permitted, effective;
    unsigned uid[3], marks;
};

struct seen {
    struct state is;
    unsigned first, times;
    bool made[CALLS];
};

struct process {
    pid_t pid;
    int index; /* -1: its parent did not say yet that it made it */
    unsigned calls, count, now;
    bool over;
    struct seen states[STATES];
};

static struct process processes[PROCESSES];
static int made;
static unsigned uid, gid;
static char own_userns[64];

static _Noreturn void die(const char *what) {
    perror(what);
    exit(99);
}

static struct process *find(pid_t pid) {
    for (int i = 0; i < PROCESSES; i++) {
        struct process *p = &processes[i];
        if (p->pid == 0)
            *p = (struct process){.pid = pid, .index = -1};
        if (p->pid == pid)
            return p;
    }
    die("too many processes");
}

/* As the caller: the kernel asks for /proc/PID/mem what it asks for PTRACE_ATTACH, by the ids of the file
 * system. */
static bool can_open(pid_t pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", pid);
    if (uid == 0)
        return false; /* root can */
    setfsgid(gid);
    if (setresuid(-1, uid, -1) != 0)
        die("setresuid");
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (setresuid(-1, 0, -1) != 0)
        die("setresuid");
    setfsgid(0);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool look(pid_t pid, struct state *s) {
    char path[64], line[256], ns[64] = "";
    struct stat st;
    unsigned number = 0;
    memset(s, 0, sizeof *s);
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return false;
    while (fgets(line, sizeof line, f) != NULL) {
        sscanf(line, "Uid: %u %u %u", &s->uid[0], &s->uid[1], &s->uid[2]);
        sscanf(line, "CapPrm: %lx", &s->permitted);
        sscanf(line, "CapEff: %lx", &s->effective);
        if (sscanf(line, "NoNewPrivs: %u", &number) == 1 && number != 0)
            s->marks |= NNP;
        if (sscanf(line, "Seccomp: %u", &number) == 1 && number == 2)
            s->marks |= FILTER;
    }
    fclose(f);
    snprintf(path, sizeof path, "/proc/%d/stat", pid); /* the directory is always the process's */
    if (stat(path, &st) != 0)
        return false;
    s->marks |= st.st_uid != 0 ? DUMPABLE : 0; /* not seen while the effective uid is 0 */
    snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
    ssize_t n = readlink(path, ns, sizeof ns - 1);
    s->marks |= n > 0 && strcmp(ns, own_userns) != 0 ? INSIDE : 0;
    s->marks |= can_open(pid) ? OPEN : 0;
    return true;
}

static void note(struct process *p, int call) {
    struct state s;
    if (!look(p->pid, &s))
        return;
    unsigned i = 0;
    while (i < p->count && memcmp(&p->states[i].is, &s, sizeof s) != 0)
        i++;
    if (i == STATES)
        die("too many states");
    if (p->count > 0 && (s.permitted & ~p->states[p->now].is.permitted) != 0 &&
        ((s.marks ^ p->states[p->now].is.marks) & INSIDE) == 0)
        printf("GREW: the permitted set of process %d at its call %u\n", p->index, p->calls);
    if (i == p->count)
        p->states[p->count++] = (struct seen){.is = s, .first = p->calls};
    if (i != p->now || p->states[i].times == 0)
        p->states[i].times++;
    p->now = i;
    if (call >= 0 && call < CALLS)
        p->states[i].made[call] = true;
}

static void on_call(struct process *p) {
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, p->pid, sizeof info, &info) <= 0)
        return;
    bool entry = info.op == PTRACE_SYSCALL_INFO_ENTRY;
    p->calls += entry;
    note(p, entry ? (int)info.entry.nr : -1);
}

static void on_stop(pid_t pid, int status) {
    struct process *p = find(pid);
    int event = status >> 16, sig = WSTOPSIG(status);
    unsigned long child = 0;
    if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
        ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child);
        find((pid_t)child)->index = made++;
    }
    if (event == PTRACE_EVENT_EXEC) { /* a payload's */
        ptrace(PTRACE_DETACH, pid, NULL, NULL);
        return;
    }
    if (sig == (SIGTRAP | 0x80))
        on_call(p);
    else
        note(p, -1);
    ptrace(PTRACE_SYSCALL, pid, NULL,
           (void *)(intptr_t)(event != 0 || sig == (SIGTRAP | 0x80) || sig == SIGTRAP ? 0 : sig));
}

static void print_caps(uint64_t caps) {
    static const char *const names[] = {"CHOWN",
                                        "DAC_OVERRIDE",
                                        "DAC_READ_SEARCH",
                                        "FOWNER",
                                        "FSETID",
                                        "KILL",
                                        "SETGID",
                                        "SETUID",
                                        "SETPCAP",
                                        "LINUX_IMMUTABLE",
                                        "NET_BIND_SERVICE",
                                        "NET_BROADCAST",
                                        "NET_ADMIN",
                                        "NET_RAW",
                                        "IPC_LOCK",
                                        "IPC_OWNER",
                                        "SYS_MODULE",
                                        "SYS_RAWIO",
                                        "SYS_CHROOT",
                                        "SYS_PTRACE",
                                        "SYS_PACCT",
                                        "SYS_ADMIN",
                                        "SYS_BOOT",
                                        "SYS_NICE",
                                        "SYS_RESOURCE",
                                        "SYS_TIME",
                                        "SYS_TTY_CONFIG",
                                        "MKNOD",
                                        "LEASE",
                                        "AUDIT_WRITE",
                                        "AUDIT_CONTROL",
                                        "SETFCAP",
                                        "MAC_OVERRIDE",
                                        "MAC_ADMIN",
                                        "SYSLOG",
                                        "WAKE_ALARM",
                                        "BLOCK_SUSPEND",
                                        "AUDIT_READ",
                                        "PERFMON",
                                        "BPF",
                                        "CHECKPOINT_RESTORE"};
    bool first = true;
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((caps >> i & 1) != 0)
            printf("%s%s", first ? "" : ",", names[i]);
        if ((caps >> i & 1) != 0)
            first = false;
    }
}

/* More than 20: those of a process that may be anything. */
static void print_set(const char *what, uint64_t caps) {
    printf(" %s ", what);
    if (caps == 0)
        printf("none");
    else if (__builtin_popcountll(caps) > 36)
        printf("all");
    else
        print_caps(caps);
}

static const char *who(unsigned id) {
    static char text[16];
    if (id == 0)
        return "root";
    if (id == uid)
        return "caller";
    if (id == 0x80000000U + uid)
        return "owner";
    snprintf(text, sizeof text, "%u", id);
    return text;
}

static const char *name_of(int call) {
    static char text[16];
#if defined(__x86_64__) /* others do not have all of these */
#define NAME(name)                                                                                           \
    if (call == SYS_##name)                                                                                  \
        return #name;
    CALL_NAMES(NAME)
#endif
    snprintf(text, sizeof text, "%d", call);
    return text;
}

static void print_calls(const struct seen *s) {
    const char *names[CALLS];
    unsigned count = 0;
    for (int i = 0; i < CALLS; i++) {
        if (!s->made[i])
            continue;
        unsigned at = count++;
        const char *name = strdup(name_of(i));
        for (; at > 0 && strcmp(names[at - 1], name) > 0; at--)
            names[at] = names[at - 1];
        names[at] = name;
    }
    printf(" |");
    for (unsigned i = 0; i < count; i++)
        printf(" %s", names[i]);
}

static void print_process(const struct process *p, const char *role) {
    for (unsigned i = 0; i < p->count; i++) {
        const struct seen *s = &p->states[i];
        printf("%-11s %4u x%-3u", role, s->first, s->times);
        printf(" %s", who(s->is.uid[0]));
        printf("/%s", who(s->is.uid[1]));
        printf("/%s", who(s->is.uid[2]));
        print_set("permitted", s->is.permitted);
        print_set("effective", s->is.effective);
        static const char *const marks[] = {"nnp", "filter", "inside", "dumpable", "OPEN"};
        for (unsigned m = 0; m < sizeof marks / sizeof marks[0]; m++) {
            if ((s->is.marks >> m & 1) != 0)
                printf(" %s", marks[m]);
        }
        if (s->is.effective != 0)
            print_calls(s);
        printf("\n");
    }
}

static void begin(char **command, const int *go) {
    char byte = 0;
    close(go[1]);
    if (read(go[0], &byte, 1) != 1)
        _exit(99);
    close(go[0]);
    if (uid != 0 &&
        (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0))
        _exit(99);
    execv(command[0], command);
    _exit(99);
}

static pid_t start(char **command) {
    int go[2], status = 0;
    if (pipe(go) != 0)
        die("pipe");
    pid_t first = fork();
    if (first == 0)
        begin(command, go);
    if (ptrace(PTRACE_SEIZE, first, NULL, OPTIONS) != 0 || write(go[1], "g", 1) != 1)
        die("ptrace");
    close(go[0]);
    close(go[1]);
    while (waitpid(first, &status, __WALL) == first && WIFSTOPPED(status) &&
           status >> 16 != PTRACE_EVENT_EXEC)
        ptrace(PTRACE_CONT, first, NULL, NULL);
    if (!WIFSTOPPED(status))
        die("the command was not executed");
    find(first)->index = made++;
    note(find(first), -1);
    ptrace(PTRACE_SYSCALL, first, NULL, NULL);
    return first;
}

int main(int argc, char **argv) {
    char *roles = NULL, *names[PROCESSES];
    int status = 0, result = 99, count = 0;
    for (int o = 0; (o = getopt(argc, argv, "+u:g:r:")) != -1;) {
        if (o == 'u')
            uid = (unsigned)strtoul(optarg, NULL, 10);
        else if (o == 'g')
            gid = (unsigned)strtoul(optarg, NULL, 10);
        else if (o == 'r')
            roles = optarg;
    }
    if (roles == NULL || optind == argc ||
        readlink("/proc/self/ns/user", own_userns, sizeof own_userns - 1) < 0)
        die("usage");
    for (char *name = strtok(roles, ","); name != NULL && count < PROCESSES; name = strtok(NULL, ","))
        names[count++] = name;
    pid_t first = start(argv + optind);
    for (pid_t pid = 0; (pid = waitpid(-1, &status, __WALL)) > 0;) {
        if (WIFSTOPPED(status))
            on_stop(pid, status);
        else if (pid == first)
            result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    for (int i = 0; i < made; i++) {
        for (int k = 0; k < PROCESSES; k++) {
            if (processes[k].pid != 0 && processes[k].index == i)
                print_process(&processes[k], i < count ? names[i] : "more");
        }
    }
    fflush(stdout);
    return result;
}
