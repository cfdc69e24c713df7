/* metrics.h - what a process counts, and how its threads see each other's progress.
 *
 * Every number has one writer at a time, a thread of its lane, which adds with a load and a
 * store: no lock, no allocation, no fence. Whoever reads (the HTTP thread, the watchdog)
 * sees each number whole and soon; two numbers may be a moment apart. A lane's numbers
 * outlive the lane, because counters of a process must not fall while it lives.
 *
 * Events are counted when their batch is committed, so that each counts once however often
 * the batch was tried. deploy/README.md says what each metric means to an operator. */
#ifndef WORKER_METRICS_H
#define WORKER_METRICS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/text.h"
#include "core/writer.h"
#include "worker/databases.h"
#include "worker/version.h"

/* --- Numbers ------------------------------------------------------------------- */

struct counter {
    _Atomic uint64_t value;
};

struct gauge {
    _Atomic int64_t value;
};

static inline uint64_t counter_read(const struct counter *counter)
{
    return atomic_load_explicit(&counter->value, memory_order_relaxed);
}

static inline void counter_add(struct counter *counter, uint64_t more)
{
    atomic_store_explicit(&counter->value, counter_read(counter) + more, memory_order_relaxed);
}

static inline int64_t gauge_read(const struct gauge *gauge)
{
    return atomic_load_explicit(&gauge->value, memory_order_relaxed);
}

static inline void gauge_set(struct gauge *gauge, int64_t value)
{
    atomic_store_explicit(&gauge->value, value, memory_order_relaxed);
}

/* Durations, counted in the buckets of its bounds. */
enum { HISTOGRAM_BUCKETS_MAX = 16 };

struct histogram_bounds {
    size_t count;                          /* of bounds; one more bucket has the rest */
    int64_t us[HISTOGRAM_BUCKETS_MAX - 1]; /* ascending: a bucket holds what is <= its bound */
};

struct histogram {
    const struct histogram_bounds *bounds;
    struct counter buckets[HISTOGRAM_BUCKETS_MAX];
    struct counter sum_us;
};

void histogram_observe(struct histogram *histogram, int64_t us);

/* --- What is counted -------------------------------------------------------------- */

/* Types of events by their first word: types themselves are anybody's, and unbounded. */
enum event_class {
    EVENT_CLASS_EVT,   /* evt.*: answers of services */
    EVENT_CLASS_SYS,   /* sys.* */
    EVENT_CLASS_START, /* xorca.<name>.start and the rest of xorca.* */
    EVENT_CLASS_TIMER, /* a delay that ended */
    EVENT_CLASS_OTHER, /* a record that is none of these, or no event */
    EVENT_CLASS_COUNT
};
enum event_class event_class_of(struct text type);

enum event_outcome {
    OUTCOME_SKIPPED,      /* one of our own error events, come back by the topic list */
    OUTCOME_STARTED,      /* an orchestration began */
    OUTCOME_TRANSITIONED, /* an orchestration changed */
    OUTCOME_IGNORED,      /* no transition for it, or the orchestration is over */
    OUTCOME_REPEATED,     /* it changed the orchestration before */
    OUTCOME_REFUSED,      /* answered with an error event; a timer that has to wait */
    OUTCOME_FORWARDED,    /* passed on to the lane where its subject belongs */
    OUTCOME_DEAD_LETTER,  /* given up, and kept in the dead letter topic */
    EVENT_OUTCOME_COUNT
};

enum orchestration_outcome {
    ORCHESTRATION_OUTCOME_STARTED,
    ORCHESTRATION_OUTCOME_COMPLETED,
    ORCHESTRATION_OUTCOME_FAILED,
    ORCHESTRATION_OUTCOME_COUNT
};

enum dead_letter_cause {
    DEAD_LETTER_UNPROCESSABLE, /* a record that was read and makes no sense, or does not fit */
    DEAD_LETTER_UNPUBLISHABLE, /* a record of ours that the broker refuses for good */
    DEAD_LETTER_CAUSE_COUNT
};

/* Why a lane had to do something again. The first two repeat a batch, the others end the
 * lane's tenure: it waits, and takes over anew. */
enum retry_cause {
    RETRY_CONFLICT, /* rows moved underneath the batch */
    RETRY_MEMORY,   /* the batch did not fit its memory: a smaller one follows */
    RETRY_FENCED,   /* another worker has the lane */
    RETRY_POSTGRES, /* PostgreSQL is away */
    RETRY_KAFKA,    /* Kafka is away */
    RETRY_WRONG,    /* neither: something that waiting may not mend; the log says what */
    RETRY_CAUSE_COUNT
};

/* Numbers of lanes are below this: far above what a process runs, or a topic has. */
enum { LANES_MAX = 4096 };

/* Of one lane number in this process. "moment" is time_monotonic_ms(). */
struct lane_metrics {
    int32_t number;

    /* Written by the lane's thread. */
    struct counter events[EVENT_CLASS_COUNT][EVENT_OUTCOME_COUNT];
    struct counter orchestrations[ORCHESTRATION_OUTCOME_COUNT];
    struct counter retries[RETRY_CAUSE_COUNT];
    struct histogram step_duration;
    struct histogram transaction_duration;
    struct histogram timer_lateness;
    struct gauge phase; /* enum lane_phase */
    struct gauge epoch;
    struct gauge timer_due; /* moment at which its first timer is due; INT64_MAX: none */
    struct counter beats;   /* rises while the thread gets on with what it does */

    /* Written by its publisher's thread, and by the lane's while it takes over. */
    struct counter dead_letters[DEAD_LETTER_CAUSE_COUNT];
    struct counter records_published;
    struct histogram publish_duration;
    struct counter publish_beats; /* rises at begin and end of a transaction: odd within */

    /* Written under the publisher's lock. */
    struct gauge unpublished_batches;
    struct gauge unpublished_since; /* moment of the oldest one's commit; 0: none */

    /* Written by the worker's thread. */
    struct gauge lag_records;
    struct gauge fetched_records;
};

/* Of one database in this process, written by the worker's thread. */
struct database_metrics {
    _Atomic(const char *) name; /* NULL: there is no such database, nor any behind it */
    struct gauge is_reachable;  /* by the process's own connection */
};

/* Of the process, written by the worker's thread. */
enum worker_phase { WORKER_STARTING, WORKER_RUNNING, WORKER_DRAINING };

struct metrics {
    struct gauge phase;       /* enum worker_phase */
    struct gauge is_assigned; /* the group's last word was carried out */
    struct gauge is_kafka_reachable;
    struct counter beats;
    struct counter watchdog_beats; /* written by the watchdog's thread */
    struct database_metrics databases[DATABASES_MAX];
    _Atomic(struct lane_metrics *) lanes[LANES_MAX];
};

/* NULL: out of memory. Ends when no thread uses it any more; accepts NULL. */
struct metrics *metrics_create(void);
void metrics_destroy(struct metrics *metrics);

/* The numbers of a lane, made at its first use; for the worker's thread. NULL: out of
 * memory. */
struct lane_metrics *metrics_lane(struct metrics *metrics, int32_t number);

/* Names database number `index` (`name` outlives the metrics) and gives its gauge; for the
 * worker's thread. */
struct gauge *metrics_database(struct metrics *metrics, size_t index, const char *name);

/* Those of a lane that this process had at some time; otherwise NULL. From any thread. */
const struct lane_metrics *metrics_find_lane(const struct metrics *metrics, int32_t number);

/* Initialises the numbers of one lane: what metrics_lane does, for tests. */
void lane_metrics_init(struct lane_metrics *lane, int32_t number);

/* The lane has gone to another worker: what is still to be published is that one's. */
void lane_metrics_let_go(struct lane_metrics *lane);

/* --- Telling ----------------------------------------------------------------------- */

/* Writes all of it as Prometheus' text format 0.0.4; `now_ms` is the moment. */
#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"
void metrics_write(const struct metrics *metrics, const struct version *version, bool is_ready,
                   int64_t now_ms, struct writer *writer);

#endif
