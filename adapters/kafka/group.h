/* group.h - entering and leaving a consumer group. Internal to adapters/kafka. */
#ifndef ADAPTERS_KAFKA_GROUP_H
#define ADAPTERS_KAFKA_GROUP_H

#include <librdkafka/rdkafka.h>

#include "core/error.h"

/* Subscribes the client. STATUS_REJECTED: a regular expression is none, with the reason. */
enum status group_subscribe(rd_kafka_t *client, const char *const *subscription, size_t count,
                            struct error *error);

/* While a new member joins, call this every GROUP_NUDGE_INTERVAL_MS, for
 * GROUP_NUDGE_WHILE_MS. The thread of librdkafka 2.0.2 that takes the steps of a join
 * (coordinator, its connection, metadata) looks only once a second whether the next is
 * due, unless something wakes it. */
enum { GROUP_NUDGE_INTERVAL_MS = 10, GROUP_NUDGE_WHILE_MS = 3000 };
void group_nudge(rd_kafka_t *client);

/* Leaves the group, so that the others need not wait for a timeout, and ends the client.
 * A coordinator that does not answer is not waited for longer than 5 s. References to the
 * client's own queues are given back before. */
void group_leave(rd_kafka_t *client);

#endif
