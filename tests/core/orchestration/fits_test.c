/* What json_fits counts is what json_write writes, and what the parser takes: its depth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/orchestration/turn.h"

/* Compact, and each number as it is written: so the text's size is the value's. */
static const struct {
    const char *text;
    int depth;
} values[] = {
    {"null", 0},
    {"true", 0},
    {"false", 0},
    {"0", 0},
    {"-9223372036854775808", 0},
    {"18446744073709551615", 0},
    {"0.1", 0},
    {"1e+21", 0},
    {"\"\"", 0},
    {"\"a\\\"b\\\\c\\b\\f\\n\\r\\t\\u0000\\u001f\"", 0},
    {"\"\xc3\xbc\xf0\x9f\x98\x80\x7f/\"", 0},
    {"[]", 1},
    {"{}", 1},
    {"[1,[2,[]],3]", 3},
    {"{\"a\":1,\"b\\n\":{\"c\":[]},\"d\":\"e\"}", 3},
};

static void sizes_and_depths_are_exact(void **state)
{
    (void)state;
    struct arena *arena = arena_create((size_t)1024 * 1024);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct text text = text_of(values[i].text);
        struct json value;
        struct error error;
        if (json_parse(arena, text, JSON_LIMITS_DEFAULT, &value, &error) != STATUS_OK)
            fail_msg("%s: %s", values[i].text, error.message);
        if (!json_fits(value, text.size, values[i].depth) ||
            json_fits(value, text.size - 1, values[i].depth) ||
            (values[i].depth > 0 && json_fits(value, text.size, values[i].depth - 1)))
            fail_msg("%s", values[i].text);
    }
    arena_destroy(arena);
}

/* Expressions share parts: two to the hundredth power of them would take for ever. */
static void what_is_astronomic_is_left_early(void **state)
{
    (void)state;
    struct json levels[101][2];
    levels[0][0] = levels[0][1] = json_null();
    for (size_t i = 1; i <= 100; i++)
        levels[i][0] = levels[i][1] = json_array(levels[i - 1], 2);
    assert_false(json_fits(levels[100][0], JSON_SIZE_MAX, JSON_DEPTH_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_and_depths_are_exact),
        cmocka_unit_test(what_is_astronomic_is_left_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
