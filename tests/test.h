/* test.h - cmocka with the headers that it wants before it, and what every test needs.
 *
 * A test is a table of cases where it can be; CHECK_ROW says which row failed. */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/text.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Fails and prints `name`, the row of a table, unless `condition` holds. */
#define CHECK_ROW(name, condition)                \
    do {                                          \
        if (!(condition))                         \
            fail_msg("%s: %s", name, #condition); \
    } while (0)

/* Fails and prints both texts unless they are equal. */
#define ASSERT_TEXT(actual, expected) assert_text_equal((actual), (expected), __FILE__, __LINE__)

static inline void assert_text_equal(struct text actual, struct text expected, const char *file,
                                     int line)
{
    if (!text_equal(actual, expected)) {
        print_error("actual:   %.*s\nexpected: %.*s\n", TEXT_ARGS(actual), TEXT_ARGS(expected));
        _fail(file, line);
    }
}

/* A setup and teardown that give each test an arena of 64 MiB in *state. */
static inline int arena_setup(void **state)
{
    *state = arena_create((size_t)64 * 1024 * 1024);
    return *state == NULL;
}

static inline int arena_teardown(void **state)
{
    arena_destroy(*state);
    return 0;
}

#endif
