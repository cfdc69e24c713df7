#include "tests/adapters/kafka/fixture.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct kafka_properties properties_of(const char *bootstrap)
{
    static struct kafka_property items[2];
    items[0] = (struct kafka_property){"bootstrap.servers", bootstrap};
    items[1] = (struct kafka_property){"fetch.wait.max.ms", "5"};
    return (struct kafka_properties){items, COUNT_OF(items)};
}

void make_topics(struct kafka_properties properties, const char *topics)
{
    struct error error;
    struct kafka_new_topic list[16];
    char names[16][64];
    size_t count = 0;
    char text[512];
    snprintf(text, sizeof text, "%s", topics);
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        const char *colon = strchr(word, ':');
        assert_non_null(colon);
        snprintf(names[count], sizeof names[count], "%.*s", (int)(colon - word), word);
        list[count] = (struct kafka_new_topic){names[count], (int32_t)strtol(colon + 1, NULL, 10),
                                               strchr(word, '!') != NULL};
        count++;
    }
    struct kafka_admin *admin;
    size_t created;
    ASSERT_OK(kafka_admin_create(&admin, properties, &error));
    ASSERT_OK(kafka_topics_create(admin, list, count, PATIENCE_MS, &created, &error));
    kafka_admin_destroy(admin);
}

/* --- Plain librdkafka ------------------------------------------------------------- */

static void conf_set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char why[256];
    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK)
        fail_msg("%s", why);
}

void set_topic(const char *bootstrap, const char *topic, const char *name, const char *value)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", bootstrap);
    char why[256];
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    assert_non_null(client);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_ConfigResource_t *resource =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
    assert_int_equal(rd_kafka_ConfigResource_set_config(resource, name, value), 0);
    rd_kafka_AlterConfigs(client, &resource, 1, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, PATIENCE_MS);
    assert_non_null(event);
    size_t count;
    const rd_kafka_AlterConfigs_result_t *result = rd_kafka_event_AlterConfigs_result(event);
    assert_non_null(result);
    assert_int_equal(rd_kafka_event_error(event), RD_KAFKA_RESP_ERR_NO_ERROR);
    const rd_kafka_ConfigResource_t *const *answers =
        rd_kafka_AlterConfigs_result_resources(result, &count);
    assert_int_equal(count, 1);
    assert_int_equal(rd_kafka_ConfigResource_error(answers[0]), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_event_destroy(event);
    rd_kafka_ConfigResource_destroy(resource);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(client);
}

static rd_kafka_t *plain_consumer(const char *bootstrap, const char *isolation)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", bootstrap);
    conf_set(conf, "isolation.level", isolation);
    conf_set(conf, "enable.partition.eof", "true");
    conf_set(conf, "fetch.wait.max.ms", "5");
    char why[256];
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    assert_non_null(client);
    return client;
}

const char *values_of(const char *bootstrap, const char *topic, int32_t partition,
                      const char *isolation)
{
    static char values[1 << 20];
    size_t used = 0;
    rd_kafka_t *client = plain_consumer(bootstrap, isolation);
    rd_kafka_topic_t *handle = rd_kafka_topic_new(client, topic, NULL);
    assert_int_equal(rd_kafka_consume_start(handle, partition, RD_KAFKA_OFFSET_BEGINNING), 0);
    int64_t give_up = now_ms() + PATIENCE_MS;
    for (bool is_end = false; !is_end;) {
        rd_kafka_message_t *message = rd_kafka_consume(handle, partition, SLICE_MS);
        assert_true(now_ms() < give_up);
        if (message == NULL)
            continue;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            is_end = true;
        else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
            fail_msg("%s", rd_kafka_message_errstr(message));
        else
            used += (size_t)snprintf(values + used, sizeof values - used, "%.*s\n",
                                     (int)message->len, (const char *)message->payload);
        rd_kafka_message_destroy(message);
    }
    values[used] = '\0';
    rd_kafka_consume_stop(handle, partition);
    rd_kafka_topic_destroy(handle);
    rd_kafka_destroy(client);
    return values;
}

struct record record_of(const char *topic, int32_t partition, const char *key, const char *value)
{
    return (struct record){.topic = text_of(topic),
                           .partition = partition,
                           .key = text_of(key),
                           .value = text_of(value)};
}

/* --- A member of a group --------------------------------------------------------- */

void member_join(struct member *member, struct kafka_properties properties, const char *group,
                 const char *subscription)
{
    struct error error;
    *member = (struct member){.first_offset = KAFKA_OFFSET_BEGINNING};
    ASSERT_OK(
        kafka_consumer_create(&member->consumer, properties, group, &subscription, 1, &error));
    for (size_t i = 0; i < LANES_MAX; i++) {
        member->queues[i] = kafka_queue_create(member->consumer);
        assert_non_null(member->queues[i]);
    }
}

static void take_partitions(struct member *member, const struct kafka_notice *notice)
{
    struct error error;
    assert_true(notice->partition_count <= COUNT_OF(member->partitions));
    for (size_t i = 0; i < notice->partition_count; i++) {
        struct kafka_partition *partition = &member->partitions[i];
        *partition = notice->partitions[i];
        snprintf(member->topics[i], sizeof member->topics[i], "%.*s", TEXT_ARGS(partition->topic));
        partition->topic = text_of(member->topics[i]);
        assert_true(partition->partition < LANES_MAX);
        partition->offset = member->first_offset;
        partition->queue = member->queues[partition->partition];
    }
    member->partition_count = notice->partition_count;
    member->is_assigned = true;
    ASSERT_OK(kafka_consumer_assign(member->consumer, member->partitions, member->partition_count,
                                    &error));
}

enum kafka_happening member_serve(struct member *member)
{
    struct error error;
    struct kafka_notice notice;
    ASSERT_OK(kafka_consumer_poll(member->consumer, SLICE_MS, &notice, &error));
    if (notice.happening == KAFKA_ASSIGNED) {
        take_partitions(member, &notice);
    } else if (notice.happening == KAFKA_REVOKED) {
        ASSERT_OK(kafka_consumer_unassign(member->consumer, &error));
        member->partition_count = 0;
        member->is_assigned = false;
    }
    return notice.happening;
}

void member_await(struct member *member, size_t partition_count)
{
    int64_t give_up = now_ms() + PATIENCE_MS;
    while (!member->is_assigned || member->partition_count != partition_count) {
        assert_true(now_ms() < give_up);
        member_serve(member);
    }
}

void member_leave(struct member *member)
{
    for (size_t i = 0; i < LANES_MAX; i++)
        kafka_queue_destroy(member->queues[i]);
    kafka_consumer_destroy(member->consumer);
}

const char *lane_values(struct member *member, int32_t lane, size_t count)
{
    static char values[1 << 16];
    size_t used = 0;
    size_t seen = 0;
    struct error error;
    int64_t give_up = now_ms() + PATIENCE_MS;
    while (seen < count) {
        struct record records[16];
        size_t fetched;
        assert_true(now_ms() < give_up);
        ASSERT_OK(kafka_queue_fetch(member->queues[lane], SLICE_MS, records, COUNT_OF(records),
                                    &fetched, &error));
        for (size_t i = 0; i < fetched; i++)
            used += (size_t)snprintf(values + used, sizeof values - used, "%.*s\n",
                                     TEXT_ARGS(records[i].value));
        seen += fetched;
        kafka_queue_release(member->queues[lane]);
    }
    values[used] = '\0';
    return values;
}
