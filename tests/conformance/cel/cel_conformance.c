/* cel_conformance - reads a line {"expr": text, "bindings": {name: typed value},
 * "container": name} at a time and answers each with a line: the typed value (core/cel/typed_json.h), or {"error": text}. */
#include <stdio.h>
#include <stdlib.h>

#include "adapters/json/json_parse.h"
#include "adapters/tz/zones.h"
#include "core/arena.h"
#include "core/cel/cel.h"
#include "core/cel/typed_json.h"
#include "core/writer.h"

enum { ARENA_SIZE = 64 * 1024 * 1024 };

static enum status read_bindings(struct arena *arena, const struct json *json,
                                 struct cel_environment *environment, struct cel_value **values,
                                 struct error *error)
{
    size_t count = json == NULL ? 0 : json->count;
    struct text *names = arena_alloc_array(arena, count, sizeof *names);
    *values = arena_alloc_array(arena, count, sizeof **values);
    if (names == NULL || *values == NULL)
        return error_memory(error);
    for (size_t i = 0; i < count; i++) {
        names[i] = json->as.members[i].name;
        if (cel_from_typed_json(arena, json->as.members[i].value, &(*values)[i], error) !=
            STATUS_OK)
            return error_context(error, "bindings: %.*s", TEXT_ARGS(names[i]));
    }
    *environment = (struct cel_environment){.names = names, .count = count};
    return STATUS_OK;
}

static enum status answer_line(struct arena *arena, struct text line, struct json *out,
                               struct error *error)
{
    struct json request;
    struct cel_environment environment;
    struct cel_value *variables, value;
    const struct cel_program *program;
    struct cel_issue issue;
    if (json_parse(arena, line, JSON_LIMITS_DEFAULT, &request, error) != STATUS_OK ||
        read_bindings(arena, json_get(request, "bindings"), &environment, &variables, error) !=
            STATUS_OK)
        return error->status;
    environment.time_zones = &tz_zones;
    environment.container = json_get_string(request, "container");
    enum status status = cel_compile_lenient(arena, json_get_string(request, "expr"), &environment,
                                             &program, &issue);
    if (status != STATUS_OK)
        return error_set(error, status, "%u:%u: %s", (unsigned)issue.line, (unsigned)issue.column,
                         issue.message);
    if (cel_evaluate(program, variables, CEL_COST_MAX, arena, &value, NULL, error) != STATUS_OK)
        return error->status;
    return cel_to_typed_json(arena, value, out, error);
}

static void print_line(struct arena *arena, struct json answer)
{
    struct writer writer;
    writer_init_arena(&writer, arena, SIZE_MAX);
    json_write(&writer, answer);
    writer_char(&writer, '\n');
    fwrite(writer.data, 1, writer.size, stdout);
}

int main(void)
{
    struct arena *arena = arena_create(ARENA_SIZE);
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    if (arena == NULL)
        return 2;
    while ((size = getline(&line, &room, stdin)) > 0) {
        struct json answer = json_null();
        struct error error;
        struct json_member member;
        if (answer_line(arena, (struct text){line, (size_t)size}, &answer, &error) != STATUS_OK) {
            member = JSON_MEMBER("error", json_string(text_of(error.message)));
            answer = json_object(&member, 1);
        }
        print_line(arena, answer);
        arena_reset(arena);
    }
    free(line);
    arena_destroy(arena);
    return 0;
}
