/* fixture.h - what the tests of adapters/kafka share: waiting, and a reader of their own.
 *
 * What a test expects to find in a topic is read by plain librdkafka, not by the code
 * that is under test. */
#ifndef TESTS_ADAPTERS_KAFKA_FIXTURE_H
#define TESTS_ADAPTERS_KAFKA_FIXTURE_H

#include "adapters/kafka/kafka.h"
#include "tests/test.h"

/* Nothing here takes this long. A test that has to wait longer has failed. */
enum { PATIENCE_MS = 60000, SLICE_MS = 200 };

int64_t now_ms(void);

/* The properties that reach the broker at `bootstrap`, which must outlive them. */
struct kafka_properties properties_of(const char *bootstrap);

#define ASSERT_OK(call)                               \
    do {                                              \
        if ((call) != STATUS_OK)                      \
            fail_msg("%s: %s", #call, error.message); \
    } while (0)

/* Fails unless `part` stands in error.message. */
#define ASSERT_MESSAGE(part)                                       \
    do {                                                           \
        if (strstr(error.message, part) == NULL)                   \
            fail_msg("\"%s\" is not in: %s", part, error.message); \
    } while (0)

/* Creates the topics by kafka_topics_create: "a:4 b:4". A "!" behind it: compacted. */
void make_topics(struct kafka_properties properties, const char *topics);

/* One of a topic's settings, "max.message.bytes"; its others go back to their defaults. */
void set_topic(const char *bootstrap, const char *topic, const char *name, const char *value);

/* The values in a partition, in order, one line each, up to the end that the isolation
 * level shows: "v1\nv2\n". In a buffer that the next call reuses. */
const char *values_of(const char *bootstrap, const char *topic, int32_t partition,
                      const char *isolation);

/* A record by key, or for the partition. */
struct record record_of(const char *topic, int32_t partition, const char *key, const char *value);

/* A group member whose partitions' records go to one queue per lane, lane = partition. */
enum { LANES_MAX = 8 };
struct member {
    struct kafka_consumer *consumer;
    struct kafka_queue *queues[LANES_MAX];
    struct kafka_partition partitions[64];
    size_t partition_count;
    char topics[64][32]; /* the partitions' names */
    bool is_assigned;
    int64_t first_offset; /* where its partitions begin: from their beginning */
};
void member_join(struct member *member, struct kafka_properties properties, const char *group,
                 const char *subscription);
/* Polls once for up to SLICE_MS and answers what happens. */
enum kafka_happening member_serve(struct member *member);
/* Until it has this many partitions. */
void member_await(struct member *member, size_t partition_count);
void member_leave(struct member *member);
/* The values that a lane was handed so far, until `count` of them: "v1\nv2\n". */
const char *lane_values(struct member *member, int32_t lane, size_t count);

#endif
