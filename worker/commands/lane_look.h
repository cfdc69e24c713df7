/* lane_look.h - what PostgreSQL and Kafka say of a lane, and whether they fit together: step 5 of
 * the protocol, by somebody who does not take the lane. */
#ifndef WORKER_COMMANDS_LANE_LOOK_H
#define WORKER_COMMANDS_LANE_LOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "adapters/kafka/kafka.h"
#include "adapters/postgres/postgres.h"
#include "core/error.h"

struct arena;
struct database;
struct settings;

/* A topic whose log does not have the offset that the lane reads next. */
struct lane_gap {
    struct text topic;
    int64_t position;
    int64_t first; /* of what the log has; and behind its last record */
    int64_t end;
};

struct lane_look {
    const struct lane_row *row;
    struct marker marker; /* sequence 0 when there is none */
    bool is_foreign;      /* another database has published the lane */
    bool is_behind;       /* the database lacks outbox rows that were published */
    struct lane_gap *gaps;
    size_t gap_count;
};

/* What the looks at several lanes share. */
struct lane_looker {
    const struct settings *settings;
    struct postgres *postgres; /* the database of those lanes */
    struct kafka_admin *admin;
    struct kafka_topic *topics; /* those that are there */
    size_t topic_count;
    struct arena *arena; /* of all that is found */
};

/* Connects to Kafka; lane_looker_close ends it, also after a failure. */
enum status lane_looker_open(struct lane_looker *looker, const struct settings *settings,
                             struct arena *arena, struct error *error);
/* Connects to this database, in place of the last one, and reads the rows of its lanes. */
enum status lane_looker_read(struct lane_looker *looker, const struct database *database,
                             struct lane_row **rows, size_t *count, struct error *error);
void lane_looker_close(struct lane_looker *looker);

/* What fits and what does not. out->row is the row that was looked at: `row`, or a newer one of a
 * lane that moved on meanwhile. */
enum status lane_look(const struct lane_looker *looker, const struct lane_row *row,
                      struct lane_look *out, struct error *error);

/* Whether a worker that takes the lane would stop. */
bool lane_look_is_stopped(const struct lane_look *look);

/* How far the lane has published, under whatever database; and up to which of its own rows. */
int64_t lane_look_published(const struct lane_look *look);
int64_t lane_look_own_published(const struct lane_look *look);

#endif
