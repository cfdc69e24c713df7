/* batch.h - records and due timers of one turn, stepped in memory.
 *
 * Between reading and storing: it knows which orchestrations are concerned, is given
 * what is stored of them, runs the steps in order, and holds what is to be written and
 * sent. Touches neither Kafka nor PostgreSQL, so a batch that is rolled back is simply
 * dropped. Everything lives in the turn's arena. */
#ifndef WORKER_BATCH_H
#define WORKER_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapters/kafka/record.h"
#include "adapters/postgres/postgres.h"
#include "core/error.h"
#include "core/orchestration/step.h"
#include "worker/definition.h"
#include "worker/id_table.h"
#include "worker/metrics.h"
#include "worker/outbox.h"
#include "worker/snapshot_cache.h"

struct arena;
struct settings;

/* What a batch asks of its lane. */
struct batch_environment {
    const struct settings *settings;
    int32_t lane;
    int32_t lane_count;
    struct histogram *step_duration; /* each step is observed here */
    /* The definition, or the latest one when version is TEXT_NONE; NULL: there is none. */
    const struct definition *(*find_definition)(void *context, struct text name,
                                                struct text version);
    struct text (*known_versions)(void *context, struct text name, struct arena *arena);
    void *context;
};

/* One orchestration that the batch concerns. */
struct batch_subject {
    struct stored stored; /* as the last step left it; revision 0: there is none */
    bool is_loaded;
    bool is_changed;                  /* to be stored */
    uint64_t revision_before;         /* as it was loaded; 0: to be inserted */
    int64_t retry_ms;                 /* its timer cannot fire here now: look again then; 0: n/a */
    struct text snapshot_text;        /* of the last step */
    struct text input_text;           /* of a start */
    struct dedup_window dedup_before; /* as it was loaded */
};

enum batch_work_kind {
    BATCH_EVENT,       /* a step with the event       */
    BATCH_TIMER,       /* a step with the first timer */
    BATCH_FORWARD,     /* to the partition where its subject belongs */
    BATCH_DEAD_LETTER, /* to the dead letter topic, with `reason`    */
    BATCH_NOTHING      /* acknowledged and left alone */
};

struct batch_work {
    enum batch_work_kind kind;
    const struct record *record; /* NULL for a timer */
    struct event event;
    struct address address;
    uint32_t subject; /* index of subjects */
    const char *reason;
    enum event_outcome outcome; /* of the step, once it was made */
    int64_t late_ms;            /* of a timer: how long it was due */
};

struct batch {
    const struct batch_environment *environment;
    struct arena *arena;
    int64_t now_ms;
    struct batch_work *works;
    size_t work_count;
    size_t work_capacity;
    struct batch_subject *subjects;
    size_t subject_count;
    struct id_table *index; /* id to index of subjects; the lane's, emptied by begin */
    struct outbox_writer outbox;
    struct writer journal; /* JSON array of what happened, without its end */
};

/* Journal of one batch; what would make it larger is a limit of batch and arena first. */
enum { BATCH_JOURNAL_SIZE_MAX = 64 * 1024 * 1024 };

/* Begins a batch of at most `capacity` records and timers. */
enum status batch_begin(struct batch *batch, const struct batch_environment *environment,
                        struct arena *arena, struct id_table *index, size_t capacity,
                        int64_t now_ms, struct error *error);

/* Decodes a record and finds out whom it concerns. Its bytes must outlive the batch. What
 * is wrong with it decides its kind; STATUS_FATAL only when memory is out. */
enum status batch_add_record(struct batch *batch, const struct record *record, struct error *error);
/* A record that is given up, whatever it holds. */
enum status batch_add_dead_letter(struct batch *batch, const struct record *record,
                                  const char *reason, struct error *error);
enum status batch_add_timer(struct batch *batch, struct hash128 id, struct error *error);

/* Takes from the cache what is there and assumes that an orchestration which this batch
 * starts does not exist yet; returns the ids that must be read first. With `is_careful`
 * (after a conflict showed that one of both was wrong) that is all of them. */
enum status batch_missing(struct batch *batch, struct snapshot_cache *cache, bool is_careful,
                          struct hash128 **ids, size_t *count, struct error *error);

/* Fills in rows that were read. Ids without a row are known not to exist afterwards. */
enum status batch_fill(struct batch *batch, const struct orchestration_row *rows, size_t count,
                       struct error *error);

/* The next event at or behind *work whose orchestration another lane wrote last (a partition
 * was added since). False: there is none. */
bool batch_foreign(const struct batch *batch, size_t *work);

/* Runs all steps in order. STATUS_FATAL: memory is out, or an invariant broke. */
enum status batch_step(struct batch *batch, int64_t journal_number, struct error *error);

/* The rows to insert and to update, and the locks to take (sorted, each once). */
struct batch_rows {
    struct orchestration_row *inserts;
    size_t insert_count;
    struct orchestration_row *updates;
    size_t update_count;
    int64_t *locks;
    size_t lock_count;
};
enum status batch_rows(struct batch *batch, struct batch_rows *rows, struct error *error);

/* The journal's JSON; TEXT_NONE when nothing happened. */
enum status batch_journal(struct batch *batch, struct text *out, struct error *error);

#endif
