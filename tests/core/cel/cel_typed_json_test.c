/* Typed JSON, read: what it stands for, and what is refused. That it is written right,
 * every row of cel_expression_test.c shows. */
#include "tests/core/cel/fixture.h"

static struct json typed(const char *type, struct json value, struct json_member members[2])
{
    members[0] = (struct json_member){TEXT("type"), json_string(text_of(type))};
    members[1] = (struct json_member){TEXT("value"), value};
    return json_object(members, 2);
}

static struct json string(const char *text)
{
    return json_string(text_of(text));
}

/* Read and written again, a value is what it was; and it equals its literal. */
static void test_read(void **state)
{
    const struct {
        const char *type;
        struct json value;
        const char *literal;
        const char *written;
    } rows[] = {
        {"int", string("-9223372036854775808"), "-9223372036854775808",
         INT("-9223372036854775808")},
        {"uint", string("18446744073709551615"), "18446744073709551615u",
         UINT("18446744073709551615")},
        {"double", json_double(0.5), "0.5", DOUBLE("0.5")},
        {"double", json_int(-3), "-3.0", DOUBLE("-3.0")},
        {"double", json_uint(UINT64_MAX), "18446744073709551616.0",
         DOUBLE("18446744073709552000.0")},
        {"double", string("Infinity"), "1.0 / 0.0", DOUBLE("\"Infinity\"")},
        {"double", string("-Infinity"), "-1.0 / 0.0", DOUBLE("\"-Infinity\"")},
        {"bool", json_bool(true), "true", TRUE_VALUE},
        {"bool", json_bool(false), "false", FALSE_VALUE},
        {"string", string("10"), "'10'", STRING("10")},
        {"bytes", string("AP8="), "b'\\x00\\xff'", BYTES("AP8=")},
        {"null_type", json_null(), "null", NULL_VALUE},
        {"timestamp", string("2026-01-02T04:04:05.678+01:00"), "now",
         TIMESTAMP("2026-01-02T03:04:05.678Z")},
        {"duration", string("90m"), "duration('5400s')", DURATION("5400s")},
        {"type", string("google.protobuf.Timestamp"), "google.protobuf.Timestamp",
         TYPE("google.protobuf.Timestamp")},
        {"list", json_array(NULL, 0), "[]", LIST("")},
        {"map", json_array(NULL, 0), "{}", MAP("")},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_member members[2];
        struct cel_value value, expected;
        struct json written;
        struct error error;
        CHECK_ROW(rows[i].written,
                  cel_from_typed_json(*state, typed(rows[i].type, rows[i].value, members), &value,
                                      &error) == STATUS_OK);
        CHECK_ROW(rows[i].written, evaluate_text(*state, text_of(rows[i].literal), &expected, NULL,
                                                 &error) == STATUS_OK);
        CHECK_ROW(rows[i].written, value.type == expected.type && cel_equal(value, expected));
        CHECK_ROW(rows[i].written, cel_to_typed_json(*state, value, &written, &error) == STATUS_OK);
        ASSERT_TEXT(json_text_of(*state, written), text_of(rows[i].written));
    }
}

/* Whatever an expression makes is read back as it was. */
static void test_round_trip(void **state)
{
    static const char *const expressions[] = {
        "{1: [1u, {'a': b'x'}], 'k': {true: now, false: [null, int, duration('-1ns')]}}",
        "context",
        "[context, {2u: context.tags}]",
    };
    for (size_t i = 0; i < COUNT_OF(expressions); i++) {
        struct cel_value value, again;
        struct json json;
        struct error error;
        CHECK_ROW(expressions[i], evaluate_text(*state, text_of(expressions[i]), &value, NULL,
                                                &error) == STATUS_OK);
        CHECK_ROW(expressions[i], cel_to_typed_json(*state, value, &json, &error) == STATUS_OK);
        CHECK_ROW(expressions[i], cel_from_typed_json(*state, json, &again, &error) == STATUS_OK);
        CHECK_ROW(expressions[i], cel_equal(value, again));
    }
}

static void test_plain(void **state)
{
    struct json items[] = {json_int(1), json_double(1.5)};
    struct json_member member = JSON_MEMBER("json", json_array(items, 2));
    struct cel_value value;
    struct json written;
    struct error error;
    assert_int_equal(cel_from_typed_json(*state, json_object(&member, 1), &value, &error),
                     STATUS_OK);
    assert_int_equal(cel_to_typed_json(*state, value, &written, &error), STATUS_OK);
    ASSERT_TEXT(json_text_of(*state, written), TEXT(LIST(INT("1") "," DOUBLE("1.5"))));
}

static void test_refused(void **state)
{
    const struct {
        const char *type;
        struct json value;
        const char *error;
    } rows[] = {
        {"int", json_int(1), "the value of type \"int\" must be a decimal integer"},
        {"int", string("1.0"), "must be a decimal integer"},
        {"int", string("9223372036854775808"), "must be a decimal integer"},
        {"uint", string("-1"), "without a sign"},
        {"double", string("1.5"), "must be a number, \"NaN\""},
        {"double", json_null(), "must be a number, \"NaN\""},
        {"bool", string("true"), "must be true or false"},
        {"bool", json_int(1), "must be true or false"},
        {"string", json_int(1), "must be a string"},
        {"bytes", string("AP8"), "must be a string in base64"},
        {"null_type", string("null"), "must be null"},
        {"null_type", json_bool(false), "must be null"},
        {"timestamp", string("yesterday"), "RFC 3339"},
        {"duration", string("5"), "a string as \"1.5s\""},
        {"type", string("integer"), "the name of a type"},
        {"list", json_object(NULL, 0), "an array of typed values"},
        {"map", json_object(NULL, 0), "an array of pairs"},
        {"integer", string("1"), "unknown type \"integer\""},
        {"timestmap", string(""), "did you mean \"timestamp\"?"},
    };
    struct cel_value value;
    struct error error;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_member members[2];
        CHECK_ROW(rows[i].error,
                  cel_from_typed_json(*state, typed(rows[i].type, rows[i].value, members), &value,
                                      &error) == STATUS_REJECTED);
        if (strstr(error.message, rows[i].error) == NULL)
            fail_msg("actual:   %s\nexpected: %s", error.message, rows[i].error);
    }
    assert_int_equal(cel_from_typed_json(*state, json_int(1), &value, &error), STATUS_REJECTED);
    assert_non_null(strstr(error.message, "a typed value is {\"type\""));
}

static void test_refused_maps(void **state)
{
    struct json_member one_int[2], one_uint[2], null[2], map[2];
    struct json key = typed("int", string("1"), one_int);
    struct json same = typed("uint", string("1"), one_uint);
    struct json none = typed("null_type", json_null(), null);
    struct json first[] = {key, none}, second[] = {same, none}, third[] = {none, key};
    struct json repeated[] = {json_array(first, 2), json_array(second, 2)};
    struct json wrong_key[] = {json_array(third, 2)};
    struct json no_pair[] = {json_array(first, 1)};
    const struct {
        struct json pairs;
        const char *error;
    } rows[] = {
        {json_array(repeated, 2), "a key stands twice in a map"},
        {json_array(wrong_key, 1), "a key of a map must be a bool, int, uint or string"},
        {json_array(no_pair, 1), "an array of pairs"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cel_value value;
        struct error error;
        CHECK_ROW(rows[i].error, cel_from_typed_json(*state, typed("map", rows[i].pairs, map),
                                                     &value, &error) == STATUS_REJECTED);
        CHECK_ROW(rows[i].error, strstr(error.message, rows[i].error) != NULL);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, arena_setup, arena_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_read),    TEST(test_round_trip),   TEST(test_plain),
        TEST(test_refused), TEST(test_refused_maps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
