#include "adapters/kafka/records.h"

#include <stdlib.h>
#include <string.h>

#include "adapters/kafka/errors.h"

static enum status reserve(struct records *records, size_t more, struct error *error)
{
    size_t capacity = records->count + more;
    if (capacity <= records->capacity)
        return STATUS_OK;
    rd_kafka_message_t **messages =
        realloc(records->messages, capacity * sizeof(rd_kafka_message_t *));
    if (messages == NULL)
        return error_memory(error);
    records->messages = messages;
    records->capacity = capacity;
    return STATUS_OK;
}

/* Waits for one, then takes what else is there without waiting. The batch call alone would
 * wait until it is full or the time has passed: a linger (protocol.md, section 4). */
static void take(struct records *records, rd_kafka_queue_t *queue, int timeout_ms, size_t max)
{
    rd_kafka_message_t *first = rd_kafka_consume_queue(queue, timeout_ms);
    if (first == NULL)
        return;
    records->messages[records->count++] = first;
    if (max == 1)
        return;
    ssize_t more =
        rd_kafka_consume_batch_queue(queue, 0, records->messages + records->count, max - 1);
    if (more > 0)
        records->count += (size_t)more;
}

static enum status partition_error(const rd_kafka_message_t *message, struct error *error)
{
    const char *topic = message->rkt == NULL ? "" : rd_kafka_topic_name(message->rkt);
    const char *why = rd_kafka_message_errstr(message);
    enum status status = kafka_status_of(message->err);
    if (message->rkt == NULL)
        return error_set(error, status, "%s", why);
    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
        return error_set(error, status, "topic %s, partition %d: offset %lld is not in the log: %s",
                         topic, (int)message->partition, (long long)message->offset, why);
    return error_set(error, status, "topic %s, partition %d: %s", topic, (int)message->partition,
                     why);
}

/* The messages that wait, before the first error, at most max. */
static size_t count_good(const struct records *records, size_t max)
{
    size_t good = 0;
    while (records->lent + good < records->count && good < max &&
           records->messages[records->lent + good]->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        good++;
    return good;
}

static const rd_kafka_headers_t *headers_of(const rd_kafka_message_t *message)
{
    /* Headers that cannot be read are none: whoever decodes the record misses them by name. */
    rd_kafka_headers_t *headers = NULL;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return NULL;
    return headers;
}

/* Room for the headers of these messages; they fit in memory already, so the size does. */
static struct header_block *header_block_create(rd_kafka_message_t *const *messages, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        const rd_kafka_headers_t *headers = headers_of(messages[i]);
        if (headers != NULL)
            total += rd_kafka_header_cnt(headers);
    }
    struct header_block *block = malloc(sizeof *block + total * sizeof block->headers[0]);
    if (block != NULL)
        block->next = NULL;
    return block;
}

static size_t read_headers(const rd_kafka_headers_t *headers, struct header *out)
{
    size_t count = 0;
    const char *name;
    const void *value;
    size_t size;
    while (rd_kafka_header_get_all(headers, count, &name, &value, &size) ==
           RD_KAFKA_RESP_ERR_NO_ERROR)
        out[count++] = (struct header){text_of(name), {value, value == NULL ? 0 : size}};
    return count;
}

static struct record read_record(const rd_kafka_message_t *message)
{
    rd_kafka_timestamp_type_t type;
    return (struct record){
        .topic = text_of(rd_kafka_topic_name(message->rkt)),
        .partition = message->partition,
        .offset = message->offset,
        .timestamp_ms = rd_kafka_message_timestamp(message, &type),
        .key = {message->key, message->key_len},
        .value = {message->payload, message->len},
    };
}

static enum status lend(struct records *records, size_t good, struct record *out,
                        struct error *error)
{
    rd_kafka_message_t *const *messages = records->messages + records->lent;
    struct header_block *block = header_block_create(messages, good);
    if (block == NULL)
        return error_memory(error);
    struct header *next = block->headers;
    for (size_t i = 0; i < good; i++) {
        out[i] = read_record(messages[i]);
        const rd_kafka_headers_t *headers = headers_of(messages[i]);
        if (headers == NULL)
            continue;
        out[i].headers = next;
        out[i].header_count = read_headers(headers, next);
        next += out[i].header_count;
    }
    block->next = records->headers;
    records->headers = block;
    records->lent += good;
    return STATUS_OK;
}

/* Ends `count` messages from `first` on, and closes the gap. */
static void drop(struct records *records, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++)
        rd_kafka_message_destroy(records->messages[i]);
    records->count -= count;
    if (records->count > first)
        memmove(records->messages + first, records->messages + first + count,
                (records->count - first) * sizeof(rd_kafka_message_t *));
}

enum status records_fetch(struct records *records, rd_kafka_queue_t *queue, int timeout_ms,
                          struct record *out, size_t max, size_t *count, struct error *error)
{
    *count = 0;
    if (max == 0)
        return STATUS_OK;
    if (records->count == records->lent) {
        enum status status = reserve(records, max, error);
        if (status != STATUS_OK)
            return status;
        take(records, queue, timeout_ms, max);
        if (records->count == records->lent)
            return STATUS_OK;
    }
    size_t good = count_good(records, max);
    if (good == 0) {
        const rd_kafka_message_t *message = records->messages[records->lent];
        enum status status = partition_error(message, error);
        records->has_hole |= message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET;
        drop(records, records->lent, 1);
        return status;
    }
    enum status status = lend(records, good, out, error);
    if (status == STATUS_OK)
        *count = good;
    return status;
}

void records_release(struct records *records)
{
    drop(records, 0, records->lent);
    records->lent = 0;
    while (records->headers != NULL) {
        struct header_block *next = records->headers->next;
        free(records->headers);
        records->headers = next;
    }
}

void records_destroy(struct records *records)
{
    records->lent = records->count;
    records_release(records);
    free(records->messages);
    *records = (struct records){0};
}
