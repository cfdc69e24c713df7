/* Syntax to program: names become slots, functions and types; macros become loops. */
#include <stdio.h>

#include "core/arena.h"
#include "core/cel/compiler.h"
#include "core/utf8.h"

bool cel_compile_array(struct cel_compiler *compiler, size_t count, size_t size, void **out)
{
    *out = arena_alloc_array(compiler->source->arena, count, size);
    return *out != NULL || cel_source_memory(compiler->source);
}

bool cel_compile_new(struct cel_compiler *compiler, const struct cel_syntax *syntax,
                     const struct cel_node **out)
{
    void *node;
    if (!cel_compile_array(compiler, 1, sizeof(struct cel_node), &node) ||
        !cel_compile_node(compiler, syntax, node))
        return false;
    *out = node;
    return true;
}

/* Compiles siblings, beginning with `first`, side by side. */
bool cel_compile_siblings(struct cel_compiler *compiler, const struct cel_syntax *first,
                          uint32_t count, const struct cel_node **out)
{
    void *memory;
    if (!cel_compile_array(compiler, count, sizeof(struct cel_node), &memory))
        return false;
    struct cel_node *nodes = memory;
    const struct cel_syntax *syntax = first;
    for (uint32_t i = 0; i < count; i++, syntax = syntax->next) {
        if (!cel_compile_node(compiler, syntax, &nodes[i]))
            return false;
    }
    *out = nodes;
    return true;
}

/* --- Names that nothing has ------------------------------------------------------- */

bool cel_compile_unresolved(struct cel_compiler *compiler, size_t offset, const char *message,
                            struct cel_node *out)
{
    cel_compiler_reads(compiler, READS_VARIABLE);
    if (!compiler->lenient)
        return cel_source_reject(compiler->source, offset, "%s", message);
    struct text copy = text_copy(compiler->source->arena, text_of(message));
    if (copy.data == NULL)
        return cel_source_memory(compiler->source);
    *out = (struct cel_node){.kind = NODE_UNRESOLVED, .as.message = copy.data};
    return true;
}

static bool unknown_variable(struct cel_compiler *compiler, const struct cel_syntax *syntax,
                             struct cel_node *out)
{
    const struct cel_environment *environment = compiler->environment;
    size_t count = environment->count;
    struct text *names =
        arena_alloc_array(compiler->source->scratch, count + compiler->slot_count, sizeof *names);
    if (names == NULL)
        return cel_source_memory(compiler->source);
    if (count > 0)
        memcpy(names, environment->names, count * sizeof *names);
    for (const struct cel_name *local = compiler->names; local != NULL; local = local->outer)
        names[count++] = local->name;
    int nearest = text_nearest(syntax->text, names, count);
    char message[CEL_ISSUE_SIZE];
    int size =
        snprintf(message, sizeof message, "unknown variable \"%.*s%s\"", CEL_SHOWN(syntax->text));
    if (nearest >= 0)
        snprintf(message + size, sizeof message - (size_t)size, "; did you mean \"%.*s%s\"?",
                 CEL_SHOWN(names[nearest]));
    return cel_compile_unresolved(compiler, syntax->offset, message, out);
}

/* --- Names of variables and types --------------------------------------------------- */

/* The types that have a name in the language. */
static const enum cel_type named_types[] = {
    CEL_NULL, CEL_BOOL, CEL_INT,  CEL_UINT,      CEL_DOUBLE,   CEL_STRING,   CEL_BYTES,
    CEL_LIST, CEL_MAP,  CEL_TYPE, CEL_TIMESTAMP, CEL_DURATION, CEL_OPTIONAL,
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

/* The longest name of a variable that the parts begin with, in the container given. */
static uint32_t find_variable(const struct cel_compiler *compiler, struct text container,
                              const struct cel_syntax *name, uint32_t count, size_t *slot)
{
    const struct cel_environment *environment = compiler->environment;
    size_t prefix = container.size == 0 ? 0 : container.size + 1;
    uint32_t longest = 0;
    for (size_t i = 0; i < environment->count; i++) {
        struct text candidate = environment->names[i];
        if (prefix > 0 && (candidate.size <= prefix || candidate.data[prefix - 1] != '.' ||
                           memcmp(candidate.data, container.data, container.size) != 0))
            continue;
        candidate = (struct text){candidate.data + prefix, candidate.size - prefix};
        uint32_t parts = match_parts(candidate, name, count);
        if (parts > longest) {
            longest = parts;
            *slot = i;
        }
    }
    return longest;
}

/* The container without its last name: "a" of "a.b", and empty of "a". */
static struct text outer_container(struct text container)
{
    while (container.size > 0 && container.data[container.size - 1] != '.')
        container.size--;
    if (container.size > 0)
        container.size--; /* the dot */
    return container;
}

/* From the container outwards; a rooted name is looked up outside of all. */
static uint32_t resolve_variable(struct cel_compiler *compiler, const struct cel_syntax *name,
                                 uint32_t count, struct cel_node *out)
{
    struct text container = name->rooted ? TEXT_NONE : compiler->environment->container;
    size_t slot = 0;
    uint32_t parts = find_variable(compiler, container, name, count, &slot);
    while (parts == 0 && container.size > 0) {
        container = outer_container(container);
        parts = find_variable(compiler, container, name, count, &slot);
    }
    if (parts == 0)
        return 0;
    *out = (struct cel_node){.kind = NODE_VARIABLE, .as.slot = (uint32_t)slot};
    compiler->uses[slot] = true;
    cel_compiler_reads(compiler, READS_VARIABLE);
    return parts;
}

static uint32_t resolve_type(const struct cel_syntax *name, uint32_t count, struct cel_node *out)
{
    for (size_t i = 0; i < sizeof named_types / sizeof named_types[0]; i++) {
        const char *type_name = cel_type_name(named_types[i]);
        uint32_t parts = match_parts(text_of(type_name), name, count);
        if (parts > 0) {
            out->kind = NODE_CONSTANT;
            out->as.constant = (struct cel_value){.type = CEL_TYPE, .as.type_name = type_name};
            return parts;
        }
    }
    return 0;
}

/* Resolves as many of the parts as make one name; their number in *used, 0 for none
 * (langdef.md, "Name Resolution": comprehensions first, then the longest). */
static bool resolve(struct cel_compiler *compiler, const struct cel_syntax *name, uint32_t count,
                    struct cel_node *out, uint32_t *used)
{
    bool is_local = false;
    *used = 1;
    if (!name->rooted && !cel_compile_local(compiler, name->text, name->offset, out, &is_local))
        return false;
    if (is_local)
        return true;
    *used = resolve_variable(compiler, name, count, out);
    if (*used == 0)
        *used = resolve_type(name, count, out);
    return true;
}

/* --- Paths ------------------------------------------------------------------------------- */

/* Compiles one step. A method that nothing has makes all of the path unresolved, in
 * *node. */
static bool compile_step(struct cel_compiler *compiler, const struct cel_syntax *syntax, bool has,
                         struct cel_step *out, struct cel_node *node)
{
    bool found;
    if (syntax->kind == SYNTAX_SELECT) {
        enum cel_step_kind kind = syntax->optional ? STEP_OPTIONAL_SELECT : STEP_SELECT;
        *out = (struct cel_step){has ? STEP_HAS : kind, {.name = syntax->text}};
        return true;
    }
    if (syntax->kind == SYNTAX_INDEX) {
        out->kind = syntax->optional ? STEP_OPTIONAL_INDEX : STEP_INDEX;
        return cel_compile_new(compiler, syntax->first, &out->as.node);
    }
    if (!cel_compile_macro(compiler, syntax, out, &found))
        return false;
    return found || cel_compile_method(compiler, syntax, out, node);
}

/* `base` is compiled; `first` and what follows it become the steps. */
static bool compile_steps(struct cel_compiler *compiler, const struct cel_node *base,
                          const struct cel_syntax *first, uint32_t count, bool has,
                          struct cel_node *out)
{
    void *memory;
    if (!cel_compile_array(compiler, count, sizeof(struct cel_step), &memory))
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
         step != NULL && step->kind == SYNTAX_SELECT && !step->quoted && !step->optional;
         step = step->next)
        parts++;
    return parts;
}

/* What a member begins with that has a name: a variable, a type, or the function of a
 * namespace. *used is how many of its children that takes; 0 when there is no such name. */
static bool compile_name(struct cel_compiler *compiler, const struct cel_syntax *member, bool has,
                         struct cel_node *out, uint32_t *used)
{
    const struct cel_syntax *name = member->first, *call = name;
    uint32_t parts = count_name_parts(member);
    if (!resolve(compiler, name, has && parts == member->count ? parts - 1 : parts, out, used))
        return false;
    for (uint32_t i = 0; i < parts && call != NULL; i++)
        call = call->next;
    if (*used > 0 || call == NULL || call->kind != SYNTAX_METHOD)
        return true;
    bool found;
    if (!cel_compile_qualified_call(compiler, name, parts + 1, call, out, &found))
        return false;
    if (found)
        *used = parts + 1;
    return true;
}

/* What a member begins with, as compile_name. */
static bool compile_base(struct cel_compiler *compiler, const struct cel_syntax *member, bool has,
                         struct cel_node *out, uint32_t *used)
{
    bool found;
    *used = 1;
    if (member->first->kind != SYNTAX_NAME)
        return cel_compile_node(compiler, member->first, out);
    if (!cel_compile_cel_macro(compiler, member, out, &found))
        return false;
    if (!found)
        return compile_name(compiler, member, has, out, used);
    *used = 2;
    return true;
}

static bool compile_member(struct cel_compiler *compiler, const struct cel_syntax *member, bool has,
                           struct cel_node *out)
{
    uint32_t used;
    void *memory;
    if (!cel_compile_array(compiler, 1, sizeof(struct cel_node), &memory))
        return false;
    struct cel_node *base = memory;
    if (!compile_base(compiler, member, has, base, &used))
        return false;
    if (used == 0)
        return unknown_variable(compiler, member->first, out);
    const struct cel_syntax *step = member->first;
    for (uint32_t i = 0; i < used && step != NULL; i++)
        step = step->next;
    if (step == NULL) {
        *out = *base;
        return true;
    }
    return compile_steps(compiler, base, step, member->count - used, has, out);
}

/* has(e.f) */
bool cel_compile_has(struct cel_compiler *compiler, const struct cel_syntax *argument,
                     struct cel_node *out)
{
    if (argument->kind != SYNTAX_MEMBER || argument->last->kind != SYNTAX_SELECT ||
        argument->last->optional)
        return cel_source_reject(compiler->source, argument->offset,
                                 "has() takes the selection of a field: has(x.field)");
    return compile_member(compiler, argument, true, out);
}

/* --- The rest ---------------------------------------------------------------------------- */

static bool compile_binary(struct cel_compiler *compiler, const struct cel_syntax *syntax,
                           struct cel_node *out)
{
    void *memory;
    uint32_t count = syntax->count - 1;
    if (!cel_compile_array(compiler, count, sizeof(struct cel_operation), &memory))
        return false;
    struct cel_operation *rest = memory;
    const struct cel_syntax *operand = syntax->first->next;
    out->kind = NODE_BINARY;
    out->count = count;
    out->as.binary.rest = rest;
    if (!cel_compile_new(compiler, syntax->first, &out->as.binary.first))
        return false;
    for (uint32_t i = 0; i < count; i++, operand = operand->next) {
        rest[i].operation = operand->operation;
        if (!cel_compile_node(compiler, operand, &rest[i].operand))
            return false;
    }
    return cel_fold_chain(compiler, out);
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

/* Which elements of a list, or keys of a map, begin with "?"; NULL for none. `stride` is 1
 * or 2. */
static bool compile_optional(struct cel_compiler *compiler, const struct cel_syntax *syntax,
                             uint32_t count, uint32_t stride, const bool **out)
{
    bool any = false;
    void *memory;
    for (const struct cel_syntax *child = syntax->first; child != NULL; child = child->next)
        any = any || child->optional;
    *out = NULL;
    if (!any)
        return true;
    if (!cel_compile_array(compiler, count, sizeof(bool), &memory))
        return false;
    bool *optional = memory;
    const struct cel_syntax *child = syntax->first;
    for (uint32_t i = 0; i < count; i++) {
        optional[i] = child->optional;
        for (uint32_t j = 0; j < stride; j++)
            child = child->next;
    }
    *out = optional;
    return true;
}

/* Lists, maps, conditionals, logic and signs: nodes with children of one kind. */
static bool compile_children(struct cel_compiler *compiler, const struct cel_syntax *syntax,
                             enum cel_node_kind kind, struct cel_node *out)
{
    uint32_t stride = kind == NODE_MAP ? 2 : 1;
    *out = (struct cel_node){.kind = kind, .count = syntax->count / stride};
    out->as.children.repeats = syntax->repeats;
    if (!cel_compile_siblings(compiler, syntax->first, syntax->count, &out->as.children.items))
        return false;
    if (kind != NODE_LIST && kind != NODE_MAP)
        return true;
    if (!compile_optional(compiler, syntax, out->count, stride, &out->as.children.optional))
        return false;
    if (kind == NODE_LIST)
        return cel_fold_list(compiler, out);
    out->as.children.keys_distinct = keys_are_distinct(out->as.children.items, out->count);
    return true;
}

static bool compile_single_name(struct cel_compiler *compiler, const struct cel_syntax *name,
                                struct cel_node *out)
{
    uint32_t used;
    return resolve(compiler, name, 1, out, &used) &&
           (used > 0 || unknown_variable(compiler, name, out));
}

static bool compile_kind(struct cel_compiler *compiler, const struct cel_syntax *syntax,
                         struct cel_node *out)
{
    switch (syntax->kind) {
    case SYNTAX_LITERAL:
        *out = (struct cel_node){.kind = NODE_CONSTANT, .as.constant = syntax->literal};
        return true;
    case SYNTAX_NAME: return compile_single_name(compiler, syntax, out);
    case SYNTAX_LIST: return compile_children(compiler, syntax, NODE_LIST, out);
    case SYNTAX_MAP: return compile_children(compiler, syntax, NODE_MAP, out);
    case SYNTAX_CALL: return cel_compile_global_call(compiler, syntax, out);
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

bool cel_compile_node(struct cel_compiler *compiler, const struct cel_syntax *syntax,
                      struct cel_node *out)
{
    if (compiler->depth == CEL_DEPTH_MAX)
        return cel_source_reject(compiler->source, syntax->offset, "nested deeper than %d levels",
                                 CEL_DEPTH_MAX);
    int64_t reads = compiler->reads;
    uint32_t slot = compiler->slot;
    compiler->reads = READS_NOTHING;
    compiler->depth++;
    if (compiler->deepest < compiler->depth)
        compiler->deepest = compiler->depth;
    bool compiled = compile_kind(compiler, syntax, out);
    if (compiled && compiler->reads >= slot) /* locals from here on are of this node itself */
        compiled = cel_fold(compiler, out);
    compiler->depth--;
    cel_compiler_reads(compiler, reads);
    return compiled;
}

/* What folding may take, of one expression: a hundredth of an evaluation. */
enum { FOLDING_COST_MAX = CEL_COST_MAX / 100, FOLDING_MEMORY_MAX = CEL_MEMORY_MAX / 100 };

static bool compile_program(struct cel_source *source, const struct cel_environment *environment,
                            bool lenient, const struct cel_program **out)
{
    const struct cel_syntax *syntax;
    struct cel_compiler compiler = {.source = source,
                                    .environment = environment,
                                    .lenient = lenient,
                                    .reads = READS_NOTHING,
                                    .folding = {.arena = source->arena,
                                                .time_zones = environment->time_zones,
                                                .cost = FOLDING_COST_MAX,
                                                .memory = FOLDING_MEMORY_MAX}};
    if (!cel_parse(source, &syntax))
        return false;
    struct cel_program *program = arena_alloc(source->arena, sizeof *program);
    compiler.uses = arena_alloc_array(source->arena, environment->count, sizeof *compiler.uses);
    if (program == NULL || compiler.uses == NULL)
        return cel_source_memory(source);
    if (!cel_compile_node(&compiler, syntax, &program->root))
        return false;
    program->local_count = compiler.slot_count;
    program->time_zones = environment->time_zones;
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
