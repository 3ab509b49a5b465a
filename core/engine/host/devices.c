#include "core/engine/host/devices.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/engine/host/identity.h"
#include "core/plan/device_program.h"

static int load(const struct device_program *p) {
    union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
                           .insn_cnt = p->count,
                           .insns = (uint64_t)(uintptr_t)p->insns,
                           .license = (uint64_t)(uintptr_t) "",
                           .expected_attach_type = BPF_CGROUP_DEVICE};
    return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr);
}

static int attach(int prog_fd, int cgroup_fd) {
    union bpf_attr attr = {.target_fd = (uint32_t)cgroup_fd,
                           .attach_bpf_fd = (uint32_t)prog_fd,
                           .attach_type = BPF_CGROUP_DEVICE,
                           .attach_flags = BPF_F_ALLOW_MULTI}; /* an ancestor's program goes on to rule too */
    return (int)syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof attr);
}

static int load_and_attach(const struct device_program *p, int cgroup_fd) {
    if (identity_root(CAP(BPF) | CAP(NET_ADMIN)) != 0)
        return -1;
    CLEANUP_FD int prog_fd = load(p);
    int rc = prog_fd < 0 ? -1 : attach(prog_fd, cgroup_fd);
    identity_caller();
    return rc;
}

int apply_device_rule(struct host *h, const struct step *s, struct error *e) {
    if (h->rule_count == sizeof h->rules / sizeof h->rules[0])
        return error_set(e, E_CGROUP, 0, s->origin, "there are too many device rules");
    h->rules[h->rule_count++] = s->as.device_rule;
    return 0;
}

int devices_attach(struct host *h, struct error *e) {
    if (h->rule_count == 0)
        return 0;
    size_t size = device_program_size(h->rule_count) * sizeof(struct bpf_insn);
    struct device_program p = {
        .insns = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)};
    if (p.insns == MAP_FAILED)
        return error_set(e, E_CGROUP, errno, "linux.resources.devices", "making the device program");
    device_program_write(&p, h->rules, h->rule_count);
    int rc = load_and_attach(&p, h->cgroup_fd);
    (void)munmap(p.insns, size); /* of what is mapped: keeps errno */
    if (rc == 0)
        return 0;
    return error_set(e, E_CGROUP, errno, "linux.resources.devices",
                     "attaching the device program to the cgroup");
}
