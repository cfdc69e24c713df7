/* lane.h - one partition number, from its records to its published answers.
 *
 * Lane 3 owns partition 3 of every topic that is consumed. It is one thread with one
 * PostgreSQL connection and one arena, and beside it the thread that publishes
 * (lane_publisher.h). Lanes share nothing but the process's consumer, which puts their
 * records into their queues, and the catalog of definitions.
 *
 *              lane_take_over            lane_turn, again and again
 *     WAITING ───────────────► LIVE ◄──────────────┐
 *        ▲                      │ └────────────────┘
 *        │     any failure      │
 *        └──────────────────────┤ lane_stop
 *                               ▼
 *                            DRAINING ──────────► STOPPED
 *                                      lane_drain
 *
 * WAITING: nothing is held, or is being acquired; retried with backoff, for ever.
 * LIVE: epoch, position and producer are ours until somebody else takes them, which
 * the next commit or publish notices. DRAINING: nothing more is read, what was
 * committed is being published. STOPPED: everything was let go. A lane whose PostgreSQL lost
 * commits stops by itself, to be begun anew (lane_is_outdated). */
#ifndef WORKER_LANE_H
#define WORKER_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "adapters/kafka/kafka.h"
#include "core/error.h"

struct arena;
struct catalog;
struct lane_metrics;
struct settings;
struct lane;

enum lane_phase { LANE_WAITING, LANE_LIVE, LANE_DRAINING, LANE_STOPPED };

/* What all lanes of a process are given; it outlives them. */
struct lane_environment {
    const struct settings *settings;
    struct catalog *catalog;
    int32_t lane_count; /* partitions of every consumed topic */
};

/* Starts the lane's thread; the settings have a database for it. `queue` is the lane's from now on; `metrics` outlives it. */
enum status lane_create(struct lane **out, const struct lane_environment *environment,
                        int32_t number, struct kafka_queue *queue, struct lane_metrics *metrics,
                        struct error *error);

/* Asks the lane to finish its batch, publish, and let go. Returns at once. */
void lane_stop(struct lane *lane);

/* Waits until the lane has stopped, and ends it. Accepts NULL. */
void lane_destroy(struct lane *lane);

int32_t lane_number(const struct lane *lane);
struct kafka_queue *lane_queue(struct lane *lane);
enum lane_phase lane_phase(struct lane *lane);

/* True of a lane that has STOPPED by itself, because PostgreSQL has an older position than what
 * the lane was given to read, and nothing beyond it has left: destroy it and create it anew, with
 * its partitions assigned from where PostgreSQL is. */
bool lane_is_outdated(struct lane *lane);

/* Where the lane has come to, for the group's offsets: a copy in the arena. */
enum status lane_read_positions(struct lane *lane, struct arena *arena,
                                struct kafka_partition **out, size_t *count, struct error *error);

#endif
