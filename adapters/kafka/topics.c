#include "adapters/kafka/topics.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/kafka/deadline.h"
#include "adapters/kafka/errors.h"

/* How long a topic may be unknown before it counts as missing: brokers learn of a new one
 * one after the other. */
enum { TOPIC_WAIT_MS = 1000 };
/* Between two questions. */
enum { TOPIC_RETRY_MS = 50 };

enum status topic_name(char out[TOPIC_NAME_SIZE], struct text name, struct error *error)
{
    if (name.size == 0)
        return error_set(error, STATUS_REJECTED, "the name of a topic is empty");
    if (name.size >= TOPIC_NAME_SIZE)
        return error_set(error, STATUS_REJECTED,
                         "the name of a topic has %zu characters, Kafka allows %d: \"%.40s...\"",
                         name.size, TOPIC_NAME_SIZE - 1, name.data);
    if (memchr(name.data, '\0', name.size) != NULL)
        return error_set(error, STATUS_REJECTED, "the name of a topic contains NUL");
    memcpy(out, name.data, name.size);
    out[name.size] = '\0';
    return STATUS_OK;
}

/* One question; the topic's own error and count. */
static rd_kafka_resp_err_t ask(rd_kafka_t *client, rd_kafka_topic_t *topic, int timeout_ms,
                               rd_kafka_resp_err_t *topic_error, int32_t *count)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t code = rd_kafka_metadata(client, 0, topic, &metadata, timeout_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return code;
    *topic_error = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (metadata->topic_cnt == 1) {
        *topic_error = metadata->topics[0].err;
        *count = metadata->topics[0].partition_cnt;
    }
    rd_kafka_metadata_destroy(metadata);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

enum status topic_partition_count(rd_kafka_t *client, rd_kafka_topic_t *topic, int64_t deadline,
                                  int32_t *out, struct error *error)
{
    const char *name = rd_kafka_topic_name(topic);
    int64_t missing_at = deadline_after(TOPIC_WAIT_MS);
    for (;;) {
        rd_kafka_resp_err_t topic_error = RD_KAFKA_RESP_ERR_NO_ERROR;
        int32_t count = 0;
        rd_kafka_resp_err_t code =
            ask(client, topic, deadline_remains_ms(deadline), &topic_error, &count);
        bool is_unknown = topic_error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            if (topic_error == RD_KAFKA_RESP_ERR_NO_ERROR && count > 0) {
                *out = count;
                return STATUS_OK;
            }
            if (!is_unknown && topic_error != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE &&
                topic_error != RD_KAFKA_RESP_ERR_NO_ERROR)
                return kafka_error_set(error, topic_error, "topic %s", name);
        }
        if (is_unknown && deadline_remains_ms(missing_at) == 0)
            return error_set(error, STATUS_UNAVAILABLE,
                             "topic %s does not exist: `xorca topics --create` makes it", name);
        if (deadline_remains_ms(deadline) == 0)
            return kafka_error_set(error, code != RD_KAFKA_RESP_ERR_NO_ERROR ? code : topic_error,
                                   "topic %s", name);
        rd_kafka_poll(client, deadline_slice_ms(deadline, TOPIC_RETRY_MS));
    }
}

/* Where the name is, or would be. */
static size_t position_of(const struct topic_set *set, const char *name)
{
    size_t low = 0;
    size_t high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(rd_kafka_topic_name(set->items[middle].handle), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum status insert(struct topic_set *set, size_t position, struct topic topic,
                          struct error *error)
{
    if (set->count == set->capacity) {
        size_t capacity = set->capacity == 0 ? 16 : set->capacity * 2;
        struct topic *items = realloc(set->items, capacity * sizeof *items);
        if (items == NULL)
            return error_memory(error);
        set->items = items;
        set->capacity = capacity;
    }
    memmove(set->items + position + 1, set->items + position,
            (set->count - position) * sizeof *set->items);
    set->items[position] = topic;
    set->count++;
    return STATUS_OK;
}

enum status topic_set_find(struct topic_set *set, rd_kafka_t *client, struct text name,
                           int64_t deadline, struct topic **out, struct error *error)
{
    char wanted[TOPIC_NAME_SIZE];
    enum status status = topic_name(wanted, name, error);
    if (status != STATUS_OK)
        return status;
    size_t position = position_of(set, wanted);
    if (position < set->count &&
        strcmp(rd_kafka_topic_name(set->items[position].handle), wanted) == 0) {
        *out = &set->items[position];
        return STATUS_OK;
    }

    struct topic topic = {.handle = rd_kafka_topic_new(client, wanted, NULL)};
    if (topic.handle == NULL)
        return kafka_error_set(error, rd_kafka_last_error(), "topic %s", wanted);
    status = topic_partition_count(client, topic.handle, deadline, &topic.partition_count, error);
    if (status == STATUS_OK)
        status = insert(set, position, topic, error);
    if (status != STATUS_OK) {
        rd_kafka_topic_destroy(topic.handle);
        return status;
    }
    *out = &set->items[position];
    return STATUS_OK;
}

void topic_set_destroy(struct topic_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        rd_kafka_topic_destroy(set->items[i].handle);
    free(set->items);
    *set = (struct topic_set){0};
}
