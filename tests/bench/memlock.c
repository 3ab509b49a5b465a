/*
 * crun and runc raise RLIMIT_MEMLOCK before they load device rules, as kernels before 5.11 wanted, and give
 * up where that is not allowed, as in some virtual machines. Here it seems to work: a filter says yes and
 * does nothing. It costs each system call a little: what is compared with them runs under it too.
 *
 *   memlock COMMAND [ARG...]
 */
#include <seccomp.h>
#include <sys/resource.h>
#include <unistd.h>

int main(int argc, char **argv) {
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
    if (argc < 2 || f == NULL || seccomp_attr_set(f, SCMP_FLTATR_CTL_NNP, 0) != 0 ||
        seccomp_rule_add(f, SCMP_ACT_ERRNO(0), SCMP_SYS(prlimit64), 2, SCMP_A1(SCMP_CMP_EQ, RLIMIT_MEMLOCK),
                         SCMP_A2(SCMP_CMP_NE, 0)) != 0 ||
        seccomp_rule_add(f, SCMP_ACT_ERRNO(0), SCMP_SYS(setrlimit), 1,
                         SCMP_A0(SCMP_CMP_EQ, RLIMIT_MEMLOCK)) != 0 ||
        seccomp_load(f) != 0)
        return 126;
    (void)execvp(argv[1], argv + 1);
    return 127;
}
