/* subscription.h - names of topics and regular expressions over them.
 *
 * Internal to adapters/kafka. As librdkafka has it: what begins with ^ is a regular
 * expression (POSIX extended), everything else a name. */
#ifndef ADAPTERS_KAFKA_SUBSCRIPTION_H
#define ADAPTERS_KAFKA_SUBSCRIPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

struct subscription;
/* STATUS_REJECTED: a regular expression is none, with the reason; or there is nothing. */
enum status subscription_create(struct subscription **out, const char *const *subscription,
                                size_t count, struct error *error);
bool subscription_matches(const struct subscription *subscription, const char *topic);
void subscription_destroy(struct subscription *subscription); /* accepts NULL */

#endif
