/* device_node: what step device asks for, beside what stands somewhere. Pure. mknod(2). */
#ifndef LOCALD_PLAN_DEVICE_NODE_H
#define LOCALD_PLAN_DEVICE_NODE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "core/plan/plan.h"

/* S_IFBLK, S_IFCHR or S_IFIFO. */
mode_t device_node_type(const struct op_device *o);

/* Whether st is the node that is asked for; a FIFO has no number. */
bool device_node_is(const struct op_device *o, const struct stat *st);

/* A bound node stays the host's: its owner and mode can't be given, only compared. -1 with E_DEVICE. */
int device_node_kept(const struct step *s, const struct stat *st, struct error *e);

#endif
