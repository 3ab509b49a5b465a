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
#include "core/plan/device_program.h"

#include <linux/bpf.h>
#include <stddef.h>

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

static void emit(struct device_program *p, uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm) {
    p->insns[p->count++] =
        (struct bpf_insn){.code = code, .dst_reg = dst & 15u, .src_reg = src & 15u, .off = off, .imm = imm};
}

static void emit_return(struct device_program *p, int32_t value) {
    emit(p, BPF_ALU64 | BPF_MOV | BPF_K, R_RESULT, 0, 0, value);
    emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void emit_load(struct device_program *p, uint8_t reg, size_t offset) {
    emit(p, BPF_LDX | BPF_W | BPF_MEM, reg, R_CONTEXT, (int16_t)offset, 0);
}

/* access_type: the device's type in the low half, the kinds of access in the high half */
static void emit_prologue(struct device_program *p) {
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

static void emit_skip(struct device_program *p, struct skips *s, uint8_t code, uint8_t reg,
                      uint32_t constant) {
    s->at[s->count++] = p->count;
    emit(p, code | BPF_K, reg, 0, 0, (int32_t)constant);
}

/* The same for "does not equal". The verifier walks on before it walks where a jump goes: so it sees the rest
 * of the program first without knowing the number, and whoever comes there knowing it is seen to be a case of
 * that. The other way round, with one JNE, a thousand rules are too complex for it. */
static void emit_skip_unless(struct device_program *p, struct skips *s, uint8_t jmp_class, uint8_t reg,
                             uint32_t constant) {
    emit(p, jmp_class | BPF_JEQ | BPF_K, reg, 0, 1, (int32_t)constant);
    emit_skip(p, s, BPF_JMP | BPF_JA, 0, 0);
}

static void emit_rule(struct device_program *p, const struct op_device_rule *r) {
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

size_t device_program_size(uint32_t rules) {
    return (size_t)rules * INSNS_PER_RULE + INSNS_AROUND;
}

void device_program_write(struct device_program *p, const struct op_device_rule *rules, uint32_t count) {
    emit_prologue(p);
    for (uint32_t i = count; i > 0; i--)
        emit_rule(p, &rules[i - 1]);
    emit_return(p, 1);
}
