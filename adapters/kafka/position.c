#include "adapters/kafka/position.h"

#include <stdio.h>

#include "adapters/kafka/deadline.h"
#include "adapters/kafka/errors.h"
#include "adapters/kafka/marker.h"
#include "adapters/kafka/properties.h"

/* The last transaction ends in its marker record and the control record behind it, so that
 * a few offsets before the end suffice; aborted transactions and compaction may have left
 * holes, then ever longer tails are read. */
enum { TAIL_FIRST = 4, TAIL_GROWTH = 8 };

enum status marker_topic(char out[TOPIC_NAME_SIZE], const char *group, struct error *error)
{
    int size = snprintf(out, TOPIC_NAME_SIZE, "%s.outbox-pos", group);
    if (size < 0 || size >= TOPIC_NAME_SIZE)
        return error_set(error, STATUS_REJECTED,
                         "group \"%.40s...\": the name of its topic %s would be too long, Kafka "
                         "allows %d characters",
                         group, ".outbox-pos", TOPIC_NAME_SIZE - 1);
    return STATUS_OK;
}

/* What the reading of one tail works on. */
struct tail {
    rd_kafka_t *client;
    rd_kafka_topic_t *topic;
    int32_t partition;
    struct marker *out;
    bool *found;
};

static enum status read_record(struct tail *tail, const rd_kafka_message_t *message,
                               struct error *error)
{
    struct text value = {message->payload, message->len};
    enum status status = marker_read(value, tail->out, error);
    *tail->found = status == STATUS_OK;
    if (status != STATUS_REJECTED)
        return status;
    /* Nobody but a lane writes here. To guess would be to publish twice or not at all. */
    error->status = STATUS_FATAL;
    return error_context(error, "topic %s, partition %d, offset %lld is no marker",
                         rd_kafka_topic_name(tail->topic), (int)tail->partition,
                         (long long)message->offset);
}

/* Reads to the end of the partition; the last marker wins. */
static enum status read_to_end(struct tail *tail, int64_t deadline, struct error *error)
{
    for (;;) {
        rd_kafka_message_t *message =
            rd_kafka_consume(tail->topic, tail->partition, deadline_slice_ms(deadline, 1000));
        enum status status = STATUS_OK;
        bool is_end = false;
        if (message == NULL) {
            if (deadline_remains_ms(deadline) == 0)
                status = error_set(error, STATUS_UNAVAILABLE, "no answer in time");
        } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            is_end = true;
        } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            status = error_set(error, kafka_status_of(message->err), "%s",
                               rd_kafka_message_errstr(message));
        } else {
            status = read_record(tail, message, error);
        }
        if (message != NULL)
            rd_kafka_message_destroy(message);
        if (is_end || status != STATUS_OK)
            return status;
    }
}

static enum status read_from(struct tail *tail, int64_t offset, int64_t deadline,
                             struct error *error)
{
    if (rd_kafka_consume_start(tail->topic, tail->partition, offset) != 0)
        return kafka_error_set(error, rd_kafka_last_error(), "read from offset %lld",
                               (long long)offset);
    enum status status = read_to_end(tail, deadline, error);
    rd_kafka_consume_stop(tail->topic, tail->partition);
    return status;
}

/* Ever longer tails, until one has a marker. */
static enum status read_tails(struct tail *tail, int64_t deadline, struct error *error)
{
    int64_t first = 0;
    int64_t end = 0; /* read_committed: the last stable offset */
    rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(
        tail->client, rd_kafka_topic_name(tail->topic), tail->partition, &first, &end,
        deadline_remains_ms(deadline));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error_set(error, code, "ends of the log");

    *tail->found = false;
    int64_t whole = end - first;
    int64_t length = TAIL_FIRST < whole ? TAIL_FIRST : whole;
    while (length > 0) {
        enum status status = read_from(tail, end - length, deadline, error);
        if (status != STATUS_OK || *tail->found || length == whole)
            return status;
        length = length < whole / TAIL_GROWTH ? length * TAIL_GROWTH : whole;
    }
    return STATUS_OK;
}

static enum status read_topic(rd_kafka_t *client, const char *name, int32_t lane, int64_t deadline,
                              struct marker *out, bool *found, struct error *error)
{
    struct tail tail = {client, rd_kafka_topic_new(client, name, NULL), lane, out, found};
    if (tail.topic == NULL)
        return kafka_error_set(error, rd_kafka_last_error(), "topic %s", name);
    int32_t count = 0;
    enum status status = topic_partition_count(client, tail.topic, deadline, &count, error);
    if (status == STATUS_OK && lane >= count)
        status = error_set(error, STATUS_UNAVAILABLE,
                           "topic %s has %d partitions, lane %d needs one of its own: it must "
                           "have as many as the topics that are read",
                           name, (int)count, (int)lane);
    if (status == STATUS_OK) {
        status = read_tails(&tail, deadline, error);
        if (status != STATUS_OK)
            error_context(error, "topic %s, partition %d", name, (int)lane);
    }
    rd_kafka_topic_destroy(tail.topic);
    return status;
}

enum status position_read(rd_kafka_conf_t *conf, const char *topic, int32_t lane, int64_t deadline,
                          struct marker *out, bool *found, struct error *error)
{
    rd_kafka_t *client;
    enum status status = kafka_client_create(&client, ROLE_POSITION, conf, error);
    if (status != STATUS_OK)
        return status;
    status = read_topic(client, topic, lane, deadline, out, found, error);
    rd_kafka_destroy(client);
    return status;
}
