/* kafka.h - Kafka behind librdkafka 2.0.2 or newer: consumer, publisher, topics.
 *
 * The only folder that includes librdkafka. Settings are librdkafka's own properties by
 * their own names; what the protocol depends on is set here and cannot be overridden.
 * Acts at its callers' pace: rebalances and errors are noted by the callbacks and
 * handed out by kafka_consumer_poll. */
#ifndef ADAPTERS_KAFKA_KAFKA_H
#define ADAPTERS_KAFKA_KAFKA_H

#include <stdbool.h>
#include <stdint.h>

#include "adapters/kafka/record.h"
#include "core/error.h"
#include "core/hash.h"

struct arena;

/* librdkafka's properties, by name: bootstrap.servers and the rest. */
struct kafka_property {
    const char *name;
    const char *value;
};
struct kafka_properties {
    const struct kafka_property *items;
    size_t count;
};

/* STATUS_REJECTED: no such property (with the nearest one that exists) or a value that
 * it does not take. */
enum status kafka_property_check(const char *name, const char *value, struct error *error);
/* librdkafka's properties for `--print-settings` and suggestions: true when it exists. */
bool kafka_property_exists(const char *name);

const char *kafka_library_version(void);

/* Receives librdkafka's log lines (level as in syslog, 0 to 7) of all handles. Called from
 * its threads. Set before any handle is made. */
void kafka_log_to(void (*log)(void *context, int level, const char *facility, const char *message),
                  void *context);

/* --- Topics ------------------------------------------------------------------ */

struct kafka_topic {
    struct text name;
    int32_t partition_count;
};
struct kafka_admin;
enum status kafka_admin_create(struct kafka_admin **out, struct kafka_properties properties,
                               struct error *error);
void kafka_admin_destroy(struct kafka_admin *admin);
/* All topics, in order of name. STATUS_UNAVAILABLE within timeout_ms. */
enum status kafka_topics_read(struct kafka_admin *admin, int timeout_ms, struct arena *arena,
                              struct kafka_topic **out, size_t *count, struct error *error);
struct kafka_new_topic {
    const char *name;
    int32_t partition_count;
    bool compact;
};
/* The first offset of a partition and the one behind its last record. */
enum status kafka_partition_ends(struct kafka_admin *admin, const char *topic, int32_t partition,
                                 int timeout_ms, int64_t *first, int64_t *end, struct error *error);
/* Creates those that do not exist, with the broker's default replication. *created counts.
 * A broker without the admin API (librdkafka's mock cluster) is asked for the topics'
 * metadata instead, at which it makes them. */
enum status kafka_topics_create(struct kafka_admin *admin, const struct kafka_new_topic *topics,
                                size_t count, int timeout_ms, size_t *created, struct error *error);

/* --- The process's consumer: one group member, a queue per lane --------------- */

struct kafka_consumer;
struct kafka_queue; /* where the records of one lane arrive */

struct kafka_partition {
    struct text topic;
    int32_t partition;
    int64_t offset; /* where to begin; KAFKA_OFFSET_BEGINNING */
    struct kafka_queue *queue;
};
enum { KAFKA_OFFSET_BEGINNING = -2 };

enum kafka_happening {
    KAFKA_NOTHING,
    KAFKA_ASSIGNED, /* partitions were given to us: answer with kafka_consumer_assign    */
    KAFKA_REVOKED,  /* they are taken (lost: at once): answer with kafka_consumer_unassign */
    KAFKA_AWAY,     /* no broker answers; `message` says more. Reported once             */
    KAFKA_BACK,     /* one answers again                                                 */
    KAFKA_PROBLEM   /* `message`: something a person should know                         */
};
struct kafka_notice {
    enum kafka_happening happening;
    bool lost;                                /* KAFKA_REVOKED */
    const struct kafka_partition *partitions; /* KAFKA_ASSIGNED; valid until the next poll */
    size_t partition_count;
    char message[512];
};

/* Joins group `group`, subscribed to `subscription` (names and ^regular expressions).
 * Range assignment, read_committed, no automatic commits, a hole is an error. */
enum status kafka_consumer_create(struct kafka_consumer **out, struct kafka_properties properties,
                                  const char *group, const char *const *subscription,
                                  size_t subscription_count, struct error *error);
/* Serves the group for up to timeout_ms and tells what happened, one thing at a time. */
enum status kafka_consumer_poll(struct kafka_consumer *consumer, int timeout_ms,
                                struct kafka_notice *notice, struct error *error);
/* Begins to fetch, each partition into its queue, from its offset. What was assigned before is
 * replaced: it goes on only if it is among them, from the offset that it has here. */
enum status kafka_consumer_assign(struct kafka_consumer *consumer,
                                  const struct kafka_partition *partitions, size_t count,
                                  struct error *error);
enum status kafka_consumer_unassign(struct kafka_consumer *consumer, struct error *error);
/* Step 14: tells the group how far the lanes are; for lag tools only, asynchronous. */
enum status kafka_consumer_acknowledge(struct kafka_consumer *consumer,
                                       const struct kafka_partition *partitions, size_t count,
                                       struct error *error);
/* How many offsets lie between each partition's end, as the last fetch told it, and its
 * `offset`, summed up; markers of transactions behind the last record do not count. No
 * request is made. A partition whose offset is KAFKA_OFFSET_BEGINNING counts whole. */
int64_t kafka_consumer_lag(struct kafka_consumer *consumer,
                           const struct kafka_partition *partitions, size_t count);
/* The name of this member, for logs; "" before it joined. */
const char *kafka_consumer_member(struct kafka_consumer *consumer);
/* Leaves the group (so that the others need not wait for a timeout) and ends. */
void kafka_consumer_destroy(struct kafka_consumer *consumer);

struct kafka_queue *kafka_queue_create(struct kafka_consumer *consumer);
void kafka_queue_destroy(struct kafka_queue *queue);
/* Waits up to timeout_ms for one record, then takes what else is there, at most `max`.
 * The records refer to librdkafka's memory until kafka_queue_release, which gives back
 * those of every fetch since the last one. An error of a
 * partition (an offset that is gone, a topic that vanished) is STATUS_UNAVAILABLE or
 * STATUS_FATAL and names it; records before it come first, those behind it follow. */
enum status kafka_queue_fetch(struct kafka_queue *queue, int timeout_ms, struct record *records,
                              size_t max, size_t *count, struct error *error);
void kafka_queue_release(struct kafka_queue *queue);
/* Whether a partition had not the offset that it was to be read from (kafka_queue_fetch said so,
 * STATUS_FATAL). It is not read any further until it is assigned anew. */
bool kafka_queue_has_hole(const struct kafka_queue *queue);
/* How many records wait in it. From any thread. */
size_t kafka_queue_length(const struct kafka_queue *queue);
/* Wakes the thread that waits in kafka_queue_fetch. From any thread. */
void kafka_queue_wake(struct kafka_queue *queue);

/* --- Publishing: protocol.md, section 3, steps 3, 4, 12 and 13 ----------------- */

/* The last record of a lane in the marker topic. */
struct marker {
    int64_t sequence;
    int64_t epoch;
    struct hash128 incarnation;
};

/* Two ways to publish (design.md, section 9) behind one door. */
enum delivery { DELIVERY_EXACTLY_ONCE, DELIVERY_AT_LEAST_ONCE };

struct kafka_publisher;

/* Step 3. A producer for the lane; with DELIVERY_EXACTLY_ONCE under the transactional id
 * "<group>-<lane>", initialised: success means that whatever a predecessor had open is
 * decided and that it can publish no more. Retries inside until timeout_ms. */
enum status kafka_publisher_create(struct kafka_publisher **out, struct kafka_properties properties,
                                   enum delivery delivery, const char *group, int32_t lane,
                                   int timeout_ms, struct error *error);
/* Step 4. *found is false when the lane never published. Not for DELIVERY_AT_LEAST_ONCE,
 * which has no marker. */
enum status kafka_publisher_position(struct kafka_publisher *publisher, int timeout_ms,
                                     struct marker *out, bool *found, struct error *error);
/* Step 4 for somebody who looks and does not publish: what it finds may be overtaken at once. */
enum status kafka_marker_read(struct kafka_properties properties, const char *group, int32_t lane,
                              int timeout_ms, struct marker *out, bool *found, struct error *error);
/* Steps 12 and 13: all records and the marker, in order, in one transaction; or, at
 * least once, the records, waiting until the broker has them all.
 * STATUS_REJECTED: a record can never be published (too large for the topic); *bad is its
 * index. Exactly once: nothing became visible; at least once: others may have been sent.
 * The publisher can be used again, without that record. After any other failure the
 * outcome is unknown: destroy the publisher and take over again.
 * STATUS_CONFLICT: another producer has the lane (fenced).
 * STATUS_UNAVAILABLE names a missing topic where that is the reason. */
enum status kafka_publisher_publish(struct kafka_publisher *publisher, const struct record *records,
                                    size_t count, struct marker marker, int timeout_ms, size_t *bad,
                                    struct error *error);
/* What is unsent is dropped; a transaction that is open is aborted, for which it waits half a
 * second at most. Accepts NULL. */
void kafka_publisher_destroy(struct kafka_publisher *publisher);

/* --- Plain producer and reader, for commands: start, send, mock, watch --------- */

struct kafka_producer;
enum status kafka_producer_create(struct kafka_producer **out, struct kafka_properties properties,
                                  struct error *error);
/* Queues a copy. Waits while the queue is full, at most timeout_ms. */
enum status kafka_producer_send(struct kafka_producer *producer, const struct record *record,
                                int timeout_ms, struct error *error);
/* Serves delivery reports without waiting; STATUS_... of the first record that failed. */
enum status kafka_producer_poll(struct kafka_producer *producer, struct error *error);
enum status kafka_producer_flush(struct kafka_producer *producer, int timeout_ms,
                                 struct error *error);
void kafka_producer_destroy(struct kafka_producer *producer);

/* Reads topics without a say in the fleet. With a group: as a member of it, committing as
 * it goes. Without: every partition of the topics that match, from the end or the
 * beginning, and those that appear later from their beginning. */
enum kafka_start { KAFKA_FROM_BEGINNING, KAFKA_FROM_END };
struct kafka_reader;
enum status kafka_reader_create(struct kafka_reader **out, struct kafka_properties properties,
                                const char *group, const char *const *subscription,
                                size_t subscription_count, enum kafka_start start,
                                struct error *error);
/* As kafka_queue_fetch. */
enum status kafka_reader_fetch(struct kafka_reader *reader, int timeout_ms, struct record *records,
                               size_t max, size_t *count, struct error *error);
void kafka_reader_release(struct kafka_reader *reader);
/* True once it has partitions to read from (its end positions are fixed by then). */
bool kafka_reader_is_ready(struct kafka_reader *reader);
void kafka_reader_destroy(struct kafka_reader *reader);

/* --- The embedded broker of `xorca dev`: librdkafka's mock cluster ------------- */

/* What librdkafka 2.0.2 gives a topic that it makes itself; it takes no other number. */
enum { KAFKA_MOCK_PARTITIONS = 4 };

struct kafka_mock_broker;
/* Listens on 127.0.0.1, a free port, and makes each topic at its first mention, with
 * partition_count partitions (KAFKA_MOCK_PARTITIONS, or STATUS_REJECTED). Give its clients
 *   fetch.wait.max.ms=5     its Fetch does not wake when a record arrives,
 *   session.timeout.ms=5000 a rebalance lasts a second less than this, the first join 3 s
 *                           whatever it is, and a session must outlast that,
 *   heartbeat.interval.ms=1000. */
enum status kafka_mock_broker_create(struct kafka_mock_broker **out, int32_t partition_count,
                                     struct error *error);
const char *kafka_mock_broker_bootstrap(const struct kafka_mock_broker *broker);
void kafka_mock_broker_destroy(struct kafka_mock_broker *broker);

#endif
