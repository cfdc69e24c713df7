/* topics.h - the topics that a producer sends to, each looked up before its first record.
 *
 * Internal to adapters/kafka. Without the look-up librdkafka 2.0.2 holds the first record
 * of a topic back for up to a second (protocol.md, section 2.4), and finds out that a
 * topic is missing only after half a minute. */
#ifndef ADAPTERS_KAFKA_TOPICS_H
#define ADAPTERS_KAFKA_TOPICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "core/error.h"
#include "core/text.h"

/* Kafka's limit on a topic's name (Topic.java: MAX_NAME_LENGTH), and a NUL. */
enum { TOPIC_NAME_SIZE = 249 + 1 };

/* Copies the name with a NUL behind it. STATUS_REJECTED: it cannot be a topic's. */
enum status topic_name(char out[TOPIC_NAME_SIZE], struct text name, struct error *error);

struct topic {
    rd_kafka_topic_t *handle;
    int32_t partition_count;
    size_t unflushed;    /* bytes of records that were sent to it since the last flush */
    size_t together_max; /* of those bytes, see sender_narrow; 0: as many as batch.size says */
    bool is_sent_to;     /* since sender_forget: in this transaction */
};

/* Those known so far, in order of name. All zero is the empty set. */
struct topic_set {
    struct topic *items;
    size_t count;
    size_t capacity;
};

/* The topic, looked up on the broker when it is not yet in the set; valid until the next
 * call. STATUS_UNAVAILABLE: it does not exist, or no broker answered by the deadline. */
enum status topic_set_find(struct topic_set *set, rd_kafka_t *client, struct text name,
                           int64_t deadline, struct topic **out, struct error *error);
void topic_set_destroy(struct topic_set *set);

/* How many partitions the topic has now, from the broker. Errors as topic_set_find. */
enum status topic_partition_count(rd_kafka_t *client, rd_kafka_topic_t *topic, int64_t deadline,
                                  int32_t *out, struct error *error);

#endif
