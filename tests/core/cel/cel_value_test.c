/* Values: to and from JSON, and equality outside of an evaluation. */
#include "tests/core/cel/fixture.h"

/* value.h: integers are int, uint above INT64_MAX; numbers with a fraction double. */
static void test_from_json(void **state)
{
    static const struct json items[] = {{.type = JSON_TRUE}};
    const struct {
        struct json json;
        enum cel_type type;
    } rows[] = {
        {json_null(), CEL_NULL},
        {json_bool(true), CEL_BOOL},
        {json_int(INT64_MIN), CEL_INT},
        {json_uint((uint64_t)INT64_MAX + 1), CEL_UINT},
        {json_uint(INT64_MAX), CEL_INT},
        {json_double(1.0), CEL_DOUBLE},
        {json_string(TEXT("")), CEL_STRING},
        {json_array(items, 1), CEL_LIST},
        {json_object(NULL, 0), CEL_MAP},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cel_value value = cel_from_json(rows[i].json);
        struct json back;
        struct error error;
        assert_int_equal(value.type, rows[i].type);
        assert_int_equal(cel_to_json(*state, value, &back, &error), STATUS_OK);
        assert_true(json_equal(back, rows[i].json));
        assert_int_equal(back.type, rows[i].json.type);
    }
    /* Not converted: the very same array. */
    assert_ptr_equal(cel_from_json(rows[7].json).as.json.as.items, items);
}

/* value.h and langdef.md, "JSON Data Conversion" */
static void test_to_json(void **state)
{
    static const struct {
        const char *expression;
        const char *json; /* NULL: the error */
        const char *error;
    } rows[] = {
        {"[1, 2u, 18446744073709551615u, 1.5, 1.0]", "[1,2,18446744073709551615,1.5,1.0]", NULL},
        {"{'a': null, 'b': [true, 'text']}", "{\"a\":null,\"b\":[true,\"text\"]}", NULL},
        {"{1: 'i', 2u: 'u', true: 'b', 's': 's'}",
         "{\"1\":\"i\",\"2\":\"u\",\"true\":\"b\",\"s\":\"s\"}", NULL},
        {"b'\\x00\\xff'", "\"AP8=\"", NULL},
        {"[now, duration('1.5s'), int, type(now)]",
         "[\"2026-01-02T03:04:05.678Z\",\"1.5s\",\"int\",\"google.protobuf.Timestamp\"]", NULL},
        {"{'c': context.nested, 'l': [context.tags]}",
         "{\"c\":{\"deep\":{\"n\":1}},\"l\":[[\"a\",\"b\"]]}", NULL},
        {"[0.0 / 0.0]", NULL, "JSON has no number for NaN"},
        {"{'a': -1.0 / 0.0}", NULL, "JSON has no number for an infinite double"},
        {"{1: 1, '1': 2}", NULL, "become the same name in JSON: \"1\""},
        {"{'a': 1, 'true': 1, 'b': 2, true: 2}", NULL, "the same name in JSON: \"true\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cel_value value;
        struct json json;
        struct error error;
        CHECK_ROW(rows[i].expression, evaluate_text(*state, text_of(rows[i].expression), &value,
                                                    NULL, &error) == STATUS_OK);
        enum status status = cel_to_json(*state, value, &json, &error);
        if (rows[i].json == NULL) {
            CHECK_ROW(rows[i].expression,
                      status == STATUS_REJECTED && strstr(error.message, rows[i].error) != NULL);
        } else {
            CHECK_ROW(rows[i].expression, status == STATUS_OK);
            ASSERT_TEXT(json_text_of(*state, json), text_of(rows[i].json));
        }
    }
}

static void test_timestamp_ms(void **state)
{
    static const struct {
        int64_t ms, seconds;
        int32_t nanoseconds;
    } rows[] = {
        {0, 0, 0},      {1500, 1, 500000000},   {-1, -1, 999000000},
        {-1000, -1, 0}, {-1001, -2, 999000000},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cel_value value = cel_timestamp_ms(rows[i].ms);
        assert_int_equal(value.type, CEL_TIMESTAMP);
        assert_int_equal(value.as.time.seconds, rows[i].seconds);
        assert_int_equal(value.as.time.nanoseconds, rows[i].nanoseconds);
    }
}

static void test_equal(void **state)
{
    struct json items[] = {json_int(1), json_int(2)};
    struct cel_value own[] = {cel_int(1), (struct cel_value){.type = CEL_DOUBLE, .as.number = 2.0}};
    struct cel_value list = {.type = CEL_LIST, .count = 2, .as.items = own};
    (void)state;
    assert_true(cel_equal(cel_from_json(json_array(items, 2)), list));
    assert_false(cel_equal(cel_from_json(json_array(items, 1)), list));
    assert_true(cel_equal(cel_string(TEXT("a")), cel_string(TEXT("a"))));
    assert_false(cel_equal(cel_string(TEXT("1")), cel_int(1)));
    assert_false(cel_equal(cel_bool(true), cel_int(1)));
    assert_true(cel_equal(cel_string(TEXT_NONE), cel_string(TEXT(""))));
    assert_true(cel_equal(cel_timestamp_ms(5), cel_timestamp_ms(5)));
}

/* langdef.md, the table of "Values", and the names of "Abstract Types" */
static void test_type_names(void **state)
{
    static const char *const names[] = {
        "null_type",
        "bool",
        "int",
        "uint",
        "double",
        "string",
        "bytes",
        "list",
        "map",
        "type",
        "google.protobuf.Timestamp",
        "google.protobuf.Duration",
    };
    (void)state;
    for (int type = CEL_NULL; type <= CEL_DURATION; type++)
        assert_string_equal(cel_type_name((enum cel_type)type), names[type]);
}

/* Strings without bytes may have no address. */
static void test_empty_texts(void **state)
{
    static const struct text name = {"s", 1};
    static const struct cel_environment environment = {.names = &name, .count = 1};
    static const struct text expressions[] = {
        {"s + s == s && s <= '' && s.contains(s) && s.startsWith(s) && s.endsWith('') && "
         "!s.contains('a') && !s.endsWith('a')",
         0},
        {"s.size() == 0 && bytes(s) == b'' && string(bytes(s)) + s == s && s in [s] && {s: 1}[s] "
         "== 1",
         0},
    };
    struct cel_value empty = cel_string(TEXT_NONE);
    for (size_t i = 0; i < COUNT_OF(expressions); i++) {
        const struct cel_program *program;
        struct cel_issue issue;
        struct cel_value value;
        struct error error;
        assert_int_equal(
            cel_compile(*state, text_of(expressions[i].data), &environment, &program, &issue),
            STATUS_OK);
        assert_int_equal(cel_evaluate(program, &empty, CEL_COST_MAX, *state, &value, NULL, &error),
                         STATUS_OK);
        assert_true(value.as.boolean);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, arena_setup, arena_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_from_json), TEST(test_to_json),    TEST(test_timestamp_ms),
        TEST(test_equal),     TEST(test_type_names), TEST(test_empty_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
