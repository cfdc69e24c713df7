/* Lanes and batches against a real server. What must be there afterwards is read by SQL. */
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "adapters/postgres/connection.h"
#include "tests/adapters/postgres/fixture.h"

/* 2026-11-24T00:00:00Z, as `date -u -d 2026-11-24 +%s` has it. */
#define NOW_MS INT64_C(1795478400000)

struct lane {
    struct postgres *postgres;
    struct arena *arena;
    int32_t number;
    struct lane_record record;
};

static int32_t lanes_made;

/* Each test has a lane of its own. */
static int lane_setup(void **state)
{
    static bool migrated;
    struct error error;
    struct lane *lane = calloc(1, sizeof *lane);
    assert_non_null(lane);
    lane->arena = arena_create(64 * 1024 * 1024);
    lane->postgres = connect_to(database_url());
    if (!migrated)
        migrate(lane->postgres);
    migrated = true;
    lane->number = lanes_made++;
    sql(database_url(), "INSERT INTO xorca.lane (lane, epoch) VALUES (%d, 0)", lane->number);
    assert_ok(postgres_lane_take(lane->postgres, lane->number, lane->arena, &lane->record, &error));
    *state = lane;
    return 0;
}

static int lane_teardown(void **state)
{
    struct lane *lane = *state;
    postgres_close(lane->postgres);
    arena_destroy(lane->arena);
    free(lane);
    return 0;
}

/* The id of orchestration `n` of this lane. */
static struct hash128 id_of(const struct lane *lane, int n)
{
    struct hash128 id = {{0xF0, 0x0D, (unsigned char)lane->number, (unsigned char)n}};
    return id;
}

static struct orchestration_row row_of(const struct lane *lane, int n, int64_t revision)
{
    return (struct orchestration_row){
        .id = id_of(lane, n),
        .lane = lane->number,
        .subject = TEXT("c3ViamVjdA=="),
        .name = TEXT("book-summary"),
        .version = TEXT("1.0.0"),
        .correlation_id = TEXT("cm9vdA=="),
        .started_ms = NOW_MS - 1,
        .input = TEXT("{\"bookId\":\"b-1\"}"),
        .revision = revision,
        .revision_before = revision - 1,
        .journal_last = 1,
        .updated_ms = NOW_MS,
        .snapshot = TEXT("{\"status\":\"active\",\"value\":\"fetching\",\"context\":{}}"),
    };
}

/* An empty batch of the lane as it was taken. */
static struct lane_batch batch_of(const struct lane *lane)
{
    return (struct lane_batch){
        .lane = lane->number,
        .epoch = lane->record.epoch,
        .now_ms = NOW_MS,
        .positions_before = lane->record.positions_json,
        .positions_after = lane->record.positions_json,
        .out_next_before = lane->record.out_next,
        .out_next_after = lane->record.out_next,
        .published_before = lane->record.published,
        .published_after = lane->record.published,
        .journal_number = lane->record.journal_next,
    };
}

/* Commits, expects success, and moves the record along. */
static void commit(struct lane *lane, const struct lane_batch *batch)
{
    struct error error;
    struct lane_batch_result result;
    bool fenced;
    assert_ok(postgres_batch_commit(lane->postgres, batch, &result, &fenced, &error));
    assert_false(fenced);
    lane->record.positions_json = batch->positions_after;
    lane->record.out_next = batch->out_next_after;
    lane->record.published = batch->published_after;
    lane->record.journal_next += batch->journal.size > 0;
}

/* Commits, expects failure, and that nothing happened and the connection is as before. */
static struct error commit_fails(struct lane *lane, const struct lane_batch *batch,
                                 enum status expected, bool expected_fenced)
{
    struct error error;
    struct lane_batch_result result;
    struct lane_batch empty = batch_of(lane);
    bool fenced;
    char before[1024], after[1024];
    static const char state[] =
        "SELECT (SELECT lane::text FROM xorca.lane WHERE lane = %d) || (SELECT "
        "coalesce(string_agg(o::text, ',' ORDER BY id), '') FROM xorca.orchestration AS o "
        "WHERE lane = %d) || (SELECT count(*) FROM xorca.outbox WHERE lane = %d)::text || "
        "(SELECT count(*) FROM xorca.journal WHERE lane = %d)::text";
    int32_t n = lane->number;
    snprintf(before, sizeof before, "%s", sql(database_url(), state, n, n, n, n));
    enum status status = postgres_batch_commit(lane->postgres, batch, &result, &fenced, &error);
    assert_status(expected, status, &error);
    assert_int_equal(fenced, expected_fenced);
    snprintf(after, sizeof after, "%s", sql(database_url(), state, n, n, n, n));
    assert_string_equal(after, before);

    struct error later;
    status = postgres_batch_commit(lane->postgres, &empty, &result, &fenced, &later);
    if (expected_fenced && status == STATUS_CONFLICT)
        assert_true(fenced);
    else
        assert_status(STATUS_OK, status, &later);
    return error;
}

/* --- Taking a lane ------------------------------------------------------------- */

static void take_over_raises_the_epoch_and_nothing_else(void **state)
{
    struct lane *lane = *state;
    struct error error;
    struct lane_record next;
    assert_int_equal(lane->record.epoch, 1);
    assert_int_equal(lane->record.out_next, 1);
    assert_int_equal(lane->record.published, 0);
    assert_int_equal(lane->record.journal_next, 1);
    assert_int_equal(lane->record.position_count, 0);
    assert_true(text_is(lane->record.positions_json, "{}"));
    assert_ok(postgres_lane_take(lane->postgres, lane->number, lane->arena, &next, &error));
    assert_int_equal(next.epoch, 2);
    assert_int_equal(next.out_next, 1);
    assert_memory_equal(&next.incarnation, &lane->record.incarnation, sizeof next.incarnation);
    /* The server's clock, by two readers, a minute apart at most. */
    int64_t now_s = atoll(sql(database_url(), "SELECT extract(epoch FROM now())::bigint"));
    assert_in_range(next.now_ms / 1000, now_s - 60, now_s + 60);
}

static void positions_come_in_order_of_topic(void **state)
{
    struct lane *lane = *state;
    struct error error;
    struct lane_position *positions;
    size_t count;
    struct lane_batch batch = batch_of(lane);
    batch.positions_after = TEXT("{\"evt.zz\":1,\"evt.a.long\":9223372036854775807,\"evt.b\":0}");
    commit(lane, &batch);
    assert_ok(postgres_lane_positions(lane->postgres, lane->number, lane->arena, &positions, &count,
                                      &error));
    assert_int_equal(count, 3);
    assert_true(text_is(positions[0].topic, "evt.a.long"));
    assert_true(positions[0].next_offset == INT64_MAX);
    assert_true(text_is(positions[1].topic, "evt.b"));
    assert_int_equal(positions[1].next_offset, 0);
    assert_true(text_is(positions[2].topic, "evt.zz"));
    assert_int_equal(positions[2].next_offset, 1);
    assert_ok(
        postgres_lane_positions(lane->postgres, 4711, lane->arena, &positions, &count, &error));
    assert_int_equal(count, 0);
}

static void a_lane_is_locked_once(void **state)
{
    struct lane *lane = *state;
    struct error error;
    bool locked;
    struct postgres *other = connect_to(database_url());
    assert_ok(postgres_lane_try_lock(lane->postgres, lane->number, &locked, &error));
    assert_true(locked);
    assert_ok(postgres_lane_try_lock(other, lane->number, &locked, &error));
    assert_false(locked);
    assert_ok(postgres_lane_unlock(lane->postgres, lane->number, &error));
    assert_ok(postgres_lane_try_lock(other, lane->number, &locked, &error));
    assert_true(locked);
    postgres_close(other);
}

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
}

static void only_an_idle_holder_is_evicted(void **state)
{
    struct lane *lane = *state;
    struct error error;
    bool locked = false, evicted = true;
    struct postgres *other = connect_to(database_url());
    assert_ok(postgres_lane_try_lock(lane->postgres, lane->number, &locked, &error));
    assert_true(locked);
    assert_ok(postgres_lane_evict(other, lane->number, 3600 * 1000, &evicted, &error));
    assert_false(evicted);
    assert_ok(postgres_lane_evict(other, lane->number + 1000, 0, &evicted, &error));
    assert_false(evicted);
    nap();
    assert_ok(postgres_lane_evict(other, lane->number, 1, &evicted, &error));
    assert_true(evicted);
    for (locked = false; !locked; nap())
        assert_ok(postgres_lane_try_lock(other, lane->number, &locked, &error));
    assert_status(STATUS_UNAVAILABLE,
                  postgres_lane_try_lock(lane->postgres, lane->number, &locked, &error), &error);
    assert_false(postgres_is_alive(lane->postgres));
    postgres_close(other);
}

/* --- Lanes for people, and lanes that lost what they had committed ---------------- */

/* The lane's row among all. */
static struct lane_row read_row(struct lane *lane)
{
    struct error error;
    struct lane_row *rows;
    size_t count, at = 0;
    assert_ok(postgres_lanes_read(lane->postgres, lane->arena, &rows, &count, &error));
    while (at < count && rows[at].lane != lane->number)
        at++;
    assert_true(at < count);
    return rows[at];
}

static void a_lane_is_shown_with_its_holder(void **state)
{
    struct lane *lane = *state;
    struct error error;
    bool locked;
    char expected[64];
    assert_null(read_row(lane).holder.data);
    struct lane_batch batch = batch_of(lane);
    batch.positions_after = TEXT("{\"evt.a\":5}");
    commit(lane, &batch);
    assert_ok(postgres_lane_try_lock(lane->postgres, lane->number, &locked, &error));
    struct lane_row row = read_row(lane);
    snprintf(expected, sizeof expected, "session %s from 127.0.0.1",
             sql(database_url(),
                 "SELECT pid FROM pg_locks WHERE locktype = 'advisory' "
                 "AND classid::int8 = %d AND objid::int8 = %d",
                 POSTGRES_LOCK_LANE, lane->number));
    assert_true(text_is(row.holder, expected));
    assert_int_equal(row.epoch, lane->record.epoch);
    assert_int_equal(row.out_next, 1);
    assert_memory_equal(&row.incarnation, &lane->record.incarnation, sizeof row.incarnation);
    assert_int_equal(row.position_count, 1);
    assert_int_equal(row.positions[0].next_offset, 5);
}

/* Makes outbox rows 1 to `count`, bodies "1" to "9". */
static void fill_outbox(struct lane *lane, int count)
{
    for (int i = 1; i <= count; i++) {
        struct lane_batch batch = batch_of(lane);
        char body[2] = {(char)('0' + i), '\0'};
        batch.outbox = text_of(body);
        batch.out_next_after++;
        commit(lane, &batch);
    }
}

static const struct resumption_case {
    const char *name;
    int rows; /* of the outbox, from 1 on */
    int64_t published, own_published;
    const char *expected; /* out_next, published, and the rows that are left */
} resumption_cases[] = {
    {"what was published is ahead: a standby lacked the last transactions", 3, 7, 7, "8 7 -"},
    {"nothing is wrong with the outbox: only positions move", 3, 1, 1, "4 1 2=2,3=3"},
    {"another database was ahead: our rows come behind its", 4, 9, 2, "12 9 10=3,11=4"},
    {"another database was behind: our numbers go on", 4, 2, 2, "5 2 3=3,4=4"},
    {"rows are numbered anew over each other", 5, 2, 1, "7 2 3=2,4=3,5=4,6=5"},
    {"a new database", 0, 9, 0, "10 9 -"},
};

static void a_lane_goes_on_behind_what_was_published(void **state)
{
    struct lane *lane = *state;
    for (size_t i = 0; i < sizeof resumption_cases / sizeof resumption_cases[0]; i++) {
        const struct resumption_case *c = &resumption_cases[i];
        struct error error;
        struct hash128 incarnation;
        lane->number = lanes_made++;
        sql(database_url(), "INSERT INTO xorca.lane (lane, epoch) VALUES (%d, 0)", lane->number);
        assert_ok(
            postgres_lane_take(lane->postgres, lane->number, lane->arena, &lane->record, &error));
        fill_outbox(lane, c->rows);
        const struct lane_resumption resumption = {.lane = lane->number,
                                                   .epoch = lane->record.epoch,
                                                   .published = c->published,
                                                   .own_published = c->own_published,
                                                   .positions = TEXT("{\"evt.a\":2}")};
        assert_ok(postgres_lane_resume(lane->postgres, &resumption, &incarnation, &error));
        const char *found =
            sql(database_url(),
                "SELECT out_next || ' ' || published || ' ' || coalesce((SELECT string_agg(seq || "
                "'=' || convert_from(body, 'UTF8'), ',' ORDER BY seq) FROM xorca.outbox AS o "
                "WHERE o.lane = l.lane), '-') FROM xorca.lane AS l WHERE lane = %d",
                lane->number);
        if (strcmp(found, c->expected) != 0)
            fail_msg("%s: %s, not %s", c->name, found, c->expected);
        struct lane_row row = read_row(lane);
        assert_memory_equal(&row.incarnation, &incarnation, sizeof incarnation);
        assert_memory_not_equal(&incarnation, &lane->record.incarnation, sizeof incarnation);
        assert_true(text_is(row.positions_json, "{\"evt.a\": 2}"));
    }
}

static void a_lane_that_was_taken_is_not_resumed(void **state)
{
    struct lane *lane = *state;
    struct error error;
    struct hash128 incarnation;
    fill_outbox(lane, 2);
    const struct lane_resumption resumption = {.lane = lane->number,
                                               .epoch = lane->record.epoch - 1,
                                               .published = 9,
                                               .own_published = 9,
                                               .positions = TEXT("{}")};
    assert_status(STATUS_CONFLICT,
                  postgres_lane_resume(lane->postgres, &resumption, &incarnation, &error), &error);
    struct lane_row row = read_row(lane);
    assert_int_equal(row.out_next, 3);
    assert_string_equal(
        sql(database_url(), "SELECT count(*) FROM xorca.outbox WHERE lane = %d", lane->number),
        "2");
}

/* --- Batches that succeed -------------------------------------------------------- */

static void a_batch_writes_everything(void **state)
{
    struct lane *lane = *state;
    struct orchestration_row rows[] = {row_of(lane, 1, 1), row_of(lane, 2, 3)};
    const int64_t locks[] = {INT64_MIN, -1, 0, 7, INT64_MAX};
    rows[0].due_ms = NOW_MS + 5000;
    rows[1].status = 1;
    rows[1].correlation_id = TEXT_NONE;
    rows[1].input = TEXT_NONE;
    struct lane_batch batch = batch_of(lane);
    batch.positions_after = TEXT("{\"evt.a\": 12}");
    batch.out_next_after = 2;
    batch.locks = locks;
    batch.lock_count = 5;
    batch.inserts = rows;
    batch.insert_count = 2;
    batch.outbox = (struct text){"\0\xff body", 7};
    batch.journal = TEXT("[{\"id\":\"f00d0000-0000-0000-0000-000000000000\",\"type\":\"evt.a\"}]");
    commit(lane, &batch);

    const char *url = database_url();
    int32_t n = lane->number;
    assert_string_equal(sql(url,
                            "SELECT (epoch, out_next, published, journal_next, positions) "
                            "FROM xorca.lane WHERE lane = %d",
                            n),
                        "(1,2,0,2,\"{\"\"evt.a\"\": 12}\")");
    assert_string_equal(
        sql(url,
            "SELECT (subject, name, version, correlation_id, extract(epoch FROM started_at), "
            "input, status, revision, extract(epoch FROM due), journal_last, "
            "extract(epoch FROM updated_at), snapshot -> 'value') FROM xorca.orchestration "
            "WHERE lane = %d AND id::text LIKE 'f00d__01%%'",
            n),
        "(c3ViamVjdA==,book-summary,1.0.0,cm9vdA==,1795478399.999000,\"{\"\"bookId\"\": "
        "\"\"b-1\"\"}\",0,1,1795478405.000000,1,1795478400.000000,\"\"\"fetching\"\"\")");
    assert_string_equal(
        sql(url,
            "SELECT (status, revision, due, correlation_id, input) FROM xorca.orchestration "
            "WHERE lane = %d AND id::text LIKE 'f00d__02%%'",
            n),
        "(1,3,,,)");
    assert_string_equal(sql(url,
                            "SELECT seq || encode(body, 'hex') FROM xorca.outbox "
                            "WHERE lane = %d",
                            n),
                        "100ff20626f6479");
    assert_string_equal(sql(url,
                            "SELECT no || ' ' || extract(epoch FROM at) FROM xorca.journal "
                            "WHERE lane = %d",
                            n),
                        "1 1795478400.000000");
    assert_string_equal(sql(url, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0");
}

static void an_update_may_take_several_revisions(void **state)
{
    struct lane *lane = *state;
    struct orchestration_row row = row_of(lane, 1, 2);
    struct lane_batch batch = batch_of(lane);
    batch.inserts = &row;
    batch.insert_count = 1;
    commit(lane, &batch);
    row.revision_before = 2;
    row.revision = 5;
    row.status = 2;
    row.snapshot = TEXT("{\"value\":\"failed\"}");
    batch = batch_of(lane);
    batch.updates = &row;
    batch.update_count = 1;
    commit(lane, &batch);
    assert_string_equal(sql(database_url(),
                            "SELECT (revision, status, snapshot) FROM xorca.orchestration "
                            "WHERE lane = %d",
                            lane->number),
                        "(5,2,\"{\"\"value\"\": \"\"failed\"\"}\")");
}

static void a_subject_from_another_lane_is_taken_along(void **state)
{
    struct lane *lane = *state;
    struct orchestration_row row = row_of(lane, 1, 1);
    struct lane_batch batch = batch_of(lane);
    batch.inserts = &row;
    batch.insert_count = 1;
    commit(lane, &batch);
    sql(database_url(), "UPDATE xorca.orchestration SET lane = 999 WHERE lane = %d", lane->number);
    row.revision = 2;
    row.revision_before = 1;
    batch = batch_of(lane);
    batch.updates = &row;
    batch.update_count = 1;
    commit(lane, &batch);
    assert_string_equal(sql(database_url(),
                            "SELECT revision FROM xorca.orchestration "
                            "WHERE lane = %d",
                            lane->number),
                        "2");
}

static void published_rows_go_and_no_others(void **state)
{
    struct lane *lane = *state;
    for (int i = 0; i < 6; i++) {
        struct lane_batch batch = batch_of(lane);
        batch.outbox = TEXT("body");
        batch.out_next_after = batch.out_next_before + 1;
        commit(lane, &batch);
    }
    static const char left[] = "SELECT string_agg(seq::text, ' ' ORDER BY seq) FROM xorca.outbox "
                               "WHERE lane = %d";
    struct lane_batch batch = batch_of(lane);
    batch.published_after = 2;
    commit(lane, &batch);
    assert_string_equal(sql(database_url(), left, lane->number), "3 4 5 6");
    batch = batch_of(lane);
    batch.published_before = 3; /* a row below the lower bound is not looked at */
    batch.published_after = 5;
    commit(lane, &batch);
    assert_string_equal(sql(database_url(), left, lane->number), "3 6");
    assert_string_equal(
        sql(database_url(), "SELECT published FROM xorca.lane WHERE lane = %d", lane->number), "5");
}

static void a_snapshot_of_a_mebibyte_survives(void **state)
{
    enum { SIZE = 1024 * 1024, ROWS = 3 };
    struct lane *lane = *state;
    struct error error;
    char *json = malloc(SIZE);
    assert_non_null(json);
    uint32_t noise = 1;
    for (int i = 0; i < SIZE; i++) /* letters that do not compress well */
        json[i] = (char)('a' + ((noise = noise * 1664525 + 1013904223) >> 24) % 26);
    memcpy(json, "{\"a\": \"", 7);
    memcpy(json + SIZE - 2, "\"}", 2);
    struct orchestration_row rows[ROWS];
    struct hash128 ids[ROWS];
    for (int i = 0; i < ROWS; i++) {
        rows[i] = row_of(lane, i, 1);
        rows[i].snapshot = (struct text){json, SIZE};
        ids[i] = rows[i].id;
    }
    struct lane_batch batch = batch_of(lane);
    batch.inserts = rows;
    batch.insert_count = ROWS;
    commit(lane, &batch);
    struct orchestration_row *found;
    size_t count;
    assert_ok(postgres_orchestrations_read(lane->postgres, ids, ROWS, lane->arena, &found, &count,
                                           &error));
    assert_int_equal(count, ROWS);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(found[i].snapshot.size, SIZE);
        assert_memory_equal(found[i].snapshot.data, json, SIZE);
    }
    free(json);
}

/* --- Batches that change nothing --------------------------------------------------- */

static void another_epoch_fences(void **state)
{
    struct lane *lane = *state;
    struct error error;
    struct lane_record successor;
    struct postgres *other = connect_to(database_url());
    struct orchestration_row row = row_of(lane, 1, 1);
    struct lane_batch batch = batch_of(lane);
    batch.inserts = &row;
    batch.insert_count = 1;
    assert_ok(postgres_lane_take(other, lane->number, lane->arena, &successor, &error));
    error = commit_fails(lane, &batch, STATUS_CONFLICT, true);
    assert_contains(error.message, "another worker");
    postgres_close(other);
}

static void other_positions_fence(void **state)
{
    struct lane *lane = *state;
    struct lane_batch batch = batch_of(lane);
    batch.positions_before = TEXT("{\"evt.a\":1}");
    batch.positions_after = TEXT("{\"evt.a\":2}");
    commit_fails(lane, &batch, STATUS_CONFLICT, true);
}

static void another_sequence_fences(void **state)
{
    struct lane *lane = *state;
    struct lane_batch batch = batch_of(lane);
    batch.out_next_before = 2;
    batch.out_next_after = 2;
    commit_fails(lane, &batch, STATUS_CONFLICT, true);
}

static void a_lane_without_a_row_fences(void **state)
{
    struct lane *lane = *state;
    struct lane_batch batch = batch_of(lane);
    batch.lane = 4711;
    commit_fails(lane, &batch, STATUS_CONFLICT, true);
}

static void another_revision_conflicts(void **state)
{
    struct lane *lane = *state;
    struct orchestration_row rows[] = {row_of(lane, 1, 1), row_of(lane, 2, 1)};
    struct lane_batch batch = batch_of(lane);
    batch.inserts = rows;
    batch.insert_count = 2;
    commit(lane, &batch);
    rows[0].revision_before = 1;
    rows[0].revision = 2;
    rows[1].revision_before = 2; /* it is at 1 */
    rows[1].revision = 3;
    batch = batch_of(lane);
    batch.updates = rows;
    batch.update_count = 2;
    batch.outbox = TEXT("body");
    batch.out_next_after = 2;
    struct error error = commit_fails(lane, &batch, STATUS_CONFLICT, false);
    assert_contains(error.message, "revision");
}

static void an_update_of_nothing_conflicts(void **state)
{
    struct lane *lane = *state;
    struct orchestration_row row = row_of(lane, 1, 2);
    struct lane_batch batch = batch_of(lane);
    batch.updates = &row;
    batch.update_count = 1;
    commit_fails(lane, &batch, STATUS_CONFLICT, false);
}

static void an_existing_row_conflicts(void **state)
{
    struct lane *lane = *state;
    struct orchestration_row row = row_of(lane, 1, 1);
    struct lane_batch batch = batch_of(lane);
    batch.inserts = &row;
    batch.insert_count = 1;
    commit(lane, &batch);
    batch = batch_of(lane);
    batch.inserts = &row;
    batch.insert_count = 1;
    commit_fails(lane, &batch, STATUS_CONFLICT, false);
}

static void an_existing_outbox_row_is_fatal(void **state)
{
    struct lane *lane = *state;
    sql(database_url(), "INSERT INTO xorca.outbox VALUES (%d, 1, 'x')", lane->number);
    struct lane_batch batch = batch_of(lane);
    batch.outbox = TEXT("body");
    batch.out_next_after = 2;
    commit_fails(lane, &batch, STATUS_FATAL, false);
}

/* JSON has U+0000 in strings and JSONB does not. */
static void a_nul_is_rejected_and_does_no_harm(void **state)
{
    struct lane *lane = *state;
    struct error error;
    struct orchestration_row row = row_of(lane, 1, 1);
    struct lane_batch batch = batch_of(lane);
    row.snapshot = TEXT("{\"context\":{\"name\":\"a\\u0000b\"}}");
    batch.inserts = &row;
    batch.insert_count = 1;
    assert_false(postgres_json_storable(row.snapshot));
    error = commit_fails(lane, &batch, STATUS_REJECTED, false);
    assert_contains(error.message, "22P05"); /* untranslatable_character */
    row = row_of(lane, 1, 1);
    row.correlation_id = (struct text){"a\0b", 3};
    assert_false(postgres_text_storable(row.correlation_id));
    commit_fails(lane, &batch, STATUS_REJECTED, false);
    row = row_of(lane, 1, 1);
    row.snapshot = TEXT("{\"context\":{\"name\":\"a\\\\u0000b\"}}"); /* a backslash, then u0000 */
    assert_true(postgres_json_storable(row.snapshot));
    commit(lane, &batch);
}

static void a_time_beyond_all_years_is_rejected(void **state)
{
    struct lane *lane = *state;
    struct orchestration_row row = row_of(lane, 1, 1);
    struct lane_batch batch = batch_of(lane);
    row.due_ms = INT64_MAX;
    batch.inserts = &row;
    batch.insert_count = 1;
    struct error error = commit_fails(lane, &batch, STATUS_REJECTED, false);
    assert_contains(error.message, "294276");
}

/* --- The server goes away ------------------------------------------------------------ */

static int backend_pid(const struct lane *lane)
{
    return PQbackendPID(lane->postgres->connection);
}

static void assert_lost(struct lane *lane, enum status status, struct error *error)
{
    struct lane_record record;
    assert_status(STATUS_UNAVAILABLE, status, error);
    assert_false(postgres_is_alive(lane->postgres));
    assert_null(strchr(error->message, '\n'));
    status = postgres_lane_take(lane->postgres, lane->number, lane->arena, &record, error);
    assert_status(STATUS_UNAVAILABLE, status, error);
}

static void an_ended_session_is_noticed(void **state)
{
    struct lane *lane = *state;
    struct error error;
    struct lane_batch_result result;
    bool fenced;
    struct lane_batch batch = batch_of(lane);
    commit(lane, &batch);
    assert_string_equal(
        sql(admin_url(), "SELECT pg_terminate_backend(%d, 5000)", backend_pid(lane)), "t");
    assert_lost(lane, postgres_batch_commit(lane->postgres, &batch, &result, &fenced, &error),
                &error);
    assert_false(fenced);
}

struct blocked {
    struct lane *lane;
    struct lane_batch batch;
    struct error error;
    enum status status;
    bool fenced;
};

static void *commit_in_thread(void *argument)
{
    struct blocked *blocked = argument;
    struct lane_batch_result result;
    blocked->status = postgres_batch_commit(blocked->lane->postgres, &blocked->batch, &result,
                                            &blocked->fenced, &blocked->error);
    return NULL;
}

/* Begins a batch that waits for a subject's lock, held by `holder`. */
static pthread_t commit_blocked(struct lane *lane, struct blocked *blocked, PGconn *holder)
{
    static const int64_t lock = 424242;
    PQclear(PQexec(holder, "BEGIN; SELECT pg_advisory_xact_lock(424242)"));
    *blocked = (struct blocked){.lane = lane, .batch = batch_of(lane)};
    blocked->batch.locks = &lock;
    blocked->batch.lock_count = 1;
    blocked->batch.outbox = TEXT("body");
    blocked->batch.out_next_after = blocked->batch.out_next_before + 1;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, commit_in_thread, blocked), 0);
    while (strcmp(sql(admin_url(), "SELECT count(*) FROM pg_locks WHERE NOT granted"), "0") == 0)
        nap();
    return thread;
}

static void a_session_ended_in_the_middle_is_noticed(void **state)
{
    struct lane *lane = *state;
    struct blocked blocked;
    PGconn *holder = PQconnectdb(database_url());
    pthread_t thread = commit_blocked(lane, &blocked, holder);
    sql(admin_url(), "SELECT pg_terminate_backend(%d)", backend_pid(lane));
    pthread_join(thread, NULL);
    assert_lost(lane, blocked.status, &blocked.error);
    assert_false(blocked.fenced);
    assert_string_equal(
        sql(database_url(), "SELECT count(*) FROM xorca.outbox WHERE lane = %d", lane->number),
        "0");
    PQfinish(holder);
}

static void a_subject_in_use_is_waited_for(void **state)
{
    struct lane *lane = *state;
    struct blocked blocked;
    PGconn *holder = PQconnectdb(database_url());
    pthread_t thread = commit_blocked(lane, &blocked, holder);
    PQclear(PQexec(holder, "COMMIT"));
    pthread_join(thread, NULL);
    assert_status(STATUS_OK, blocked.status, &blocked.error);
    PQfinish(holder);
}

/* By the server, which is asked how long a statement may take; and by us, when it does not say. */
static void statements_have_a_limit(void **state)
{
    struct lane *lane = *state;
    struct error error;
    assert_ok(postgres_limit_statements(lane->postgres, 1500, &error));
    assert_int_equal(lane->postgres->answer_ms_max, 2000);
    assert_status(STATUS_UNAVAILABLE,
                  postgres_run_sql(lane->postgres, "SELECT pg_sleep(60)", &error), &error);
    assert_contains(error.message, "statement timeout (57014)");
    assert_true(postgres_is_alive(lane->postgres));
}

/* A server that is stopped and not dead keeps the connection and says nothing. */
static void a_stopped_server_is_not_waited_for(void **state)
{
    struct lane *lane = *state;
    struct error error;
    struct lane_batch_result result;
    bool fenced;
    struct lane_batch batch = batch_of(lane);
    commit(lane, &batch);
    lane->postgres->answer_ms_max = 200;
    int pid = backend_pid(lane);
    assert_int_equal(kill(pid, SIGSTOP), 0);
    enum status status = postgres_batch_commit(lane->postgres, &batch, &result, &fenced, &error);
    assert_int_equal(kill(pid, SIGCONT), 0);
    assert_lost(lane, status, &error);
}

int main(void)
{
#define LANE_TEST(test) cmocka_unit_test_setup_teardown(test, lane_setup, lane_teardown)
    const struct CMUnitTest tests[] = {
        LANE_TEST(take_over_raises_the_epoch_and_nothing_else),
        LANE_TEST(positions_come_in_order_of_topic),
        LANE_TEST(a_lane_is_locked_once),
        LANE_TEST(only_an_idle_holder_is_evicted),
        LANE_TEST(a_lane_is_shown_with_its_holder),
        LANE_TEST(a_lane_goes_on_behind_what_was_published),
        LANE_TEST(a_lane_that_was_taken_is_not_resumed),
        LANE_TEST(a_batch_writes_everything),
        LANE_TEST(an_update_may_take_several_revisions),
        LANE_TEST(a_subject_from_another_lane_is_taken_along),
        LANE_TEST(published_rows_go_and_no_others),
        LANE_TEST(a_snapshot_of_a_mebibyte_survives),
        LANE_TEST(another_epoch_fences),
        LANE_TEST(other_positions_fence),
        LANE_TEST(another_sequence_fences),
        LANE_TEST(a_lane_without_a_row_fences),
        LANE_TEST(another_revision_conflicts),
        LANE_TEST(an_update_of_nothing_conflicts),
        LANE_TEST(an_existing_row_conflicts),
        LANE_TEST(an_existing_outbox_row_is_fatal),
        LANE_TEST(a_nul_is_rejected_and_does_no_harm),
        LANE_TEST(a_time_beyond_all_years_is_rejected),
        LANE_TEST(an_ended_session_is_noticed),
        LANE_TEST(a_session_ended_in_the_middle_is_noticed),
        LANE_TEST(a_subject_in_use_is_waited_for),
        LANE_TEST(statements_have_a_limit),
        LANE_TEST(a_stopped_server_is_not_waited_for),
    };
    return cmocka_run_group_tests_name("lanes", tests, NULL, NULL);
}
