#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/json.h"
#include "core/writer.h"

static struct text written(struct arena *arena, struct json value)
{
    struct writer writer;
    writer_init_arena(&writer, arena, 1024 * 1024);
    json_write(&writer, value);
    assert_false(writer.overflowed);
    return writer_result(&writer);
}

static struct text written_pretty(struct arena *arena, struct json value)
{
    struct writer writer;
    writer_init_arena(&writer, arena, 1024 * 1024);
    json_write_pretty(&writer, value);
    assert_false(writer.overflowed);
    return writer_result(&writer);
}

static struct json string(const char *text)
{
    return json_string(text_of(text));
}

/* --- Printing -------------------------------------------------------------------- */

static void test_scalars(void **state)
{
    const struct {
        struct json value;
        const char *text;
    } cases[] = {
        {json_null(), "null"},
        {json_bool(false), "false"},
        {json_bool(true), "true"},
        {json_int(0), "0"},
        {json_int(INT64_MIN), "-9223372036854775808"},
        {json_int(INT64_MAX), "9223372036854775807"},
        {json_uint(UINT64_MAX), "18446744073709551615"},
        {json_double(0.0), "0.0"},
        {json_double(-0.0), "-0.0"},
        {json_double(1.0), "1.0"},
        {json_double(0.1), "0.1"},
        {json_double(-2.5e-7), "-2.5e-7"},
        {json_double(1e20), "100000000000000000000.0"},
        {json_double(1e21), "1e+21"},
        {json_double(1e300), "1e+300"},
        {json_double(5e-324), "5e-324"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        ASSERT_TEXT(written(*state, cases[i].value), text_of(cases[i].text));
    assert_int_equal(json_uint(INT64_MAX).type, JSON_INT);
    assert_int_equal(json_uint((uint64_t)INT64_MAX + 1).type, JSON_UINT);
}

/* As JSON.stringify of ECMAScript writes them (ECMA-262, QuoteJSONString). */
static void test_strings(void **state)
{
    static const struct {
        struct text text, literal;
    } cases[] = {
        {TEXT_INIT(""), TEXT_INIT("\"\"")},
        {TEXT_INIT("a/b"), TEXT_INIT("\"a/b\"")},
        {TEXT_INIT("\"\\"), TEXT_INIT("\"\\\"\\\\\"")},
        {TEXT_INIT("\b\f\n\r\t"), TEXT_INIT("\"\\b\\f\\n\\r\\t\"")},
        {TEXT_INIT("\0x\x1f\x7f"), TEXT_INIT("\"\\u0000x\\u001f\x7f\"")},
        {TEXT_INIT("\x0b\x0e"), TEXT_INIT("\"\\u000b\\u000e\"")},
        {TEXT_INIT("\xC3\xA9\xF0\x9F\x98\x80\xE2\x80\xA8"),
         TEXT_INIT("\"\xC3\xA9\xF0\x9F\x98\x80\xE2\x80\xA8\"")},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        ASSERT_TEXT(written(*state, json_string(cases[i].text)), cases[i].literal);
}

static void test_containers(void **state)
{
    const struct json items[] = {json_int(1), json_array(NULL, 0), json_object(NULL, 0)};
    const struct json_member members[] = {JSON_MEMBER("b", json_array(items, 3)),
                                          JSON_MEMBER("a\n", json_null()),
                                          JSON_MEMBER("", json_bool(true))};
    ASSERT_TEXT(written(*state, json_object(members, 3)),
                TEXT("{\"b\":[1,[],{}],\"a\\n\":null,\"\":true}"));
}

static void test_pretty(void **state)
{
    const struct json numbers[] = {json_int(1), json_int(2)};
    const struct json_member short_one[] = {JSON_MEMBER("a", json_array(numbers, 2)),
                                            JSON_MEMBER("b", json_object(NULL, 0))};
    ASSERT_TEXT(written_pretty(*state, json_object(short_one, 2)),
                TEXT("{\"a\": [1, 2], \"b\": {}}"));

    struct json sixty = string("12345678901234567890123456789012345678901234567890123456");
    const struct json fits[] = {sixty}; /* 56 and four quotes and brackets */
    ASSERT_TEXT(written_pretty(*state, json_array(fits, 1)),
                TEXT("[\"12345678901234567890123456789012345678901234567890123456\"]"));
    const struct json too_long[] = {sixty, json_int(1), json_object(short_one, 2)};
    ASSERT_TEXT(written_pretty(*state, json_array(too_long, 3)),
                TEXT("[\n"
                     "  \"12345678901234567890123456789012345678901234567890123456\",\n"
                     "  1,\n"
                     "  {\"a\": [1, 2], \"b\": {}}\n"
                     "]"));
    const struct json_member nested[] = {JSON_MEMBER("x", json_array(too_long, 1)),
                                         JSON_MEMBER("y", json_array(too_long, 2))};
    ASSERT_TEXT(written_pretty(*state, json_object(nested, 2)),
                TEXT("{\n"
                     "  \"x\": [\"12345678901234567890123456789012345678901234567890123456\"],\n"
                     "  \"y\": [\n"
                     "    \"12345678901234567890123456789012345678901234567890123456\",\n"
                     "    1\n"
                     "  ]\n"
                     "}"));
}

/* --- Equality ------------------------------------------------------------------- */

static void test_numbers_are_equal_as_numbers(void **state)
{
    (void)state;
    const int64_t beyond = INT64_C(9007199254740993); /* 2^53 + 1 is no double */
    const struct {
        struct json a, b;
        bool equal;
    } cases[] = {
        {json_int(1), json_double(1.0), true},
        {json_int(0), json_double(-0.0), true},
        {json_int(1), json_double(1.5), false},
        {json_int(beyond), json_double(9007199254740992.0), false},
        {json_int(beyond - 1), json_double(9007199254740992.0), true},
        {json_int(INT64_MAX), json_double(0x1p63), false},
        {json_int(INT64_MIN), json_double(-0x1p63), true},
        {json_uint((uint64_t)1 << 63), json_double(0x1p63), true},
        {json_uint(UINT64_MAX), json_double(0x1p64), false},
        {json_uint((uint64_t)1 << 63), json_int(INT64_MIN), false}, /* the same bits */
        {json_uint(UINT64_MAX), json_int(-1), false},
        {json_uint(UINT64_MAX), json_uint(UINT64_MAX), true},
        {json_int(-1), json_double(-1.0), true},
        {json_double(1e300), json_int(INT64_MAX), false},
        {json_double(-1e300), json_uint(UINT64_MAX), false},
        {json_double(0.1), json_double(0.1), true},
        {json_double(0.1), json_double(0.2), false},
        {json_double(0.0), json_double(-0.0), true},
        {json_int(1), json_bool(true), false},
        {json_int(0), json_null(), false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(json_equal(cases[i].a, cases[i].b), cases[i].equal);
        assert_int_equal(json_equal(cases[i].b, cases[i].a), cases[i].equal);
    }
}

static void test_containers_are_equal_by_content(void **state)
{
    (void)state;
    const struct json one_two[] = {json_int(1), json_int(2)},
                      two_one[] = {json_int(2), json_int(1)},
                      doubles[] = {json_double(1), json_double(2)};
    const struct json_member ab[] = {JSON_MEMBER("a", json_int(1)), JSON_MEMBER("b", json_int(2))},
                             ba[] = {JSON_MEMBER("b", json_int(2)), JSON_MEMBER("a", json_int(1))},
                             ac[] = {JSON_MEMBER("a", json_int(1)), JSON_MEMBER("c", json_int(2))},
                             other[] = {JSON_MEMBER("a", json_int(1)),
                                        JSON_MEMBER("b", json_int(3))};
    assert_true(json_equal(json_array(one_two, 2), json_array(doubles, 2)));
    assert_false(json_equal(json_array(one_two, 2), json_array(two_one, 2)));
    assert_false(json_equal(json_array(one_two, 2), json_array(one_two, 1)));
    assert_true(json_equal(json_object(ab, 2), json_object(ba, 2)));
    assert_false(json_equal(json_object(ab, 2), json_object(ac, 2)));
    assert_false(json_equal(json_object(ab, 2), json_object(other, 2)));
    assert_false(json_equal(json_object(ab, 2), json_object(ab, 1)));
    assert_false(json_equal(json_array(NULL, 0), json_object(NULL, 0)));
    assert_true(json_equal(string("a"), string("a")));
    assert_false(json_equal(string("a"), string("b")));
    assert_false(json_equal(string(""), json_null()));
}

/* --- Reading and deriving --------------------------------------------------------- */

static void test_get(void **state)
{
    (void)state;
    const struct json_member members[] = {JSON_MEMBER("a", string("x")),
                                          JSON_MEMBER("b", json_int(1))};
    struct json object = json_object(members, 2);
    assert_ptr_equal(json_get(object, "b"), &members[1].value);
    assert_null(json_get(object, "c"));
    assert_null(json_get(json_int(1), "a"));
    assert_null(json_get(json_array(&members[0].value, 1), "a"));
    ASSERT_TEXT(json_get_string(object, "a"), TEXT("x"));
    assert_null(json_get_string(object, "b").data);
    assert_null(json_get_string(object, "c").data);
    assert_string_equal(json_type_name(JSON_UINT), "number");
    assert_string_equal(json_type_name(JSON_TRUE), "boolean");
}

static void test_merge_replaces_in_place_and_appends(void **state)
{
    const struct json_member base[] = {JSON_MEMBER("a", json_int(1)),
                                       JSON_MEMBER("b", json_int(2))},
                             patch[] = {JSON_MEMBER("c", json_int(3)),
                                        JSON_MEMBER("a", json_null())};
    struct json merged;
    assert_true(json_merge(*state, json_object(base, 2), json_object(patch, 2), &merged));
    ASSERT_TEXT(written(*state, merged), TEXT("{\"a\":null,\"b\":2,\"c\":3}"));
    assert_true(json_merge(*state, json_object(NULL, 0), json_object(NULL, 0), &merged));
    ASSERT_TEXT(written(*state, merged), TEXT("{}"));
    assert_true(json_set(*state, json_object(base, 2), TEXT("b"), string("x"), &merged));
    ASSERT_TEXT(written(*state, merged), TEXT("{\"a\":1,\"b\":\"x\"}"));
    ASSERT_TEXT(written(*state, json_object(base, 2)), TEXT("{\"a\":1,\"b\":2}"));
}

/* Two objects of 30,000 members: found by an index, in the order that small ones have. */
static void test_merge_of_large_objects(void **state)
{
    enum { COUNT = 30000, OVERLAP = 10000 };
    struct json_member *base = arena_alloc_array(*state, COUNT, sizeof *base);
    struct json_member *patch = arena_alloc_array(*state, COUNT, sizeof *patch);
    for (int i = 0; i < COUNT; i++) {
        char name[16];
        snprintf(name, sizeof name, "k%d", i);
        base[i] = (struct json_member){text_copy(*state, text_of(name)), json_int(i)};
        int at = COUNT - OVERLAP + (COUNT - 1 - i); /* the other way around */
        snprintf(name, sizeof name, "k%d", at);
        patch[i] = (struct json_member){text_copy(*state, text_of(name)), json_int(-at)};
    }
    struct json merged;
    assert_true(json_merge(*state, json_object(base, COUNT), json_object(patch, COUNT), &merged));
    assert_int_equal(merged.count, 2 * COUNT - OVERLAP);
    for (int i = 0; i < COUNT; i++) {
        ASSERT_TEXT(merged.as.members[i].name, base[i].name);
        assert_int_equal(merged.as.members[i].value.as.integer, i < COUNT - OVERLAP ? i : -i);
    }
    for (int i = COUNT; i < 2 * COUNT - OVERLAP; i++)
        ASSERT_TEXT(merged.as.members[i].name, patch[i - COUNT].name);
}

static void test_pack_shares_nothing(void **state)
{
    char text[] = "text", name[] = "name";
    struct json items[] = {string(text), json_double(1.5), json_array(NULL, 0), string("")};
    struct json_member members[] = {{text_of(name), json_array(items, 4)},
                                    JSON_MEMBER("b", json_object(NULL, 0)),
                                    JSON_MEMBER("", json_uint(UINT64_MAX))};
    struct json value = json_object(members, 3);
    const char *expected = "{\"name\":[\"text\",1.5,[],\"\"],\"b\":{},\"\":18446744073709551615}";
    assert_int_equal(json_packed_size(value), 3 * sizeof(struct json_member) +
                                                  4 * sizeof(struct json) + strlen("name") +
                                                  strlen("text") + strlen("b"));
    void *block = malloc(json_packed_size(value));
    struct json packed = json_pack(block, value), copy;
    assert_true(json_copy(*state, value, &copy));
    memset(text, '#', sizeof text - 1);
    memset(name, '#', sizeof name - 1);
    memset(items, 0, sizeof items);
    memset(members, 0, sizeof members);
    ASSERT_TEXT(written(*state, packed), text_of(expected));
    ASSERT_TEXT(written(*state, copy), text_of(expected));
    free(block);
    assert_int_equal(json_packed_size(json_null()), 0);
    struct arena *full = arena_create(8);
    assert_false(json_copy(full, string("text"), &copy));
    arena_destroy(full);
}

/* --- What no parser limited -------------------------------------------------------- */

/* `depth` arrays in one another, around a number. */
static struct json nested(struct arena *arena, int depth)
{
    struct json value = json_int(1);
    for (int i = 0; i < depth; i++) {
        struct json *item = arena_alloc(arena, sizeof *item);
        *item = value;
        value = json_array(item, 1);
    }
    return value;
}

static bool overflows(struct arena *arena, struct json value,
                      void (*write)(struct writer *, struct json))
{
    struct arena_mark mark = arena_mark(arena);
    struct writer writer;
    writer_init_arena(&writer, arena, 4 * 1024 * 1024);
    write(&writer, value);
    arena_rewind(arena, mark);
    return writer.overflowed;
}

static void test_depth_has_an_end(void **state)
{
    struct json copy, deepest = nested(*state, JSON_WALK_DEPTH_MAX);
    assert_false(overflows(*state, deepest, json_write));
    assert_false(overflows(*state, deepest, json_write_pretty));
    assert_true(json_equal(deepest, nested(*state, JSON_WALK_DEPTH_MAX)));
    assert_true(json_copy(*state, deepest, &copy));
    assert_true(json_equal(deepest, copy));

    static const int depths[] = {JSON_WALK_DEPTH_MAX + 1, 100 * 1000};
    for (size_t i = 0; i < COUNT_OF(depths); i++) {
        struct json deeper = nested(*state, depths[i]);
        assert_true(overflows(*state, deeper, json_write));
        assert_true(overflows(*state, deeper, json_write_pretty));
        assert_false(json_equal(deeper, nested(*state, depths[i])));
        assert_true(json_equal(deeper, deeper));
        assert_int_equal(json_packed_size(deeper), SIZE_MAX);
        assert_false(json_copy(*state, deeper, &copy));
    }
}

/* 2^60 ones, in 60 arrays of two: x = [x, x], over and over. */
static void test_shared_parts_are_not_walked_for_ever(void **state)
{
    struct json value = json_int(1), copy;
    for (int i = 0; i < 60; i++) {
        struct json *items = arena_alloc_array(*state, 2, sizeof *items);
        items[0] = items[1] = value;
        value = json_array(items, 2);
    }
    assert_true(overflows(*state, value, json_write));
    assert_true(overflows(*state, value, json_write_pretty));
    assert_int_equal(json_packed_size(value), SIZE_MAX);
    assert_false(json_copy(*state, value, &copy));
    assert_true(json_equal(value, value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scalars),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_containers),
        cmocka_unit_test(test_pretty),
        cmocka_unit_test(test_numbers_are_equal_as_numbers),
        cmocka_unit_test(test_containers_are_equal_by_content),
        cmocka_unit_test(test_get),
        cmocka_unit_test(test_merge_replaces_in_place_and_appends),
        cmocka_unit_test(test_merge_of_large_objects),
        cmocka_unit_test(test_pack_shares_nothing),
        cmocka_unit_test(test_depth_has_an_end),
        cmocka_unit_test(test_shared_parts_are_not_walked_for_ever),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
