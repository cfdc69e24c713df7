/* Expressions when memory is out: an error, wherever it happens. */
#include "tests/core/cel/fixture.h"
#include "tests/failing_malloc.h"

static enum status compile_and_evaluate(struct arena *arena, const void *expression)
{
    const struct cel_program *program;
    struct cel_issue issue;
    struct cel_environment none = {.names = NULL, .count = 0};
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
        "['a,b'.split(','), 'aXa'.replace('X', 'yy'), ['a', 'b'].join('-'), 'Ab'.lowerAscii()]",
        "'%s %.2f %x %s'.format([{'k': [1, b'b']}, 1.5, 'hex', 2.5]) + strings.quote('\\n\"')",
        "[[3, 1, 2].sort(), [1, [2]].flatten(), [1, 1].distinct(), lists.range(3)]",
        "[['bb', 'a'].sortBy(s, s.size()), ['ab', 'c'].map(s, s.reverse()), [2, 1].reverse()]",
        ("{'m': {'a': 1}.transformMap(k, v, v + 1), 'e': [9].transformMapEntry(i, v, {string(v): "
         "i})}"),
        "cel.bind(x, [1, 2], x.map(e, e + x[0])) == [2, 3] || math.greatest(1, 2, 3) == 3",
        "optional.of([1]).optMap(l, l[0]).or(optional.none()).orValue(0) == 1",
        "[?{'a': 1}.?a, ?[1][?0], ?[2].first()] + optional.unwrap([optional.of(1)])",
        "base64.encode(base64.decode('aGVsbG8')) == 'aGVsbG8=' && sets.contains([1, 2], [1])",
        "'xaab'.matches('a{2}b$') && ['b'].all(p, ['abc'].all(s, s.matches(p)))",
        "cel.block([[1], cel.index(0).map(e, e + 1)], cel.index(1))",
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
