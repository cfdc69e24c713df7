/* What is too large, and that a search costs no more than it says. */
#include "tests/core/regex/fixture.h"

static struct text repeated(struct arena *arena, const char *part, size_t count)
{
    size_t size = strlen(part);
    char *text = arena_alloc(arena, size * count + 1);
    assert_non_null(text);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * size, part, size);
    return (struct text){text, size * count};
}

static void assert_too_large(struct arena *arena, struct text pattern, const char *message)
{
    const struct regex *regex;
    struct regex_problem problem;
    assert_int_equal(regex_compile(arena, pattern, REGEX_ECMA262, &regex, &problem),
                     STATUS_REJECTED);
    assert_int_equal(problem.verdict, REGEX_TOO_LARGE);
    assert_non_null(strstr(problem.message, message));
}

static void test_limits(void **state)
{
    struct arena *arena = *state;
    assert_too_large(arena, repeated(arena, "a", REGEX_PATTERN_SIZE_MAX + 1), "8192 bytes");
    assert_too_large(arena, repeated(arena, "(", REGEX_DEPTH_MAX + 1), "250 deep");
    assert_too_large(arena, TEXT("a{10000}"), "10000 instructions");
    assert_too_large(arena, TEXT("((a{1000}){1000}){1000}"), "10000 instructions");
    compiled(arena, REGEX_ECMA262, "a{9999}");
    compiled(arena, REGEX_ECMA262, "((){999999}){999999}"); /* nothing, a million times */
}

/* The classic of what backtracking takes forever for, and what no small automaton can do. */
static void test_linear_time(void **state)
{
    struct arena *arena = *state;
    struct text text = repeated(arena, "a", 5000);
    const struct regex *nested = compiled(arena, REGEX_ECMA262, "^(a+)+$");
    assert_true(nested->has_automaton);
    assert_int_equal(regex_search_steps(nested, 5000), 5001);
    assert_true(is_found(arena, nested, text));
    const struct regex *wide = compiled(arena, REGEX_ECMA262, "a.{200}b");
    assert_false(wide->has_automaton);
    assert_int_equal(regex_search_steps(wide, 5000), 5001 * wide->program.count);
    assert_false(is_found(arena, wide, text));
}

static void test_bytes_that_are_no_utf8(void **state)
{
    struct arena *arena = *state;
    static const char bytes[] = {'a', (char)0xFF, 'b', (char)0xC3};
    struct text text = {bytes, sizeof bytes};
    assert_true(is_found(arena, compiled(arena, REGEX_RE2, "b"), text));
    assert_false(is_found(arena, compiled(arena, REGEX_RE2, "^(?s).*$"), text));
    assert_false(is_found(arena, compiled(arena, REGEX_RE2, "a[^x]"), text));
    const struct regex *regex;
    struct regex_problem problem;
    assert_int_equal(regex_compile(arena, text, REGEX_RE2, &regex, &problem), STATUS_REJECTED);
    assert_int_equal(problem.verdict, REGEX_INVALID);
    assert_int_equal(problem.offset, 1);
}

static void test_nul_is_a_character(void **state)
{
    struct arena *arena = *state;
    const struct regex *regex;
    struct regex_problem problem;
    assert_int_equal(regex_compile(arena, TEXT("^a\0[\0]$"), REGEX_RE2, &regex, &problem),
                     STATUS_OK);
    assert_true(is_found(arena, regex, TEXT("a\0\0")));
    assert_false(is_found(arena, regex, TEXT("a\0")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_linear_time),
        cmocka_unit_test(test_bytes_that_are_no_utf8),
        cmocka_unit_test(test_nul_is_a_character),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
