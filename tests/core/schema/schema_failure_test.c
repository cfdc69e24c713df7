/* What is told of an instance that is not valid: where, by which keyword, and what was
 * expected. Rows with several failures have several lines. */
#include "tests/core/schema/fixture.h"

#include <stdio.h>

#define ORDER                                                                         \
    "{'type': 'object', 'required': ['id', 'items'], 'additionalProperties': false,"  \
    " 'properties': {'id': {'type': 'string'}, 'note': {'type': ['string', 'null']}," \
    "  'items': {'type': 'array', 'items': {'$ref': '#/$defs/item'}}},"               \
    " '$defs': {'item': {'required': ['price'],"                                      \
    "  'properties': {'price': {'type': 'number', 'minimum': 0}}}}}"
#define SHAPES                                                                           \
    "{'oneOf': [{'properties': {'kind': {'const': 'circle'}, 'r': {'type': 'number'}}}," \
    " {'properties': {'kind': {'const': 'square'}, 'side': {'type': 'number'}}}]}"

static const struct row {
    const char *schema;
    const char *instance;
    const char *failures; /* "<instance path> | <schema path> | <message>", a line each */
} rows[] = {
    /* Any type. */
    {"false", "1", " |  | is not allowed\n"},
    {"{'type': 'integer'}", "'abc'", " | /type | must be an integer, is \"abc\"\n"},
    {"{'type': 'integer'}", "1.5", " | /type | must be an integer, is 1.5\n"},
    {"{'type': ['number', 'string', 'null']}", "[1]",
     " | /type | must be a number, a string or null, is an array of 1\n"},
    {"{'type': ['object', 'boolean']}", "[]", " | /type | must be a boolean or an object, is []\n"},
    {"{'const': 'a'}", "'b'", " | /const | must be \"a\", is \"b\"\n"},
    {"{'enum': ['a', 'b', 3]}", "'c'", " | /enum | must be one of \"a\", \"b\", 3; is \"c\"\n"},
    {"{'enum': ['a']}", "1", " | /enum | must be \"a\", is 1\n"},
    {"{'enum': [1,2,3,4,5,6,7,8,9,10,11,12,13]}", "0",
     " | /enum | must be one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, ...; is 0\n"},

    /* Numbers and strings. */
    {"{'minimum': 0}", "-5", " | /minimum | must be at least 0, is -5\n"},
    {"{'maximum': 10, 'multipleOf': 0.5}", "10.7",
     " | /maximum | must be at most 10, is 10.7\n"
     " | /multipleOf | must be a multiple of 0.5, is 10.7\n"},
    {"{'exclusiveMinimum': 0}", "0", " | /exclusiveMinimum | must be above 0, is 0\n"},
    {"{'exclusiveMaximum': 1}", "1", " | /exclusiveMaximum | must be below 1, is 1\n"},
    {"{'minLength': 3}", "'ab'", " | /minLength | must have at least 3 characters, has 2\n"},
    {"{'minLength': 3}", "'\xf0\x9f\x98\x80\xf0\x9f\x98\x80'",
     " | /minLength | must have at least 3 characters, has 2\n"},
    {"{'maxLength': 1}", "'\xc3\xa4\xc3\xb6'",
     " | /maxLength | must have at most 1 character, has 2\n"},
    {"{'pattern': '^a+$'}", "'b'", " | /pattern | must match the pattern \"^a+$\", is \"b\"\n"},
    {"{'format': 'date'}", "'2026-02-30'",
     " | /format | must be a date as \"2026-01-02\", is \"2026-02-30\"\n"},

    /* Arrays. */
    {"{'minItems': 1}", "[]", " | /minItems | must have at least 1 item, has 0\n"},
    {"{'maxItems': 1}", "[1, 2]", " | /maxItems | must have at most 1 item, has 2\n"},
    {"{'uniqueItems': true}", "[1, 2, 1.0]",
     " | /uniqueItems | must have no item twice; items 0 and 2 are both 1\n"},
    {"{'contains': {'type': 'string'}}", "[1]",
     " | /contains | must have at least 1 item that \"contains\" describes, has 0\n"},
    {"{'contains': {'type': 'string'}, 'maxContains': 1}", "['a', 'b']",
     " | /maxContains | must have at most 1 item that \"contains\" describes, has 2\n"},
    {"{'prefixItems': [{'type': 'string'}], 'items': {'type': 'null'}}", "[1, 2]",
     "/0 | /prefixItems/0/type | must be a string, is 1\n"
     "/1 | /items/type | must be null, is 2\n"},
    {"{'unevaluatedItems': false, 'prefixItems': [true]}", "[1, 2]",
     "/1 | /unevaluatedItems | is not allowed\n"},

    /* Objects. */
    {"{'minProperties': 1}", "{}", " | /minProperties | must have at least 1 property, has 0\n"},
    {"{'maxProperties': 2}", "{'a': 1, 'b': 2, 'c': 3}",
     " | /maxProperties | must have at most 2 properties, has 3\n"},
    {"{'required': ['price', 'name']}", "{'name': 1}", " | /required | is missing: \"price\"\n"},
    {"{'required': ['price', 'name']}", "{}", " | /required | is missing: \"price\", \"name\"\n"},
    {"{'required': ['first-customer', 'other-customer']}", "{'other-customer': 1}",
     " | /required | is missing: \"first-customer\"\n"},
    {"{'dependentRequired': {'card': ['name']}}", "{'card': 1}",
     " | /dependentRequired | is missing: \"name\", which goes with \"card\"\n"},
    {"{'dependentSchemas': {'a': {'required': ['b']}}}", "{'a': 1}",
     " | /dependentSchemas/a/required | is missing: \"b\"\n"},
    {"{'propertyNames': {'maxLength': 3}}", "{'long name': 1}",
     " | /propertyNames/maxLength | the name \"long name\" must have at most 3 characters, has "
     "9\n"},
    {"{'patternProperties': {'^n/': {'type': 'number'}}}", "{'n/a': 'x'}",
     "/n~1a | /patternProperties/^n~1/type | must be a number, is \"x\"\n"},
    {"{'properties': {'price': true}, 'additionalProperties': false}", "{'prize': 1, 'zzz': 2}",
     "/prize | /additionalProperties | is not a property that is allowed here, did you mean "
     "\"price\"?\n"
     "/zzz | /additionalProperties | is not a property that is allowed here\n"},
    {"{'additionalProperties': {'type': 'string'}}", "{'a': 1}",
     "/a | /additionalProperties/type | must be a string, is 1\n"},
    {"{'allOf': [{'properties': {'a': true}}], 'unevaluatedProperties': false}", "{'a': 1, 'b': 2}",
     "/b | /unevaluatedProperties | is not a property that is allowed here\n"},
    {ORDER, "{'id': 'x', 'items': [{'price': 1}, {'price': -5}, {}, {'price': '1'}]}",
     "/items/1/price | /properties/items/items/$ref/properties/price/minimum | must be at least "
     "0, is -5\n"
     "/items/2 | /properties/items/items/$ref/required | is missing: \"price\"\n"
     "/items/3/price | /properties/items/items/$ref/properties/price/type | must be a number, is "
     "\"1\"\n"},

    /* Alternatives. */
    {"{'anyOf': [{'type': 'string'}, {'type': 'number'}]}", "null",
     " | /anyOf | must be a string, is null; or must be a number, is null\n"},
    {"{'anyOf': [{'type': 'string'}, {'type': 'object', 'required': ['a']}]}", "{}",
     " | /anyOf/1/required | is missing: \"a\"\n"},
    {SHAPES, "{'kind': 'square', 'side': '3'}",
     "/side | /oneOf/1/properties/side/type | must be a number, is \"3\"\n"},
    {SHAPES, "{'r': 1, 'side': 2}",
     " | /oneOf | must fit exactly one alternative, fits oneOf/0 and oneOf/1\n"},
    {"{'not': {'type': 'string'}}", "'a'",
     " | /not | must not fit what \"not\" describes, is \"a\"\n"},
    {"{'if': {'required': ['a']}, 'then': {'required': ['b']}, 'else': {'required': ['c']}}",
     "{'a': 1}", " | /then/required | is missing: \"b\"\n"},
    {"{'if': {'required': ['a']}, 'then': {'required': ['b']}, 'else': {'required': ['c']}}", "{}",
     " | /else/required | is missing: \"c\"\n"},

    /* What outsiders write cannot write to a terminal. */
    {"{'additionalProperties': false}", "{'a\\u001b[31m': 1}",
     "/a?[31m | /additionalProperties | is not a property that is allowed here\n"},
};

static void print_failures(const struct schema_failures *failures, char *out, size_t size)
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < failures->count && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s | %s | %s\n",
                               failures->items[i].instance_path, failures->items[i].schema_path,
                               failures->items[i].message);
}

static void test_failures(void **state)
{
    struct arena *arena = *state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct schema_failures failures;
        char actual[4096];
        const struct schema *schema = compile_schema(arena, rows[i].schema);
        enum status status =
            schema_validate(schema, parse_json(arena, rows[i].instance), arena, &failures);
        print_failures(&failures, actual, sizeof actual);
        if (status != STATUS_REJECTED || strcmp(actual, rows[i].failures) != 0)
            fail_msg("%s\n%s\nactual (%s):\n%s\nexpected:\n%s", rows[i].schema, rows[i].instance,
                     status_name(status), actual, rows[i].failures);
    }
}

/* As many as SCHEMA_FAILURES_MAX are told, and a path that is too long is cut. */
static void test_bounds(void **state)
{
    struct arena *arena = *state;
    struct schema_failures failures;
    const struct schema *schema =
        compile_schema(arena, "{'type': ['array', 'object'], 'items': false,"
                              " 'additionalProperties': {'$ref': '#'}}");
    struct json items[SCHEMA_FAILURES_MAX * 2] = {{.type = JSON_NULL}};
    struct json array = json_array(items, COUNT_OF(items));
    assert_int_equal(schema_validate(schema, array, arena, &failures), STATUS_REJECTED);
    assert_int_equal(failures.count, SCHEMA_FAILURES_MAX);

    char name[1000];
    memset(name, 'n', sizeof name);
    struct json_member member = {{name, sizeof name}, json_null()};
    assert_int_equal(schema_validate(schema, json_object(&member, 1), arena, &failures),
                     STATUS_REJECTED);
    const char *path = failures.items[0].instance_path;
    assert_true(strlen(path) < sizeof name);
    assert_string_equal(path + strlen(path) - 3, "...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_failures, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_bounds, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
