#include "core/machine/interpreter.h"

#include <string.h>

#include "core/arena.h"
#include "core/machine/contract.h"
#include "core/machine/macrostep.h"

/* --- Beginning and ending a macrostep --------------------------------------------------- */

/* The sets that a macrostep works with; each by itself, so that an overrun is seen. */
static enum status allocate_sets(struct macrostep *macrostep)
{
    uint64_t **const sets[] = {&macrostep->configuration, &macrostep->states_to_exit,
                               &macrostep->states_to_enter, &macrostep->states_for_default_entry,
                               &macrostep->configuration_before};
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        *sets[i] =
            arena_alloc_array(macrostep->arena, macrostep->machine->word_count, sizeof(uint64_t));
        if (*sets[i] == NULL)
            return error_memory(macrostep->error);
    }
    return STATUS_OK;
}

/* What every macrostep has: expressions see input and now, and no params. */
static enum status macrostep_begin(struct macrostep *macrostep, struct json input)
{
    macrostep->arena_used_before = arena_used(macrostep->arena);
    macrostep->value_budget = macrostep->limits->memory_max;
    macrostep->variables[SLOT_INPUT] = cel_from_json(input);
    macrostep->variables[SLOT_PARAMS] = cel_from_json(json_null());
    macrostep->variables[SLOT_NOW] = cel_timestamp_ms(macrostep->now_ms);
    return allocate_sets(macrostep);
}

/* Copies what will change; `timers_taken` of the first timers are left behind. */
static enum status macrostep_continue(struct macrostep *macrostep, const struct snapshot *snapshot,
                                      size_t timers_taken)
{
    state_set_copy(macrostep->configuration, snapshot->configuration);
    set_context(macrostep, snapshot->context);
    macrostep->status = snapshot->status;
    macrostep->timer_sequence = snapshot->timer_sequence;
    macrostep->history = snapshot->history;
    macrostep->history_count = snapshot->history_count;
    macrostep->timer_count = snapshot->timer_count - timers_taken;
    macrostep->timer_capacity = macrostep->timer_count;
    macrostep->timers =
        arena_alloc_array(macrostep->arena, macrostep->timer_capacity, sizeof *macrostep->timers);
    if (macrostep->timers == NULL)
        return error_memory(macrostep->error);
    if (macrostep->timer_count > 0)
        memcpy(macrostep->timers, snapshot->timers + timers_taken,
               macrostep->timer_count * sizeof *macrostep->timers);
    return STATUS_OK;
}

static void macrostep_end(struct macrostep *macrostep, struct machine_step *step)
{
    if (macrostep->status != MACHINE_ACTIVE)
        macrostep->timer_count = 0; /* delayed raises end with the machine */
    *step = (struct machine_step){
        .snapshot =
            {
                .status = macrostep->status,
                .configuration = macrostep->configuration,
                .context = macrostep->context,
                .output = macrostep->output,
                .has_output = macrostep->has_output,
                .error = json_null(),
                .history = macrostep->history,
                .history_count = macrostep->history_count,
                .timers = macrostep->timers,
                .timer_count = macrostep->timer_count,
                /* Without timers there is nothing to stand behind: beginning again makes
                   the snapshot the same, whether it was stored and read or not. */
                .timer_sequence = macrostep->timer_count == 0 ? 0 : macrostep->timer_sequence,
            },
        .effects = macrostep->effects,
        .effect_count = macrostep->effect_count,
        .transitioned = macrostep->transitioned,
        .microsteps = macrostep->microsteps,
    };
}

/* --- The macrostep ------------------------------------------------------------------------- */

static bool take_internal_event(struct macrostep *macrostep)
{
    struct event_queue *queue = &macrostep->queue;
    if (queue->next == queue->count)
        return false;
    set_event(macrostep, queue->items[queue->next++]);
    trace_current_event(macrostep);
    return true;
}

/* SCXML's macrostep: eventless transitions before internal events, until neither is left.
 * Eventless ones are tried again after an internal event, handled or not, and after
 * eventless ones that changed something. What completes the machine ends it at once. */
static enum status macrostep_run(struct macrostep *macrostep)
{
    bool tries_eventless = true;
    while (macrostep->status == MACHINE_ACTIVE) {
        enum status status = STATUS_OK;
        macrostep->enabled.count = 0;
        if (tries_eventless)
            status = select_eventless_transitions(macrostep);
        bool is_eventless = macrostep->enabled.count > 0;
        if (status == STATUS_OK && !is_eventless) {
            if (!take_internal_event(macrostep))
                return STATUS_OK;
            status = select_transitions(macrostep);
        }
        if (status == STATUS_OK)
            status = microstep(macrostep);
        if (status != STATUS_OK)
            return status;
        tries_eventless = !is_eventless || macrostep->changed;
    }
    return STATUS_OK;
}

/* The answer of an `invoke` has its data under the name that XState gives it, too. */
static enum status set_external_event(struct macrostep *macrostep, struct json event)
{
    const struct machine *machine = macrostep->machine;
    uint16_t number = machine_find_descriptor(machine, json_get_string(event, "type"));
    enum answer_kind answer =
        number == DESCRIPTOR_NONE ? ANSWER_NONE : machine->descriptors[number].answer;
    if (answer != ANSWER_NONE) {
        const struct json *data = json_get(event, "data");
        struct text name = answer == ANSWER_DONE ? TEXT("output") : TEXT("error");
        if (!json_set(macrostep->arena, event, name, data == NULL ? json_null() : *data, &event))
            return error_memory(macrostep->error);
    }
    set_event(macrostep, event);
    return STATUS_OK;
}

/* The macrostep of an event from outside, or of a timer. */
static enum status macrostep_of_event(struct macrostep *macrostep, struct json event)
{
    enum status status = set_external_event(macrostep, event);
    if (status != STATUS_OK)
        return status;
    trace_current_event(macrostep);
    status = select_transitions(macrostep);
    if (status == STATUS_OK)
        status = microstep(macrostep);
    if (status == STATUS_OK)
        status = macrostep_run(macrostep);
    return status;
}

/* --- machine_start ---------------------------------------------------------------------------- */

/* The event of the initial macrostep, as XState has it. */
static enum status set_init_event(struct macrostep *macrostep, struct json input)
{
    struct json_member *members = arena_alloc_array(macrostep->arena, 2, sizeof *members);
    if (members == NULL)
        return error_memory(macrostep->error);
    members[0] = JSON_MEMBER("type", json_string(TEXT("xstate.init")));
    members[1] = JSON_MEMBER("input", input);
    set_event(macrostep, json_object(members, 2));
    trace_current_event(macrostep);
    return STATUS_OK;
}

static enum status set_initial_context(struct macrostep *macrostep)
{
    struct json context = json_object(NULL, 0);
    set_context(macrostep, context);
    if (macrostep->machine->context == NULL)
        return STATUS_OK;
    if (evaluate_template(macrostep, macrostep->machine->context, &context) != STATUS_OK)
        return error_context(macrostep->error, "initial context");
    if (context.type != JSON_OBJECT)
        return error_set(macrostep->error, STATUS_REJECTED,
                         "initial context: is of type %s, where a context is an object",
                         json_type_name(context.type));
    return replace_context(macrostep, context);
}

enum status machine_start(const struct machine *machine, struct json input, int64_t now_ms,
                          const struct machine_limits *limits, struct arena *arena,
                          struct machine_step *step, struct error *error)
{
    struct macrostep macrostep = {
        .machine = machine, .limits = limits, .arena = arena, .error = error, .now_ms = now_ms};
    enum status status = contract_check_input(machine, input, arena, error);
    if (status == STATUS_OK)
        status = macrostep_begin(&macrostep, input);
    if (status == STATUS_OK)
        status = set_init_event(&macrostep, input);
    if (status == STATUS_OK)
        status = set_initial_context(&macrostep);
    if (status == STATUS_OK)
        status = initial_microstep(&macrostep);
    if (status == STATUS_OK)
        status = macrostep_run(&macrostep);
    if (status == STATUS_OK)
        macrostep_end(&macrostep, step);
    if (status == STATUS_OK)
        status = contract_check_step(machine, NULL, step, arena, error);
    return status;
}

/* --- machine_transition, machine_fire_timer ----------------------------------------------------- */

enum status event_check(struct json event, struct error *error)
{
    if (event.type != JSON_OBJECT)
        return error_set(error, STATUS_REJECTED, "event is of type %s, not an object with a type",
                         json_type_name(event.type));
    const struct json *type = json_get(event, "type");
    if (type == NULL || type->type != JSON_STRING)
        return error_set(error, STATUS_REJECTED, "event has no type that is a string");
    if (type->count == 0)
        return error_set(error, STATUS_REJECTED, "event has an empty type");
    if (text_is(json_text(*type), "*"))
        return error_set(error, STATUS_REJECTED,
                         "event has the type \"*\", which is the wildcard of definitions");
    return STATUS_OK;
}

static enum status step_of_event(const struct snapshot *snapshot, struct json input,
                                 struct json event, size_t timers_taken,
                                 struct macrostep *macrostep, struct machine_step *step)
{
    enum status status = macrostep_begin(macrostep, input);
    if (status == STATUS_OK)
        status = macrostep_continue(macrostep, snapshot, timers_taken);
    if (status == STATUS_OK)
        status = macrostep_of_event(macrostep, event);
    if (status == STATUS_OK)
        macrostep_end(macrostep, step);
    if (status == STATUS_OK)
        status = contract_check_step(macrostep->machine, snapshot, step, macrostep->arena,
                                     macrostep->error);
    return status;
}

enum status machine_transition(const struct machine *machine, const struct snapshot *snapshot,
                               struct json input, struct json event, int64_t now_ms,
                               const struct machine_limits *limits, struct arena *arena,
                               struct machine_step *step, struct error *error)
{
    enum status status = event_check(event, error);
    if (status != STATUS_OK)
        return status;
    if (snapshot->status != MACHINE_ACTIVE) {
        *step = (struct machine_step){.snapshot = *snapshot};
        return STATUS_OK;
    }
    status = contract_check_event(machine, event, arena, error);
    if (status != STATUS_OK)
        return status;
    struct macrostep macrostep = {
        .machine = machine, .limits = limits, .arena = arena, .error = error, .now_ms = now_ms};
    return step_of_event(snapshot, input, event, 0, &macrostep, step);
}

enum status machine_fire_timer(const struct machine *machine, const struct snapshot *snapshot,
                               struct json input, int64_t now_ms,
                               const struct machine_limits *limits, struct arena *arena,
                               struct machine_step *step, struct error *error)
{
    if (snapshot->timer_count == 0)
        return error_set(error, STATUS_FATAL, "no timer to fire");
    if (snapshot->status != MACHINE_ACTIVE) {
        *step = (struct machine_step){.snapshot = *snapshot};
        step->snapshot.timer_count = 0; /* timers end with the machine */
        return STATUS_OK;
    }
    struct macrostep macrostep = {
        .machine = machine, .limits = limits, .arena = arena, .error = error, .now_ms = now_ms};
    return step_of_event(snapshot, input, snapshot->timers[0].event, 1, &macrostep, step);
}

const char *machine_status_name(enum machine_status status)
{
    switch (status) {
    case MACHINE_ACTIVE: return "active";
    case MACHINE_DONE: return "done";
    case MACHINE_ERROR: return "error";
    case MACHINE_STOPPED: return "stopped";
    }
    return "unknown";
}
