/* sender.h - a librdkafka producer, and what became of its records.
 *
 * Internal to adapters/kafka; what the publisher and the plain producer have in common.
 * The delivery reports are only counted here; whoever sends asks afterwards. */
#ifndef ADAPTERS_KAFKA_SENDER_H
#define ADAPTERS_KAFKA_SENDER_H

#include <stdbool.h>
#include <stddef.h>

#include <librdkafka/rdkafka.h>

#include "adapters/kafka/kafka.h"
#include "adapters/kafka/properties.h"
#include "adapters/kafka/topics.h"

struct sender {
    rd_kafka_t *client;
    bool is_transactional;
    struct topic_set topics;
    size_t record_size_max; /* message.max.bytes */
    size_t batch_size;      /* batch.size */
    char transport[256];    /* why the last connection failed */

    /* Since sender_forget: */
    size_t delivered;
    size_t failed;
    size_t failed_size;                 /* bytes of their values */
    size_t purged;                      /* thrown out because of another's failure */
    rd_kafka_resp_err_t failure;        /* of the first that failed (if none, was purged), */
    const struct record *failed_record; /* as it was sent; may be gone by now, */
    char failed_topic[TOPIC_NAME_SIZE];
};

/* In place: librdkafka keeps a pointer to `sender`, which must not move. On failure
 * sender_reset may be called, and need not be. */
enum status sender_init(struct sender *sender, enum kafka_role role,
                        struct kafka_properties properties, const struct kafka_property *own,
                        struct error *error);
/* Ends the client; what is unsent is dropped without a wait. */
void sender_reset(struct sender *sender);

/* STATUS_REJECTED when the record is larger than this client may ever send. */
enum status sender_check_size(const struct sender *sender, const struct record *record,
                              struct error *error);

/* Whether the record, by its size, travels in a batch of its own. */
bool sender_fills_batch(const struct sender *sender, const struct record *record);

/* Queues a copy. Looks its topic up first if need be; waits while the queue is full; both
 * until the deadline. */
enum status sender_send(struct sender *sender, const struct record *record, int64_t deadline,
                        struct error *error);
/* Waits until all that was queued is delivered or has failed. In a transaction, until one
 * has failed: what stands behind it in its partition is out of order for the broker, and
 * librdkafka 2.0.2 keeps it to be sent again after the abort. */
enum status sender_flush(struct sender *sender, int64_t deadline, struct error *error);

/* STATUS_OK, or why the first record failed. */
enum status sender_outcome(const struct sender *sender, struct error *error);
/* A broker refused several records of a topic together, as a batch larger than the topic's
 * max.message.bytes: from now on half as many bytes go there before a flush. Repeated, it
 * comes to batches that are taken, or to the one record that is too large. */
void sender_narrow(struct sender *sender);
void sender_forget(struct sender *sender);

/* As kafka_error_take; a fatal error of the client stands behind any other, and what keeps
 * its brokers away is added. */
enum status sender_error(struct sender *sender, rd_kafka_error_t *failure, const char *what,
                         struct error *error);

#endif
