#include "tests/failing_malloc.h"

#include "tests/test.h"

/* The linker's --wrap=malloc calls these for malloc, and __real_malloc for the true one. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

/* An arena beyond anything that a test takes: only malloc says no. */
static const size_t arena_size_max = (size_t)1 << 30;

static size_t allocation_count; /* since failing_malloc_arm */
static size_t allocation_failing;

static int is_failing(void)
{
    return ++allocation_count == allocation_failing;
}

void *__wrap_malloc(size_t size)
{
    return is_failing() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_failing() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return is_failing() ? NULL : __real_realloc(memory, size);
}

size_t failing_malloc_arm(size_t nth)
{
    size_t count = allocation_count;
    allocation_count = 0;
    allocation_failing = nth;
    return count;
}

void failing_malloc_each(failing_malloc_attempt *attempt, const void *context)
{
    for (size_t nth = 1;; nth++) {
        struct arena *arena = arena_create(arena_size_max);
        assert_non_null(arena);
        failing_malloc_arm(nth);
        enum status status = attempt(arena, context);
        size_t count = failing_malloc_arm(0);
        arena_destroy(arena);
        if (count < nth) {
            assert_int_equal(status, STATUS_OK);
            assert_true(nth > 1); /* it did allocate */
            return;
        }
        if (status != STATUS_FATAL)
            fail_msg("allocation %zu failed, and the status was %s", nth, status_name(status));
    }
}
