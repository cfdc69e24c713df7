/* Actions, and what they leave behind: a changed context, raised events, effects. */
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

static enum status execute_raise(struct macrostep *macrostep, struct json event)
{
    enum status status = event_check(event, macrostep->error);
    return status == STATUS_OK ? raise_event(macrostep, event) : status;
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
    case ACTION_RAISE: return execute_raise(macrostep, value);
    case ACTION_LOG:
        return add_effect(macrostep, (struct effect){.kind = EFFECT_LOG, .value = value});
    }
    return error_set(macrostep->error, STATUS_FATAL, "action of unknown kind %d",
                     (int)action->kind);
}

/* "assign in entry of state ...". */
static const char *action_in(enum action_kind kind)
{
    switch (kind) {
    case ACTION_ASSIGN: return "assign in";
    case ACTION_EMIT: return "emit in";
    case ACTION_RAISE: return "raise in";
    case ACTION_LOG: return "log in";
    }
    return "action in";
}

enum status execute_actions(struct macrostep *macrostep, struct action_list actions,
                            struct place place)
{
    for (uint32_t i = 0; i < actions.count; i++) {
        if (execute_action(macrostep, &actions.items[i]) != STATUS_OK)
            return fail_at(macrostep, action_in(actions.items[i].kind), place);
    }
    return STATUS_OK;
}

/* --- Timers -------------------------------------------------------------------------------- */

static bool fires_before(const struct timer *a, const struct timer *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->sequence < b->sequence;
}

static enum status add_timer(struct macrostep *macrostep, struct timer timer)
{
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

static enum status start_timer(struct macrostep *macrostep, const struct delay *delay)
{
    int64_t ms;
    enum status status = evaluate_delay(macrostep, delay, &ms);
    if (status != STATUS_OK)
        return status;
    struct timer timer = {
        .id = delay->event_type,
        .due_ms = macrostep->now_ms > INT64_MAX - ms ? INT64_MAX : macrostep->now_ms + ms,
        .sequence = macrostep->timer_sequence++,
    };
    status = add_timer(macrostep, timer);
    if (status != STATUS_OK)
        return status;
    return add_effect(macrostep,
                      (struct effect){.kind = EFFECT_SCHEDULE, .id = timer.id, .delay_ms = ms});
}

enum status start_timers(struct macrostep *macrostep, const struct state *state)
{
    for (uint32_t i = 0; i < state->delay_count; i++) {
        enum status status = start_timer(macrostep, &state->delays[i]);
        if (status != STATUS_OK) {
            struct text name = state_name(macrostep->machine, state);
            return error_context(macrostep->error, "after \"%.*s\" of state \"%.*s\"",
                                 TEXT_ARGS(state->delays[i].key), TEXT_ARGS(name));
        }
    }
    return STATUS_OK;
}

/* An effect only if the timer still waits: one that has fired is gone already. */
static enum status cancel_timer(struct macrostep *macrostep, struct text id)
{
    struct timer *timers = macrostep->timers;
    size_t at = 0;
    while (at < macrostep->timer_count && !text_equal(timers[at].id, id))
        at++;
    if (at == macrostep->timer_count)
        return STATUS_OK;
    macrostep->timer_count--;
    for (; at < macrostep->timer_count; at++)
        timers[at] = timers[at + 1];
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
