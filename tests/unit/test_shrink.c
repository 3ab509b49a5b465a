/* core/interpreter/shrink.c: the shorter program does the same as libseccomp's own; a mutant is caught. */
/* links: core/interpreter/shrink.c -lseccomp */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <seccomp.h>

#include "core/interpreter/shrink.h"
#include "tests/unit/filters.h"

#define RAW_MAX 20000u

static struct sock_filter raw[RAW_MAX], shorter[SHRINK_MAX];
static uint64_t seed = 3;

static uint64_t any(uint64_t below) {
    return next_random(&seed) % below;
}

static size_t export(scmp_filter_ctx ctx) {
    int fd = scratch_file();
    assert_int_equal(seccomp_export_bpf(ctx, fd), 0);
    ssize_t n = pread(fd, raw, sizeof raw, 0);
    (void)close(fd);
    seccomp_release(ctx);
    assert_true(n > 0 && n < (ssize_t)sizeof raw);
    return (size_t)n / sizeof raw[0];
}

/* tests/unit/fixtures/NAME-profile.txt: the words that core.compile_seccomp was asked with. */
static scmp_filter_ctx read_profile(const char *path, uint32_t optimize) {
    char line[128], word[100];
    struct scmp_arg_cmp args[6];
    unsigned a = 0, b = 0, conditions = 0, action = 0;
    unsigned long long v = 0, w = 0;
    scmp_filter_ctx ctx = NULL;
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        if (sscanf(line, "default %u", &action) == 1) {
            ctx = seccomp_init(action);
            assert_int_equal(seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, optimize), 0);
        } else if (sscanf(line, "arch %99s", word) == 1) {
            int rc = seccomp_arch_add(ctx, seccomp_arch_resolve_name(word));
            assert_true(rc == 0 || rc == -EEXIST);
        } else if (sscanf(line, "rule %u", &action) == 1) {
            conditions = 0;
        } else if (sscanf(line, "if %u %u %llu %llu", &a, &b, &v, &w) == 4) {
            args[conditions++] = (struct scmp_arg_cmp){a, b, v, w};
        } else if (sscanf(line, "name %99s", word) == 1) {
            int nr = seccomp_syscall_resolve_name(word);
            if (nr != __NR_SCMP_ERROR)
                assert_int_equal(seccomp_rule_add_array(ctx, action, nr, conditions, args), 0);
        }
    }
    (void)fclose(f);
    return ctx;
}

static const uint32_t architectures[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, 0,
                                         UINT32_MAX};
#define ARCHITECTURES (sizeof architectures / sizeof architectures[0])

/* Every number, with every argument 0, of every architecture; then what `rounds` throws of the values around
 * the constants give. */
static void assert_same(size_t raw_count, size_t count, unsigned rounds) {
    static uint32_t values[6 * RAW_MAX];
    size_t n = constants_of(raw, raw_count, values, 3 * RAW_MAX);
    n += constants_of(shorter, count, values + n, 3 * RAW_MAX);
    struct seccomp_data data = {0};
    for (uint32_t nr = 0; nr < 1204 && rounds > 1000; nr++) {
        for (size_t arch = 0; arch < ARCHITECTURES; arch++) {
            data = (struct seccomp_data){.nr = (int)(nr < 602 ? nr : X32 + nr - 602),
                                         .arch = architectures[arch]};
            assert_int_equal(run_filter(raw, raw_count, &data), run_filter(shorter, count, &data));
        }
    }
    for (unsigned i = 0; i < rounds; i++) {
        data.nr = (int)(any(8) == 0 ? values[any(n)] : any(600) + (any(3) == 0 ? X32 : 0));
        data.arch = architectures[any(16) < 14 ? any(2) : any(ARCHITECTURES)];
        for (size_t arg = 0; arg < 6; arg++)
            data.args[arg] = (uint64_t)values[any(n)] << 32 * any(2) | (any(2) != 0 ? values[any(n)] : 0);
        data.instruction_pointer = next_random(&seed);
        if (run_filter(raw, raw_count, &data) != run_filter(shorter, count, &data))
            fail_msg("arch %x, call %d: %x, was %x", data.arch, data.nr, run_filter(shorter, count, &data),
                     run_filter(raw, raw_count, &data));
    }
}

static void profiles_stay_what_they_are(void **state) {
    (void)state;
    static const char *const paths[] = {"tests/unit/fixtures/podman-profile.txt",
                                        "tests/unit/fixtures/containerd-profile.txt"};
    for (size_t i = 0; i < 4; i++) {
        size_t raw_count = export(read_profile(paths[i / 2], 1 + (uint32_t)i % 2));
        size_t count = shrink_filter(raw, raw_count, shorter);
        assert_true(count > 0 && count < raw_count);
        assert_true(shrink_same(raw, raw_count, shorter, count));
        assert_same(raw_count, count, 60000);
    }
}

static uint32_t some_action(void) {
    static const uint32_t actions[] = {SCMP_ACT_KILL_PROCESS, SCMP_ACT_KILL_THREAD, SCMP_ACT_TRAP,
                                       SCMP_ACT_ERRNO(1),     SCMP_ACT_ERRNO(38),   SCMP_ACT_TRACE(9),
                                       SCMP_ACT_LOG,          SCMP_ACT_ALLOW};
    return actions[any(8)];
}

static uint64_t some_value(void) {
    static const uint64_t high[] = {0, 1, UINT64_C(1) << 31, UINT32_MAX};
    return high[any(3)] << 32 | (any(2) != 0 ? high[any(4)] : any(20));
}

/* Up to 150 rules over neighbouring numbers. One condition a rule, or equalities: what libseccomp itself gets
 * right (it does not always end with others). */
static scmp_filter_ctx random_filter(void) {
    static const char *const names[] = {"x86", "x32"};
    scmp_filter_ctx ctx = seccomp_init(some_action());
    assert_int_equal(seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 1 + (uint32_t)any(2)), 0);
    for (size_t i = 0; i < any(3); i++)
        (void)seccomp_arch_add(ctx, seccomp_arch_resolve_name(names[i]));
    uint64_t from = any(300), width = 1 + any(150), rare = 2 + any(30);
    const uint32_t actions[] = {some_action(), some_action()};
    for (uint64_t nr = from; nr < from + width; nr += any(8) == 0 ? 2 : 1) {
        struct scmp_arg_cmp args[6];
        unsigned count = any(2 * rare) != 0 ? 0 : 1 + (unsigned)any(3);
        for (unsigned i = 0; i < count; i++) {
            enum scmp_compare op = count == 1 ? (enum scmp_compare)(1 + any(7)) : SCMP_CMP_EQ;
            uint64_t a = some_value();
            args[i] = (struct scmp_arg_cmp){i, op, a, op == SCMP_CMP_MASKED_EQ ? some_value() & a : 0};
        }
        (void)seccomp_rule_add_array(ctx, actions[any(rare) == 0], (int)nr, count, args);
    }
    return ctx;
}

static void random_filters_stay_what_they_are(void **state) {
    (void)state;
    size_t shrunken = 0;
    for (unsigned round = 0; round < 3000; round++) {
        size_t raw_count = export(random_filter());
        size_t count = shrink_filter(raw, raw_count, shorter);
        shrunken += count > 0;
        if (count > 0)
            assert_same(raw_count, count, 400);
    }
    assert_true(shrunken > 1000 || !printf("only %zu\n", shrunken));
}

/* One instruction is changed. Where some call shows the difference, shrink_same must have said so. */
static void mutants_are_caught(void **state) {
    (void)state;
    size_t raw_count = export(read_profile("tests/unit/fixtures/podman-profile.txt", 2)), caught = 0,
           shown = 0;
    size_t count = shrink_filter(raw, raw_count, shorter);
    assert_true(count > 0);
    for (unsigned round = 0; round < 4000; round++) {
        struct sock_filter *i = &shorter[any(count)], kept = *i;
        bool jumps = BPF_CLASS(i->code) == BPF_JMP && BPF_OP(i->code) != BPF_JA;
        switch (any(5)) {
        case 0:
            i->k += any(2) != 0 ? 1 : UINT32_MAX;
            break;
        case 1:
            i->k ^= 1u << any(32);
            break;
        case 2:
            i->jt = (uint8_t)(i->jt + jumps);
            break;
        case 3:
            i->jf = (uint8_t)(i->jf + jumps);
            break;
        default:
            if (jumps)
                i->code = (uint16_t)(BPF_JMP | (i->code == (BPF_JMP | BPF_JEQ) ? BPF_JGE : BPF_JEQ));
        }
        bool changed = memcmp(i, &kept, sizeof kept) != 0;
        if (changed && !shrink_same(raw, raw_count, shorter, count))
            caught++;
        else if (changed) {
            shown++; /* the same after all, as for the offset of a load in no way: or else it shows here */
            assert_same(raw_count, count, 2000);
        }
        *i = kept;
    }
    assert_true(caught > 2500);
    assert_true(shown < caught / 10);
}

/* What libseccomp does not make is left as it is. */
static void other_shapes_are_left_alone(void **state) {
    (void)state;
    const struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_filter load = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
    const struct sock_filter shapes[][4] = {
        {allow},
        {load, BPF_STMT(BPF_RET | BPF_A, 0)},
        {load, BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1, 0, 1), allow, BPF_STMT(BPF_RET | BPF_K, 0)},
        {load, BPF_JUMP(BPF_JMP | BPF_JA, 100, 0, 0), allow, allow}, /* out of the program */
        {load, BPF_JUMP(BPF_JMP | BPF_JA, UINT32_MAX, 0, 0), allow, allow},
        {load, BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 200, 200), allow, allow},
        {load, load, load, load}, /* no end */
    };
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        assert_int_equal(shrink_filter(shapes[i], 4, shorter), 0);
        if (i != 0)
            assert_false(shrink_same(shapes[i], 4, shapes[i], 4) && i < 6);
    }
    assert_int_equal(shrink_filter(shapes[0], 0, shorter), 0);
    assert_false(shrink_same(&load, 0, &load, 1));
    assert_false(shrink_same(&allow, 1, &allow, 1)); /* begins with no load: not judged */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profiles_stay_what_they_are),
        cmocka_unit_test(random_filters_stay_what_they_are),
        cmocka_unit_test(mutants_are_caught),
        cmocka_unit_test(other_shapes_are_left_alone),
    };
    (void)alarm(200);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
