/* compile_guard.c - guards: expressions, names, and what XState 5 combines them with. */
#include <string.h>

#include "core/machine/compile.h"
#include "core/utf8.h"
#include "core/writer.h"

enum { GUARD_TEXT_SIZE_MAX = 160 };

static struct guard *new_guard(struct compiler *compiler, enum guard_kind kind)
{
    struct guard *guard = compiler_alloc(compiler, 1, sizeof *guard);
    if (guard != NULL) {
        guard->kind = kind;
        guard->size = 1;
    }
    return guard;
}

/* --- As a person would say it ----------------------------------------------------------- */

static void write_operands(struct writer *writer, const struct guard *guard, const char *word)
{
    for (uint32_t i = 0; i < guard->count; i++) {
        const struct guard *operand = guard->operands[i];
        bool is_compound = operand->kind == GUARD_AND || operand->kind == GUARD_OR;
        if (i > 0)
            writer_string(writer, word);
        if (is_compound)
            writer_char(writer, '(');
        writer_text(writer, operand->text);
        if (is_compound)
            writer_char(writer, ')');
    }
}

static void write_guard(struct compiler *compiler, struct writer *writer, const struct guard *guard)
{
    switch (guard->kind) {
    case GUARD_EXPRESSION: writer_text(writer, guard->expression->source); break;
    case GUARD_AND: write_operands(writer, guard, " and "); break;
    case GUARD_OR: write_operands(writer, guard, " or "); break;
    case GUARD_NOT:
        writer_string(writer, "not ");
        write_operands(writer, guard, "");
        break;
    case GUARD_STATE_IN:
        for (uint32_t i = 0; i < guard->count; i++) {
            writer_string(writer, i == 0 ? "in #" : ", #");
            writer_text(writer, compiler->states[guard->states[i]].id);
        }
        break;
    case GUARD_NAMED: writer_text(writer, guard->name); break;
    }
}

/* Operands are written by what was written of them, so this grows with nothing. */
static void say_guard(struct compiler *compiler, struct guard *guard)
{
    char buffer[GUARD_TEXT_SIZE_MAX];
    struct writer writer;
    writer_init(&writer, buffer, sizeof buffer - 3);
    write_guard(compiler, &writer, guard);
    struct text text = {buffer, writer.size};
    if (writer.overflowed) {
        text.size = utf8_valid_prefix(text);
        memcpy(buffer + text.size, "...", 3);
        text.size += 3;
    }
    guard->text = text_copy(compiler->arena, text);
    if (guard->text.data == NULL)
        compiler->out_of_memory = true;
}

/* --- and, or, not ------------------------------------------------------------------------- */

/* Room for operands that compile; those that do not were reported. */
static struct guard *compile_operands(struct compiler *compiler, const struct path *path,
                                      enum guard_kind kind, struct json value)
{
    bool is_array = value.type == JSON_ARRAY;
    uint32_t count = is_array ? value.count : 1;
    struct guard *guard = new_guard(compiler, kind);
    const struct guard **operands = compiler_alloc(compiler, count, sizeof(const struct guard *));
    if (guard == NULL || operands == NULL)
        return NULL;
    for (uint32_t i = 0; i < count && !compiler->out_of_memory; i++) {
        struct path element = path_index(path, i);
        struct json item = is_array ? value.as.items[i] : value;
        operands[i] = compile_guard(compiler, is_array ? &element : path, &item);
        if (operands[i] == NULL)
            return NULL;
        guard->size += operands[i]->size;
        if (guard->size > MACHINE_GUARD_SIZE_MAX) {
            report(compiler, path, "a guard has more than %d parts, those of named ones counted",
                   MACHINE_GUARD_SIZE_MAX);
            return NULL;
        }
    }
    guard->operands = operands;
    guard->count = count;
    return compiler->out_of_memory ? NULL : guard;
}

static struct guard *compile_all(struct compiler *compiler, const struct path *path,
                                 enum guard_kind kind, struct json value)
{
    if (expect_type(compiler, path, value, JSON_ARRAY))
        return compile_operands(compiler, path, kind, value);
    return NULL;
}

static struct guard *compile_not(struct compiler *compiler, const struct path *path,
                                 struct json value)
{
    if (value.type != JSON_ARRAY || value.count == 1)
        return compile_operands(compiler, path, GUARD_NOT, value);
    report(compiler, path, "\"not\" is of one guard");
    return NULL;
}

/* --- stateIn -------------------------------------------------------------------------------- */

/* The states that a `stateIn` names, collected: as many as there are keys. */
struct state_names {
    uint16_t *items;
    uint32_t count;
};

static void name_state(struct compiler *compiler, const struct path *path,
                       struct state_names *names, uint16_t state)
{
    if (compiler->states[state].type == STATE_HISTORY)
        report(compiler, path, "a history state is never active");
    names->items[names->count++] = state;
}

/* "a.b": keys down from `state`. */
static void name_state_by_keys(struct compiler *compiler, const struct path *path,
                               struct state_names *names, uint16_t state, struct text keys)
{
    struct text whole = keys;
    bool more = true;
    while (more && state != STATE_NONE)
        state = machine_find_child(compiler->machine, state, take_key(compiler, &keys, &more));
    if (state == STATE_NONE)
        report(compiler, path, "there is no state %s", quote(whole).text);
    else
        name_state(compiler, path, names, state);
}

/* "#id", "#id.child" */
static void name_state_by_id(struct compiler *compiler, const struct path *path,
                             struct state_names *names, struct text id)
{
    struct text rest = {id.data + 1, id.size - 1};
    bool more;
    struct text first = take_key(compiler, &rest, &more);
    uint16_t state = machine_find_state(compiler->machine, (struct text){id.data + 1, id.size - 1});
    if (state != STATE_NONE)
        more = false; /* a default id, written with its dots */
    else
        state = machine_find_state(compiler->machine, first);
    if (state == STATE_NONE)
        report(compiler, path, "no state has the id %s%s", quote(first).text,
               suggest_id(compiler, first).text);
    else if (more)
        name_state_by_keys(compiler, path, names, state, rest);
    else
        name_state(compiler, path, names, state);
}

static void name_states_by_value(struct compiler *compiler, const struct path *path,
                                 struct state_names *names, uint16_t state, struct json value);

/* {"a": "b", "r": {...}}: each key a child of `state` */
static void name_states_by_object(struct compiler *compiler, const struct path *path,
                                  struct state_names *names, uint16_t state, struct json value)
{
    if (value.count == 0)
        report(compiler, path, "names no state");
    for (uint32_t i = 0; i < value.count; i++) {
        const struct json_member *member = &value.as.members[i];
        struct path place = path_key(path, member->name);
        uint16_t child = machine_find_child(compiler->machine, state, member->name);
        if (child == STATE_NONE)
            report(compiler, &place, "there is no state %s", quote(member->name).text);
        else
            name_states_by_value(compiler, &place, names, child, member->value);
    }
}

/* Part of a state value, as XState matches it. Recursion ends with the states. */
static void name_states_by_value(struct compiler *compiler, const struct path *path,
                                 struct state_names *names, uint16_t state, struct json value)
{
    if (value.type == JSON_OBJECT)
        name_states_by_object(compiler, path, names, state, value);
    else if (expect_type(compiler, path, value, JSON_STRING))
        name_state_by_keys(compiler, path, names, state, json_text(value));
}

static struct guard *compile_state_in(struct compiler *compiler, const struct path *path,
                                      struct json value)
{
    struct guard *guard = new_guard(compiler, GUARD_STATE_IN);
    struct state_names names = {0};
    size_t room = value.type == JSON_OBJECT ? compiler->machine->state_count : 1;
    names.items = compiler_alloc(compiler, room, sizeof *names.items);
    if (guard == NULL || names.items == NULL)
        return NULL;
    size_t problems = compiler->problems->count;
    if (value.type == JSON_STRING && text_starts_with(json_text(value), "#"))
        name_state_by_id(compiler, path, &names, json_text(value));
    else
        name_states_by_value(compiler, path, &names, 0, value);
    guard->states = names.items;
    guard->count = names.count;
    return compiler->problems->count == problems ? guard : NULL;
}

/* --- The forms of a composite guard --------------------------------------------------------- */

static const struct composite {
    const char *name;
    const char *member; /* of {"type": name}, or of its `params` */
    const char *other;  /* XState 6's spelling */
    enum guard_kind kind;
} composites[] = {
    {"and", "guards", NULL, GUARD_AND},
    {"or", "guards", NULL, GUARD_OR},
    {"not", "guard", "guards", GUARD_NOT},
    {"stateIn", "stateValue", "stateId", GUARD_STATE_IN},
};

enum { COMPOSITE_COUNT = sizeof composites / sizeof *composites };

/* "and", "xstate.and" and "@xstate.and" are one. */
static const struct composite *find_composite(struct text type)
{
    if (text_starts_with(type, "@"))
        type = (struct text){type.data + 1, type.size - 1};
    if (text_starts_with(type, "xstate."))
        type = (struct text){type.data + 7, type.size - 7};
    for (size_t i = 0; i < COMPOSITE_COUNT; i++) {
        if (text_is(type, composites[i].name))
            return &composites[i];
    }
    return NULL;
}

static const struct guard *compile_composite(struct compiler *compiler, const struct path *path,
                                             const struct composite *composite, struct json value)
{
    struct guard *guard;
    if (composite->kind == GUARD_STATE_IN)
        guard = compile_state_in(compiler, path, value);
    else if (composite->kind == GUARD_NOT)
        guard = compile_not(compiler, path, value);
    else
        guard = compile_all(compiler, path, composite->kind, value);
    if (guard != NULL)
        say_guard(compiler, guard);
    return guard;
}

/* {"and": [...]}: the only member is the name. */
static const struct guard *compile_short_composite(struct compiler *compiler,
                                                   const struct path *path, struct json value)
{
    const struct json_member *member = &value.as.members[0];
    const struct composite *composite = find_composite(member->name);
    if (composite == NULL) {
        report(compiler, path,
               "a guard is {\"@expr\": \"...\"}, the name of one as \"type\", or "
               "one of \"and\", \"or\", \"not\", \"stateIn\"");
        return NULL;
    }
    struct path place = path_key(path, member->name);
    return compile_composite(compiler, &place, composite, member->value);
}

/* {"type": "and", "guards": [...]}, or the same member inside of "params". */
static const struct guard *compile_long_composite(struct compiler *compiler,
                                                  const struct path *path, struct json value,
                                                  const struct composite *composite)
{
    const struct json *params = json_get(value, "params");
    struct path inside = path_key(path, TEXT("params"));
    const struct key_rule keys[] = {{"type", NULL},
                                    {"params", NULL},
                                    {composite->member, NULL},
                                    {composite->other == NULL ? "type" : composite->other, NULL}};
    check_keys(compiler, path, value, keys, sizeof keys / sizeof *keys);
    if (params != NULL && !expect_type(compiler, &inside, *params, JSON_OBJECT))
        return NULL;
    struct json holder = params == NULL ? value : *params;
    const struct path *around = params == NULL ? path : &inside;
    const char *name = composite->member;
    const struct json *operand = json_get(holder, name);
    if (operand == NULL && composite->other != NULL) {
        name = composite->other;
        operand = json_get(holder, name);
    }
    if (operand == NULL) {
        report(compiler, around, "the guard \"%s\" needs \"%s\"", composite->name,
               composite->member);
        return NULL;
    }
    struct path place = path_key(around, text_of(name));
    struct json operand_value = *operand;
    if (text_is(text_of(name), "stateId") && operand->type == JSON_STRING &&
        !text_starts_with(json_text(*operand), "#")) {
        struct text parts[] = {TEXT("#"), json_text(*operand)};
        operand_value = json_string(join_texts(compiler, parts, 2));
    }
    return compile_composite(compiler, &place, composite, operand_value);
}

/* --- Names ------------------------------------------------------------------------------------ */

static const struct guard *named_guard(struct compiler *compiler, const struct path *path,
                                       struct named *named);

/* The guard that a name stands for here: with parameters of its own. */
static const struct guard *guard_by_name(struct compiler *compiler, const struct path *path,
                                         struct text name, const struct template *params)
{
    struct named *named = named_find(compiler->guards, name);
    if (named == NULL) {
        report_unknown_name(compiler, path, PROBLEM_AT_VALUE, compiler->guards, name);
        return NULL;
    }
    const struct guard *found = named_guard(compiler, path, named);
    if (found == NULL || (params == NULL && !named->reads_params))
        return found;
    struct guard *guard = new_guard(compiler, GUARD_NAMED);
    const struct guard **operand = compiler_alloc(compiler, 1, sizeof(const struct guard *));
    if (guard == NULL || operand == NULL)
        return NULL;
    *operand = found;
    guard->name = guard->text = named->name;
    guard->operands = operand;
    guard->count = 1;
    guard->params = params;
    guard->size += found->size;
    return guard;
}

static const struct guard *compile_typed_guard(struct compiler *compiler, const struct path *path,
                                               struct json value, struct json type)
{
    static const struct key_rule keys[] = {{"type", NULL}, {"params", NULL}};
    struct path place = path_key(path, TEXT("type"));
    if (!expect_type(compiler, &place, type, JSON_STRING))
        return NULL;
    const struct composite *composite = find_composite(json_text(type));
    if (composite != NULL && named_find(compiler->guards, json_text(type)) == NULL)
        return compile_long_composite(compiler, path, value, composite);
    check_keys(compiler, path, value, keys, sizeof keys / sizeof *keys);
    const struct template *params = NULL;
    if (!compile_params(compiler, path, value, &params))
        return NULL;
    return guard_by_name(compiler, &place, json_text(type), params);
}

static const struct guard *expression_guard(struct compiler *compiler, const struct path *path,
                                            struct json value)
{
    const struct expression *expression = compile_expression(compiler, path, value);
    struct guard *guard = new_guard(compiler, GUARD_EXPRESSION);
    if (expression == NULL || guard == NULL)
        return NULL;
    guard->expression = expression;
    say_guard(compiler, guard);
    return guard;
}

/* Recursion ends: JSON is at most JSON_DEPTH_MAX deep, and names are followed no further
 * than MACHINE_NAMED_DEPTH_MAX. */
const struct guard *compile_guard(struct compiler *compiler, const struct path *path,
                                  const struct json *value)
{
    if (value == NULL)
        return NULL;
    if (value->type == JSON_STRING)
        return guard_by_name(compiler, path, json_text(*value), NULL);
    if (is_expression(*value))
        return expression_guard(compiler, path, *value);
    if (value->type != JSON_OBJECT) {
        report(compiler, path,
               "a guard is an expression, {\"@expr\": \"...\"}, or the name of one, not %s",
               json_phrase(*value));
        return NULL;
    }
    const struct json *type = json_get(*value, "type");
    if (type != NULL)
        return compile_typed_guard(compiler, path, *value, *type);
    if (value->count == 1)
        return compile_short_composite(compiler, path, *value);
    report(compiler, path, "a guard is {\"@expr\": \"...\"} or has the name of one as \"type\"");
    return NULL;
}

/* XState 6 writes {"name": {"when": guard}}; a guard alone means the same. */
static const struct guard *guard_entry(struct compiler *compiler, const struct named *named)
{
    static const struct key_rule keys[] = {{"when", NULL}};
    struct path member = path_key(NULL, TEXT("guards"));
    struct path place = path_key(&member, named->name);
    const struct json *when = json_get(named->definition, "when");
    if (when == NULL)
        return compile_guard(compiler, &place, &named->definition);
    check_keys(compiler, &place, named->definition, keys, sizeof keys / sizeof *keys);
    struct path condition = path_key(&place, TEXT("when"));
    return compile_guard(compiler, &condition, when);
}

/* Names may refer to names: recursion ends as each is entered once. */
static const struct guard *named_guard(struct compiler *compiler, const struct path *path,
                                       struct named *named)
{
    if (named->progress == NAMED_DONE)
        return named->guard;
    if (!named_enter(compiler, path, compiler->guards, named))
        return NULL;
    const struct guard *found = guard_entry(compiler, named);
    named_leave(compiler, named);
    struct guard *guard = new_guard(compiler, GUARD_EXPRESSION);
    if (found == NULL || guard == NULL)
        return NULL;
    *guard = *found;
    guard->name = guard->text = named->name;
    named->guard = guard;
    return guard;
}

void compile_named_guards(struct compiler *compiler)
{
    for (uint16_t i = 0; i < compiler->guards->count; i++)
        named_guard(compiler, NULL, &compiler->guards->items[i]);
}
