/*
 * plan: the narrow API as data. What crosses from the confined interpreter to the privileged side.
 *
 *   header   u32 PLAN_MAGIC, u32 PLAN_VERSION
 *   record   u32 operation, u32 bytes of the body, body: origin (string), then the operation's fields in
 * order trailer  u32 PLAN_DONE, u32 0, u32 count of records; nothing follows
 *
 * Or, when the bundle is refused by the interpreter: u32 PLAN_ERROR_MAGIC, u32 code, u32 errno, then the
 * strings where, subject, what, hint.
 *
 * The decoder trusts nothing and allocates nothing: strings and lists point into the plan's bytes.
 */
#ifndef LOCALD_PLAN_PLAN_H
#define LOCALD_PLAN_PLAN_H

#include <linux/capability.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/wire.h"
#include "core/plan/ops.def"

#define PLAN_MAGIC       UINT32_C(0x31504c53) /* "SLP1" */
#define PLAN_ERROR_MAGIC UINT32_C(0x31454c53) /* "SLE1" */
#define PLAN_VERSION     UINT32_C(1)
#define PLAN_DONE        UINT32_C(0x454e4f44) /* "DONE" */
#define PLAN_BYTES_MAX   (UINT32_C(4) << 20)
#define PLAN_STEPS_MAX   UINT32_C(16384)
#define PLAN_STR_MAX     131071u /* the kernel's MAX_ARG_STRLEN less the terminator */
#define PLAN_ORIGIN_MAX  255u
#define PLAN_ANY         UINT32_MAX /* device_rule: any major, any minor */
/* bind.tree */
#define PLAN_TREE_IDMAPPED 1u
#define PLAN_TREE_STANDING 2u

/* device.bind: the host's node is bound; and which of mode, uid and gid it must have then */
#define PLAN_BIND      1u
#define PLAN_BIND_MODE 2u
#define PLAN_BIND_UID  4u
#define PLAN_BIND_GID  8u

enum plan_stage { PLAN_STAGE_HOST, PLAN_STAGE_CHILD, PLAN_STAGE_INIT };
enum plan_who { PLAN_WHO_ALL, PLAN_WHO_ROOT };

enum plan_label { PLAN_LABEL_APPARMOR, PLAN_LABEL_SELINUX, PLAN_LABEL_MOUNT }; /* label.kind */

enum plan_op {
#define OP_ENUM(name, stage, phase, who, least, most, caps, summary) PLAN_OP_##name,
    PLAN_OPS(OP_ENUM)
#undef OP_ENUM
        PLAN_OP_COUNT
};

/* Lists stay encoded; iterate with the functions below. Checked as a whole by the decoder. */
struct plan_strs {
    const uint8_t *bytes;
    uint32_t count;
    uint32_t size; /* bytes of the encoded list */
};

struct plan_u32s {
    const uint8_t *bytes;
    uint32_t count;
};

#define PLAN_C_U32  uint32_t
#define PLAN_C_U64  uint64_t
#define PLAN_C_STR  const char *
#define PLAN_C_STRS struct plan_strs
#define PLAN_C_U32S struct plan_u32s

#define FIELD_MEMBER(op, type, name, bound, show, summary) PLAN_C_##type name;
#define OP_STRUCT(name, stage, phase, who, least, most, caps, summary)                                       \
    struct op_##name {                                                                                       \
        FIELDS_##name(FIELD_MEMBER, name) char end_; /* ISO C has no empty struct */                         \
    };
PLAN_OPS(OP_STRUCT)
#undef OP_STRUCT

/* One decoded step. Strings and lists live as long as the plan's bytes. */
struct step {
    enum plan_op op;
    const char *origin; /* the JSON path that the step came from */
    union {
#define OP_MEMBER(name, stage, phase, who, least, most, caps, summary) struct op_##name name;
        PLAN_OPS(OP_MEMBER)
#undef OP_MEMBER
    } as;
};

enum plan_type { PLAN_U32, PLAN_U64, PLAN_STR, PLAN_STRS, PLAN_U32S };
enum plan_show {
    PLAN_SHOW_DEC,
    PLAN_SHOW_OCT,
    PLAN_SHOW_HEX,
    PLAN_SHOW_CHR,
    PLAN_SHOW_INT,
    PLAN_SHOW_NS,
    PLAN_SHOW_CAPS,
    PLAN_SHOW_ATTR,
    PLAN_SHOW_PROP
};

struct plan_field {
    const char *name;
    const char *summary;
    enum plan_type type;
    enum plan_show show;
    uint64_t bound;
    size_t offset; /* in the op_* struct */
};

struct plan_op_info {
    const char *name;
    const char *summary;
    const struct plan_field *fields;
    uint64_t caps; /* bit per capability */
    enum plan_stage stage;
    enum plan_who who;
    uint32_t phase;
    uint32_t least;
    uint32_t most;
    uint32_t field_count;
};

/* The table's row of an operation; op < PLAN_OP_COUNT. */
const struct plan_op_info *plan_op_info(enum plan_op op);

/* "host", "child" or "init". */
const char *plan_stage_name(enum plan_stage stage);

/* Fills *e for a step that fails: error_set with the step's origin, and the subject unless it is NULL.
 * Returns -1. */
int plan_fail(const struct step *s, struct error *e, enum error_code code, int sys, const char *subject,
              const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/* Reads a plan front to back. */
struct plan_cursor {
    struct wire_reader reader;
    uint32_t count; /* steps given so far */
};

/* Begins at the header. -1 (E_PLAN_FORMAT) unless it is a plan of this version. Borrows bytes. */
int plan_begin(struct plan_cursor *c, const uint8_t *bytes, size_t len, struct error *e);

/* Gives the next step: 1, or 0 after a correct trailer, or -1 (E_PLAN_FORMAT, E_PLAN_SIZE). */
int plan_next(struct plan_cursor *c, struct step *s, struct error *e);

/* True when a plan that the gate has accepted has a step of that operation. */
bool plan_has(const uint8_t *bytes, size_t len, enum plan_op op);

/* The next string of a list that plan_next has checked. `at` begins as 0 and is moved on. */
const char *plan_strs_next(const struct plan_strs *list, uint32_t *at);

/* Number i of a list that plan_next has checked; i < list->count. */
uint32_t plan_u32s_get(const struct plan_u32s *list, uint32_t i);

#endif
