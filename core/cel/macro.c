/* Macros: comprehensions, alternatives of optionals, and bindings (langdef.md, "Macros"; the
 * extensions "bindings", "comprehensions of two variables" and "optionals"). */
#include <stdio.h>

#include "core/arena.h"
#include "core/cel/compiler.h"

static const struct macro {
    const char *name;
    uint32_t argument_count;
    uint32_t variable_count; /* the first arguments are their names */
    bool has_test;           /* the next one is a test */
    bool has_transform;      /* and the last one a transform */
    enum cel_comprehension_kind kind;
} macros[] = {
    {"all", 2, 1, true, false, COMPREHENSION_ALL},
    {"all", 3, 2, true, false, COMPREHENSION_ALL},
    {"exists", 2, 1, true, false, COMPREHENSION_EXISTS},
    {"exists", 3, 2, true, false, COMPREHENSION_EXISTS},
    {"exists_one", 2, 1, true, false, COMPREHENSION_EXISTS_ONE},
    {"exists_one", 3, 2, true, false, COMPREHENSION_EXISTS_ONE},
    {"existsOne", 2, 1, true, false, COMPREHENSION_EXISTS_ONE},
    {"existsOne", 3, 2, true, false, COMPREHENSION_EXISTS_ONE},
    {"map", 2, 1, false, true, COMPREHENSION_MAP},
    {"map", 3, 1, true, true, COMPREHENSION_MAP},
    {"filter", 2, 1, true, false, COMPREHENSION_FILTER},
    {"transformList", 3, 2, false, true, COMPREHENSION_MAP},
    {"transformList", 4, 2, true, true, COMPREHENSION_MAP},
    {"transformMap", 3, 2, false, true, COMPREHENSION_TRANSFORM_MAP},
    {"transformMap", 4, 2, true, true, COMPREHENSION_TRANSFORM_MAP},
    {"transformMapEntry", 3, 2, false, true, COMPREHENSION_TRANSFORM_MAP_ENTRY},
    {"transformMapEntry", 4, 2, true, true, COMPREHENSION_TRANSFORM_MAP_ENTRY},
    {"sortBy", 2, 1, false, true, COMPREHENSION_SORT_BY},
    {"optMap", 2, 1, false, true, COMPREHENSION_OPTIONAL_MAP},
    {"optFlatMap", 2, 1, false, true, COMPREHENSION_OPTIONAL_FLAT_MAP},
};

/* Methods whose argument is evaluated only where it is needed. */
static const struct alternative {
    const char *name;
    enum cel_step_kind kind;
} alternatives[] = {{"or", STEP_OR}, {"orValue", STEP_OR_VALUE}};

enum {
    MACRO_COUNT = sizeof macros / sizeof macros[0],
    ALTERNATIVE_COUNT = sizeof alternatives / sizeof alternatives[0]
};

const char *cel_macro_name(size_t index)
{
    if (index < MACRO_COUNT)
        return macros[index].name;
    index -= MACRO_COUNT;
    return index < ALTERNATIVE_COUNT ? alternatives[index].name : NULL;
}

/* --- Locals ----------------------------------------------------------------------------- */

bool cel_compile_local(struct cel_compiler *compiler, struct text name, size_t offset,
                       struct cel_node *out, bool *found)
{
    const struct cel_name *local = compiler->names;
    while (local != NULL && !text_equal(local->name, name))
        local = local->outer;
    *found = local != NULL;
    if (local == NULL)
        return true;
    if (compiler->depth + local->height > CEL_DEPTH_MAX)
        return cel_source_reject(compiler->source, offset,
                                 "nested deeper than %d levels, with the values bound",
                                 CEL_DEPTH_MAX);
    if (compiler->deepest < compiler->depth + local->height)
        compiler->deepest = compiler->depth + local->height;
    *out = (struct cel_node){.kind = NODE_LOCAL, .as.slot = local->slot};
    cel_compiler_reads(compiler, local->slot);
    return true;
}

/* Takes `count` slots for the locals of what is compiled next. */
static uint32_t take_slots(struct cel_compiler *compiler, uint32_t count)
{
    uint32_t slot = compiler->slot;
    compiler->slot += count;
    if (compiler->slot_count < compiler->slot)
        compiler->slot_count = compiler->slot;
    return slot;
}

/* --- Names that an optimizer gives: cel.index(0), cel.iterVar(0, 1) ------------------------- */

enum { GIVEN_ARGUMENTS_MAX = 2 };

static uint32_t given_argument_count(struct text method)
{
    if (text_is(method, "index"))
        return 1;
    return text_is(method, "iterVar") || text_is(method, "accuVar") ? 2 : 0;
}

/* "@index:0", "@iterVar:0:1": names that no writer can give. `method` is the call after
 * "cel"; *out is TEXT_NONE when it is none of these. */
static bool given_name(struct cel_compiler *compiler, const struct cel_syntax *method,
                       struct text *out)
{
    char name[64];
    uint32_t count = given_argument_count(method->text);
    *out = TEXT_NONE;
    if (method->kind != SYNTAX_METHOD || count == 0 || method->count != count)
        return true;
    int size = snprintf(name, sizeof name, "@%.*s", TEXT_ARGS(method->text));
    for (const struct cel_syntax *part = method->first; part != NULL; part = part->next) {
        if (part->kind != SYNTAX_LITERAL || part->literal.type != CEL_INT ||
            part->literal.as.integer < 0)
            return cel_source_reject(compiler->source, part->offset,
                                     "cel.%.*s() takes numbers as they are written",
                                     TEXT_ARGS(method->text));
        size += snprintf(name + size, sizeof name - (size_t)size, ":%lld",
                         (long long)part->literal.as.integer);
    }
    *out = text_copy(compiler->source->scratch, (struct text){name, (size_t)size});
    return out->data != NULL || cel_source_memory(compiler->source);
}

static bool is_cel_name(const struct cel_syntax *syntax)
{
    return syntax->kind == SYNTAX_NAME && !syntax->rooted && text_is(syntax->text, "cel");
}

/* The name of a variable that an argument of `macro` introduces. */
static bool variable_name(struct cel_compiler *compiler, const char *macro,
                          const struct cel_syntax *syntax, struct text *out)
{
    *out = TEXT_NONE;
    if (syntax->kind == SYNTAX_NAME && !syntax->rooted)
        *out = syntax->text;
    else if (syntax->kind == SYNTAX_MEMBER && syntax->count == 2 && is_cel_name(syntax->first) &&
             !given_name(compiler, syntax->last, out))
        return false;
    return out->data != NULL ||
           cel_source_reject(compiler->source, syntax->offset,
                             "%s() needs the name of a variable as its first argument", macro);
}

/* --- Comprehensions --------------------------------------------------------------------- */

static bool compile_body(struct cel_compiler *compiler, const struct macro *macro,
                         const struct cel_syntax *body, struct cel_comprehension *out)
{
    if (macro->has_test && !cel_compile_new(compiler, body, &out->test))
        return false;
    const struct cel_syntax *transform = macro->has_test ? body->next : body;
    return !macro->has_transform || cel_compile_new(compiler, transform, &out->transform);
}

/* Compiles what stands behind `variable` with the names of the macro's variables. */
static bool compile_variables(struct cel_compiler *compiler, const struct macro *macro,
                              const struct cel_syntax *variable, struct cel_comprehension *out)
{
    struct cel_name names[2];
    const struct cel_name *outer = compiler->names;
    uint32_t slot = compiler->slot;
    out->slot = take_slots(compiler, macro->variable_count);
    for (uint32_t i = 0; i < macro->variable_count; i++, variable = variable->next) {
        names[i] = (struct cel_name){.slot = out->slot + i, .outer = i == 0 ? outer : &names[0]};
        if (!variable_name(compiler, macro->name, variable, &names[i].name))
            return false;
        if (i == 1 && text_equal(names[0].name, names[1].name))
            return cel_source_reject(compiler->source, variable->offset,
                                     "%s() needs two different variables", macro->name);
    }
    compiler->names = &names[macro->variable_count - 1];
    bool compiled = compile_body(compiler, macro, variable, out);
    compiler->names = outer;
    compiler->slot = slot;
    return compiled;
}

static bool compile_comprehension(struct cel_compiler *compiler, const struct macro *macro,
                                  const struct cel_syntax *method, struct cel_step *out)
{
    void *memory;
    if (!cel_compile_array(compiler, 1, sizeof(struct cel_comprehension), &memory))
        return false;
    struct cel_comprehension *comprehension = memory;
    comprehension->kind = macro->kind;
    comprehension->name = macro->name;
    comprehension->variable_count = macro->variable_count;
    *out = (struct cel_step){STEP_COMPREHENSION, {.comprehension = comprehension}};
    return compile_variables(compiler, macro, method->first, comprehension);
}

bool cel_compile_macro(struct cel_compiler *compiler, const struct cel_syntax *method,
                       struct cel_step *out, bool *found)
{
    *found = true;
    for (size_t i = 0; i < MACRO_COUNT; i++) {
        if (method->count == macros[i].argument_count && text_is(method->text, macros[i].name))
            return compile_comprehension(compiler, &macros[i], method, out);
    }
    for (size_t i = 0; i < ALTERNATIVE_COUNT; i++) {
        if (method->count == 1 && text_is(method->text, alternatives[i].name)) {
            out->kind = alternatives[i].kind;
            return cel_compile_new(compiler, method->first, &out->as.node);
        }
    }
    *found = false;
    return true;
}

/* --- Bindings --------------------------------------------------------------------------- */

/* The value of a binding. It is evaluated wherever the body reads it, in the midst of other
 * loops: so its own locals are no others' (their slots stay taken), and its nesting counts
 * there. */
static bool compile_value(struct cel_compiler *compiler, const struct cel_syntax *value,
                          struct cel_node *out, int *height)
{
    int deepest = compiler->deepest;
    uint32_t slot_count = compiler->slot_count;
    compiler->deepest = compiler->depth;
    compiler->slot_count = compiler->slot;
    if (!cel_compile_node(compiler, value, out))
        return false;
    *height = compiler->deepest - compiler->depth;
    compiler->slot = compiler->slot_count;
    if (compiler->deepest < deepest)
        compiler->deepest = deepest;
    if (compiler->slot_count < slot_count)
        compiler->slot_count = slot_count;
    return true;
}

/* `count` values beginning with `value`, each of which sees those before it, and a body
 * that sees them all. `names` are as many, with only the name filled in. */
static bool compile_bindings(struct cel_compiler *compiler, const struct cel_syntax *value,
                             uint32_t count, struct cel_name *names, const struct cel_syntax *body,
                             struct cel_node *out)
{
    const struct cel_name *outer = compiler->names;
    uint32_t slot = compiler->slot;
    void *memory;
    *out = (struct cel_node){.kind = NODE_BIND, .count = count};
    if (!cel_compile_array(compiler, count, sizeof(struct cel_node), &memory))
        return false;
    struct cel_node *values = memory;
    out->as.bind.values = values;
    out->as.bind.slot = take_slots(compiler, count);
    for (uint32_t i = 0; i < count; i++, value = value->next) {
        if (!compile_value(compiler, value, &values[i], &names[i].height))
            return false;
        names[i].slot = out->as.bind.slot + i;
        names[i].outer = compiler->names;
        compiler->names = &names[i];
    }
    bool compiled = cel_compile_new(compiler, body, &out->as.bind.body);
    compiler->names = outer;
    compiler->slot = slot;
    return compiled;
}

/* cel.bind(name, value, body) */
static bool compile_bind(struct cel_compiler *compiler, const struct cel_syntax *call,
                         struct cel_node *out)
{
    const struct cel_syntax *variable = call->first, *value = variable->next;
    struct cel_name name = {0};
    return variable_name(compiler, "cel.bind", variable, &name.name) &&
           compile_bindings(compiler, value, 1, &name, value->next, out);
}

/* cel.block([value, ...], body), in which cel.index(i) is the value at i: what an optimizer
 * makes of parts that an expression has several times. */
static bool compile_block(struct cel_compiler *compiler, const struct cel_syntax *call,
                          struct cel_node *out)
{
    const struct cel_syntax *list = call->first;
    if (list->kind != SYNTAX_LIST)
        return cel_source_reject(compiler->source, list->offset,
                                 "cel.block() takes a list of values: cel.block([...], body)");
    struct cel_name *names =
        arena_alloc_array(compiler->source->scratch, list->count, sizeof *names);
    if (names == NULL)
        return cel_source_memory(compiler->source);
    for (uint32_t i = 0; i < list->count; i++) {
        char name[32];
        int size = snprintf(name, sizeof name, "@index:%u", (unsigned)i);
        names[i].name = text_copy(compiler->source->scratch, (struct text){name, (size_t)size});
        if (names[i].name.data == NULL)
            return cel_source_memory(compiler->source);
    }
    return compile_bindings(compiler, list->first, list->count, names, list->next, out);
}

/* cel.index(0): what an optimizer named. */
static bool compile_given(struct cel_compiler *compiler, const struct cel_syntax *call,
                          struct cel_node *out, bool *found)
{
    struct text name;
    if (!given_name(compiler, call, &name))
        return false;
    *found = name.data != NULL;
    if (!*found)
        return true;
    bool known;
    if (!cel_compile_local(compiler, name, call->offset, out, &known))
        return false;
    return known ||
           cel_compile_unresolved(compiler, call->offset,
                                  "there is nothing that cel.block() or a macro named so", out);
}

bool cel_compile_cel_macro(struct cel_compiler *compiler, const struct cel_syntax *member,
                           struct cel_node *out, bool *found)
{
    const struct cel_syntax *call = member->first->next;
    *found = is_cel_name(member->first) && call->kind == SYNTAX_METHOD;
    if (!*found)
        return true;
    if (text_is(call->text, "bind") && call->count == 3)
        return compile_bind(compiler, call, out);
    if (text_is(call->text, "block") && call->count == 2)
        return compile_block(compiler, call, out);
    return compile_given(compiler, call, out, found);
}
