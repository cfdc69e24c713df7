/* History states: what they stand for, and what is recorded for them (SCXML 3.10). */
#include <string.h>

#include "core/arena.h"
#include "core/machine/macrostep.h"

/* Where the record of this history state is, or would be. */
static size_t history_position(const struct macrostep *macrostep, uint16_t history)
{
    size_t low = 0, high = macrostep->history_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (macrostep->history[middle].state < history)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct state_list history_targets(const struct macrostep *macrostep, const struct state *history,
                                  bool *is_recorded)
{
    size_t at = history_position(macrostep, history->number);
    *is_recorded = at < macrostep->history_count && macrostep->history[at].state == history->number;
    if (*is_recorded)
        return (struct state_list){macrostep->history[at].states, macrostep->history[at].count};
    return (struct state_list){history->default_targets, history->default_target_count};
}

/* --- Effective targets ---------------------------------------------------------------- */

static struct state_list targets_of(const struct macrostep *macrostep, const uint16_t *target)
{
    bool is_recorded;
    const struct state *state = &macrostep->machine->states[*target];
    if (state->type == STATE_HISTORY)
        return history_targets(macrostep, state, &is_recorded);
    return (struct state_list){target, 1};
}

enum status get_effective_target_states(struct macrostep *macrostep,
                                        const struct transition *transition, struct state_list *out)
{
    size_t count = 0;
    for (uint16_t i = 0; i < transition->target_count; i++)
        count += targets_of(macrostep, &transition->targets[i]).count;
    uint16_t *states = arena_alloc_array(macrostep->arena, count, sizeof *states);
    if (states == NULL)
        return error_memory(macrostep->error);
    *out = (struct state_list){states, count};
    for (uint16_t i = 0; i < transition->target_count; i++) {
        struct state_list targets = targets_of(macrostep, &transition->targets[i]);
        for (size_t t = 0; t < targets.count; t++)
            *states++ = targets.items[t];
    }
    return STATUS_OK;
}

/* --- Recording -------------------------------------------------------------------------- */

static bool is_remembered(const struct macrostep *macrostep, const struct state *history,
                          uint16_t state)
{
    const struct state *candidate = &macrostep->machine->states[state];
    return history->is_deep ? state_is_leaf(candidate) : candidate->parent == history->parent;
}

/* The first active state from `from` on that the history state remembers. */
static uint16_t next_remembered(const struct macrostep *macrostep, const struct state *history,
                                uint32_t from)
{
    uint32_t last = macrostep->machine->states[history->parent].last_descendant;
    uint16_t state = state_set_next(macrostep->configuration, last, from);
    while (state != STATE_NONE && !is_remembered(macrostep, history, state))
        state = state_set_next(macrostep->configuration, last, (uint32_t)state + 1);
    return state;
}

static enum status make_record(struct macrostep *macrostep, const struct state *history,
                               struct history_record *record)
{
    uint32_t first = (uint32_t)history->parent + 1;
    size_t count = 0;
    for (uint16_t s = next_remembered(macrostep, history, first); s != STATE_NONE;
         s = next_remembered(macrostep, history, (uint32_t)s + 1))
        count++;
    uint16_t *states = arena_alloc_array(macrostep->arena, count, sizeof *states);
    if (states == NULL)
        return error_memory(macrostep->error);
    *record = (struct history_record){history->number, (uint16_t)count, states};
    for (uint16_t s = next_remembered(macrostep, history, first); s != STATE_NONE;
         s = next_remembered(macrostep, history, (uint32_t)s + 1))
        *states++ = s;
    return STATUS_OK;
}

/* The records that came in belong to the snapshot: the first change is made to a copy. */
static enum status make_room(struct macrostep *macrostep)
{
    if (macrostep->history_count < macrostep->history_capacity)
        return STATUS_OK;
    size_t capacity = 2 * macrostep->history_count + 1;
    struct history_record *records = arena_alloc_array(macrostep->arena, capacity, sizeof *records);
    if (records == NULL)
        return error_memory(macrostep->error);
    if (macrostep->history_count > 0)
        memcpy(records, macrostep->history, macrostep->history_count * sizeof *records);
    macrostep->own_history = records;
    macrostep->history = records;
    macrostep->history_capacity = capacity;
    return STATUS_OK;
}

static enum status put_record(struct macrostep *macrostep, struct history_record record)
{
    enum status status = make_room(macrostep);
    if (status != STATUS_OK)
        return status;
    struct history_record *records = macrostep->own_history;
    size_t at = history_position(macrostep, record.state);
    if (at == macrostep->history_count || records[at].state != record.state) {
        memmove(records + at + 1, records + at, (macrostep->history_count - at) * sizeof *records);
        macrostep->history_count++;
    }
    records[at] = record;
    macrostep->changed = true;
    return STATUS_OK;
}

enum status record_history(struct macrostep *macrostep, const struct state *parent)
{
    for (uint16_t i = 0; i < parent->history_count; i++) {
        struct history_record record = {0};
        const struct state *history = &macrostep->machine->states[parent->histories[i]];
        enum status status = make_record(macrostep, history, &record);
        if (status == STATUS_OK)
            status = put_record(macrostep, record);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}
