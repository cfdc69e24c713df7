/* XState's persisted snapshot, as Node or this program wrote it: what does not fit the machine
 * is refused by name, as the snapshot may come from a person's hand. */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/machine/macrostep.h"
#include "core/writer.h"

/* --- The state value ------------------------------------------------------------------ */

/* A place inside the value, for messages: the keys from the root to here. */
struct path {
    const struct path *parent; /* NULL: "$.value" */
    struct text key;
};

static void write_path(struct writer *writer, const struct path *path)
{
    if (path == NULL) {
        writer_string(writer, "$.value");
        return;
    }
    write_path(writer, path->parent);
    writer_char(writer, '[');
    json_write_string(writer, path->key);
    writer_char(writer, ']');
}

enum { PATH_SIZE_SHOWN = 400, KEY_SIZE_SHOWN = 200 };

struct reading {
    const struct machine *machine;
    struct arena *arena;
    struct error *error;
    uint64_t *configuration;
};

/* Puts the place in front of what was said. */
static enum status fail_in_value(struct reading *reading, const struct path *path)
{
    char buffer[PATH_SIZE_SHOWN];
    struct writer writer;
    writer_init(&writer, buffer, sizeof buffer);
    write_path(&writer, path);
    struct text text = writer_result(&writer);
    return error_context(reading->error, "%.*s", TEXT_ARGS(text));
}

static enum status read_state_value(struct reading *reading, const struct state *state,
                                    struct json value, const struct path *path);

/* The child of `state` with this key, read with its own value. */
static enum status read_child(struct reading *reading, const struct state *state, struct text key,
                              struct json value, const struct path *path)
{
    uint16_t child = machine_find_child(reading->machine, state->number, key);
    struct text shown = {key.data, key.size < KEY_SIZE_SHOWN ? key.size : KEY_SIZE_SHOWN};
    if (child == STATE_NONE || reading->machine->states[child].type == STATE_HISTORY) {
        error_set(reading->error, STATUS_REJECTED, "no such state: \"%.*s\"", TEXT_ARGS(shown));
        return fail_in_value(reading, path);
    }
    struct path below = {path, key};
    return read_state_value(reading, &reading->machine->states[child], value, &below);
}

static enum status read_compound(struct reading *reading, const struct state *state,
                                 struct json value, const struct path *path)
{
    if (value.type == JSON_STRING)
        return read_child(reading, state, json_text(value), json_object(NULL, 0), path);
    if (value.type == JSON_OBJECT && value.count == 1)
        return read_child(reading, state, value.as.members[0].name, value.as.members[0].value,
                          path);
    error_set(reading->error, STATUS_REJECTED,
              "exactly one child is active: its name, or an object with its value");
    return fail_in_value(reading, path);
}

static enum status read_parallel(struct reading *reading, const struct state *state,
                                 struct json value, const struct path *path)
{
    if (value.type != JSON_OBJECT) {
        error_set(reading->error, STATUS_REJECTED,
                  "all regions are active: an object with a value for each");
        return fail_in_value(reading, path);
    }
    for (uint32_t i = 0; i < value.count; i++) {
        enum status status =
            read_child(reading, state, value.as.members[i].name, value.as.members[i].value, path);
        if (status != STATUS_OK)
            return status;
    }
    for (uint16_t region = state_first_region(reading->machine, state->number);
         region != STATE_NONE; region = state_next_region(reading->machine, region)) {
        if (state_set_has(reading->configuration, region))
            continue;
        struct text key = reading->machine->states[region].key;
        error_set(reading->error, STATUS_REJECTED, "region \"%.*s\" is missing", TEXT_ARGS(key));
        return fail_in_value(reading, path);
    }
    return STATUS_OK;
}

/* Recursion ends at MACHINE_STATE_DEPTH_MAX, as it follows the machine's states. */
static enum status read_state_value(struct reading *reading, const struct state *state,
                                    struct json value, const struct path *path)
{
    state_set_add(reading->configuration, state->number);
    if (state->type == STATE_COMPOUND)
        return read_compound(reading, state, value, path);
    if (state->type == STATE_PARALLEL)
        return read_parallel(reading, state, value, path);
    if (value.type == JSON_OBJECT && value.count == 0)
        return STATUS_OK;
    error_set(reading->error, STATUS_REJECTED, "the state has no states of its own");
    return fail_in_value(reading, path);
}

/* --- Timers ------------------------------------------------------------------------------ */

/* The delay of an active state that this timer belongs to, or NULL. */
static const struct delay *find_delay(const struct reading *reading, struct text id)
{
    const struct machine *machine = reading->machine;
    uint32_t last = machine->states[0].last_descendant;
    for (uint16_t s = state_set_next(reading->configuration, last, 0); s != STATE_NONE;
         s = state_set_next(reading->configuration, last, (uint32_t)s + 1)) {
        for (uint32_t i = 0; i < machine->states[s].delay_count; i++) {
            if (text_equal(machine->states[s].delays[i].event_type, id))
                return &machine->states[s].delays[i];
        }
    }
    return NULL;
}

/* A number from 0 to INT64_MAX. */
static bool read_count(const struct json *value, uint64_t *out)
{
    if (value == NULL || value->type != JSON_INT || value->as.integer < 0)
        return false;
    *out = (uint64_t)value->as.integer;
    return true;
}

/* Of a state: its event is the state's own. */
static enum status read_state_timer(struct reading *reading, struct json value, struct timer *out)
{
    const struct delay *delay = find_delay(reading, json_get_string(value, "id"));
    if (delay == NULL)
        return error_set(reading->error, STATUS_REJECTED, "id: no timer of an active state");
    out->id = delay->event_type;
    out->event = delay->event;
    return STATUS_OK;
}

/* Raised with a delay: it carries its event, and an id only if it was given one. */
static enum status read_raised_timer(struct reading *reading, struct json value, struct timer *out)
{
    const struct json *id = json_get(value, "id");
    enum status status = event_check(*json_get(value, "event"), reading->error);
    if (status == STATUS_OK && id != NULL)
        status = timer_id_check(*id, reading->error);
    if (status != STATUS_OK)
        return status;
    out->id = id == NULL ? TEXT_NONE : json_text(*id);
    out->event = *json_get(value, "event");
    out->is_raised = true;
    return STATUS_OK;
}

static enum status read_timer(struct reading *reading, struct json value, struct timer *out)
{
    const struct json *due = json_get(value, "due");
    bool is_raised = json_get(value, "event") != NULL;
    enum status status =
        is_raised ? read_raised_timer(reading, value, out) : read_state_timer(reading, value, out);
    if (status != STATUS_OK)
        return status;
    if (due == NULL || due->type != JSON_INT)
        return error_set(reading->error, STATUS_REJECTED,
                         "due: not a time in milliseconds since 1970");
    if (!read_count(json_get(value, "sequence"), &out->sequence))
        return error_set(reading->error, STATUS_REJECTED, "sequence: not a number from 0 on");
    out->due_ms = due->as.integer;
    return STATUS_OK;
}

/* Puts the timer where it belongs in the order of firing. */
static enum status insert_timer(struct reading *reading, struct timer *timers, size_t count,
                                struct timer timer)
{
    for (size_t i = 0; i < count; i++) {
        if (!timer.is_raised && text_equal(timers[i].id, timer.id))
            return error_set(reading->error, STATUS_REJECTED, "id: the timer stands twice");
        if (timers[i].sequence == timer.sequence)
            return error_set(reading->error, STATUS_REJECTED, "sequence: stands twice");
    }
    for (; count > 0; count--) {
        const struct timer *before = &timers[count - 1];
        if (before->due_ms < timer.due_ms ||
            (before->due_ms == timer.due_ms && before->sequence < timer.sequence))
            break;
        timers[count] = *before;
    }
    timers[count] = timer;
    return STATUS_OK;
}

static enum status read_timers(struct reading *reading, struct json value, struct snapshot *out)
{
    if (value.type != JSON_ARRAY)
        return error_set(reading->error, STATUS_REJECTED, "$.xorca.timers: not an array");
    if (value.count > MACHINE_TIMERS_MAX)
        return error_set(reading->error, STATUS_REJECTED, "$.xorca.timers: more than %d",
                         MACHINE_TIMERS_MAX);
    struct timer *timers = arena_alloc_array(reading->arena, value.count, sizeof *timers);
    if (timers == NULL)
        return error_memory(reading->error);
    for (uint32_t i = 0; i < value.count; i++) {
        struct timer timer = {0};
        enum status status = read_timer(reading, value.as.items[i], &timer);
        if (status == STATUS_OK)
            status = insert_timer(reading, timers, i, timer);
        if (status == STATUS_OK && timer.sequence >= out->timer_sequence)
            status = error_set(reading->error, STATUS_REJECTED,
                               "sequence: not below $.xorca.timerSequence");
        if (status != STATUS_OK)
            return error_context(reading->error, "$.xorca.timers[%u]", i);
    }
    out->timers = timers;
    out->timer_count = value.count;
    return STATUS_OK;
}

/* A snapshot that XState wrote has none of this: then no timer is running. */
static enum status read_extras(struct reading *reading, const struct json *extras,
                               struct snapshot *out)
{
    if (extras == NULL)
        return STATUS_OK;
    const struct json *timers = json_get(*extras, "timers");
    if (extras->type != JSON_OBJECT)
        return error_set(reading->error, STATUS_REJECTED, "$.xorca: not an object");
    if (!read_count(json_get(*extras, "timerSequence"), &out->timer_sequence))
        return error_set(reading->error, STATUS_REJECTED,
                         "$.xorca.timerSequence: not a number from 0 on");
    return timers == NULL ? STATUS_OK : read_timers(reading, *timers, out);
}

/* --- History ----------------------------------------------------------------------------- */

/* What a history state can have seen: of shallow history the children of its parent, of
 * deep history the leaves below it; all of them active at once. They are sorted. */
static bool is_possible_record(const struct machine *machine, const struct history_record *record)
{
    const struct state *history = &machine->states[record->state];
    for (uint16_t i = 0; i < record->count; i++) {
        const struct state *state = &machine->states[record->states[i]];
        bool is_there = history->is_deep
                            ? state_is_leaf(state) && state->type != STATE_HISTORY &&
                                  state_is_descendant(machine, state->number, history->parent)
                            : state->type != STATE_HISTORY && state->parent == history->parent;
        if (!is_there ||
            (i > 0 && !states_are_orthogonal(machine, record->states[i - 1], state->number)))
            return false;
    }
    return true;
}

static int compare_numbers(const void *a, const void *b)
{
    uint16_t left, right;
    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return (left > right) - (left < right);
}

static int compare_records(const void *a, const void *b)
{
    const struct history_record *left = a, *right = b;
    return (left->state > right->state) - (left->state < right->state);
}

/* [{"id": ...}]. As in XState, a state that there is no more is left out. */
static enum status read_record(struct reading *reading, const struct json_member *member,
                               struct history_record *record)
{
    struct json value = member->value;
    uint16_t *states = value.type != JSON_ARRAY
                           ? NULL
                           : arena_alloc_array(reading->arena, value.count, sizeof *states);
    if (value.type == JSON_ARRAY && states == NULL)
        return error_memory(reading->error);
    record->states = states;
    for (uint32_t i = 0; states != NULL && i < value.count; i++) {
        uint16_t state =
            machine_find_state(reading->machine, json_get_string(value.as.items[i], "id"));
        if (state != STATE_NONE && record->count < reading->machine->state_count)
            states[record->count++] = state;
    }
    if (record->count > 1)
        qsort(states, record->count, sizeof *states, compare_numbers);
    if (states != NULL && is_possible_record(reading->machine, record))
        return STATUS_OK;
    struct text shown = {member->name.data,
                         member->name.size < KEY_SIZE_SHOWN ? member->name.size : KEY_SIZE_SHOWN};
    return error_set(reading->error, STATUS_REJECTED,
                     "$.historyValue[\"%.*s\"]: not states that were active together",
                     TEXT_ARGS(shown));
}

/* What was recorded for a history state that there is no more is left out, as in XState. */
static enum status read_history(struct reading *reading, struct json value, struct snapshot *out)
{
    struct history_record *records =
        arena_alloc_array(reading->arena, value.count, sizeof *records);
    if (records == NULL)
        return error_memory(reading->error);
    out->history = records;
    for (uint32_t i = 0; i < value.count; i++) {
        struct history_record record = {0};
        record.state = machine_find_state(reading->machine, value.as.members[i].name);
        if (record.state == STATE_NONE ||
            reading->machine->states[record.state].type != STATE_HISTORY)
            continue;
        enum status status = read_record(reading, &value.as.members[i], &record);
        if (status != STATUS_OK)
            return status;
        if (record.count > 0)
            records[out->history_count++] = record;
    }
    if (out->history_count > 1)
        qsort(records, out->history_count, sizeof *records, compare_records);
    return STATUS_OK;
}

/* --- The whole ------------------------------------------------------------------------------ */

static bool read_status(struct text name, enum machine_status *out)
{
    for (int status = MACHINE_ACTIVE; status <= MACHINE_STOPPED; status++) {
        *out = (enum machine_status)status;
        if (text_is(name, machine_status_name(*out)))
            return true;
    }
    return false;
}

static enum status read_members(struct reading *reading, struct json value, struct snapshot *out)
{
    const struct json *context = json_get(value, "context");
    const struct json *output = json_get(value, "output");
    const struct json *failure = json_get(value, "error");
    const struct json *history = json_get(value, "historyValue");
    const struct json *children = json_get(value, "children");
    if (!read_status(json_get_string(value, "status"), &out->status))
        return error_set(reading->error, STATUS_REJECTED,
                         "$.status: not \"active\", \"done\", \"error\" or \"stopped\"");
    if (context == NULL || context->type != JSON_OBJECT)
        return error_set(reading->error, STATUS_REJECTED, "$.context: not an object");
    if (history != NULL && history->type != JSON_OBJECT)
        return error_set(reading->error, STATUS_REJECTED, "$.historyValue: not an object");
    if (children != NULL && (children->type != JSON_OBJECT || children->count > 0))
        return error_set(reading->error, STATUS_REJECTED,
                         "$.children: running actors cannot be taken over");
    out->context = *context;
    out->has_output = output != NULL;
    out->output = output == NULL ? json_null() : *output;
    out->error = failure == NULL ? json_null() : *failure;
    return history == NULL ? STATUS_OK : read_history(reading, *history, out);
}

enum status snapshot_from_json(const struct machine *machine, struct json value,
                               struct arena *arena, struct snapshot *out, struct error *error)
{
    *out = (struct snapshot){0};
    struct reading reading = {.machine = machine, .arena = arena, .error = error};
    if (value.type != JSON_OBJECT)
        return error_set(error, STATUS_REJECTED, "$: a snapshot is an object, this is of type %s",
                         json_type_name(value.type));
    reading.configuration =
        arena_alloc_array(arena, machine->word_count, sizeof *reading.configuration);
    if (reading.configuration == NULL)
        return error_memory(error);
    out->configuration = reading.configuration;

    enum status status = read_members(&reading, value, out);
    if (status != STATUS_OK)
        return status;
    const struct json *state_value = json_get(value, "value");
    if (state_value == NULL)
        return error_set(error, STATUS_REJECTED, "$.value: is missing");
    status = read_state_value(&reading, &machine->states[0], *state_value, NULL);
    if (status == STATUS_OK)
        status = read_extras(&reading, json_get(value, "xorca"), out);
    return status;
}
