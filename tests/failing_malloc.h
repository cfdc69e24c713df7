/* failing_malloc.h - a test in which the nth allocation fails, for every n.
 *
 *     static enum status parse(struct arena *arena, const void *text)
 *     {
 *         struct json value;
 *         struct error error;
 *         return json_parse(arena, text_of(text), JSON_LIMITS_DEFAULT, &value, &error);
 *     }
 *     ...
 *     failing_malloc_each(parse, "[1, 2]");
 *
 * Built by xorca_memory_test() in CMake, which lets the linker put this file in front of
 * malloc, calloc and realloc. In the sanitized build every arena_alloc is a malloc, so that
 * each allocation of the core is reached; and a leak ends the test. */
#ifndef TESTS_FAILING_MALLOC_H
#define TESTS_FAILING_MALLOC_H

#include <stddef.h>

#include "core/arena.h"
#include "core/error.h"

/* What is tried: it allocates from an arena that is empty at first, changes nothing of
 * `context`, and says how it ended. Preparations that must not fail belong in front. */
typedef enum status failing_malloc_attempt(struct arena *arena, const void *context);

/* Runs `attempt` with its first allocation failing, then its second, and so on, until one
 * needs no failure. Fails the test unless each of the former ended in STATUS_FATAL and the
 * last in STATUS_OK. */
void failing_malloc_each(failing_malloc_attempt *attempt, const void *context);

/* Makes the nth allocation from now (the first is 1) return NULL, once; 0: none. Returns
 * how many there were since the last call. */
size_t failing_malloc_arm(size_t nth);

#endif
