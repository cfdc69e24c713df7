/* Whatever the expression: it compiles or says where not; it ends, within its cost; the
 * same way each time; and its value is read back from typed JSON as it was written. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/cel/cel.h"
#include "core/cel/typed_json.h"
#include "core/utf8.h"
#include "core/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COST_MAX = 20000, ARENA_SIZE = 256 * 1024 * 1024 };

static const struct text names[] = {{"x", 1}, {"context", 7}, {"now", 3}, {"a.b", 3}};
static const struct cel_environment environment = {.names = names, .count = 4};

static const struct json tags[] = {
    {.type = JSON_STRING, .count = 1, .as.string = "a"},
    {.type = JSON_DOUBLE, .as.number = 1.5},
    {.type = JSON_UINT, .as.uinteger = UINT64_MAX},
};
static const struct json_member members[] = {
    {{"attempts", 8}, {.type = JSON_INT, .as.integer = 2}},
    {{"tags", 4}, {.type = JSON_ARRAY, .count = 3, .as.items = tags}},
    {{"none", 4}, {.type = JSON_NULL}},
};

static void check(bool holds)
{
    if (!holds)
        abort();
}

static struct text typed_text(struct arena *arena, struct cel_value value, struct json *json)
{
    struct error error;
    struct writer writer;
    enum status status = cel_to_typed_json(arena, value, json, &error);
    check(status == STATUS_OK || status == STATUS_REJECTED);
    if (status == STATUS_REJECTED)
        return TEXT_NONE;
    writer_init_arena(&writer, arena, SIZE_MAX);
    json_write(&writer, *json);
    check(!writer.overflowed);
    return writer_result(&writer);
}

static void check_value(struct arena *arena, struct cel_value value)
{
    struct json json, plain;
    struct cel_value again;
    struct error error;
    struct text text = typed_text(arena, value, &json);
    enum status status = cel_to_json(arena, value, &plain, &error);
    check(status == STATUS_OK || status == STATUS_REJECTED);
    if (text.data == NULL)
        return;
    check(utf8_is_valid(text));
    check(cel_from_typed_json(arena, json, &again, &error) == STATUS_OK);
    check(text_equal(text, typed_text(arena, again, &json)));
}

static void check_program(struct arena *arena, const struct cel_program *program)
{
    struct cel_value variables[] = {cel_int(5), cel_from_json(json_object(members, 3)),
                                    cel_timestamp_ms(INT64_C(1767323045678)),
                                    cel_string(TEXT("text"))};
    struct cel_value value, again;
    struct error error, error_again;
    uint64_t cost, cost_again;
    enum status status = cel_evaluate(program, variables, COST_MAX, arena, &value, &cost, &error);
    check(cel_evaluate(program, variables, COST_MAX, arena, &again, &cost_again, &error_again) ==
          status);
    check(cost == cost_again && cost <= COST_MAX);
    check(status == STATUS_OK || status == STATUS_REJECTED);
    if (status == STATUS_OK) {
        check_value(arena, value);
    } else {
        check(strcmp(error.message, error_again.message) == 0);
        check(utf8_is_valid(text_of(error.message)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_create(ARENA_SIZE);
    struct text text = {(const char *)data, size};
    const struct cel_program *program;
    struct cel_issue issue;
    enum status strict = cel_compile(arena, text, &environment, &program, &issue);
    check(strict == STATUS_OK || strict == STATUS_REJECTED);
    if (strict == STATUS_REJECTED) {
        check(issue.line > 0 && issue.column > 0 && utf8_is_valid(text_of(issue.message)));
    } else {
        check_program(arena, program);
    }
    if (cel_compile_lenient(arena, text, &environment, &program, &issue) == STATUS_OK)
        check_program(arena, program);
    else
        check(strict == STATUS_REJECTED);
    arena_destroy(arena);
    return 0;
}
