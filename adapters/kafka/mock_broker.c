/* librdkafka's mock cluster, held by a producer that does nothing else. What it can and
 * cannot do: protocol.md, section 7. */
#include <stdlib.h>

#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h> /* wants the other one before it */

#include "adapters/kafka/errors.h"
#include "adapters/kafka/properties.h"

struct kafka_mock_broker {
    rd_kafka_t *owner;
    rd_kafka_mock_cluster_t *cluster;
};

/* One broker: several would only spread the same memory over more ports. */
enum { BROKERS = 1 };

enum status kafka_mock_broker_create(struct kafka_mock_broker **out, int32_t partition_count,
                                     struct error *error)
{
    if (partition_count != KAFKA_MOCK_PARTITIONS)
        return error_set(error, STATUS_REJECTED,
                         "the embedded broker makes topics of %d partitions, not of %d",
                         KAFKA_MOCK_PARTITIONS, (int)partition_count);
    struct kafka_mock_broker *broker = calloc(1, sizeof *broker);
    if (broker == NULL)
        return error_memory(error);

    /* The sockets that it accepts take the owner's settings: without Nagle's delay. The
     * owner itself connects nowhere, and need not warn of that. */
    const struct kafka_property own[] = {{"log_level", "4"}, {NULL, NULL}};
    const struct kafka_properties none = {NULL, 0};
    rd_kafka_conf_t *conf;
    enum status status = kafka_conf_create(&conf, ROLE_ADMIN, none, own, error);
    if (status == STATUS_OK)
        status = kafka_client_create(&broker->owner, ROLE_ADMIN, conf, error);
    if (status == STATUS_OK) {
        broker->cluster = rd_kafka_mock_cluster_new(broker->owner, BROKERS);
        if (broker->cluster == NULL)
            status = error_set(error, STATUS_FATAL, "the embedded broker cannot listen");
    }
    if (status != STATUS_OK) {
        kafka_mock_broker_destroy(broker);
        return status;
    }
    *out = broker;
    return STATUS_OK;
}

const char *kafka_mock_broker_bootstrap(const struct kafka_mock_broker *broker)
{
    return rd_kafka_mock_cluster_bootstraps(broker->cluster);
}

void kafka_mock_broker_destroy(struct kafka_mock_broker *broker)
{
    if (broker == NULL)
        return;
    if (broker->cluster != NULL)
        rd_kafka_mock_cluster_destroy(broker->cluster);
    if (broker->owner != NULL)
        rd_kafka_destroy(broker->owner);
    free(broker);
}
