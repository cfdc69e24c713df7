/* ceiling_bench - the worker's transaction with no engine and no Kafka.
 *
 *   ceiling_bench CONNINFO LANE BATCH ROUNDS OUTBOX JOURNAL
 *
 * Takes what a worker left: its lane's row, and the active orchestrations with their snapshots.
 * In each of ROUNDS every orchestration is updated once, BATCH of them in a transaction, by the
 * worker's statements (adapters/postgres/statements.c), as one pipeline and one round trip;
 * each transaction stores the bytes of the files OUTBOX and JOURNAL, which a worker's batch of
 * that size had stored, and deletes the outbox row before. In a snapshot every number grows by
 * one with each event, and windows of events grow like a worker's: PostgreSQL logs what differs.
 * Says "ready", waits for a line, works, and prints a line of JSON: {"events":N}. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "adapters/postgres/parameters.h"
#include "adapters/postgres/statements.h"
#include "core/arena.h"
#include "core/orchestration/dedup.h"

enum { FILE_SIZE_MAX = 16 * 1024 * 1024, BATCH_MAX = 10000, DAY_MS = 24 * 60 * 60 * 1000 };

struct row {
    struct hash128 id;
    int64_t revision;
    char *snapshot;      /* JSON */
    struct arena *arena; /* of its window alone, which is made anew with each event */
    struct dedup_window window;
    struct dedup_window changed; /* levels that differ from the stored ones */
};

struct bench {
    PGconn *connection;
    struct parameters parameters;
    int32_t lane;
    size_t batch;
    int64_t epoch, out_next, published, journal_next;
    struct text positions;
    struct text outbox, journal;
    struct row *rows;
    size_t row_count;
    uint64_t events;
};

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "ceiling_bench: %s: %s\n", what, why);
    exit(1);
}

static void *need(void *memory)
{
    if (memory == NULL)
        fail("memory", "out of it");
    return memory;
}

static int64_t now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* --- What a worker left ------------------------------------------------------------------- */

static struct text read_file(const char *path)
{
    char *bytes = need(malloc(FILE_SIZE_MAX));
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail(path, "cannot be read");
    size_t size = fread(bytes, 1, FILE_SIZE_MAX, file);
    fclose(file);
    return (struct text){bytes, size};
}

static PGresult *query(const struct bench *bench, const char *sql)
{
    PGresult *result = PQexec(bench->connection, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        fail(sql, PQerrorMessage(bench->connection));
    return result;
}

/* What libpq gave lives as long as its result, which is kept to the end. */
static struct text field(const PGresult *result, int row, int column)
{
    return (struct text){PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column)};
}

static int64_t number(const PGresult *result, int row, int column)
{
    return strtoll(PQgetvalue(result, row, column), NULL, 10);
}

static void read_lane(struct bench *bench)
{
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT epoch, out_next, published, journal_next, positions FROM xorca.lane "
             "WHERE lane = %d",
             (int)bench->lane);
    PGresult *result = query(bench, sql);
    if (PQntuples(result) != 1)
        fail("lane", "no worker had it");
    bench->epoch = number(result, 0, 0);
    bench->out_next = number(result, 0, 1);
    bench->published = number(result, 0, 2);
    bench->journal_next = number(result, 0, 3);
    bench->positions = field(result, 0, 4);
}

static struct hash128 id_of(struct text hex)
{
    struct hash128 id;
    for (size_t i = 0; i < sizeof id.bytes; i++) {
        const char digits[3] = {hex.data[2 * i], hex.data[2 * i + 1], '\0'};
        id.bytes[i] = (unsigned char)strtoul(digits, NULL, 16);
    }
    return id;
}

static struct text unescape(struct text bytea)
{
    struct text out = TEXT_NONE;
    out.data = (char *)PQunescapeBytea((const unsigned char *)bytea.data, &out.size);
    return out.size == 0 ? TEXT_NONE : out;
}

static void read_rows(struct bench *bench)
{
    PGresult *result = query(bench, "SELECT replace(id::text, '-', ''), revision, snapshot, "
                                    "dedup_recent, dedup_middle, dedup_old "
                                    "FROM xorca.orchestration WHERE status = 0 ORDER BY id");
    bench->row_count = (size_t)PQntuples(result);
    bench->rows = need(calloc(bench->row_count, sizeof *bench->rows));
    for (size_t i = 0; i < bench->row_count; i++) {
        struct row *row = &bench->rows[i];
        *row = (struct row){.id = id_of(field(result, (int)i, 0)),
                            .revision = number(result, (int)i, 1),
                            .snapshot = PQgetvalue(result, (int)i, 2),
                            .arena = need(arena_create(FILE_SIZE_MAX))};
        for (int level = 0; level < DEDUP_LEVELS; level++)
            row->window.levels[level] = unescape(field(result, (int)i, 3 + level));
    }
    if (bench->row_count == 0 || bench->row_count % bench->batch != 0)
        fail("orchestrations", "their number is no multiple of the batch");
}

/* --- One transaction ---------------------------------------------------------------------- */

static void send(struct bench *bench, enum statement statement)
{
    struct parameters *parameters = &bench->parameters;
    struct error error;
    const char *values[PARAMETERS_MAX];
    int sizes[PARAMETERS_MAX], formats[PARAMETERS_MAX];
    if (parameters_check(parameters, &error) != STATUS_OK)
        fail(statements[statement].name, error.message);
    for (int i = 0; i < parameters->count; i++) {
        const struct parameter *item = &parameters->items[i];
        values[i] = item->is_null           ? NULL
                    : item->outside != NULL ? item->outside
                                            : (const char *)parameters->bytes + item->offset;
        sizes[i] = (int)item->size;
        formats[i] = 1;
    }
    if (PQsendQueryPrepared(bench->connection, statements[statement].name, parameters->count,
                            values, sizes, formats, 1) != 1)
        fail(statements[statement].name, PQerrorMessage(bench->connection));
    parameters_reset(parameters);
}

static void send_lane(struct bench *bench)
{
    struct parameters *p = &bench->parameters;
    parameter_int4(p, bench->lane);
    parameter_int8(p, bench->epoch);
    parameter_int8(p, bench->out_next);
    parameter_int8(p, bench->out_next + 1);
    parameter_jsonb(p, bench->positions);
    parameter_jsonb(p, bench->positions);
    parameter_int8(p, bench->out_next - 1);
    parameter_int8(p, bench->journal_next + 1);
    send(bench, STATEMENT_BATCH_LANE);
}

/* The first half of an id: rows are in order of it, and as signed numbers the upper half of
 * them comes first. */
static int64_t lock_of(const struct row *row)
{
    uint64_t key = 0;
    for (size_t i = 0; i < 8; i++)
        key = key << 8 | row->id.bytes[i];
    return (int64_t)(key ^ UINT64_C(1) << 63);
}

static void send_locks(struct bench *bench, const struct row *rows)
{
    array_begin(&bench->parameters, POSTGRES_INT8);
    for (size_t i = 0; i < bench->batch; i++)
        array_int8(&bench->parameters, lock_of(&rows[i]));
    array_end(&bench->parameters);
    send(bench, STATEMENT_BATCH_LOCK);
}

/* The number that ends at `last` plus one, as wide as it is: what no digit is left for begins
 * anew. */
static void grow_number(const char *first, char *last)
{
    for (; last > first && *last == '9'; last--)
        *last = '0';
    *last = *last == '9' ? '1' : (char)(*last + 1);
}

/* Every number that is a value: behind a colon, as PostgreSQL prints JSONB. */
static void grow_numbers(char *snapshot)
{
    for (char *at = strstr(snapshot, ": "); at != NULL; at = strstr(at, ": ")) {
        at += 2;
        size_t digits = strspn(at, "0123456789");
        if (digits > 0)
            grow_number(at, at + digits - 1);
    }
}

/* The window with one event more, and which of its levels that makes anew. */
static void take_event(struct bench *bench, struct row *row)
{
    struct error error;
    struct dedup_window next;
    char id[32];
    int size = snprintf(id, sizeof id, "%llu", (unsigned long long)++bench->events);
    struct dedup_key key = dedup_key(TEXT("/bench"), (struct text){id, (size_t)size});
    if (dedup_add(row->arena, &row->window, key, &next, &error) != STATUS_OK)
        fail("window", error.message);
    for (int level = 0; level < DEDUP_LEVELS; level++)
        row->changed.levels[level] = next.levels[level].data == row->window.levels[level].data
                                         ? TEXT_NONE
                                         : next.levels[level];
    row->window = next;
    row->revision++;
    grow_numbers(row->snapshot);
}

/* An array with `value` for each row. */
#define SEND_ARRAY(type, put, value)                \
    do {                                            \
        array_begin(p, type);                       \
        for (size_t i = 0; i < bench->batch; i++) { \
            const struct row *row = &rows[i];       \
            (void)row;                              \
            put(p, value);                          \
        }                                           \
        array_end(p);                               \
    } while (0)

static void send_updates(struct bench *bench, struct row *rows)
{
    struct parameters *p = &bench->parameters;
    const int64_t now = now_ms();
    for (size_t i = 0; i < bench->batch; i++)
        take_event(bench, &rows[i]);
    parameter_int4(p, bench->lane);
    parameter_int8(p, (int64_t)bench->batch);
    SEND_ARRAY(POSTGRES_UUID, array_uuid, row->id);
    SEND_ARRAY(POSTGRES_INT8, array_int8, row->revision - 1);
    SEND_ARRAY(POSTGRES_INT8, array_int8, row->revision);
    SEND_ARRAY(POSTGRES_INT8, array_int8, bench->journal_next);
    SEND_ARRAY(POSTGRES_TIMESTAMPTZ, array_timestamptz, now);
    SEND_ARRAY(POSTGRES_TIMESTAMPTZ, array_timestamptz, now + DAY_MS);
    SEND_ARRAY(POSTGRES_INT2, array_int2, 0);
    SEND_ARRAY(POSTGRES_JSONB, array_jsonb, text_of(row->snapshot));
    for (int level = 0; level < DEDUP_LEVELS; level++)
        SEND_ARRAY(POSTGRES_BYTEA, array_text, row->changed.levels[level]);
    send(bench, STATEMENT_BATCH_UPDATE);
}

static void send_outbox(struct bench *bench)
{
    struct parameters *p = &bench->parameters;
    parameter_int4(p, bench->lane);
    parameter_int8(p, bench->out_next);
    parameter_bytes(p, bench->outbox);
    send(bench, STATEMENT_BATCH_OUTBOX_INSERT);
    parameter_int4(p, bench->lane);
    parameter_int8(p, bench->published);
    parameter_int8(p, bench->out_next - 1);
    send(bench, STATEMENT_BATCH_OUTBOX_DELETE);
}

static void send_journal(struct bench *bench)
{
    struct parameters *p = &bench->parameters;
    parameter_int4(p, bench->lane);
    parameter_int8(p, bench->journal_next);
    parameter_timestamptz(p, now_ms());
    parameter_bytes(p, bench->journal);
    send(bench, STATEMENT_BATCH_JOURNAL_INSERT);
}

/* All results up to the sync point; COMMIT's says whether it was one. */
static void read_results(struct bench *bench)
{
    char last[16] = "";
    for (;;) {
        PGresult *result = PQgetResult(bench->connection);
        ExecStatusType status = PQresultStatus(result);
        if (result == NULL)
            continue; /* between two statements */
        if (status == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            break;
        }
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            fail("transaction", PQresultErrorMessage(result));
        snprintf(last, sizeof last, "%s", PQcmdStatus(result));
        PQclear(result);
    }
    if (strcmp(last, "COMMIT") != 0)
        fail("transaction", "it was rolled back");
}

static void commit_batch(struct bench *bench, struct row *rows)
{
    send(bench, STATEMENT_BATCH_BEGIN);
    send_lane(bench);
    send_locks(bench, rows);
    send_updates(bench, rows);
    send_outbox(bench);
    send_journal(bench);
    send(bench, STATEMENT_BATCH_COMMIT);
    if (PQpipelineSync(bench->connection) != 1)
        fail("pipeline", PQerrorMessage(bench->connection));
    read_results(bench);
    bench->published = bench->out_next - 1;
    bench->out_next++;
    bench->journal_next++;
}

/* --- The run ------------------------------------------------------------------------------ */

/* Copies of the windows, so that arenas hold no more than the last. */
static void tidy_windows(struct bench *bench)
{
    char copy[DEDUP_LEVELS][2 * DEDUP_EVENTS_MIN * DEDUP_KEY_SIZE];
    for (size_t i = 0; i < bench->row_count; i++) {
        struct row *row = &bench->rows[i];
        for (int level = 0; level < DEDUP_LEVELS; level++)
            if (row->window.levels[level].size > 0)
                memcpy(copy[level], row->window.levels[level].data, row->window.levels[level].size);
        arena_reset(row->arena);
        for (int level = 0; level < DEDUP_LEVELS; level++)
            if (row->window.levels[level].size > 0)
                row->window.levels[level] = text_copy(
                    row->arena, (struct text){copy[level], row->window.levels[level].size});
    }
}

static void prepare(struct bench *bench)
{
    for (int statement = STATEMENT_BATCH_BEGIN; statement <= STATEMENT_BATCH_COMMIT; statement++) {
        PGresult *result = PQprepare(bench->connection, statements[statement].name,
                                     statements[statement].sql, 0, NULL);
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            fail(statements[statement].name, PQerrorMessage(bench->connection));
        PQclear(result);
    }
    if (PQenterPipelineMode(bench->connection) != 1)
        fail("pipeline", PQerrorMessage(bench->connection));
}

static void run(struct bench *bench, long rounds)
{
    uint64_t begun = bench->events = (uint64_t)now_ms() << 20; /* ids that no run had before */
    for (long round = 0; round < rounds; round++) {
        tidy_windows(bench);
        for (size_t i = 0; i < bench->row_count; i += bench->batch)
            commit_batch(bench, bench->rows + i);
    }
    printf("{\"events\":%llu}\n", (unsigned long long)(bench->events - begun));
}

int main(int argument_count, char **arguments)
{
    if (argument_count != 7)
        fail("usage", "CONNINFO LANE BATCH ROUNDS OUTBOX JOURNAL");
    struct bench bench = {.connection = PQconnectdb(arguments[1]),
                          .lane = atoi(arguments[2]),
                          .batch = strtoul(arguments[3], NULL, 10),
                          .outbox = read_file(arguments[5]),
                          .journal = read_file(arguments[6])};
    if (PQstatus(bench.connection) != CONNECTION_OK)
        fail("connect", PQerrorMessage(bench.connection));
    if (bench.batch == 0 || bench.batch > BATCH_MAX)
        fail("batch", "from 1 to 10000");
    read_lane(&bench);
    read_rows(&bench);
    prepare(&bench);
    puts("ready");
    fflush(stdout);
    if (getchar() != EOF)
        run(&bench, atol(arguments[4]));
    PQfinish(bench.connection);
    return 0;
}
