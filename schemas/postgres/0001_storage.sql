-- 0001: everything a lane needs to be exact, and what people read.
--
-- Runs in a transaction of its own, under the lock of `xorca migrate`. Every name is
-- qualified: no search_path is relied on. Each table that lanes write carries its lane,
-- and no statement joins two lanes: a lane could live in a database of its own.

CREATE SCHEMA IF NOT EXISTS xorca;
COMMENT ON SCHEMA xorca IS 'Orchestrations of xorca: snapshots, outbox, journal. Written by lanes only; read the views.';

CREATE TABLE xorca.migration (
    version    integer PRIMARY KEY,
    name       text NOT NULL,
    checksum   uuid NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE xorca.migration IS 'Which files of schemas/postgres were applied here.';
COMMENT ON COLUMN xorca.migration.checksum IS 'Hash of the file as it was applied: an applied file never changes.';

-- What all workers of this database must agree on -------------------------------------

CREATE TABLE xorca.fleet (
    one            boolean PRIMARY KEY DEFAULT true CHECK (one),
    consumer_group text NOT NULL,
    lanes          integer NOT NULL CHECK (lanes > 0),
    founded_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE xorca.fleet IS 'One row, written by the first worker: what all workers of this database must agree on.';
COMMENT ON COLUMN xorca.fleet.consumer_group IS 'Kafka consumer group, prefix of transactional ids and of the marker topic.';
COMMENT ON COLUMN xorca.fleet.lanes IS 'Number of lanes: partitions of each topic that is consumed.';

-- Definitions ---------------------------------------------------------------------------

CREATE TABLE xorca.definition (
    name          text NOT NULL,
    version       text NOT NULL CHECK (version ~ '^[0-9]+\.[0-9]+\.[0-9]+$'),
    source        json NOT NULL,
    source_hash   bytea NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name, version)
);
COMMENT ON TABLE xorca.definition IS 'Definitions of orchestrations. A name and version never changes and is never deleted: running orchestrations stay on theirs.';
COMMENT ON COLUMN xorca.definition.source IS 'As registered. JSON and not JSONB, because the order of keys is the document order of states (SCXML 3.13), which JSONB forgets.';
COMMENT ON COLUMN xorca.definition.source_hash IS 'SHA-256 of the source as JSONB text: equal where the content is equal, whatever the layout. To compare databases.';

CREATE FUNCTION xorca.definition_is_immutable() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'definitions are immutable: register another version'
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER definition_is_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON xorca.definition
    FOR EACH STATEMENT EXECUTE FUNCTION xorca.definition_is_immutable();

-- Lanes -----------------------------------------------------------------------------------

-- One row per lane, updated by every batch of that lane: room on the page and vacuum by
-- count keep each update a heap-only one.
CREATE TABLE xorca.lane (
    lane         integer PRIMARY KEY CHECK (lane >= 0),
    incarnation  uuid NOT NULL DEFAULT gen_random_uuid(),
    epoch        bigint NOT NULL,
    out_next     bigint NOT NULL DEFAULT 1 CHECK (out_next >= 1),
    published    bigint NOT NULL DEFAULT 0 CHECK (published >= 0 AND published < out_next),
    journal_next bigint NOT NULL DEFAULT 1 CHECK (journal_next >= 1),
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    positions    jsonb NOT NULL DEFAULT '{}'
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000);
COMMENT ON TABLE xorca.lane IS 'One row per lane (partition number): the fence, and how far the lane has come.';
COMMENT ON COLUMN xorca.lane.incarnation IS 'Made anew when the sequence was begun anew after lost commits; in every marker record.';
COMMENT ON COLUMN xorca.lane.epoch IS 'Raised by each take-over. A batch under an older epoch changes nothing.';
COMMENT ON COLUMN xorca.lane.out_next IS 'Sequence number of the next outbox row. Dense: assigned under this row''s lock.';
COMMENT ON COLUMN xorca.lane.published IS 'Outbox rows up to this one are in Kafka and deleted here. A cross-check; the marker topic is the record.';
COMMENT ON COLUMN xorca.lane.journal_next IS 'Number of the next journal row.';
COMMENT ON COLUMN xorca.lane.updated_at IS 'When the last batch was committed, by the clock of this server.';
COMMENT ON COLUMN xorca.lane.positions IS 'Next offset to read of partition `lane`, by topic.';

-- Orchestrations ------------------------------------------------------------------------

-- Columns that never change stand in front and those that do behind: an update then
-- logs only what differs. No index on a column that changes with a step, or updates stop
-- being heap-only: `status` in the predicate below changes once in a life.
CREATE TABLE xorca.orchestration (
    id             uuid PRIMARY KEY,
    started_at     timestamptz NOT NULL,
    lane           integer NOT NULL,
    subject        text NOT NULL,
    name           text NOT NULL,
    version        text NOT NULL,
    correlation_id text,
    input          jsonb,
    revision       bigint NOT NULL CHECK (revision >= 1),
    journal_last   bigint NOT NULL,
    updated_at     timestamptz NOT NULL,
    due            timestamptz,
    status         smallint NOT NULL CHECK (status BETWEEN 0 AND 2),
    snapshot       jsonb NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX orchestration_active ON xorca.orchestration (lane) WHERE status = 0;
COMMENT ON TABLE xorca.orchestration IS 'One row per orchestration, written by its lane only. For people: the view xorca.orchestrations.';
COMMENT ON COLUMN xorca.orchestration.id IS '128-bit keyed hash of the subject.';
COMMENT ON COLUMN xorca.orchestration.lane IS 'The lane that wrote it last; only that lane writes it.';
COMMENT ON COLUMN xorca.orchestration.subject IS 'CloudEvents subject, bytes as received.';
COMMENT ON COLUMN xorca.orchestration.name IS 'Of its definition.';
COMMENT ON COLUMN xorca.orchestration.version IS 'Of its definition: it stays on the one that it began with.';
COMMENT ON COLUMN xorca.orchestration.correlation_id IS 'Subject of the root orchestration.';
COMMENT ON COLUMN xorca.orchestration.input IS 'Of the start; never changes.';
COMMENT ON COLUMN xorca.orchestration.revision IS 'Raised by one with each step; an update names the one that it read.';
COMMENT ON COLUMN xorca.orchestration.journal_last IS 'Number of the journal row of its lane in which it was touched last: where to begin to walk back.';
COMMENT ON COLUMN xorca.orchestration.updated_at IS 'Time of the last step, which is the `at` of that journal row.';
COMMENT ON COLUMN xorca.orchestration.due IS 'Earliest timer; null: none. Not indexed: lanes keep timers in memory.';
COMMENT ON COLUMN xorca.orchestration.status IS '0 active, 1 completed, 2 failed.';
COMMENT ON COLUMN xorca.orchestration.snapshot IS 'State value, context, timers: XState''s persisted snapshot.';

-- Outbox ----------------------------------------------------------------------------------

-- A queue: rows live for milliseconds, so what vacuum must do is a matter of how many
-- were written, not of how many there are.
CREATE TABLE xorca.outbox (
    lane integer NOT NULL,
    seq  bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (lane, seq)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_insert_threshold = -1,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000,
        toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 50000,
        toast.autovacuum_vacuum_insert_threshold = -1);
COMMENT ON TABLE xorca.outbox IS 'What a batch sends, one row per batch, until it is known to be in Kafka.';
COMMENT ON COLUMN xorca.outbox.seq IS 'Dense per lane. Read from a known number on (seq > n ORDER BY seq), never from the start: dead rows.';
COMMENT ON COLUMN xorca.outbox.body IS 'Encoded records, as worker/ writes and reads them.';

-- Journal ---------------------------------------------------------------------------------

CREATE TABLE xorca.journal (
    at     timestamptz NOT NULL,
    no     bigint NOT NULL,
    lane   integer NOT NULL,
    events json NOT NULL,
    PRIMARY KEY (lane, no, at)
) PARTITION BY RANGE (at);
COMMENT ON TABLE xorca.journal IS 'What happened, one row per batch. Partitions are ISO weeks in UTC: drop old ones to forget.';
COMMENT ON COLUMN xorca.journal.at IS 'Time of the batch''s steps.';
COMMENT ON COLUMN xorca.journal.no IS 'Dense per lane.';
COMMENT ON COLUMN xorca.journal.events IS 'JSON array of the batch''s events. For people: the view xorca.history.';

-- A clock that is wrong must not stop a lane: what fits no week is kept here and moves
-- to its week when that is made.
CREATE TABLE xorca.journal_default PARTITION OF xorca.journal DEFAULT;
COMMENT ON TABLE xorca.journal_default IS 'Rows of weeks that have no partition (yet): empty unless a clock is wrong or no worker ran for a month.';

-- LZ4 costs a fraction of PostgreSQL's own compression (9 us an event less). A server
-- built without it works, slower. Partitions copy the setting of the default partition.
DO $$
BEGIN
    ALTER TABLE xorca.orchestration ALTER COLUMN snapshot SET COMPRESSION lz4,
                                    ALTER COLUMN input SET COMPRESSION lz4;
    ALTER TABLE xorca.outbox ALTER COLUMN body SET COMPRESSION lz4;
    ALTER TABLE xorca.journal ALTER COLUMN events SET COMPRESSION lz4;
    ALTER TABLE xorca.journal_default ALTER COLUMN events SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    RAISE WARNING 'this server was built without LZ4: large values take pglz, which costs more CPU';
END
$$;

-- Attaching takes no lock that a batch waits for, unlike CREATE TABLE … PARTITION OF.
-- Runs with the rights of the schema's owner, so that a worker needs no DDL rights.
CREATE FUNCTION xorca.journal_extend(weeks_ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    week  timestamptz := date_trunc('week', clock_timestamp(), 'UTC');
    made  integer := 0;
    part  text;
BEGIN
    -- One at a time, whichever workers start together: class 'xorc', number 2.
    PERFORM pg_advisory_xact_lock(2020569699, 2);
    FOR ahead IN 0 .. least(greatest(weeks_ahead, 0), 520) LOOP
        part := 'journal_' || to_char(week AT TIME ZONE 'UTC', 'IYYY"w"IW');
        IF to_regclass(format('xorca.%I', part)) IS NULL THEN
            EXECUTE format('CREATE TABLE xorca.%I (LIKE xorca.journal_default INCLUDING DEFAULTS'
                           ' INCLUDING STORAGE INCLUDING COMPRESSION)', part);
            EXECUTE format('WITH moved AS (DELETE FROM xorca.journal_default'
                           ' WHERE at >= %L AND at < %L RETURNING *)'
                           ' INSERT INTO xorca.%I SELECT * FROM moved',
                           week, week + interval '168 hours', part);
            EXECUTE format('ALTER TABLE xorca.journal ATTACH PARTITION xorca.%I'
                           ' FOR VALUES FROM (%L) TO (%L)', part, week, week + interval '168 hours');
            made := made + 1;
        END IF;
        week := week + interval '168 hours';
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION xorca.journal_extend IS 'Makes the journal''s partitions for this week and the given number of weeks ahead; returns how many were missing.';

-- For people ------------------------------------------------------------------------------

CREATE VIEW xorca.orchestrations AS
SELECT subject, name, version,
       CASE status WHEN 0 THEN 'active' WHEN 1 THEN 'completed' ELSE 'failed' END AS status,
       snapshot -> 'value' AS state,
       snapshot -> 'context' AS context,
       snapshot -> 'output' AS output,
       input, correlation_id, revision, started_at, updated_at, due, lane, journal_last, id
FROM xorca.orchestration;
COMMENT ON VIEW xorca.orchestrations IS 'Orchestrations as people read them: state value and context of each.';

CREATE VIEW xorca.history AS
SELECT journal.at, journal.lane, journal.no, item.position::integer AS position,
       orchestration.subject, (item.event ->> 'revision')::bigint AS revision,
       item.event ->> 'type' AS type, item.event -> 'state' AS state, item.event
FROM xorca.journal AS journal
CROSS JOIN LATERAL json_array_elements(journal.events) WITH ORDINALITY AS item (event, position)
LEFT JOIN xorca.orchestration AS orchestration ON orchestration.id = (item.event ->> 'id')::uuid;
COMMENT ON VIEW xorca.history IS 'The journal, one row per step. Give a range of `at` or the pair (lane, no): anything else reads all of it.';

REVOKE ALL ON FUNCTION xorca.journal_extend(integer) FROM PUBLIC;

SELECT xorca.journal_extend(4);
