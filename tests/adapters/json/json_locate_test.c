/* Places in JSON texts: what a reader finds at the end of the path. */
#include "tests/test.h"

#include "adapters/json/json_locate.h"
#include "adapters/json/json_parse.h"

static const struct {
    const char *path;
    const char *text;
    const char *key;   /* what stands from the name on */
    const char *value; /* the value alone */
} cases[] = {
    {"$", "  {\"a\": 1}", "{\"a\": 1}", "{\"a\": 1}"},
    {"$.a", "{\"a\": 1}", "\"a\": 1}", "1"},
    {"$.b", "{\"a\": {\"b\": 2}, \"b\": \"x\"}", "\"b\": \"x\"}", "\"x\""},
    {"$.a.b", "{\"b\": 1, \"a\": {\"b\": 2}}", "\"b\": 2}}", "2"},
    {"$[1]", "[10, 20, 30]", "20, 30]", "20"},
    {"$[1][0].x", "[[], [{\"x\": null}]]", "\"x\": null}]]", "null"},
    {"$[\"evt.x\"]", "{\"evt\": 0, \"evt.x\": [true]}", "\"evt.x\": [true]}", "[true]"},
    {"$[\"a]\\\"b\"].c", "{\"a]\\\"b\": {\"c\": -1.5e3}}", "\"c\": -1.5e3}}", "-1.5e3"},
    /* An escape in the text is the same name as the character in the path, and the other way. */
    {"$.ab", "{\"a\\u0062\": 7}", "\"a\\u0062\": 7}", "7"},
    {"$[\"\\u00e4\"]", "{\"\xC3\xA4\": 7}", "\"\xC3\xA4\": 7}", "7"},
    {"$[\"\xF0\x9F\x98\x80\"]", "{\"\\ud83d\\ude00\": 7}", "\"\\ud83d\\ude00\": 7}", "7"},
    {"$[\"\"]", "{\"x\": 1, \"\": 2}", "\"\": 2}", "2"},
    /* Brackets and commas inside of strings are no brackets and commas. */
    {"$.z", "{\"a\": \"},{\\\"z\\\": 0\", \"z\": 1}", "\"z\": 1}", "1"},
    {"$.a", "{ \"b\" : [ [ ] , { } ] , \"a\"\n:\t1 }", "\"a\"\n:\t1 }", "1"},
};

static void test_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct text text = text_of(cases[i].text);
        struct json_place place;
        CHECK_ROW(cases[i].path, json_locate(text, text_of(cases[i].path), &place));
        ASSERT_TEXT(text_of(text.data + place.key), text_of(cases[i].key));
        ASSERT_TEXT(((struct text){text.data + place.value, place.end - place.value}),
                    text_of(cases[i].value));
    }
}

/* A path that leads nowhere: how far it led, which is where a person would look. */
static void test_paths_that_lead_nowhere(void **state)
{
    (void)state;
    static const struct {
        const char *path, *value;
    } nowhere[] = {
        {"$.b", "{\"a\": {\"b\": [1]}}"},
        {"$.a.c", "{\"b\": [1]}"},
        {"$.a.b[1]", "[1]"},
        {"$.a.b[0].x", "1"},
        {"$.a.b[...", "[1]"}, /* a path that was cut */
        {"$.a.b[\"lon...", "[1]"},
        {"$.a[0]", "{\"b\": [1]}"},
        {"", "{\"a\": {\"b\": [1]}}"},
        {"$.", "{\"a\": {\"b\": [1]}}"},
        {"$[", "{\"a\": {\"b\": [1]}}"},
        {"$[x]", "{\"a\": {\"b\": [1]}}"},
    };
    struct text text = TEXT("{\"a\": {\"b\": [1]}}");
    for (size_t i = 0; i < COUNT_OF(nowhere); i++) {
        struct json_place place;
        CHECK_ROW(nowhere[i].path, !json_locate(text, text_of(nowhere[i].path), &place));
        ASSERT_TEXT(((struct text){text.data + place.value, place.end - place.value}),
                    text_of(nowhere[i].value));
    }
}

/* Positions in a string's own characters, and what of the text stands there. */
static void test_places_inside_of_strings(void **state)
{
    (void)state;
    static const struct {
        const char *string;
        struct text_position inside;
        const char *expected;
    } rows[] = {
        {"\"abc\"", {1, 1}, "abc\""},
        {"\"abc\"", {1, 3}, "c\""},
        {"\"abc\"", {1, 4}, "\""},
        {"\"abc\"", {9, 9}, "\""},
        {"\"a\\\"b\"", {1, 3}, "b\""},
        {"\"a\\u00e4b\"", {1, 3}, "b\""},
        {"\"a\\ud83d\\ude00b\"", {1, 3}, "b\""},
        {"\"a\xF0\x9F\x98\x80"
         "b\"",
         {1, 3},
         "b\""},
        {"\"a &&\\n contxt.n\"", {2, 2}, "contxt.n\""},
        {"\"a\\r\\n\\tb\"", {2, 2}, "b\""},
        {"\"a\\\\nb\"", {1, 3}, "nb\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text text = text_of(rows[i].string);
        size_t at = json_locate_inside(text, 0, rows[i].inside);
        ASSERT_TEXT(text_of(text.data + at), text_of(rows[i].expected));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_paths_that_lead_nowhere),
        cmocka_unit_test(test_places_inside_of_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
