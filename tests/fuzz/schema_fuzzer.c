/* Whatever the schema and the instance: it compiles or says where not; validation ends, twice
 * the same way; what is not valid is told; and of what is valid nothing stays in the arena.
 * The input is the JSON text of [schema, instance]. */
#include <stdint.h>
#include <stdlib.h>

#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/schema/schema.h"
#include "core/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_SIZE = 256 * 1024 * 1024 };

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_failures(const struct schema_failures *failures)
{
    check(failures->count > 0 && failures->count <= SCHEMA_FAILURES_MAX);
    for (size_t i = 0; i < failures->count; i++) {
        check(utf8_is_valid(text_of(failures->items[i].message)));
        check(failures->items[i].message[0] != '\0');
    }
}

static void check_instance(struct arena *arena, const struct schema *schema, struct json instance)
{
    struct schema_failures failures, again;
    size_t used = arena_used(arena);
    enum status status = schema_validate(schema, instance, arena, &failures);
    check(status == STATUS_OK || status == STATUS_REJECTED);
    if (status == STATUS_OK)
        check(arena_used(arena) == used);
    else
        check_failures(&failures);
    check(schema_validate(schema, instance, arena, &again) == status);
    check(again.count == failures.count);
}

static void check_schema(struct arena *arena, struct json document, struct json instance)
{
    struct schema_document other = {TEXT("http://example.com/instance"), instance};
    struct schema_settings settings = {true, TEXT("http://example.com/"), &other, 1};
    struct problem_list problems;
    const struct schema *schema;
    problem_list_init(&problems, arena);
    enum status status = schema_compile(arena, document, &settings, "$", &problems, &schema);
    if (status == STATUS_OK)
        check_instance(arena, schema, instance);
    else
        check(status == STATUS_REJECTED && (problems.count > 0 || problems.cut));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_create(ARENA_SIZE);
    struct json value;
    struct error error;
    struct text text = {(const char *)data, size};
    if (json_parse(arena, text, JSON_LIMITS_DEFAULT, &value, &error) == STATUS_OK &&
        value.type == JSON_ARRAY && value.count == 2)
        check_schema(arena, value.as.items[0], value.as.items[1]);
    arena_destroy(arena);
    return 0;
}
