/* subscription.h - which topics are consumed, and whether they fit together.
 *
 * A lane is a partition number over all consumed topics, so these have equal partition
 * counts; and the worker's own topics must be there. */
#ifndef WORKER_SUBSCRIPTION_H
#define WORKER_SUBSCRIPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "adapters/kafka/kafka.h"
#include "core/error.h"

struct settings;

/* Whether `topic` matches the list of names and ^regular expressions (POSIX extended, as
 * librdkafka reads them). An expression that does not compile matches nothing. */
bool subscription_includes(const char *const *subscription, size_t count, struct text topic);

/* Checks the topics of the broker against the settings. *lane_count is the partition
 * count of the consumed ones; 0 when there are none yet. STATUS_REJECTED says which topics
 * do not fit, and the command that mends it. */
enum status subscription_check(const struct settings *settings, const struct kafka_topic *topics,
                               size_t count, int32_t *lane_count, struct error *error);

#endif
