/* lane_publisher.h - sends a lane's committed batches, in order, while the next is made.
 *
 * A thread beside the lane's own, because librdkafka's commit_transaction waits for the
 * broker (11 to 25 ms), and PostgreSQL need not wait with it. Batches are handed over
 * after their commit, bounded in number, and everything that has gathered leaves in one
 * Kafka transaction. The thread never touches PostgreSQL. After any failure it stops: what
 * the broker has is then unknown, and only a new take-over can tell. */
#ifndef WORKER_LANE_PUBLISHER_H
#define WORKER_LANE_PUBLISHER_H

#include <stdbool.h>
#include <stdint.h>

#include "adapters/kafka/kafka.h"
#include "core/error.h"
#include "core/hash.h"
#include "core/text.h"

struct lane_metrics;
struct settings;
struct lane_publisher;

/* Batches that may wait behind the one being sent (protocol.md, step 11). */
enum { LANE_PUBLISHER_BATCHES_MAX = 4 };

/* What a take-over established. */
struct lane_tenure {
    int32_t lane;
    int64_t epoch;
    struct hash128 incarnation;
    int64_t published; /* sequence up to which everything has left */
};

/* Takes over `producer` (destroyed in the end) and starts the thread. `failed` is called
 * from the thread, once, when it stops by failure. */
enum status lane_publisher_create(struct lane_publisher **out, const struct settings *settings,
                                  struct kafka_publisher *producer, struct lane_tenure tenure,
                                  struct lane_metrics *metrics, void (*failed)(void *context),
                                  void *context, struct error *error);

/* Hands over a copy of a committed row's body; waits while LANE_PUBLISHER_BATCHES_MAX are
 * waiting. Any status but STATUS_OK is the failure that stopped the thread. */
enum status lane_publisher_push(struct lane_publisher *publisher, int64_t sequence,
                                struct text body, struct error *error);

/* Waits, at most timeout_ms, until no batch waits behind the one being sent. What a lane
 * commits before that could not leave any sooner: a lane that is not behind does better to
 * let its records gather meanwhile. */
void lane_publisher_await_turn(struct lane_publisher *publisher, int64_t timeout_ms);

/* Sequence up to which everything has left. */
int64_t lane_publisher_published(struct lane_publisher *publisher);

/* STATUS_OK, or the failure that stopped it. */
enum status lane_publisher_check(struct lane_publisher *publisher, struct error *error);

/* Waits until all that was handed over has left, or deadline_ms (worker/monotonic.h's
 * clock) passes: then STATUS_UNAVAILABLE; nothing is lost, the rows are in the outbox. */
enum status lane_publisher_drain(struct lane_publisher *publisher, int64_t deadline_ms,
                                 struct error *error);

/* Ends the thread after the transaction under way, if any. Accepts NULL. */
void lane_publisher_destroy(struct lane_publisher *publisher);

/* Publishes the bodies of rows as one transaction: what the thread does, and take-over for
 * the rows that a predecessor left. A record that no broker takes is sent to the dead
 * letter topic instead, and logged. */
enum status lane_publish_rows(const struct settings *settings, struct kafka_publisher *producer,
                              struct lane_tenure tenure, const struct text *bodies,
                              size_t body_count, int64_t last_sequence,
                              struct lane_metrics *metrics, struct error *error);

#endif
