/* Calls of functions: finding the row of a table, and telling a writer what is near. */
#include <stdio.h>

#include "core/arena.h"
#include "core/cel/compiler.h"

/* --- Suggestions ------------------------------------------------------------------------ */

static bool is_function_or_macro(struct text name, enum cel_call_style style)
{
    const char *macro;
    if (style == CEL_GLOBAL && text_is(name, "has"))
        return true;
    for (size_t i = 0; style == CEL_RECEIVER && (macro = cel_macro_name(i)) != NULL; i++) {
        if (text_is(name, macro))
            return true;
    }
    const struct cel_function *function;
    for (size_t i = 0; (function = cel_function_at(i)) != NULL; i++) {
        if (function->style == style && text_is(name, function->name))
            return true;
    }
    return false;
}

static size_t count_names(void)
{
    size_t macros = 0, functions = 0;
    while (cel_macro_name(macros) != NULL)
        macros++;
    while (cel_function_at(functions) != NULL)
        functions++;
    return macros + functions + 1; /* and has() */
}

/* The nearest name that can be called in this style; TEXT_NONE when none is near. */
static struct text nearest_function(struct text name, enum cel_call_style style,
                                    struct arena *arena)
{
    size_t count = 0;
    struct text *names = arena_alloc_array(arena, count_names(), sizeof *names);
    const struct cel_function *function;
    const char *macro;
    if (names == NULL)
        return TEXT_NONE;
    for (size_t i = 0; (function = cel_function_at(i)) != NULL; i++) {
        if (function->style == style)
            names[count++] = text_of(function->name);
    }
    for (size_t i = 0; style == CEL_RECEIVER && (macro = cel_macro_name(i)) != NULL; i++)
        names[count++] = text_of(macro);
    if (style == CEL_GLOBAL)
        names[count++] = TEXT("has");
    int nearest = text_nearest(name, names, count);
    return nearest < 0 ? TEXT_NONE : names[nearest];
}

/* Says what is wrong with a call of `name`, whose `count` arguments are given: its name, its
 * style or that count. */
static bool unknown_call(struct cel_compiler *compiler, struct text name, uint32_t count,
                         size_t offset, enum cel_call_style style, struct cel_node *out)
{
    char message[CEL_ISSUE_SIZE];
    enum cel_call_style other = style == CEL_GLOBAL ? CEL_RECEIVER : CEL_GLOBAL;
    if (is_function_or_macro(name, style)) {
        snprintf(message, sizeof message, "%s%.*s%s() does not take %u argument%s",
                 style == CEL_RECEIVER ? "." : "", CEL_SHOWN(name), (unsigned)count,
                 count == 1 ? "" : "s");
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
    return cel_compile_unresolved(compiler, offset, message, out);
}

/* --- Calls ------------------------------------------------------------------------------ */

/* More than one argument of a function that takes a list of them. */
static bool compile_listed(struct cel_compiler *compiler, const struct cel_syntax *call,
                           struct cel_call *out)
{
    void *memory;
    if (!cel_compile_array(compiler, 1, sizeof(struct cel_node), &memory))
        return false;
    struct cel_node *list = memory;
    *list = (struct cel_node){.kind = NODE_LIST, .count = call->count};
    out->count = 1;
    out->arguments = list;
    return cel_compile_siblings(compiler, call->first, call->count, &list->as.children.items) &&
           cel_fold_list(compiler, list);
}

/* Has the function look at what is constant. *refused: it cannot be called with that, and
 * *out is what then becomes of the call. */
static bool prepare_call(struct cel_compiler *compiler, const struct cel_syntax *syntax,
                         struct cel_call *call, struct cel_node *out, bool *refused)
{
    const struct cel_value *arguments[CEL_ARGUMENTS_MAX] = {NULL};
    uint32_t first = call->function->style == CEL_RECEIVER;
    *refused = false;
    if (call->function->prepare == NULL)
        return true;
    for (uint32_t i = 0; i < call->count; i++) {
        if (call->arguments[i].kind == NODE_CONSTANT)
            arguments[first + i] = &call->arguments[i].as.constant;
    }
    struct cel_preparation preparation = {.arguments = arguments,
                                          .time_zones = compiler->environment->time_zones,
                                          .arena = compiler->source->arena};
    if (call->function->prepare(&preparation)) {
        call->prepared = preparation.prepared;
        return true;
    }
    if (preparation.error.status != STATUS_REJECTED)
        return cel_source_memory(compiler->source);
    *refused = true;
    return cel_compile_unresolved(compiler, syntax->offset, preparation.error.message, out);
}

static bool compile_call(struct cel_compiler *compiler, const struct cel_function *function,
                         const struct cel_syntax *call, struct cel_call *out)
{
    *out = (struct cel_call){.function = function,
                             .overload_count = cel_function_overloads(function),
                             .count = call->count};
    if (function->argument_count == CEL_ARGUMENTS_LISTED && call->count > 1)
        return compile_listed(compiler, call, out);
    return cel_compile_siblings(compiler, call->first, call->count, &out->arguments);
}

static bool compile_function(struct cel_compiler *compiler, const struct cel_function *function,
                             const struct cel_syntax *call, struct cel_node *out)
{
    bool refused;
    *out = (struct cel_node){.kind = NODE_CALL};
    return compile_call(compiler, function, call, &out->as.call) &&
           prepare_call(compiler, call, &out->as.call, out, &refused);
}

bool cel_compile_global_call(struct cel_compiler *compiler, const struct cel_syntax *call,
                             struct cel_node *out)
{
    if (text_is(call->text, "has") && call->count == 1)
        return cel_compile_has(compiler, call->first, out);
    const struct cel_function *function = cel_function_find(call->text, CEL_GLOBAL, call->count);
    if (function == NULL)
        return unknown_call(compiler, call->text, call->count, call->offset, CEL_GLOBAL, out);
    return compile_function(compiler, function, call, out);
}

bool cel_compile_method(struct cel_compiler *compiler, const struct cel_syntax *method,
                        struct cel_step *out, struct cel_node *node)
{
    bool refused;
    const struct cel_function *function =
        cel_function_find(method->text, CEL_RECEIVER, method->count + 1);
    if (function == NULL)
        return unknown_call(compiler, method->text, method->count, method->offset, CEL_RECEIVER,
                            node);
    out->kind = STEP_CALL;
    return compile_call(compiler, function, method, &out->as.call) &&
           prepare_call(compiler, method, &out->as.call, node, &refused);
}

/* Whether some function's name begins with `name` and a dot. */
static bool is_namespace(struct text name)
{
    const struct cel_function *function;
    for (size_t i = 0; (function = cel_function_at(i)) != NULL; i++) {
        struct text candidate = text_of(function->name);
        if (candidate.size > name.size && candidate.data[name.size] == '.' &&
            memcmp(candidate.data, name.data, name.size) == 0)
            return true;
    }
    return false;
}

bool cel_compile_qualified_call(struct cel_compiler *compiler, const struct cel_syntax *name,
                                uint32_t count, const struct cel_syntax *call, struct cel_node *out,
                                bool *found)
{
    *found = count == 2 && is_namespace(name->text); /* every namespace is one name */
    if (!*found)
        return true;
    size_t size = name->text.size + 1 + call->text.size;
    char *joined = arena_alloc(compiler->source->scratch, size);
    if (joined == NULL)
        return cel_source_memory(compiler->source);
    memcpy(joined, name->text.data, name->text.size);
    joined[name->text.size] = '.';
    memcpy(joined + name->text.size + 1, call->text.data, call->text.size);
    struct text qualified = {joined, size};
    const struct cel_function *function = cel_function_find(qualified, CEL_GLOBAL, call->count);
    if (function == NULL)
        return unknown_call(compiler, qualified, call->count, name->offset, CEL_GLOBAL, out);
    return compile_function(compiler, function, call, out);
}
