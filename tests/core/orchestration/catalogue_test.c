/* How contracts stand in a catalogue: their local references lead to where they stand (RFC
 * 6901 pointers), and what a dialect or an id says is left to the document around them. */
#include "tests/test.h"

#include "core/orchestration/catalogue_schema.h"
#include "core/writer.h"
#include "tests/core/machine/definition.h"
#include "tests/failing_malloc.h"

static void write_here(struct writer *writer, const struct catalogue_document *document,
                       const struct catalogue_event *from, const struct catalogue_event *to)
{
    (void)document;
    writer_string(writer, from == to ? "#/here" : "#/there");
}

static void write_data_schema(struct arena *arena, const char *contract, struct writer *writer)
{
    struct json json = definition_json(arena, contract);
    struct json other = definition_json(arena, "{'$id':'urn:other','$defs':{'a':true}}");
    struct json input = definition_json(arena, "{'$id':'urn:input'}");
    const struct catalogue_event events[] = {
        {.kind = CATALOGUE_START, .contract = &input},
        {.kind = CATALOGUE_ACCEPTED, .contract = &json},
        {.kind = CATALOGUE_EMITTED},
        {.kind = CATALOGUE_EMITTED, .contract = &other},
    };
    const struct catalogue_document document = {NULL, events, COUNT_OF(events), write_here};
    catalogue_write_data_schema(writer, &document, &events[1]);
}

static void test_contracts(void **state)
{
    static const struct {
        const char *contract, *expected;
    } rows[] = {
        {"{'type':'object'}", "{\"type\":\"object\"}"},
        {"true", "{}"},
        {"false", "{\"not\":{}}"},
        {"{'$id':'urn:x','$schema':'https://json-schema.org/draft/2020-12/schema','type':'null'}",
         "{\"type\":\"null\"}"},
        {"{'properties':{'a':{'$ref':'#/$defs/a'},'$id':{'$id':'urn:y'}},'$defs':{'a':true}}",
         "{\"properties\":{\"a\":{\"$ref\":\"#/here/$defs/a\"},\"$id\":{\"$id\":\"urn:y\"}},"
         "\"$defs\":{\"a\":true}}"},
        {"{'items':{'$ref':'#'}}", "{\"items\":{\"$ref\":\"#/here\"}}"},
        {"{'anyOf':[{'$ref':'#/x'},{'$ref':'#anchor'},{'$ref':'https://a/b#/c'}]}",
         "{\"anyOf\":[{\"$ref\":\"#/here/x\"},{\"$ref\":\"#anchor\"},"
         "{\"$ref\":\"https://a/b#/c\"}]}"},
        {"{'allOf':[{'$ref':'urn:other'},{'$ref':'urn:other#/$defs/a'},{'$ref':'urn:none#/a'},"
         "{'$ref':'urn:input#/type'}]}",
         "{\"allOf\":[{\"$ref\":\"#/there\"},{\"$ref\":\"#/there/$defs/a\"},"
         "{\"$ref\":\"urn:none#/a\"},{\"$ref\":\"#/there/properties/context/type\"}]}"},
        {"{'const':{'a':[1,2.5,null]}}", "{\"const\":{\"a\":[1,2.5,null]}}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char buffer[1024];
        struct writer writer;
        writer_init(&writer, buffer, sizeof buffer);
        write_data_schema(*state, rows[i].contract, &writer);
        ASSERT_TEXT(writer_result(&writer), text_of(rows[i].expected));
    }
}

/* A reference that does not fit is no reference: the whole is refused. */
static void test_a_reference_that_is_too_long(void **state)
{
    char text[2048] = "{'$ref':'#/";
    size_t size = strlen(text);
    memset(text + size, 'a', 1100);
    memcpy(text + size + 1100, "'}", 3);
    struct writer writer;
    writer_init_arena(&writer, *state, 4096);
    write_data_schema(*state, text, &writer);
    assert_true(writer.overflowed);
}

static const char definition_text[] =
    "{'id':'m','version':'1.0.0','initial':'a','states':{'a':{'on':{'evt.x':{'target':'b',"
    "'actions':[{'type':'@xstate.emit','event':{'type':'cmd.x'}}]}}},'b':{'type':'final'}}}";
static const char schemas_text[] =
    "{'description':'d','schemas':{'input':{'type':'object'},'events':{'evt.x':{'type':'number'}},"
    "'emitted':{'cmd.x':false}}}";

static bool has_part(struct text text, const char *part)
{
    size_t size = strlen(part);
    for (size_t at = 0; at + size <= text.size; at++) {
        if (memcmp(text.data + at, part, size) == 0)
            return true;
    }
    return false;
}

static void test_each_contract_stands_at_its_event(void **state)
{
    const struct catalogue_definition definition = {definition_compile(*state, definition_text),
                                                    definition_json(*state, schemas_text)};
    struct writer writer;
    writer_init_arena(&writer, *state, 1024 * 1024);
    assert_true(catalogue_write(&definition, 1, *state, &writer));
    assert_false(writer.overflowed);
    struct text all = writer_result(&writer);
    assert_true(has_part(all, "\"context\":{\"type\":\"object\"}"));
    assert_true(has_part(all, "\"data\":{\"type\":\"number\"}"));
    assert_true(has_part(all, "\"data\":{\"not\":{}}"));
}

static enum status write_both(struct arena *arena, const void *context)
{
    struct writer writer;
    writer_init_arena(&writer, arena, 1024 * 1024);
    bool is_whole =
        catalogue_write(context, 1, arena, &writer) && asyncapi_write(context, arena, &writer);
    return is_whole && !writer.overflowed ? STATUS_OK : STATUS_FATAL;
}

static void test_every_allocation_fails_once(void **state)
{
    const struct catalogue_definition definition = {definition_compile(*state, definition_text),
                                                    definition_json(*state, schemas_text)};
    failing_malloc_each(write_both, &definition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_contracts, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_a_reference_that_is_too_long, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(test_each_contract_stands_at_its_event, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(test_every_allocation_fails_once, arena_setup,
                                        arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
