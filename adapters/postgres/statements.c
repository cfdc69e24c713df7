#include "adapters/postgres/statements.h"

/* Types are written out ($1::int8[]): a binary parameter means nothing without one.
 * Where a statement must find exactly what it expects it raises, by dividing by zero
 * (22012): in a pipeline that is what keeps the COMMIT behind it from happening. */

#define ORCHESTRATION_COLUMNS                                                                      \
    "id, lane, subject, name, version, correlation_id, started_at, input, status, revision, due, " \
    "journal_last, updated_at, snapshot, dedup_recent, dedup_middle, dedup_old"

const struct statement_text statements[STATEMENT_COUNT] = {
    [STATEMENT_BATCH_BEGIN] = {"begin", "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"},

    /* The fence. 1 lane, 2 epoch, 3 and 4 out_next before and after, 5 and 6 positions
     * before and after, 7 published, 8 journal_next. */
    [STATEMENT_BATCH_LANE] =
        {"move lane", "WITH moved AS ("
                      "UPDATE xorca.lane SET out_next = $4::int8, positions = $6::jsonb, "
                      "published = $7::int8, journal_next = greatest(journal_next, $8::int8), "
                      "updated_at = clock_timestamp() "
                      "WHERE lane = $1::int4 AND epoch = $2::int8 AND out_next = $3::int8 "
                      "AND positions = $5::jsonb RETURNING 1) "
                      "SELECT 1 / count(*), clock_timestamp() FROM moved"},

    /* count() keeps the answer one row; unnest keeps the order, which is sorted. */
    [STATEMENT_BATCH_LOCK] = {"lock subjects", "SELECT count(pg_advisory_xact_lock(key)) "
                                               "FROM unnest($1::int8[]) AS key"},

    [STATEMENT_BATCH_INSERT] =
        {"insert orchestrations",
         "INSERT INTO xorca.orchestration (lane, updated_at, id, started_at, subject, name, "
         "version, correlation_id, input, revision, journal_last, due, status, snapshot, "
         "dedup_recent, dedup_middle, dedup_old) "
         "SELECT $1::int4, new.* FROM unnest($2::timestamptz[], $3::uuid[], $4::timestamptz[], "
         "$5::text[], $6::text[], $7::text[], $8::text[], $9::jsonb[], $10::int8[], $11::int8[], "
         "$12::timestamptz[], $13::int2[], $14::jsonb[], $15::bytea[], $16::bytea[], "
         "$17::bytea[]) AS new"},

    /* 1 lane, 2 how many rows. A level of the window that did not change is null. */
    [STATEMENT_BATCH_UPDATE] =
        {"update orchestrations",
         "WITH changed AS ("
         "UPDATE xorca.orchestration AS old SET lane = $1::int4, revision = new.revision, "
         "journal_last = new.journal_last, updated_at = new.updated_at, due = new.due, "
         "status = new.status, snapshot = new.snapshot, "
         "dedup_recent = coalesce(new.dedup_recent, old.dedup_recent), "
         "dedup_middle = coalesce(new.dedup_middle, old.dedup_middle), "
         "dedup_old = coalesce(new.dedup_old, old.dedup_old) "
         "FROM unnest($3::uuid[], $4::int8[], $5::int8[], $6::int8[], $7::timestamptz[], "
         "$8::timestamptz[], $9::int2[], $10::jsonb[], $11::bytea[], $12::bytea[], $13::bytea[]) "
         "AS new (id, revision_before, revision, journal_last, updated_at, due, status, snapshot, "
         "dedup_recent, dedup_middle, dedup_old) "
         "WHERE old.id = new.id AND old.revision = new.revision_before RETURNING 1) "
         "SELECT 1 / (count(*) = $2::int8)::int4 FROM changed"},

    [STATEMENT_BATCH_OUTBOX_INSERT] = {"insert outbox row",
                                       "INSERT INTO xorca.outbox (lane, seq, body) "
                                       "VALUES ($1::int4, $2::int8, $3::bytea)"},

    /* Both bounds: without the lower one the index is read from its start, through every
     * dead entry (20 us an event, protocol.md section 11). */
    [STATEMENT_BATCH_OUTBOX_DELETE] = {"delete outbox rows",
                                       "DELETE FROM xorca.outbox WHERE lane = $1::int4 "
                                       "AND seq > $2::int8 AND seq <= $3::int8"},

    [STATEMENT_BATCH_JOURNAL_INSERT] = {"insert journal row",
                                        "INSERT INTO xorca.journal (lane, no, at, events) "
                                        "VALUES ($1::int4, $2::int8, $3::timestamptz, $4::json)"},

    [STATEMENT_BATCH_COMMIT] = {"commit", "COMMIT"},

    [STATEMENT_LANE_TRY_LOCK] = {"lock lane", "SELECT pg_try_advisory_lock($1::int4, $2::int4)"},
    [STATEMENT_LANE_UNLOCK] = {"unlock lane", "SELECT pg_advisory_unlock($1::int4, $2::int4)"},

    /* A two-int advisory lock stands in pg_locks as (classid, objid, objsubid 2).
     * 1 class, 2 lane, 3 idle milliseconds. */
    [STATEMENT_LANE_EVICT] =
        {"evict lane's holder",
         "SELECT coalesce(bool_or(pg_terminate_backend(holder.pid)), false) "
         "FROM pg_locks AS held JOIN pg_stat_activity AS holder ON holder.pid = held.pid "
         "WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 2 "
         "AND held.classid::int8 = $1::int4 AND held.objid::int8 = $2::int4 "
         "AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
         "AND holder.pid <> pg_backend_pid() "
         "AND greatest(holder.state_change, holder.query_start, holder.backend_start) "
         "< clock_timestamp() - $3::int8 * interval '1 millisecond'"},

    [STATEMENT_LANE_TAKE] =
        {"take lane", "UPDATE xorca.lane SET epoch = epoch + 1, updated_at = clock_timestamp() "
                      "WHERE lane = $1::int4 RETURNING epoch, out_next, published, journal_next, "
                      "incarnation, positions, "
                      "clock_timestamp()"},

    [STATEMENT_LANE_PROGRESS] = {"read lane's progress",
                                 "SELECT epoch, journal_next, out_next, published "
                                 "FROM xorca.lane "
                                 "WHERE lane = $1::int4"},

    [STATEMENT_LANE_POSITIONS] = {"read lane's positions",
                                  "SELECT positions FROM xorca.lane WHERE lane = $1::int4"},

    [STATEMENT_LANES_READ] =
        {"read lanes",
         "SELECT lane.lane, lane.epoch, lane.out_next, lane.published, lane.incarnation, "
         "lane.positions, lane.updated_at, "
         "(SELECT min('session ' || holder.pid || coalesce(' from ' || host(holder.client_addr), "
         "'')) FROM pg_locks AS held JOIN pg_stat_activity AS holder ON holder.pid = held.pid "
         "WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 2 "
         "AND held.classid::int8 = $1::int4 AND held.objid::int8 = lane.lane AND held.database = "
         "(SELECT oid FROM pg_database WHERE datname = current_database())) "
         "FROM xorca.lane AS lane ORDER BY lane.lane"},

    /* 1 lane, 2 epoch, 3 the sequence that has left last, 4 up to which our own rows have left, 5
     * positions. Rows that have not left are numbered anew behind 3; sorting them makes all of
     * them deleted before the first is inserted. */
    [STATEMENT_LANE_RESUME] =
        {"resume lane",
         "WITH moved AS ("
         "UPDATE xorca.lane SET out_next = $3::int8 + 1 + greatest(out_next - 1 - $4::int8, 0), "
         "published = $3::int8, incarnation = gen_random_uuid(), positions = $5::jsonb, "
         "updated_at = clock_timestamp() "
         "WHERE lane = $1::int4 AND epoch = $2::int8 RETURNING incarnation), "
         "gone AS (DELETE FROM xorca.outbox WHERE lane = $1::int4 AND EXISTS (SELECT FROM moved) "
         "RETURNING seq, body), "
         "kept AS (INSERT INTO xorca.outbox (lane, seq, body) "
         "SELECT $1::int4, seq - $4::int8 + $3::int8, body FROM gone WHERE seq > $4::int8 "
         "ORDER BY seq) "
         "SELECT incarnation FROM moved"},

    [STATEMENT_OUTBOX_READ] = {"read outbox", "SELECT seq, body FROM xorca.outbox "
                                              "WHERE lane = $1::int4 AND seq > $2::int8 "
                                              "ORDER BY seq LIMIT $3::int8"},

    [STATEMENT_TIMERS_READ] = {"read timers",
                               "SELECT id, due FROM xorca.orchestration WHERE lane = $1::int4 "
                               "AND status = 0 AND due >= $2::timestamptz "
                               "ORDER BY due, id LIMIT $3::int8"},

    [STATEMENT_ORCHESTRATIONS_READ] = {"read orchestrations",
                                       "SELECT " ORCHESTRATION_COLUMNS " FROM xorca.orchestration "
                                       "WHERE id = ANY ($1::uuid[])"},

    /* 1 name, 2 status, 3 part of the state value, 4 how many. */
    [STATEMENT_ORCHESTRATIONS_LIST] =
        {"list orchestrations",
         "SELECT " ORCHESTRATION_COLUMNS " FROM xorca.orchestration "
         "WHERE ($1::text IS NULL OR name = $1::text) "
         "AND ($2::int4 IS NULL OR status = $2::int4) "
         "AND ($3::text IS NULL OR position($3::text IN (snapshot -> 'value')::text) > 0) "
         "ORDER BY started_at DESC, id LIMIT $4::int8"},

    [STATEMENT_JOURNAL_READ] = {"read journal",
                                "SELECT events FROM xorca.journal WHERE lane = $1::int4 "
                                "AND no = $2::int8 AND at = $3::timestamptz"},

    [STATEMENT_DEFINITION_INSERT] =
        {"register definition",
         "INSERT INTO xorca.definition (name, version, source, source_hash) VALUES ($1::text, "
         "$2::text, $3::json, sha256(convert_to($3::json::jsonb::text, 'UTF8'))) "
         "ON CONFLICT (name, version) DO NOTHING RETURNING 1"},

    [STATEMENT_DEFINITION_COMPARE] = {"compare definition",
                                      "SELECT source::jsonb = $3::json::jsonb "
                                      "FROM xorca.definition "
                                      "WHERE name = $1::text AND version = $2::text"},

    [STATEMENT_DEFINITIONS_READ] =
        {"read definitions",
         "SELECT name, version, source, registered_at FROM xorca.definition "
         "WHERE $1::text IS NULL OR name = $1::text "
         "ORDER BY name COLLATE \"C\", string_to_array(version, '.')::numeric[]"},

    /* 1 group, 2 number of lanes, 3 those that are to live here. Whoever founds the fleet, or
     * raises its lanes, makes their rows; nobody else does. */
    [STATEMENT_FLEET_FOUND] =
        {"found fleet",
         "WITH founded AS ("
         "INSERT INTO xorca.fleet AS fleet (consumer_group, lanes) VALUES ($1::text, $2::int4) "
         "ON CONFLICT (one) DO UPDATE SET lanes = excluded.lanes "
         "WHERE fleet.lanes < excluded.lanes AND fleet.consumer_group = excluded.consumer_group "
         "RETURNING 1) "
         "INSERT INTO xorca.lane (lane, epoch) "
         "SELECT number::int4, 0 FROM founded, unnest($3::int8[]) AS number "
         "ON CONFLICT (lane) DO NOTHING"},

    [STATEMENT_FLEET_READ] = {"read fleet", "SELECT consumer_group, lanes FROM xorca.fleet"},

    [STATEMENT_FLEET_LANES] = {"read fleet's lanes",
                               "SELECT lane, epoch, incarnation FROM xorca.lane ORDER BY lane"},

    [STATEMENT_JOURNAL_EXTEND] = {"extend journal", "SELECT xorca.journal_extend($1::int4)"},

    [STATEMENT_SCHEMA_EXISTS] = {"look for schema",
                                 "SELECT to_regclass('xorca.migration') IS NOT NULL"},

    [STATEMENT_MIGRATIONS_READ] = {"read migrations", "SELECT version::int8, checksum "
                                                      "FROM xorca.migration ORDER BY version"},

    [STATEMENT_MIGRATION_LOCK] = {"lock migrations", "SELECT pg_advisory_lock($1::int4, 1)"},
    [STATEMENT_MIGRATION_UNLOCK] = {"unlock migrations", "SELECT pg_advisory_unlock($1::int4, 1)"},

    [STATEMENT_MIGRATION_INSERT] = {"note migration",
                                    "INSERT INTO xorca.migration (version, name, checksum) "
                                    "VALUES ($1::int8::int4, $2::text, $3::uuid)"},
};
