/*
 * The program has no jump. It goes through the rules in their order and keeps, in one register, which kinds
 * of access (mknod, read, write) are denied so far; a later rule overrides, so what stands there at the end
 * holds:
 *
 *     denied = none                    (no rule spoke: as without a program)
 *     for each rule:
 *         deny rule:  denied |= the device matches ? rule.access : 0
 *         allow rule: denied &= the device matches ? ~rule.access : all
 *     return (denied & asked) == 0
 *
 * "Matches ? :" is arithmetic: of the bits that differ from the rule's numbers, 0 < differing < 2^32 becomes
 * 32 ones or none. And the kinds stand in a nibble of their own for each type of device, in `asked` in that
 * of the device's type alone, so that no rule compares types.
 *
 * All for the verifier, which walks every path of a program and compares what registers may hold wherever
 * paths meet. Here is one path, and it sees each instruction once: 5 us for a rule, where jumps over the
 * rules that don't match took 180. It would be many paths again with an arithmetic shift by 63 for the 32
 * ones: Linux 6.18 splits its path at an AND or OR of 0 or -1 with a constant, and twenty rules are too
 * complex then.
 *
 * struct bpf_cgroup_dev_ctx in linux/bpf.h; Documentation/bpf/standardization/instruction-set.rst.
 */
#include "core/plan/device_program.h"

#include <linux/bpf.h>
#include <stddef.h>

#define INSNS_PER_RULE 9
#define INSNS_AROUND   13

enum {
    R_DENIED = BPF_REG_0, /* at the end the program's result */
    R_CONTEXT = BPF_REG_1,
    R_ASKED = BPF_REG_2,
    R_MAJOR = BPF_REG_3,
    R_MINOR = BPF_REG_4,
    R_DIFFERS = BPF_REG_5,
    R_SCRATCH = BPF_REG_6
};

static void emit(struct device_program *p, uint8_t code, uint8_t dst, uint8_t src, int32_t imm) {
    p->insns[p->count++] =
        (struct bpf_insn){.code = code, .dst_reg = dst & 15u, .src_reg = src & 15u, .imm = imm};
}

static void emit_load(struct device_program *p, uint8_t reg, size_t offset) {
    emit(p, BPF_LDX | BPF_W | BPF_MEM, reg, R_CONTEXT, 0);
    p->insns[p->count - 1].off = (int16_t)offset;
}

/* access_type: the device's type, 1 or 2, in the low half, the kinds of access in the high half */
static void emit_prologue(struct device_program *p) {
    emit_load(p, R_SCRATCH, offsetof(struct bpf_cgroup_dev_ctx, access_type));
    emit_load(p, R_MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
    emit_load(p, R_MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
    emit(p, BPF_ALU | BPF_MOV | BPF_X, R_ASKED, R_SCRATCH, 0);
    emit(p, BPF_ALU | BPF_RSH | BPF_K, R_ASKED, 0, 16);
    emit(p, BPF_ALU | BPF_AND | BPF_K, R_SCRATCH, 0, 3);
    emit(p, BPF_ALU | BPF_LSH | BPF_K, R_SCRATCH, 0, 2);
    emit(p, BPF_ALU | BPF_LSH | BPF_X, R_ASKED, R_SCRATCH, 0);
    emit(p, BPF_ALU64 | BPF_MOV | BPF_K, R_DENIED, 0, 0);
}

static int32_t kinds(const struct op_device_rule *r) {
    uint32_t of_block = r->access << 4 * BPF_DEVCG_DEV_BLOCK, of_char = r->access << 4 * BPF_DEVCG_DEV_CHAR;
    return (int32_t)((r->type != 'c' ? of_block : 0) | (r->type != 'b' ? of_char : 0));
}

static void emit_xor(struct device_program *p, uint8_t to, uint8_t reg, uint32_t number) {
    emit(p, BPF_ALU | BPF_MOV | BPF_X, to, reg, 0);
    emit(p, BPF_ALU | BPF_XOR | BPF_K, to, 0, (int32_t)number);
}

/* R_DIFFERS = the bits in which the device's numbers differ from the rule's, which has one or both */
static void emit_compare(struct device_program *p, const struct op_device_rule *r) {
    if (r->major != PLAN_ANY)
        emit_xor(p, R_DIFFERS, R_MAJOR, r->major);
    if (r->minor != PLAN_ANY)
        emit_xor(p, r->major != PLAN_ANY ? R_SCRATCH : R_DIFFERS, R_MINOR, r->minor);
    if (r->major != PLAN_ANY && r->minor != PLAN_ANY)
        emit(p, BPF_ALU64 | BPF_OR | BPF_X, R_DIFFERS, R_SCRATCH, 0);
}

static void emit_rule(struct device_program *p, const struct op_device_rule *r) {
    uint8_t change = r->allow != 0 ? BPF_AND : BPF_OR;
    int32_t by = r->allow != 0 ? ~kinds(r) : kinds(r);
    if (r->major == PLAN_ANY && r->minor == PLAN_ANY) {
        emit(p, BPF_ALU64 | BPF_K | change, R_DENIED, 0, by);
        return;
    }
    emit_compare(p, r);
    if (r->allow != 0) { /* 0 stays 0, all others become 32 ones */
        emit(p, BPF_ALU64 | BPF_NEG, R_DIFFERS, 0, 0);
        emit(p, BPF_ALU64 | BPF_RSH | BPF_K, R_DIFFERS, 0, 32);
        emit(p, BPF_ALU64 | BPF_OR | BPF_K, R_DIFFERS, 0, by);
    } else { /* 0 becomes 32 ones, all others 0 */
        emit(p, BPF_ALU64 | BPF_SUB | BPF_K, R_DIFFERS, 0, 1);
        emit(p, BPF_ALU64 | BPF_RSH | BPF_K, R_DIFFERS, 0, 32);
        emit(p, BPF_ALU64 | BPF_AND | BPF_K, R_DIFFERS, 0, by);
    }
    emit(p, BPF_ALU64 | BPF_X | change, R_DENIED, R_DIFFERS, 0);
}

/* 1 where nothing that is asked for is denied: of 0 less 1 the topmost bit. */
static void emit_epilogue(struct device_program *p) {
    emit(p, BPF_ALU64 | BPF_AND | BPF_X, R_DENIED, R_ASKED, 0);
    emit(p, BPF_ALU64 | BPF_SUB | BPF_K, R_DENIED, 0, 1);
    emit(p, BPF_ALU64 | BPF_RSH | BPF_K, R_DENIED, 0, 63);
    emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0);
}

size_t device_program_size(uint32_t rules) {
    return (size_t)rules * INSNS_PER_RULE + INSNS_AROUND;
}

void device_program_write(struct device_program *p, const struct op_device_rule *rules, uint32_t count) {
    emit_prologue(p);
    for (uint32_t i = 0; i < count; i++)
        emit_rule(p, &rules[i]);
    emit_epilogue(p);
}
