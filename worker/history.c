#include "worker/history.h"

#include <string.h>

#include "adapters/json/json_parse.h"
#include "adapters/postgres/postgres.h"
#include "core/arena.h"
#include "core/machine/interpreter.h"

/* The orchestration's steps in one journal row, newest first, and where to go on. */
static void collect_steps(struct json events, const char *id, struct history *history,
                          int64_t *number, int64_t *at_ms)
{
    *number = 0;
    for (uint32_t i = events.count; i-- > 0;) {
        struct json event = events.as.items[i];
        if (!text_is(json_get_string(event, "id"), id) || history->count == HISTORY_STEPS_MAX)
            continue;
        const struct json *state = json_get(event, "state");
        const struct json *previous = json_get(event, "prev");
        history->steps[history->count++] = (struct history_step){
            json_get_string(event, "type"), state == NULL ? json_null() : *state};
        if (previous != NULL && previous->type == JSON_ARRAY && previous->count == 2) {
            *number = previous->as.items[0].as.integer;
            *at_ms = previous->as.items[1].as.integer;
        }
    }
}

enum status history_read(struct postgres *postgres, const struct orchestration_row *row,
                         struct arena *arena, struct history *history, struct error *error)
{
    struct json_limits limits = {JSON_WALK_DEPTH_MAX, 64 * JSON_SIZE_MAX};
    char id[UUID_TEXT_SIZE];
    hash_uuid(row->id, id);
    int64_t number = row->journal_last, at_ms = row->updated_ms;
    while (number > 0 && history->count < HISTORY_STEPS_MAX) {
        struct text text;
        struct json events;
        enum status status =
            postgres_journal_read(postgres, row->lane, number, at_ms, arena, &text, error);
        if (status != STATUS_OK || text.size == 0)
            return status;
        status = json_parse(arena, text, limits, &events, error);
        if (status != STATUS_OK)
            return status;
        if (events.type != JSON_ARRAY)
            break;
        collect_steps(events, id, history, &number, &at_ms);
    }
    return STATUS_OK;
}

/* The ids of the states that are active in a state value. */
static bool ids_of_value(const struct machine *machine, struct json value, struct arena *arena,
                         struct text_list *out)
{
    struct json_member members[] = {
        JSON_MEMBER("status", json_string(TEXT("active"))),
        JSON_MEMBER("value", value),
        JSON_MEMBER("context", json_object(NULL, 0)),
        JSON_MEMBER("historyValue", json_object(NULL, 0)),
        JSON_MEMBER("children", json_object(NULL, 0)),
    };
    struct snapshot snapshot;
    struct error ignored;
    return snapshot_from_json(machine, json_object(members, 5), arena, &snapshot, &ignored) ==
               STATUS_OK &&
           snapshot_active_ids(machine, &snapshot, arena, out);
}

/* All ids of the path together; repetitions do no harm. */
static bool visited_ids(const struct machine *machine, const struct history *history,
                        struct arena *arena, struct text_list *out)
{
    struct text *items = NULL;
    size_t count = 0;
    for (size_t i = 0; i < history->count; i++) {
        struct text_list ids;
        if (!ids_of_value(machine, history->steps[i].state, arena, &ids))
            continue;
        struct text *joined = arena_alloc_array(arena, count + ids.count, sizeof *joined);
        if (joined == NULL)
            return false;
        if (count > 0)
            memcpy(joined, items, count * sizeof *joined);
        if (ids.count > 0)
            memcpy(joined + count, ids.items, ids.count * sizeof *joined);
        items = joined;
        count += ids.count;
    }
    *out = (struct text_list){items, count};
    return true;
}

bool history_ids(const struct history *history, const struct machine *machine, struct arena *arena,
                 struct text_list *active, struct text_list *visited)
{
    *active = (struct text_list){NULL, 0};
    if (history->count > 0 && !ids_of_value(machine, history->steps[0].state, arena, active) &&
        arena_is_exhausted(arena))
        return false;
    return visited_ids(machine, history, arena, visited);
}
