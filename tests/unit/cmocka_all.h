/* cmocka wants these before it; and a macro that makes a test's row short. */
#ifndef LOCALD_TESTS_CMOCKA_ALL_H
#define LOCALD_TESTS_CMOCKA_ALL_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#endif
