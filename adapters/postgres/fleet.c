#include "adapters/postgres/rows.h"
#include "core/arena.h"

/* Weeks for which the journal has partitions ahead of time: how long no worker may run, or a
 * clock be wrong, before rows go to the default partition. */
enum { JOURNAL_WEEKS_AHEAD = 4 };

/* A group's name is at most a Kafka identifier: 249 bytes, as a topic is named after it. */
enum { FLEET_ARENA_SIZE = 64 * 1024 };

struct fleet {
    struct text group;
    int32_t lane_count;
};

static void fleet_row_read(struct row *row, void *item)
{
    struct fleet *out = item;
    out->group = row_text(row);
    out->lane_count = row_int4(row);
}

static void lane_row_read(struct row *row, void *item)
{
    struct fleet_lane *out = item;
    out->lane = row_int4(row);
    out->epoch = row_int8(row);
    out->incarnation = row_uuid(row);
}

/* The fleet's row, or a count of 0 where nobody founded it yet. */
static enum status fleet_row(struct postgres *postgres, struct text group, int32_t *lane_count,
                             struct error *error)
{
    struct arena *arena = arena_create(FLEET_ARENA_SIZE);
    if (arena == NULL)
        return error_memory(error);
    struct row_list list = {.item_size = sizeof(struct fleet), .read = fleet_row_read};
    postgres_parameters(postgres);
    *lane_count = 0;
    enum status status = postgres_read(postgres, STATEMENT_FLEET_READ, arena, &list, error);
    if (status == STATUS_OK && list.count > 0) {
        const struct fleet *fleet = list.items;
        *lane_count = fleet->lane_count;
        if (!text_equal(fleet->group, group))
            status = error_set(error, STATUS_FATAL,
                               "this database belongs to group \"%.*s\", and this worker to "
                               "\"%.*s\": set XORCA_GROUP, or take another database",
                               TEXT_ARGS(fleet->group), TEXT_ARGS(group));
    }
    arena_destroy(arena);
    return status;
}

enum status postgres_fleet_read(struct postgres *postgres, struct text group, struct arena *arena,
                                struct fleet_record *out, struct error *error)
{
    *out = (struct fleet_record){0};
    if (fleet_row(postgres, group, &out->lane_count, error) != STATUS_OK)
        return error->status;
    struct row_list list = {.item_size = sizeof *out->lanes, .read = lane_row_read};
    postgres_parameters(postgres);
    enum status status = postgres_read(postgres, STATEMENT_FLEET_LANES, arena, &list, error);
    out->lanes = list.items;
    out->count = list.count;
    return status;
}

enum status postgres_fleet_join(struct postgres *postgres, struct text group, int32_t lane_count,
                                const int32_t *lanes, size_t count, struct error *error)
{
    struct parameters *parameters = postgres_parameters(postgres);
    parameter_bytes(parameters, group);
    parameter_int4(parameters, lane_count);
    array_begin(parameters, POSTGRES_INT8);
    for (size_t i = 0; i < count; i++)
        array_int8(parameters, lanes[i]);
    array_end(parameters);
    int32_t stored = 0;
    if (postgres_run_only(postgres, STATEMENT_FLEET_FOUND, error) != STATUS_OK ||
        fleet_row(postgres, group, &stored, error) != STATUS_OK)
        return error->status;
    if (stored == 0)
        return error_set(error, STATUS_FATAL, "xorca.fleet has no row: was it changed by hand?");
    if (stored > lane_count)
        return error_set(error, STATUS_FATAL,
                         "this database was used with %d lanes, and the topics have %d "
                         "partitions: their number can grow, and not shrink",
                         (int)stored, (int)lane_count);
    return STATUS_OK;
}

enum status postgres_journal_extend(struct postgres *postgres, struct error *error)
{
    parameter_int4(postgres_parameters(postgres), JOURNAL_WEEKS_AHEAD);
    return postgres_run_only(postgres, STATEMENT_JOURNAL_EXTEND, error);
}
