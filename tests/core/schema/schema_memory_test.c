/* The nth allocation fails, for every n: of compiling, and of validating what is and what is
 * not valid. */
#include "tests/core/schema/fixture.h"

#include "tests/failing_malloc.h"

static const char schema_text[] =
    "{'$id': 'http://example.com/order', 'type': 'object', 'required': ['id'],"
    " 'properties': {'id': {'type': 'string', 'pattern': '^[a-z]+$', 'format': 'uri-reference'},"
    "  'tags': {'uniqueItems': true, 'items': {'enum': ['a', 'b', 1]}, 'contains': {'const': 1}},"
    "  'kind': {'anyOf': [{'type': 'string'}, {'$ref': '#/$defs/kind'}, {'$ref': '#kind'}]}},"
    " 'patternProperties': {'^x-': {'multipleOf': 0.01}}, 'propertyNames': {'minLength': 1},"
    " 'allOf': [{'dependentRequired': {'a': ['b']}}, {'dependentSchemas': {'a': true}}],"
    " 'unevaluatedProperties': {'$dynamicRef': '#node'}, 'propertis': 1,"
    " '$defs': {'kind': {'$anchor': 'kind', 'type': 'integer'},"
    "  'node': {'$dynamicAnchor': 'node', 'type': ['null', 'array'], 'unevaluatedItems': true}}}";

struct attempt {
    struct json schema;
    struct json instance;
    enum status expected;
};

static enum status attempt(struct arena *arena, const void *context)
{
    const struct attempt *input = context;
    struct problem_list problems;
    const struct schema *schema;
    enum status status = compile_json(arena, input->schema, &problems, &schema);
    if (status != STATUS_OK)
        return status;
    struct schema_failures failures;
    status = schema_validate(schema, input->instance, arena, &failures);
    return status == input->expected ? STATUS_OK : STATUS_FATAL;
}

static struct json tags_of(struct arena *arena, int count)
{
    struct json *items = arena_alloc_array(arena, (size_t)count, sizeof *items);
    assert_non_null(items);
    for (int i = 0; i < count; i++)
        items[i] = json_int(1 + i);
    return json_array(items, (size_t)count);
}

static void test_memory(void **state)
{
    struct arena *arena = *state;
    struct attempt valid = {
        parse_json(arena, schema_text),
        parse_json(arena,
                   "{'id': 'abc', 'kind': 3, 'x-a': 1.25, 'rest': [1, 2], 'tags': ['a', 1]}"),
        STATUS_OK};
    failing_malloc_each(attempt, &valid);

    struct attempt invalid = {
        valid.schema, parse_json(arena, "{'id': 'ABC', 'kind': 3.5, 'x-a': 0.001, 'rest': 'x'}"),
        STATUS_REJECTED};
    failing_malloc_each(attempt, &invalid);

    struct json_member members[] = {{TEXT("tags"), tags_of(arena, 40)}};
    struct attempt many = {valid.schema, json_object(members, 1), STATUS_REJECTED};
    failing_malloc_each(attempt, &many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_memory, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
