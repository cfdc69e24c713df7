#include "adapters/postgres/rows.h"

/* A batch is one transaction in one pipeline: all statements are sent, then one sync point,
 * then all results are read. After an error the server skips the rest up to the sync point,
 * COMMIT included, so a statement that finds what it should not raises, and nothing happened.
 *
 * The lane's row comes first: its lock makes the batches of a lane follow each other, and
 * the subjects' locks behind it are sorted, so that two lanes cannot wait in a circle. */

/* In the order of sending. Statements with nothing to do are left out. */
struct sent {
    enum statement list[STATEMENT_BATCH_COMMIT - STATEMENT_BATCH_BEGIN + 1];
    size_t count;
};

static const enum statement all_statements[] = {
    STATEMENT_BATCH_BEGIN,         STATEMENT_BATCH_LANE,           STATEMENT_BATCH_LOCK,
    STATEMENT_BATCH_INSERT,        STATEMENT_BATCH_UPDATE,         STATEMENT_BATCH_OUTBOX_INSERT,
    STATEMENT_BATCH_OUTBOX_DELETE, STATEMENT_BATCH_JOURNAL_INSERT, STATEMENT_BATCH_COMMIT,
};

static enum status send(struct postgres *postgres, enum statement statement, struct sent *sent,
                        struct error *error)
{
    sent->list[sent->count++] = statement;
    return postgres_pipeline_send(postgres, statement, error);
}

/* --- The parameters of each statement, in the order of statements.c ------------- */

static void lane_parameters(struct parameters *parameters, const struct lane_batch *batch)
{
    parameter_int4(parameters, batch->lane);
    parameter_int8(parameters, batch->epoch);
    parameter_int8(parameters, batch->out_next_before);
    parameter_int8(parameters, batch->out_next_after);
    parameter_jsonb(parameters, batch->positions_before);
    parameter_jsonb(parameters, batch->positions_after);
    parameter_int8(parameters, batch->published_after);
    parameter_int8(parameters, batch->journal.size == 0 ? 0 : batch->journal_number + 1);
}

static void lock_parameters(struct parameters *parameters, const struct lane_batch *batch)
{
    array_begin(parameters, POSTGRES_INT8);
    for (size_t i = 0; i < batch->lock_count; i++)
        array_int8(parameters, batch->locks[i]);
    array_end(parameters);
}

/* One array over one member of all rows. */
#define ARRAY_OF(parameters, type, rows, count, put, member) \
    do {                                                     \
        array_begin(parameters, type);                       \
        for (size_t i = 0; i < (count); i++)                 \
            put(parameters, (rows)[i].member);               \
        array_end(parameters);                               \
    } while (0)

/* 0 is our "no timer", null is the column's. */
static void array_due(struct parameters *parameters, int64_t due_ms)
{
    if (due_ms == 0)
        array_null(parameters);
    else
        array_timestamptz(parameters, due_ms);
}

static void dedup_parameters(struct parameters *parameters, const struct orchestration_row *rows,
                             size_t count)
{
    for (int level = 0; level < DEDUP_LEVELS; level++)
        ARRAY_OF(parameters, POSTGRES_BYTEA, rows, count, array_text, dedup.levels[level]);
}

static void insert_parameters(struct parameters *p, const struct lane_batch *batch)
{
    const struct orchestration_row *rows = batch->inserts;
    size_t count = batch->insert_count;
    parameter_int4(p, batch->lane);
    ARRAY_OF(p, POSTGRES_TIMESTAMPTZ, rows, count, array_timestamptz, updated_ms);
    ARRAY_OF(p, POSTGRES_UUID, rows, count, array_uuid, id);
    ARRAY_OF(p, POSTGRES_TIMESTAMPTZ, rows, count, array_timestamptz, started_ms);
    ARRAY_OF(p, POSTGRES_TEXT, rows, count, array_text, subject);
    ARRAY_OF(p, POSTGRES_TEXT, rows, count, array_text, name);
    ARRAY_OF(p, POSTGRES_TEXT, rows, count, array_text, version);
    ARRAY_OF(p, POSTGRES_TEXT, rows, count, array_text, correlation_id);
    ARRAY_OF(p, POSTGRES_JSONB, rows, count, array_jsonb, input);
    ARRAY_OF(p, POSTGRES_INT8, rows, count, array_int8, revision);
    ARRAY_OF(p, POSTGRES_INT8, rows, count, array_int8, journal_last);
    ARRAY_OF(p, POSTGRES_TIMESTAMPTZ, rows, count, array_due, due_ms);
    ARRAY_OF(p, POSTGRES_INT2, rows, count, array_int2, status);
    ARRAY_OF(p, POSTGRES_JSONB, rows, count, array_jsonb, snapshot);
    dedup_parameters(p, rows, count);
}

static void update_parameters(struct parameters *p, const struct lane_batch *batch)
{
    const struct orchestration_row *rows = batch->updates;
    size_t count = batch->update_count;
    parameter_int4(p, batch->lane);
    parameter_int8(p, (int64_t)count);
    ARRAY_OF(p, POSTGRES_UUID, rows, count, array_uuid, id);
    ARRAY_OF(p, POSTGRES_INT8, rows, count, array_int8, revision_before);
    ARRAY_OF(p, POSTGRES_INT8, rows, count, array_int8, revision);
    ARRAY_OF(p, POSTGRES_INT8, rows, count, array_int8, journal_last);
    ARRAY_OF(p, POSTGRES_TIMESTAMPTZ, rows, count, array_timestamptz, updated_ms);
    ARRAY_OF(p, POSTGRES_TIMESTAMPTZ, rows, count, array_due, due_ms);
    ARRAY_OF(p, POSTGRES_INT2, rows, count, array_int2, status);
    ARRAY_OF(p, POSTGRES_JSONB, rows, count, array_jsonb, snapshot);
    dedup_parameters(p, rows, count);
}

static void outbox_insert_parameters(struct parameters *parameters, const struct lane_batch *batch)
{
    parameter_int4(parameters, batch->lane);
    parameter_int8(parameters, batch->out_next_before);
    parameter_bytes(parameters, batch->outbox);
}

static void outbox_delete_parameters(struct parameters *parameters, const struct lane_batch *batch)
{
    parameter_int4(parameters, batch->lane);
    parameter_int8(parameters, batch->published_before);
    parameter_int8(parameters, batch->published_after);
}

static void journal_parameters(struct parameters *parameters, const struct lane_batch *batch)
{
    parameter_int4(parameters, batch->lane);
    parameter_int8(parameters, batch->journal_number);
    parameter_timestamptz(parameters, batch->now_ms);
    parameter_bytes(parameters, batch->journal);
}

static void no_parameters(struct parameters *parameters, const struct lane_batch *batch)
{
    (void)parameters;
    (void)batch;
}

/* --- Sending ------------------------------------------------------------------------ */

static enum status send_all(struct postgres *postgres, const struct lane_batch *batch,
                            struct sent *sent, struct error *error)
{
    const struct {
        enum statement statement;
        bool has_work;
        void (*fill)(struct parameters *parameters, const struct lane_batch *batch);
    } steps[] = {
        {STATEMENT_BATCH_BEGIN, true, no_parameters},
        {STATEMENT_BATCH_LANE, true, lane_parameters},
        {STATEMENT_BATCH_LOCK, batch->lock_count > 0, lock_parameters},
        {STATEMENT_BATCH_INSERT, batch->insert_count > 0, insert_parameters},
        {STATEMENT_BATCH_UPDATE, batch->update_count > 0, update_parameters},
        {STATEMENT_BATCH_OUTBOX_INSERT, batch->outbox.size > 0, outbox_insert_parameters},
        {STATEMENT_BATCH_OUTBOX_DELETE, batch->published_after > batch->published_before,
         outbox_delete_parameters},
        {STATEMENT_BATCH_JOURNAL_INSERT, batch->journal.size > 0, journal_parameters},
        {STATEMENT_BATCH_COMMIT, true, no_parameters},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (!steps[i].has_work)
            continue;
        steps[i].fill(postgres_parameters(postgres), batch);
        if (send(postgres, steps[i].statement, sent, error) != STATUS_OK)
            return error->status;
    }
    return postgres_pipeline_sync(postgres, error);
}

/* --- Reading ------------------------------------------------------------------------- */

/* The first failure of the pipeline. What a duplicate means depends on where: an existing
 * orchestration is somebody else's work; an existing outbox or journal row, under a lane
 * row that was as expected, is a broken invariant, and repeating would not mend it. */
static enum status statement_failed(struct postgres *postgres, enum statement statement,
                                    const PGresult *result, bool *fenced, struct error *error)
{
    enum status status = postgres_error_result(postgres, result, error);
    bool raised = strcmp(postgres->sqlstate, "22012") == 0;
    if (statement == STATEMENT_BATCH_LANE && raised) {
        *fenced = true;
        return error_set(error, STATUS_CONFLICT,
                         "the lane's epoch, positions or sequence are not the expected ones: "
                         "another worker has taken it");
    }
    if (statement == STATEMENT_BATCH_UPDATE && raised)
        return error_set(error, STATUS_CONFLICT,
                         "an orchestration is not at the revision that was read");
    if (strcmp(postgres->sqlstate, "23505") == 0 && statement != STATEMENT_BATCH_INSERT)
        status = error->status = STATUS_FATAL;
    error_context(error, "%s", statements[statement].name);
    return status;
}

static enum status read_all(struct postgres *postgres, const struct sent *sent,
                            struct lane_batch_result *out, bool *fenced, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sent->count && status == STATUS_OK; i++) {
        PGresult *result = NULL;
        status = postgres_pipeline_next(postgres, &result, error);
        ExecStatusType type = PQresultStatus(result);
        if (status == STATUS_OK && type != PGRES_TUPLES_OK && type != PGRES_COMMAND_OK)
            status = statement_failed(postgres, sent->list[i], result, fenced, error);
        if (status == STATUS_OK && sent->list[i] == STATEMENT_BATCH_LANE) {
            struct row row = row_of(result, 0, NULL);
            row_int8(&row);
            out->now_ms = row_timestamptz(&row);
            status = row_check(&row, error);
        }
        /* COMMIT of a transaction that failed succeeds too, and says what it did. */
        if (status == STATUS_OK && sent->list[i] == STATEMENT_BATCH_COMMIT &&
            strcmp(PQcmdStatus(result), "COMMIT") != 0)
            status = error_set(error, STATUS_FATAL, "the transaction was rolled back unseen");
        PQclear(result);
    }
    return status;
}

enum status postgres_batch_commit(struct postgres *postgres, const struct lane_batch *batch,
                                  struct lane_batch_result *result, bool *fenced,
                                  struct error *error)
{
    struct sent sent = {.count = 0};
    *result = (struct lane_batch_result){0};
    *fenced = false;
    enum status status = postgres_prepare(postgres, all_statements,
                                          sizeof all_statements / sizeof all_statements[0], error);
    if (status != STATUS_OK)
        return status;
    status = postgres_pipeline_begin(postgres, error);
    if (status != STATUS_OK)
        return status;
    status = send_all(postgres, batch, &sent, error);
    if (status == STATUS_OK)
        status = read_all(postgres, &sent, result, fenced, error);
    postgres_pipeline_end(postgres);
    if (status != STATUS_OK)
        postgres_rollback(postgres);
    return status;
}
