/* CloudEvents as JSON: what expressions see and what people are shown. The expected
 * texts follow CloudEvents' JSON format 1.0.2, section 3.2 and its examples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/orchestration/event.h"

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_create((size_t)1024 * 1024);
    return arena == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static struct json parse(const char *text)
{
    struct json value;
    struct error error;
    if (json_parse(arena, text_of(text), JSON_LIMITS_DEFAULT, &value, &error) != STATUS_OK)
        fail_msg("%s: %s", text, error.message);
    return value;
}

static struct event whole_event(void)
{
    return (struct event){.id = TEXT("e1"),
                          .source = TEXT("/books"),
                          .type = TEXT("evt.books.fetch.success"),
                          .subject = TEXT("s"),
                          .time = TEXT("2026-01-02T03:04:05Z"),
                          .datacontenttype = TEXT("application/json"),
                          .dataschema = TEXT("https://example.org/schema"),
                          .data = parse("{\"pages\":3}"),
                          .has_data = true,
                          .extensions =
                              parse("{\"correlationid\":\"c\",\"hops\":2,\"last\":true}")};
}

static void assert_json(const struct event *event, bool for_expressions, const char *expected)
{
    struct json value;
    assert_true(event_to_json(event, for_expressions, arena, &value));
    assert_true(json_equal(value, parse(expected)));
}

static void all_attributes_are_members(void **state)
{
    (void)state;
    struct event event = whole_event();
    assert_json(&event, false,
                "{\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"/books\","
                "\"type\":\"evt.books.fetch.success\",\"subject\":\"s\","
                "\"time\":\"2026-01-02T03:04:05Z\",\"datacontenttype\":\"application/json\","
                "\"dataschema\":\"https://example.org/schema\",\"correlationid\":\"c\",\"hops\":2,"
                "\"last\":true,\"data\":{\"pages\":3}}");
}

static void expressions_see_no_specversion(void **state)
{
    (void)state;
    struct event event = whole_event();
    struct json value;
    assert_true(event_to_json(&event, true, arena, &value));
    assert_null(json_get(value, "specversion"));
    assert_int_equal(value.count, 11);
}

static void absent_attributes_are_no_members(void **state)
{
    (void)state;
    struct event event = {.id = TEXT("e1"), .source = TEXT("/books"), .type = TEXT("evt.x")};
    assert_json(&event, true, "{\"id\":\"e1\",\"source\":\"/books\",\"type\":\"evt.x\"}");
    event.has_data = true; /* null is data, too */
    assert_json(&event, true,
                "{\"id\":\"e1\",\"source\":\"/books\",\"type\":\"evt.x\",\"data\":null}");
}

static void extensions_are_read_as_text(void **state)
{
    (void)state;
    struct event event = whole_event();
    assert_true(text_is(event_extension(&event, "correlationid"), "c"));
    assert_null(event_extension(&event, "hops").data); /* an integer is no text */
    assert_null(event_extension(&event, "traceparent").data);
    event.extensions = json_null();
    assert_null(event_extension(&event, "correlationid").data);
}

static void a_full_arena_is_said(void **state)
{
    (void)state;
    struct arena *full = arena_create(64);
    struct event event = whole_event();
    struct json value;
    assert_false(event_to_json(&event, false, full, &value));
    arena_destroy(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_attributes_are_members),
        cmocka_unit_test(expressions_see_no_specversion),
        cmocka_unit_test(absent_attributes_are_no_members),
        cmocka_unit_test(extensions_are_read_as_text),
        cmocka_unit_test(a_full_arena_is_said),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
