/*
 * The program asks, for an access of some kinds (mknod, read, write), of each kind: which is the last rule
 * for this device that speaks of it? Any answer "deny" denies. So the rules are walked from last to first,
 * with the kinds still open in a register:
 *
 *     kinds = access kinds asked for
 *     for each rule, last first:
 *         if the device matches and kinds & rule.access:
 *             deny rule:  return 0
 *             allow rule: kinds &= ~rule.access; if kinds is empty: return 1
 *     return 1          (no rule spoke: as without a program)
 *
 * Documentation/bpf/prog_cgroup_sockopt.rst's siblings; struct bpf_cgroup_dev_ctx in linux/bpf.h.
 */
#include "core/engine/host/devices.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/engine/host/identity.h"

#define INSNS_PER_RULE 11
#define INSNS_AROUND   9

enum {
    R_RESULT = BPF_REG_0,
    R_CONTEXT = BPF_REG_1,
    R_TYPE = BPF_REG_2,
    R_KINDS = BPF_REG_3,
    R_MAJOR = BPF_REG_4,
    R_MINOR = BPF_REG_5,
    R_SCRATCH = BPF_REG_6
};

struct program {
    struct bpf_insn *insns;
    uint32_t count;
};

static void emit(struct program *p, uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm) {
    p->insns[p->count++] =
        (struct bpf_insn){.code = code, .dst_reg = dst & 15u, .src_reg = src & 15u, .off = off, .imm = imm};
}

static void emit_return(struct program *p, int32_t value) {
    emit(p, BPF_ALU64 | BPF_MOV | BPF_K, R_RESULT, 0, 0, value);
    emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void emit_load(struct program *p, uint8_t reg, size_t offset) {
    emit(p, BPF_LDX | BPF_W | BPF_MEM, reg, R_CONTEXT, (int16_t)offset, 0);
}

/* access_type: the device's type in the low half, the kinds of access in the high half */
static void emit_prologue(struct program *p) {
    emit_load(p, R_TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
    emit(p, BPF_ALU64 | BPF_MOV | BPF_X, R_KINDS, R_TYPE, 0, 0);
    emit(p, BPF_ALU | BPF_AND | BPF_K, R_TYPE, 0, 0, 0xffff);
    emit(p, BPF_ALU | BPF_RSH | BPF_K, R_KINDS, 0, 0, 16);
    emit_load(p, R_MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
    emit_load(p, R_MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
}

/* Jumps to the next rule when `reg` compares so with the constant; where that is, is known at the end. */
struct skips {
    uint32_t at[4], count;
};

static void emit_skip(struct program *p, struct skips *s, uint8_t code, uint8_t reg, uint32_t constant) {
    s->at[s->count++] = p->count;
    emit(p, code | BPF_K, reg, 0, 0, (int32_t)constant);
}

/* The same for "does not equal". The verifier walks on before it walks where a jump goes: so it sees the rest
 * of the program first without knowing the number, and whoever comes there knowing it is seen to be a case of
 * that. The other way round, with one JNE, a thousand rules are too complex for it. */
static void emit_skip_unless(struct program *p, struct skips *s, uint8_t jmp_class, uint8_t reg,
                             uint32_t constant) {
    emit(p, jmp_class | BPF_JEQ | BPF_K, reg, 0, 1, (int32_t)constant);
    emit_skip(p, s, BPF_JMP | BPF_JA, 0, 0);
}

static void emit_rule(struct program *p, const struct op_device_rule *r) {
    struct skips skips = {.count = 0};
    if (r->type != 'a')
        emit_skip_unless(p, &skips, BPF_JMP, R_TYPE,
                         r->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
    if (r->major != PLAN_ANY)
        emit_skip_unless(p, &skips, BPF_JMP32, R_MAJOR, r->major);
    if (r->minor != PLAN_ANY)
        emit_skip_unless(p, &skips, BPF_JMP32, R_MINOR, r->minor);
    if (r->allow != 0) {
        emit(p, BPF_ALU64 | BPF_AND | BPF_K, R_KINDS, 0, 0, (int32_t)(7 & ~r->access));
        emit_skip(p, &skips, BPF_JMP | BPF_JNE, R_KINDS, 0);
    } else {
        emit(p, BPF_ALU64 | BPF_MOV | BPF_X, R_SCRATCH, R_KINDS, 0, 0);
        emit(p, BPF_ALU64 | BPF_AND | BPF_K, R_SCRATCH, 0, 0, (int32_t)r->access);
        emit_skip(p, &skips, BPF_JMP | BPF_JEQ, R_SCRATCH, 0);
    }
    emit_return(p, r->allow != 0);
    for (uint32_t i = 0; i < skips.count; i++)
        p->insns[skips.at[i]].off = (int16_t)(p->count - skips.at[i] - 1);
}

static int load(const struct program *p) {
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

static int load_and_attach(const struct program *p, int cgroup_fd) {
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
    struct program p = {
        .insns = calloc((size_t)h->rule_count * INSNS_PER_RULE + INSNS_AROUND, sizeof(struct bpf_insn))};
    if (p.insns == NULL)
        return error_set(e, E_CGROUP, ENOMEM, "linux.resources.devices", "composing the device program");
    emit_prologue(&p);
    for (uint32_t i = h->rule_count; i > 0; i--)
        emit_rule(&p, &h->rules[i - 1]);
    emit_return(&p, 1);
    int rc = load_and_attach(&p, h->cgroup_fd);
    free(p.insns); /* keeps errno */
    if (rc == 0)
        return 0;
    return error_set(e, E_CGROUP, errno, "linux.resources.devices",
                     "attaching the device program to the cgroup");
}
