/* The gate's grammar, and the way from a step to the rules of its operation. */
#include "core/gate/gate.h"

#include <sched.h>

#include "core/gate/rules.h"

typedef int rule_of_op(struct gate *g, const struct step *s, struct error *e);

static rule_of_op *const rules[PLAN_OP_COUNT] = {
#define GATE_ROW(name, stage, phase, who, least, most, caps, summary) [PLAN_OP_##name] = gate_##name,
    PLAN_OPS(GATE_ROW)
#undef GATE_ROW
};

void gate_begin(struct gate *g, const struct caller *caller) {
    *g = (struct gate){.caller = caller};
}

/* HOST stands before INIT, one unshare before the maps, no mount after pivot, exec last: all of that is the
 * phase. */
static int grammar(struct gate *g, const struct step *s, struct error *e) {
    const struct plan_op_info *info = plan_op_info(s->op);
    if (info->phase < g->phase)
        return error_set(e, E_PLAN_ORDER, 0, s->origin, "step %s comes too late in the plan", info->name);
    if (g->seen[s->op] == info->most) {
        enum error_code code = info->most == 1 ? E_PLAN_ORDER : E_PLAN_SIZE;
        return error_set(e, code, 0, s->origin, "more than %u %s in one plan", info->most, info->name);
    }
    g->phase = info->phase;
    g->seen[s->op]++;
    return 0;
}

int gate_step(struct gate *g, const struct step *s, struct error *e) {
    if ((uint32_t)s->op >= PLAN_OP_COUNT)
        return error_set(e, E_PLAN_FORMAT, 0, "plan", "names an operation that does not exist");
    if (grammar(g, s, e) != 0)
        return -1;
    if (plan_op_info(s->op)->who == PLAN_WHO_ROOT && !g->caller->is_root)
        return plan_fail(s, e, E_AUTHORITY, 0, NULL, "only root may ask for this");
    return rules[s->op](g, s, e);
}

/* The kernel would run such a container as the overflow ids: nobody asked for that. */
static int maps_whole(const struct gate *g, struct error *e) {
    if (g->extent_count[GATE_UID] == 0)
        return error_set(e, E_CONFIG_MISSING, 0, "linux.uidMappings",
                         "a new user namespace needs a map of uids");
    if (g->extent_count[GATE_GID] == 0)
        return error_set(e, E_CONFIG_MISSING, 0, "linux.gidMappings",
                         "a new user namespace needs a map of gids");
    if (g->seen[PLAN_OP_setgroups] == 0)
        return error_set(e, E_PLAN_ORDER, 0, "plan", "has a user namespace and no step setgroups");
    return 0;
}

int gate_end(const struct gate *g, struct error *e) {
    for (uint32_t op = 0; op < PLAN_OP_COUNT; op++) {
        const struct plan_op_info *info = plan_op_info((enum plan_op)op);
        if (g->seen[op] < info->least)
            return error_set(e, E_PLAN_ORDER, 0, "plan", "has no step %s", info->name);
    }
    return (g->namespaces & CLONE_NEWUSER) != 0 ? maps_whole(g, e) : 0;
}

int gate_plan(const uint8_t *bytes, size_t len, const struct caller *caller, struct error *e) {
    struct gate g;
    struct plan_cursor at;
    struct step s;
    gate_begin(&g, caller);
    if (plan_begin(&at, bytes, len, e) != 0)
        return -1;
    for (;;) {
        int more = plan_next(&at, &s, e);
        if (more < 0)
            return -1;
        if (more == 0)
            return gate_end(&g, e);
        if (gate_step(&g, &s, e) != 0)
            return -1;
    }
}
