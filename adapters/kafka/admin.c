#include <stdlib.h>
#include <string.h>

#include "adapters/kafka/deadline.h"
#include "adapters/kafka/errors.h"
#include "adapters/kafka/properties.h"
#include "adapters/kafka/topics.h"
#include "core/arena.h"

struct kafka_admin {
    rd_kafka_t *client;
};

/* Between two looks whether what was created is there. */
enum { CREATED_RETRY_MS = 50 };
/* What the broker puts in for its default (KIP-464, since Kafka 2.4). */
enum { REPLICATION_BY_BROKER = -1 };

enum status kafka_admin_create(struct kafka_admin **out, struct kafka_properties properties,
                               struct error *error)
{
    struct kafka_admin *admin = calloc(1, sizeof *admin);
    if (admin == NULL)
        return error_memory(error);
    rd_kafka_conf_t *conf;
    enum status status = kafka_conf_create(&conf, ROLE_ADMIN, properties, NULL, error);
    if (status == STATUS_OK)
        status = kafka_client_create(&admin->client, ROLE_ADMIN, conf, error);
    if (status != STATUS_OK) {
        kafka_admin_destroy(admin);
        return status;
    }
    *out = admin;
    return STATUS_OK;
}

void kafka_admin_destroy(struct kafka_admin *admin)
{
    if (admin == NULL)
        return;
    if (admin->client != NULL)
        rd_kafka_destroy(admin->client);
    free(admin);
}

/* --- Reading --------------------------------------------------------------------- */

static enum status read_metadata(struct kafka_admin *admin, int64_t deadline,
                                 const struct rd_kafka_metadata **out, struct error *error)
{
    rd_kafka_resp_err_t code =
        rd_kafka_metadata(admin->client, 1, NULL, out, deadline_remains_ms(deadline));
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return STATUS_OK;
    return kafka_error_set(error, code, "list topics");
}

static int compare_topics(const void *a, const void *b)
{
    const struct kafka_topic *left = a;
    const struct kafka_topic *right = b;
    return text_compare(left->name, right->name);
}

static enum status copy_topics(const struct rd_kafka_metadata *metadata, struct arena *arena,
                               struct kafka_topic **out, size_t *count, struct error *error)
{
    size_t most = (size_t)metadata->topic_cnt;
    struct kafka_topic *topics = arena_alloc_array(arena, most, sizeof *topics);
    if (topics == NULL)
        return error_memory(error);
    size_t used = 0;
    for (size_t i = 0; i < most; i++) {
        if (metadata->topics[i].err != RD_KAFKA_RESP_ERR_NO_ERROR)
            continue; /* being made, being deleted */
        struct text name = text_copy(arena, text_of(metadata->topics[i].topic));
        if (name.data == NULL)
            return error_memory(error);
        topics[used++] = (struct kafka_topic){name, metadata->topics[i].partition_cnt};
    }
    if (used > 0)
        qsort(topics, used, sizeof *topics, compare_topics);
    *out = topics;
    *count = used;
    return STATUS_OK;
}

enum status kafka_topics_read(struct kafka_admin *admin, int timeout_ms, struct arena *arena,
                              struct kafka_topic **out, size_t *count, struct error *error)
{
    const struct rd_kafka_metadata *metadata;
    enum status status = read_metadata(admin, deadline_after(timeout_ms), &metadata, error);
    if (status != STATUS_OK)
        return status;
    status = copy_topics(metadata, arena, out, count, error);
    rd_kafka_metadata_destroy(metadata);
    return status;
}

enum status kafka_partition_ends(struct kafka_admin *admin, const char *topic, int32_t partition,
                                 int timeout_ms, int64_t *first, int64_t *end, struct error *error)
{
    rd_kafka_resp_err_t code =
        rd_kafka_query_watermark_offsets(admin->client, topic, partition, first, end, timeout_ms);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return STATUS_OK;
    return kafka_error_set(error, code, "topic %s, partition %d: ends of the log", topic,
                           (int)partition);
}

/* --- Creating -------------------------------------------------------------------- */

/* The topics that are asked for and not there, for librdkafka. */
struct creation {
    rd_kafka_NewTopic_t **items;
    const struct kafka_new_topic **topics;
    size_t count;
};

static bool exists(const struct rd_kafka_metadata *metadata, const char *name)
{
    for (int i = 0; i < metadata->topic_cnt; i++)
        if (metadata->topics[i].err == RD_KAFKA_RESP_ERR_NO_ERROR &&
            strcmp(metadata->topics[i].topic, name) == 0)
            return true;
    return false;
}

static enum status creation_add(struct creation *creation, const struct kafka_new_topic *topic,
                                struct error *error)
{
    char why[256];
    rd_kafka_NewTopic_t *item = rd_kafka_NewTopic_new(topic->name, topic->partition_count,
                                                      REPLICATION_BY_BROKER, why, sizeof why);
    if (item == NULL)
        return error_set(error, STATUS_REJECTED, "topic %s: %s", topic->name, why);
    creation->items[creation->count] = item;
    creation->topics[creation->count++] = topic;
    if (topic->compact) {
        rd_kafka_resp_err_t code = rd_kafka_NewTopic_set_config(item, "cleanup.policy", "compact");
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
            return kafka_error_set(error, code, "topic %s", topic->name);
    }
    return STATUS_OK;
}

static enum status creation_init(struct creation *creation, const struct kafka_new_topic *topics,
                                 size_t count, const struct rd_kafka_metadata *metadata,
                                 struct error *error)
{
    *creation = (struct creation){
        .items = calloc(count, sizeof(rd_kafka_NewTopic_t *)),
        .topics = calloc(count, sizeof(struct kafka_new_topic *)),
    };
    if (creation->items == NULL || creation->topics == NULL)
        return error_memory(error);
    for (size_t i = 0; i < count; i++) {
        if (exists(metadata, topics[i].name))
            continue;
        enum status status = creation_add(creation, &topics[i], error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static void creation_reset(struct creation *creation)
{
    if (creation->items != NULL)
        rd_kafka_NewTopic_destroy_array(creation->items, creation->count);
    free(creation->items);
    free(creation->topics);
}

/* The answer for each topic: created, or made by somebody else meanwhile, or refused. */
static enum status read_results(rd_kafka_event_t *event, size_t *created, struct error *error)
{
    size_t count = 0;
    const rd_kafka_CreateTopics_result_t *result = rd_kafka_event_CreateTopics_result(event);
    const rd_kafka_topic_result_t **topics = rd_kafka_CreateTopics_result_topics(result, &count);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t code = rd_kafka_topic_result_error(topics[i]);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            ++*created;
        } else if (code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS && status == STATUS_OK) {
            const char *why = rd_kafka_topic_result_error_string(topics[i]);
            status = error_set(error, kafka_status_of(code), "create topic %s: %s",
                               rd_kafka_topic_result_name(topics[i]),
                               why == NULL ? rd_kafka_err2str(code) : why);
        }
    }
    return status;
}

static enum status request_creation(struct kafka_admin *admin, const struct creation *creation,
                                    int64_t deadline, size_t *created, struct error *error)
{
    char why[256];
    int timeout_ms = deadline_remains_ms(deadline);
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(admin->client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, why, sizeof why);
    rd_kafka_AdminOptions_set_operation_timeout(options, timeout_ms, why, sizeof why);
    rd_kafka_queue_t *answers = rd_kafka_queue_new(admin->client);
    rd_kafka_CreateTopics(admin->client, creation->items, creation->count, options, answers);
    /* librdkafka answers at its own timeout: this wait ends. */
    rd_kafka_event_t *event = rd_kafka_queue_poll(answers, -1);

    enum status status = STATUS_OK;
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        status = error_set(error, kafka_status_of(code), "create topics: %s",
                           rd_kafka_event_error_string(event));
    else
        status = read_results(event, created, error);
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(answers);
    rd_kafka_AdminOptions_destroy(options);
    return status;
}

/* A cluster names one of its brokers to send such requests to. librdkafka's mock cluster,
 * which has none of them, names one that it does not have. */
static bool controller_exists(struct kafka_admin *admin, const struct rd_kafka_metadata *metadata)
{
    int32_t controller = rd_kafka_controllerid(admin->client, 0);
    if (controller < 0)
        return true; /* none is elected this moment: librdkafka waits for it */
    for (int i = 0; i < metadata->broker_cnt; i++)
        if (metadata->brokers[i].id == controller)
            return true;
    return false;
}

/* Asks for each topic's metadata: librdkafka's mock cluster then makes it, with a number of
 * partitions of its own. */
static enum status mention(struct kafka_admin *admin, const struct creation *creation,
                           int64_t deadline, size_t *created, struct error *error)
{
    struct topic_set known = {0};
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < creation->count; i++) {
        const struct kafka_new_topic *wanted = creation->topics[i];
        struct topic *topic;
        status =
            topic_set_find(&known, admin->client, text_of(wanted->name), deadline, &topic, error);
        if (status == STATUS_OK && topic->partition_count != wanted->partition_count)
            status =
                error_set(error, STATUS_REJECTED,
                          "topic %s: this broker makes topics of %d partitions, not of %d",
                          wanted->name, (int)topic->partition_count, (int)wanted->partition_count);
        if (status == STATUS_OK)
            ++*created;
    }
    topic_set_destroy(&known);
    return status;
}

/* Until every broker we may ask next knows of them: the answer to a creation can be ahead
 * of the metadata. */
static enum status await_topics(struct kafka_admin *admin, const struct creation *creation,
                                int64_t deadline, struct error *error)
{
    for (;;) {
        const struct rd_kafka_metadata *metadata;
        enum status status = read_metadata(admin, deadline, &metadata, error);
        if (status != STATUS_OK)
            return status;
        size_t there = 0;
        while (there < creation->count && exists(metadata, creation->topics[there]->name))
            there++;
        rd_kafka_metadata_destroy(metadata);
        if (there == creation->count)
            return STATUS_OK;
        if (deadline_remains_ms(deadline) == 0)
            return error_set(error, STATUS_UNAVAILABLE, "topic %s was created and is not there yet",
                             creation->topics[there]->name);
        rd_kafka_poll(admin->client, deadline_slice_ms(deadline, CREATED_RETRY_MS));
    }
}

static enum status create_missing(struct kafka_admin *admin, const struct creation *creation,
                                  bool has_controller, int64_t deadline, size_t *created,
                                  struct error *error)
{
    if (creation->count == 0)
        return STATUS_OK;
    if (!has_controller)
        return mention(admin, creation, deadline, created, error);
    enum status status = request_creation(admin, creation, deadline, created, error);
    if (status == STATUS_OK)
        status = await_topics(admin, creation, deadline, error);
    return status;
}

enum status kafka_topics_create(struct kafka_admin *admin, const struct kafka_new_topic *topics,
                                size_t count, int timeout_ms, size_t *created, struct error *error)
{
    int64_t deadline = deadline_after(timeout_ms);
    *created = 0;
    if (count == 0)
        return STATUS_OK;
    const struct rd_kafka_metadata *metadata;
    enum status status = read_metadata(admin, deadline, &metadata, error);
    if (status != STATUS_OK)
        return status;
    struct creation creation;
    status = creation_init(&creation, topics, count, metadata, error);
    bool has_controller = controller_exists(admin, metadata);
    rd_kafka_metadata_destroy(metadata);
    if (status == STATUS_OK)
        status = create_missing(admin, &creation, has_controller, deadline, created, error);
    creation_reset(&creation);
    return status;
}
