#include "tests/test.h"

#include <stdalign.h>
#include <stdint.h>

static void test_memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct arena *arena = arena_create(1024 * 1024);
    for (size_t size = 0; size < 300; size++) {
        unsigned char *memory = arena_alloc(arena, size);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0);
        if (size > 0)
            memset(memory, 0xFF, size);
    }
    arena_reset(arena);
    unsigned char *again = arena_alloc(arena, 300);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(again[i], 0);
    arena_destroy(arena);
}

static void test_limit_holds_and_smaller_still_fits(void **state)
{
    (void)state;
    struct arena *arena = arena_create(64 * 1024);
    assert_null(arena_alloc(arena, 64 * 1024)); /* the bookkeeping counts too */
    assert_non_null(arena_alloc(arena, 60 * 1024));
    assert_null(arena_alloc(arena, 8 * 1024));
    assert_non_null(arena_alloc(arena, 512));
    arena_reset(arena);
    assert_non_null(arena_alloc(arena, 60 * 1024));
    arena_destroy(arena);
}

static void test_many_small_ones_end_at_the_limit(void **state)
{
    (void)state;
    struct arena *arena = arena_create(100 * 1000);
    size_t count = 0;
    while (arena_alloc(arena, 16) != NULL)
        count++;
    assert_true(count * 16 <= 100 * 1000);
    assert_true(count > 1000);
    assert_int_equal(arena_used(arena), count * 16);
    arena_destroy(arena);
}

static void test_sizes_that_wrap_are_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_create(SIZE_MAX);
    assert_null(arena_alloc(arena, SIZE_MAX));
    assert_null(arena_alloc(arena, SIZE_MAX - 8));
    assert_null(arena_alloc_array(arena, SIZE_MAX / 2, 3));
    assert_null(arena_alloc_array(arena, 3, SIZE_MAX / 2));
    assert_null(arena_alloc_array(arena, SIZE_MAX / 4 + 2, 4)); /* wraps to 4 */
    assert_non_null(arena_alloc_array(arena, 0, 8));
    assert_non_null(arena_alloc_array(arena, 8, 0));
    arena_destroy(arena);
}

static void test_rewind_keeps_what_was_before(void **state)
{
    (void)state;
    struct arena *arena = arena_create(1024 * 1024);
    struct arena_mark empty = arena_mark(arena);
    char *kept = arena_alloc(arena, 100);
    memset(kept, 'k', 100);
    struct arena_mark mark = arena_mark(arena);
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 20; i++)
            assert_non_null(arena_alloc(arena, 40 * 1000)); /* together close to the limit */
        arena_rewind(arena, mark);
        assert_int_equal(arena_used(arena), 100);
    }
    for (int i = 0; i < 100; i++)
        assert_int_equal(kept[i], 'k');
    arena_rewind(arena, empty);
    assert_int_equal(arena_used(arena), 0);
    assert_non_null(arena_alloc(arena, 900 * 1000));
    arena_destroy(arena);
}

static void test_rewind_within_a_block(void **state)
{
    (void)state;
    struct arena *arena = arena_create(8 * 1024); /* no room for a second block */
    assert_non_null(arena_alloc(arena, 1000));
    struct arena_mark mark = arena_mark(arena);
    for (int round = 0; round < 1000; round++) {
        assert_non_null(arena_alloc(arena, 1000));
        arena_rewind(arena, mark);
    }
    arena_destroy(arena);
}

static void test_reset_gives_the_whole_arena_back(void **state)
{
    (void)state;
    struct arena *arena = arena_create(1024 * 1024);
    for (int round = 0; round < 50; round++) {
        size_t size = (size_t)(round % 2 == 0 ? 900 : 3) * 1000;
        assert_non_null(arena_alloc(arena, size));
        assert_int_equal(arena_used(arena), size);
        arena_reset(arena);
        assert_int_equal(arena_used(arena), 0);
    }
    arena_destroy(arena);
    arena_destroy(NULL);
}

static void test_the_last_piece_becomes_longer_where_it_lies(void **state)
{
    (void)state;
    struct arena *arena = arena_create(64 * 1024);
    char *piece = arena_alloc(arena, 100);
    memset(piece, 'p', 100);
    bool extended = arena_extend(arena, piece, 100, 1000);
    assert_int_equal(extended, !XORCA_ARENA_MALLOC); /* there each piece is a malloc */
    size_t size = extended ? 1000 : 100;
    assert_int_equal(arena_used(arena), size);
    memset(piece, 'q', size);
    char *next = arena_alloc(arena, 8);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(piece[i], 'q');
    assert_false(arena_extend(arena, piece, size, 2000)); /* it is the last no more */
    assert_false(arena_extend(arena, next, 8, 64 * 1024));
    assert_false(arena_extend(arena, next, 8, SIZE_MAX));
    assert_int_equal(arena_used(arena), size + 8);
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_zeroed_and_aligned),
        cmocka_unit_test(test_limit_holds_and_smaller_still_fits),
        cmocka_unit_test(test_many_small_ones_end_at_the_limit),
        cmocka_unit_test(test_sizes_that_wrap_are_refused),
        cmocka_unit_test(test_rewind_keeps_what_was_before),
        cmocka_unit_test(test_rewind_within_a_block),
        cmocka_unit_test(test_reset_gives_the_whole_arena_back),
        cmocka_unit_test(test_the_last_piece_becomes_longer_where_it_lies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
