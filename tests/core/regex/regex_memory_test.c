/* Compiling and searching when memory is out: an error, wherever it happens. */
#include "tests/core/regex/fixture.h"
#include "tests/failing_malloc.h"

struct attempt {
    enum regex_syntax syntax;
    const char *pattern;
    bool has_automaton;
};

static enum status compile_and_search(struct arena *arena, const void *context)
{
    const struct attempt *attempt = context;
    const struct regex *regex;
    struct regex_problem problem;
    enum status status =
        regex_compile(arena, text_of(attempt->pattern), attempt->syntax, &regex, &problem);
    if (status != STATUS_OK)
        return status;
    bool found;
    assert_int_equal(regex->has_automaton, attempt->has_automaton);
    return regex_search(regex, TEXT("a text"), arena, &found) ? STATUS_OK : STATUS_FATAL;
}

static void test_each_allocation_fails(void **state)
{
    static const struct attempt attempts[] = {
        {REGEX_RE2, "(?i)^(?:a|\\pL[[:alpha:]]{2,3}|(?P<n>b)(?P<m>)\\b)*?$", true},
        {REGEX_RE2, "(?m)^(?:.?){1000}c$", false},
        {REGEX_ECMA262, "^[\\p{sc=Greek}\\w-]+(?<n\\u0061>[a-f].)\\S$", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(attempts); i++)
        failing_malloc_each(compile_and_search, &attempts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_allocation_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
