#include "adapters/postgres/rows.h"
#include "core/arena.h"

/* Weeks for which the journal has partitions ahead of time: how long no worker may run, or a
 * clock be wrong, before rows go to the default partition. */
enum { JOURNAL_WEEKS_AHEAD = 4 };

/* A group's name is at most a Kafka identifier: 249 bytes, as a topic is named after it. */
enum { FLEET_ARENA_SIZE = 64 * 1024 };

struct fleet {
    struct text group;
    int32_t lanes;
};

static void fleet_row_read(struct row *row, void *item)
{
    struct fleet *out = item;
    out->group = row_text(row);
    out->lanes = row_int4(row);
}

static enum status fleet_compare(const struct fleet *stored, struct text group, int32_t lanes,
                                 struct error *error)
{
    if (!text_equal(stored->group, group))
        return error_set(error, STATUS_FATAL,
                         "this database belongs to group \"%.*s\", and this worker to \"%.*s\": "
                         "set XORCA_GROUP, or take another database",
                         TEXT_ARGS(stored->group), TEXT_ARGS(group));
    if (stored->lanes > lanes)
        return error_set(error, STATUS_FATAL,
                         "this database was used with %d lanes, and the topics have %d "
                         "partitions: their number can grow, and not shrink",
                         (int)stored->lanes, (int)lanes);
    return STATUS_OK;
}

enum status postgres_fleet_join(struct postgres *postgres, struct text group, int32_t lanes,
                                struct error *error)
{
    struct parameters *parameters = postgres_parameters(postgres);
    parameter_bytes(parameters, group);
    parameter_int4(parameters, lanes);
    if (postgres_run_only(postgres, STATEMENT_FLEET_FOUND, error) != STATUS_OK)
        return error->status;
    struct arena *arena = arena_create(FLEET_ARENA_SIZE);
    if (arena == NULL)
        return error_memory(error);
    struct row_list list = {.item_size = sizeof(struct fleet), .read = fleet_row_read};
    postgres_parameters(postgres);
    enum status status = postgres_read(postgres, STATEMENT_FLEET_READ, arena, &list, error);
    if (status == STATUS_OK && list.count != 1)
        status = error_set(error, STATUS_FATAL, "xorca.fleet has no row: was it changed by hand?");
    if (status == STATUS_OK)
        status = fleet_compare(list.items, group, lanes, error);
    arena_destroy(arena);
    return status;
}

enum status postgres_journal_extend(struct postgres *postgres, struct error *error)
{
    parameter_int4(postgres_parameters(postgres), JOURNAL_WEEKS_AHEAD);
    return postgres_run_only(postgres, STATEMENT_JOURNAL_EXTEND, error);
}
