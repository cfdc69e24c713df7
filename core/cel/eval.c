#include <inttypes.h>
#include <stdio.h>

#include "core/arena.h"
#include "core/cel/evaluation.h"
#include "core/cel/path.h"

/* --- Failing ---------------------------------------------------------------------- */

void cel_note(struct cel_evaluation *evaluation, const char *format, ...)
{
    if (evaluation->held)
        return;
    va_list args;
    va_start(args, format);
    error_set_v(evaluation->error, STATUS_REJECTED, format, args);
    va_end(args);
}

static void stop(struct cel_evaluation *evaluation, enum status status)
{
    evaluation->error->status = status;
    evaluation->stopped = true;
}

void cel_stop_cost(struct cel_evaluation *evaluation)
{
    evaluation->cost = evaluation->cost_max;
    error_set(evaluation->error, STATUS_REJECTED, "cost limit of %" PRIu64 " exceeded",
              evaluation->cost_max);
    stop(evaluation, STATUS_REJECTED);
}

bool cel_stop_memory(struct cel_evaluation *evaluation)
{
    error_memory(evaluation->error);
    stop(evaluation, STATUS_FATAL);
    return false;
}

/* Each allocation counts as at least this much, as it does in the arena. */
enum { ALLOCATION_SIZE_MIN = 16 };

void *cel_allocate(struct cel_evaluation *evaluation, size_t count, size_t size)
{
    size_t left = evaluation->memory_max - evaluation->memory;
    if (left < ALLOCATION_SIZE_MIN || (size != 0 && count > (left - ALLOCATION_SIZE_MIN) / size)) {
        error_set(evaluation->error, STATUS_REJECTED, "memory limit of %zu bytes exceeded",
                  evaluation->memory_max);
        stop(evaluation, STATUS_REJECTED);
        return NULL;
    }
    evaluation->memory += count * size + ALLOCATION_SIZE_MIN;
    void *memory = arena_alloc_array(evaluation->arena, count, size);
    if (memory == NULL)
        cel_stop_memory(evaluation);
    return memory;
}

/* --- Calls ---------------------------------------------------------------------------- */

static bool matches_types(const struct cel_function *function, const struct cel_value *arguments,
                          uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if ((function->argument_types[i] & CEL_TYPE_BIT(arguments[i].type)) == 0)
            return false;
    }
    return true;
}

/* Picks the overload by the types of the arguments. */
static bool dispatch(struct cel_evaluation *evaluation, const struct cel_call *call,
                     const struct cel_value *arguments, uint32_t count, struct cel_value *out)
{
    const struct cel_function *function = call->function;
    for (uint32_t i = 0; i < call->overload_count; i++) {
        if (matches_types(&function[i], arguments, count)) {
            evaluation->prepared = call->prepared;
            return function[i].call(evaluation, &function[i], arguments, out);
        }
    }
    cel_note_overload(evaluation, function->name, function->style, arguments, count);
    return false;
}

bool cel_call_function(struct cel_evaluation *evaluation, const struct cel_call *call,
                       const struct cel_value *receiver, struct cel_value *out)
{
    struct cel_value arguments[CEL_ARGUMENTS_MAX];
    uint32_t count = 0;
    if (receiver != NULL)
        arguments[count++] = *receiver;
    for (uint32_t i = 0; i < call->count; i++) {
        if (!cel_evaluate_node(evaluation, &call->arguments[i], &arguments[count++]))
            return false;
    }
    return dispatch(evaluation, call, arguments, count, out);
}

/* --- Operators ------------------------------------------------------------------------ */

/* Evaluates to a bool; an error where it is none, which says `where`: "&&". */
static bool evaluate_test(struct cel_evaluation *evaluation, const struct cel_node *test,
                          const char *where, bool *out)
{
    struct cel_value value;
    if (!cel_evaluate_node(evaluation, test, &value))
        return false;
    if (value.type != CEL_BOOL)
        return cel_fail(evaluation, "no such overload: %s with %s where a bool is needed", where,
                        cel_type_name(value.type));
    *out = value.as.boolean;
    return true;
}

static bool evaluate_binary(struct cel_evaluation *evaluation, const struct cel_node *node,
                            struct cel_value *out)
{
    struct cel_value left, right;
    if (!cel_evaluate_node(evaluation, node->as.binary.first, &left))
        return false;
    for (uint32_t i = 0; i < node->count; i++) {
        const struct cel_operation *operation = &node->as.binary.rest[i];
        if (!cel_evaluate_node(evaluation, &operation->operand, &right) ||
            !cel_operate(evaluation, operation->operation, &left, &right, &left))
            return false;
    }
    *out = left;
    return true;
}

/* `&&`: the first false decides; `||`: the first true. */
static bool evaluate_logic(struct cel_evaluation *evaluation, const struct cel_node *node,
                           bool deciding, struct cel_value *out)
{
    struct cel_absorbing absorbing = {.held_before = evaluation->held};
    const char *where = deciding ? "||" : "&&";
    for (uint32_t i = 0; i < node->count; i++) {
        bool operand = false;
        if (!evaluate_test(evaluation, &node->as.children.items[i], where, &operand)) {
            if (!cel_absorb(evaluation, &absorbing))
                return false;
        } else if (operand == deciding) {
            return cel_decided(evaluation, &absorbing, deciding, out);
        }
    }
    return cel_undecided(evaluation, &absorbing, !deciding, out);
}

static bool evaluate_conditional(struct cel_evaluation *evaluation, const struct cel_node *node,
                                 struct cel_value *out)
{
    const struct cel_node *items = node->as.children.items;
    uint32_t at = 0;
    while (at + 1 < node->count) { /* the last child is the value when no test held */
        bool test;
        if (!evaluate_test(evaluation, &items[at], "? :", &test))
            return false;
        if (test)
            return cel_evaluate_node(evaluation, &items[at + 1], out);
        at += 2;
    }
    return cel_evaluate_node(evaluation, &items[at], out);
}

static bool evaluate_not(struct cel_evaluation *evaluation, const struct cel_node *node,
                         struct cel_value *out)
{
    bool operand;
    if (!evaluate_test(evaluation, node->as.children.items, "!", &operand))
        return false;
    *out = cel_bool(operand != (node->as.children.repeats % 2 == 1));
    return true;
}

static bool evaluate_negate(struct cel_evaluation *evaluation, const struct cel_node *node,
                            struct cel_value *out)
{
    struct cel_value value;
    if (!cel_evaluate_node(evaluation, node->as.children.items, &value) ||
        !cel_charge(evaluation, node->as.children.repeats))
        return false;
    for (uint32_t i = 0; i < node->as.children.repeats; i++) {
        if (!cel_negate(evaluation, &value))
            return false;
    }
    *out = value;
    return true;
}

/* --- Lists and maps ------------------------------------------------------------------- */

/* Of [?e] and {?k: e}: e is an optional, and its value stands there if it has one. */
static bool unwrap(struct cel_evaluation *evaluation, struct cel_value *value, bool *present)
{
    if (value->type != CEL_OPTIONAL)
        return cel_fail(evaluation, "no such overload: an optional is needed behind \"?\", not %s",
                        cel_type_name(value->type));
    *present = value->count == 1;
    if (*present)
        *value = value->as.items[0];
    return true;
}

static bool evaluate_list(struct cel_evaluation *evaluation, const struct cel_node *node,
                          struct cel_value *out)
{
    struct cel_value *items = cel_allocate(evaluation, node->count, sizeof *items);
    const bool *optional = node->as.children.optional;
    uint32_t count = 0;
    if (items == NULL)
        return false;
    for (uint32_t i = 0; i < node->count; i++) {
        bool present = true;
        if (!cel_evaluate_node(evaluation, &node->as.children.items[i], &items[count]))
            return false;
        if (optional != NULL && optional[i] && !unwrap(evaluation, &items[count], &present))
            return false;
        count += present;
    }
    *out = cel_list(items, count);
    return true;
}

static bool evaluate_map(struct cel_evaluation *evaluation, const struct cel_node *node,
                         struct cel_value *out)
{
    struct cel_entry *entries = cel_allocate(evaluation, node->count, sizeof *entries);
    const bool *optional = node->as.children.optional;
    if (entries == NULL)
        return false;
    struct cel_value map = {.type = CEL_MAP, .as.entries = entries};
    const struct cel_node *item = node->as.children.items;
    for (uint32_t i = 0; i < node->count; i++, item += 2) {
        struct cel_entry *entry = &entries[map.count];
        bool present = true;
        if (!cel_evaluate_node(evaluation, item, &entry->key) ||
            !cel_evaluate_node(evaluation, item + 1, &entry->value))
            return false;
        if (optional != NULL && optional[i] && !unwrap(evaluation, &entry->value, &present))
            return false;
        if (!node->as.children.keys_distinct && !cel_check_key(evaluation, &map, &entry->key))
            return false;
        map.count += present;
    }
    *out = map;
    return true;
}

/* --- Locals ----------------------------------------------------------------------------- */

/* A bound value is found when it is read first. What fails then will fail in the same way
 * wherever else it is read, and is paid for each time. */
static bool evaluate_local(struct cel_evaluation *evaluation, uint32_t slot, struct cel_value *out)
{
    struct cel_local *local = &evaluation->locals[slot];
    if (local->pending != NULL) {
        if (!cel_evaluate_node(evaluation, local->pending, &local->value))
            return false;
        local->pending = NULL;
    }
    *out = local->value;
    return true;
}

static bool evaluate_bind(struct cel_evaluation *evaluation, const struct cel_node *node,
                          struct cel_value *out)
{
    for (uint32_t i = 0; i < node->count; i++)
        evaluation->locals[node->as.bind.slot + i].pending = &node->as.bind.values[i];
    return cel_evaluate_node(evaluation, node->as.bind.body, out);
}

/* --- The evaluator -------------------------------------------------------------------- */

bool cel_evaluate_node(struct cel_evaluation *evaluation, const struct cel_node *node,
                       struct cel_value *out)
{
    if (!cel_charge(evaluation, 1))
        return false;
    switch (node->kind) {
    case NODE_CONSTANT: *out = node->as.constant; return true;
    case NODE_VARIABLE: *out = evaluation->variables[node->as.slot]; return true;
    case NODE_LOCAL: return evaluate_local(evaluation, node->as.slot, out);
    case NODE_UNRESOLVED: return cel_fail(evaluation, "%s", node->as.message);
    case NODE_LIST: return evaluate_list(evaluation, node, out);
    case NODE_MAP: return evaluate_map(evaluation, node, out);
    case NODE_CALL: return cel_call_function(evaluation, &node->as.call, NULL, out);
    case NODE_BIND: return evaluate_bind(evaluation, node, out);
    case NODE_PATH: return cel_evaluate_path(evaluation, node, out);
    case NODE_BINARY: return evaluate_binary(evaluation, node, out);
    case NODE_AND: return evaluate_logic(evaluation, node, false, out);
    case NODE_OR: return evaluate_logic(evaluation, node, true, out);
    case NODE_CONDITIONAL: return evaluate_conditional(evaluation, node, out);
    case NODE_NOT: return evaluate_not(evaluation, node, out);
    case NODE_NEGATE: break;
    }
    return evaluate_negate(evaluation, node, out);
}

static bool make_locals(struct cel_evaluation *evaluation, uint32_t count)
{
    if (count > 0)
        evaluation->locals = cel_allocate(evaluation, count, sizeof *evaluation->locals);
    return count == 0 || evaluation->locals != NULL;
}

enum status cel_evaluate(const struct cel_program *program, const struct cel_value *variables,
                         uint64_t cost_max, struct arena *arena, struct cel_value *out,
                         uint64_t *cost, struct error *error)
{
    struct cel_evaluation evaluation = {.variables = variables,
                                        .time_zones = program->time_zones,
                                        .arena = arena,
                                        .cost_max = cost_max,
                                        .memory_max = CEL_MEMORY_MAX,
                                        .error = error};
    bool evaluated = make_locals(&evaluation, program->local_count) &&
                     cel_evaluate_node(&evaluation, &program->root, out);
    if (cost != NULL)
        *cost = evaluation.cost;
    return evaluated ? STATUS_OK : error->status;
}

enum status cel_evaluate_constant(struct cel_constant_budget *budget, const struct cel_node *node,
                                  struct cel_value *out)
{
    struct error error; /* unread: it will be found again where the program runs */
    struct cel_evaluation evaluation = {.time_zones = budget->time_zones,
                                        .arena = budget->arena,
                                        .cost_max = budget->cost,
                                        .memory_max = budget->memory,
                                        .error = &error};
    bool evaluated =
        make_locals(&evaluation, budget->local_count) && cel_evaluate_node(&evaluation, node, out);
    budget->cost -= evaluation.cost;
    budget->memory -= evaluation.memory;
    return evaluated ? STATUS_OK : error.status;
}
