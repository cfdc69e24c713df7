#include "tests/test.h"

#include <stdio.h>

#include "adapters/json/json_parse.h"
#include "core/writer.h"

static enum status parse(struct arena *arena, struct text text, struct json *out,
                         struct error *error)
{
    return json_parse(arena, text, JSON_LIMITS_DEFAULT, out, error);
}

static struct text written(struct arena *arena, struct json value)
{
    struct writer writer;
    writer_init_arena(&writer, arena, 4 * 1024 * 1024);
    json_write(&writer, value);
    assert_false(writer.overflowed);
    return writer_result(&writer);
}

static void test_values(void **state)
{
    static const struct {
        struct text text, written;
    } cases[] = {
        {TEXT_INIT("null"), TEXT_INIT("null")},
        {TEXT_INIT(" \t\r\n true \n"), TEXT_INIT("true")},
        {TEXT_INIT("[]"), TEXT_INIT("[]")},
        {TEXT_INIT("{ }"), TEXT_INIT("{}")},
        {TEXT_INIT("[1, [2, [], {}], {\"a\": {\"b\": [null]}}, 3]"),
         TEXT_INIT("[1,[2,[],{}],{\"a\":{\"b\":[null]}},3]")},
        {TEXT_INIT("{\"z\":1,\"a\":2,\"\":3,\"A\":4}"),
         TEXT_INIT("{\"z\":1,\"a\":2,\"\":3,\"A\":4}")},
        {TEXT_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), TEXT_INIT("\"\\\"\\\\/\\b\\f\\n\\r\\t\"")},
        {TEXT_INIT("\"\\u0041\\u00e9\\u20AC\\uD83D\\uDE00\""),
         TEXT_INIT("\"A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"")},
        {TEXT_INIT("\"a\\u0000b\""), TEXT_INIT("\"a\\u0000b\"")},
        {TEXT_INIT("\"\\\\ud800\""), TEXT_INIT("\"\\\\ud800\"")},
        {TEXT_INIT("\"\\uD800\\uDC00\\uDBFF\\uDFFF\""),
         TEXT_INIT("\"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\"")},
        {TEXT_INIT("\"\xEF\xBB\xBF\""), TEXT_INIT("\"\xEF\xBB\xBF\"")},
        {TEXT_INIT("{\"a\\u0000\":1,\"a\":2}"), TEXT_INIT("{\"a\\u0000\":1,\"a\":2}")},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct json value;
        struct error error;
        if (parse(*state, cases[i].text, &value, &error) != STATUS_OK)
            fail_msg("%s: %s", cases[i].text.data, error.message);
        ASSERT_TEXT(written(*state, value), cases[i].written);
    }
}

static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        enum json_type type;
        const char *written;
    } cases[] = {
        {"0", JSON_INT, "0"},
        {"-0", JSON_INT, "0"},
        {"-0.0", JSON_DOUBLE, "-0.0"},
        {"-0e0", JSON_DOUBLE, "-0.0"},
        {"42", JSON_INT, "42"},
        {"9007199254740993", JSON_INT, "9007199254740993"},
        {"9223372036854775807", JSON_INT, "9223372036854775807"},
        {"9223372036854775808", JSON_UINT, "9223372036854775808"},
        {"18446744073709551615", JSON_UINT, "18446744073709551615"},
        {"18446744073709551616", JSON_DOUBLE, "18446744073709552000.0"},
        {"-9223372036854775807", JSON_INT, "-9223372036854775807"},
        {"-9223372036854775808", JSON_INT, "-9223372036854775808"},
        {"-9223372036854775809", JSON_DOUBLE, "-9223372036854776000.0"},
        {"100000000000000000000000", JSON_DOUBLE, "1e+23"},
        {"1.0", JSON_DOUBLE, "1.0"},
        {"1e2", JSON_DOUBLE, "100.0"},
        {"1E+2", JSON_DOUBLE, "100.0"},
        {"1.5e-7", JSON_DOUBLE, "1.5e-7"},
        {"1e-400", JSON_DOUBLE, "0.0"},
        {"1.7976931348623157e308", JSON_DOUBLE, "1.7976931348623157e+308"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char array[64];
        struct json value;
        struct error error;
        CHECK_ROW(cases[i].text,
                  parse(*state, text_of(cases[i].text), &value, &error) == STATUS_OK);
        CHECK_ROW(cases[i].text, value.type == cases[i].type);
        ASSERT_TEXT(written(*state, value), text_of(cases[i].written));
        snprintf(array, sizeof array, "[%s]", cases[i].text); /* yajl ends a number elsewhere */
        CHECK_ROW(array, parse(*state, text_of(array), &value, &error) == STATUS_OK);
        CHECK_ROW(array, value.as.items[0].type == cases[i].type);
    }
}

/* What is refused, and what is said of it. */
static void test_refused(void **state)
{
    static const struct {
        struct text text;
        const char *message;
    } cases[] = {
        {TEXT_INIT(""), "line 1, column 1: premature EOF"},
        {TEXT_INIT("  \n "), "line 2, column 2: premature EOF"},
        {TEXT_INIT("[1,\n 2"), "line 2, column 3: premature EOF"},
        {TEXT_INIT("\"abc"), "line 1, column 5: premature EOF"},
        {TEXT_INIT("[1] 2"), "line 1, column 5: trailing garbage"},
        {TEXT_INIT("{} {}"), "line 1, column 4: trailing garbage"},
        {TEXT_INIT("[1 \"a\"]"), "line 1, column 4: after array element, I expect ',' or ']'"},
        {TEXT_INIT("{\"a\":{}\n\"b\":1}"),
         "line 2, column 1: after key and value, inside map, I expect ',' or '}'"},
        {TEXT_INIT("{\"a\":\"x\" true}"),
         "line 1, column 10: after key and value, inside map, I expect ',' or '}'"},
        {TEXT_INIT("[1,]"), "line 1, column 4: unallowed token at this point in JSON text"},
        {TEXT_INIT("{\"a\":1,\n  \"b\":2,\n  \"a\":3}"), "line 3, column 3: duplicate key \"a\""},
        {TEXT_INIT("{\"a\":1,\"\\u0061\":2}"), "line 1, column 8: duplicate key \"a\""},
        {TEXT_INIT("[{\"x\\\"\\\\\":1, \"x\\\"\\\\\":1}]"),
         "line 1, column 14: duplicate key \"x\\\"\\\\\""},
        {TEXT_INIT("{\"b\":1,\"a\":2,\"b\":3,\"a\":4}"), "line 1, column 14: duplicate key \"b\""},
        {TEXT_INIT("{\"a\":1,\"b\":2,\"a\":3,\"b\":4}"), "line 1, column 14: duplicate key \"a\""},
        {TEXT_INIT("{\"a\":{\"b\":1},\"b\":{\"b\":1,\"c\":2,\"c\":3}}"),
         "line 1, column 31: duplicate key \"c\""},
        {TEXT_INIT("{\"\":1,\"\":2}"), "line 1, column 7: duplicate key \"\""},
        {TEXT_INIT("[1e400]"), "line 1, column 2: the number \"1e400\" is too large for a double"},
        {TEXT_INIT("-1e400"), "line 1, column 1: the number \"-1e400\" is too large for a double"},
        {TEXT_INIT("\"\\ud800\""),
         "line 1, column 2: half of a surrogate pair, which is no character"},
        {TEXT_INIT("[\"\\\\\\uDC00\\ud800\"]"),
         "line 1, column 5: half of a surrogate pair, which is no character"},
        {TEXT_INIT("\"\\ud800\\u0041\""),
         "line 1, column 2: half of a surrogate pair, which is no character"},
        {TEXT_INIT("\"\\ud800\\ud800\\udc00\""),
         "line 1, column 2: half of a surrogate pair, which is no character"},
        {TEXT_INIT("\"\\ud800"),
         "line 1, column 2: half of a surrogate pair, which is no character"},
        {TEXT_INIT("\"ab\xFF\""), "line 1, column 4: not valid UTF-8"},
        {TEXT_INIT("\"\xED\xA0\x80\""), "line 1, column 2: not valid UTF-8"},
        {TEXT_INIT("\"\xC0\x80\""), "line 1, column 2: not valid UTF-8"},
        {TEXT_INIT("\xEF\xBB\xBF{}"),
         "line 1, column 1: a byte order mark, which JSON does not begin with"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct json value;
        struct error error;
        CHECK_ROW(cases[i].message,
                  parse(*state, cases[i].text, &value, &error) == STATUS_REJECTED);
        assert_string_equal(error.message, cases[i].message);
    }
}

/* Refused in whatever words: RFC 8259's grammar. */
static void test_no_json(void **state)
{
    static const struct text cases[] = {
        TEXT_INIT("nul"),
        TEXT_INIT("NULL"),
        TEXT_INIT("True"),
        TEXT_INIT("undefined"),
        TEXT_INIT("NaN"),
        TEXT_INIT("Infinity"),
        TEXT_INIT("-Infinity"),
        TEXT_INIT("+1"),
        TEXT_INIT("01"),
        TEXT_INIT("-01"),
        TEXT_INIT("-"),
        TEXT_INIT("1."),
        TEXT_INIT(".5"),
        TEXT_INIT("1e"),
        TEXT_INIT("1e+"),
        TEXT_INIT("0x10"),
        TEXT_INIT("1_000"),
        TEXT_INIT("'a'"),
        TEXT_INIT("\"\n\""),
        TEXT_INIT("\"\0\""),
        TEXT_INIT("\"\x1f\""),
        TEXT_INIT("\"\\x41\""),
        TEXT_INIT("\"\\u12G4\""),
        TEXT_INIT("\"\\u12\""),
        TEXT_INIT("[1 2]"),
        TEXT_INIT("[,1]"),
        TEXT_INIT("{\"a\"}"),
        TEXT_INIT("{\"a\":}"),
        TEXT_INIT("{\"a\" 1}"),
        TEXT_INIT("{a:1}"),
        TEXT_INIT("{1:2}"),
        TEXT_INIT("{\"a\":1,}"),
        TEXT_INIT("[}"),
        TEXT_INIT("{]"),
        TEXT_INIT("]"),
        TEXT_INIT("}"),
        TEXT_INIT(","),
        TEXT_INIT(":"),
        TEXT_INIT("/* a */ 1"),
        TEXT_INIT("// a\n1"),
        TEXT_INIT("1 // a"),
        TEXT_INIT("#1"),
        TEXT_INIT("1\0"),
        TEXT_INIT("[1]\0"),
        TEXT_INIT("\0"),
        TEXT_INIT("\f1"),
        TEXT_INIT("\xC2\xA0"
                  "1"),
        TEXT_INIT("{\"a\":1 \"b\":2}"),
        TEXT_INIT("\"a\" \"b\""),
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct json value;
        struct error error;
        if (parse(*state, cases[i], &value, &error) != STATUS_REJECTED)
            fail_msg("%s", cases[i].data);
        assert_int_equal(memcmp(error.message, "line ", 5), 0);
    }
}

static void test_depth(void **state)
{
    enum { DEPTH = 5 };
    const struct json_limits limits = {DEPTH, 1000};
    struct json value;
    struct error error;
    assert_int_equal(json_parse(*state, TEXT("[[{\"a\":[{}]}]]"), limits, &value, &error),
                     STATUS_OK);
    assert_int_equal(json_parse(*state, TEXT("[[{\"a\":[[\n[1]]]}]]"), limits, &value, &error),
                     STATUS_REJECTED);
    assert_string_equal(error.message,
                        "line 2, column 1: arrays and objects are nested deeper than 5");
    assert_int_equal(json_parse(*state, TEXT("1"), (struct json_limits){0, 10}, &value, &error),
                     STATUS_OK);
    assert_int_equal(json_parse(*state, TEXT("[]"), (struct json_limits){0, 10}, &value, &error),
                     STATUS_REJECTED);
}

/* A megabyte of brackets ends at the limit, not on the stack. */
static void test_brackets_only(void **state)
{
    char *text = arena_alloc(*state, JSON_SIZE_MAX);
    memset(text, '[', JSON_SIZE_MAX);
    struct json value;
    struct error error;
    assert_int_equal(parse(*state, (struct text){text, JSON_SIZE_MAX}, &value, &error),
                     STATUS_REJECTED);
    assert_string_equal(error.message,
                        "line 1, column 129: arrays and objects are nested deeper than 128");
}

static void test_size(void **state)
{
    struct json value;
    struct error error;
    const struct json_limits limits = {10, 8};
    assert_int_equal(json_parse(*state, TEXT("[1,2,  3]"), limits, &value, &error),
                     STATUS_REJECTED);
    assert_string_equal(error.message, "9 bytes of JSON are more than the 8 allowed");
    assert_int_equal(json_parse(*state, TEXT("[1,2, 3]"), limits, &value, &error), STATUS_OK);
}

/* As many members as a megabyte holds, in the worst order for a search; a duplicate of the
 * first one at the end is found all the same. */
static void test_many_members(void **state)
{
    enum { COUNT = 60000 };
    struct writer writer;
    writer_init_arena(&writer, *state, 2 * 1024 * 1024);
    writer_char(&writer, '{');
    for (int i = 0; i < COUNT; i++)
        writer_format(&writer, "\"key%d\":%d,", COUNT - i, i);
    size_t unfinished = writer.size - 1;
    writer_format(&writer, "\"key%d\":0}", COUNT);
    assert_false(writer.overflowed);

    struct json value;
    struct error error;
    struct json_limits limits = {10, 2 * 1024 * 1024};
    assert_int_equal(json_parse(*state, writer_result(&writer), limits, &value, &error),
                     STATUS_REJECTED);
    char expected[64];
    snprintf(expected, sizeof expected, "line 1, column %zu: duplicate key \"key%d\"",
             unfinished + 2, COUNT);
    assert_string_equal(error.message, expected);

    writer.data[unfinished] = '}';
    assert_int_equal(
        json_parse(*state, (struct text){writer.data, unfinished + 1}, limits, &value, &error),
        STATUS_OK);
    assert_int_equal(value.count, COUNT);
    ASSERT_TEXT(value.as.members[0].name, TEXT("key60000"));
    assert_int_equal(value.as.members[COUNT - 1].value.as.integer, COUNT - 1);
}

/* The value holds nothing of the text, and a full arena is no fault of the text. */
static void test_memory(void **state)
{
    char text[] = "{\"name\": [\"value\", 1, null]}";
    struct json value;
    struct error error;
    assert_int_equal(parse(*state, text_of(text), &value, &error), STATUS_OK);
    memset(text, '#', sizeof text - 1);
    ASSERT_TEXT(written(*state, value), TEXT("{\"name\":[\"value\",1,null]}"));

    bool succeeded = false;
    for (size_t size = 1; !succeeded && size < 4096; size++) {
        struct arena *arena = arena_create(size);
        enum status status =
            parse(arena, TEXT("{\"name\": [\"value\", {\"a\": []}]}"), &value, &error);
        assert_true(status == STATUS_OK || status == STATUS_FATAL);
        succeeded = status == STATUS_OK;
        arena_destroy(arena);
    }
    assert_true(succeeded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),  cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_no_json),
        cmocka_unit_test(test_depth),   cmocka_unit_test(test_brackets_only),
        cmocka_unit_test(test_size),    cmocka_unit_test(test_many_members),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
