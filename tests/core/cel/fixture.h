/* fixture.h - evaluating one expression in a test, with the variables that all share:
 *
 *     x          5, an int
 *     n          null
 *     context    {"attempts":2,"name":"Ada","tags":["a","b"],"ratio":0.5,
 *                 "big":18446744073709551615,"nothing":null,"nested":{"deep":{"n":1}}}
 *     a.b        "qualified", a string
 *     now        the timestamp 2026-01-02T03:04:05.678Z
 *     numbers    [1, 2, 3]
 *
 * One time zone has a name, Test/East, and is 05:45 ahead of UTC.
 *
 * Results are compared as typed JSON (core/cel/typed_json.h); the macros write it. */
#ifndef TESTS_CORE_CEL_FIXTURE_H
#define TESTS_CORE_CEL_FIXTURE_H

#include "core/cel/cel.h"
#include "core/cel/typed_json.h"
#include "core/writer.h"
#include "tests/test.h"

#define TYPED(type, value) "{\"type\":\"" type "\",\"value\":" value "}"
#define INT(digits)        TYPED("int", "\"" digits "\"")
#define UINT(digits)       TYPED("uint", "\"" digits "\"")
#define DOUBLE(number)     TYPED("double", number)
#define STRING(text)       TYPED("string", "\"" text "\"")
#define BYTES(base64)      TYPED("bytes", "\"" base64 "\"")
#define LIST(items)        TYPED("list", "[" items "]")
#define MAP(pairs)         TYPED("map", "[" pairs "]")
#define PAIR(key, value)   "[" key "," value "]"
#define TYPE(name)         TYPED("type", "\"" name "\"")
#define TIMESTAMP(text)    TYPED("timestamp", "\"" text "\"")
#define DURATION(text)     TYPED("duration", "\"" text "\"")
#define OPTIONAL(value)    TYPED("optional_type", value)
#define NONE               OPTIONAL("null")
#define TRUE_VALUE         TYPED("bool", "true")
#define FALSE_VALUE        TYPED("bool", "false")
#define NULL_VALUE         TYPED("null_type", "null")

static const struct text fixture_names[] = {
    {"x", 1}, {"n", 1}, {"context", 7}, {"a.b", 3}, {"now", 3}, {"numbers", 7},
};
static inline bool fixture_zone_offset(void *self, struct text name, int64_t time, int32_t *offset)
{
    (void)self;
    (void)time;
    *offset = 5 * 3600 + 45 * 60;
    return text_is(name, "Test/East");
}
static const struct cel_time_zones fixture_zones = {NULL, fixture_zone_offset};
static const struct cel_environment fixture_environment = {
    .names = fixture_names, .count = COUNT_OF(fixture_names), .time_zones = &fixture_zones};

static const struct json fixture_tags[] = {
    {.type = JSON_STRING, .count = 1, .as.string = "a"},
    {.type = JSON_STRING, .count = 1, .as.string = "b"},
};
static const struct json_member fixture_deep[] = {
    {{"n", 1}, {.type = JSON_INT, .as.integer = 1}},
};
static const struct json_member fixture_nested[] = {
    {{"deep", 4}, {.type = JSON_OBJECT, .count = 1, .as.members = fixture_deep}},
};
static const struct json_member fixture_context[] = {
    {{"attempts", 8}, {.type = JSON_INT, .as.integer = 2}},
    {{"name", 4}, {.type = JSON_STRING, .count = 3, .as.string = "Ada"}},
    {{"tags", 4}, {.type = JSON_ARRAY, .count = 2, .as.items = fixture_tags}},
    {{"ratio", 5}, {.type = JSON_DOUBLE, .as.number = 0.5}},
    {{"big", 3}, {.type = JSON_UINT, .as.uinteger = UINT64_MAX}},
    {{"nothing", 7}, {.type = JSON_NULL}},
    {{"nested", 6}, {.type = JSON_OBJECT, .count = 1, .as.members = fixture_nested}},
};
static const struct cel_value fixture_numbers[] = {
    {.type = CEL_INT, .as.integer = 1},
    {.type = CEL_INT, .as.integer = 2},
    {.type = CEL_INT, .as.integer = 3},
};

static inline const struct cel_value *fixture_variables(struct arena *arena)
{
    struct cel_value *values = arena_alloc_array(arena, COUNT_OF(fixture_names), sizeof *values);
    assert_non_null(values);
    values[0] = cel_int(5);
    values[1] = (struct cel_value){.type = CEL_NULL};
    values[2] = cel_from_json(json_object(fixture_context, COUNT_OF(fixture_context)));
    values[3] = cel_string(TEXT("qualified"));
    values[4] = cel_timestamp_ms(INT64_C(1767323045678));
    values[5] = (struct cel_value){.type = CEL_LIST, .count = 3, .as.items = fixture_numbers};
    return values;
}

/* Compiles; fails the test where it doesn't. */
static inline const struct cel_program *compile_text(struct arena *arena, struct text expression)
{
    const struct cel_program *program;
    struct cel_issue issue;
    if (cel_compile(arena, expression, &fixture_environment, &program, &issue) != STATUS_OK)
        fail_msg("%.*s: %u:%u: %s", (int)(expression.size < 200 ? expression.size : 200),
                 expression.data, issue.line, issue.column, issue.message);
    return program;
}

static inline enum status evaluate_text(struct arena *arena, struct text expression,
                                        struct cel_value *out, uint64_t *cost, struct error *error)
{
    return cel_evaluate(compile_text(arena, expression), fixture_variables(arena), CEL_COST_MAX,
                        arena, out, cost, error);
}

static inline struct text json_text_of(struct arena *arena, struct json json)
{
    struct writer writer;
    writer_init_arena(&writer, arena, SIZE_MAX);
    json_write(&writer, json);
    assert_false(writer.overflowed);
    return writer_result(&writer);
}

/* Evaluates, and compares the typed result. */
static inline void check_result(struct arena *arena, const char *expression, const char *expected)
{
    struct cel_value value;
    struct json json;
    struct error error;
    if (evaluate_text(arena, text_of(expression), &value, NULL, &error) != STATUS_OK)
        fail_msg("%s: error: %s\nexpected: %s", expression, error.message, expected);
    assert_int_equal(cel_to_typed_json(arena, value, &json, &error), STATUS_OK);
    struct text actual = json_text_of(arena, json);
    if (!text_is(actual, expected))
        fail_msg("%s\nactual:   %.*s\nexpected: %s", expression, TEXT_ARGS(actual), expected);
}

/* Evaluates, and looks for `expected` in the error. */
static inline void check_error(struct arena *arena, const char *expression, const char *expected)
{
    struct cel_value value;
    struct error error;
    enum status status = evaluate_text(arena, text_of(expression), &value, NULL, &error);
    if (status != STATUS_REJECTED)
        fail_msg("%s: status %s, expected the error: %s", expression, status_name(status),
                 expected);
    if (strstr(error.message, expected) == NULL)
        fail_msg("%s\nactual:   %s\nexpected: %s", expression, error.message, expected);
}

#endif
