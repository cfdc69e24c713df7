/* properties.h - from the settings to a librdkafka configuration.
 *
 * Internal to adapters/kafka. Three layers, the later over the earlier: our defaults for
 * the role, what the user set, what the protocol fixes. */
#ifndef ADAPTERS_KAFKA_PROPERTIES_H
#define ADAPTERS_KAFKA_PROPERTIES_H

#include <librdkafka/rdkafka.h>

#include "adapters/kafka/kafka.h"
#include "core/error.h"

/* What a client is for; each is a bit, for the tables. */
enum kafka_role {
    ROLE_ADMIN = 1,         /* topics: makes and lists them                     */
    ROLE_CONSUMER = 2,      /* the worker's member of the group                 */
    ROLE_POSITION = 4,      /* reads the marker topic's tail once               */
    ROLE_READER = 8,        /* watch: no group                                  */
    ROLE_GROUP_READER = 16, /* mock: a group that commits as it goes            */
    ROLE_PRODUCER = 32,     /* start, send, mock; also at-least-once publishing */
    ROLE_TRANSACTIONAL = 64 /* exactly-once publishing                          */
};

/* A configuration for a client of this role. `own` are the properties that only the
 * caller knows (group.id, transactional.id); a NULL name ends them. Properties of the
 * other kind of client (a consumer's for a producer) are left out. Callbacks are the
 * caller's to set. */
enum status kafka_conf_create(rd_kafka_conf_t **out, enum kafka_role role,
                              struct kafka_properties properties, const struct kafka_property *own,
                              struct error *error);

/* The client. The configuration ends here whatever happens. */
enum status kafka_client_create(rd_kafka_t **out, enum kafka_role role, rd_kafka_conf_t *conf,
                                struct error *error);

#endif
