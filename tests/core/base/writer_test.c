#include "tests/test.h"

#include "core/writer.h"

static void test_numbers(void **state)
{
    (void)state;
    char buffer[256];
    struct writer writer;
    writer_init(&writer, buffer, sizeof buffer);
    writer_int64(&writer, 0);
    writer_char(&writer, ' ');
    writer_int64(&writer, INT64_MIN);
    writer_char(&writer, ' ');
    writer_int64(&writer, INT64_MAX);
    writer_char(&writer, ' ');
    writer_uint64(&writer, UINT64_MAX);
    writer_format(&writer, " %s-%d", "x", 7);
    ASSERT_TEXT(writer_result(&writer),
                TEXT("0 -9223372036854775808 9223372036854775807 18446744073709551615 x-7"));
    assert_false(writer.overflowed);
}

static void test_fixed_buffer_ends_and_remembers(void **state)
{
    (void)state;
    char buffer[4];
    struct writer writer;
    writer_init(&writer, buffer, sizeof buffer);
    writer_string(&writer, "abcd");
    assert_false(writer.overflowed);
    writer_text(&writer, TEXT(""));
    assert_false(writer.overflowed);
    writer_char(&writer, 'e');
    assert_true(writer.overflowed);
    ASSERT_TEXT(writer_result(&writer), TEXT("abcd"));

    writer_init(&writer, buffer, sizeof buffer);
    writer_string(&writer, "abcde"); /* whole or not at all */
    writer_string(&writer, "a");     /* and nothing behind a hole */
    assert_true(writer.overflowed);
    assert_int_equal(writer.size, 0);
}

static void test_arena_grows_up_to_its_maximum(void **state)
{
    struct writer writer;
    writer_init_arena(&writer, *state, 100 * 1000);
    for (int i = 0; i < 10 * 1000; i++)
        writer_string(&writer, "0123456789");
    assert_false(writer.overflowed);
    assert_int_equal(writer.size, 100 * 1000);
    for (size_t i = 0; i < writer.size; i++)
        assert_int_equal(writer.data[i], '0' + (int)(i % 10));
    writer_char(&writer, 'x');
    assert_true(writer.overflowed);
}

static void test_full_arena_is_an_overflow(void **state)
{
    (void)state;
    struct arena *arena = arena_create(4096);
    struct writer writer;
    writer_init_arena(&writer, arena, SIZE_MAX);
    for (int i = 0; i < 1000; i++)
        writer_string(&writer, "0123456789");
    assert_true(writer.overflowed);
    arena_destroy(arena);
}

static void test_format_that_is_too_long_is_an_overflow(void **state)
{
    struct writer writer;
    writer_init_arena(&writer, *state, 4096);
    writer_format(&writer, "%511s", "");
    assert_false(writer.overflowed);
    assert_int_equal(writer.size, 511);
    writer_format(&writer, "%513s", "");
    assert_true(writer.overflowed);
}

static void test_nothing_is_written_after_an_overflow_until_it_is_taken_back(void **state)
{
    (void)state;
    char buffer[8];
    struct writer writer;
    writer_init(&writer, buffer, sizeof buffer);
    writer_string(&writer, "abc");
    writer_overflow(&writer);
    writer_char(&writer, 'd');
    assert_true(writer.overflowed);
    assert_int_equal(writer.size, 3);
    writer_rewind(&writer, 1);
    writer_string(&writer, "bcdefgh");
    assert_false(writer.overflowed);
    assert_memory_equal(buffer, "abcdefgh", sizeof buffer);
    writer_char(&writer, 'i');
    assert_true(writer.overflowed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_fixed_buffer_ends_and_remembers),
        cmocka_unit_test_setup_teardown(test_arena_grows_up_to_its_maximum, arena_setup,
                                        arena_teardown),
        cmocka_unit_test(test_full_arena_is_an_overflow),
        cmocka_unit_test(test_nothing_is_written_after_an_overflow_until_it_is_taken_back),
        cmocka_unit_test_setup_teardown(test_format_that_is_too_long_is_an_overflow, arena_setup,
                                        arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
