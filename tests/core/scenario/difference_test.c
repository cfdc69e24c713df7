/* What a person is shown where a scenario and a machine disagree. What agrees with what is
 * XState's matchesState for states, and README.md's rules of core/scenario for the rest. */
#include "tests/test.h"

#include "adapters/json/json_parse.h"
#include "core/scenario/difference.h"
#include "core/writer.h"

static struct json parse(struct arena *arena, const char *text)
{
    struct json value;
    struct error error;
    if (json_parse(arena, text_of(text), JSON_LIMITS_DEFAULT, &value, &error) != STATUS_OK)
        fail_msg("%s: %s", text, error.message);
    return value;
}

static void test_states(void **state)
{
    static const struct {
        const char *expected, *actual;
        bool agree;
    } rows[] = {
        {"\"a\"", "\"a\"", true},
        {"\"a\"", "\"b\"", false},
        {"\"a\"", "{\"a\":\"b\"}", true},
        {"\"a.b\"", "{\"a\":\"b\"}", true},
        {"\"a.c\"", "{\"a\":\"b\"}", false},
        {"\"b\"", "{\"a\":\"b\"}", false},
        {"\"a.b.c\"", "{\"a\":\"b\"}", false},
        {"\"p.s\"", "{\"p\":{\"r\":\"x\",\"s\":{}}}", true},
        {"\"p.s.t\"", "{\"p\":{\"r\":\"x\",\"s\":{}}}", false},
        {"\"a.b.c\"", "{\"a.b\":\"c\"}", true},
        {"{\"a\":\"b\"}", "{\"a\":\"b\"}", true},
        {"{\"a\":{}}", "\"a\"", true},
        {"{\"a\":{}}", "\"b\"", false},
        {"{\"a\":\"b\"}", "\"a\"", false},
        {"{\"p\":{\"r\":\"x\"}}", "{\"p\":{\"r\":\"x\",\"s\":{}}}", true},
        {"{\"p\":{\"r\":\"y\"}}", "{\"p\":{\"r\":\"x\",\"s\":{}}}", false},
        {"{\"p\":{\"q\":\"x\"}}", "{\"p\":{\"r\":\"x\",\"s\":{}}}", false},
        {"{\"p\":\"r.x\"}", "{\"p\":{\"r\":\"x\",\"s\":{}}}", true},
        {"1", "\"a\"", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char buffer[256];
        struct writer writer;
        writer_init(&writer, buffer, sizeof buffer);
        bool agree = difference_of_states(&writer, parse(*state, rows[i].expected),
                                          parse(*state, rows[i].actual));
        CHECK_ROW(rows[i].expected, agree == rows[i].agree);
        CHECK_ROW(rows[i].expected, (writer.size == 0) == agree);
    }
}

static void test_parts(void **state)
{
    static const struct {
        const char *expected, *actual, *report;
    } rows[] = {
        {"{}", "{\"a\":1}", ""},
        {"{\"a\":1}", "{\"a\":1.0,\"b\":2}", ""},
        {"{\"a\":{\"b\":[1,{\"c\":2}]}}", "{\"a\":{\"b\":[1,{\"c\":2,\"d\":3}]}}", ""},
        {"{\"a\":1}", "{}", "v.a\n  - expected 1\n  + is       missing\n"},
        {"{\"a\":null}", "{}", "v.a\n  - expected null\n  + is       missing\n"},
        {"{\"a\":[1,2]}", "{\"a\":[1,3]}", "v.a[1]\n  - expected 2\n  + is       3\n"},
        {"[1]", "[1,2]", "v\n  - expected [1]\n  + is       [1,2]\n"},
        {"{}", "[]", "v\n  - expected {}\n  + is       []\n"},
        {"\"1\"", "1", "v\n  - expected \"1\"\n  + is       1\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char buffer[512];
        struct writer writer;
        writer_init(&writer, buffer, sizeof buffer);
        bool agree = difference_of_parts(&writer, "v", parse(*state, rows[i].expected),
                                         parse(*state, rows[i].actual));
        ASSERT_TEXT(writer_result(&writer), text_of(rows[i].report));
        CHECK_ROW(rows[i].expected, agree == (rows[i].report[0] == '\0'));
    }
}

static void test_a_long_value_is_cut(void **state)
{
    char json[1024], buffer[4096];
    struct writer writer;
    memset(json, '1', sizeof json);
    json[0] = json[sizeof json - 2] = '"';
    json[sizeof json - 1] = '\0';
    writer_init(&writer, buffer, sizeof buffer);
    assert_false(difference_of_values(&writer, "v", parse(*state, json), json_null()));
    assert_true(writer.size < 600);
    assert_true(text_ends_with(writer_result(&writer), "1...\n  + is       null\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_states, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_parts, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_a_long_value_is_cut, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
