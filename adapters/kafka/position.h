/* position.h - step 4: how far a lane has published, from its marker topic.
 *
 * Internal to adapters/kafka. */
#ifndef ADAPTERS_KAFKA_POSITION_H
#define ADAPTERS_KAFKA_POSITION_H

#include <librdkafka/rdkafka.h>

#include "adapters/kafka/kafka.h"
#include "adapters/kafka/topics.h"

/* "<group>.outbox-pos". STATUS_REJECTED when that is too long. */
enum status marker_topic(char out[TOPIC_NAME_SIZE], const char *group, struct error *error);

/* The last marker in partition `lane` of `topic` that read_committed shows. *found is false
 * when there is none. By a client of its own, of ROLE_POSITION, which ends before this
 * returns; the configuration ends here. */
enum status position_read(rd_kafka_conf_t *conf, const char *topic, int32_t lane, int64_t deadline,
                          struct marker *out, bool *found, struct error *error);

#endif
