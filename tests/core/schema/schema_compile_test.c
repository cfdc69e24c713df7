/* Which schemas are refused, where and why; and what is only nearly a keyword. */
#include "tests/core/schema/fixture.h"

static const struct row {
    const char *schema;
    const char *path;
    const char *message; /* a part of it */
} rows[] = {
    {"3", "$", "a schema is an object, true or false; this is number"},
    {"{'properties': {'a b': 'x'}}", "$.properties[\"a b\"]", "a schema is an object"},
    {"{'items': [true]}", "$.items", "write \"prefixItems\""},
    {"{'type': 'strin'}", "$.type", "there is no type \"strin\", did you mean \"string\"?"},
    {"{'type': []}", "$.type", "must be the name of a type"},
    {"{'type': ['null', 3]}", "$.type", "a type is a string"},
    {"{'enum': 'a'}", "$.enum", "must be an array of values, is string"},
    {"{'minimum': '1'}", "$.minimum", "must be a number, is string"},
    {"{'multipleOf': 0}", "$.multipleOf", "must be a number above 0"},
    {"{'minLength': -1}", "$.minLength", "must be an integer of at least 0"},
    {"{'minLength': 1.5}", "$.minLength", "must be an integer of at least 0"},
    {"{'uniqueItems': 1}", "$.uniqueItems", "must be true or false"},
    {"{'required': 'a'}", "$.required", "must be an array of names"},
    {"{'required': [1]}", "$.required", "must be an array of names"},
    {"{'dependentRequired': {'a': 'b'}}", "$.dependentRequired", "an object of arrays of names"},
    {"{'allOf': []}", "$.allOf", "must be an array of schemas that is not empty"},
    {"{'properties': []}", "$.properties", "must be an object of schemas"},
    {"{'$defs': []}", "$.$defs", "must be an object of schemas"},
    {"{'pattern': '('}", "$.pattern", "the pattern \"(\", at byte"},
    {"{'patternProperties': {'[': true}}", "$.patternProperties[\"[\"]", "the pattern \"[\""},
    {"{'format': 1}", "$.format", "must be the name of a format"},

    /* References and identifiers. */
    {"{'$ref': '#/$defs/a'}", "$.$ref", "refers to \"#/$defs/a\", where there is no schema"},
    {"{'$ref': '#a'}", "$.$ref", "where there is no schema"},
    {"{'$ref': 'http://example.com/a'}", "$.$ref",
     "refers to \"http://example.com/a\", which is not known here"},
    {"{'$ref': 'a b'}", "$.$ref", "\"a b\" is no URI reference"},
    {"{'$ref': 7}", "$.$ref", "must be a URI reference, is number"},
    {"{'$id': '#a'}", "$.$id", "\"#a\" is no URI reference without a fragment"},
    {"{'$defs': {'a': {'$id': 'x'}, 'b': {'$id': 'x'}}}", "$.$defs.b.$id",
     "another schema has the URI \"x\" already"},
    {"{'$anchor': 'a b'}", "$.$anchor", "\"a b\" is no name of an anchor"},
    {"{'$defs': {'a': {'$anchor': 'x'}, 'b': {'$anchor': 'x'}}}", "$.$defs.b.$anchor",
     "another schema has the anchor \"x\" already"},
    {"{'$schema': 'http://json-schema.org/draft-07/schema#'}", "$.$schema",
     "\"http://json-schema.org/draft-07/schema#\" is another draft"},
    {"{'$schema': 'http://example.com/mine'}", "$.$schema", "is not known here"},

    /* A regular expression that no automaton can do. */
    {"{'pattern': '(a)\\\\1'}", "$.pattern", "the pattern"},
    {"{'pattern': 'a(?=b)'}", "$.pattern", "the pattern"},
};

static void test_problems(void **state)
{
    struct arena *arena = *state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct problem_list problems;
        const struct schema *schema;
        enum status status =
            compile_json(arena, parse_json(arena, rows[i].schema), &problems, &schema);
        CHECK_ROW(rows[i].schema, status == STATUS_REJECTED && problems.count == 1);
        if (strcmp(problems.items[0].path, rows[i].path) != 0 ||
            strstr(problems.items[0].message, rows[i].message) == NULL)
            fail_msg("%s\nactual:   %s: %s\nexpected: %s: %s", rows[i].schema,
                     problems.items[0].path, problems.items[0].message, rows[i].path,
                     rows[i].message);
    }
}

/* Problems of a document that a reference reaches begin with its URI; and a metaschema that
 * needs a vocabulary we do not know ends it (Core, section 8.1.2). */
static void test_documents(void **state)
{
    struct arena *arena = *state;
    struct schema_document documents[] = {
        {TEXT("http://example.com/item"), parse_json(arena, "{'type': 'x'}")},
        {TEXT("http://example.com/meta"),
         parse_json(arena, "{'$vocabulary': {'http://example.com/vocabulary': true}}")},
    };
    struct schema_settings settings = {.documents = documents, .document_count = 2};
    struct problem_list problems;
    const struct schema *schema;
    problem_list_init(&problems, arena);
    assert_int_equal(schema_compile(arena, parse_json(arena, "{'$ref': 'http://example.com/item'}"),
                                    &settings, "$", &problems, &schema),
                     STATUS_REJECTED);
    assert_string_equal(problems.items[0].path, "http://example.com/item $.type");
    problem_list_init(&problems, arena);
    assert_int_equal(schema_compile(arena,
                                    parse_json(arena, "{'$schema': 'http://example.com/meta'}"),
                                    &settings, "$.schemas.input", &problems, &schema),
                     STATUS_REJECTED);
    assert_string_equal(problems.items[0].path, "$.schemas.input.$schema");
    assert_string_equal(problems.items[0].message,
                        "needs the vocabulary \"http://example.com/vocabulary\", which is not "
                        "supported");
}

static void test_misspelt(void **state)
{
    struct arena *arena = *state;
    size_t count;
    const struct schema *schema =
        compile_schema(arena, "{'propertes': {}, 'x-minimun': 1, 'zzz': 1, 'items': {'minimun': 1},"
                              " 'examples': [{'requird': []}]}");
    const struct schema_misspelt *misspelt = schema_misspelt_keywords(schema, &count);
    assert_int_equal(count, 2);
    assert_string_equal(misspelt[0].path, "$.propertes");
    assert_string_equal(misspelt[0].nearest, "properties");
    assert_string_equal(misspelt[1].path, "$.items.minimun");
    assert_string_equal(misspelt[1].nearest, "minimum");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_problems, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_documents, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_misspelt, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
