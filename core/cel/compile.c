/* Syntax to program: names become slots, functions and types; macros become loops. */
#include <stdio.h>

#include "core/arena.h"
#include "core/cel/program.h"
#include "core/cel/shown.h"
#include "core/cel/syntax.h"
#include "core/utf8.h"

/* A variable of a comprehension, visible in its body. */
struct local {
    struct text name;
    uint32_t slot;
    const struct local *outer;
};

struct compiler {
    struct cel_source *source;
    const struct cel_environment *environment;
    bool lenient;
    const struct local *locals; /* the innermost first */
    uint32_t local_depth;
    uint32_t local_count; /* the most at once */
    int depth;
    bool *uses;
};

static bool compile(struct compiler *compiler, const struct cel_syntax *syntax,
                    struct cel_node *out);

static bool make_array(struct compiler *compiler, size_t count, size_t size, void **out)
{
    *out = arena_alloc_array(compiler->source->arena, count, size);
    return *out != NULL || cel_source_memory(compiler->source);
}

static bool make_node(struct compiler *compiler, const struct cel_syntax *syntax,
                      const struct cel_node **out)
{
    void *node;
    if (!make_array(compiler, 1, sizeof(struct cel_node), &node) ||
        !compile(compiler, syntax, node))
        return false;
    *out = node;
    return true;
}

/* Compiles siblings, beginning with `first`, side by side. */
static bool compile_siblings(struct compiler *compiler, const struct cel_syntax *first,
                             uint32_t count, const struct cel_node **out)
{
    void *memory;
    if (!make_array(compiler, count, sizeof(struct cel_node), &memory))
        return false;
    struct cel_node *nodes = memory;
    const struct cel_syntax *syntax = first;
    for (uint32_t i = 0; i < count; i++, syntax = syntax->next) {
        if (!compile(compiler, syntax, &nodes[i]))
            return false;
    }
    *out = nodes;
    return true;
}

/* --- Names that nothing has ------------------------------------------------------- */

/* A lenient compiler takes the name, and the program fails where it reaches it
 * (langdef.md, "Evaluation": an unbound variable evaluates to an error). */
static bool unresolved(struct compiler *compiler, size_t offset, const char *message,
                       struct cel_node *out)
{
    if (!compiler->lenient)
        return cel_source_reject(compiler->source, offset, "%s", message);
    struct text copy = text_copy(compiler->source->arena, text_of(message));
    if (copy.data == NULL)
        return cel_source_memory(compiler->source);
    *out = (struct cel_node){.kind = NODE_UNRESOLVED, .as.message = copy.data};
    return true;
}

/* Room for a message with two names in it. */
enum { MESSAGE_SIZE = 2 * CEL_SHOWN_SIZE_MAX + 72 };

static bool unknown_variable(struct compiler *compiler, const struct cel_syntax *syntax,
                             struct cel_node *out)
{
    const struct cel_environment *environment = compiler->environment;
    size_t count = environment->count;
    struct text *names =
        arena_alloc_array(compiler->source->scratch, count + compiler->local_depth, sizeof *names);
    if (names == NULL)
        return cel_source_memory(compiler->source);
    if (count > 0)
        memcpy(names, environment->names, count * sizeof *names);
    for (const struct local *local = compiler->locals; local != NULL; local = local->outer)
        names[count++] = local->name;
    int nearest = text_nearest(syntax->text, names, count);
    char message[MESSAGE_SIZE];
    int size =
        snprintf(message, sizeof message, "unknown variable \"%.*s%s\"", CEL_SHOWN(syntax->text));
    if (nearest >= 0)
        snprintf(message + size, sizeof message - (size_t)size, "; did you mean \"%.*s%s\"?",
                 CEL_SHOWN(names[nearest]));
    return unresolved(compiler, syntax->offset, message, out);
}

/* --- Macros ------------------------------------------------------------------------- */

static const struct macro {
    const char *name;
    uint32_t argument_count;
    enum cel_comprehension_kind kind;
} macros[] = {
    {"all", 2, COMPREHENSION_ALL},
    {"exists", 2, COMPREHENSION_EXISTS},
    {"exists_one", 2, COMPREHENSION_EXISTS_ONE},
    {"map", 2, COMPREHENSION_MAP},
    {"map", 3, COMPREHENSION_MAP},
    {"filter", 2, COMPREHENSION_FILTER},
};

enum { MACRO_COUNT = sizeof macros / sizeof macros[0] };

static const struct macro *find_macro(const struct cel_syntax *method)
{
    for (size_t i = 0; i < MACRO_COUNT; i++) {
        if (text_is(method->text, macros[i].name) && method->count == macros[i].argument_count)
            return &macros[i];
    }
    return NULL;
}

/* e.all(x, test), e.filter(x, test), e.map(x, transform), e.map(x, test, transform) */
static bool compile_body(struct compiler *compiler, const struct macro *macro,
                         const struct cel_syntax *body, struct cel_comprehension *out)
{
    bool has_test = macro->kind != COMPREHENSION_MAP || macro->argument_count == 3;
    if (has_test && !make_node(compiler, body, &out->test))
        return false;
    const struct cel_syntax *transform = has_test ? body->next : body;
    return macro->kind != COMPREHENSION_MAP || make_node(compiler, transform, &out->transform);
}

static bool compile_comprehension(struct compiler *compiler, const struct macro *macro,
                                  const struct cel_syntax *method, struct cel_step *out)
{
    const struct cel_syntax *variable = method->first;
    if (variable->kind != SYNTAX_NAME || variable->rooted)
        return cel_source_reject(compiler->source, variable->offset,
                                 "%s() needs the name of a variable as its first argument",
                                 macro->name);
    void *memory;
    if (!make_array(compiler, 1, sizeof(struct cel_comprehension), &memory))
        return false;
    struct cel_comprehension *comprehension = memory;
    struct local local = {variable->text, compiler->local_depth, compiler->locals};
    comprehension->kind = macro->kind;
    comprehension->slot = local.slot;

    compiler->locals = &local;
    compiler->local_depth++;
    if (compiler->local_count < compiler->local_depth)
        compiler->local_count = compiler->local_depth;
    bool compiled = compile_body(compiler, macro, variable->next, comprehension);
    compiler->local_depth--;
    compiler->locals = local.outer;

    *out = (struct cel_step){STEP_COMPREHENSION, {.comprehension = comprehension}};
    return compiled;
}

/* --- Functions ------------------------------------------------------------------------ */

static bool is_function_or_macro(struct text name, enum cel_call_style style)
{
    if (style == CEL_GLOBAL && text_is(name, "has"))
        return true;
    for (size_t i = 0; style == CEL_RECEIVER && i < MACRO_COUNT; i++) {
        if (text_is(name, macros[i].name))
            return true;
    }
    const struct cel_function *function;
    for (size_t i = 0; (function = cel_function_at(i)) != NULL; i++) {
        if (function->style == style && text_is(name, function->name))
            return true;
    }
    return false;
}

/* The nearest name that can be called in this style; TEXT_NONE when none is near. */
static struct text nearest_function(struct text name, enum cel_call_style style,
                                    struct arena *arena)
{
    size_t room = MACRO_COUNT + 1, count = 0;
    const struct cel_function *function;
    while (cel_function_at(room - MACRO_COUNT - 1) != NULL)
        room++;
    struct text *names = arena_alloc_array(arena, room, sizeof *names);
    if (names == NULL)
        return TEXT_NONE;
    for (size_t i = 0; (function = cel_function_at(i)) != NULL; i++) {
        if (function->style == style)
            names[count++] = text_of(function->name);
    }
    for (size_t i = 0; style == CEL_RECEIVER && i < MACRO_COUNT; i++)
        names[count++] = text_of(macros[i].name);
    if (style == CEL_GLOBAL)
        names[count++] = TEXT("has");
    int nearest = text_nearest(name, names, count);
    return nearest < 0 ? TEXT_NONE : names[nearest];
}

/* Says what is wrong with a call: its name, its style or its count of arguments. */
static bool unknown_call(struct compiler *compiler, const struct cel_syntax *call,
                         enum cel_call_style style, struct cel_node *out)
{
    char message[MESSAGE_SIZE];
    struct text name = call->text;
    enum cel_call_style other = style == CEL_GLOBAL ? CEL_RECEIVER : CEL_GLOBAL;
    if (is_function_or_macro(name, style)) {
        snprintf(message, sizeof message, "%s%.*s%s() does not take %u argument%s",
                 style == CEL_RECEIVER ? "." : "", CEL_SHOWN(name), (unsigned)call->count,
                 call->count == 1 ? "" : "s");
    } else if (is_function_or_macro(name, other)) {
        snprintf(message, sizeof message, "\"%.*s%s\" is called as %s", CEL_SHOWN(name),
                 style == CEL_GLOBAL ? "a method: x.f(...)" : "a function: f(x)");
    } else {
        struct text nearest = nearest_function(name, style, compiler->source->scratch);
        int size =
            snprintf(message, sizeof message, "unknown function \"%.*s%s\"", CEL_SHOWN(name));
        if (nearest.data != NULL)
            snprintf(message + size, sizeof message - (size_t)size, "; did you mean \"%.*s%s\"?",
                     CEL_SHOWN(nearest));
    }
    return unresolved(compiler, call->offset, message, out);
}

static bool compile_call(struct compiler *compiler, const struct cel_function *function,
                         const struct cel_syntax *call, struct cel_call *out)
{
    out->function = function;
    out->count = call->count;
    return compile_siblings(compiler, call->first, call->count, &out->arguments);
}

static bool compile_member(struct compiler *compiler, const struct cel_syntax *member, bool has,
                           struct cel_node *out);

/* has(e.f) */
static bool compile_has(struct compiler *compiler, const struct cel_syntax *call,
                        struct cel_node *out)
{
    const struct cel_syntax *argument = call->first;
    if (argument->kind != SYNTAX_MEMBER || argument->last->kind != SYNTAX_SELECT)
        return cel_source_reject(compiler->source, argument->offset,
                                 "has() takes the selection of a field: has(x.field)");
    return compile_member(compiler, argument, true, out);
}

static bool compile_global_call(struct compiler *compiler, const struct cel_syntax *call,
                                struct cel_node *out)
{
    if (text_is(call->text, "has") && call->count == 1)
        return compile_has(compiler, call, out);
    const struct cel_function *function = cel_function_find(call->text, CEL_GLOBAL, call->count);
    if (function == NULL)
        return unknown_call(compiler, call, CEL_GLOBAL, out);
    out->kind = NODE_CALL;
    return compile_call(compiler, function, call, &out->as.call);
}

/* --- Names of variables and types --------------------------------------------------- */

/* The types that have a name in the language. */
static const enum cel_type named_types[] = {
    CEL_NULL,  CEL_BOOL, CEL_INT, CEL_UINT, CEL_DOUBLE,    CEL_STRING,
    CEL_BYTES, CEL_LIST, CEL_MAP, CEL_TYPE, CEL_TIMESTAMP, CEL_DURATION,
};

/* How many of `count` parts (a name and the selections after it) `candidate` is made
 * of: 2 for "a.b" in a.b.c; 0 when it is not the beginning of them. */
static uint32_t match_parts(struct text candidate, const struct cel_syntax *first, uint32_t count)
{
    size_t at = 0;
    uint32_t parts = 0;
    for (const struct cel_syntax *part = first; parts < count; part = part->next) {
        size_t left = candidate.size - at;
        if (part->text.size > left ||
            memcmp(candidate.data + at, part->text.data, part->text.size) != 0)
            return 0;
        at += part->text.size;
        parts++;
        if (at == candidate.size)
            return parts;
        if (candidate.data[at++] != '.')
            return 0;
    }
    return 0;
}

static const struct local *find_local(const struct compiler *compiler, struct text name)
{
    const struct local *local = compiler->locals;
    while (local != NULL && !text_equal(local->name, name))
        local = local->outer;
    return local;
}

/* Resolves as many of the parts as make one name; the number of them, 0 for none
 * (langdef.md, "Name Resolution": comprehensions first, then the longest). */
static uint32_t resolve(struct compiler *compiler, const struct cel_syntax *name, uint32_t count,
                        struct cel_node *out)
{
    const struct cel_environment *environment = compiler->environment;
    const struct local *local = name->rooted ? NULL : find_local(compiler, name->text);
    if (local != NULL) {
        *out = (struct cel_node){.kind = NODE_LOCAL, .as.slot = local->slot};
        return 1;
    }
    uint32_t longest = 0;
    for (size_t i = 0; i < environment->count; i++) {
        uint32_t parts = match_parts(environment->names[i], name, count);
        if (parts > longest) {
            longest = parts;
            *out = (struct cel_node){.kind = NODE_VARIABLE, .as.slot = (uint32_t)i};
        }
    }
    if (longest > 0) {
        compiler->uses[out->as.slot] = true;
        return longest;
    }
    for (size_t i = 0; i < sizeof named_types / sizeof named_types[0]; i++) {
        const char *type_name = cel_type_name(named_types[i]);
        longest = match_parts(text_of(type_name), name, count);
        if (longest > 0) {
            out->kind = NODE_CONSTANT;
            out->as.constant = (struct cel_value){.type = CEL_TYPE, .as.type_name = type_name};
            return longest;
        }
    }
    return 0;
}

/* The global function of a namespace that the parts name, as math.abs(x), or NULL.
 * Its name takes all of `count` parts, the last of which is the call. */
static const struct cel_function *find_qualified(const struct cel_syntax *name, uint32_t count,
                                                 const struct cel_syntax *call)
{
    const struct cel_function *function;
    for (size_t i = 0; (function = cel_function_at(i)) != NULL; i++) {
        if (function->style == CEL_GLOBAL && function->argument_count == call->count &&
            match_parts(text_of(function->name), name, count) == count)
            return function;
    }
    return NULL;
}

/* --- Paths ------------------------------------------------------------------------------- */

/* Compiles one step. A method that nothing has makes all of the path unresolved, in
 * *node. */
static bool compile_step(struct compiler *compiler, const struct cel_syntax *syntax, bool has,
                         struct cel_step *out, struct cel_node *node)
{
    if (syntax->kind == SYNTAX_SELECT) {
        *out = (struct cel_step){has ? STEP_HAS : STEP_SELECT, {.name = syntax->text}};
        return true;
    }
    if (syntax->kind == SYNTAX_INDEX) {
        out->kind = STEP_INDEX;
        return make_node(compiler, syntax->first, &out->as.index);
    }
    const struct macro *macro = find_macro(syntax);
    if (macro != NULL)
        return compile_comprehension(compiler, macro, syntax, out);
    const struct cel_function *function =
        cel_function_find(syntax->text, CEL_RECEIVER, syntax->count + 1);
    if (function == NULL)
        return unknown_call(compiler, syntax, CEL_RECEIVER, node);
    out->kind = STEP_CALL;
    return compile_call(compiler, function, syntax, &out->as.call);
}

/* `base` is compiled; `first` and what follows it become the steps. */
static bool compile_steps(struct compiler *compiler, const struct cel_node *base,
                          const struct cel_syntax *first, uint32_t count, bool has,
                          struct cel_node *out)
{
    void *memory;
    if (!make_array(compiler, count, sizeof(struct cel_step), &memory))
        return false;
    struct cel_step *steps = memory;
    struct cel_node node = {.kind = NODE_PATH, .count = count};
    node.as.path.base = base;
    node.as.path.steps = steps;
    const struct cel_syntax *syntax = first;
    for (uint32_t i = 0; i < count && node.kind == NODE_PATH; i++, syntax = syntax->next) {
        if (!compile_step(compiler, syntax, has && i + 1 == count, &steps[i], &node))
            return false;
    }
    *out = node;
    return true;
}

/* Selections directly behind the name that a member begins with, and that name. */
static uint32_t count_name_parts(const struct cel_syntax *member)
{
    uint32_t parts = 1;
    for (const struct cel_syntax *step = member->first->next;
         step != NULL && step->kind == SYNTAX_SELECT && !step->quoted; step = step->next)
        parts++;
    return parts;
}

static bool compile_member(struct compiler *compiler, const struct cel_syntax *member, bool has,
                           struct cel_node *out)
{
    const struct cel_syntax *first = member->first;
    uint32_t used = 1;
    void *memory;
    if (!make_array(compiler, 1, sizeof(struct cel_node), &memory))
        return false;
    struct cel_node *base = memory;
    if (first->kind == SYNTAX_NAME) {
        uint32_t parts = count_name_parts(member);
        used = resolve(compiler, first, has && parts == member->count ? parts - 1 : parts, base);
        const struct cel_syntax *call = first;
        for (uint32_t i = 0; i < parts && call != NULL; i++)
            call = call->next;
        const struct cel_function *function = NULL;
        if (used == 0 && call != NULL && call->kind == SYNTAX_METHOD)
            function = find_qualified(first, parts + 1, call);
        if (function != NULL) {
            base->kind = NODE_CALL;
            if (!compile_call(compiler, function, call, &base->as.call))
                return false;
            used = parts + 1;
        } else if (used == 0) {
            return unknown_variable(compiler, first, out);
        }
    } else if (!compile(compiler, first, base)) {
        return false;
    }
    const struct cel_syntax *step = first;
    for (uint32_t i = 0; i < used && step != NULL; i++)
        step = step->next;
    if (step == NULL) {
        *out = *base;
        return true;
    }
    return compile_steps(compiler, base, step, member->count - used, has, out);
}

/* --- The rest ---------------------------------------------------------------------------- */

static bool compile_binary(struct compiler *compiler, const struct cel_syntax *syntax,
                           struct cel_node *out)
{
    void *memory;
    uint32_t count = syntax->count - 1;
    if (!make_array(compiler, count, sizeof(struct cel_operation), &memory))
        return false;
    struct cel_operation *rest = memory;
    const struct cel_syntax *operand = syntax->first->next;
    out->kind = NODE_BINARY;
    out->count = count;
    out->as.binary.rest = rest;
    if (!make_node(compiler, syntax->first, &out->as.binary.first))
        return false;
    for (uint32_t i = 0; i < count; i++, operand = operand->next) {
        rest[i].operation = operand->operation;
        if (!compile(compiler, operand, &rest[i].operand))
            return false;
    }
    return true;
}

/* More keys than this are compared when the map is made, where that is charged. */
enum { DISTINCT_KEYS_MAX = 64 };

/* True when the keys of a map literal are constant strings, all different, so that
 * nothing is left to check when it is made. Contexts and payloads are such maps. */
static bool keys_are_distinct(const struct cel_node *items, uint32_t count)
{
    if (count > DISTINCT_KEYS_MAX)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct cel_node *key = &items[2 * (size_t)i];
        if (key->kind != NODE_CONSTANT || key->as.constant.type != CEL_STRING)
            return false;
        for (uint32_t j = 0; j < i; j++) {
            if (text_equal(items[2 * (size_t)j].as.constant.as.text, key->as.constant.as.text))
                return false;
        }
    }
    return true;
}

/* A list of constants is a constant: `x in ["a", "b"]` makes no list each time. */
static bool fold_list(struct compiler *compiler, struct cel_node *node)
{
    for (uint32_t i = 0; i < node->count; i++) {
        if (node->as.children.items[i].kind != NODE_CONSTANT)
            return true;
    }
    void *memory;
    if (!make_array(compiler, node->count, sizeof(struct cel_value), &memory))
        return false;
    struct cel_value *items = memory;
    for (uint32_t i = 0; i < node->count; i++)
        items[i] = node->as.children.items[i].as.constant;
    *node = (struct cel_node){
        .kind = NODE_CONSTANT,
        .as.constant = {.type = CEL_LIST, .count = node->count, .as.items = items}};
    return true;
}

/* Lists, maps, conditionals, logic and signs: nodes with children of one kind. */
static bool compile_children(struct compiler *compiler, const struct cel_syntax *syntax,
                             enum cel_node_kind kind, struct cel_node *out)
{
    out->kind = kind;
    out->count = kind == NODE_MAP ? syntax->count / 2 : syntax->count;
    out->as.children.repeats = syntax->repeats;
    if (!compile_siblings(compiler, syntax->first, syntax->count, &out->as.children.items))
        return false;
    if (kind == NODE_MAP)
        out->as.children.keys_distinct = keys_are_distinct(out->as.children.items, out->count);
    return kind != NODE_LIST || fold_list(compiler, out);
}

static bool compile_kind(struct compiler *compiler, const struct cel_syntax *syntax,
                         struct cel_node *out)
{
    switch (syntax->kind) {
    case SYNTAX_LITERAL:
        *out = (struct cel_node){.kind = NODE_CONSTANT, .as.constant = syntax->literal};
        return true;
    case SYNTAX_NAME:
        return resolve(compiler, syntax, 1, out) > 0 || unknown_variable(compiler, syntax, out);
    case SYNTAX_LIST: return compile_children(compiler, syntax, NODE_LIST, out);
    case SYNTAX_MAP: return compile_children(compiler, syntax, NODE_MAP, out);
    case SYNTAX_CALL: return compile_global_call(compiler, syntax, out);
    case SYNTAX_MEMBER: return compile_member(compiler, syntax, false, out);
    case SYNTAX_BINARY: return compile_binary(compiler, syntax, out);
    case SYNTAX_AND: return compile_children(compiler, syntax, NODE_AND, out);
    case SYNTAX_OR: return compile_children(compiler, syntax, NODE_OR, out);
    case SYNTAX_CONDITIONAL: return compile_children(compiler, syntax, NODE_CONDITIONAL, out);
    case SYNTAX_NOT: return compile_children(compiler, syntax, NODE_NOT, out);
    case SYNTAX_NEGATE: return compile_children(compiler, syntax, NODE_NEGATE, out);
    case SYNTAX_SELECT:
    case SYNTAX_INDEX:
    case SYNTAX_METHOD: break; /* only inside of SYNTAX_MEMBER */
    }
    return cel_source_reject(compiler->source, syntax->offset, "a value was expected here");
}

static bool compile(struct compiler *compiler, const struct cel_syntax *syntax,
                    struct cel_node *out)
{
    if (compiler->depth == CEL_DEPTH_MAX)
        return cel_source_reject(compiler->source, syntax->offset, "nested deeper than %d levels",
                                 CEL_DEPTH_MAX);
    compiler->depth++;
    bool compiled = compile_kind(compiler, syntax, out);
    compiler->depth--;
    return compiled;
}

static bool compile_program(struct cel_source *source, const struct cel_environment *environment,
                            bool lenient, const struct cel_program **out)
{
    const struct cel_syntax *syntax;
    struct compiler compiler = {.source = source, .environment = environment, .lenient = lenient};
    if (!cel_parse(source, &syntax))
        return false;
    struct cel_program *program = arena_alloc(source->arena, sizeof *program);
    compiler.uses = arena_alloc_array(source->arena, environment->count, sizeof *compiler.uses);
    if (program == NULL || compiler.uses == NULL)
        return cel_source_memory(source);
    if (!compile(&compiler, syntax, &program->root))
        return false;
    program->local_count = compiler.local_count;
    program->variable_count = environment->count;
    program->uses = compiler.uses;
    *out = program;
    return true;
}

/* No byte of an expression makes more than one node of syntax. */
#define SYNTAX_MEMORY_MAX ((size_t)CEL_EXPRESSION_SIZE_MAX * 2 * sizeof(struct cel_syntax))

static enum status compile_text(struct arena *arena, struct text expression,
                                const struct cel_environment *environment, bool lenient,
                                const struct cel_program **out, struct cel_issue *issue)
{
    struct cel_source source = {.text = expression, .arena = arena, .issue = issue};
    if (expression.size > CEL_EXPRESSION_SIZE_MAX) {
        cel_source_note(&source, 0, "the expression has %zu bytes; at most %d are allowed",
                        expression.size, CEL_EXPRESSION_SIZE_MAX);
        return source.status;
    }
    size_t valid = utf8_valid_prefix(expression);
    if (valid != expression.size) {
        cel_source_note(&source, valid, "the expression is not valid UTF-8 from here on");
        return source.status;
    }
    source.text = text_copy(arena, expression); /* the program's names point into it */
    source.scratch = arena_create(SYNTAX_MEMORY_MAX);
    if (source.text.data == NULL || source.scratch == NULL)
        cel_source_note_memory(&source);
    else
        compile_program(&source, environment, lenient, out);
    arena_destroy(source.scratch);
    return source.status;
}

enum status cel_compile(struct arena *arena, struct text expression,
                        const struct cel_environment *environment, const struct cel_program **out,
                        struct cel_issue *issue)
{
    return compile_text(arena, expression, environment, false, out, issue);
}

enum status cel_compile_lenient(struct arena *arena, struct text expression,
                                const struct cel_environment *environment,
                                const struct cel_program **out, struct cel_issue *issue)
{
    return compile_text(arena, expression, environment, true, out, issue);
}

bool cel_program_uses(const struct cel_program *program, size_t slot)
{
    return slot < program->variable_count && program->uses[slot];
}
