/*
 * policy: reads the text of /etc/locald-shim.conf (locald-shim.conf in docs/security.md) and of /etc/group
 * (group(5)). Pure; no NSS.
 */
#ifndef LOCALD_PARSE_POLICY_H
#define LOCALD_PARSE_POLICY_H

#include <stddef.h>

#include "core/base/error.h"
#include "core/plan/facts.h"

#define POLICY_FILE      "/etc/locald-shim.conf"
#define POLICY_GROUP_MAX 64

/* Reads `key = value` lines over what *p holds. `group` (POLICY_GROUP_MAX bytes) gets the group that the text
 * names, for policy_group, or "". 0; or -1 with E_POLICY and the line, for whatever is not understood: a key
 * that was misspelt may have been meant to forbid something. */
int policy_parse(struct policy *p, char *group, const char *text, size_t len, struct error *e);

/* Finds a group's gid in the text of /etc/group, by exact name, the first line wins; a decimal is its own
 * gid. False when there is none. */
bool policy_group(const char *text, size_t len, const char *name, uint32_t *gid);

/* A TCP port from 1 to 65535, in decimal without sign, blank or leading zero; 0 otherwise. */
uint32_t policy_port(const char *text, size_t len);

/* True when a caller with this policy may have the port. */
bool policy_allows_port(const struct policy *p, uint32_t port);

#endif
