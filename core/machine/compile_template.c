/* compile_template.c - expressions, and JSON with expressions inside. */
#include "core/machine/compile.h"

static const struct text slot_names[SLOT_COUNT] = {
    [SLOT_CONTEXT] = {"context", 7}, [SLOT_EVENT] = {"event", 5}, [SLOT_INPUT] = {"input", 5},
    [SLOT_PARAMS] = {"params", 6},   [SLOT_NOW] = {"now", 3},
};

static const struct key_rule expression_keys[] = {
    {"@expr", NULL},
    {"@lang", NULL},
    {"@code", "JavaScript is not run here: write a CEL expression, {\"@expr\": \"...\"}"},
};

bool is_expression(struct json value)
{
    return json_get(value, "@expr") != NULL || json_get(value, "@code") != NULL;
}

/* The text of {"@expr": text}, or data NULL after reporting. */
static struct text expression_source(struct compiler *compiler, const struct path *path,
                                     struct json value)
{
    check_keys(compiler, path, value, expression_keys,
               sizeof expression_keys / sizeof *expression_keys);
    const struct json *language = json_get(value, "@lang");
    if (language != NULL && !text_is(json_get_string(value, "@lang"), "cel")) {
        struct path place = path_key(path, TEXT("@lang"));
        report(compiler, &place, "the language of expressions is \"cel\"");
    }
    const struct json *source = json_get(value, "@expr");
    struct path place = path_key(path, TEXT("@expr"));
    if (source == NULL || !expect_type(compiler, &place, *source, JSON_STRING))
        return TEXT_NONE;
    return json_text(*source);
}

const struct expression *compile_expression(struct compiler *compiler, const struct path *path,
                                            struct json value)
{
    struct text source = expression_source(compiler, path, value);
    struct expression *expression = compiler_alloc(compiler, 1, sizeof *expression);
    if (source.data == NULL || expression == NULL)
        return NULL;
    struct cel_issue issue = {0};
    struct cel_environment environment = {
        .names = slot_names, .count = SLOT_COUNT, .time_zones = compiler->time_zones};
    enum status status =
        cel_compile(compiler->arena, source, &environment, &expression->program, &issue);
    if (status == STATUS_FATAL)
        compiler->out_of_memory = true;
    if (status != STATUS_OK) {
        report_expression(compiler, path, &issue);
        return NULL;
    }
    if (cel_program_uses(expression->program, SLOT_PARAMS)) {
        if (compiler->named == NULL) {
            report(compiler, path,
                   "\"params\" is not known here: only what \"actions\" and \"guards\" of the "
                   "machine define has parameters");
            return NULL;
        }
        compiler->named->reads_params = true;
    }
    expression->source = source;
    expression->path = path_text(compiler, path);
    return expression;
}

/* Looked into once per level: constant JSON of depth d is visited d times, and stays as
 * it is. */
static bool has_holes(struct json value)
{
    if (is_expression(value))
        return true;
    for (uint32_t i = 0; value.type == JSON_ARRAY && i < value.count; i++) {
        if (has_holes(value.as.items[i]))
            return true;
    }
    for (uint32_t i = 0; value.type == JSON_OBJECT && i < value.count; i++) {
        if (has_holes(value.as.members[i].value))
            return true;
    }
    return false;
}

static bool compile_array(struct compiler *compiler, const struct path *path, struct json value,
                          struct template *out)
{
    struct template *items = compiler_alloc(compiler, value.count, sizeof *items);
    if (items == NULL)
        return false;
    bool is_valid = true;
    for (uint32_t i = 0; i < value.count; i++) {
        struct path place = path_index(path, i);
        is_valid &= compile_template(compiler, &place, value.as.items[i], &items[i]);
    }
    *out = (struct template){.kind = TEMPLATE_ARRAY, .count = value.count, .as.items = items};
    return is_valid;
}

static bool compile_object(struct compiler *compiler, const struct path *path, struct json value,
                           struct template *out)
{
    struct template_member *members = compiler_alloc(compiler, value.count, sizeof *members);
    if (members == NULL)
        return false;
    bool is_valid = true;
    for (uint32_t i = 0; i < value.count; i++) {
        struct path place = path_key(path, value.as.members[i].name);
        members[i].name = value.as.members[i].name;
        is_valid &=
            compile_template(compiler, &place, value.as.members[i].value, &members[i].value);
    }
    *out = (struct template){.kind = TEMPLATE_OBJECT, .count = value.count, .as.members = members};
    return is_valid;
}

/* Recursion ends: a JSON value is at most JSON_DEPTH_MAX deep. */
bool compile_template(struct compiler *compiler, const struct path *path, struct json value,
                      struct template *out)
{
    if (!has_holes(value)) {
        *out = (struct template){.kind = TEMPLATE_CONSTANT, .as.constant = value};
        return true;
    }
    if (is_expression(value)) {
        const struct expression *expression = compile_expression(compiler, path, value);
        *out = (struct template){.kind = TEMPLATE_EXPRESSION, .as.expression = expression};
        return expression != NULL;
    }
    if (value.type == JSON_ARRAY)
        return compile_array(compiler, path, value, out);
    return compile_object(compiler, path, value, out);
}

static bool template_reads(const struct template *template, enum expression_slot slot)
{
    switch (template->kind) {
    case TEMPLATE_CONSTANT: return false;
    case TEMPLATE_EXPRESSION: return cel_program_uses(template->as.expression->program, slot);
    case TEMPLATE_ARRAY:
        for (uint32_t i = 0; i < template->count; i++) {
            if (template_reads(&template->as.items[i], slot))
                return true;
        }
        return false;
    case TEMPLATE_OBJECT:
        for (uint32_t i = 0; i < template->count; i++) {
            if (template_reads(&template->as.members[i].value, slot))
                return true;
        }
        return false;
    }
    return false;
}

void refuse_slot(struct compiler *compiler, const struct path *path,
                 const struct template *template, enum expression_slot slot, const char *why)
{
    if (template_reads(template, slot))
        report(compiler, path, "\"%s\" is not known here: %s", slot_names[slot].data, why);
}

bool compile_params(struct compiler *compiler, const struct path *path, struct json use,
                    const struct template **out)
{
    const struct json *params = json_get(use, "params");
    struct path place = path_key(path, TEXT("params"));
    *out = NULL;
    if (params == NULL)
        return true;
    struct template *template = compiler_alloc(compiler, 1, sizeof *template);
    if (template == NULL || !compile_template(compiler, &place, *params, template))
        return false;
    *out = template;
    return true;
}
