/* Guards and templates: where the interpreter meets CEL. */
#include <stdio.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/machine/macrostep.h"

/* Ids and keys in messages are cut here: a message has to hold two of them. */
enum { NAME_SIZE_SHOWN = 200 };

void set_context(struct macrostep *macrostep, struct json context)
{
    macrostep->context = context;
    macrostep->variables[SLOT_CONTEXT] = cel_from_json(context);
}

void set_event(struct macrostep *macrostep, struct json event)
{
    macrostep->event = event;
    macrostep->variables[SLOT_EVENT] = cel_from_json(event);
}

void set_params(struct macrostep *macrostep, struct json params)
{
    macrostep->variables[SLOT_PARAMS] = cel_from_json(params);
}

/* --- Saying where something failed ------------------------------------------------ */

struct text state_name(const struct machine *machine, const struct state *state)
{
    struct text prefix = machine->states[0].id;
    struct text name = state->id;
    bool is_below = state->parent != STATE_NONE && name.size > prefix.size + 1 &&
                    name.data[prefix.size] == '.' &&
                    text_equal((struct text){name.data, prefix.size}, prefix);
    if (is_below)
        name = (struct text){name.data + prefix.size + 1, name.size - prefix.size - 1};
    if (name.size > NAME_SIZE_SHOWN)
        name.size = NAME_SIZE_SHOWN;
    return name;
}

static enum status fail_at_transition(struct macrostep *macrostep, const char *what,
                                      const struct transition *transition, struct text state)
{
    if (transition->descriptor == DESCRIPTOR_NONE)
        return error_context(macrostep->error, "%s the eventless transition of state \"%.*s\"",
                             what, TEXT_ARGS(state));
    struct text name = macrostep->machine->descriptors[transition->descriptor].name;
    if (name.size > NAME_SIZE_SHOWN)
        name.size = NAME_SIZE_SHOWN;
    return error_context(macrostep->error, "%s the transition on \"%.*s\" of state \"%.*s\"", what,
                         TEXT_ARGS(name), TEXT_ARGS(state));
}

enum status fail_at(struct macrostep *macrostep, const char *what, struct place place)
{
    static const char *const names[] = {
        [PLACE_ENTRY] = "entry", [PLACE_EXIT] = "exit", [PLACE_INITIAL] = "initial actions"};
    struct text state = state_name(macrostep->machine, place.state);
    if (place.kind == PLACE_TRANSITION)
        return fail_at_transition(macrostep, what, place.transition, state);
    return error_context(macrostep->error, "%s %s of state \"%.*s\"", what, names[place.kind],
                         TEXT_ARGS(state));
}

/* --- Expressions ------------------------------------------------------------------- */

/* Adds where the expression stands in the definition. */
static enum status fail_in_expression(struct macrostep *macrostep,
                                      const struct expression *expression,
                                      const struct error *reason)
{
    return error_set(macrostep->error, reason->status, "%.*s (at %.300s)", 500, reason->message,
                     expression->path);
}

static enum status evaluate(struct macrostep *macrostep, const struct expression *expression,
                            struct cel_value *out)
{
    struct error reason;
    enum status status =
        cel_evaluate(expression->program, macrostep->variables,
                     macrostep->limits->expression_cost_max, macrostep->arena, out, NULL, &reason);
    if (status != STATUS_OK)
        return fail_in_expression(macrostep, expression, &reason);
    return STATUS_OK;
}

static enum status check_memory(struct macrostep *macrostep)
{
    size_t used = arena_used(macrostep->arena) - macrostep->arena_used_before;
    if (used <= macrostep->limits->memory_max)
        return STATUS_OK;
    return error_set(macrostep->error, STATUS_REJECTED,
                     "one event takes more than %zu bytes of memory (limit memory_max)",
                     macrostep->limits->memory_max);
}

static enum status evaluate_condition(struct macrostep *macrostep,
                                      const struct expression *expression, bool *out)
{
    struct cel_value value;
    enum status status = evaluate(macrostep, expression, &value);
    if (status != STATUS_OK)
        return status;
    if (value.type != CEL_BOOL)
        return error_set(macrostep->error, STATUS_REJECTED,
                         "gives %s, where a guard is true or false (at %.300s)",
                         cel_type_name(value.type), expression->path);
    *out = value.as.boolean;
    return check_memory(macrostep);
}

static enum status holds_guard(struct macrostep *macrostep, const struct guard *guard, bool *holds);

/* As many operands as are needed: all while they hold, for `and`; or while they do not. */
static enum status holds_operands(struct macrostep *macrostep, const struct guard *guard,
                                  bool goes_on, bool *holds)
{
    *holds = goes_on;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < guard->count && status == STATUS_OK && *holds == goes_on; i++)
        status = holds_guard(macrostep, guard->operands[i], holds);
    return status;
}

static bool are_active(const struct macrostep *macrostep, const struct guard *guard)
{
    for (uint32_t i = 0; i < guard->count; i++) {
        if (!state_set_has(macrostep->configuration, guard->states[i]))
            return false;
    }
    return true;
}

static enum status holds_named(struct macrostep *macrostep, const struct guard *guard, bool *holds)
{
    struct cel_value outer = macrostep->variables[SLOT_PARAMS];
    struct json params = json_null();
    enum status status =
        guard->params == NULL ? STATUS_OK : evaluate_template(macrostep, guard->params, &params);
    set_params(macrostep, params);
    if (status == STATUS_OK)
        status = holds_guard(macrostep, guard->operands[0], holds);
    macrostep->variables[SLOT_PARAMS] = outer;
    return status;
}

/* Recursion ends: a guard has at most MACHINE_GUARD_SIZE_MAX parts. */
static enum status holds_guard(struct macrostep *macrostep, const struct guard *guard, bool *holds)
{
    enum status status = STATUS_OK;
    switch (guard->kind) {
    case GUARD_EXPRESSION: return evaluate_condition(macrostep, guard->expression, holds);
    case GUARD_AND: return holds_operands(macrostep, guard, true, holds);
    case GUARD_OR: return holds_operands(macrostep, guard, false, holds);
    case GUARD_NOT:
        status = holds_guard(macrostep, guard->operands[0], holds);
        *holds = !*holds;
        return status;
    case GUARD_STATE_IN: *holds = are_active(macrostep, guard); return STATUS_OK;
    case GUARD_NAMED: return holds_named(macrostep, guard, holds);
    }
    return error_set(macrostep->error, STATUS_FATAL, "guard of unknown kind %d", (int)guard->kind);
}

enum status evaluate_guard(struct macrostep *macrostep, const struct transition *transition,
                           bool *holds)
{
    *holds = true;
    if (transition->guard == NULL)
        return STATUS_OK;
    /* Nothing of the evaluation outlives the answer. */
    struct arena_mark mark = arena_mark(macrostep->arena);
    enum status status = holds_guard(macrostep, transition->guard, holds);
    arena_rewind(macrostep->arena, mark);
    if (status == STATUS_OK)
        return STATUS_OK;
    const struct state *source = &macrostep->machine->states[transition->source];
    return fail_at(macrostep, "guard of", (struct place){PLACE_TRANSITION, source, transition});
}

/* --- Templates ----------------------------------------------------------------------- */

static enum status evaluate_to_json(struct macrostep *macrostep,
                                    const struct expression *expression, struct json *out)
{
    struct cel_value value;
    enum status status = evaluate(macrostep, expression, &value);
    if (status != STATUS_OK)
        return status;
    struct error reason;
    if (cel_to_json(macrostep->arena, value, out, &reason) != STATUS_OK)
        return fail_in_expression(macrostep, expression, &reason);
    return STATUS_OK;
}

static enum status fill(struct macrostep *macrostep, const struct template *template,
                        struct json *out);

static enum status fill_array(struct macrostep *macrostep, const struct template *template,
                              struct json *out)
{
    struct json *items = arena_alloc_array(macrostep->arena, template->count, sizeof *items);
    if (items == NULL)
        return error_memory(macrostep->error);
    for (uint32_t i = 0; i < template->count; i++) {
        enum status status = fill(macrostep, &template->as.items[i], &items[i]);
        if (status != STATUS_OK)
            return status;
    }
    *out = json_array(items, template->count);
    return STATUS_OK;
}

static enum status fill_object(struct macrostep *macrostep, const struct template *template,
                               struct json *out)
{
    struct json_member *members =
        arena_alloc_array(macrostep->arena, template->count, sizeof *members);
    if (members == NULL)
        return error_memory(macrostep->error);
    for (uint32_t i = 0; i < template->count; i++) {
        members[i].name = template->as.members[i].name;
        enum status status = fill(macrostep, &template->as.members[i].value, &members[i].value);
        if (status != STATUS_OK)
            return status;
    }
    *out = json_object(members, template->count);
    return STATUS_OK;
}

/* Recursion ends at JSON_DEPTH_MAX: the template is a part of a definition. */
static enum status fill(struct macrostep *macrostep, const struct template *template,
                        struct json *out)
{
    switch (template->kind) {
    case TEMPLATE_CONSTANT: *out = template->as.constant; return STATUS_OK;
    case TEMPLATE_EXPRESSION: return evaluate_to_json(macrostep, template->as.expression, out);
    case TEMPLATE_ARRAY: return fill_array(macrostep, template, out);
    case TEMPLATE_OBJECT: return fill_object(macrostep, template, out);
    }
    return error_set(macrostep->error, STATUS_FATAL, "template of unknown kind %d",
                     (int)template->kind);
}

/* Takes the size of a value off *budget, and what it nests off `levels`; false when either
 * runs out, which also ends the walk. Parts may be shared ([a, a], of which the next is
 * made, and so on), so a value that took little memory can be astronomic to walk. */
static bool spend(struct json value, uint32_t levels, size_t *budget)
{
    size_t size = value.type == JSON_STRING   ? value.count
                  : value.type == JSON_ARRAY  ? value.count * sizeof(struct json)
                  : value.type == JSON_OBJECT ? value.count * sizeof(struct json_member)
                                              : 0;
    if (size > *budget) {
        *budget = 0;
        return false;
    }
    *budget -= size;
    if (value.type != JSON_ARRAY && value.type != JSON_OBJECT)
        return true;
    if (levels == 0)
        return false;
    for (uint32_t i = 0; i < value.count; i++) {
        bool is_array = value.type == JSON_ARRAY;
        struct json part = is_array ? value.as.items[i] : value.as.members[i].value;
        struct json name = json_string(is_array ? TEXT_NONE : value.as.members[i].name);
        if (!spend(name, 0, budget) || !spend(part, levels - 1, budget))
            return false;
    }
    return true;
}

static enum status check_value(struct macrostep *macrostep, struct json value)
{
    if (spend(value, VALUE_DEPTH_MAX, &macrostep->value_budget))
        return STATUS_OK;
    if (macrostep->value_budget > 0)
        return error_set(macrostep->error, STATUS_REJECTED, "makes a value deeper than %d levels",
                         VALUE_DEPTH_MAX);
    return error_set(macrostep->error, STATUS_REJECTED,
                     "one event makes values of more than %zu bytes (limit memory_max)",
                     macrostep->limits->memory_max);
}

enum status evaluate_template(struct macrostep *macrostep, const struct template *template,
                              struct json *out)
{
    enum status status = fill(macrostep, template, out);
    if (status == STATUS_OK)
        status = check_memory(macrostep);
    if (status == STATUS_OK && template->kind != TEMPLATE_CONSTANT)
        status = check_value(macrostep, *out);
    return status;
}

/* --- Durations ---------------------------------------------------------------------------- */

/* Milliseconds as a number, a CEL duration, or a text such as "5s". False: none of them,
 * negative, or above CLOCK_DELAY_MS_MAX. */
static bool duration_of_value(struct cel_value value, int64_t *ms)
{
    switch ((int)value.type) {
    case CEL_INT: *ms = value.as.integer; break;
    case CEL_UINT:
        *ms = value.as.uinteger > INT64_MAX ? INT64_MAX : (int64_t)value.as.uinteger;
        break;
    case CEL_DOUBLE: /* compared so that NaN is refused */
        if (!(value.as.number >= 0 && value.as.number <= (double)CLOCK_DELAY_MS_MAX))
            return false;
        *ms = (int64_t)value.as.number;
        break;
    case CEL_DURATION:
        if (value.as.time.seconds > CLOCK_DELAY_MS_MAX / 1000 || value.as.time.nanoseconds < 0)
            return false;
        *ms = value.as.time.seconds * 1000 + value.as.time.nanoseconds / 1000000;
        break;
    case CEL_STRING: return clock_parse_delay(value.as.text, ms);
    default: return false;
    }
    return *ms >= 0 && *ms <= CLOCK_DELAY_MS_MAX;
}

enum status evaluate_duration(struct macrostep *macrostep, const struct duration *duration,
                              int64_t *ms)
{
    *ms = duration->ms;
    if (duration->expression == NULL)
        return STATUS_OK;
    struct arena_mark mark = arena_mark(macrostep->arena);
    struct cel_value value;
    enum status status = evaluate(macrostep, duration->expression, &value);
    if (status == STATUS_OK && !duration_of_value(value, ms))
        status = error_set(macrostep->error, STATUS_REJECTED,
                           "gives no delay: milliseconds, a duration or a text like \"5s\", "
                           "from 0 to 100 years (at %.300s)",
                           duration->expression->path);
    arena_rewind(macrostep->arena, mark);
    return status;
}
