/* core/plan/device_program.c: the program is run here, by the few instructions of eBPF that it uses, beside a
 * model that says in plain words what the rules mean. */
#include "tests/unit/cmocka_all.h"

#include <stddef.h>
#include <stdlib.h>

#include "core/plan/device_program.h"

#define RULES_MAX 1024

static uint32_t random_state = 1;

static uint32_t any_of(uint32_t n) {
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % n;
}

/* Each kind of access asked for: the last rule that speaks of it decides, no rule allows. */
static bool model(const struct op_device_rule *rules, uint32_t count, const struct bpf_cgroup_dev_ctx *c) {
    uint32_t type = (c->access_type & 0xffff) == BPF_DEVCG_DEV_BLOCK ? 'b' : 'c';
    for (uint32_t kind = 1; kind <= 4; kind *= 2) {
        bool allowed = true;
        for (uint32_t i = 0; i < count; i++) {
            const struct op_device_rule *r = &rules[i];
            if ((r->type == 'a' || r->type == type) && (r->major == PLAN_ANY || r->major == c->major) &&
                (r->minor == PLAN_ANY || r->minor == c->minor) && (r->access & kind) != 0)
                allowed = r->allow != 0;
        }
        if ((c->access_type >> 16 & kind) != 0 && !allowed)
            return false;
    }
    return true;
}

static bool jumps(const struct bpf_insn *i, uint64_t value) {
    uint64_t left = BPF_CLASS(i->code) == BPF_JMP32 ? (uint32_t)value : value;
    uint64_t right = BPF_CLASS(i->code) == BPF_JMP32 ? (uint32_t)i->imm : (uint64_t)(int64_t)i->imm;
    switch (BPF_OP(i->code)) {
    case BPF_JA:
        return true;
    case BPF_JEQ:
        return left == right;
    case BPF_JNE:
        return left != right;
    default:
        fail_msg("a jump that is not expected: %#x", i->code);
        return false;
    }
}

static uint64_t calculate(const struct bpf_insn *i, uint64_t value, uint64_t source) {
    switch (BPF_OP(i->code)) {
    case BPF_MOV:
        return source;
    case BPF_AND:
        return value & source;
    case BPF_RSH:
        return value >> source;
    default:
        fail_msg("an operation that is not expected: %#x", i->code);
        return 0;
    }
}

static uint64_t run(const struct device_program *p, const struct bpf_cgroup_dev_ctx *c) {
    uint64_t r[11] = {0};
    for (size_t at = 0; at < p->count; at++) {
        const struct bpf_insn *i = &p->insns[at];
        uint8_t class = BPF_CLASS(i->code);
        if (i->code == (BPF_JMP | BPF_EXIT))
            return r[0];
        if (class == BPF_JMP || class == BPF_JMP32) {
            assert_true(i->off >= 0); /* the verifier takes no loops */
            at += jumps(i, r[i->dst_reg]) ? (size_t)i->off : 0;
        } else if (class == BPF_LDX) {
            r[i->dst_reg] = *(const uint32_t *)((const char *)c + i->off);
        } else {
            uint64_t source = BPF_SRC(i->code) == BPF_X ? r[i->src_reg] : (uint64_t)(int64_t)i->imm;
            uint64_t to = calculate(i, r[i->dst_reg], source);
            r[i->dst_reg] = class == BPF_ALU ? (uint32_t)to : to;
        }
    }
    fail_msg("the program runs over its end");
    return 0;
}

static struct op_device_rule any_rule(void) {
    return (struct op_device_rule){.allow = any_of(2),
                                   .type = (uint32_t) "abc"[any_of(3)],
                                   .major = any_of(3) == 0 ? PLAN_ANY : any_of(3),
                                   .minor = any_of(3) == 0 ? PLAN_ANY : any_of(3),
                                   .access = 1 + any_of(7)};
}

static void compare(const struct op_device_rule *rules, uint32_t count) {
    struct device_program p = {.insns = calloc(device_program_size(count), sizeof *p.insns)};
    assert_non_null(p.insns);
    device_program_write(&p, rules, count);
    assert_true(p.count <= device_program_size(count));
    for (uint32_t kinds = 0; kinds < 8; kinds++) {
        for (uint32_t n = 0; n < 2 * 4 * 4; n++) {
            const struct bpf_cgroup_dev_ctx c = {
                .access_type = kinds << 16 | (n % 2 == 0 ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
                .major = n / 2 % 4,
                .minor = n / 8};
            assert_int_equal(run(&p, &c), model(rules, count, &c));
        }
    }
    free(p.insns);
}

static void the_program_says_what_the_rules_say(void **state) {
    (void)state;
    static struct op_device_rule rules[RULES_MAX];
    compare(rules, 0);
    for (uint32_t round = 0; round < 2000; round++) {
        uint32_t count = 1 + any_of(8);
        for (uint32_t i = 0; i < count; i++)
            rules[i] = any_rule();
        compare(rules, count);
    }
    for (uint32_t i = 0; i < RULES_MAX; i++)
        rules[i] = any_rule();
    compare(rules, RULES_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_program_says_what_the_rules_say)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
