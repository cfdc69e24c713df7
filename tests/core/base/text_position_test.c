/* Lines and columns as editors count them (vim's "line, virtual column"; Language Server
 * Protocol 3.17, "Position", from 1 here). */
#include "tests/test.h"

#include "core/problem.h"
#include "core/text_position.h"

static void test_positions(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        size_t offset;
        struct text_position expected;
    } cases[] = {
        {"empty", "", 0, {1, 1}},
        {"beginning", "ab", 0, {1, 1}},
        {"end", "ab", 2, {1, 3}},
        {"the line feed itself", "a\nb", 1, {1, 2}},
        {"second line", "a\nb", 2, {2, 1}},
        {"empty lines", "\n\n\nx", 3, {4, 1}},
        {"carriage return", "a\r\nb", 3, {2, 1}},
        {"two bytes are one column", "\xC3\xA4x", 2, {1, 2}},
        {"four bytes are one column", "\xF0\x9F\x98\x80x", 4, {1, 2}},
        {"behind the end", "ab", 9, {1, 3}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct text_position found = text_position_of(text_of(cases[i].text), cases[i].offset);
        CHECK_ROW(cases[i].name, found.line == cases[i].expected.line);
        CHECK_ROW(cases[i].name, found.column == cases[i].expected.column);
    }
}

static void test_lines(void **state)
{
    (void)state;
    struct text text = TEXT("one\ntwo\r\n\nfour");
    static const char *const lines[] = {"", "one", "two", "", "four", "", ""};
    for (uint32_t line = 0; line < COUNT_OF(lines); line++)
        ASSERT_TEXT(text_line(text, line), text_of(lines[line]));
    ASSERT_TEXT(text_line(TEXT_NONE, 1), TEXT_NONE);
}

static void test_problems_are_sorted_by_position(void **state)
{
    struct problem_list *list = arena_alloc(*state, sizeof *list);
    problem_list_init(list, *state);
    static const struct text_position positions[] = {{3, 1}, {1, 9}, {3, 1}, {1, 2}, {2, 5}};
    static const char *const paths[] = {"a", "b", "c", "d", "e"};
    for (size_t i = 0; i < COUNT_OF(positions); i++)
        problem_note(list, (struct problem){.path = paths[i],
                                            .message = "",
                                            .severity = i == 1 ? PROBLEM_WARNING : PROBLEM_ERROR,
                                            .position = positions[i]});
    problem_list_sort(list);
    char order[COUNT_OF(paths) + 1] = "";
    for (size_t i = 0; i < list->count; i++)
        order[i] = list->items[i].path[0];
    assert_string_equal(order, "dbeac");
    assert_int_equal(problem_count(list, PROBLEM_WARNING), 1);
    assert_int_equal(problem_count(list, PROBLEM_ERROR), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_positions),
        cmocka_unit_test(test_lines),
        cmocka_unit_test_setup_teardown(test_problems_are_sorted_by_position, arena_setup,
                                        arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
