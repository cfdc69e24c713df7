#include <stdlib.h>

#include "adapters/json/json_parse.h"
#include "adapters/postgres/connection.h"
#include "adapters/postgres/rows.h"
#include "core/arena.h"

/* A lane's session finds every row by its key. The planner cannot know that of a table that
 * was empty a minute ago: it would read all of it, by a plan kept until statistics arrive.
 * One plan per statement, then, by index; and no compiler for plans of microseconds. */
static const char plan_by_key[] = "SET plan_cache_mode = force_generic_plan;"
                                  "SET enable_seqscan = off;"
                                  "SET enable_hashjoin = off;"
                                  "SET enable_mergejoin = off;"
                                  "SET jit = off";

/* An object of topics and offsets: it grows with the topics of one group. */
enum { POSITIONS_DEPTH_MAX = 1 };

static enum status run_bool(struct postgres *postgres, enum statement statement, bool *answer,
                            struct error *error)
{
    PGresult *result = NULL;
    if (postgres_run(postgres, statement, &result, error) != STATUS_OK)
        return error->status;
    struct row row = row_of(result, 0, NULL);
    *answer = row_bool(&row);
    enum status status = row_check(&row, error);
    PQclear(result);
    return status;
}

enum status postgres_lane_try_lock(struct postgres *postgres, int32_t lane, bool *locked,
                                   struct error *error)
{
    struct parameters *parameters = postgres_parameters(postgres);
    parameter_int4(parameters, POSTGRES_LOCK_LANE);
    parameter_int4(parameters, lane);
    *locked = false;
    return run_bool(postgres, STATEMENT_LANE_TRY_LOCK, locked, error);
}

enum status postgres_lane_unlock(struct postgres *postgres, int32_t lane, struct error *error)
{
    struct parameters *parameters = postgres_parameters(postgres);
    parameter_int4(parameters, POSTGRES_LOCK_LANE);
    parameter_int4(parameters, lane);
    bool was_locked = false;
    return run_bool(postgres, STATEMENT_LANE_UNLOCK, &was_locked, error);
}

enum status postgres_lane_evict(struct postgres *postgres, int32_t lane, int64_t idle_ms,
                                bool *evicted, struct error *error)
{
    struct parameters *parameters = postgres_parameters(postgres);
    parameter_int4(parameters, POSTGRES_LOCK_LANE);
    parameter_int4(parameters, lane);
    parameter_int8(parameters, idle_ms);
    *evicted = false;
    return run_bool(postgres, STATEMENT_LANE_EVICT, evicted, error);
}

static int compare_topics(const void *a, const void *b)
{
    return text_compare(((const struct lane_position *)a)->topic,
                        ((const struct lane_position *)b)->topic);
}

/* {"topic": offset, …} as an array in order of topic, which is not JSONB's order. */
static enum status positions_parse(struct text json, struct arena *arena,
                                   struct lane_position **out, size_t *count, struct error *error)
{
    struct json object;
    struct json_limits limits = {.depth_max = POSITIONS_DEPTH_MAX, .size_max = json.size};
    if (json_parse(arena, json, limits, &object, error) != STATUS_OK)
        return error_context(error, "the lane's positions");
    if (object.type != JSON_OBJECT)
        return error_set(error, STATUS_FATAL, "the lane's positions are no JSON object");
    struct lane_position *positions = arena_alloc_array(arena, object.count, sizeof *positions);
    if (positions == NULL)
        return error_memory(error);
    for (uint32_t i = 0; i < object.count; i++) {
        const struct json_member *member = &object.as.members[i];
        if (member->value.type != JSON_INT)
            return error_set(error, STATUS_FATAL, "the lane's position of topic %.*s is no integer",
                             TEXT_ARGS(member->name));
        positions[i] = (struct lane_position){member->name, member->value.as.integer};
    }
    if (object.count > 0)
        qsort(positions, object.count, sizeof *positions, compare_topics);
    *out = positions;
    *count = object.count;
    return STATUS_OK;
}

static enum status lane_read(const PGresult *result, struct arena *arena, struct lane_record *out,
                             struct error *error)
{
    struct row row = row_of(result, 0, arena);
    out->epoch = row_int8(&row);
    out->out_next = row_int8(&row);
    out->published = row_int8(&row);
    out->journal_next = row_int8(&row);
    out->incarnation = row_uuid(&row);
    out->positions_json = row_jsonb(&row);
    out->now_ms = row_timestamptz(&row);
    if (row_check(&row, error) != STATUS_OK)
        return error->status;
    return positions_parse(out->positions_json, arena, &out->positions, &out->position_count,
                           error);
}

enum status postgres_lane_take(struct postgres *postgres, int32_t lane, struct arena *arena,
                               struct lane_record *out, struct error *error)
{
    PGresult *result = NULL;
    *out = (struct lane_record){0};
    if (postgres_run_sql(postgres, plan_by_key, error) != STATUS_OK)
        return error->status;
    parameter_int4(postgres_parameters(postgres), lane);
    if (postgres_run(postgres, STATEMENT_LANE_TAKE, &result, error) != STATUS_OK)
        return error->status;
    enum status status =
        PQntuples(result) == 1
            ? lane_read(result, arena, out, error)
            : error_set(error, STATUS_FATAL, "lane %d does not live in this database", (int)lane);
    PQclear(result);
    return status;
}

enum status postgres_lane_positions(struct postgres *postgres, int32_t lane, struct arena *arena,
                                    struct lane_position **out, size_t *count, struct error *error)
{
    PGresult *result = NULL;
    *out = NULL;
    *count = 0;
    parameter_int4(postgres_parameters(postgres), lane);
    if (postgres_run(postgres, STATEMENT_LANE_POSITIONS, &result, error) != STATUS_OK)
        return error->status;
    enum status status = STATUS_OK;
    if (PQntuples(result) > 0) {
        struct row row = row_of(result, 0, arena);
        struct text json = row_jsonb(&row);
        status = row_check(&row, error);
        if (status == STATUS_OK)
            status = positions_parse(json, arena, out, count, error);
    }
    PQclear(result);
    return status;
}

/* --- For people: xorca lanes ------------------------------------------------------- */

static void lane_row_read(struct row *row, void *item)
{
    struct lane_row *out = item;
    out->lane = row_int4(row);
    out->epoch = row_int8(row);
    out->out_next = row_int8(row);
    out->published = row_int8(row);
    out->incarnation = row_uuid(row);
    out->positions_json = row_jsonb(row);
    out->updated_ms = row_timestamptz(row);
    out->holder = row_text(row);
}

enum status postgres_lanes_read(struct postgres *postgres, struct arena *arena,
                                struct lane_row **out, size_t *count, struct error *error)
{
    parameter_int4(postgres_parameters(postgres), POSTGRES_LOCK_LANE);
    struct row_list list = {.item_size = sizeof **out, .read = lane_row_read};
    enum status status = postgres_read(postgres, STATEMENT_LANES_READ, arena, &list, error);
    *out = list.items;
    *count = list.count;
    for (size_t i = 0; status == STATUS_OK && i < list.count; i++) {
        struct lane_row *row = &(*out)[i];
        status = positions_parse(row->positions_json, arena, &row->positions, &row->position_count,
                                 error);
    }
    return status;
}

enum status postgres_lane_resume(struct postgres *postgres,
                                 const struct lane_resumption *resumption,
                                 struct hash128 *incarnation, struct error *error)
{
    PGresult *result = NULL;
    struct parameters *parameters = postgres_parameters(postgres);
    parameter_int4(parameters, resumption->lane);
    parameter_int8(parameters, resumption->epoch);
    parameter_int8(parameters, resumption->published);
    parameter_int8(parameters, resumption->own_published);
    parameter_jsonb(parameters, resumption->positions);
    if (postgres_run(postgres, STATEMENT_LANE_RESUME, &result, error) != STATUS_OK)
        return error->status;
    enum status status = STATUS_OK;
    if (PQntuples(result) == 0) {
        status = error_set(error, STATUS_CONFLICT, "another worker has taken lane %d",
                           (int)resumption->lane);
    } else {
        struct row row = row_of(result, 0, NULL);
        *incarnation = row_uuid(&row);
        status = row_check(&row, error);
    }
    PQclear(result);
    return status;
}

enum status postgres_lane_progress(struct postgres *postgres, int32_t lane,
                                   struct lane_progress *out, struct error *error)
{
    PGresult *result = NULL;
    *out = (struct lane_progress){.journal_next = 1, .out_next = 1};
    parameter_int4(postgres_parameters(postgres), lane);
    if (postgres_run(postgres, STATEMENT_LANE_PROGRESS, &result, error) != STATUS_OK)
        return error->status;
    enum status status = STATUS_OK;
    if (PQntuples(result) > 0) {
        struct row row = row_of(result, 0, NULL);
        out->epoch = row_int8(&row);
        out->journal_next = row_int8(&row);
        out->out_next = row_int8(&row);
        out->published = row_int8(&row);
        status = row_check(&row, error);
    }
    PQclear(result);
    return status;
}

/* A LIMIT; more rows than an int counts cannot come back anyway. */
static void parameter_limit(struct parameters *parameters, size_t max)
{
    parameter_int8(parameters, max > INT32_MAX ? INT32_MAX : (int64_t)max);
}

static void outbox_row_read(struct row *row, void *item)
{
    struct outbox_row *out = item;
    out->sequence = row_int8(row);
    out->body = row_text(row);
}

enum status postgres_outbox_read(struct postgres *postgres, int32_t lane, int64_t after, size_t max,
                                 struct arena *arena, struct outbox_row **out, size_t *count,
                                 struct error *error)
{
    struct parameters *parameters = postgres_parameters(postgres);
    parameter_int4(parameters, lane);
    parameter_int8(parameters, after);
    parameter_limit(parameters, max);
    struct row_list list = {.item_size = sizeof **out, .read = outbox_row_read};
    enum status status = postgres_read(postgres, STATEMENT_OUTBOX_READ, arena, &list, error);
    *out = list.items;
    *count = list.count;
    return status;
}

static void due_row_read(struct row *row, void *item)
{
    struct due_row *out = item;
    out->id = row_uuid(row);
    out->due_ms = row_timestamptz(row);
}

enum status postgres_timers_read(struct postgres *postgres, int32_t lane, int64_t from_ms,
                                 size_t max, struct arena *arena, struct due_row **out,
                                 size_t *count, struct error *error)
{
    struct parameters *parameters = postgres_parameters(postgres);
    parameter_int4(parameters, lane);
    parameter_timestamptz(parameters, from_ms < 0 ? 0 : from_ms); /* none is due before 1970 */
    parameter_limit(parameters, max);
    struct row_list list = {.item_size = sizeof **out, .read = due_row_read};
    enum status status = postgres_read(postgres, STATEMENT_TIMERS_READ, arena, &list, error);
    *out = list.items;
    *count = list.count;
    return status;
}
