/* callers: who asks, in a fuzz run; chosen by a byte of the input. Ranges of one caller do not overlap. */
#ifndef LOCALD_TESTS_FUZZ_CALLERS_H
#define LOCALD_TESTS_FUZZ_CALLERS_H

#include "core/plan/facts.h"

static const struct caller fuzz_callers[] = {
    {.is_root = true, .policy = POLICY_DEFAULT},
    {.uid = 1000, .gid = 1000, .policy = POLICY_DEFAULT},
    {.uid = 1000,
     .gid = 1001,
     .uid_range_count = 1,
     .gid_range_count = 2,
     .uid_ranges = {{100000, 65536}},
     .gid_ranges = {{100000, 65536}, {165536, 1}},
     .policy = POLICY_DEFAULT},
    /* root's group, a range that touches the last id, a policy that gives little */
    {.uid = 1002,
     .gid = 0,
     .uid_range_count = 1,
     .gid_range_count = 1,
     .uid_ranges = {{4294967294, 1}},
     .gid_ranges = {{200000, 10}},
     .policy = {.gid = 27, .max_containers = 1, .root_count = 1, .roots = {"/a/b"}}},
};
#define FUZZ_CALLERS (sizeof fuzz_callers / sizeof fuzz_callers[0])

#endif
