/* postgres.h - PostgreSQL behind libpq: connections, migrations, definitions, lanes.
 *
 * The only folder that includes libpq. Everything is a prepared statement with binary
 * parameters; a batch is one pipeline and one round trip (README.md has the layout of
 * the tables and why). A connection belongs to one thread at a time.
 * SQLSTATEs become statuses in one table (postgres_error.c): connection loss, shutdown,
 * a full disk, too many locks: STATUS_UNAVAILABLE; serialization, deadlock, a raised
 * check, a duplicate: STATUS_CONFLICT; wrong password, missing rights, schema: STATUS_FATAL.
 * Texts returned live in the arena that the call was given. */
#ifndef ADAPTERS_POSTGRES_POSTGRES_H
#define ADAPTERS_POSTGRES_POSTGRES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/orchestration/dedup.h"
#include "core/text.h"

struct arena;
struct postgres;

/* The advisory lock classes of the two-int key space: pg_try_advisory_lock(class, n). */
enum { POSTGRES_LOCK_MIGRATE = 0x786f7263, POSTGRES_LOCK_LANE = 0x786f7264 };

/* Connects with `conninfo` (a URL or key words; "" takes libpq's PG* variables) and
 * sets keepalives, application_name, search_path, and the session's timeouts, so that
 * neither side waits for the other for ever. */
enum status postgres_connect(struct postgres **out, const char *conninfo,
                             const char *application_name, struct error *error);
void postgres_close(struct postgres *postgres); /* accepts NULL */
bool postgres_is_alive(const struct postgres *postgres);
/* A statement may run for so long before the server ends it, and a server that is silent for a
 * third longer is given up: STATUS_UNAVAILABLE, and the session is gone. Half a minute unless
 * this is called. */
enum status postgres_limit_statements(struct postgres *postgres, uint32_t timeout_ms,
                                      struct error *error);
/* "db-a:5432/orders": where a conninfo leads, as far as conninfo and PG* variables say, in the
 * arena. Nothing of it is secret. STATUS_REJECTED: libpq cannot read it. */
enum status postgres_conninfo_name(const char *conninfo, struct arena *arena, const char **out,
                                   struct error *error);
/* "PostgreSQL 15.18 at 127.0.0.1:5432, database xorca": for logs; no secrets. */
const char *postgres_description(const struct postgres *postgres);
/* The last warning that the server sent on this connection, "" when none: a server without
 * LZ4 says so while it is migrated. */
const char *postgres_notice(const struct postgres *postgres);

/* The version of libpq that is loaded: 150020 for 15.20. */
int postgres_library_version(void);

/* --- Schema ---------------------------------------------------------------- */

/* The version this program was built for: the number of the last migration. */
uint32_t postgres_schema_version_wanted(void);
/* The database's; 0 when nothing was applied yet. */
enum status postgres_schema_version(struct postgres *postgres, uint32_t *version,
                                    struct error *error);
/* Applies what is missing, each migration in a transaction, under an advisory lock.
 * Calls `report` before and after each. Does nothing to a database that is one migration
 * ahead (a roll-out is under way, or was taken back), and refuses one further ahead. */
enum status postgres_migrate(struct postgres *postgres,
                             void (*report)(void *context, uint32_t version, const char *name,
                                            bool done),
                             void *context, struct error *error);
/* STATUS_FATAL, naming the command to run, when the database is older, or newer by more
 * than one migration. */
enum status postgres_schema_check(struct postgres *postgres, struct error *error);

/* --- Fleet: what all workers of one database must agree on ------------------ */

/* A lane that lives in this database: its row is here. */
struct fleet_lane {
    int32_t lane;
    int64_t epoch; /* 0: it was never taken */
    struct hash128 incarnation;
};

struct fleet_record {
    int32_t lane_count;       /* of the whole fleet; 0: no worker was here yet */
    struct fleet_lane *lanes; /* those that live here, in order */
    size_t count;
};

/* STATUS_FATAL when the database belongs to another group than `group`. */
enum status postgres_fleet_read(struct postgres *postgres, struct text group, struct arena *arena,
                                struct fleet_record *out, struct error *error);
/* Records group and lane count at first use, and a larger count later, and makes with them
 * the rows of those of `lanes` (the lanes that are to live here) that have none: a lane's row
 * is made then and at no other time. STATUS_FATAL when the database belongs to another group
 * or was used with more lanes. */
enum status postgres_fleet_join(struct postgres *postgres, struct text group, int32_t lane_count,
                                const int32_t *lanes, size_t count, struct error *error);
/* Makes the journal's partitions for now and the weeks ahead. */
enum status postgres_journal_extend(struct postgres *postgres, struct error *error);

/* --- Definitions ------------------------------------------------------------ */

struct definition_record {
    struct text name;
    struct text version;
    struct text source; /* JSON */
    int64_t registered_ms;
};
/* Registers; *added is false when the same content was there. STATUS_REJECTED when this
 * name and version is there with other content (compared as JSONB). `text` is JSON. */
enum status postgres_definition_register(struct postgres *postgres, struct text name,
                                         struct text version, struct text text, bool *added,
                                         struct error *error);
/* All definitions, or those of one name when `name` is given. In order of name and version
 * as semantic version. */
enum status postgres_definitions_read(struct postgres *postgres, struct text name,
                                      struct arena *arena, struct definition_record **out,
                                      size_t *count, struct error *error);

/* --- Lanes: protocol.md, section 3 ------------------------------------------ */

struct lane_position { /* the next offset to read of one topic's partition `lane` */
    struct text topic;
    int64_t next_offset;
};

struct lane_record {
    int64_t epoch;
    int64_t out_next;  /* sequence of the next outbox row; starts at 1 */
    int64_t published; /* sequence up to which is known to be published; starts at 0 */
    int64_t journal_next;
    struct hash128 incarnation;
    struct lane_position *positions; /* in order of topic */
    size_t position_count;
    struct text positions_json; /* the same as stored: what the compare-and-set compares */
    int64_t now_ms;             /* PostgreSQL's clock */
};

/* Step 1. *locked tells whether this session now holds the lane. */
enum status postgres_lane_try_lock(struct postgres *postgres, int32_t lane, bool *locked,
                                   struct error *error);
/* Step 1, for a holder that is stopped and not dead: ends the session that holds the
 * lane if it did nothing for idle_ms. *evicted tells. */
enum status postgres_lane_evict(struct postgres *postgres, int32_t lane, int64_t idle_ms,
                                bool *evicted, struct error *error);
enum status postgres_lane_unlock(struct postgres *postgres, int32_t lane, struct error *error);
/* Step 2: raises the epoch, reads the rest. STATUS_FATAL: the lane has no row, so it lives in
 * another database, or in none. */
enum status postgres_lane_take(struct postgres *postgres, int32_t lane, struct arena *arena,
                               struct lane_record *out, struct error *error);
/* The positions of a lane without taking it: where to begin to fetch. A lane that has no
 * row has none. */
enum status postgres_lane_positions(struct postgres *postgres, int32_t lane, struct arena *arena,
                                    struct lane_position **out, size_t *count, struct error *error);

/* How far a lane has come, by its row: another lane asks that takes a subject over. A lane
 * that has no row has done nothing. */
struct lane_progress {
    int64_t epoch;
    int64_t journal_next;
    int64_t out_next;
    int64_t published;
};
enum status postgres_lane_progress(struct postgres *postgres, int32_t lane,
                                   struct lane_progress *out, struct error *error);

/* A lane as its row has it, for people: nothing is locked, it may move on at any moment. */
struct lane_row {
    int32_t lane;
    int64_t epoch;
    int64_t out_next;
    int64_t published;
    struct hash128 incarnation;
    struct lane_position *positions; /* in order of topic */
    size_t position_count;
    struct text positions_json; /* the same as stored */
    int64_t updated_ms;
    struct text holder; /* the session that has its lock: "session 4711 from 10.0.0.7"; TEXT_NONE */
};
enum status postgres_lanes_read(struct postgres *postgres, struct arena *arena,
                                struct lane_row **out, size_t *count, struct error *error);

/* After commits were lost (protocol.md, section 3, last row of the crash points): the lane's
 * sequence goes on behind what has left under any database, under a new incarnation. For whoever
 * holds the lane's lock and has raised its epoch. */
struct lane_resumption {
    int32_t lane;
    int64_t epoch;         /* the fence */
    int64_t published;     /* by Kafka's word, whoever published it */
    int64_t own_published; /* up to which the rows of this outbox have left */
    struct text positions; /* JSON object: topic to next offset */
};
/* Rows above own_published are kept, numbered anew behind `published`; those below are deleted.
 * *incarnation is the new one. STATUS_CONFLICT: the epoch is another one, nothing happened. */
enum status postgres_lane_resume(struct postgres *postgres,
                                 const struct lane_resumption *resumption,
                                 struct hash128 *incarnation, struct error *error);

struct outbox_row {
    int64_t sequence;
    struct text body;
};
/* Step 5-6: rows with sequence > after, in order, at most `max`. */
enum status postgres_outbox_read(struct postgres *postgres, int32_t lane, int64_t after, size_t max,
                                 struct arena *arena, struct outbox_row **out, size_t *count,
                                 struct error *error);

struct due_row {
    struct hash128 id;
    int64_t due_ms;
};
/* Active orchestrations of the lane with a timer due at or after `from_ms`, by due time,
 * at most `max`. */
enum status postgres_timers_read(struct postgres *postgres, int32_t lane, int64_t from_ms,
                                 size_t max, struct arena *arena, struct due_row **out,
                                 size_t *count, struct error *error);

/* One orchestration as its row has it. */
struct orchestration_row {
    struct hash128 id;
    int32_t lane;
    struct text subject;
    struct text name;
    struct text version;
    struct text correlation_id;
    int64_t started_ms;
    struct text input; /* JSON */
    int16_t status;    /* enum orchestration_status */
    int64_t revision;
    int64_t revision_before;   /* of an update: a batch may take several steps */
    int64_t due_ms;            /* 0: no timer */
    int64_t journal_last;      /* batch in whose journal row it was touched last */
    int64_t updated_ms;        /* time of that batch */
    struct text snapshot;      /* JSON */
    struct dedup_window dedup; /* of an update: levels that did not change are TEXT_NONE */
};
/* PostgreSQL's jsonb and text have no U+0000, which JSON has. A step that would store one is
 * refused before it joins a batch: no batch may fail for ever because of one value. Costs a
 * search for backslashes. `json` is JSON; text attributes of CloudEvents cannot hold one. */
bool postgres_json_storable(struct text json);
bool postgres_text_storable(struct text text);

/* Those of `ids` that exist, in any order. */
enum status postgres_orchestrations_read(struct postgres *postgres, const struct hash128 *ids,
                                         size_t id_count, struct arena *arena,
                                         struct orchestration_row **out, size_t *count,
                                         struct error *error);

/* Everything one batch changes: steps 8 to 10 as one pipeline. */
struct lane_batch {
    int32_t lane;
    int64_t epoch;                /* the fence */
    int64_t now_ms;               /* the time of the batch's steps */
    struct text positions_before; /* the compare-and-set: as last read or written */
    struct text positions_after;  /* JSON object: topic to next offset */
    int64_t out_next_before;      /* checked */
    int64_t out_next_after;       /* one more when there is an outbox row */
    int64_t published_before;     /* outbox rows in (published_before, published_after] */
    int64_t published_after;      /*   are deleted */
    const int64_t *locks;         /* of the subjects, sorted, each once */
    size_t lock_count;
    const struct orchestration_row *inserts;
    size_t insert_count;
    const struct orchestration_row *updates; /* each has the stored revision_before */
    size_t update_count;
    struct text outbox;  /* body of the row out_next_before; empty: none */
    struct text journal; /* JSON array of the batch's events; empty: none */
    int64_t journal_number;
};
struct lane_batch_result {
    int64_t now_ms; /* PostgreSQL's clock at commit */
};
/* One round trip. STATUS_CONFLICT: nothing happened; *fenced tells whether the lane row was
 * the reason (another worker has the lane: let go of it) or a revision or an existing row
 * (drop the cache, read, repeat). STATUS_UNAVAILABLE: the outcome is unknown, the session
 * is gone: take the lane over again. STATUS_REJECTED: nothing happened, and nothing will: a
 * value that cannot be stored (postgres_json_storable was not asked) or a batch above 512 MiB.
 * Texts in rows may be absent (TEXT_NONE is SQL's null) where the schema allows it. */
enum status postgres_batch_commit(struct postgres *postgres, const struct lane_batch *batch,
                                  struct lane_batch_result *result, bool *fenced,
                                  struct error *error);

/* --- For people: list, show, history of one --------------------------------- */

struct orchestration_filter {
    struct text name;  /* TEXT_NONE: any */
    int status;        /* -1: any */
    struct text state; /* substring of the state value's JSON; TEXT_NONE: any */
    size_t limit;      /* newest first */
};
enum status postgres_orchestrations_list(struct postgres *postgres,
                                         const struct orchestration_filter *filter,
                                         struct arena *arena, struct orchestration_row **out,
                                         size_t *count, struct error *error);
/* One journal row's events, as JSON; TEXT_NONE when that row is gone. */
enum status postgres_journal_read(struct postgres *postgres, int32_t lane, int64_t number,
                                  int64_t at_ms, struct arena *arena, struct text *events,
                                  struct error *error);

#endif
