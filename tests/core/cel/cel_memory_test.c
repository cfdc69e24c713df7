/* Expressions when memory is out: an error, wherever it happens. */
#include "tests/core/cel/fixture.h"
#include "tests/failing_malloc.h"

static enum status compile_and_evaluate(struct arena *arena, const void *expression)
{
    const struct cel_program *program;
    struct cel_issue issue;
    struct cel_environment none = {NULL, 0};
    enum status status = cel_compile(arena, text_of(expression), &none, &program, &issue);
    if (status != STATUS_OK)
        return status;
    struct cel_value value;
    struct error error;
    struct json json;
    status = cel_evaluate(program, NULL, CEL_COST_MAX, arena, &value, NULL, &error);
    return status == STATUS_OK ? cel_to_json(arena, value, &json, &error) : status;
}

static void test_each_allocation_fails(void **state)
{
    static const char *const expressions[] = {
        "1 + 2 * 3 == 7 && !(size('a\\u00e9') > 3) || 'a' in ['b']",
        "{'a': [1, 2.5, b'\\x00', timestamp('2026-01-02T03:04:05Z')], 'b': {1: true}}",
        "[1, 2, 3].map(x, x > 1, string(x) + '!') + [b'ab' == bytes('ab') ? 'y' : 'n']",
        "[3, 4].filter(x, x > 3).exists(y, [y, y].all(z, z == y)) || has({'k': 1}.k)",
        "[string(duration('90s')), 'abc'.startsWith('a') ? string(type(1) == int) : 'n']",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(expressions); i++)
        failing_malloc_each(compile_and_evaluate, expressions[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_allocation_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
