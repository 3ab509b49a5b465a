/*
 * hosts: host names of callers, and locald's block of /etc/hosts (hosts(5)). Pure.
 *
 * The block stands between the lines "# BEGIN locald" and "# END locald". A line in it, "127.0.0.1
 * web.localhost # uid 1000", is of the user whose uid ends it; each user's names are replaced without
 * touching another's.
 */
#ifndef LOCALD_PARSE_HOSTS_H
#define LOCALD_PARSE_HOSTS_H

#include <stddef.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/plan/facts.h"

#define HOSTS_FILE      "/etc/hosts"
#define HOSTS_TEXT_MAX  ((size_t)1 << 20) /* bytes of the whole file */
#define HOSTS_NAMES_MAX 128               /* of one user */
#define HOSTS_NAME_MAX  253               /* bytes, RFC 1035 section 2.3.4 */

/* Labels of 1 to 63 lower-case letters, digits and inner hyphens (RFC 1123 section 2.1), with dots between
 * them, of at most HOSTS_NAME_MAX bytes. */
bool hosts_is_domain(const char *name);

struct hosts_names {
    const char *const *names; /* in any case; borrowed */
    size_t count;             /* at most HOSTS_NAMES_MAX */
    uint32_t uid;             /* whose they are */
};

/* Writes the file anew into *out: the text as it was, with these names and no others for this user; the block
 * goes when nobody has a name. Names that stand twice are written once. 0; or -1 with E_USAGE (what is no
 * name), E_AUTHORITY (a name that is neither below .localhost nor below a suffix of the policy's) or E_FILE
 * (a block that is not whole, a NUL byte, or too long: nothing is guessed). */
int hosts_sync(const char *text, size_t len, const struct hosts_names *names, const struct policy *policy,
               struct text *out, struct error *e);

#endif
