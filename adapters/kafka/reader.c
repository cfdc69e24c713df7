/* Reads topics for commands, apart from the fleet. In two ways behind one door:
 *
 *   without a group (watch)  looks for topics and partitions itself, again and again, and
 *                            starts each partition where the rules below say
 *   with a group (mock)      answers the group's rebalances, and stores how far it is when
 *                            records are given back, for librdkafka to commit
 *
 * In both every partition begins at an offset that is fixed before the first fetch: what
 * is sent after kafka_reader_is_ready is read, whatever the start. */
#include <stdlib.h>
#include <string.h>

#include "adapters/kafka/deadline.h"
#include "adapters/kafka/errors.h"
#include "adapters/kafka/group.h"
#include "adapters/kafka/properties.h"
#include "adapters/kafka/records.h"
#include "adapters/kafka/subscription.h"

/* How late a new topic is seen by a reader without a group. */
enum { LOOK_INTERVAL_MS = 1000 };
/* How long the broker may take to tell about topics and offsets. */
enum { ANSWER_TIMEOUT_MS = 5000, ANSWER_RETRY_MS = 100 };
/* How late a rebalance is answered by a reader that waits for records. */
enum { REBALANCE_DELAY_MS = 100 };

struct kafka_reader {
    rd_kafka_t *client;
    rd_kafka_queue_t *queue; /* of records, from all partitions */
    struct records records;
    struct subscription *subscription;
    enum kafka_start start;
    bool is_ready;
    /* The topics that were there at first: `start` is about them. Later ones are read from
     * their beginning. NULL: nobody has looked yet. */
    rd_kafka_topic_partition_list_t *at_first;

    /* Without a group: */
    rd_kafka_topic_partition_list_t *started;
    rd_kafka_topic_t **topics; /* for each of `started` */
    size_t topic_capacity;
    int64_t next_look;

    /* With one: */
    bool has_group;
    int64_t nudge_until; /* while it joins: see group_nudge */
    rd_kafka_queue_t *events;
    rd_kafka_event_t *rebalance; /* that is not answered yet */
};

/* --- Where to begin -------------------------------------------------------------- */

static bool list_has_topic(rd_kafka_topic_partition_list_t *list, const char *topic)
{
    return rd_kafka_topic_partition_list_find(list, topic, RD_KAFKA_PARTITION_UA) != NULL;
}

static enum status read_metadata(struct kafka_reader *reader, const struct rd_kafka_metadata **out,
                                 struct error *error)
{
    rd_kafka_resp_err_t code = rd_kafka_metadata(reader->client, 1, NULL, out, ANSWER_TIMEOUT_MS);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return STATUS_OK;
    return kafka_error_set(error, code, "list topics");
}

static void note_first_topics(struct kafka_reader *reader, const struct rd_kafka_metadata *metadata)
{
    reader->at_first = rd_kafka_topic_partition_list_new(metadata->topic_cnt);
    for (int i = 0; i < metadata->topic_cnt; i++)
        if (metadata->topics[i].err == RD_KAFKA_RESP_ERR_NO_ERROR)
            rd_kafka_topic_partition_list_add(reader->at_first, metadata->topics[i].topic,
                                              RD_KAFKA_PARTITION_UA);
}

/* Asks once; the answer to each partition is in `answer`. */
static rd_kafka_resp_err_t ask_offsets(struct kafka_reader *reader,
                                       const rd_kafka_topic_partition_list_t *asked,
                                       rd_kafka_topic_partition_list_t **answer)
{
    *answer = rd_kafka_topic_partition_list_copy(asked);
    rd_kafka_resp_err_t code =
        rd_kafka_offsets_for_times(reader->client, *answer, ANSWER_TIMEOUT_MS);
    for (int i = 0; code == RD_KAFKA_RESP_ERR_NO_ERROR && i < (*answer)->cnt; i++)
        code = (*answer)->elems[i].err;
    return code;
}

/* A topic that was just made, or a broker that was just lost, has partitions without a
 * leader for a moment: the question is repeated until ANSWER_TIMEOUT_MS. */
static rd_kafka_resp_err_t ask_offsets_patiently(struct kafka_reader *reader,
                                                 const rd_kafka_topic_partition_list_t *asked,
                                                 rd_kafka_topic_partition_list_t **answer)
{
    int64_t deadline = deadline_after(ANSWER_TIMEOUT_MS);
    for (;;) {
        rd_kafka_resp_err_t code = ask_offsets(reader, asked, answer);
        if (kafka_status_of(code) != STATUS_UNAVAILABLE || deadline_remains_ms(deadline) == 0)
            return code;
        rd_kafka_topic_partition_list_destroy(*answer);
        struct timespec nap = {.tv_sec = 0, .tv_nsec = ANSWER_RETRY_MS * 1000000L};
        nanosleep(&nap, NULL);
    }
}

/* Replaces RD_KAFKA_OFFSET_BEGINNING and RD_KAFKA_OFFSET_END by the offsets that they are
 * this moment, in one question (ListOffsets takes both as times). */
static enum status resolve_offsets(struct kafka_reader *reader,
                                   rd_kafka_topic_partition_list_t *list, struct error *error)
{
    rd_kafka_topic_partition_list_t *asked = rd_kafka_topic_partition_list_new(list->cnt);
    for (int i = 0; i < list->cnt; i++)
        if (list->elems[i].offset < 0)
            rd_kafka_topic_partition_list_add(asked, list->elems[i].topic, list->elems[i].partition)
                ->offset = list->elems[i].offset;
    enum status status = STATUS_OK;
    if (asked->cnt > 0) {
        rd_kafka_topic_partition_list_t *answer;
        rd_kafka_resp_err_t code = ask_offsets_patiently(reader, asked, &answer);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
            status = kafka_error_set(error, code, "where the partitions begin and end");
        for (int i = 0; status == STATUS_OK && i < answer->cnt; i++)
            rd_kafka_topic_partition_list_set_offset(
                list, answer->elems[i].topic, answer->elems[i].partition, answer->elems[i].offset);
        rd_kafka_topic_partition_list_destroy(answer);
    }
    rd_kafka_topic_partition_list_destroy(asked);
    return status;
}

static int64_t first_offset(const struct kafka_reader *reader, const char *topic)
{
    bool from_end = reader->start == KAFKA_FROM_END && list_has_topic(reader->at_first, topic);
    return from_end ? RD_KAFKA_OFFSET_END : RD_KAFKA_OFFSET_BEGINNING;
}

/* --- Without a group -------------------------------------------------------------- */

/* The partitions that match and are not being read. */
static rd_kafka_topic_partition_list_t *new_partitions(const struct kafka_reader *reader,
                                                       const struct rd_kafka_metadata *metadata)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    for (int i = 0; i < metadata->topic_cnt; i++) {
        const rd_kafka_metadata_topic_t *topic = &metadata->topics[i];
        if (topic->err != RD_KAFKA_RESP_ERR_NO_ERROR ||
            !subscription_matches(reader->subscription, topic->topic))
            continue;
        for (int p = 0; p < topic->partition_cnt; p++)
            if (rd_kafka_topic_partition_list_find(reader->started, topic->topic,
                                                   topic->partitions[p].id) == NULL)
                rd_kafka_topic_partition_list_add(list, topic->topic, topic->partitions[p].id)
                    ->offset = first_offset(reader, topic->topic);
    }
    return list;
}

static enum status start_partition(struct kafka_reader *reader,
                                   const rd_kafka_topic_partition_t *partition, struct error *error)
{
    size_t count = (size_t)reader->started->cnt;
    if (count == reader->topic_capacity) {
        size_t capacity = count == 0 ? 16 : count * 2;
        rd_kafka_topic_t **topics = realloc(reader->topics, capacity * sizeof(rd_kafka_topic_t *));
        if (topics == NULL)
            return error_memory(error);
        reader->topics = topics;
        reader->topic_capacity = capacity;
    }
    rd_kafka_topic_t *topic = rd_kafka_topic_new(reader->client, partition->topic, NULL);
    if (topic == NULL)
        return kafka_error_set(error, rd_kafka_last_error(), "topic %s", partition->topic);
    if (rd_kafka_consume_start_queue(topic, partition->partition, partition->offset,
                                     reader->queue) != 0) {
        enum status status = kafka_error_set(error, rd_kafka_last_error(), "topic %s, partition %d",
                                             partition->topic, (int)partition->partition);
        rd_kafka_topic_destroy(topic);
        return status;
    }
    reader->topics[count] = topic;
    rd_kafka_topic_partition_list_add(reader->started, partition->topic, partition->partition);
    return STATUS_OK;
}

static enum status start_partitions(struct kafka_reader *reader,
                                    rd_kafka_topic_partition_list_t *list, struct error *error)
{
    enum status status = resolve_offsets(reader, list, error);
    for (int i = 0; status == STATUS_OK && i < list->cnt; i++)
        status = start_partition(reader, &list->elems[i], error);
    if (status == STATUS_OK && reader->started->cnt > 0)
        reader->is_ready = true;
    return status;
}

static enum status look_for_partitions(struct kafka_reader *reader, struct error *error)
{
    reader->next_look = deadline_after(LOOK_INTERVAL_MS);
    const struct rd_kafka_metadata *metadata;
    enum status status = read_metadata(reader, &metadata, error);
    if (status != STATUS_OK)
        return status;
    if (reader->at_first == NULL)
        note_first_topics(reader, metadata);
    rd_kafka_topic_partition_list_t *list = new_partitions(reader, metadata);
    rd_kafka_metadata_destroy(metadata);
    status = start_partitions(reader, list, error);
    rd_kafka_topic_partition_list_destroy(list);
    return status;
}

static void stop_partitions(struct kafka_reader *reader)
{
    for (int i = 0; i < reader->started->cnt; i++) {
        rd_kafka_consume_stop(reader->topics[i], reader->started->elems[i].partition);
        rd_kafka_topic_destroy(reader->topics[i]);
    }
    rd_kafka_topic_partition_list_destroy(reader->started);
    free(reader->topics);
}

/* --- With a group ----------------------------------------------------------------- */

/* Where the group is; where it never was, as `start` says. */
static enum status fix_offsets(struct kafka_reader *reader, rd_kafka_topic_partition_list_t *list,
                               struct error *error)
{
    rd_kafka_resp_err_t code = rd_kafka_committed(reader->client, list, ANSWER_TIMEOUT_MS);
    for (int i = 0; code == RD_KAFKA_RESP_ERR_NO_ERROR && i < list->cnt; i++)
        code = list->elems[i].err;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error_set(error, code, "offsets of the group");
    for (int i = 0; i < list->cnt; i++)
        if (list->elems[i].offset < 0)
            list->elems[i].offset = first_offset(reader, list->elems[i].topic);
    return resolve_offsets(reader, list, error);
}

static void forward_partitions(struct kafka_reader *reader,
                               const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++) {
        rd_kafka_queue_t *source = rd_kafka_queue_get_partition(
            reader->client, list->elems[i].topic, list->elems[i].partition);
        if (source == NULL)
            continue;
        rd_kafka_queue_forward(source, reader->queue);
        rd_kafka_queue_destroy(source);
    }
}

static enum status assign_partitions(struct kafka_reader *reader,
                                     rd_kafka_topic_partition_list_t *list, struct error *error)
{
    if (reader->at_first == NULL) {
        const struct rd_kafka_metadata *metadata;
        enum status status = read_metadata(reader, &metadata, error);
        if (status != STATUS_OK)
            return status;
        note_first_topics(reader, metadata);
        rd_kafka_metadata_destroy(metadata);
    }
    if (list->cnt > 0) {
        enum status status = fix_offsets(reader, list, error);
        if (status != STATUS_OK)
            return status;
    }
    forward_partitions(reader, list);
    rd_kafka_resp_err_t code = rd_kafka_assign(reader->client, list);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error_set(error, code, "assign");
    /* Committed soon, so that whoever has the partition next begins there as well. */
    rd_kafka_offsets_store(reader->client, list);
    reader->is_ready = list->cnt > 0;
    return STATUS_OK;
}

/* Answers the rebalance that waits. If that fails it goes on waiting. */
static enum status answer_rebalance(struct kafka_reader *reader, struct error *error)
{
    if (rd_kafka_event_error(reader->rebalance) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_copy(
            rd_kafka_event_topic_partition_list(reader->rebalance));
        enum status status = assign_partitions(reader, list, error);
        rd_kafka_topic_partition_list_destroy(list);
        if (status != STATUS_OK)
            return status;
    } else {
        rd_kafka_assign(reader->client, NULL);
        reader->is_ready = false;
    }
    rd_kafka_event_destroy(reader->rebalance);
    reader->rebalance = NULL;
    return STATUS_OK;
}

/* One event, if there is one. */
static enum status serve_group(struct kafka_reader *reader, struct error *error)
{
    if (reader->rebalance != NULL)
        return answer_rebalance(reader, error);
    rd_kafka_event_t *event = rd_kafka_queue_poll(reader->events, 0);
    if (event == NULL)
        return STATUS_OK;
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE) {
        reader->nudge_until = 0;
        reader->rebalance = event;
        return answer_rebalance(reader, error);
    }
    enum status status = STATUS_OK;
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR)
        status = error_set(error, kafka_status_of(rd_kafka_event_error(event)), "%s",
                           rd_kafka_event_error_string(event));
    rd_kafka_event_destroy(event);
    return status;
}

/* How far the records that are given back reach, for librdkafka to commit. Refused for a
 * partition that is no longer ours, which then is read again by its new reader. */
static void store_offsets(struct kafka_reader *reader)
{
    const struct records *records = &reader->records;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    for (size_t i = 0; i < records->lent; i++) {
        const rd_kafka_message_t *message = records->messages[i];
        const char *topic = rd_kafka_topic_name(message->rkt);
        rd_kafka_topic_partition_t *partition =
            rd_kafka_topic_partition_list_find(list, topic, message->partition);
        if (partition == NULL)
            partition = rd_kafka_topic_partition_list_add(list, topic, message->partition);
        partition->offset = message->offset + 1;
    }
    if (list->cnt > 0)
        rd_kafka_offsets_store(reader->client, list);
    rd_kafka_topic_partition_list_destroy(list);
}

/* --- The door --------------------------------------------------------------------- */

static enum status open_client(struct kafka_reader *reader, struct kafka_properties properties,
                               const char *group, struct error *error)
{
    const struct kafka_property own[] = {{"group.id", group}, {NULL, NULL}};
    enum kafka_role role = group == NULL ? ROLE_READER : ROLE_GROUP_READER;
    rd_kafka_conf_t *conf;
    enum status status =
        kafka_conf_create(&conf, role, properties, group == NULL ? NULL : own, error);
    if (status != STATUS_OK)
        return status;
    if (group != NULL)
        rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR);
    return kafka_client_create(&reader->client, role, conf, error);
}

static enum status join(struct kafka_reader *reader, const char *const *subscription, size_t count,
                        struct error *error)
{
    reader->has_group = true;
    reader->nudge_until = deadline_after(GROUP_NUDGE_WHILE_MS);
    rd_kafka_poll_set_consumer(reader->client);
    reader->events = rd_kafka_queue_get_consumer(reader->client);
    return group_subscribe(reader->client, subscription, count, error);
}

enum status kafka_reader_create(struct kafka_reader **out, struct kafka_properties properties,
                                const char *group, const char *const *subscription,
                                size_t subscription_count, enum kafka_start start,
                                struct error *error)
{
    struct kafka_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return error_memory(error);
    reader->start = start;
    reader->started = rd_kafka_topic_partition_list_new(16);
    enum status status =
        subscription_create(&reader->subscription, subscription, subscription_count, error);
    if (status == STATUS_OK)
        status = open_client(reader, properties, group, error);
    if (status == STATUS_OK) {
        reader->queue = rd_kafka_queue_new(reader->client);
        if (group != NULL)
            status = join(reader, subscription, subscription_count, error);
    }
    if (status != STATUS_OK) {
        kafka_reader_destroy(reader);
        return status;
    }
    *out = reader;
    return STATUS_OK;
}

/* What is due besides records; *wait_ms is how long the records may be waited for then. */
static enum status chores(struct kafka_reader *reader, int64_t deadline, int *wait_ms,
                          struct error *error)
{
    enum status status = STATUS_OK;
    if (reader->has_group) {
        status = serve_group(reader, error);
        bool is_joining = deadline_remains_ms(reader->nudge_until) > 0;
        if (is_joining)
            group_nudge(reader->client);
        *wait_ms =
            deadline_slice_ms(deadline, is_joining ? GROUP_NUDGE_INTERVAL_MS : REBALANCE_DELAY_MS);
    } else {
        if (deadline_remains_ms(reader->next_look) == 0)
            status = look_for_partitions(reader, error);
        *wait_ms = deadline_slice_ms(deadline, deadline_remains_ms(reader->next_look));
    }
    return status;
}

enum status kafka_reader_fetch(struct kafka_reader *reader, int timeout_ms, struct record *records,
                               size_t max, size_t *count, struct error *error)
{
    int64_t deadline = deadline_after(timeout_ms);
    *count = 0;
    for (;;) {
        int wait_ms = 0;
        enum status status = chores(reader, deadline, &wait_ms, error);
        if (status == STATUS_OK)
            status =
                records_fetch(&reader->records, reader->queue, wait_ms, records, max, count, error);
        if (status != STATUS_OK || *count > 0 || deadline_remains_ms(deadline) == 0)
            return status;
    }
}

void kafka_reader_release(struct kafka_reader *reader)
{
    if (reader->has_group)
        store_offsets(reader);
    records_release(&reader->records);
}

bool kafka_reader_is_ready(struct kafka_reader *reader)
{
    return reader->is_ready;
}

void kafka_reader_destroy(struct kafka_reader *reader)
{
    if (reader == NULL)
        return;
    records_destroy(&reader->records);
    stop_partitions(reader);
    rd_kafka_event_destroy(reader->rebalance);
    if (reader->at_first != NULL)
        rd_kafka_topic_partition_list_destroy(reader->at_first);
    if (reader->queue != NULL)
        rd_kafka_queue_destroy(reader->queue);
    if (reader->has_group) {
        rd_kafka_queue_destroy(reader->events);
        group_leave(reader->client);
    } else if (reader->client != NULL) {
        rd_kafka_destroy(reader->client);
    }
    subscription_destroy(reader->subscription);
    free(reader);
}
