/*
 * The evil interpreter: any bytes as a plan. Decoder, gate and printer have to survive them, and what the
 * gate accepts has to keep its promises (promises.h), whoever asks: byte 0 says who.
 */
#include <stdlib.h>
#include <string.h>

#include "core/plan/device_program.h"
#include "core/plan/print.h"
#include "tests/fuzz/callers.h"
#include "tests/fuzz/promises.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The rules of an accepted plan fit the program that the engine makes of them. */
struct rules {
    struct op_device_rule list[1024];
    uint32_t count;
};

static void compile(const struct rules *r) {
    size_t most = device_program_size(r->count);
    struct device_program program = {.insns = calloc(most, sizeof program.insns[0])};
    if (program.insns == NULL)
        return;
    device_program_write(&program, r->list, r->count);
    if (program.count > most)
        abort();
    free(program.insns);
}

static void walk(const uint8_t *bytes, size_t len, const struct caller *c, bool accepted) {
    static char room[1 << 16];
    static struct rules rules;
    static struct promises promises;
    struct plan_cursor at;
    struct step s;
    struct error e;
    promises = (struct promises){.caller = c};
    rules.count = 0;
    int more = plan_begin(&at, bytes, len, &e) == 0 ? 1 : -1;
    while (more == 1 && (more = plan_next(&at, &s, &e)) == 1) {
        struct text t = text_in(room, sizeof room);
        plan_print_text(&t, &s);
        t = text_in(room, sizeof room);
        plan_print_json(&t, &s);
        if (!accepted)
            continue;
        promises_step(&promises, &s);
        if (s.op == PLAN_OP_device_rule)
            rules.list[rules.count++] = s.as.device_rule;
    }
    if (!accepted)
        return;
    if (more != 0)
        abort();
    promises_end(&promises);
    compile(&rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    const struct caller *c = &fuzz_callers[data[0] % FUZZ_CALLERS];
    struct error e = {0};
    bool accepted = gate_plan(data + 1, size - 1, c, &e) == 0;
    if (!accepted && e.code == E_NONE)
        abort();
    walk(data + 1, size - 1, c, accepted);
    return 0;
}
