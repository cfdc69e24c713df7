#include "adapters/postgres/rows.h"
#include "core/arena.h"

/* Columns in the order of ORCHESTRATION_COLUMNS (statements.c). */
static void orchestration_row_read(struct row *row, void *item)
{
    struct orchestration_row *out = item;
    out->id = row_uuid(row);
    out->lane = row_int4(row);
    out->subject = row_text(row);
    out->name = row_text(row);
    out->version = row_text(row);
    out->correlation_id = row_text(row);
    out->started_ms = row_timestamptz(row);
    out->input = row_jsonb(row);
    out->status = row_int2(row);
    out->revision = row_int8(row);
    out->revision_before = out->revision;
    out->due_ms = row_timestamptz(row);
    out->journal_last = row_int8(row);
    out->updated_ms = row_timestamptz(row);
    out->snapshot = row_jsonb(row);
    for (int level = 0; level < DEDUP_LEVELS; level++)
        out->dedup.levels[level] = row_text(row);
}

static enum status orchestrations_read(struct postgres *postgres, enum statement statement,
                                       struct arena *arena, struct orchestration_row **out,
                                       size_t *count, struct error *error)
{
    struct row_list list = {.item_size = sizeof **out, .read = orchestration_row_read};
    enum status status = postgres_read(postgres, statement, arena, &list, error);
    *out = list.items;
    *count = list.count;
    return status;
}

enum status postgres_orchestrations_read(struct postgres *postgres, const struct hash128 *ids,
                                         size_t id_count, struct arena *arena,
                                         struct orchestration_row **out, size_t *count,
                                         struct error *error)
{
    struct parameters *parameters = postgres_parameters(postgres);
    *out = NULL;
    *count = 0;
    if (id_count == 0)
        return STATUS_OK;
    array_begin(parameters, POSTGRES_UUID);
    for (size_t i = 0; i < id_count; i++)
        array_uuid(parameters, ids[i]);
    array_end(parameters);
    return orchestrations_read(postgres, STATEMENT_ORCHESTRATIONS_READ, arena, out, count, error);
}

enum status postgres_orchestrations_list(struct postgres *postgres,
                                         const struct orchestration_filter *filter,
                                         struct arena *arena, struct orchestration_row **out,
                                         size_t *count, struct error *error)
{
    struct parameters *parameters = postgres_parameters(postgres);
    parameter_bytes(parameters, filter->name);
    if (filter->status < 0)
        parameter_null(parameters);
    else
        parameter_int4(parameters, filter->status);
    parameter_bytes(parameters, filter->state);
    parameter_int8(parameters, filter->limit > INT32_MAX ? INT32_MAX : (int64_t)filter->limit);
    return orchestrations_read(postgres, STATEMENT_ORCHESTRATIONS_LIST, arena, out, count, error);
}

enum status postgres_journal_read(struct postgres *postgres, int32_t lane, int64_t number,
                                  int64_t at_ms, struct arena *arena, struct text *events,
                                  struct error *error)
{
    struct parameters *parameters = postgres_parameters(postgres);
    parameter_int4(parameters, lane);
    parameter_int8(parameters, number);
    parameter_timestamptz(parameters, at_ms);
    *events = TEXT_NONE;
    PGresult *result = NULL;
    enum status status = postgres_run(postgres, STATEMENT_JOURNAL_READ, &result, error);
    if (status == STATUS_OK && PQntuples(result) > 0) {
        struct row row = row_of(result, 0, arena);
        *events = row_text(&row);
        status = row_check(&row, error);
    }
    PQclear(result);
    return status;
}
