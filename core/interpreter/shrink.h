/*
 * shrink: a seccomp program that says the same in fewer instructions. What loading a filter costs is how long
 * it is (the kernel translates it twice), and libseccomp spends an instruction on each system call of each
 * architecture, though what is allowed comes in runs of numbers.
 *
 * Nothing is understood of system calls here: a program that loads a word and compares it with constants is a
 * list of intervals, each with what comes next; neighbours with the same next are one. The result is compared
 * with the original at every constant that occurs in either; what is not found to be the same is not used.
 */
#ifndef LOCALD_INTERPRETER_SHRINK_H
#define LOCALD_INTERPRETER_SHRINK_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

#define SHRINK_MAX 4096u /* instructions of a program */

/* The length of the program in `out` (SHRINK_MAX instructions); 0 when `in` has a shape that libseccomp does
 * not make, or would not become shorter. */
size_t shrink_filter(const struct sock_filter *in, size_t count, struct sock_filter *out);

/* True when both do the same with every struct seccomp_data: the check that shrink_filter makes. */
bool shrink_same(const struct sock_filter *a, size_t a_count, const struct sock_filter *b, size_t b_count);

#endif
