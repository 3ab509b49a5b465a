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

static uint64_t calculate(const struct bpf_insn *i, uint64_t value, uint64_t source) {
    switch (BPF_OP(i->code)) {
    case BPF_MOV:
        return source;
    case BPF_NEG:
        return 0 - value;
    case BPF_SUB:
        return value - source;
    case BPF_AND:
        return value & source;
    case BPF_OR:
        return value | source;
    case BPF_XOR:
        return value ^ source;
    case BPF_LSH:
        return value << source;
    case BPF_RSH:
        return value >> source;
    default:
        fail_msg("an operation that is not expected: %#x", i->code);
        return 0;
    }
}

/* There are no jumps: the verifier's work grows with the rules, and no faster, because of that. */
static uint64_t run(const struct device_program *p, const struct bpf_cgroup_dev_ctx *c) {
    uint64_t r[11] = {0};
    for (size_t at = 0; at < p->count; at++) {
        const struct bpf_insn *i = &p->insns[at];
        uint8_t class = BPF_CLASS(i->code);
        if (i->code == (BPF_JMP | BPF_EXIT)) {
            assert_int_equal(at, p->count - 1);
            return r[0];
        }
        if (i->code == (BPF_LDX | BPF_MEM | BPF_W)) {
            r[i->dst_reg] = *(const uint32_t *)((const char *)c + i->off);
        } else {
            assert_true(class == BPF_ALU || class == BPF_ALU64);
            uint64_t source = BPF_SRC(i->code) == BPF_X ? r[i->src_reg] : (uint64_t)(int64_t)i->imm;
            uint64_t to = class == BPF_ALU ? calculate(i, (uint32_t)r[i->dst_reg], (uint32_t)source)
                                           : calculate(i, r[i->dst_reg], source);
            r[i->dst_reg] = class == BPF_ALU ? (uint32_t)to : to;
        }
    }
    fail_msg("the program runs over its end");
    return 0;
}

/* Numbers that are compared: low ones, and those where a bit more or less is a sign or a carry. */
static const uint32_t low[] = {0, 1, 2, 3};
static const uint32_t edges[] = {0, 1, 4095, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff};

struct numbers {
    const uint32_t *of;
    uint32_t count;
};
static const struct numbers lows = {low, 4}, all_edges = {edges, 8};

static struct op_device_rule any_rule(struct numbers numbers) {
    return (struct op_device_rule){.allow = any_of(2),
                                   .type = (uint32_t) "abc"[any_of(3)],
                                   .major = any_of(3) == 0 ? PLAN_ANY : numbers.of[any_of(numbers.count)],
                                   .minor = any_of(3) == 0 ? PLAN_ANY : numbers.of[any_of(numbers.count)],
                                   .access = 1 + any_of(7)};
}

/* Each type, each of the numbers as major and minor, each set of kinds. */
static void compare(const struct op_device_rule *rules, uint32_t count, struct numbers numbers) {
    struct device_program p = {.insns = calloc(device_program_size(count), sizeof *p.insns)};
    assert_non_null(p.insns);
    device_program_write(&p, rules, count);
    assert_true(p.count <= device_program_size(count));
    for (uint32_t n = 0; n < 2 * numbers.count * numbers.count; n++) {
        for (uint32_t kinds = 0; kinds < 8; kinds++) {
            const struct bpf_cgroup_dev_ctx c = {
                .access_type = kinds << 16 | (n % 2 == 0 ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
                .major = numbers.of[n / 2 % numbers.count],
                .minor = numbers.of[n / 2 / numbers.count]};
            assert_int_equal(run(&p, &c), model(rules, count, &c));
        }
    }
    free(p.insns);
}

static void no_rule_allows_everything(void **state) {
    (void)state;
    compare(NULL, 0, all_edges);
}

/* Number n of all the rules with or without major and minor 1. */
#define RULES 168u
static struct op_device_rule nth_rule(uint32_t n) {
    return (struct op_device_rule){.allow = n % 2,
                                   .major = n / 2 % 2 == 0 ? PLAN_ANY : 1,
                                   .minor = n / 4 % 2 == 0 ? PLAN_ANY : 1,
                                   .type = (uint32_t) "abc"[n / 8 % 3],
                                   .access = 1 + n / 24};
}

static void each_rule_and_each_two_rules(void **state) {
    (void)state;
    static const uint32_t other_and_named[] = {0, 1};
    const struct numbers numbers = {other_and_named, 2};
    for (uint32_t n = 0; n < RULES; n++) {
        struct op_device_rule rules[2] = {nth_rule(n)};
        compare(rules, 1, numbers);
        for (uint32_t m = 0; m < RULES; m++) {
            rules[1] = nth_rule(m);
            compare(rules, 2, numbers);
        }
    }
}

static void random_rules(uint32_t rounds, uint32_t least, uint32_t most, struct numbers numbers) {
    static struct op_device_rule rules[RULES_MAX];
    while (rounds-- > 0) {
        uint32_t count = least + any_of(most - least + 1);
        for (uint32_t i = 0; i < count; i++)
            rules[i] = any_rule(numbers);
        compare(rules, count, numbers);
    }
}

static void rules_with_low_numbers(void **state) {
    (void)state;
    random_rules(2000, 1, 8, lows);
    random_rules(20, 9, 100, lows);
}

static void rules_with_numbers_of_all_sizes(void **state) {
    (void)state;
    random_rules(1000, 1, 8, all_edges);
}

static void the_most_rules(void **state) {
    (void)state;
    random_rules(3, RULES_MAX, RULES_MAX, lows);
    random_rules(1, RULES_MAX, RULES_MAX, all_edges);
}

static void as_many_instructions_as_are_said(void **state) {
    (void)state;
    static struct op_device_rule rules[RULES_MAX];
    static struct bpf_insn room[RULES_MAX * 16];
    for (uint32_t i = 0; i < RULES_MAX; i++)
        rules[i] = (struct op_device_rule){.allow = i % 2, .type = 'c', .major = i, .minor = i, .access = 7};
    struct device_program p = {.insns = room};
    device_program_write(&p, rules, RULES_MAX);
    assert_int_equal(p.count, device_program_size(RULES_MAX));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_rule_allows_everything),
        cmocka_unit_test(each_rule_and_each_two_rules),
        cmocka_unit_test(rules_with_low_numbers),
        cmocka_unit_test(rules_with_numbers_of_all_sizes),
        cmocka_unit_test(the_most_rules),
        cmocka_unit_test(as_many_instructions_as_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
