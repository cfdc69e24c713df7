/* lint_context.c - keys of the context that its contract does not have. */
#include "core/machine/lint_pass.h"

/* The contract lists all keys: whatever else it says of keys may allow others. */
static bool is_closed(struct json schema)
{
    static const char *const open[] = {
        "$ref", "$dynamicRef",       "allOf",           "anyOf", "oneOf", "if",
        "not",  "patternProperties", "dependentSchemas"};
    for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
        if (json_get(schema, open[i]) != NULL)
            return false;
    }
    const struct json *additional = json_get(schema, "additionalProperties");
    return additional == NULL || additional->type == JSON_FALSE;
}

/* "properties" of schemas.context, or NULL when other keys are welcome. */
static const struct json *known_keys(const struct lint_pass *pass)
{
    const struct json *schemas = json_get(pass->definitions[0], "schemas");
    const struct json *schema = schemas == NULL ? NULL : json_get(*schemas, "context");
    const struct json *properties = schema == NULL ? NULL : json_get(*schema, "properties");
    return properties != NULL && properties->type == JSON_OBJECT && is_closed(*schema) ? properties
                                                                                       : NULL;
}

static void check_key(struct lint_pass *pass, uint16_t state, const char *path, struct text key)
{
    const struct json *known = known_keys(pass);
    if (json_get_text(*known, key) == NULL)
        lint_note(pass, LINT_UNKNOWN_CONTEXT_KEY, state, PROBLEM_AT_KEY,
                  lint_path_below(pass, path, "", key), "\"schemas.context\" has no property %s",
                  text_show(key).quoted);
}

static void check_keys_of(struct lint_pass *pass, uint16_t state, const char *path,
                          const struct template *object)
{
    bool is_constant = object->kind == TEMPLATE_CONSTANT;
    uint32_t count = is_constant ? object->as.constant.count : object->count;
    for (uint32_t i = 0; i < count; i++)
        check_key(pass, state, path,
                  is_constant ? object->as.constant.as.members[i].name
                              : object->as.members[i].name);
}

static void check_assignment(struct lint_pass *pass, const struct lint_action *place)
{
    if (place->action->kind == ACTION_ASSIGN)
        check_keys_of(pass, place->state->number,
                      lint_path_below(pass, place->action->path, ".context", TEXT_NONE),
                      &place->action->value);
}

void lint_context(struct lint_pass *pass)
{
    if (known_keys(pass) == NULL)
        return;
    if (pass->machine->context != NULL)
        check_keys_of(pass, 0, "$.context", pass->machine->context);
    lint_each_action(pass, check_assignment);
}
