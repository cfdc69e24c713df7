/* What would not end, or take too long, ends with a failure that says so. */
#include "tests/core/schema/fixture.h"

#include <stdio.h>

static struct schema_failures failures;

static enum status validate(struct arena *arena, const char *schema, struct json instance)
{
    return schema_validate(compile_schema(arena, schema), instance, arena, &failures);
}

static void assert_limit(struct arena *arena, const char *schema, struct json instance)
{
    assert_int_equal(validate(arena, schema, instance), STATUS_REJECTED);
    assert_int_equal(failures.count, 1);
    assert_string_equal(failures.items[0].message,
                        "takes more than 10000000 steps, or 1024 schemas inside one another, to "
                        "validate");
}

/* Core, section 9.4.1: a schema that refers to itself without an end. */
static void test_endless_reference(void **state)
{
    assert_limit(*state, "{'$ref': '#'}", json_null());
    assert_limit(*state, "{'allOf': [{'$dynamicRef': '#x'}], '$dynamicAnchor': 'x'}", json_null());
    assert_limit(*state, "{'anyOf': [{'not': {'$ref': '#'}}]}", json_null());
}

/* Each definition uses the next twice: 2^40 applications. */
static void test_references_that_multiply(void **state)
{
    struct arena *arena = *state;
    static char schema[8192];
    int at = snprintf(schema, sizeof schema, "{'$ref': '#/$defs/s0', '$defs': {'s40': true");
    for (int i = 0; i < 40; i++)
        at += snprintf(schema + at, sizeof schema - (size_t)at,
                       ", 's%d': {'allOf': [{'$ref': '#/$defs/s%d'}, {'$ref': '#/$defs/s%d'}]}", i,
                       i + 1, i + 1);
    snprintf(schema + at, sizeof schema - (size_t)at, "}}");
    assert_limit(arena, schema, json_null());
}

/* A recursive schema takes an instance as deep as a document may be. */
static void test_depth(void **state)
{
    struct arena *arena = *state;
    struct json value = json_array(NULL, 0);
    for (int i = 1; i < JSON_DEPTH_MAX; i++) {
        struct json *items = arena_alloc(arena, sizeof *items);
        assert_non_null(items);
        *items = value;
        value = json_array(items, 1);
    }
    static const char schema[] = "{'allOf': [{'$ref': '#/$defs/a'}], '$defs': {'a': "
                                 "{'type': 'array', 'items': {'$ref': '#'}}}}";
    assert_int_equal(validate(arena, schema, value), STATUS_OK);
}

/* Items that are equal but for one byte at the end, and objects whose members stand in
 * reverse: comparing each with each would take some 10^12 steps. */
static void test_unique_items(void **state)
{
    struct arena *arena = *state;
    enum { COUNT = 100000, MEMBERS = 3000, NAME_SIZE = 12 };
    struct json *items = arena_alloc_array(arena, COUNT, sizeof *items);
    char(*names)[NAME_SIZE] = arena_alloc_array(arena, COUNT, NAME_SIZE);
    assert_non_null(items);
    assert_non_null(names);
    for (int i = 0; i < COUNT; i++)
        items[i] = json_string(
            (struct text){names[i], (size_t)snprintf(names[i], NAME_SIZE, "same%07d", i)});
    const struct schema *schema = compile_schema(arena, "{'uniqueItems': true}");
    assert_int_equal(schema_validate(schema, json_array(items, COUNT), arena, &failures),
                     STATUS_OK);
    items[COUNT - 1] = items[0];
    assert_int_equal(schema_validate(schema, json_array(items, COUNT), arena, &failures),
                     STATUS_REJECTED);
    assert_string_equal(failures.items[0].message,
                        "must have no item twice; items 0 and 99999 are both \"same0000000\"");

    struct json_member *members = arena_alloc_array(arena, MEMBERS * 2, sizeof *members);
    assert_non_null(members);
    for (int i = 0; i < MEMBERS; i++) {
        members[i] = (struct json_member){json_text(items[i]), json_int(i)};
        members[2 * MEMBERS - 1 - i] = members[i];
    }
    struct json objects[] = {json_object(members, MEMBERS),
                             json_object(members + MEMBERS, MEMBERS)};
    assert_int_equal(schema_validate(schema, json_array(objects, 2), arena, &failures),
                     STATUS_REJECTED);
}

/* Of a valid instance nothing stays in the arena. */
static void test_memory(void **state)
{
    struct arena *arena = *state;
    static const char text[] =
        "{'allOf': [{'uniqueItems': true}, {'contains': {'const': 7}}, {'pattern': 'a'}],"
        " 'unevaluatedItems': {'type': 'integer'}}";
    const struct schema *schema = compile_schema(arena, text);
    struct json items[200];
    for (int i = 0; i < 200; i++)
        items[i] = json_int(i);
    size_t used = arena_used(arena);
    assert_int_equal(schema_validate(schema, json_array(items, 200), arena, &failures), STATUS_OK);
    assert_int_equal(schema_validate(schema, json_string(TEXT("cat")), arena, &failures),
                     STATUS_OK);
    assert_int_equal(arena_used(arena), used);
}

static void test_too_many_subschemas(void **state)
{
    struct arena *arena = *state;
    struct json *items = arena_alloc_array(arena, SCHEMA_SUBSCHEMAS_MAX, sizeof *items);
    assert_non_null(items);
    for (int i = 0; i < SCHEMA_SUBSCHEMAS_MAX; i++)
        items[i] = json_bool(true);
    struct json_member member = {TEXT("allOf"), json_array(items, SCHEMA_SUBSCHEMAS_MAX)};
    struct problem_list problems;
    const struct schema *schema;
    assert_int_equal(compile_json(arena, json_object(&member, 1), &problems, &schema),
                     STATUS_REJECTED);
    assert_int_equal(problems.count, 1);
    assert_string_equal(problems.items[0].message, "there are more than 65536 schemas");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_endless_reference, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_references_that_multiply, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_depth, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_unique_items, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_memory, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_too_many_subschemas, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
