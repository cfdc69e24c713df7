/* Actions, and what they leave behind: a changed context, raised events, effects. */
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/machine/macrostep.h"
#include "core/writer.h"

enum { ARRAY_CAPACITY_FIRST = 8 };

void *array_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    size_t wanted = *capacity == 0 ? ARRAY_CAPACITY_FIRST : *capacity * 2;
    void *grown = arena_alloc_array(arena, wanted, size);
    if (grown == NULL)
        return NULL;
    if (count > 0)
        memcpy(grown, items, count * size);
    *capacity = wanted;
    return grown;
}

/* --- Effects and raised events -------------------------------------------------------- */

static enum status add_effect(struct macrostep *macrostep, struct effect effect)
{
    if (macrostep->effect_count == macrostep->limits->effects_max)
        return error_set(macrostep->error, STATUS_REJECTED,
                         "more than %u effects of one event (limit effects_max)",
                         macrostep->limits->effects_max);
    struct effect *effects =
        array_grow(macrostep->arena, macrostep->effects, macrostep->effect_count,
                   &macrostep->effect_capacity, sizeof *effects);
    if (effects == NULL)
        return error_memory(macrostep->error);
    macrostep->effects = effects;
    effects[macrostep->effect_count++] = effect;
    return STATUS_OK;
}

enum status raise_event(struct macrostep *macrostep, struct json event)
{
    struct event_queue *queue = &macrostep->queue;
    if (queue->count == macrostep->limits->raised_events_max)
        return error_set(macrostep->error, STATUS_REJECTED,
                         "more than %u raised events and completions (limit raised_events_max)",
                         macrostep->limits->raised_events_max);
    struct json *items =
        array_grow(macrostep->arena, queue->items, queue->count, &queue->capacity, sizeof *items);
    if (items == NULL)
        return error_memory(macrostep->error);
    queue->items = items;
    items[queue->count++] = event;
    return STATUS_OK;
}

/* --- The kinds of actions --------------------------------------------------------------- */

/* Whether the context as JSON text is larger than the limit. Writing it is the only exact
 * way, so an upper bound is asked first: a byte of a string is at most six bytes of text
 * (\u001f), and any other node's text is smaller than six times its struct. */
static bool is_context_too_large(struct macrostep *macrostep)
{
    size_t size_max = macrostep->limits->context_size_max;
    if (json_packed_size(macrostep->context) <= size_max / 6)
        return false;
    struct arena_mark mark = arena_mark(macrostep->arena);
    struct writer writer;
    writer_init_arena(&writer, macrostep->arena, size_max);
    json_write(&writer, macrostep->context);
    arena_rewind(macrostep->arena, mark);
    return writer.overflowed;
}

enum status replace_context(struct macrostep *macrostep, struct json context)
{
    set_context(macrostep, context);
    macrostep->changed = true;
    if (is_context_too_large(macrostep))
        return error_set(macrostep->error, STATUS_REJECTED,
                         "context larger than %zu bytes (limit context_size_max)",
                         macrostep->limits->context_size_max);
    return STATUS_OK;
}

static enum status execute_assign(struct macrostep *macrostep, struct json patch)
{
    if (patch.type != JSON_OBJECT)
        return error_set(macrostep->error, STATUS_REJECTED,
                         "gives %s, where the members of the context are an object",
                         json_type_name(patch.type));
    struct json context;
    if (!json_merge(macrostep->arena, macrostep->context, patch, &context))
        return error_memory(macrostep->error);
    return replace_context(macrostep, context);
}

static enum status raise_later(struct macrostep *macrostep, const struct action *action,
                               struct json event);

static enum status execute_raise(struct macrostep *macrostep, const struct action *action,
                                 struct json event)
{
    enum status status = event_check(event, macrostep->error);
    if (status != STATUS_OK)
        return status;
    return action->delay == NULL ? raise_event(macrostep, event)
                                 : raise_later(macrostep, action, event);
}

static enum status cancel_timer(struct macrostep *macrostep, struct text id);

static enum status execute_cancel(struct macrostep *macrostep, struct json id)
{
    if (id.type != JSON_STRING)
        return error_set(macrostep->error, STATUS_REJECTED, "gives %s, where an id is a string",
                         json_type_name(id.type));
    return cancel_timer(macrostep, json_text(id));
}

static enum status execute_list(struct macrostep *macrostep, struct action_list actions);

/* The actions of a name, which see `params`. They may be named ones, too: recursion ends
 * at MACHINE_NAMED_DEPTH_MAX. */
static enum status execute_named(struct macrostep *macrostep, const struct action *action,
                                 struct json params)
{
    struct cel_value outer = macrostep->variables[SLOT_PARAMS];
    set_params(macrostep, params);
    enum status status = execute_list(macrostep, action->named);
    macrostep->variables[SLOT_PARAMS] = outer;
    return status;
}

static enum status execute_emit(struct macrostep *macrostep, const struct action *action,
                                struct json event)
{
    /* What has no expressions was checked when the definition was compiled. */
    enum status status = action->value.kind == TEMPLATE_CONSTANT
                             ? STATUS_OK
                             : emitted_event_check(event, macrostep->error);
    if (status != STATUS_OK)
        return status;
    return add_effect(macrostep, (struct effect){.kind = EFFECT_EMIT, .value = event});
}

static enum status execute_action(struct macrostep *macrostep, const struct action *action)
{
    struct json value;
    enum status status = evaluate_template(macrostep, &action->value, &value);
    if (status != STATUS_OK)
        return status;
    switch (action->kind) {
    case ACTION_ASSIGN: return execute_assign(macrostep, value);
    case ACTION_EMIT: return execute_emit(macrostep, action, value);
    case ACTION_RAISE: return execute_raise(macrostep, action, value);
    case ACTION_CANCEL: return execute_cancel(macrostep, value);
    case ACTION_NAMED: return execute_named(macrostep, action, value);
    case ACTION_LOG:
        return add_effect(macrostep, (struct effect){.kind = EFFECT_LOG, .value = value});
    }
    return error_set(macrostep->error, STATUS_FATAL, "action of unknown kind %d",
                     (int)action->kind);
}

/* "assign in entry of state ...". */
static const char *action_name(enum action_kind kind)
{
    switch (kind) {
    case ACTION_ASSIGN: return "assign";
    case ACTION_EMIT: return "emit";
    case ACTION_RAISE: return "raise";
    case ACTION_CANCEL: return "cancel";
    case ACTION_LOG: return "log";
    case ACTION_NAMED: return "params";
    }
    return "action";
}

/* One inside a named one says for itself which kind it is: macrostep->failed_action. */
static enum status execute_list(struct macrostep *macrostep, struct action_list actions)
{
    for (uint32_t i = 0; i < actions.count; i++) {
        enum status status = execute_action(macrostep, &actions.items[i]);
        if (status == STATUS_OK)
            continue;
        if (macrostep->failed_action == NULL)
            macrostep->failed_action = action_name(actions.items[i].kind);
        return status;
    }
    return STATUS_OK;
}

enum status execute_actions(struct macrostep *macrostep, struct action_list actions,
                            struct place place)
{
    if (execute_list(macrostep, actions) == STATUS_OK)
        return STATUS_OK;
    char what[32];
    snprintf(what, sizeof what, "%s in", macrostep->failed_action);
    return fail_at(macrostep, what, place);
}

/* --- Timers -------------------------------------------------------------------------------- */

static bool fires_before(const struct timer *a, const struct timer *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->sequence < b->sequence;
}

static enum status insert_timer(struct macrostep *macrostep, struct timer timer)
{
    if (macrostep->timer_count == MACHINE_TIMERS_MAX)
        return error_set(macrostep->error, STATUS_REJECTED,
                         "more than %d timers wait at the same time", MACHINE_TIMERS_MAX);
    struct timer *timers = array_grow(macrostep->arena, macrostep->timers, macrostep->timer_count,
                                      &macrostep->timer_capacity, sizeof *timers);
    if (timers == NULL)
        return error_memory(macrostep->error);
    macrostep->timers = timers;
    size_t at = macrostep->timer_count++;
    for (; at > 0 && fires_before(&timer, &timers[at - 1]); at--)
        timers[at] = timers[at - 1];
    timers[at] = timer;
    return STATUS_OK;
}

/* Fills in when it is due, and starts it. */
static enum status start_timer(struct macrostep *macrostep, struct timer timer,
                               const struct duration *duration)
{
    int64_t ms;
    enum status status = evaluate_duration(macrostep, duration, &ms);
    if (status != STATUS_OK)
        return status;
    timer.due_ms = macrostep->now_ms > INT64_MAX - ms ? INT64_MAX : macrostep->now_ms + ms;
    timer.sequence = macrostep->timer_sequence++;
    status = insert_timer(macrostep, timer);
    if (status != STATUS_OK)
        return status;
    return add_effect(macrostep, (struct effect){.kind = EFFECT_SCHEDULE,
                                                 .id = timer.id,
                                                 .value = timer.event,
                                                 .delay_ms = ms});
}

/* Ids that begin like the engine's own name timers of states. */
enum status timer_id_check(struct json id, struct error *error)
{
    if (id.type != JSON_STRING)
        return error_set(error, STATUS_REJECTED, "id is of type %s, not a string",
                         json_type_name(id.type));
    if (id.count == 0 || text_starts_with(json_text(id), "xstate."))
        return error_set(error, STATUS_REJECTED,
                         "id is empty or begins with \"xstate.\", as those of states do");
    return STATUS_OK;
}

static enum status raise_later(struct macrostep *macrostep, const struct action *action,
                               struct json event)
{
    struct timer timer = {.id = TEXT_NONE, .event = event, .is_raised = true};
    if (action->id != NULL) {
        struct json id;
        enum status status = evaluate_template(macrostep, action->id, &id);
        if (status == STATUS_OK)
            status = timer_id_check(id, macrostep->error);
        if (status != STATUS_OK)
            return status;
        timer.id = json_text(id);
    }
    return start_timer(macrostep, timer, action->delay);
}

enum status start_timers(struct macrostep *macrostep, const struct state *state)
{
    static const char *const names[] = {[DELAY_AFTER] = "after",
                                        [DELAY_TIMEOUT] = "timeout",
                                        [DELAY_INVOKE_TIMEOUT] = "timeout of invoke"};
    for (uint32_t i = 0; i < state->delay_count; i++) {
        const struct delay *delay = &state->delays[i];
        struct timer timer = {.id = delay->event_type, .event = delay->event};
        enum status status = start_timer(macrostep, timer, &delay->duration);
        if (status != STATUS_OK) {
            struct text name = state_name(macrostep->machine, state);
            return error_context(macrostep->error, "%s \"%.*s\" of state \"%.*s\"",
                                 names[delay->kind], TEXT_ARGS(delay->key), TEXT_ARGS(name));
        }
    }
    return STATUS_OK;
}

/* All timers of this id (SCXML 6.3; XState forgets all but the last). An effect only if
 * one still waits: one that has fired is gone already. */
static enum status cancel_timer(struct macrostep *macrostep, struct text id)
{
    struct timer *timers = macrostep->timers;
    size_t left = 0;
    for (size_t i = 0; i < macrostep->timer_count; i++) {
        if (timers[i].id.data == NULL || !text_equal(timers[i].id, id))
            timers[left++] = timers[i];
    }
    if (left == macrostep->timer_count)
        return STATUS_OK;
    macrostep->timer_count = left;
    return add_effect(macrostep, (struct effect){.kind = EFFECT_CANCEL, .id = id});
}

enum status cancel_timers(struct macrostep *macrostep, const struct state *state)
{
    for (uint32_t i = 0; i < state->delay_count; i++) {
        enum status status = cancel_timer(macrostep, state->delays[i].event_type);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}
