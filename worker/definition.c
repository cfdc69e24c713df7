#include "worker/definition.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"

enum status definition_compile(struct text text, struct json_limits limits,
                               struct problem_list *problems, struct definition **out,
                               struct error *error)
{
    struct arena *arena = arena_create(DEFINITION_ARENA_SIZE_MAX);
    struct definition *definition = arena == NULL ? NULL : arena_alloc(arena, sizeof *definition);
    if (definition == NULL) {
        arena_destroy(arena);
        return error_memory(error);
    }
    definition->arena = arena;
    definition->source = text_copy(arena, text);

    struct json json;
    enum status status = json_parse(arena, definition->source, limits, &json, error);
    if (status == STATUS_REJECTED)
        problem_add(problems, "$", "%s", error->message);
    if (status == STATUS_OK)
        status = machine_compile(arena, json, problems, &definition->machine);
    if (status != STATUS_OK) {
        definition_destroy(definition);
        if (status == STATUS_FATAL)
            return error_memory(error);
        return error_set(error, status, "the definition has %zu%s problem%s", problems->count,
                         problems->cut ? " or more" : "", problems->count == 1 ? "" : "s");
    }
    definition->name = machine_id(definition->machine);
    definition->version = machine_version(definition->machine);
    *out = definition;
    return STATUS_OK;
}

/* Reads up to size_max bytes. The message says what went wrong, for a person. */
static enum status read_file(const char *path, size_t size_max, struct arena *arena,
                             struct text *out, struct error *error)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return error_set(error, STATUS_REJECTED, "cannot be opened: %s", strerror(errno));
    char *bytes = arena_alloc(arena, size_max + 1);
    size_t size = bytes == NULL ? 0 : fread(bytes, 1, size_max + 1, file);
    int failure = ferror(file) ? errno : 0;
    fclose(file);
    if (bytes == NULL)
        return error_memory(error);
    if (failure != 0)
        return error_set(error, STATUS_REJECTED, "cannot be read: %s", strerror(failure));
    if (size > size_max)
        return error_set(error, STATUS_REJECTED, "is larger than %zu bytes", size_max);
    *out = (struct text){bytes, size};
    return STATUS_OK;
}

enum status definition_read(const char *path, struct json_limits limits,
                            struct problem_list *problems, struct definition **out,
                            struct error *error)
{
    struct arena *arena = arena_create(limits.size_max + 4096);
    struct text text;
    if (arena == NULL)
        return error_memory(error);
    enum status status = read_file(path, limits.size_max, arena, &text, error);
    if (status == STATUS_REJECTED)
        problem_add(problems, "$", "the file %s", error->message);
    if (status == STATUS_OK)
        status = definition_compile(text, limits, problems, out, error);
    arena_destroy(arena);
    return status;
}

void definition_destroy(struct definition *definition)
{
    if (definition != NULL)
        arena_destroy(definition->arena);
}
