/*
 * verify: whether a program does what the rules say. libseccomp makes one decision tree of all rules for a
 * call, and where these mix comparisons it gets some wrong (2.5.4: "greater than 2^63 or less than 2" allows
 * 2^31); what it got wrong must be refused, not loaded.
 *
 * Calls with one rule, and those whose rules only ask for equality (masked too), are not looked at: the unit
 * tests of compile have shown those to be right. The others are tried, for the native architecture, with all
 * combinations of the numbers at which a condition may change its mind.
 */
#ifndef LOCALD_INTERPRETER_VERIFY_H
#define LOCALD_INTERPRETER_VERIFY_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when the program answers with the action of one of the rules that match, or with the default's where
 * none does. Else *rule is the index of one that is concerned. The request (compile.h) was read before and is
 * well-formed. More combinations than can be tried are as bad as a wrong answer. Pure. */
bool verify_filter(const uint8_t *request, size_t len, const struct sock_filter *program, size_t count,
                   uint32_t *rule);

#endif
