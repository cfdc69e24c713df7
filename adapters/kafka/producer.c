#include <stdlib.h>

#include "adapters/kafka/deadline.h"
#include "adapters/kafka/sender.h"

struct kafka_producer {
    struct sender sender;
};

enum status kafka_producer_create(struct kafka_producer **out, struct kafka_properties properties,
                                  struct error *error)
{
    struct kafka_producer *producer = calloc(1, sizeof *producer);
    if (producer == NULL)
        return error_memory(error);
    enum status status = sender_init(&producer->sender, ROLE_PRODUCER, properties, NULL, error);
    if (status != STATUS_OK) {
        kafka_producer_destroy(producer);
        return status;
    }
    *out = producer;
    return STATUS_OK;
}

enum status kafka_producer_send(struct kafka_producer *producer, const struct record *record,
                                int timeout_ms, struct error *error)
{
    enum status status = sender_check_size(&producer->sender, record, error);
    if (status == STATUS_OK)
        status = sender_send(&producer->sender, record, deadline_after(timeout_ms), error);
    return status;
}

/* Each failure is told once. */
static enum status outcome(struct kafka_producer *producer, struct error *error)
{
    enum status status = sender_outcome(&producer->sender, error);
    sender_forget(&producer->sender);
    return status;
}

enum status kafka_producer_poll(struct kafka_producer *producer, struct error *error)
{
    rd_kafka_poll(producer->sender.client, 0);
    return outcome(producer, error);
}

enum status kafka_producer_flush(struct kafka_producer *producer, int timeout_ms,
                                 struct error *error)
{
    enum status status = sender_flush(&producer->sender, deadline_after(timeout_ms), error);
    return status == STATUS_OK ? outcome(producer, error) : status;
}

void kafka_producer_destroy(struct kafka_producer *producer)
{
    if (producer == NULL)
        return;
    sender_reset(&producer->sender);
    free(producer);
}
