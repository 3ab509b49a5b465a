/* device_program: a plan's device rules as an eBPF program (BPF_PROG_TYPE_CGROUP_DEVICE). Pure. */
#ifndef LOCALD_PLAN_DEVICE_PROGRAM_H
#define LOCALD_PLAN_DEVICE_PROGRAM_H

#include <linux/bpf.h>

#include "core/plan/plan.h"

struct device_program {
    struct bpf_insn *insns; /* borrowed: room for device_program_size(rules) */
    uint32_t count;
};

/* The most instructions that so many rules take. */
size_t device_program_size(uint32_t rules);

/* Writes the program into p->insns and counts it in p->count, which was 0. A later rule overrides an earlier
 * one, per kind of access; a device that no rule speaks of is allowed. */
void device_program_write(struct device_program *p, const struct op_device_rule *rules, uint32_t count);

#endif
