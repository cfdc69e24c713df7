/* Snapshots as values: XState's persisted snapshot, state values, tags. */
#include <string.h>

#include "core/arena.h"
#include "core/machine/macrostep.h"

/* --- The state value -------------------------------------------------------------------- */

static bool value_of(const struct machine *machine, const uint64_t *configuration,
                     const struct state *state, struct arena *arena, struct json *out);

static bool add_member(const struct machine *machine, const uint64_t *configuration,
                       const struct state *child, struct arena *arena, struct json_member *member)
{
    member->name = child->key;
    return value_of(machine, configuration, child, arena, &member->value);
}

/* A leaf that is active: its key. Otherwise {child: value of child}. */
static bool value_of_compound(const struct machine *machine, const uint64_t *configuration,
                              const struct state *state, struct arena *arena, struct json *out)
{
    uint16_t number = state_active_child(configuration, state);
    if (number == STATE_NONE) {
        *out = json_object(NULL, 0);
        return true;
    }
    const struct state *child = &machine->states[number];
    if (state_is_leaf(child)) {
        *out = json_string(child->key);
        return true;
    }
    struct json_member *member = arena_alloc(arena, sizeof *member);
    if (member == NULL || !add_member(machine, configuration, child, arena, member))
        return false;
    *out = json_object(member, 1);
    return true;
}

static bool value_of_parallel(const struct machine *machine, const uint64_t *configuration,
                              const struct state *state, struct arena *arena, struct json *out)
{
    size_t count = 0;
    for (uint16_t region = state_first_region(machine, state->number); region != STATE_NONE;
         region = state_next_region(machine, region))
        count++;
    struct json_member *members = arena_alloc_array(arena, count, sizeof *members);
    if (members == NULL)
        return false;
    size_t at = 0;
    for (uint16_t region = state_first_region(machine, state->number); region != STATE_NONE;
         region = state_next_region(machine, region)) {
        if (!add_member(machine, configuration, &machine->states[region], arena, &members[at++]))
            return false;
    }
    *out = json_object(members, count);
    return true;
}

/* Recursion ends at MACHINE_STATE_DEPTH_MAX. */
static bool value_of(const struct machine *machine, const uint64_t *configuration,
                     const struct state *state, struct arena *arena, struct json *out)
{
    if (state->type == STATE_COMPOUND)
        return value_of_compound(machine, configuration, state, arena, out);
    if (state->type == STATE_PARALLEL)
        return value_of_parallel(machine, configuration, state, arena, out);
    *out = json_object(NULL, 0);
    return true;
}

bool snapshot_value(const struct machine *machine, const struct snapshot *snapshot,
                    struct arena *arena, struct json *out)
{
    return value_of(machine, snapshot->configuration, &machine->states[0], arena, out);
}

/* --- Tags and ids -------------------------------------------------------------------------- */

static uint16_t next_active(const struct machine *machine, const struct snapshot *snapshot,
                            uint32_t from)
{
    return state_set_next(snapshot->configuration, machine->states[0].last_descendant, from);
}

static bool has_item(const struct json *items, size_t count, struct text text)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal(json_text(items[i]), text))
            return true;
    }
    return false;
}

bool snapshot_tags(const struct machine *machine, const struct snapshot *snapshot,
                   struct arena *arena, struct json *out)
{
    size_t room = 0, count = 0;
    for (uint16_t s = next_active(machine, snapshot, 0); s != STATE_NONE;
         s = next_active(machine, snapshot, (uint32_t)s + 1))
        room += machine->states[s].tag_count;
    struct json *items = arena_alloc_array(arena, room, sizeof *items);
    if (items == NULL)
        return false;
    for (uint16_t s = next_active(machine, snapshot, 0); s != STATE_NONE;
         s = next_active(machine, snapshot, (uint32_t)s + 1)) {
        for (uint32_t i = 0; i < machine->states[s].tag_count; i++) {
            if (!has_item(items, count, machine->states[s].tags[i]))
                items[count++] = json_string(machine->states[s].tags[i]);
        }
    }
    *out = json_array(items, count);
    return true;
}

bool snapshot_active_ids(const struct machine *machine, const struct snapshot *snapshot,
                         struct arena *arena, struct text_list *out)
{
    size_t count = 0;
    for (uint16_t s = next_active(machine, snapshot, 0); s != STATE_NONE;
         s = next_active(machine, snapshot, (uint32_t)s + 1))
        count++;
    struct text *items = arena_alloc_array(arena, count, sizeof *items);
    if (items == NULL)
        return false;
    *out = (struct text_list){items, count};
    for (uint16_t s = next_active(machine, snapshot, 0); s != STATE_NONE;
         s = next_active(machine, snapshot, (uint32_t)s + 1))
        *items++ = machine->states[s].id;
    return true;
}

/* --- History ---------------------------------------------------------------------------------- */

/* [{"id": ...}] */
static bool record_to_json(const struct machine *machine, const struct history_record *record,
                           struct arena *arena, struct json *out)
{
    struct json *items = arena_alloc_array(arena, record->count, sizeof *items);
    struct json_member *members = arena_alloc_array(arena, record->count, sizeof *members);
    if (items == NULL || members == NULL)
        return false;
    for (uint16_t i = 0; i < record->count; i++) {
        members[i] = JSON_MEMBER("id", json_string(machine->states[record->states[i]].id));
        items[i] = json_object(&members[i], 1);
    }
    *out = json_array(items, record->count);
    return true;
}

bool snapshot_history_value(const struct machine *machine, const struct snapshot *snapshot,
                            struct arena *arena, struct json *out)
{
    struct json_member *members =
        arena_alloc_array(arena, snapshot->history_count, sizeof *members);
    if (members == NULL)
        return false;
    for (size_t i = 0; i < snapshot->history_count; i++) {
        const struct history_record *record = &snapshot->history[i];
        members[i].name = machine->states[record->state].id;
        if (!record_to_json(machine, record, arena, &members[i].value))
            return false;
    }
    *out = json_object(members, snapshot->history_count);
    return true;
}

/* --- Writing -------------------------------------------------------------------------------- */

static bool timers_to_json(const struct snapshot *snapshot, struct arena *arena, struct json *out)
{
    enum { MEMBERS = 4 };
    struct json *items = arena_alloc_array(arena, snapshot->timer_count, sizeof *items);
    struct json_member *members =
        arena_alloc_array(arena, snapshot->timer_count * MEMBERS, sizeof *members);
    if (items == NULL || members == NULL)
        return false;
    for (size_t i = 0; i < snapshot->timer_count; i++) {
        const struct timer *timer = &snapshot->timers[i];
        struct json_member *member = &members[i * MEMBERS];
        size_t count = 0;
        if (timer->id.data != NULL)
            member[count++] = JSON_MEMBER("id", json_string(timer->id));
        member[count++] = JSON_MEMBER("due", json_int(timer->due_ms));
        member[count++] = JSON_MEMBER("sequence", json_uint(timer->sequence));
        if (timer->is_raised)
            member[count++] = JSON_MEMBER("event", timer->event);
        items[i] = json_object(member, count);
    }
    *out = json_array(items, snapshot->timer_count);
    return true;
}

/* What XState has no place for. */
static bool extras_to_json(const struct snapshot *snapshot, struct arena *arena, struct json *out)
{
    struct json_member *members = arena_alloc_array(arena, 2, sizeof *members);
    struct json timers;
    if (members == NULL || !timers_to_json(snapshot, arena, &timers))
        return false;
    members[0] = JSON_MEMBER("timers", timers);
    members[1] = JSON_MEMBER("timerSequence", json_uint(snapshot->timer_sequence));
    *out = json_object(members, 2);
    return true;
}

enum status snapshot_to_json(const struct machine *machine, const struct snapshot *snapshot,
                             struct arena *arena, struct json *out, struct error *error)
{
    enum { MEMBERS_MAX = 8 };
    struct json_member *members = arena_alloc_array(arena, MEMBERS_MAX, sizeof *members);
    struct json value, history, extras = json_null();
    if (members == NULL || !snapshot_value(machine, snapshot, arena, &value) ||
        !snapshot_history_value(machine, snapshot, arena, &history))
        return error_memory(error);
    bool has_extras = snapshot->timer_count > 0;
    if (has_extras && !extras_to_json(snapshot, arena, &extras))
        return error_memory(error);

    size_t count = 0;
    struct text status = text_of(machine_status_name(snapshot->status));
    members[count++] = JSON_MEMBER("status", json_string(status));
    if (snapshot->has_output)
        members[count++] = JSON_MEMBER("output", snapshot->output);
    if (snapshot->status == MACHINE_ERROR)
        members[count++] = JSON_MEMBER("error", snapshot->error);
    members[count++] = JSON_MEMBER("value", value);
    members[count++] = JSON_MEMBER("historyValue", history);
    members[count++] = JSON_MEMBER("context", snapshot->context);
    members[count++] = JSON_MEMBER("children", json_object(NULL, 0));
    if (has_extras)
        members[count++] = JSON_MEMBER("xorca", extras);
    *out = json_object(members, count);
    return STATUS_OK;
}
