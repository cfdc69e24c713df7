/* The process's member of the group. No callbacks: librdkafka's events are taken from one
 * queue by kafka_consumer_poll, at the caller's pace. librdkafka waits with a rebalance
 * until it is answered by assign or unassign, whenever that comes.
 *
 *            ASSIGNED event ──► kafka_consumer_assign ──► records flow into the lanes' queues
 *   joined ─┤
 *            REVOKED event  ──► kafka_consumer_unassign ──► rejoins                         */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/kafka/deadline.h"
#include "adapters/kafka/errors.h"
#include "adapters/kafka/group.h"
#include "adapters/kafka/properties.h"
#include "adapters/kafka/queue.h"
#include "adapters/kafka/topics.h"

static_assert(KAFKA_OFFSET_BEGINNING == RD_KAFKA_OFFSET_BEGINNING, "the same in both worlds");

/* While no broker answers, one is asked this often whether it is back, ... */
enum { PROBE_INTERVAL_MS = 500 };
/* ... and given this long; the group is not served meanwhile. */
enum { PROBE_TIMEOUT_MS = 100 };
/* librdkafka does not always tell that all brokers are down, where some are being tried at any
 * moment. After a broken connection, so many brokers in a row that do not answer mean the same. */
enum { DOUBTS_MAX = 6 };

struct kafka_consumer {
    rd_kafka_t *client;
    rd_kafka_queue_t *events;
    rd_kafka_event_t *current; /* the rebalance whose partitions are lent out */
    struct kafka_partition *partitions;
    size_t partition_capacity;
    char *member;
    int64_t nudge_until; /* while it joins: see group_nudge */
    bool is_away;
    int doubts;          /* probes in vain since a connection broke, and one; 0: none broke */
    int64_t next_doubt;  /* when the next is due */
    char transport[256]; /* why the last connection failed */
    char problem[256];   /* the last one told, so that it is told once */
};

rd_kafka_t *kafka_consumer_client(struct kafka_consumer *consumer)
{
    return consumer->client;
}

static enum status connect_group(struct kafka_consumer *consumer,
                                 struct kafka_properties properties, const char *group,
                                 struct error *error)
{
    const struct kafka_property own[] = {{"group.id", group}, {NULL, NULL}};
    rd_kafka_conf_t *conf;
    enum status status = kafka_conf_create(&conf, ROLE_CONSUMER, properties, own, error);
    if (status != STATUS_OK)
        return status;
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR |
                                       RD_KAFKA_EVENT_OFFSET_COMMIT);
    status = kafka_client_create(&consumer->client, ROLE_CONSUMER, conf, error);
    if (status != STATUS_OK)
        return status;
    rd_kafka_poll_set_consumer(consumer->client);
    consumer->events = rd_kafka_queue_get_consumer(consumer->client);
    return STATUS_OK;
}

enum status kafka_consumer_create(struct kafka_consumer **out, struct kafka_properties properties,
                                  const char *group, const char *const *subscription,
                                  size_t subscription_count, struct error *error)
{
    struct kafka_consumer *consumer = calloc(1, sizeof *consumer);
    if (consumer == NULL)
        return error_memory(error);
    enum status status = connect_group(consumer, properties, group, error);
    if (status == STATUS_OK)
        status = group_subscribe(consumer->client, subscription, subscription_count, error);
    if (status != STATUS_OK) {
        kafka_consumer_destroy(consumer);
        return status;
    }
    consumer->nudge_until = deadline_after(GROUP_NUDGE_WHILE_MS);
    *out = consumer;
    return STATUS_OK;
}

/* --- Leaving ------------------------------------------------------------------- */

static void forget_current(struct kafka_consumer *consumer)
{
    rd_kafka_event_destroy(consumer->current);
    consumer->current = NULL;
}

void kafka_consumer_destroy(struct kafka_consumer *consumer)
{
    if (consumer == NULL)
        return;
    forget_current(consumer);
    if (consumer->client != NULL) {
        rd_kafka_queue_destroy(consumer->events);
        group_leave(consumer->client);
    }
    free(consumer->partitions);
    free(consumer->member);
    free(consumer);
}

const char *kafka_consumer_member(struct kafka_consumer *consumer)
{
    char *member = rd_kafka_memberid(consumer->client);
    free(consumer->member);
    consumer->member = member == NULL ? NULL : strdup(member);
    if (member != NULL)
        rd_kafka_mem_free(consumer->client, member);
    return consumer->member == NULL ? "" : consumer->member;
}

/* --- What happened ------------------------------------------------------------- */

static void notice_message(struct kafka_notice *notice, enum kafka_happening happening,
                           const char *first, const char *second)
{
    notice->happening = happening;
    snprintf(notice->message, sizeof notice->message, "%s%s%s", first,
             second[0] == '\0' ? "" : ": ", second);
}

static enum status lend_partitions(struct kafka_consumer *consumer,
                                   const rd_kafka_topic_partition_list_t *list, struct error *error)
{
    size_t count = (size_t)list->cnt;
    if (count > consumer->partition_capacity) {
        struct kafka_partition *array = realloc(consumer->partitions, count * sizeof *array);
        if (array == NULL)
            return error_memory(error);
        consumer->partitions = array;
        consumer->partition_capacity = count;
    }
    for (size_t i = 0; i < count; i++)
        consumer->partitions[i] = (struct kafka_partition){
            .topic = text_of(list->elems[i].topic),
            .partition = list->elems[i].partition,
            .offset = KAFKA_OFFSET_BEGINNING,
        };
    return STATUS_OK;
}

static enum status take_rebalance(struct kafka_consumer *consumer, rd_kafka_event_t *event,
                                  struct kafka_notice *notice, struct error *error)
{
    const rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(event);
    consumer->problem[0] = '\0'; /* the group moved on: an old problem is news again */
    consumer->nudge_until = 0;
    consumer->current = event;
    enum status status = lend_partitions(consumer, list, error);
    if (status != STATUS_OK)
        return status;
    notice->partitions = consumer->partitions;
    notice->partition_count = (size_t)list->cnt;
    if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        notice->happening = KAFKA_ASSIGNED;
    } else {
        notice->happening = KAFKA_REVOKED;
        notice->lost = rd_kafka_assignment_lost(consumer->client) != 0;
    }
    return STATUS_OK;
}

/* Told once, until something else happens. */
static void notice_problem(struct kafka_consumer *consumer, struct kafka_notice *notice,
                           const char *what, const char *why)
{
    char problem[sizeof consumer->problem];
    snprintf(problem, sizeof problem, "%s%s", what, why);
    if (strcmp(problem, consumer->problem) == 0)
        return;
    memcpy(consumer->problem, problem, sizeof problem);
    notice_message(notice, KAFKA_PROBLEM, what, why);
}

static void notice_away(struct kafka_consumer *consumer, struct kafka_notice *notice,
                        const char *why)
{
    if (consumer->is_away)
        return;
    consumer->is_away = true;
    notice_message(notice, KAFKA_AWAY, why, consumer->transport);
}

/* The group wants this member no more, and says so once; the client is of no further use. */
static enum status leave_for_good(struct kafka_consumer *consumer, const char *why,
                                  struct error *error)
{
    char text[256];
    rd_kafka_resp_err_t code = rd_kafka_fatal_error(consumer->client, text, sizeof text);
    if (code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)
        return error_set(error, STATUS_FATAL,
                         "group: FENCED_INSTANCE_ID: another worker has joined under this one's "
                         "group.instance.id; give each worker its own "
                         "XORCA_KAFKA_GROUP_INSTANCE_ID, such as the name of its pod");
    return error_set(error, STATUS_FATAL, "group: %s", why);
}

static void note_broken(struct kafka_consumer *consumer, const char *why)
{
    snprintf(consumer->transport, sizeof consumer->transport, "%s", why);
    if (consumer->doubts == 0)
        consumer->doubts = 1;
}

static enum status take_error(struct kafka_consumer *consumer, rd_kafka_event_t *event,
                              struct kafka_notice *notice, struct error *error)
{
    const char *why = rd_kafka_event_error_string(event);
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    if (rd_kafka_event_error_is_fatal(event) != 0)
        return leave_for_good(consumer, why, error);
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        notice_away(consumer, notice, why);
    else if (code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__RESOLVE ||
             code == RD_KAFKA_RESP_ERR__TIMED_OUT)
        /* One broker of several, or one try of many: the reason if all are away. */
        note_broken(consumer, why);
    else
        notice_problem(consumer, notice, why, "");
    return STATUS_OK;
}

/* The answer to an acknowledgement. While the group is moving it comes too late, which is
 * no matter: the position is PostgreSQL's, and the next acknowledgement follows. */
static void take_commit(struct kafka_consumer *consumer, rd_kafka_event_t *event,
                        struct kafka_notice *notice)
{
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    bool is_refused = code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
                      code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
                      code == RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE;
    if (is_refused)
        notice_problem(consumer, notice, "acknowledge: ", rd_kafka_err2str(code));
}

/* Takes the event over. */
static enum status take_event(struct kafka_consumer *consumer, rd_kafka_event_t *event,
                              struct kafka_notice *notice, struct error *error)
{
    enum status status = STATUS_OK;
    switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_REBALANCE: return take_rebalance(consumer, event, notice, error);
    case RD_KAFKA_EVENT_ERROR: status = take_error(consumer, event, notice, error); break;
    case RD_KAFKA_EVENT_OFFSET_COMMIT: take_commit(consumer, event, notice); break;
    case RD_KAFKA_EVENT_FETCH:
        status = error_set(error, STATUS_FATAL, "a record arrived that belongs to no lane");
        break;
    default: break;
    }
    rd_kafka_event_destroy(event);
    return status;
}

static bool a_broker_answers(struct kafka_consumer *consumer)
{
    const struct rd_kafka_metadata *metadata = NULL;
    if (rd_kafka_metadata(consumer->client, 0, NULL, &metadata, PROBE_TIMEOUT_MS) !=
        RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    rd_kafka_metadata_destroy(metadata);
    return true;
}

/* After a broken connection: whether any broker answers. */
static void doubt(struct kafka_consumer *consumer, struct kafka_notice *notice)
{
    if (deadline_remains_ms(consumer->next_doubt) > 0)
        return;
    consumer->next_doubt = deadline_after(PROBE_INTERVAL_MS);
    if (a_broker_answers(consumer))
        consumer->doubts = 0;
    else if (consumer->doubts++ == DOUBTS_MAX)
        notice_away(consumer, notice, "no broker answers");
}

/* While no broker answers: whether one does now. librdkafka reports only that all went. */
static void probe(struct kafka_consumer *consumer, struct kafka_notice *notice)
{
    if (!a_broker_answers(consumer))
        return;
    consumer->is_away = false;
    consumer->doubts = 0;
    consumer->nudge_until = deadline_after(GROUP_NUDGE_WHILE_MS);
    consumer->problem[0] = '\0';
    consumer->transport[0] = '\0';
    notice_message(notice, KAFKA_BACK, "a broker answers", "");
}

/* How long to wait for an event before there is something else to do. */
static int wait_ms(const struct kafka_consumer *consumer, int64_t deadline)
{
    if (consumer->is_away)
        return deadline_slice_ms(deadline, PROBE_INTERVAL_MS);
    if (deadline_remains_ms(consumer->nudge_until) > 0)
        return deadline_slice_ms(deadline, GROUP_NUDGE_INTERVAL_MS);
    return deadline_remains_ms(deadline);
}

enum status kafka_consumer_poll(struct kafka_consumer *consumer, int timeout_ms,
                                struct kafka_notice *notice, struct error *error)
{
    *notice = (struct kafka_notice){.happening = KAFKA_NOTHING};
    forget_current(consumer);
    int64_t deadline = deadline_after(timeout_ms);
    for (;;) {
        rd_kafka_event_t *event =
            rd_kafka_queue_poll(consumer->events, wait_ms(consumer, deadline));
        if (event != NULL) {
            enum status status = take_event(consumer, event, notice, error);
            if (status != STATUS_OK)
                return status;
        } else if (consumer->is_away) {
            probe(consumer, notice);
        } else if (consumer->doubts > 0) {
            doubt(consumer, notice);
        } else if (deadline_remains_ms(consumer->nudge_until) > 0) {
            group_nudge(consumer->client);
        }
        if (notice->happening != KAFKA_NOTHING || deadline_remains_ms(deadline) == 0)
            return STATUS_OK;
    }
}

/* --- What to read -------------------------------------------------------------- */

/* Sends the partition's records to its lane, before the first is fetched. */
static enum status forward(struct kafka_consumer *consumer, const struct kafka_partition *partition,
                           const char *topic, struct error *error)
{
    rd_kafka_queue_t *source =
        rd_kafka_queue_get_partition(consumer->client, topic, partition->partition);
    if (source == NULL)
        return error_set(error, STATUS_FATAL, "topic %s has no partition %d", topic,
                         (int)partition->partition);
    rd_kafka_queue_forward(source, kafka_queue_handle(partition->queue));
    rd_kafka_queue_destroy(source);
    return STATUS_OK;
}

/* Stops what is assigned. Stopping a partition takes its forwarding away, and is done by a thread
 * of librdkafka's own, which takes requests in their order: when it has answered a later one, all
 * partitions have stopped. */
static enum status stop_assigned(struct kafka_consumer *consumer, struct error *error)
{
    rd_kafka_topic_partition_list_t *assigned = NULL;
    rd_kafka_resp_err_t code = rd_kafka_assignment(consumer->client, &assigned);
    bool is_none = code == RD_KAFKA_RESP_ERR_NO_ERROR && assigned->cnt == 0;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_topic_partition_list_destroy(assigned);
    if (is_none)
        return STATUS_OK;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        code = rd_kafka_assign(consumer->client, NULL);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        code = rd_kafka_assignment(consumer->client, &assigned);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error_set(error, code, "stop what is assigned");
    rd_kafka_topic_partition_list_destroy(assigned);
    return STATUS_OK;
}

enum status kafka_consumer_assign(struct kafka_consumer *consumer,
                                  const struct kafka_partition *partitions, size_t count,
                                  struct error *error)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    enum status status = stop_assigned(consumer, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        char topic[TOPIC_NAME_SIZE];
        status = topic_name(topic, partitions[i].topic, error);
        if (status == STATUS_OK)
            status = forward(consumer, &partitions[i], topic, error);
        if (status == STATUS_OK)
            rd_kafka_topic_partition_list_add(list, topic, partitions[i].partition)->offset =
                partitions[i].offset;
    }
    if (status == STATUS_OK) {
        rd_kafka_resp_err_t code = rd_kafka_assign(consumer->client, list);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
            status = kafka_error_set(error, code, "assign %zu partitions", count);
    }
    rd_kafka_topic_partition_list_destroy(list);
    return status;
}

enum status kafka_consumer_unassign(struct kafka_consumer *consumer, struct error *error)
{
    rd_kafka_resp_err_t code = rd_kafka_assign(consumer->client, NULL);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error_set(error, code, "unassign");
    return STATUS_OK;
}

/* Replaces the offset of each partition whose lane is done with all that it was handed by
 * librdkafka's position, which also counts the markers of transactions behind the last
 * record: else lag tools show one that never goes away. A record that is being handed out
 * this moment may be counted too; the next acknowledgement puts that right. */
static void pass_markers(struct kafka_consumer *consumer, rd_kafka_topic_partition_list_t *list,
                         const struct kafka_partition *partitions)
{
    rd_kafka_topic_partition_list_t *positions = rd_kafka_topic_partition_list_copy(list);
    if (rd_kafka_position(consumer->client, positions) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        for (int i = 0; i < list->cnt; i++) {
            const struct kafka_partition *partition = &partitions[i];
            int64_t handed =
                partition->queue == NULL
                    ? INT64_MAX
                    : kafka_queue_handed(partition->queue, partition->topic, partition->partition);
            if (list->elems[i].offset >= handed &&
                positions->elems[i].offset > list->elems[i].offset)
                list->elems[i].offset = positions->elems[i].offset;
        }
    }
    rd_kafka_topic_partition_list_destroy(positions);
}

/* The partitions with the offsets that are done. The caller destroys *out, whatever the
 * status is. */
static enum status list_done(struct kafka_consumer *consumer,
                             const struct kafka_partition *partitions, size_t count,
                             rd_kafka_topic_partition_list_t **out, struct error *error)
{
    enum status status = STATUS_OK;
    *out = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        char topic[TOPIC_NAME_SIZE];
        status = topic_name(topic, partitions[i].topic, error);
        if (status == STATUS_OK)
            rd_kafka_topic_partition_list_add(*out, topic, partitions[i].partition)->offset =
                partitions[i].offset;
    }
    if (status == STATUS_OK)
        pass_markers(consumer, *out, partitions);
    return status;
}

enum status kafka_consumer_acknowledge(struct kafka_consumer *consumer,
                                       const struct kafka_partition *partitions, size_t count,
                                       struct error *error)
{
    if (count == 0)
        return STATUS_OK;
    rd_kafka_topic_partition_list_t *list;
    enum status status = list_done(consumer, partitions, count, &list, error);
    if (status == STATUS_OK) {
        rd_kafka_resp_err_t code = rd_kafka_commit(consumer->client, list, 1);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR__NO_OFFSET)
            status = kafka_error_set(error, code, "acknowledge");
    }
    rd_kafka_topic_partition_list_destroy(list);
    return status;
}

int64_t kafka_consumer_lag(struct kafka_consumer *consumer,
                           const struct kafka_partition *partitions, size_t count)
{
    int64_t lag = 0;
    struct error error;
    rd_kafka_topic_partition_list_t *list;
    enum status status = list_done(consumer, partitions, count, &list, &error);
    for (int i = 0; status == STATUS_OK && i < list->cnt; i++) {
        int64_t low = 0, high = 0; /* negative: nothing was fetched yet */
        if (rd_kafka_get_watermark_offsets(consumer->client, list->elems[i].topic,
                                           list->elems[i].partition, &low,
                                           &high) != RD_KAFKA_RESP_ERR_NO_ERROR)
            continue;
        int64_t done = list->elems[i].offset > low ? list->elems[i].offset : low;
        if (high > done)
            lag += high - done;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return lag;
}
