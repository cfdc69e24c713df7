#include "worker/commands/template.h"

#include <string.h>

#include "core/arena.h"
#include "core/writer.h"

enum { PATH_SIZE_MAX = 1024 };

enum template_kind { TEMPLATE_CONSTANT, TEMPLATE_EXPRESSION, TEMPLATE_ARRAY, TEMPLATE_OBJECT };

struct template
{
    enum template_kind kind;
    struct json json;                  /* TEMPLATE_CONSTANT: itself; the others: as written */
    const struct cel_program *program; /* TEMPLATE_EXPRESSION */
    const char *path;                  /* TEMPLATE_EXPRESSION: where it stands */
    const struct template **parts;     /* of each item, each member */
};

/* --- Compiling ---------------------------------------------------------------------- */

static bool is_expression(struct json json)
{
    return json_get(json, "@expr") != NULL;
}

const struct cel_program *template_compile_expression(struct arena *arena, struct json json,
                                                      const char *path,
                                                      const struct cel_environment *environment,
                                                      struct problem_list *problems)
{
    const struct json *source = json_get(json, "@expr");
    const struct cel_program *program = NULL;
    struct cel_issue issue;
    if (source == NULL || source->type != JSON_STRING || json.count != 1) {
        problem_add(problems, path, "an expression is {\"@expr\": \"…\"} and nothing beside");
        return NULL;
    }
    if (cel_compile(arena, json_text(*source), environment, &program, &issue) == STATUS_OK)
        return program;
    problem_note(problems, (struct problem){.path = path,
                                            .message = issue.message,
                                            .part = PROBLEM_IN_EXPRESSION,
                                            .inside = {issue.line, issue.column}});
    return NULL;
}

static const struct template *compile_hole(struct arena *arena, struct json json, const char *path,
                                           const struct cel_environment *environment,
                                           struct problem_list *problems)
{
    struct template *template = arena_alloc(arena, sizeof *template);
    const struct cel_program *program =
        template_compile_expression(arena, json, path, environment, problems);
    if (template == NULL || program == NULL)
        return NULL;
    *template = (struct template){.kind = TEMPLATE_EXPRESSION,
                                  .json = json,
                                  .program = program,
                                  .path = text_copy(arena, text_of(path)).data};
    return template->path == NULL ? NULL : template;
}

/* "$.a.b" and "$.a[3]". */
static void part_path(char out[PATH_SIZE_MAX], const char *path, struct json json, uint32_t index)
{
    struct writer writer;
    writer_init(&writer, out, PATH_SIZE_MAX - 1);
    writer_string(&writer, path);
    if (json.type == JSON_ARRAY) {
        writer_char(&writer, '[');
        writer_uint64(&writer, index);
        writer_char(&writer, ']');
    } else {
        writer_char(&writer, '.');
        writer_text(&writer, json.as.members[index].name);
    }
    out[writer.size] = '\0';
}

/* An array or object: constant when all its parts are. The depth is the parsed
 * document's, which the parser bounded. */
static const struct template *compile_parts(struct arena *arena, struct json json, const char *path,
                                            const struct cel_environment *environment,
                                            struct problem_list *problems)
{
    bool is_constant = true;
    struct template *template = arena_alloc(arena, sizeof *template);
    const struct template **parts = arena_alloc_array(arena, json.count, sizeof *parts);
    if (template == NULL || parts == NULL)
        return NULL;
    for (uint32_t i = 0; i < json.count; i++) {
        char place[PATH_SIZE_MAX];
        part_path(place, path, json, i);
        struct json part = json.type == JSON_ARRAY ? json.as.items[i] : json.as.members[i].value;
        parts[i] = template_compile(arena, part, place, environment, problems);
        if (parts[i] == NULL)
            return NULL;
        is_constant = is_constant && parts[i]->kind == TEMPLATE_CONSTANT;
    }
    *template =
        (struct template){.kind = json.type == JSON_ARRAY ? TEMPLATE_ARRAY : TEMPLATE_OBJECT,
                          .json = json,
                          .parts = parts};
    if (is_constant)
        template->kind = TEMPLATE_CONSTANT;
    return template;
}

const struct template *template_compile(struct arena *arena, struct json json, const char *path,
                                        const struct cel_environment *environment,
                                        struct problem_list *problems)
{
    if (is_expression(json))
        return compile_hole(arena, json, path, environment, problems);
    if (json.type == JSON_ARRAY || json.type == JSON_OBJECT)
        return compile_parts(arena, json, path, environment, problems);
    struct template *template = arena_alloc(arena, sizeof *template);
    if (template != NULL)
        *template = (struct template){.kind = TEMPLATE_CONSTANT, .json = json};
    return template;
}

/* --- Evaluating --------------------------------------------------------------------- */

static enum status fill_hole(const struct template *template, const struct cel_value *variables,
                             uint64_t cost_max, struct arena *arena, struct json *out,
                             struct error *error)
{
    struct cel_value value;
    if (cel_evaluate(template->program, variables, cost_max, arena, &value, NULL, error) !=
            STATUS_OK ||
        cel_to_json(arena, value, out, error) != STATUS_OK)
        return error_context(error, "%s", template->path);
    return STATUS_OK;
}

static enum status fill_array(const struct template *template, const struct cel_value *variables,
                              uint64_t cost_max, struct arena *arena, struct json *out,
                              struct error *error)
{
    uint32_t count = template->json.count;
    struct json *items = arena_alloc_array(arena, count, sizeof *items);
    if (items == NULL)
        return error_memory(error);
    for (uint32_t i = 0; i < count; i++) {
        if (template_evaluate(template->parts[i], variables, cost_max, arena, &items[i], error) !=
            STATUS_OK)
            return error->status;
    }
    *out = json_array(items, count);
    return STATUS_OK;
}

static enum status fill_object(const struct template *template, const struct cel_value *variables,
                               uint64_t cost_max, struct arena *arena, struct json *out,
                               struct error *error)
{
    uint32_t count = template->json.count;
    struct json_member *members = arena_alloc_array(arena, count, sizeof *members);
    if (members == NULL)
        return error_memory(error);
    for (uint32_t i = 0; i < count; i++) {
        members[i].name = template->json.as.members[i].name;
        if (template_evaluate(template->parts[i], variables, cost_max, arena, &members[i].value,
                              error) != STATUS_OK)
            return error->status;
    }
    *out = json_object(members, count);
    return STATUS_OK;
}

enum status template_evaluate(const struct template *template, const struct cel_value *variables,
                              uint64_t cost_max, struct arena *arena, struct json *out,
                              struct error *error)
{
    switch (template->kind) {
    case TEMPLATE_CONSTANT: *out = template->json; return STATUS_OK;
    case TEMPLATE_EXPRESSION: return fill_hole(template, variables, cost_max, arena, out, error);
    case TEMPLATE_ARRAY: return fill_array(template, variables, cost_max, arena, out, error);
    case TEMPLATE_OBJECT: return fill_object(template, variables, cost_max, arena, out, error);
    }
    return error_set(error, STATUS_FATAL, "template of unknown kind %d", (int)template->kind);
}
