#include "core/interpreter/verify.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>

#include "core/base/wire.h"

#define RULES_MAX  1024u /* with a condition, each for one call */
#define OF_ONE_MAX 32u   /* rules for one call, where they have to be tried */
#define VALUES_MAX 512u
#define TRIES_MAX  (UINT32_C(1) << 19)
#define ARGS       6u

struct condition {
    uint32_t arg, op;
    uint64_t a, b;
};

struct rule {
    uint32_t index, action, count;
    int nr;
    struct condition conditions[ARGS];
};

struct table {
    uint32_t default_action;
    uint32_t count;
    bool full;
    struct rule rules[RULES_MAX];
};

/* The rules for one call, and what its arguments are tried with. */
struct call {
    const struct sock_filter *program;
    size_t program_count;
    uint32_t default_action;
    uint32_t count;
    const struct rule *rules[OF_ONE_MAX];
    size_t value_count[ARGS];
    uint64_t values[ARGS][VALUES_MAX];
};

static void read_rule(struct table *t, struct wire_reader *r, uint32_t index) {
    struct rule rule = {.index = index, .action = wire_get_u32(r), .count = wire_get_u32(r)};
    for (uint32_t i = 0; i < rule.count && i < ARGS; i++) {
        struct condition *c = &rule.conditions[i];
        c->arg = wire_get_u32(r) % ARGS;
        c->op = wire_get_u32(r);
        c->a = wire_get_u64(r);
        c->b = wire_get_u64(r);
    }
    uint32_t names = wire_get_u32(r);
    for (uint32_t i = 0; i < names && !r->bad; i++) {
        rule.nr = seccomp_syscall_resolve_name(wire_get_str(r, UINT32_MAX));
        if (rule.nr < 0) /* unknown, or another architecture's */
            continue;
        if (t->count == RULES_MAX)
            t->full = rule.count > 0 || t->full;
        else
            t->rules[t->count++] = rule;
    }
}

static void read_table(struct table *t, const uint8_t *request, size_t len) {
    struct wire_reader r = {.bytes = request, .len = len};
    t->count = 0;
    t->full = false;
    t->default_action = wire_get_u32(&r);
    uint32_t architectures = wire_get_u32(&r);
    for (uint32_t i = 0; i < architectures && !r.bad; i++)
        (void)wire_get_str(&r, UINT32_MAX);
    uint32_t rules = wire_get_u32(&r);
    for (uint32_t i = 0; i < rules && !r.bad; i++)
        read_rule(t, &r, i);
}

static bool asks_for_equality(const struct rule *rule) {
    for (uint32_t i = 0; i < rule->count; i++) {
        if (rule->conditions[i].op != SCMP_CMP_EQ && rule->conditions[i].op != SCMP_CMP_MASKED_EQ)
            return false;
    }
    return true;
}

static bool holds(const struct condition *c, uint64_t v) {
    switch ((enum scmp_compare)c->op) {
    case SCMP_CMP_NE:
        return v != c->a;
    case SCMP_CMP_LT:
        return v < c->a;
    case SCMP_CMP_LE:
        return v <= c->a;
    case SCMP_CMP_EQ:
        return v == c->a;
    case SCMP_CMP_GE:
        return v >= c->a;
    case SCMP_CMP_GT:
        return v > c->a;
    case SCMP_CMP_MASKED_EQ:
        return (v & c->a) == c->b;
    default:
        return false;
    }
}

static bool matches(const struct rule *rule, const uint64_t args[ARGS]) {
    for (uint32_t i = 0; i < rule->count; i++) {
        if (!holds(&rule->conditions[i], args[rule->conditions[i].arg]))
            return false;
    }
    return true;
}

/* What the program answers; the shapes of libseccomp only, which are also all that shrink makes. */
static uint32_t answer(const struct call *c, const struct seccomp_data *data) {
    uint32_t a = 0;
    for (size_t pc = 0; pc < c->program_count; pc++) {
        const struct sock_filter *i = &c->program[pc];
        bool yes = false;
        if (i->code == (BPF_LD | BPF_W | BPF_ABS) && i->k <= sizeof *data - 4) {
            memcpy(&a, (const uint8_t *)data + i->k, 4);
            continue;
        }
        if (i->code == (BPF_ALU | BPF_AND | BPF_K)) {
            a &= i->k;
            continue;
        }
        if (i->code == (BPF_RET | BPF_K))
            return i->k;
        if (i->code == (BPF_JMP | BPF_JA)) {
            pc += i->k;
            continue;
        }
        if (i->code == (BPF_JMP | BPF_JEQ | BPF_K))
            yes = a == i->k;
        else if (i->code == (BPF_JMP | BPF_JGT | BPF_K))
            yes = a > i->k;
        else if (i->code == (BPF_JMP | BPF_JGE | BPF_K))
            yes = a >= i->k;
        else
            break;
        pc += yes ? i->jt : i->jf;
    }
    return UINT32_MAX; /* nobody's action */
}

static bool is_right(const struct call *c, const struct seccomp_data *data) {
    uint64_t args[ARGS];
    uint32_t given = answer(c, data);
    bool any = false;
    for (size_t i = 0; i < ARGS; i++)
        args[i] = data->args[i];
    for (uint32_t i = 0; i < c->count; i++) {
        if (!matches(c->rules[i], args))
            continue;
        any = true;
        if (given == c->rules[i]->action)
            return true;
    }
    return !any && given == c->default_action;
}

static bool add_value(struct call *c, uint32_t arg, uint64_t v) {
    for (size_t i = 0; i < c->value_count[arg]; i++) {
        if (c->values[arg][i] == v)
            return true;
    }
    if (c->value_count[arg] == VALUES_MAX)
        return false;
    c->values[arg][c->value_count[arg]++] = v;
    return true;
}

/* The program compares two words of 32 bits: each of them around the constant's, and at its own ends. */
static bool add_around(struct call *c, uint32_t arg, uint64_t v) {
    uint32_t high = (uint32_t)(v >> 32), low = (uint32_t)v;
    const uint32_t highs[] = {high, high + 1, high - 1, 0, UINT32_MAX, UINT32_C(1) << 31};
    const uint32_t lows[] = {low, low + 1, low - 1, 0, UINT32_MAX, UINT32_C(1) << 31};
    for (size_t i = 0; i < 36; i++) {
        if (!add_value(c, arg, (uint64_t)highs[i / 6] << 32 | lows[i % 6]))
            return false;
    }
    return true;
}

static bool add_values(struct call *c, const struct rule *rule) {
    for (uint32_t i = 0; i < rule->count; i++) {
        const struct condition *on = &rule->conditions[i];
        bool masked = on->op == SCMP_CMP_MASKED_EQ;
        if (!add_around(c, on->arg, masked ? on->b : on->a) ||
            (masked && (!add_value(c, on->arg, on->b | ~on->a) || !add_value(c, on->arg, on->b ^ on->a))))
            return false;
    }
    return true;
}

/* Counts through all combinations, the last argument slowest. */
static bool try_all(struct call *c, int nr) {
    size_t at[ARGS] = {0}, tries = 1;
    struct seccomp_data data = {.nr = nr, .arch = seccomp_arch_native()};
    for (uint32_t arg = 0; arg < ARGS; arg++) {
        if (c->value_count[arg] == 0)
            (void)add_value(c, arg, 0);
        if (tries > TRIES_MAX)
            return false;
        tries *= c->value_count[arg];
    }
    if (tries > TRIES_MAX)
        return false;
    for (; tries > 0; tries--) {
        for (size_t arg = 0; arg < ARGS; arg++)
            data.args[arg] = c->values[arg][at[arg]];
        if (!is_right(c, &data))
            return false;
        for (size_t arg = 0; arg < ARGS && ++at[arg] == c->value_count[arg]; arg++)
            at[arg] = 0;
    }
    return true;
}

/* The call of the rule at `first`, unless it was looked at with an earlier one. */
static bool verify_call(const struct table *t, uint32_t first, struct call *c) {
    bool equality = true;
    c->count = 0;
    memset(c->value_count, 0, sizeof c->value_count);
    for (uint32_t i = 0; i < t->count; i++) {
        const struct rule *rule = &t->rules[i];
        if (rule->nr != t->rules[first].nr)
            continue;
        if (i < first)
            return true;
        equality = equality && asks_for_equality(rule);
        if (c->count < OF_ONE_MAX)
            c->rules[c->count] = rule;
        c->count++;
    }
    if (c->count < 2 || equality)
        return true;
    if (c->count > OF_ONE_MAX)
        return false;
    for (uint32_t i = 0; i < c->count; i++) {
        if (!add_values(c, c->rules[i]))
            return false;
    }
    return try_all(c, t->rules[first].nr);
}

bool verify_filter(const uint8_t *request, size_t len, const struct sock_filter *program, size_t count,
                   uint32_t *rule) {
    static struct table t;
    static struct call c;
    read_table(&t, request, len);
    c.program = program;
    c.program_count = count;
    c.default_action = t.default_action;
    *rule = 0;
    for (uint32_t i = 0; i < t.count && !t.full; i++) {
        *rule = t.rules[i].index;
        if (!verify_call(&t, i, &c))
            return false;
    }
    return !t.full;
}
