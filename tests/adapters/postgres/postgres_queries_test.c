/* What lanes and people read, and what a batch costs. */
#include <inttypes.h>

#include "adapters/postgres/connection.h"
#include "tests/adapters/postgres/fixture.h"

/* 2026-11-24T00:00:00Z, as `date -u -d 2026-11-24 +%s` has it. */
#define NOW_MS INT64_C(1795478400000)

struct fixture {
    struct postgres *postgres;
    struct arena *arena;
    struct lane_record lane;
};

/* One migrated database; lane 0 is taken. Each test begins with empty tables. */
static int setup(void **state)
{
    static bool migrated;
    struct error error;
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->arena = arena_create(64 * 1024 * 1024);
    fixture->postgres = connect_to(database_url());
    if (!migrated)
        migrate(fixture->postgres);
    migrated = true;
    sql(database_url(), "TRUNCATE xorca.lane, xorca.orchestration, xorca.outbox, xorca.journal");
    sql(database_url(), "INSERT INTO xorca.lane (lane, epoch) VALUES (0, 0)");
    assert_ok(postgres_lane_take(fixture->postgres, 0, fixture->arena, &fixture->lane, &error));
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    postgres_close(fixture->postgres);
    arena_destroy(fixture->arena);
    free(fixture);
    return 0;
}

static struct lane_batch batch_of(const struct fixture *fixture)
{
    const struct lane_record *lane = &fixture->lane;
    return (struct lane_batch){
        .epoch = lane->epoch,
        .now_ms = NOW_MS,
        .positions_before = lane->positions_json,
        .positions_after = lane->positions_json,
        .out_next_before = lane->out_next,
        .out_next_after = lane->out_next,
        .published_before = lane->published,
        .published_after = lane->published,
        .journal_number = lane->journal_next,
    };
}

static void commit(struct fixture *fixture, const struct lane_batch *batch)
{
    struct error error;
    struct lane_batch_result result;
    bool fenced;
    assert_ok(postgres_batch_commit(fixture->postgres, batch, &result, &fenced, &error));
    fixture->lane.positions_json = batch->positions_after;
    fixture->lane.out_next = batch->out_next_after;
    fixture->lane.published = batch->published_after;
    fixture->lane.journal_next += batch->journal.size > 0;
}

static struct hash128 id_of(int n)
{
    struct hash128 id = {{0xF0, 0x0D, (unsigned char)(n >> 8), (unsigned char)n}};
    return id;
}

static struct orchestration_row row_of(int n)
{
    return (struct orchestration_row){
        .id = id_of(n),
        .subject = TEXT("c3ViamVjdA=="),
        .name = TEXT("book-summary"),
        .version = TEXT("1.0.0"),
        .correlation_id = TEXT("cm9vdA=="),
        .started_ms = NOW_MS + n,
        .input = TEXT("{\"bookId\": \"b-1\"}"),
        .revision = 1,
        .journal_last = 1,
        .updated_ms = NOW_MS,
        .snapshot = TEXT("{\"value\": \"fetching\"}"),
    };
}

static void insert(struct fixture *fixture, const struct orchestration_row *rows, size_t count)
{
    struct lane_batch batch = batch_of(fixture);
    batch.inserts = rows;
    batch.insert_count = count;
    commit(fixture, &batch);
}

/* --- Lanes ------------------------------------------------------------------------ */

static void the_outbox_is_read_in_order_from_a_number_on(void **state)
{
    struct fixture *fixture = *state;
    struct error error;
    struct outbox_row *rows;
    size_t count;
    for (int i = 0; i < 12; i++) {
        char body[8];
        int size = snprintf(body, sizeof body, "%d", i + 1);
        struct lane_batch batch = batch_of(fixture);
        batch.outbox = (struct text){body, (size_t)size};
        batch.out_next_after++;
        commit(fixture, &batch);
    }
    sql(database_url(), "INSERT INTO xorca.outbox VALUES (1, 5, 'of another lane')");
    assert_ok(
        postgres_outbox_read(fixture->postgres, 0, 3, 4, fixture->arena, &rows, &count, &error));
    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(rows[i].sequence, 4 + i);
        assert_int_equal(atoi(rows[i].body.data), 4 + i);
    }
    assert_ok(postgres_outbox_read(fixture->postgres, 0, 0, SIZE_MAX, fixture->arena, &rows, &count,
                                   &error));
    assert_int_equal(count, 12);
    assert_ok(
        postgres_outbox_read(fixture->postgres, 0, 12, 4, fixture->arena, &rows, &count, &error));
    assert_int_equal(count, 0);
}

static void more_rows_than_memory_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    struct error error;
    struct outbox_row *rows;
    size_t count;
    struct arena *small = arena_create(64 * 1024);
    sql(database_url(), "INSERT INTO xorca.outbox SELECT 0, n, repeat('x', 10000)::bytea "
                        "FROM generate_series(1, 20) AS n");
    assert_status(STATUS_FATAL,
                  postgres_outbox_read(fixture->postgres, 0, 0, 20, small, &rows, &count, &error),
                  &error);
    assert_contains(error.message, "memory");
    assert_true(arena_is_exhausted(small));
    assert_int_equal(count, 0);
    arena_destroy(small);
}

static void timers_are_read_by_due_time(void **state)
{
    struct fixture *fixture = *state;
    struct error error;
    struct due_row *rows;
    size_t count;
    struct orchestration_row stored[6];
    const int64_t due[6] = {NOW_MS + 3, NOW_MS + 1, 0, NOW_MS + 2, NOW_MS + 1, NOW_MS + 4};
    for (int i = 0; i < 6; i++) {
        stored[i] = row_of(i);
        stored[i].due_ms = due[i];
    }
    stored[3].status = 1; /* completed: its timers do not count */
    insert(fixture, stored, 6);
    sql(database_url(), "INSERT INTO xorca.orchestration SELECT gen_random_uuid(), started_at, 1, "
                        "subject, name, version, correlation_id, input, revision, journal_last, "
                        "updated_at, due, status, snapshot FROM xorca.orchestration LIMIT 1");
    assert_ok(postgres_timers_read(fixture->postgres, 0, INT64_MIN, 10, fixture->arena, &rows,
                                   &count, &error));
    const int expected[] = {1, 4, 0, 5};
    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; i++) {
        assert_memory_equal(&rows[i].id, &stored[expected[i]].id, sizeof rows[i].id);
        assert_true(rows[i].due_ms == due[expected[i]]);
    }
    assert_ok(postgres_timers_read(fixture->postgres, 0, NOW_MS + 2, 1, fixture->arena, &rows,
                                   &count, &error));
    assert_int_equal(count, 1);
    assert_true(rows[0].due_ms == NOW_MS + 3);
}

static void orchestrations_are_read_as_they_were_written(void **state)
{
    struct fixture *fixture = *state;
    struct error error;
    struct orchestration_row *rows;
    size_t count;
    struct orchestration_row stored[2] = {row_of(1), row_of(2)};
    stored[0].due_ms = NOW_MS + 5;
    stored[0].status = 2;
    stored[0].revision = INT64_MAX;
    stored[0].journal_last = 77;
    stored[0].subject = TEXT("'; DROP TABLE xorca.orchestration; -- \xc3\xa9");
    stored[0].snapshot = TEXT("{\"n\": [9223372036854775807, 18446744073709551615, 1.0, 1e+300, "
                              "5e-324]}");
    stored[1].input = TEXT_NONE;
    stored[1].correlation_id = TEXT_NONE;
    insert(fixture, stored, 2);
    const struct hash128 ids[] = {id_of(2), id_of(3), id_of(1), id_of(1)};
    assert_ok(postgres_orchestrations_read(fixture->postgres, ids, 4, fixture->arena, &rows, &count,
                                           &error));
    assert_int_equal(count, 2);
    const struct orchestration_row *first = rows[0].id.bytes[3] == 1 ? &rows[0] : &rows[1];
    const struct orchestration_row *second = rows[0].id.bytes[3] == 1 ? &rows[1] : &rows[0];
    assert_int_equal(first->lane, 0);
    assert_true(text_equal(first->subject, stored[0].subject));
    assert_true(text_equal(first->name, stored[0].name));
    assert_true(text_equal(first->version, stored[0].version));
    assert_true(text_equal(first->correlation_id, stored[0].correlation_id));
    assert_true(first->started_ms == stored[0].started_ms);
    assert_true(text_equal(first->input, stored[0].input));
    assert_int_equal(first->status, 2);
    assert_true(first->revision == INT64_MAX && first->revision_before == INT64_MAX);
    assert_true(first->due_ms == NOW_MS + 5);
    assert_int_equal(first->journal_last, 77);
    assert_true(first->updated_ms == NOW_MS);
    /* JSONB keeps numbers exactly, writes them without exponent, and a fraction stays one. */
    assert_contains(first->snapshot.data, "[9223372036854775807, 18446744073709551615, 1.0, 1000");
    assert_null(second->input.data);
    assert_null(second->correlation_id.data);
    assert_int_equal(second->due_ms, 0);
    assert_ok(postgres_orchestrations_read(fixture->postgres, ids, 0, fixture->arena, &rows, &count,
                                           &error));
    assert_int_equal(count, 0);
}

/* A step writes the levels of its window that it changed; those that it did not stay. */
static void the_window_of_events_is_kept(void **state)
{
    struct fixture *fixture = *state;
    struct error error;
    struct orchestration_row *rows;
    size_t count;
    static char bytes[1024 * DEDUP_KEY_SIZE];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * i / 3 + i);
    struct orchestration_row row = row_of(1);
    row.dedup.levels[0] = (struct text){bytes, 8};
    insert(fixture, &row, 1);

    static const struct dedup_window changes[] = {
        {.levels = {{bytes, 16}, {bytes + 16, 128}, {bytes, sizeof bytes}}}, /* all */
        {.levels = {{bytes + 8, 8}}},
        {.levels = {{NULL, 0}}}, /* a timer's step */
    };
    static const struct dedup_window expected[] = {
        {.levels = {{bytes, 16}, {bytes + 16, 128}, {bytes, sizeof bytes}}},
        {.levels = {{bytes + 8, 8}, {bytes + 16, 128}, {bytes, sizeof bytes}}},
        {.levels = {{bytes + 8, 8}, {bytes + 16, 128}, {bytes, sizeof bytes}}},
    };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        row.dedup = changes[i];
        row.revision_before = row.revision++;
        struct lane_batch batch = batch_of(fixture);
        batch.updates = &row;
        batch.update_count = 1;
        commit(fixture, &batch);
        assert_ok(postgres_orchestrations_read(fixture->postgres, &row.id, 1, fixture->arena, &rows,
                                               &count, &error));
        assert_int_equal(count, 1);
        for (int level = 0; level < DEDUP_LEVELS; level++)
            assert_true(text_equal(rows[0].dedup.levels[level], expected[i].levels[level]));
    }
}

/* --- People ------------------------------------------------------------------------- */

static void lists_are_filtered_and_newest_first(void **state)
{
    struct fixture *fixture = *state;
    struct error error;
    struct orchestration_row *rows;
    size_t count;
    struct orchestration_row stored[5];
    for (int i = 0; i < 5; i++)
        stored[i] = row_of(i);
    stored[1].name = TEXT("other");
    stored[2].status = 1;
    stored[2].snapshot = TEXT("{\"value\": \"done\"}");
    stored[3].snapshot = TEXT("{\"value\": {\"checking\": {\"grounded\": \"asking\"}}}");
    insert(fixture, stored, 5);
    const struct {
        struct orchestration_filter filter;
        const char *expected; /* numbers of rows */
    } cases[] = {
        {{TEXT_NONE, -1, TEXT_NONE, 10}, "43210"},
        {{TEXT_NONE, -1, TEXT_NONE, 2}, "43"},
        {{TEXT("other"), -1, TEXT_NONE, 10}, "1"},
        {{TEXT("book-summary"), 0, TEXT_NONE, 10}, "430"},
        {{TEXT_NONE, 1, TEXT_NONE, 10}, "2"},
        {{TEXT_NONE, 2, TEXT_NONE, 10}, ""},
        {{TEXT_NONE, 70000, TEXT_NONE, 10}, ""},
        {{TEXT_NONE, -1, TEXT("grounded"), 10}, "3"},
        {{TEXT_NONE, -1, TEXT("fetching"), 10}, "410"},
        {{TEXT_NONE, -1, TEXT("%"), 10}, ""},
        {{TEXT("x' OR 'a'='a"), -1, TEXT_NONE, 10}, ""},
        {{TEXT(""), -1, TEXT_NONE, 10}, ""},
        {{TEXT_NONE, -1, TEXT_NONE, 0}, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char found[8] = "";
        assert_ok(postgres_orchestrations_list(fixture->postgres, &cases[i].filter, fixture->arena,
                                               &rows, &count, &error));
        for (size_t j = 0; j < count && j < 7; j++)
            found[j] = (char)('0' + rows[j].id.bytes[3]);
        assert_string_equal(found, cases[i].expected);
    }
}

static void the_journal_is_read_by_number_and_time(void **state)
{
    struct fixture *fixture = *state;
    struct error error;
    struct text events;
    struct text written = TEXT("[{\"id\":\"f00d0001-0000-0000-0000-000000000000\",\"revision\":7,"
                               "\"type\":\"evt.a\",\"state\":\"x\", \"kept\" : \"as  is\"}]");
    struct orchestration_row row = row_of(1);
    struct lane_batch batch = batch_of(fixture);
    batch.inserts = &row;
    batch.insert_count = 1;
    batch.journal = written;
    commit(fixture, &batch);
    struct postgres *postgres = fixture->postgres;
    assert_ok(postgres_journal_read(postgres, 0, 1, NOW_MS, fixture->arena, &events, &error));
    assert_true(text_equal(events, written));
    assert_ok(postgres_journal_read(postgres, 0, 2, NOW_MS, fixture->arena, &events, &error));
    assert_null(events.data);
    assert_ok(postgres_journal_read(postgres, 1, 1, NOW_MS, fixture->arena, &events, &error));
    assert_null(events.data);
}

static void views_show_state_and_history(void **state)
{
    struct fixture *fixture = *state;
    struct orchestration_row row = row_of(0xabcd);
    row.snapshot = TEXT("{\"value\": {\"a\": \"b\"}, \"context\": {\"n\": 1}, \"output\": true}");
    row.status = 1;
    struct lane_batch batch = batch_of(fixture);
    batch.inserts = &row;
    batch.insert_count = 1;
    batch.journal = TEXT("[{\"id\":\"f00dabcd-0000-0000-0000-000000000000\",\"revision\":7,"
                         "\"type\":\"evt.a\",\"state\":{\"a\":\"b\"}},"
                         "{\"id\":\"00000000-0000-0000-0000-000000000000\",\"revision\":1,"
                         "\"type\":\"evt.gone\",\"state\":\"x\"}]");
    commit(fixture, &batch);
    const char *url = database_url();
    assert_string_equal(sql(url, "SELECT (subject, status, state, context, output) "
                                 "FROM xorca.orchestrations"),
                        "(c3ViamVjdA==,completed,\"{\"\"a\"\": \"\"b\"\"}\","
                        "\"{\"\"n\"\": 1}\",true)");
    assert_string_equal(sql(url, "SELECT string_agg((lane, no, position, subject, revision, type, "
                                 "state)::text, ' ' ORDER BY position) FROM xorca.history"),
                        "(0,1,1,c3ViamVjdA==,7,evt.a,\"{\"\"a\"\":\"\"b\"\"}\") "
                        "(0,1,2,,1,evt.gone,\"\"\"x\"\"\")");
}

/* --- Costs ---------------------------------------------------------------------------- */

/* Every table and column that a person meets says what it is. */
static void everything_has_a_comment(void **state)
{
    (void)state;
    assert_string_equal(
        sql(database_url(),
            "SELECT string_agg(oid::regclass::text, ' ') FROM pg_class WHERE relnamespace = "
            "'xorca'::regnamespace AND relkind IN ('r', 'p', 'v') AND NOT (relispartition AND "
            "relname <> 'journal_default') AND obj_description(oid, 'pg_class') IS NULL"),
        "");
}

/* A table that statistics know as tiny is not read as a whole when it has grown. */
static void batches_are_planned_by_key(void **state)
{
    struct fixture *fixture = *state;
    struct orchestration_row row = row_of(1);
    insert(fixture, &row, 1); /* prepares */
    sql(database_url(), "ANALYZE xorca.orchestration; ANALYZE xorca.outbox; ANALYZE xorca.lane");
    static const char *const plans[] = {
        ("EXPLAIN EXECUTE \"update orchestrations\"(0,1,'{}','{}','{}','{}','{}','{}','{}','{}',"
         "'{}','{}','{}')"),
        "EXPLAIN EXECUTE \"delete outbox rows\"(0, 1, 2)",
        "EXPLAIN EXECUTE \"move lane\"(0, 1, 1, 1, '{}', '{}', 0, 0)",
    };
    for (size_t i = 0; i < COUNT_OF(plans); i++) {
        PGresult *result = PQexec(fixture->postgres->connection, plans[i]);
        assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
        bool by_index = false;
        for (int line = 0; line < PQntuples(result); line++) {
            const char *text = PQgetvalue(result, line, 0);
            assert_null(strstr(text, "Seq Scan"));
            by_index = by_index || strstr(text, "_pkey") != NULL;
        }
        assert_true(by_index);
        PQclear(result);
    }
}

enum { BATCH_EVENTS = 250, BATCHES = 20 };

/* What dedup_add makes in this round of an orchestration's life: hashes do not compress. */
static struct dedup_window window_of(int round, int n)
{
    enum { RECENT_MAX = 16 };
    static uint32_t noise[4096];
    for (uint32_t i = 0; noise[4095] == 0 && i < 4096; i++)
        noise[i] = (i + 1) * UINT32_C(2654435761) ^ (i << 13);
    const char *bytes = (const char *)&noise[(n * 7 + round / RECENT_MAX * 64) % 2048];
    struct dedup_window window = {0};
    window.levels[0] = (struct text){bytes, (size_t)(round % RECENT_MAX + 1) * DEDUP_KEY_SIZE};
    if (round >= RECENT_MAX && round % RECENT_MAX == 0)
        window.levels[1] = (struct text){bytes, RECENT_MAX * DEDUP_KEY_SIZE};
    return window;
}

/* An update of a typical size: snapshot 480 bytes of which the last change a little, 1.5
 * messages of 490 bytes and 120 of journal per event. */
static void update_all(struct fixture *fixture, struct orchestration_row *rows, int round,
                       char *snapshots, const char *outbox, const char *journal)
{
    enum { SNAPSHOT_SIZE = 480 };
    struct lane_batch batch = batch_of(fixture);
    for (int i = 0; i < BATCH_EVENTS; i++) {
        char *snapshot = snapshots + (size_t)i * (SNAPSHOT_SIZE + 1);
        int size =
            snprintf(snapshot, SNAPSHOT_SIZE + 1,
                     "{\"value\": \"state-%d\", \"context\": {\"attempts\": %d, \"text\": \"",
                     round % 7, round);
        for (; size < SNAPSHOT_SIZE - 3; size++)
            snapshot[size] = (char)('a' + (i * 31 + size * 7) % 26);
        memcpy(snapshot + size, "\"}}", 3);
        rows[i].snapshot = (struct text){snapshot, SNAPSHOT_SIZE};
        rows[i].revision_before = rows[i].revision++;
        rows[i].due_ms = NOW_MS + round;
        rows[i].journal_last = fixture->lane.journal_next;
        rows[i].dedup = window_of(round, i);
    }
    batch.updates = rows;
    batch.update_count = BATCH_EVENTS;
    batch.outbox = (struct text){outbox, 735 * BATCH_EVENTS};
    batch.out_next_after++;
    batch.published_after = batch.out_next_before - 1;
    batch.journal = text_of(journal);
    commit(fixture, &batch);
}

static int64_t wal_position(void)
{
    return atoll(sql(admin_url(), "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"));
}

/* A count that does not move with the machine: 250 events a batch, warm, the whole of a batch.
 * README.md has the number; the bound leaves room for a newer server, not for a mistake. */
static void an_event_costs_little_write_ahead_log(void **state)
{
    struct fixture *fixture = *state;
    static struct orchestration_row rows[BATCH_EVENTS];
    static char snapshots[BATCH_EVENTS * 512], outbox[735 * BATCH_EVENTS];
    static char journal[BATCH_EVENTS * 160];
    for (int i = 0; i < BATCH_EVENTS; i++)
        rows[i] = row_of(i);
    int size = 0;
    for (int i = 0; i < BATCH_EVENTS; i++)
        size += snprintf(journal + size, sizeof journal - (size_t)size,
                         "%c{\"id\":\"%08d-aaaa-4aaa-8aaa-aaaaaaaaaaaa\",\"revision\":%d,\"type\":"
                         "\"evt.books.fetch.success\",\"state\":\"checking\"}",
                         i == 0 ? '[' : ',', i * 7919, i);
    memcpy(journal + size, "]", 2);
    for (size_t i = 0; i < sizeof outbox; i++) /* half of each message repeats */
        outbox[i] = (char)(i % 490 < 245 ? 'a' + i % 26 : 'a' + (i * i / 7 + i) % 26);
    insert(fixture, rows, BATCH_EVENTS);
    sql(admin_url(), "CHECKPOINT");
    update_all(fixture, rows, 0, snapshots, outbox, journal); /* first touch after checkpoint */
    int64_t before = wal_position();
    for (int round = 1; round <= BATCHES; round++)
        update_all(fixture, rows, round, snapshots, outbox, journal);
    int64_t each = (wal_position() - before) / (BATCHES * BATCH_EVENTS);
    print_message("WAL bytes per event, batch of %d: %" PRId64 "\n", BATCH_EVENTS, each);
    assert_in_range(each, 1, 900);

    /* Updates stay on their page, but for the first rounds, which make room there: no index
     * entry, nothing for vacuum to look for. An index on `due` would make it none. */
    PQclear(PQexec(fixture->postgres->connection, "SELECT pg_stat_force_next_flush()"));
    int hot = atoi(sql(database_url(), "SELECT 100 * n_tup_hot_upd / n_tup_upd "
                                       "FROM pg_stat_user_tables WHERE relname = 'orchestration'"));
    print_message("heap-only updates: %d %%\n", hot);
    assert_in_range(hot, 85, 100);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_outbox_is_read_in_order_from_a_number_on),
        TEST(more_rows_than_memory_is_an_error),
        TEST(timers_are_read_by_due_time),
        TEST(orchestrations_are_read_as_they_were_written),
        TEST(the_window_of_events_is_kept),
        TEST(lists_are_filtered_and_newest_first),
        TEST(the_journal_is_read_by_number_and_time),
        TEST(views_show_state_and_history),
        TEST(everything_has_a_comment),
        TEST(batches_are_planned_by_key),
        TEST(an_event_costs_little_write_ahead_log),
    };
    return cmocka_run_group_tests_name("queries", tests, NULL, NULL);
}
