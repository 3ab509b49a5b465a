/*
 * The floor: the container of the bench's default bundles (runc spec, runc spec --rootless) out of the system
 * calls that they demand, with nothing parsed, checked or decided. Nobody can be faster for that result;
 * check.bash sees to it that the result is the shim's.
 *
 *   floor root|user BUNDLE WHAT N COMMAND [ARG...]     rootfs is below BUNDLE
 *
 * root: as runc's default, with a cgroup; user: the rootless one, with a user namespace that the caller makes
 * itself. WHAT and N: what the bundle has more of. "plain 0" nothing; "rules" device rules beside the default
 * ones, in root's; "binds" bind mounts of BUNDLE/volume on /m/0 and on; "extents" lines of each id map, in
 * user's for a caller who is root; "variables" of 1 KiB.
 *
 * mount(2) is one call where fsopen, fsconfig (one for each option), fsmount, move_mount and close are up to
 * nine; measured, it is 0.03 ms faster, and so is sharing the memory until the exec, as vfork(2) does.
 */
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/if.h>
#include <linux/mount.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "core/plan/device_program.h"
#include "tests/bench/bare.h"

#define CGROUP     "/sys/fs/cgroup/locald-floor"
#define MANY       1100 /* of anything */
#define MNT_DETACH 2
#define UMASK      022

struct job {
    bool user;
    unsigned rules, binds, extents, variables;
    bool with_rules;
    const char *bundle;
    char **command;
    int go; /* extents: to be read until its end before anything else; -1 */
};

/* Spoken of by name in the bundle; masked or made read-only where they exist. */
static const struct {
    const char *path;
    bool directory;
} masked[] = {
    {"proc/acpi", true},         {"proc/asound", true},         {"proc/kcore", false},
    {"proc/keys", false},        {"proc/latency_stats", false}, {"proc/timer_list", false},
    {"proc/timer_stats", false}, {"proc/sched_debug", false},   {"sys/firmware", true},
    {"proc/scsi", true},
};
static const char *const readonly[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"};

static const struct {
    const char *name, *host;
    unsigned major, minor;
} nodes[] = {
    {"dev/null", "/dev/null", 1, 3},       {"dev/zero", "/dev/zero", 1, 5},
    {"dev/full", "/dev/full", 1, 7},       {"dev/random", "/dev/random", 1, 8},
    {"dev/urandom", "/dev/urandom", 1, 9}, {"dev/tty", "/dev/tty", 5, 0},
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* --- the cgroup and its device rules --- */

#define RULE(says, of, numbered, and, kinds)                                                                 \
    (struct op_device_rule) {                                                                                \
        .allow = (says), .type = (of), .major = (numbered), .minor = (and), .access = (kinds)                \
    }

/* Everything is forbidden but mknod and the devices that OCI gives to every container; then the N of the
 * command line, all for reading, writing and mknod. The shim's own program: no other is known that the kernel
 * loads faster. */
static int device_program(unsigned more) {
    enum { ALL = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE };
    static struct op_device_rule rules[32 + MANY] = {
        RULE(0, 'a', PLAN_ANY, PLAN_ANY, ALL),
        RULE(1, 'c', PLAN_ANY, PLAN_ANY, BPF_DEVCG_ACC_MKNOD),
        RULE(1, 'b', PLAN_ANY, PLAN_ANY, BPF_DEVCG_ACC_MKNOD),
        RULE(1, 'c', 5, 1, ALL),          /* /dev/console */
        RULE(1, 'c', 5, 2, ALL),          /* /dev/ptmx */
        RULE(1, 'c', 136, PLAN_ANY, ALL), /* /dev/pts/N */
    };
    static struct bpf_insn insns[9 * (32 + MANY) + 16];
    struct device_program program = {.insns = insns};
    uint32_t n = 6;
    for (size_t i = 0; i < COUNT(nodes); i++)
        rules[n++] = RULE(1, 'c', nodes[i].major, nodes[i].minor, ALL);
    for (unsigned i = 0; i < more; i++)
        rules[n++] = RULE(1, 'c', 300, i, ALL);
    device_program_write(&program, rules, n);
    union bpf_attr load = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
                           .insns = (uint64_t)(uintptr_t)insns,
                           .insn_cnt = program.count,
                           .license = (uint64_t)(uintptr_t) ""};
    return (int)MUST(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load);
}

static int cgroup_make(const struct job *job) {
    MUST(SYS_mkdirat, AT_FDCWD, CGROUP, 0755);
    int fd = (int)MUST(SYS_openat, AT_FDCWD, CGROUP, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (job->with_rules) {
        union bpf_attr attach = {.target_fd = (uint32_t)fd,
                                 .attach_bpf_fd = (uint32_t)device_program(job->rules),
                                 .attach_type = BPF_CGROUP_DEVICE,
                                 .attach_flags = BPF_F_ALLOW_MULTI};
        MUST(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach);
    }
    return fd;
}

/* --- inside --- */

#define MOUNT(source, target, type, flags, data) MUST(SYS_mount, source, target, type, flags, data)

static void write_file(const char *path, const char *text, size_t len) {
    int fd = (int)MUST(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
    MUST(SYS_write, fd, text, len);
    MUST(SYS_close, fd);
}

static size_t decimal(char *to, unsigned long value) {
    char digits[20];
    size_t n = 0, len = 0;
    do
        digits[n++] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    while (n > 0)
        to[len++] = digits[--n];
    return len;
}

/* What unshare(1) and bubblewrap do: the caller's own id is 0 inside, and setgroups(2) is given up for that.
 */
static void map_own_ids(const struct job *job, unsigned uid, unsigned gid) {
    char line[32] = "0 ";
    if (job->go >= 0) { /* the caller writes the maps */
        MUST(SYS_read, job->go, line, 1);
        return;
    }
    size_t len = 2 + decimal(line + 2, uid);
    line[len] = ' ', line[len + 1] = '1';
    write_file("/proc/self/uid_map", line, len + 2);
    write_file("/proc/self/setgroups", "deny", 4);
    len = 2 + decimal(line + 2, gid);
    line[len] = ' ', line[len + 1] = '1';
    write_file("/proc/self/gid_map", line, len + 2);
}

static void mount_rootfs(const struct job *job) {
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY | (job->user ? MOUNT_ATTR_NODEV : 0)};
    if (!job->user) /* a mount namespace of a new user namespace receives only, without being asked to */
        MOUNT(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL);
    MUST(SYS_chdir, job->bundle);
    int tree =
        (int)MUST(SYS_open_tree, AT_FDCWD, "rootfs", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    MUST(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof attr);
    MUST(SYS_move_mount, tree, "", AT_FDCWD, "rootfs", MOVE_MOUNT_F_EMPTY_PATH);
    MUST(SYS_fchdir, tree);
}

static void mount_sys(bool user) {
    unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY;
    if (user) {
        struct mount_attr all = {.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
        MOUNT("/sys", "sys", NULL, MS_BIND | MS_REC, NULL);
        MUST(SYS_mount_setattr, AT_FDCWD, "sys", AT_RECURSIVE, &all, sizeof all);
        MOUNT(NULL, "sys", NULL, MS_REMOUNT | MS_BIND | flags, NULL);
    } else {
        MOUNT("sysfs", "sys", "sysfs", flags, NULL);
    }
    MOUNT("/sys/fs/cgroup", "sys/fs/cgroup", NULL, MS_BIND | MS_REC, NULL);
    MOUNT(NULL, "sys/fs/cgroup", NULL, MS_REMOUNT | MS_BIND | MS_RELATIME | flags, NULL);
}

static void mount_all(const struct job *job) {
    unsigned long locked = job->user ? MS_NOSUID | MS_NODEV : 0;
    MOUNT("proc", "proc", "proc", locked, NULL);
    MOUNT("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME | locked, "mode=755,size=65536k");
    MUST(SYS_mkdirat, AT_FDCWD, "dev/pts", 0755);
    MOUNT("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
          job->user ? "newinstance,ptmxmode=0666,mode=0620" : "newinstance,ptmxmode=0666,mode=0620,gid=5");
    MUST(SYS_mkdirat, AT_FDCWD, "dev/shm", 0755);
    MOUNT("shm", "dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777,size=65536k");
    MUST(SYS_mkdirat, AT_FDCWD, "dev/mqueue", 0755);
    MOUNT("mqueue", "dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    mount_sys(job->user);
    char target[16] = "m/";
    for (unsigned i = 0; i < job->binds; i++) {
        target[2 + decimal(target + 2, i)] = '\0';
        MOUNT("../volume", target, NULL, MS_BIND, NULL);
    }
}

static void make_devices(bool user) {
    for (size_t i = 0; i < COUNT(nodes); i++) {
        unsigned mode = user ? S_IFREG | 0666 : S_IFCHR | 0666;
        MUST(SYS_mknodat, AT_FDCWD, nodes[i].name, mode, user ? 0 : makedev(nodes[i].major, nodes[i].minor));
        if (user) /* nobody may make a device in a user namespace */
            MOUNT(nodes[i].host, nodes[i].name, NULL, MS_BIND, NULL);
    }
    MUST(SYS_symlinkat, "/proc/self/fd", AT_FDCWD, "dev/fd");
    MUST(SYS_symlinkat, "/proc/self/fd/0", AT_FDCWD, "dev/stdin");
    MUST(SYS_symlinkat, "/proc/self/fd/1", AT_FDCWD, "dev/stdout");
    MUST(SYS_symlinkat, "/proc/self/fd/2", AT_FDCWD, "dev/stderr");
    MUST(SYS_symlinkat, "pts/ptmx", AT_FDCWD, "dev/ptmx");
}

/* Whether a path exists, only the kernel can say: what fails here is a path that this host does not have. */
static void mask(bool user) {
    const char *null = "/dev/null", *empty = NULL; /* what hides the others */
    for (size_t i = 0; i < COUNT(masked); i++) {
        const char *path = masked[i].path;
        if (!masked[i].directory || empty != NULL)
            (void)CALL(SYS_mount, masked[i].directory ? empty : null, path, NULL, MS_BIND, NULL);
        else if (CALL(SYS_mount, "none", path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
                      "size=4k,nr_inodes=2,mode=755") == 0)
            empty = path;
    }
    for (size_t i = 0; i < COUNT(readonly); i++) {
        if (CALL(SYS_mount, readonly[i], readonly[i], NULL, MS_BIND | MS_REC, NULL) == 0)
            MOUNT(NULL, readonly[i], NULL,
                  MS_REMOUNT | MS_BIND | MS_RDONLY | (user ? MS_NOSUID | MS_NODEV : 0), NULL);
    }
}

static void loopback_up(void) {
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int fd = (int)MUST(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    MUST(SYS_ioctl, fd, SIOCSIFFLAGS, &lo);
}

static void set_process(bool user) {
    const uint64_t caps = 1u << CAP_KILL | 1u << CAP_NET_BIND_SERVICE | 1u << CAP_AUDIT_WRITE;
    const struct rlimit files = {1024, 1024};
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{.effective = (uint32_t)caps, .permitted = (uint32_t)caps}};
    MUST(SYS_sethostname, "runc", 4);
    MUST(SYS_prlimit64, 0, RLIMIT_NOFILE, &files, NULL);
    if (!user)
        MUST(SYS_setgroups, 0, NULL);
    for (unsigned long cap = 0; cap <= CAP_LAST_CAP; cap++)
        if ((caps >> cap & 1) == 0)
            MUST(SYS_prctl, PR_CAPBSET_DROP, cap, 0, 0, 0);
    MUST(SYS_capset, &head, data);
    MUST(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    MUST(SYS_umask, UMASK);
    MUST(SYS_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC); /* the caller's too */
}

static __attribute__((noreturn)) void execute(const struct job *job) {
    static char variable[1024] = "A=";
    static char *env[MANY * 2 + 3] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                      "TERM=xterm"};
    for (size_t i = 2; job->variables > 0 && i < sizeof variable - 1; i++)
        variable[i] = 'x';
    for (size_t i = 0; i < job->variables; i++)
        env[2 + i] = variable;
    MUST(SYS_execve, job->command[0], job->command, env);
    bare_exit(125);
}

/* Not inlined: until its exec it runs on the stack of the suspended caller, below the caller's frame. */
static __attribute__((noreturn, noinline)) void container(const struct job *job, unsigned uid, unsigned gid) {
    if (job->user)
        map_own_ids(job, uid, gid);
    MUST(SYS_umask, 0);
    MUST(SYS_setsid);
    mount_rootfs(job);
    mount_all(job);
    make_devices(job->user);
    mask(job->user);
    MUST(SYS_pivot_root, ".", ".");
    MUST(SYS_umount2, ".", MNT_DETACH);
    if (!job->user)
        loopback_up();
    set_process(job->user);
    execute(job);
}

/* --- outside --- */

static void write_maps(long pid, unsigned extents) {
    static char text[MANY * 24];
    char path[32] = "/proc/";
    size_t len = 0, at = 6 + decimal(path + 6, (unsigned long)pid);
    for (unsigned i = 0; i < extents; i++) { /* 0 is root; no two lines could be one; 340 fit into a page */
        len += decimal(text + len, i);
        text[len++] = ' ';
        len += decimal(text + len, i == 0 ? 0 : 10000 + 2 * i);
        text[len++] = ' ', text[len++] = '1', text[len++] = '\n';
    }
    const char *const files[] = {"/uid_map", "/gid_map"};
    for (size_t k = 0; k < COUNT(files); k++) {
        for (size_t i = 0; i <= 8; i++)
            path[at + i] = files[k][i];
        write_file(path, text, len);
    }
}

static int run(struct job *job) {
    unsigned long flags = CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS;
    struct clone_args args = {.flags = flags | (job->user ? CLONE_NEWUSER : CLONE_NEWNET),
                              .exit_signal = SIGCHLD};
    int go[2] = {-1, -1}, status = -1;
    unsigned uid = 0, gid = 0;
    if (job->user && job->extents == 0)
        uid = (unsigned)CALL(SYS_geteuid), gid = (unsigned)CALL(SYS_getegid);
    if (job->extents > 0)
        MUST(SYS_pipe2, go, O_CLOEXEC);
    else
        args.flags |= CLONE_VM | CLONE_VFORK;
    job->go = go[0];
    if (!job->user)
        args.cgroup = (uint64_t)cgroup_make(job), args.flags |= CLONE_INTO_CGROUP;
    long pid = MUST(SYS_clone3, &args, sizeof args);
    if (pid == 0)
        container(job, uid, gid);
    if (job->extents > 0) {
        write_maps(pid, job->extents);
        MUST(SYS_write, go[1], "g", 1);
    }
    MUST(SYS_wait4, pid, &status, 0, NULL);
    if (!job->user)
        MUST(SYS_unlinkat, AT_FDCWD, CGROUP, AT_REMOVEDIR);
    return (status & 0x7f) != 0 ? 128 + (status & 0x7f) : status >> 8 & 0xff;
}

static __attribute__((noreturn)) void begin(long argc, char **argv) {
    unsigned n = 0;
    if (argc < 6)
        bare_exit(2);
    for (const char *digit = argv[4]; *digit != '\0'; digit++)
        n = n * 10 + (unsigned)(*digit - '0');
    const char what = argv[3][0];
    if (n > 2 * MANY || (n > MANY && what != 'v'))
        bare_exit(2);
    struct job job = {.user = argv[1][0] == 'u', .bundle = argv[2], .command = argv + 5, .go = -1};
    job.with_rules = what == 'r';
    job.rules = what == 'r' ? n : 0;
    job.binds = what == 'b' ? n : 0;
    job.extents = what == 'e' ? n : 0;
    job.variables = what == 'v' ? n : 0;
    bare_exit(run(&job));
}

BARE_MAIN
