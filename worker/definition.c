#include "worker/definition.h"

#include "adapters/json/json_locate.h"
#include "adapters/tz/zones.h"
#include "core/arena.h"
#include "core/machine/strict.h"
#include "worker/input.h"

/* A text that is no JSON: the one problem that it has, and where. */
static void note_syntax(struct text text, size_t fault, const struct error *error,
                        struct problem_list *problems)
{
    struct problem problem = {.path = "$", .message = error->message};
    if (fault != JSON_NO_FAULT)
        problem.position = text_position_of(text, fault);
    problem_note(problems, problem);
}

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
    if (definition->source.data == NULL) {
        arena_destroy(arena);
        return error_memory(error);
    }
    size_t fault;
    enum status status =
        json_parse_with_fault(arena, definition->source, limits, &definition->json, &fault, error);
    if (status == STATUS_REJECTED) {
        note_syntax(definition->source, fault, error, problems);
    } else if (status == STATUS_OK) {
        status = machine_compile_zoned(arena, definition->json, &tz_zones, problems,
                                       &definition->machine);
        json_locate_problems(definition->source, problems);
        problem_list_sort(problems);
    }
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

/* A buffer that doubles until it holds the largest file. */
#define READ_ARENA_SIZE(size_max) (4 * (size_max) + (size_t)256 * 1024)

enum status definition_read(const char *path, struct json_limits limits,
                            struct problem_list *problems, struct definition **out,
                            struct error *error)
{
    struct arena *arena = arena_create(READ_ARENA_SIZE(limits.size_max));
    struct text text;
    if (arena == NULL)
        return error_memory(error);
    enum status status = input_read(arena, path, limits.size_max, &text, error);
    if (status == STATUS_REJECTED)
        problem_add(problems, "$", "cannot be read: %s", error->message);
    if (status == STATUS_OK)
        status = definition_compile(text, limits, problems, out, error);
    arena_destroy(arena);
    return status;
}

enum status definition_check(const struct definition *definition,
                             const struct lint_settings *settings, bool is_strict,
                             struct problem_list *problems, struct error *error)
{
    struct arena *work = arena_create(DEFINITION_ARENA_SIZE_MAX);
    if (work == NULL)
        return error_memory(error);
    if (is_strict)
        machine_check_strict(definition->json, problems);
    enum status status =
        machine_lint(definition->machine, definition->json, settings, work, problems);
    arena_destroy(work);
    if (status != STATUS_OK)
        return error_memory(error);
    json_locate_problems(definition->source, problems);
    problem_list_sort(problems);
    return STATUS_OK;
}

void definition_destroy(struct definition *definition)
{
    if (definition != NULL)
        arena_destroy(definition->arena);
}
