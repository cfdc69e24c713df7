#include <inttypes.h>
#include <stdio.h>

#include "core/arena.h"
#include "core/cel/evaluation.h"
#include "core/cel/shown.h"

static bool evaluate(struct cel_evaluation *evaluation, const struct cel_node *node,
                     struct cel_value *out);

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

/* Each allocation counts as at least this much, as it does in the arena. */
enum { ALLOCATION_SIZE_MIN = 16 };

void *cel_allocate(struct cel_evaluation *evaluation, size_t count, size_t size)
{
    size_t left = CEL_MEMORY_MAX - evaluation->memory;
    if (left < ALLOCATION_SIZE_MIN || (size != 0 && count > (left - ALLOCATION_SIZE_MIN) / size)) {
        error_set(evaluation->error, STATUS_REJECTED, "memory limit of %d bytes exceeded",
                  CEL_MEMORY_MAX);
        stop(evaluation, STATUS_REJECTED);
        return NULL;
    }
    evaluation->memory += count * size + ALLOCATION_SIZE_MIN;
    void *memory = arena_alloc_array(evaluation->arena, count, size);
    if (memory == NULL) {
        error_memory(evaluation->error);
        stop(evaluation, STATUS_FATAL);
    }
    return memory;
}

/* Folding `&&`, `||`, all and exists: an error is kept and the rest looked at, as it may
 * make the error irrelevant (langdef.md, "Logical Operators"). */
struct absorbing {
    bool held_before;
    bool failed;
};

/* Notes that an operand failed; false when the evaluation is stopped. */
static bool absorb(struct cel_evaluation *evaluation, struct absorbing *absorbing)
{
    absorbing->failed = true;
    evaluation->held = true; /* the first error is the one to report */
    return !evaluation->stopped;
}

/* The operand that decides was found: what failed before it never happened. */
static bool decided(struct cel_evaluation *evaluation, const struct absorbing *absorbing,
                    bool value, struct cel_value *out)
{
    evaluation->held = absorbing->held_before;
    *out = cel_bool(value);
    return true;
}

/* No operand decides: the error if there is one, else the value that is left. */
static bool undecided(struct cel_evaluation *evaluation, const struct absorbing *absorbing,
                      bool value, struct cel_value *out)
{
    evaluation->held = absorbing->held_before;
    *out = cel_bool(value);
    return !absorbing->failed;
}

/* --- Paths --------------------------------------------------------------------------- */

static bool fail_selection(struct cel_evaluation *evaluation, const struct cel_value *value,
                           struct text name)
{
    return cel_fail(evaluation, "no such overload: %s.%.*s%s (only a map has fields)",
                    cel_type_name(value->type), CEL_SHOWN(name));
}

static bool select_field(struct cel_evaluation *evaluation, struct text name,
                         struct cel_value *value)
{
    bool found;
    if (value->type != CEL_MAP)
        return fail_selection(evaluation, value, name);
    if (!cel_find_text(evaluation, value, name, value, &found))
        return false;
    return found || cel_fail(evaluation, "no such key: %.*s%s", CEL_SHOWN(name));
}

static bool has_field(struct cel_evaluation *evaluation, struct text name, struct cel_value *value)
{
    bool found;
    struct cel_value ignored;
    if (value->type != CEL_MAP)
        return fail_selection(evaluation, value, name);
    if (!cel_find_text(evaluation, value, name, &ignored, &found))
        return false;
    *value = cel_bool(found);
    return true;
}

/* How a key is named in a message. */
enum { KEY_SHOWN_SIZE = CEL_SHOWN_SIZE_MAX + 8 };

static const char *show_key(const struct cel_value *key, char shown[KEY_SHOWN_SIZE])
{
    const char *name = cel_type_name(key->type);
    if (key->type == CEL_STRING)
        snprintf(shown, KEY_SHOWN_SIZE, "%.*s%s", CEL_SHOWN(key->as.text));
    else if (key->type == CEL_INT)
        snprintf(shown, KEY_SHOWN_SIZE, "%" PRId64, key->as.integer);
    else if (key->type == CEL_UINT)
        snprintf(shown, KEY_SHOWN_SIZE, "%" PRIu64 "u", key->as.uinteger);
    else if (key->type == CEL_DOUBLE)
        snprintf(shown, KEY_SHOWN_SIZE, "%g", key->as.number);
    else if (key->type == CEL_BOOL)
        return key->as.boolean ? "true" : "false";
    else
        snprintf(shown, KEY_SHOWN_SIZE, "a key of type %s", name);
    return shown;
}

/* A number that is whole is an index, whichever type it has. */
static bool index_list(struct cel_evaluation *evaluation, const struct cel_value *index,
                       struct cel_value *list)
{
    char shown[KEY_SHOWN_SIZE];
    if (!cel_is_number(index))
        return cel_fail(evaluation, "no such overload: list[%s] (an index is an int)",
                        cel_type_name(index->type));
    int64_t at;
    if (index->type == CEL_INT)
        at = index->as.integer;
    else if (index->type == CEL_UINT)
        at = index->as.uinteger > INT64_MAX ? INT64_MAX : (int64_t)index->as.uinteger;
    else if (!cel_double_to_int(index->as.number, &at) || (double)at != index->as.number)
        return cel_fail(evaluation, "invalid index: %s is not a whole number",
                        show_key(index, shown));
    if (at < 0 || at >= (int64_t)cel_count(list))
        return cel_fail(evaluation, "index out of bounds: %s (the list has %" PRIu32 " element%s)",
                        show_key(index, shown), cel_count(list), cel_count(list) == 1 ? "" : "s");
    *list = cel_element(list, (uint32_t)at);
    return true;
}

static bool index_value(struct cel_evaluation *evaluation, const struct cel_node *node,
                        struct cel_value *value)
{
    struct cel_value index;
    char shown[KEY_SHOWN_SIZE];
    bool found;
    if (!evaluate(evaluation, node, &index))
        return false;
    if (value->type == CEL_LIST)
        return index_list(evaluation, &index, value);
    if (value->type != CEL_MAP)
        return cel_fail(evaluation, "no such overload: %s[%s]", cel_type_name(value->type),
                        cel_type_name(index.type));
    if (!cel_find(evaluation, value, &index, value, &found))
        return false;
    return found || cel_fail(evaluation, "no such key: %s", show_key(&index, shown));
}

/* --- Comprehensions ------------------------------------------------------------------- */

static bool loop(struct cel_evaluation *evaluation, const struct cel_comprehension *comprehension,
                 struct cel_value *value);

/* The element of a list, or the key of a map, becomes the loop's variable. */
static bool enter_element(struct cel_evaluation *evaluation, uint32_t slot,
                          const struct cel_value *range, uint32_t index)
{
    evaluation->locals[slot] =
        range->type == CEL_LIST ? cel_element(range, index) : cel_entry_at(range, index).key;
    return cel_charge(evaluation, 1);
}

static bool evaluate_test(struct cel_evaluation *evaluation, const struct cel_node *test,
                          const char *where, bool *out)
{
    struct cel_value value;
    if (!evaluate(evaluation, test, &value))
        return false;
    if (value.type != CEL_BOOL)
        return cel_fail(evaluation, "no such overload: %s with %s where a bool is needed", where,
                        cel_type_name(value.type));
    *out = value.as.boolean;
    return true;
}

/* all: the first false decides; exists: the first true. */
static bool loop_until(struct cel_evaluation *evaluation,
                       const struct cel_comprehension *comprehension, bool deciding,
                       const struct cel_value *range, struct cel_value *out)
{
    struct absorbing absorbing = {.held_before = evaluation->held};
    const char *where = deciding ? "exists()" : "all()";
    uint32_t count = cel_count(range);
    for (uint32_t i = 0; i < count; i++) {
        bool test;
        if (!enter_element(evaluation, comprehension->slot, range, i))
            return false;
        if (!evaluate_test(evaluation, comprehension->test, where, &test)) {
            if (!absorb(evaluation, &absorbing))
                return false;
        } else if (test == deciding) {
            return decided(evaluation, &absorbing, deciding, out);
        }
    }
    return undecided(evaluation, &absorbing, !deciding, out);
}

static bool loop_exists_one(struct cel_evaluation *evaluation,
                            const struct cel_comprehension *comprehension,
                            const struct cel_value *range, struct cel_value *out)
{
    uint32_t count = cel_count(range), matches = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool test;
        if (!enter_element(evaluation, comprehension->slot, range, i) ||
            !evaluate_test(evaluation, comprehension->test, "exists_one()", &test))
            return false;
        matches += test;
    }
    *out = cel_bool(matches == 1);
    return true;
}

/* map and filter: a list of what passes the test, transformed or as it is. */
static bool loop_collect(struct cel_evaluation *evaluation,
                         const struct cel_comprehension *comprehension,
                         const struct cel_value *range, struct cel_value *out)
{
    const char *where = comprehension->kind == COMPREHENSION_MAP ? "map()" : "filter()";
    uint32_t count = cel_count(range), kept = 0;
    struct cel_value *items = cel_allocate(evaluation, count, sizeof *items);
    if (items == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        bool test = true;
        if (!enter_element(evaluation, comprehension->slot, range, i))
            return false;
        if (comprehension->test != NULL &&
            !evaluate_test(evaluation, comprehension->test, where, &test))
            return false;
        if (!test)
            continue;
        if (comprehension->transform == NULL)
            items[kept] = evaluation->locals[comprehension->slot];
        else if (!evaluate(evaluation, comprehension->transform, &items[kept]))
            return false;
        kept++;
    }
    *out = (struct cel_value){.type = CEL_LIST, .count = kept, .as.items = items};
    return true;
}

static bool loop(struct cel_evaluation *evaluation, const struct cel_comprehension *comprehension,
                 struct cel_value *value)
{
    const struct cel_value range = *value;
    if (range.type != CEL_LIST && range.type != CEL_MAP)
        return cel_fail(evaluation,
                        "no such overload: %s where a list or map is needed to loop "
                        "over",
                        cel_type_name(range.type));
    switch (comprehension->kind) {
    case COMPREHENSION_ALL: return loop_until(evaluation, comprehension, false, &range, value);
    case COMPREHENSION_EXISTS: return loop_until(evaluation, comprehension, true, &range, value);
    case COMPREHENSION_EXISTS_ONE: return loop_exists_one(evaluation, comprehension, &range, value);
    case COMPREHENSION_MAP:
    case COMPREHENSION_FILTER: break;
    }
    return loop_collect(evaluation, comprehension, &range, value);
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
static bool dispatch(struct cel_evaluation *evaluation, const struct cel_function *function,
                     const struct cel_value *arguments, uint32_t count, struct cel_value *out)
{
    const struct cel_function *overload = function;
    while (!matches_types(overload, arguments, count)) {
        overload = cel_function_next(overload);
        if (overload == NULL) {
            cel_note_overload(evaluation, function->name, function->style, arguments, count);
            return false;
        }
    }
    return overload->call(evaluation, overload, arguments, out);
}

/* `receiver` is NULL for f(x); `out` may be the receiver. */
static bool call(struct cel_evaluation *evaluation, const struct cel_call *call,
                 const struct cel_value *receiver, struct cel_value *out)
{
    struct cel_value arguments[CEL_ARGUMENTS_MAX];
    uint32_t count = 0;
    if (receiver != NULL)
        arguments[count++] = *receiver;
    for (uint32_t i = 0; i < call->count; i++) {
        if (!evaluate(evaluation, &call->arguments[i], &arguments[count++]))
            return false;
    }
    return dispatch(evaluation, call->function, arguments, count, out);
}

static bool take_step(struct cel_evaluation *evaluation, const struct cel_step *step,
                      struct cel_value *value)
{
    switch (step->kind) {
    case STEP_SELECT: return select_field(evaluation, step->as.name, value);
    case STEP_HAS: return has_field(evaluation, step->as.name, value);
    case STEP_INDEX: return index_value(evaluation, step->as.index, value);
    case STEP_CALL: return call(evaluation, &step->as.call, value, value);
    case STEP_COMPREHENSION: break;
    }
    return loop(evaluation, step->as.comprehension, value);
}

static bool evaluate_path(struct cel_evaluation *evaluation, const struct cel_node *node,
                          struct cel_value *out)
{
    struct cel_value value;
    if (!evaluate(evaluation, node->as.path.base, &value))
        return false;
    for (uint32_t i = 0; i < node->count; i++) {
        if (!cel_charge(evaluation, 1) || !take_step(evaluation, &node->as.path.steps[i], &value))
            return false;
    }
    *out = value;
    return true;
}

/* --- Operators ------------------------------------------------------------------------ */

static bool evaluate_binary(struct cel_evaluation *evaluation, const struct cel_node *node,
                            struct cel_value *out)
{
    struct cel_value left, right;
    if (!evaluate(evaluation, node->as.binary.first, &left))
        return false;
    for (uint32_t i = 0; i < node->count; i++) {
        const struct cel_operation *operation = &node->as.binary.rest[i];
        if (!evaluate(evaluation, &operation->operand, &right) ||
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
    struct absorbing absorbing = {.held_before = evaluation->held};
    const char *where = deciding ? "||" : "&&";
    for (uint32_t i = 0; i < node->count; i++) {
        bool operand = false;
        if (!evaluate_test(evaluation, &node->as.children.items[i], where, &operand)) {
            if (!absorb(evaluation, &absorbing))
                return false;
        } else if (operand == deciding) {
            return decided(evaluation, &absorbing, deciding, out);
        }
    }
    return undecided(evaluation, &absorbing, !deciding, out);
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
            return evaluate(evaluation, &items[at + 1], out);
        at += 2;
    }
    return evaluate(evaluation, &items[at], out);
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
    if (!evaluate(evaluation, node->as.children.items, &value) ||
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

static bool evaluate_list(struct cel_evaluation *evaluation, const struct cel_node *node,
                          struct cel_value *out)
{
    struct cel_value *items = cel_allocate(evaluation, node->count, sizeof *items);
    if (items == NULL)
        return false;
    for (uint32_t i = 0; i < node->count; i++) {
        if (!evaluate(evaluation, &node->as.children.items[i], &items[i]))
            return false;
    }
    *out = (struct cel_value){.type = CEL_LIST, .count = node->count, .as.items = items};
    return true;
}

/* Checks the key of the last entry of `map` against those before it. */
static bool check_key(struct cel_evaluation *evaluation, const struct cel_value *map,
                      const struct cel_value *key)
{
    char shown[KEY_SHOWN_SIZE];
    struct cel_value ignored;
    bool found;
    if (key->type != CEL_BOOL && key->type != CEL_INT && key->type != CEL_UINT &&
        key->type != CEL_STRING)
        return cel_fail(evaluation,
                        "unsupported key type: %s (a key is a bool, int, uint or "
                        "string)",
                        cel_type_name(key->type));
    if (!cel_find(evaluation, map, key, &ignored, &found))
        return false;
    return !found || cel_fail(evaluation, "repeated key in a map: %s", show_key(key, shown));
}

static bool evaluate_map(struct cel_evaluation *evaluation, const struct cel_node *node,
                         struct cel_value *out)
{
    struct cel_entry *entries = cel_allocate(evaluation, node->count, sizeof *entries);
    if (entries == NULL)
        return false;
    struct cel_value map = {.type = CEL_MAP, .as.entries = entries};
    const struct cel_node *item = node->as.children.items;
    for (uint32_t i = 0; i < node->count; i++, item += 2) {
        if (!evaluate(evaluation, item, &entries[i].key) ||
            !evaluate(evaluation, item + 1, &entries[i].value))
            return false;
        if (!node->as.children.keys_distinct && !check_key(evaluation, &map, &entries[i].key))
            return false;
        map.count++;
    }
    *out = map;
    return true;
}

/* --- The evaluator -------------------------------------------------------------------- */

static bool evaluate(struct cel_evaluation *evaluation, const struct cel_node *node,
                     struct cel_value *out)
{
    if (!cel_charge(evaluation, 1))
        return false;
    switch (node->kind) {
    case NODE_CONSTANT: *out = node->as.constant; return true;
    case NODE_VARIABLE: *out = evaluation->variables[node->as.slot]; return true;
    case NODE_LOCAL: *out = evaluation->locals[node->as.slot]; return true;
    case NODE_UNRESOLVED: return cel_fail(evaluation, "%s", node->as.message);
    case NODE_LIST: return evaluate_list(evaluation, node, out);
    case NODE_MAP: return evaluate_map(evaluation, node, out);
    case NODE_CALL: return call(evaluation, &node->as.call, NULL, out);
    case NODE_PATH: return evaluate_path(evaluation, node, out);
    case NODE_BINARY: return evaluate_binary(evaluation, node, out);
    case NODE_AND: return evaluate_logic(evaluation, node, false, out);
    case NODE_OR: return evaluate_logic(evaluation, node, true, out);
    case NODE_CONDITIONAL: return evaluate_conditional(evaluation, node, out);
    case NODE_NOT: return evaluate_not(evaluation, node, out);
    case NODE_NEGATE: break;
    }
    return evaluate_negate(evaluation, node, out);
}

enum status cel_evaluate(const struct cel_program *program, const struct cel_value *variables,
                         uint64_t cost_max, struct arena *arena, struct cel_value *out,
                         uint64_t *cost, struct error *error)
{
    struct cel_value no_local = {.type = CEL_NULL}; /* of a program without loops */
    struct cel_evaluation evaluation = {.variables = variables,
                                        .locals = &no_local,
                                        .arena = arena,
                                        .cost_max = cost_max,
                                        .error = error};
    bool evaluated = true;
    if (program->local_count > 0) {
        evaluation.locals =
            cel_allocate(&evaluation, program->local_count, sizeof *evaluation.locals);
        evaluated = evaluation.locals != NULL;
    }
    evaluated = evaluated && evaluate(&evaluation, &program->root, out);
    if (cost != NULL)
        *cost = evaluation.cost;
    return evaluated ? STATUS_OK : error->status;
}
