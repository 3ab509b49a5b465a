/* core/gate/gate_mounts.c and gate_files.c: the root file system, mounts, binds, devices, paths. */
#include "tests/unit/gate_rows.h"

#define SAFE  ((uint64_t)MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)
#define ATIME ((uint64_t)MOUNT_ATTR__ATIME)
#define SLAVE ((uint32_t)(MS_SLAVE | MS_REC))

#define ROOTFS(p, a, prop) STEP(rootfs, .path = (p), .attr = (a), .propagation = (prop))

static const struct row roots[] = {
    {"relative, user", &as_user, NS_USER, ROOTFS("rootfs", MOUNT_ATTR_NODEV, SLAVE), E_NONE},
    {"absolute, root", &as_root, NS_LEAST, ROOTFS("/a", 0, MS_PRIVATE), E_NONE},
    {"recursive private", &as_root, NS_LEAST, ROOTFS("/a", MOUNT_ATTR_RDONLY, MS_PRIVATE | MS_REC), E_NONE},
    {"empty path", &as_root, NS_LEAST, ROOTFS("", 0, SLAVE), E_CONFIG_VALUE},
    {"not nodev", &as_user, NS_USER, ROOTFS("/a", MOUNT_ATTR_NOSUID, SLAVE), E_AUTHORITY},
    {"idmapped", &as_root, NS_LEAST, ROOTFS("/a", MOUNT_ATTR_IDMAP, SLAVE), E_PLAN_FORMAT},
    {"unknown bit", &as_root, NS_LEAST, ROOTFS("/a", 1ull << 63, SLAVE), E_PLAN_FORMAT},
    {"shared", &as_root, NS_LEAST, ROOTFS("/a", 0, MS_SHARED | MS_REC), E_PLAN_FORMAT},
    {"no propagation", &as_root, NS_LEAST, ROOTFS("/a", 0, 0), E_PLAN_FORMAT},
    {"two propagations", &as_root, NS_LEAST, ROOTFS("/a", 0, MS_SLAVE | MS_PRIVATE), E_PLAN_FORMAT},
    {"MS_BIND", &as_root, NS_LEAST, ROOTFS("/a", 0, MS_SLAVE | MS_BIND), E_PLAN_FORMAT},
};

static void root_file_system(void **state) {
    (void)state;
    RUN_ROWS(roots);
}

#define MOUNT(...) STEP(mount, .source = "", .target = "/x", .fstype = __VA_ARGS__)
#define NO_NET     (NS_ALL & ~(uint32_t)CLONE_NEWNET)
#define NO_IPC     (NS_ALL & ~(uint32_t)CLONE_NEWIPC)
#define NO_CGROUP  (NS_ALL & ~(uint32_t)CLONE_NEWCGROUP)

static const struct row types[] = {
    {"proc", &as_user, NS_ALL, MOUNT("proc", .attr = SAFE), E_NONE},
    {"sysfs", &as_user, NS_ALL, MOUNT("sysfs", .attr = SAFE), E_NONE},
    {"tmpfs", &as_user, NS_USER, MOUNT("tmpfs", .attr = SAFE), E_NONE},
    {"devpts", &as_user, NS_USER, MOUNT("devpts", .attr = SAFE), E_NONE},
    {"mqueue", &as_user, NS_ALL, MOUNT("mqueue", .attr = SAFE), E_NONE},
    {"cgroup2", &as_user, NS_ALL, MOUNT("cgroup2", .attr = SAFE), E_NONE},
    {"sysfs, host's network", &as_user, NO_NET, MOUNT("sysfs", .attr = SAFE), E_CONFIG_VALUE},
    {"mqueue, host's ipc", &as_user, NO_IPC, MOUNT("mqueue", .attr = SAFE), E_CONFIG_VALUE},
    {"cgroup2, host's cgroup", &as_user, NO_CGROUP, MOUNT("cgroup2", .attr = SAFE), E_CONFIG_VALUE},
    {"root in a user namespace", &as_root, NO_NET, MOUNT("sysfs"), E_CONFIG_VALUE},
    {"root, sysfs of the host's network", &as_root, NS_LEAST, MOUNT("sysfs"), E_NONE},
    {"root, mqueue of the host's ipc", &as_root, NS_LEAST, MOUNT("mqueue"), E_NONE},
    {"ext4", &as_user, NS_ALL, MOUNT("ext4", .attr = SAFE), E_AUTHORITY},
    {"xfs", &as_user, NS_ALL, MOUNT("xfs", .attr = SAFE), E_AUTHORITY},
    {"squashfs", &as_user, NS_ALL, MOUNT("squashfs", .attr = SAFE), E_AUTHORITY},
    {"fuse", &as_user, NS_ALL, MOUNT("fuse", .attr = SAFE), E_AUTHORITY},
    {"nfs", &as_user, NS_ALL, MOUNT("nfs", .attr = SAFE), E_AUTHORITY},
    {"bpf", &as_user, NS_ALL, MOUNT("bpf", .attr = SAFE), E_AUTHORITY},
    {"debugfs", &as_user, NS_ALL, MOUNT("debugfs", .attr = SAFE), E_AUTHORITY},
    {"overlay", &as_user, NS_ALL, MOUNT("overlay", .attr = SAFE), E_AUTHORITY},
    {"cgroup, v1", &as_user, NS_ALL, MOUNT("cgroup", .attr = SAFE), E_AUTHORITY},
    {"procx", &as_user, NS_ALL, MOUNT("procx", .attr = SAFE), E_AUTHORITY},
    {"no type, user", &as_user, NS_ALL, MOUNT("", .attr = SAFE), E_CONFIG_VALUE},
    {"no type, root", &as_root, NS_LEAST, MOUNT(""), E_CONFIG_VALUE},
    {"ext4, root", &as_root, NS_LEAST, MOUNT("ext4"), E_NONE},
    {"fuse.sshfs, root", &as_root, NS_LEAST, MOUNT("fuse.sshfs"), E_NONE},
    {"a slash", &as_root, NS_LEAST, MOUNT("a/b"), E_CONFIG_VALUE},
    {"a newline", &as_root, NS_LEAST, MOUNT("ext4\n"), E_CONFIG_VALUE},
};

static void file_system_types(void **state) {
    (void)state;
    RUN_ROWS(types);
}

static const struct row attributes[] = {
    {"all known", &as_user, NS_USER,
     MOUNT("tmpfs", .attr = SAFE | MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODIRATIME |
                            MOUNT_ATTR_NOSYMFOLLOW | MOUNT_ATTR_NOATIME),
     E_NONE},
    {"strictatime", &as_root, NS_LEAST, MOUNT("tmpfs", .attr = MOUNT_ATTR_STRICTATIME), E_NONE},
    {"two atimes", &as_root, NS_LEAST, MOUNT("tmpfs", .attr = 0x30), E_PLAN_FORMAT},
    {"an atime that is none", &as_root, NS_LEAST, MOUNT("tmpfs", .attr = 0x40), E_PLAN_FORMAT},
    {"unknown bit", &as_root, NS_LEAST, MOUNT("tmpfs", .attr = 0x100), E_PLAN_FORMAT},
    {"idmapped", &as_root, NS_LEAST, MOUNT("tmpfs", .attr = MOUNT_ATTR_IDMAP), E_PLAN_FORMAT},
    {"not nosuid", &as_user, NS_USER, MOUNT("tmpfs", .attr = MOUNT_ATTR_NODEV), E_AUTHORITY},
    {"not nodev", &as_user, NS_USER, MOUNT("tmpfs", .attr = MOUNT_ATTR_NOSUID), E_AUTHORITY},
    {"devpts with devices", &as_user, NS_USER, MOUNT("devpts", .attr = MOUNT_ATTR_NOSUID), E_NONE},
    {"devpts not nosuid", &as_user, NS_USER, MOUNT("devpts", .attr = MOUNT_ATTR_NODEV), E_AUTHORITY},
    {"neither", &as_ranged, NS_USER, MOUNT("tmpfs"), E_AUTHORITY},
    {"root as he likes", &as_root, NS_LEAST, MOUNT("tmpfs"), E_NONE},
    {"options", &as_root, NS_LEAST, MOUNT("tmpfs", .options = LIST(2, "\3\0\0\0a=b\0\1\0\0\0c")), E_NONE},
    {"an empty option", &as_root, NS_LEAST, MOUNT("tmpfs", .options = LIST(2, "\3\0\0\0a=b\0\0\0\0\0")),
     E_CONFIG_VALUE},
    {"a nameless option", &as_root, NS_LEAST, MOUNT("tmpfs", .options = LIST(1, "\2\0\0\0=b")),
     E_CONFIG_VALUE},
    /* MS_SHARED 1<<20, MS_SLAVE 1<<19, MS_PRIVATE 1<<18, MS_UNBINDABLE 1<<17, MS_REC 1<<14 */
    {"propagations", &as_root, NS_LEAST,
     MOUNT("tmpfs", .propagation = NUMBERS(4, "\0\0\x10\0\0\x40\x8\0\0\x40\x4\0\0\0\x2\0")), E_NONE},
    {"MS_REC alone", &as_root, NS_LEAST, MOUNT("tmpfs", .propagation = NUMBERS(1, "\0\x40\0\0")),
     E_PLAN_FORMAT},
    {"two at once", &as_root, NS_LEAST, MOUNT("tmpfs", .propagation = NUMBERS(1, "\0\0\x18\0")),
     E_PLAN_FORMAT},
    {"MS_MOVE", &as_root, NS_LEAST, MOUNT("tmpfs", .propagation = NUMBERS(2, "\0\0\x10\0\0\x20\0\0")),
     E_PLAN_FORMAT},
    {"copied up, user", &as_user, NS_USER, MOUNT("tmpfs", .attr = SAFE, .copy_up = 1), E_NONE},
    {"copied up, root", &as_root, NS_LEAST, MOUNT("tmpfs", .copy_up = 2), E_NONE},
    {"copied up in a way that is none", &as_root, NS_LEAST, MOUNT("tmpfs", .copy_up = 3), E_CONFIG_VALUE},
    {"copied up into procfs", &as_user, NS_ALL, MOUNT("proc", .attr = SAFE, .copy_up = 1), E_CONFIG_VALUE},
    {"relative target", &as_root, NS_LEAST, STEP(mount, .fstype = "tmpfs", .target = "x"), E_CONFIG_VALUE},
    {"no target", &as_root, NS_LEAST, STEP(mount, .fstype = "tmpfs", .target = ""), E_CONFIG_VALUE},
};

static void mounts(void **state) {
    (void)state;
    RUN_ROWS(attributes);
}

#define BIND(...) STEP(bind, .source = "data", .target = "/x", __VA_ARGS__)

static const struct row binds[] = {
    {"user", &as_user, NS_USER, BIND(.attr_set = SAFE), E_NONE},
    {"root", &as_root, NS_LEAST, BIND(.attr_set = 0), E_NONE},
    {"no source", &as_root, NS_LEAST, STEP(bind, .source = "", .target = "/x"), E_CONFIG_VALUE},
    {"relative target", &as_root, NS_LEAST, STEP(bind, .source = "a", .target = "x/y"), E_CONFIG_VALUE},
    {"not nosuid", &as_user, NS_USER, BIND(.attr_set = MOUNT_ATTR_NODEV), E_AUTHORITY},
    {"not nodev", &as_user, NS_USER, BIND(.attr_set = MOUNT_ATTR_NOSUID), E_AUTHORITY},
    {"only for the tree", &as_user, NS_USER, BIND(.rattr_set = SAFE), E_AUTHORITY},
    {"cleared for the tree, nosuid", &as_user, NS_USER,
     BIND(.attr_set = SAFE, .rattr_clr = MOUNT_ATTR_NOSUID), E_AUTHORITY},
    {"cleared for the tree, nodev", &as_user, NS_USER, BIND(.attr_set = SAFE, .rattr_clr = MOUNT_ATTR_NODEV),
     E_AUTHORITY},
    {"root clears", &as_root, NS_LEAST, BIND(.attr_clr = SAFE, .rattr_clr = SAFE), E_NONE},
    {"rw", &as_user, NS_USER, BIND(.attr_set = SAFE, .attr_clr = MOUNT_ATTR_RDONLY), E_NONE},
    {"rro", &as_user, NS_USER, BIND(.attr_set = SAFE, .recursive = 1, .rattr_set = SAFE | MOUNT_ATTR_RDONLY),
     E_NONE},
    {"rro, root", &as_root, NS_LEAST, BIND(.recursive = 1, .rattr_set = MOUNT_ATTR_RDONLY), E_NONE},
    {"tree not nosuid", &as_user, NS_USER,
     BIND(.attr_set = SAFE, .recursive = 1, .rattr_set = MOUNT_ATTR_NODEV), E_AUTHORITY},
    {"tree not nodev", &as_user, NS_USER,
     BIND(.attr_set = SAFE, .recursive = 1, .rattr_set = MOUNT_ATTR_NOSUID), E_AUTHORITY},
    {"top not nodev", &as_user, NS_USER,
     BIND(.attr_set = MOUNT_ATTR_NOSUID, .recursive = 1, .rattr_set = SAFE), E_AUTHORITY},
    {"over the root", &as_root, NS_LEAST, STEP(bind, .source = "a", .target = "/"), E_CONFIG_VALUE},
    {"over the root, dots", &as_root, NS_LEAST, STEP(bind, .source = "a", .target = "//./.."),
     E_CONFIG_VALUE},
    {"over the root, and back", &as_root, NS_LEAST, STEP(bind, .source = "a", .target = "/a/../b/./../"),
     E_CONFIG_VALUE},
    {"up and down", &as_root, NS_LEAST, STEP(bind, .source = "a", .target = "/../a/../../b"), E_NONE},
    {"names with dots", &as_root, NS_LEAST, STEP(bind, .source = "a", .target = "/.a/../..b/"), E_NONE},
    {"three dots", &as_root, NS_LEAST, STEP(bind, .source = "a", .target = "/..."), E_NONE},
    {"a short name", &as_root, NS_LEAST, STEP(bind, .source = "a", .target = "/b"), E_NONE},
    {"a dot and a letter", &as_root, NS_LEAST, STEP(bind, .source = "a", .target = "/.b"), E_NONE},
    {"two letters", &as_root, NS_LEAST, STEP(bind, .source = "a", .target = "/bb"), E_NONE},
    {"set and clear", &as_root, NS_LEAST, BIND(.attr_set = 1, .attr_clr = 1), E_PLAN_FORMAT},
    {"set and clear, tree", &as_root, NS_LEAST, BIND(.rattr_set = 8, .rattr_clr = 9), E_PLAN_FORMAT},
    {"set and clear nosuid, user", &as_user, NS_USER, BIND(.attr_set = SAFE, .attr_clr = MOUNT_ATTR_NOSUID),
     E_PLAN_FORMAT},
    {"noatime", &as_root, NS_LEAST, BIND(.attr_set = MOUNT_ATTR_NOATIME, .attr_clr = ATIME), E_NONE},
    {"relatime", &as_root, NS_LEAST, BIND(.attr_clr = ATIME), E_NONE},
    {"noatime, not cleared", &as_root, NS_LEAST, BIND(.attr_set = MOUNT_ATTR_NOATIME), E_PLAN_FORMAT},
    {"atime cleared in part", &as_root, NS_LEAST, BIND(.attr_clr = MOUNT_ATTR_NOATIME), E_PLAN_FORMAT},
    {"two atimes", &as_root, NS_LEAST, BIND(.attr_set = 0x30, .attr_clr = ATIME), E_PLAN_FORMAT},
    {"unknown set", &as_root, NS_LEAST, BIND(.attr_set = 0x400), E_PLAN_FORMAT},
    {"unknown clear", &as_root, NS_LEAST, BIND(.attr_clr = 0x400), E_PLAN_FORMAT},
    {"idmapped tree", &as_root, NS_LEAST, BIND(.rattr_set = MOUNT_ATTR_IDMAP), E_PLAN_FORMAT},
    {"an idmapped tree that no step makes", &as_root, NS_LEAST, BIND(.tree = PLAN_TREE_IDMAPPED),
     E_PLAN_ORDER},
    {"an idmapped tree, user", &as_user, NS_USER, BIND(.attr_set = SAFE, .tree = PLAN_TREE_IDMAPPED),
     E_PLAN_ORDER},
    {"rslave", &as_user, NS_USER, BIND(.attr_set = SAFE, .propagation = NUMBERS(1, "\0\x40\x8\0")), E_NONE},
    {"odd propagation", &as_user, NS_USER, BIND(.attr_set = SAFE, .propagation = NUMBERS(1, "\1\0\0\0")),
     E_PLAN_FORMAT},
};

static void bind_mounts(void **state) {
    (void)state;
    RUN_ROWS(binds);
}

#define REMOUNT(...) STEP(bind, .source = "", .target = "/x", .tree = PLAN_TREE_STANDING, __VA_ARGS__)

static const struct row remounts[] = {
    {"ro, user", &as_user, NS_USER, REMOUNT(.attr_set = MOUNT_ATTR_RDONLY), E_NONE},
    {"rw, user", &as_user, NS_USER, REMOUNT(.attr_clr = MOUNT_ATTR_RDONLY), E_NONE},
    {"suid, user", &as_user, NS_USER, REMOUNT(.attr_clr = MOUNT_ATTR_NOSUID), E_AUTHORITY},
    {"dev, user", &as_user, NS_USER, REMOUNT(.attr_clr = MOUNT_ATTR_NODEV), E_AUTHORITY},
    {"suid of the tree, user", &as_user, NS_USER, REMOUNT(.rattr_clr = MOUNT_ATTR_NOSUID), E_AUTHORITY},
    {"dev of the tree, user", &as_user, NS_USER, REMOUNT(.rattr_clr = MOUNT_ATTR_NODEV), E_AUTHORITY},
    {"suid and dev, root", &as_root, NS_LEAST, REMOUNT(.attr_clr = SAFE, .rattr_clr = SAFE), E_NONE},
    {"idmapped", &as_root, NS_LEAST, REMOUNT(.attr_set = MOUNT_ATTR_IDMAP), E_PLAN_FORMAT},
    {"idmapped tree", &as_root, NS_LEAST, REMOUNT(.rattr_set = MOUNT_ATTR_IDMAP), E_PLAN_FORMAT},
    {"set and clear", &as_root, NS_LEAST, REMOUNT(.attr_set = 1, .attr_clr = 1), E_PLAN_FORMAT},
    {"propagation", &as_user, NS_USER, REMOUNT(.propagation = NUMBERS(1, "\0\0\x10\0")), E_NONE},
    {"odd propagation", &as_user, NS_USER, REMOUNT(.propagation = NUMBERS(1, "\0\0\x20\0")), E_PLAN_FORMAT},
    {"the root", &as_root, NS_LEAST, STEP(bind, .source = "", .target = "/a/..", .tree = PLAN_TREE_STANDING),
     E_CONFIG_VALUE},
    {"relative", &as_root, NS_LEAST, STEP(bind, .source = "", .target = "x", .tree = PLAN_TREE_STANDING),
     E_CONFIG_VALUE},
};

static void remounted(void **state) {
    (void)state;
    RUN_ROWS(remounts);
}

#define TRIPLE        NUMBERS(3, "\0\0\0\0\0\0\x1\0\0\0\1\0")
#define NO_NUMBERS    NUMBERS(0, "")
#define IDMAPPED(...) STEP(idmapped, .source = "data", __VA_ARGS__)

static const struct row trees[] = {
    {"root", &as_root, NS_LEAST, IDMAPPED(.uids = TRIPLE, .gids = TRIPLE), E_NONE},
    {"root with a user namespace", &as_root, NS_USER, IDMAPPED(.uids = TRIPLE, .gids = TRIPLE), E_NONE},
    {"user", &as_user, NS_USER, IDMAPPED(.uids = TRIPLE, .gids = TRIPLE), E_AUTHORITY},
    {"user with ranges", &as_ranged, NS_USER, IDMAPPED(.uids = TRIPLE, .gids = TRIPLE), E_AUTHORITY},
    {"no uids", &as_root, NS_LEAST, IDMAPPED(.uids = NO_NUMBERS, .gids = TRIPLE), E_PLAN_FORMAT},
    {"no gids", &as_root, NS_LEAST, IDMAPPED(.uids = TRIPLE, .gids = NO_NUMBERS), E_PLAN_FORMAT},
    {"half a triple of uids", &as_root, NS_LEAST, IDMAPPED(.uids = NUMBERS(2, "12341234"), .gids = TRIPLE),
     E_PLAN_FORMAT},
    {"half a triple of gids", &as_root, NS_LEAST,
     IDMAPPED(.uids = TRIPLE, .gids = NUMBERS(4, "1234123412341234")), E_PLAN_FORMAT},
};

static void idmapped_trees(void **state) {
    (void)state;
    RUN_ROWS(trees);
}

/* As many binds as trees, and no more. */
static void idmapped_binds(void **state) {
    (void)state;
    struct row last = {"", &as_root, NS_LEAST, BIND(.tree = PLAN_TREE_IDMAPPED), E_NONE};
    struct step tree = IDMAPPED(.uids = TRIPLE, .gids = TRIPLE);
    struct gate g;
    struct error e = {0};
    struct step unshare = STEP(unshare, .flags = NS_LEAST);
    gate_begin(&g, last.caller);
    must(&g, &unshare);
    must(&g, &tree);
    must(&g, &tree);
    must(&g, &last.step);
    must(&g, &last.step);
    check_verdict("a third bind", gate_step(&g, &last.step, &e), &e, E_PLAN_ORDER);
}

#define NODE(p, t, ma, mi, b)                                                                                \
    STEP(device, .path = (p), .type = (t), .major = (ma), .minor = (mi), .bind = (b))

static const struct row devices[] = {
    {"null", &as_user, NS_USER, NODE("/dev/null", 'c', 1, 3, 1), E_NONE},
    {"zero", &as_user, NS_USER, NODE("/dev/zero", 'c', 1, 5, 1), E_NONE},
    {"full", &as_user, NS_USER, NODE("/dev/full", 'c', 1, 7, 1), E_NONE},
    {"random", &as_user, NS_USER, NODE("/dev/random", 'c', 1, 8, 1), E_NONE},
    {"urandom", &as_user, NS_USER, NODE("/dev/urandom", 'c', 1, 9, 1), E_NONE},
    {"tty", &as_user, NS_USER, NODE("/dev/tty", 'c', 5, 0, 1), E_NONE},
    {"made, not bound", &as_user, NS_USER, NODE("/dev/null", 'c', 1, 3, 0), E_PLAN_FORMAT},
    {"any device of the host", &as_user, NS_USER, NODE("/dev/mem", 'c', 1, 1, 1), E_NONE},
    {"any block device", &as_ranged, NS_USER, NODE("/dev/sda", 'b', 8, 0, 1), E_NONE},
    {"with mode, uid and gid", &as_user, NS_USER, NODE("/dev/fuse", 'c', 10, 229, 15), E_NONE},
    {"compared, not bound", &as_user, NS_USER, NODE("/dev/fuse", 'c', 10, 229, 14), E_PLAN_FORMAT},
    {"a fifo", &as_user, NS_USER, NODE("/run/f", 'p', 0, 0, 0), E_NONE},
    {"a bound fifo", &as_user, NS_USER, NODE("/run/f", 'p', 0, 0, 1), E_PLAN_FORMAT},
    {"a fifo's uid not mapped", &as_user, NS_USER, STEP(device, .path = "/f", .type = 'p', .uid = 1),
     E_CONFIG_VALUE},
    {"a fifo's gid not mapped", &as_user, NS_USER, STEP(device, .path = "/f", .type = 'p', .gid = 1),
     E_CONFIG_VALUE},
    {"uid compared, not mapped", &as_user, NS_USER,
     STEP(device, .path = "/d", .type = 'c', .uid = 1, .bind = 5), E_CONFIG_VALUE},
    {"gid compared, not mapped", &as_user, NS_USER,
     STEP(device, .path = "/d", .type = 'c', .gid = 1, .bind = 9), E_CONFIG_VALUE},
    {"ids not compared", &as_user, NS_USER,
     STEP(device, .path = "/d", .type = 'c', .uid = 1, .gid = 1, .bind = 3), E_NONE},
    {"root makes", &as_root, NS_LEAST, NODE("/dev/sda", 'b', 8, 0, 0), E_NONE},
    {"root makes for anyone", &as_root, NS_LEAST,
     STEP(device, .path = "/d", .type = 'c', .uid = 70000, .gid = 70000), E_NONE},
    {"root makes a fifo", &as_root, NS_LEAST, NODE("/run/f", 'p', 0, 0, 0), E_NONE},
    {"root binds", &as_root, NS_USER, NODE("/dev/fuse", 'c', 10, 229, 1), E_NONE},
    {"root binds without a user namespace", &as_root, NS_LEAST, NODE("/dev/fuse", 'c', 10, 229, 1), E_NONE},
    {"root makes in a user namespace", &as_root, NS_USER, NODE("/dev/fuse", 'c', 10, 229, 0), E_PLAN_FORMAT},
    {"no such type", &as_root, NS_LEAST, NODE("/dev/x", 'u', 1, 3, 0), E_CONFIG_VALUE},
    {"relative", &as_root, NS_LEAST, NODE("dev/x", 'c', 1, 3, 0), E_CONFIG_VALUE},
    {"neither made nor bound", &as_root, NS_LEAST, NODE("/dev/x", 'c', 1, 3, 2), E_PLAN_FORMAT},
};

/* That no device is made by a caller who is not root does not hang on the user namespace alone. */
static void no_mknod(void **state) {
    (void)state;
    struct gate g;
    struct error e = {0};
    struct step made = NODE("/dev/mem", 'c', 1, 1, 0);
    gate_begin(&g, &as_user);
    check_verdict("without a user namespace", gate_step(&g, &made, &e), &e, E_PLAN_FORMAT);
}

static void device_nodes(void **state) {
    (void)state;
    RUN_ROWS(devices);
}

static const struct row paths[] = {
    {"symlink", &as_user, NS_USER, STEP(symlink, .target = "pts/ptmx", .path = "/dev/ptmx"), E_NONE},
    {"symlink to nothing", &as_user, NS_USER, STEP(symlink, .target = "", .path = "/dev/ptmx"),
     E_CONFIG_VALUE},
    {"symlink nowhere", &as_user, NS_USER, STEP(symlink, .target = "a", .path = "dev/ptmx"), E_CONFIG_VALUE},
    {"terminal", &as_user, NS_USER, STEP(terminal, .width = 80, .height = 25), E_NONE},
    {"mask", &as_user, NS_USER, STEP(mask, .path = "/proc/kcore"), E_NONE},
    {"mask, relative", &as_user, NS_USER, STEP(mask, .path = "proc/kcore"), E_CONFIG_VALUE},
    {"mask, empty", &as_root, NS_LEAST, STEP(mask, .path = ""), E_CONFIG_VALUE},
    {"readonly", &as_user, NS_USER, STEP(readonly, .path = "/proc/sys"), E_NONE},
    {"readonly, relative", &as_root, NS_LEAST, STEP(readonly, .path = "proc/sys"), E_CONFIG_VALUE},
    {"seal_root", &as_user, NS_USER, STEP(seal_root, .end_ = 0), E_NONE},
    {"pivot", &as_user, NS_USER, STEP(pivot, .end_ = 0), E_NONE},
    {"pivot to a shared root", &as_user, NS_USER,
     STEP(pivot, .propagation = NUMBERS(2, "\0\0\4\0\0\0\x10\0")), E_NONE},
    {"pivot to what is none", &as_root, NS_LEAST, STEP(pivot, .propagation = NUMBERS(1, "\1\0\0\0")),
     E_PLAN_FORMAT},
};

static void files_of_the_container(void **state) {
    (void)state;
    RUN_ROWS(paths);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_file_system),
        cmocka_unit_test(file_system_types),
        cmocka_unit_test(mounts),
        cmocka_unit_test(bind_mounts),
        cmocka_unit_test(device_nodes),
        cmocka_unit_test(no_mknod),
        cmocka_unit_test(files_of_the_container),
        cmocka_unit_test(remounted),
        cmocka_unit_test(idmapped_trees),
        cmocka_unit_test(idmapped_binds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
