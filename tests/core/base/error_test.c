#include "tests/test.h"

#include <stdio.h>

#include "core/error.h"
#include "core/problem.h"

static void test_context_stands_in_front(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(error_set(&error, STATUS_UNAVAILABLE, "connect: %s", "refused"),
                     STATUS_UNAVAILABLE);
    assert_int_equal(error_context(&error, "lane %d", 3), STATUS_UNAVAILABLE);
    assert_string_equal(error.message, "lane 3: connect: refused");
    assert_int_equal(error_memory(&error), STATUS_FATAL);
    assert_string_equal(error.message, "out of memory");
}

static void test_long_messages_are_marked_as_cut(void **state)
{
    (void)state;
    char longer[2 * ERROR_MESSAGE_SIZE];
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    struct error error;
    error_set(&error, STATUS_REJECTED, "%s", longer);
    assert_int_equal(strlen(error.message), ERROR_MESSAGE_SIZE - 1);
    assert_string_equal(error.message + ERROR_MESSAGE_SIZE - 5, "x...");

    error_context(&error, "a");
    assert_int_equal(strlen(error.message), ERROR_MESSAGE_SIZE - 1);
    assert_memory_equal(error.message, "a: xxx", 6);
    assert_string_equal(error.message + ERROR_MESSAGE_SIZE - 5, "x...");

    error_set(&error, STATUS_REJECTED, "short");
    error_context(&error, "%s", longer);
    assert_int_equal(strlen(error.message), ERROR_MESSAGE_SIZE - 1);
    assert_string_equal(error.message + ERROR_MESSAGE_SIZE - 5, "x...");

    longer[ERROR_MESSAGE_SIZE - 1] = '\0'; /* exactly what fits is whole */
    error_set(&error, STATUS_REJECTED, "%s", longer);
    assert_string_equal(error.message, longer);
}

/* A message is cut between characters, so that a log stays UTF-8. */
static void test_cut_is_between_characters(void **state)
{
    (void)state;
    for (size_t before = ERROR_MESSAGE_SIZE - 12; before < ERROR_MESSAGE_SIZE; before++) {
        char message[ERROR_MESSAGE_SIZE + 64];
        memset(message, 'x', before);
        snprintf(message + before, sizeof message - before, "%s",
                 "\xF0\x9F\x98\x80\xE2\x82\xAC\xC3\xA9zzzzzzzz");
        struct error error;
        error_set(&error, STATUS_REJECTED, "%s", message);
        size_t size = strlen(error.message);
        assert_memory_equal(error.message + size - 3, "...", 3);
        assert_memory_equal(error.message, message, size - 3);
        assert_true((message[size - 3] & 0xC0) != 0x80); /* no character goes on behind the cut */
    }
}

static void test_every_status_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(status_name(STATUS_OK), "ok");
    assert_string_equal(status_name(STATUS_REJECTED), "rejected");
    assert_string_equal(status_name(STATUS_CONFLICT), "conflict");
    assert_string_equal(status_name(STATUS_UNAVAILABLE), "unavailable");
    assert_string_equal(status_name(STATUS_FATAL), "fatal");
    assert_string_equal(status_name((enum status)99), "unknown");
}

static void test_problems_are_listed_and_cut(void **state)
{
    struct problem_list *list = arena_alloc(*state, sizeof *list);
    problem_list_init(list, *state);
    for (int i = 0; i < PROBLEM_COUNT_MAX; i++)
        problem_add(list, "$.a", "problem %d", i);
    assert_int_equal(list->count, PROBLEM_COUNT_MAX);
    assert_false(list->cut);
    assert_string_equal(list->items[7].path, "$.a");
    assert_string_equal(list->items[7].message, "problem 7");
    problem_add(list, "$.b", "one more");
    assert_int_equal(list->count, PROBLEM_COUNT_MAX);
    assert_true(list->cut);
}

static void test_problem_without_memory_is_no_silence(void **state)
{
    (void)state;
    struct arena *arena = arena_create(8);
    struct problem_list list;
    problem_list_init(&list, arena);
    problem_add(&list, "$", "problem");
    assert_int_equal(list.count, 0);
    assert_true(list.cut);
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_context_stands_in_front),
        cmocka_unit_test(test_long_messages_are_marked_as_cut),
        cmocka_unit_test(test_cut_is_between_characters),
        cmocka_unit_test(test_every_status_has_a_name),
        cmocka_unit_test_setup_teardown(test_problems_are_listed_and_cut, arena_setup,
                                        arena_teardown),
        cmocka_unit_test(test_problem_without_memory_is_no_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
