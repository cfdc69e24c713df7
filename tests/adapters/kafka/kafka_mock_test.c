/* Against librdkafka's mock cluster, in this process: protocol errors by injection, and
 * the embedded broker itself. What needs a broker's semantics (isolation, fencing) is in
 * kafka_real_test.c. */
#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include <pthread.h>
#include <stdio.h>

#include "tests/adapters/kafka/fixture.h"

/* A mock cluster that can be told to misbehave. */
struct cluster {
    rd_kafka_t *owner;
    rd_kafka_mock_cluster_t *mock;
    struct kafka_properties properties;
};

/* As kafka.h advises for librdkafka's mock cluster. */
static struct kafka_properties mock_properties(const char *bootstrap)
{
    static struct kafka_property items[4];
    items[0] = (struct kafka_property){"bootstrap.servers", bootstrap};
    items[1] = (struct kafka_property){"fetch.wait.max.ms", "5"};
    items[2] = (struct kafka_property){"session.timeout.ms", "5000"};
    items[3] = (struct kafka_property){"heartbeat.interval.ms", "1000"};
    return (struct kafka_properties){items, COUNT_OF(items)};
}

static int cluster_setup(void **state)
{
    static struct cluster cluster;
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "socket.nagle.disable", "true", why, sizeof why);
    rd_kafka_conf_set(conf, "log_level", "3", why, sizeof why);
    cluster.owner = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    cluster.mock = rd_kafka_mock_cluster_new(cluster.owner, 1);
    cluster.properties = mock_properties(rd_kafka_mock_cluster_bootstraps(cluster.mock));
    *state = &cluster;
    return cluster.mock == NULL;
}

static int cluster_teardown(void **state)
{
    struct cluster *cluster = *state;
    rd_kafka_mock_cluster_destroy(cluster->mock);
    rd_kafka_destroy(cluster->owner);
    return 0;
}

static const char *bootstrap_of(const struct cluster *cluster)
{
    return cluster->properties.items[0].value;
}

/* --- Topics ----------------------------------------------------------------------- */

static void test_topics_of_a_broker_without_admin(void **state)
{
    struct cluster *cluster = *state;
    struct error error;
    struct kafka_admin *admin;
    size_t created;
    const struct kafka_new_topic topics[] = {{"b", 4, false}, {"a", 4, true}};
    ASSERT_OK(kafka_admin_create(&admin, cluster->properties, &error));
    ASSERT_OK(kafka_topics_create(admin, topics, 2, PATIENCE_MS, &created, &error));
    assert_int_equal(created, 2);
    ASSERT_OK(kafka_topics_create(admin, topics, 2, PATIENCE_MS, &created, &error));
    assert_int_equal(created, 0);

    const struct kafka_new_topic wide = {"c", 8, false};
    assert_int_equal(kafka_topics_create(admin, &wide, 1, PATIENCE_MS, &created, &error),
                     STATUS_REJECTED);
    ASSERT_MESSAGE("topic c: this broker makes topics of 4 partitions, not of 8");

    struct arena *arena = arena_create(1 << 20);
    struct kafka_topic *list;
    size_t count;
    ASSERT_OK(kafka_topics_read(admin, PATIENCE_MS, arena, &list, &count, &error));
    assert_int_equal(count, 3); /* c was made as well, by being mentioned */
    ASSERT_TEXT(list[0].name, TEXT("a"));
    ASSERT_TEXT(list[1].name, TEXT("b"));
    assert_int_equal(list[1].partition_count, 4);
    arena_destroy(arena);
    kafka_admin_destroy(admin);
}

static void test_no_broker_to_ask(void **state)
{
    (void)state;
    struct error error;
    struct kafka_admin *admin;
    struct kafka_topic *list;
    size_t count;
    struct arena *arena = arena_create(1 << 20);
    ASSERT_OK(kafka_admin_create(&admin, properties_of("127.0.0.1:1"), &error));
    assert_int_equal(kafka_topics_read(admin, 300, arena, &list, &count, &error),
                     STATUS_UNAVAILABLE);
    kafka_admin_destroy(admin);
    arena_destroy(arena);

    struct kafka_publisher *publisher;
    assert_int_equal(kafka_publisher_create(&publisher, properties_of("127.0.0.1:1"),
                                            DELIVERY_EXACTLY_ONCE, "g", 0, 500, &error),
                     STATUS_UNAVAILABLE);
    ASSERT_MESSAGE("initialise transactions: ");
    ASSERT_MESSAGE("Connection refused");
}

/* --- Publishing ------------------------------------------------------------------- */

static const struct marker first_marker = {.sequence = 3, .epoch = 1};

static struct kafka_publisher *publisher_on(struct cluster *cluster, const char *group)
{
    struct error error;
    struct kafka_publisher *publisher;
    ASSERT_OK(kafka_publisher_create(&publisher, cluster->properties, DELIVERY_EXACTLY_ONCE, group,
                                     0, PATIENCE_MS, &error));
    return publisher;
}

/* Requests by Kafka's number (protocol guide, "API Keys"). */
enum { PRODUCE = 0, ADD_PARTITIONS = 24, END_TXN = 26 };

/* What a broker may answer, and what the caller is told: protocol.md, section 2.3. */
static const struct injection_case {
    const char *name;
    int16_t request;
    rd_kafka_resp_err_t answer;
    int times;
    enum status status;
} injection_cases[] = {
    {"fenced at AddPartitions", ADD_PARTITIONS, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, 1,
     STATUS_CONFLICT},
    {"fenced at AddPartitions, newer broker", ADD_PARTITIONS, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, 1,
     STATUS_CONFLICT},
    {"fenced at Produce", PRODUCE, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, 1, STATUS_CONFLICT},
    {"fenced at Produce, newer broker", PRODUCE, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, 1,
     STATUS_CONFLICT},
    {"fenced at EndTxn", END_TXN, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, 1, STATUS_CONFLICT},
    {"fenced at EndTxn, newer broker", END_TXN, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, 1,
     STATUS_CONFLICT},
    {"transaction state lost", END_TXN, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, 1, STATUS_UNAVAILABLE},
    {"sequence lost", PRODUCE, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, 1,
     STATUS_UNAVAILABLE},
    {"producer id unknown", ADD_PARTITIONS, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING, 1,
     STATUS_UNAVAILABLE},
    {"not allowed", PRODUCE, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 1, STATUS_UNAVAILABLE},
    {"coordinator moved", END_TXN, RD_KAFKA_RESP_ERR_NOT_COORDINATOR, 2, STATUS_OK},
    {"coordinator is loading", ADD_PARTITIONS, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, 2,
     STATUS_OK},
    {"the last one is not done", ADD_PARTITIONS, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, 3,
     STATUS_OK},
    {"leader moved", PRODUCE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, 2, STATUS_OK},
};

static void test_what_brokers_answer(void **state)
{
    struct cluster *cluster = *state;
    for (size_t i = 0; i < COUNT_OF(injection_cases); i++) {
        const struct injection_case *row = &injection_cases[i];
        struct kafka_publisher *publisher = publisher_on(cluster, row->name);
        struct record record = record_of("evt.a", 0, "k", "v");
        struct error error = {STATUS_OK, ""};
        size_t bad;
        for (int n = 0; n < row->times; n++)
            rd_kafka_mock_push_request_errors(cluster->mock, row->request, 1, row->answer);
        enum status status =
            kafka_publisher_publish(publisher, &record, 1, first_marker, PATIENCE_MS, &bad, &error);
        if (status != row->status)
            fail_msg("%s: %s: %s", row->name, status_name(status), error.message);
        kafka_publisher_destroy(publisher);
        rd_kafka_mock_clear_request_errors(cluster->mock, row->request);
    }
}

/* The broker's answer names no topic; those of the transaction are told, and no others. */
static void test_a_topic_that_is_not_allowed(void **state)
{
    struct cluster *cluster = *state;
    struct error error = {STATUS_OK, ""};
    size_t bad;
    struct kafka_publisher *publisher = publisher_on(cluster, "denied");
    struct record records[] = {record_of("evt.before", 0, "k", "v"),
                               record_of("evt.b", 0, "k", "v"), record_of("evt.a", 0, "k", "v")};
    ASSERT_OK(
        kafka_publisher_publish(publisher, records, 1, first_marker, PATIENCE_MS, &bad, &error));
    rd_kafka_mock_push_request_errors(cluster->mock, ADD_PARTITIONS, 1,
                                      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(
        kafka_publisher_publish(publisher, records + 1, 2, first_marker, PATIENCE_MS, &bad, &error),
        STATUS_UNAVAILABLE);
    ASSERT_MESSAGE("one of the topics denied.outbox-pos, evt.a, evt.b: ");
    ASSERT_MESSAGE("Topic authorization failed");
    assert_null(strstr(error.message, "(after")); /* the same reason reads the same */
    kafka_publisher_destroy(publisher);
    rd_kafka_mock_clear_request_errors(cluster->mock, ADD_PARTITIONS);
}

/* By the broker; and the publisher goes on without it, several times over. */
static void test_refused_record_is_named(void **state)
{
    struct cluster *cluster = *state;
    struct kafka_publisher *publisher;
    struct record refused = record_of("evt.b", 0, "k", "refused");
    struct record fine = record_of("evt.b", 0, "k", "fine");
    struct error error;
    ASSERT_OK(kafka_publisher_create(&publisher, cluster->properties, DELIVERY_AT_LEAST_ONCE, "g",
                                     0, PATIENCE_MS, &error));
    for (int round = 0; round < 3; round++) {
        size_t bad = 99;
        rd_kafka_mock_push_request_errors(cluster->mock, PRODUCE, 1,
                                          RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
        assert_int_equal(kafka_publisher_publish(publisher, &refused, 1, first_marker, PATIENCE_MS,
                                                 &bad, &error),
                         STATUS_REJECTED);
        assert_int_equal(bad, 0);
        ASSERT_MESSAGE("topic evt.b: ");
        ASSERT_OK(
            kafka_publisher_publish(publisher, &fine, 1, first_marker, PATIENCE_MS, &bad, &error));
    }
    kafka_publisher_destroy(publisher);
    assert_string_equal(values_of(bootstrap_of(cluster), "evt.b", 0, "read_committed"),
                        "fine\nfine\nfine\n");
}

/* Several small ones in a batch that is refused: none of them can be blamed, so they are
 * sent again in smaller batches. */
static void test_refused_batch_is_sent_in_parts(void **state)
{
    struct cluster *cluster = *state;
    /* A while to gather them: one batch for sure. */
    const struct kafka_property items[] = {cluster->properties.items[0], {"linger.ms", "500"}};
    struct kafka_properties gathering = {items, COUNT_OF(items)};
    struct record records[] = {record_of("evt.c", 0, "k", "1"), record_of("evt.c", 0, "k", "2"),
                               record_of("evt.c", 0, "k", "3")};
    struct error error;
    size_t bad = 99;
    struct kafka_publisher *publisher;
    ASSERT_OK(kafka_publisher_create(&publisher, gathering, DELIVERY_AT_LEAST_ONCE, "g", 0,
                                     PATIENCE_MS, &error));
    rd_kafka_mock_push_request_errors(cluster->mock, PRODUCE, 1,
                                      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    ASSERT_OK(
        kafka_publisher_publish(publisher, records, 3, first_marker, PATIENCE_MS, &bad, &error));
    assert_string_equal(values_of(bootstrap_of(cluster), "evt.c", 0, "read_committed"),
                        "1\n2\n3\n");
    /* And one that is refused alone is named. */
    rd_kafka_mock_push_request_errors(cluster->mock, PRODUCE, 1,
                                      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    assert_int_equal(
        kafka_publisher_publish(publisher, records, 3, first_marker, PATIENCE_MS, &bad, &error),
        STATUS_REJECTED);
    assert_int_equal(bad, 0);
    ASSERT_MESSAGE("topic evt.c: ");
    kafka_publisher_destroy(publisher);
}

static void test_at_least_once(void **state)
{
    struct cluster *cluster = *state;
    struct kafka_publisher *publisher;
    struct record records[] = {record_of("evt.d", 2, "k", "1"), record_of("evt.d", 2, "k", "2")};
    struct error error;
    size_t bad;
    ASSERT_OK(kafka_publisher_create(&publisher, cluster->properties, DELIVERY_AT_LEAST_ONCE, "g",
                                     0, PATIENCE_MS, &error));
    ASSERT_OK(
        kafka_publisher_publish(publisher, records, 2, first_marker, PATIENCE_MS, &bad, &error));
    assert_string_equal(values_of(bootstrap_of(cluster), "evt.d", 2, "read_committed"), "1\n2\n");
    rd_kafka_mock_push_request_errors(cluster->mock, PRODUCE, 1,
                                      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(
        kafka_publisher_publish(publisher, records, 1, first_marker, PATIENCE_MS, &bad, &error),
        STATUS_UNAVAILABLE);
    ASSERT_MESSAGE("topic evt.d: ");
    kafka_publisher_destroy(publisher);
}

/* A broker that never answers must not keep a lane from ending. */
static void test_destroying_never_waits(void **state)
{
    struct cluster *cluster = *state;
    struct kafka_publisher *publisher = publisher_on(cluster, "g");
    struct record record = record_of("evt.e", 0, "k", "v");
    struct error error;
    size_t bad;
    ASSERT_OK(
        kafka_publisher_publish(publisher, &record, 1, first_marker, PATIENCE_MS, &bad, &error));
    rd_kafka_mock_broker_set_rtt(cluster->mock, 1, 50000);
    assert_int_equal(
        kafka_publisher_publish(publisher, &record, 1, first_marker, 300, &bad, &error),
        STATUS_UNAVAILABLE);
    int64_t begin = now_ms();
    kafka_publisher_destroy(publisher);
    kafka_publisher_destroy(NULL);
    assert_true(now_ms() - begin < 20000); /* the answer would take 50 s */
    rd_kafka_mock_broker_set_rtt(cluster->mock, 1, 0);
}

/* --- Consuming -------------------------------------------------------------------- */

static void produce(struct cluster *cluster, const struct record *records, size_t count)
{
    struct error error;
    struct kafka_producer *producer;
    ASSERT_OK(kafka_producer_create(&producer, cluster->properties, &error));
    for (size_t i = 0; i < count; i++)
        ASSERT_OK(kafka_producer_send(producer, &records[i], PATIENCE_MS, &error));
    ASSERT_OK(kafka_producer_flush(producer, PATIENCE_MS, &error));
    ASSERT_OK(kafka_producer_poll(producer, &error));
    kafka_producer_destroy(producer);
}

static void test_a_record_arrives_whole(void **state)
{
    struct cluster *cluster = *state;
    const struct header headers[] = {
        {TEXT("ce_id"), TEXT("1")}, {TEXT("bytes"), TEXT("a\0b")}, {TEXT("empty"), TEXT("")},
        {TEXT("null"), TEXT_NONE},  {TEXT("ce_id"), TEXT("2")},
    };
    struct record sent[] = {
        {.topic = TEXT("evt.whole"),
         .partition = 1,
         .timestamp_ms = 1234567890123,
         .key = TEXT("k\0y"),
         .value = TEXT("v\0\xff"),
         .headers = headers,
         .header_count = 5},
        {.topic = TEXT("evt.whole"), .partition = 1, .key = TEXT_NONE, .value = TEXT_NONE},
        {.topic = TEXT("evt.whole"), .partition = 1, .key = TEXT(""), .value = TEXT("")},
    };
    produce(cluster, sent, COUNT_OF(sent));

    struct member member;
    member_join(&member, cluster->properties, "whole", "evt.whole");
    member_await(&member, 4);
    assert_true(strlen(kafka_consumer_member(member.consumer)) > 0);
    struct record read[8];
    size_t count = 0;
    struct error error;
    int64_t give_up = now_ms() + PATIENCE_MS;
    for (size_t seen = 0; seen < COUNT_OF(sent); seen += count) {
        assert_true(now_ms() < give_up);
        ASSERT_OK(
            kafka_queue_fetch(member.queues[1], SLICE_MS, read, COUNT_OF(read), &count, &error));
        for (size_t i = 0; i < count; i++) {
            const struct record *want = &sent[seen + i];
            ASSERT_TEXT(read[i].topic, want->topic);
            ASSERT_TEXT(read[i].key, want->key);
            ASSERT_TEXT(read[i].value, want->value);
            assert_int_equal(read[i].key.data == NULL, want->key.data == NULL);
            assert_int_equal(read[i].value.data == NULL, want->value.data == NULL);
            assert_int_equal(read[i].partition, 1);
            assert_int_equal(read[i].offset, (int64_t)(seen + i));
            assert_int_equal(read[i].header_count, want->header_count);
            if (want->timestamp_ms != 0)
                assert_int_equal(read[i].timestamp_ms, want->timestamp_ms);
            for (size_t h = 0; h < want->header_count; h++) {
                ASSERT_TEXT(read[i].headers[h].name, headers[h].name);
                ASSERT_TEXT(read[i].headers[h].value, headers[h].value);
                assert_int_equal(read[i].headers[h].value.data == NULL,
                                 headers[h].value.data == NULL);
            }
        }
        kafka_queue_release(member.queues[1]);
    }
    member_leave(&member);
}

/* What was fetched stays until the release, also when more is fetched meanwhile. */
static void test_fetching_again_before_release(void **state)
{
    struct cluster *cluster = *state;
    enum { COUNT = 50 };
    const struct header header = {TEXT("name"), TEXT("value")};
    struct record sent[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        sent[i] = record_of("evt.again", 0, "k", "v");
        sent[i].headers = &header;
        sent[i].header_count = 1;
    }
    produce(cluster, sent, COUNT);
    struct member member;
    member_join(&member, cluster->properties, "again", "evt.again");
    member_await(&member, 4);
    struct record read[COUNT];
    size_t seen = 0;
    struct error error;
    int64_t give_up = now_ms() + PATIENCE_MS;
    while (seen < COUNT) {
        size_t count;
        size_t room = COUNT - seen < 7 ? COUNT - seen : 7;
        assert_true(now_ms() < give_up);
        ASSERT_OK(kafka_queue_fetch(member.queues[0], SLICE_MS, read + seen, room, &count, &error));
        seen += count;
    }
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(read[i].offset, (int64_t)i);
        assert_int_equal(read[i].header_count, 1);
        ASSERT_TEXT(read[i].headers[0].value, TEXT("value"));
    }
    kafka_queue_release(member.queues[0]);
    member_leave(&member);
}

static void *wake_soon(void *queue)
{
    kafka_queue_wake(queue);
    return NULL;
}

static void test_a_lane_can_be_woken(void **state)
{
    struct cluster *cluster = *state;
    struct member member;
    struct record record;
    size_t count;
    struct error error;
    pthread_t thread;
    member_join(&member, cluster->properties, "wake", "evt.none");
    int64_t begin = now_ms();
    /* Before the wait, and during it. */
    kafka_queue_wake(member.queues[0]);
    ASSERT_OK(kafka_queue_fetch(member.queues[0], 2 * PATIENCE_MS, &record, 1, &count, &error));
    assert_int_equal(pthread_create(&thread, NULL, wake_soon, member.queues[0]), 0);
    ASSERT_OK(kafka_queue_fetch(member.queues[0], 2 * PATIENCE_MS, &record, 1, &count, &error));
    assert_int_equal(count, 0);
    pthread_join(thread, NULL);
    assert_true(now_ms() - begin < PATIENCE_MS);
    member_leave(&member);
}

static void await(struct member *member, enum kafka_happening happening)
{
    int64_t give_up = now_ms() + PATIENCE_MS;
    while (member_serve(member) != happening)
        assert_true(now_ms() < give_up);
}

static void test_brokers_go_and_come_back(void **state)
{
    struct cluster *cluster = *state;
    struct member member;
    member_join(&member, cluster->properties, "away", "evt.away");
    struct record record = record_of("evt.away", 0, "k", "1");
    produce(cluster, &record, 1);
    member_await(&member, 4);
    assert_string_equal(lane_values(&member, 0, 1), "1\n");
    rd_kafka_mock_broker_set_down(cluster->mock, 1);
    await(&member, KAFKA_AWAY);
    /* Each tried in vain: told once all the same. */
    for (int i = 0; i < 5; i++)
        assert_int_not_equal(member_serve(&member), KAFKA_AWAY);
    rd_kafka_mock_broker_set_up(cluster->mock, 1);
    int64_t give_up = now_ms() + PATIENCE_MS;
    for (enum kafka_happening happening = KAFKA_NOTHING; happening != KAFKA_BACK;) {
        happening = member_serve(&member);
        assert_int_not_equal(happening, KAFKA_AWAY);
        assert_true(now_ms() < give_up);
    }
    produce(cluster, &(struct record){.topic = TEXT("evt.away"), .value = TEXT("2")}, 1);
    assert_string_equal(lane_values(&member, 0, 1), "2\n");
    member_leave(&member);
}

/* Leaving must not wait for a coordinator that is gone. */
static void test_leaving_without_a_broker(void **state)
{
    struct cluster *cluster = *state;
    struct member member;
    member_join(&member, cluster->properties, "left", "evt.left");
    produce(cluster, &(struct record){.topic = TEXT("evt.left"), .value = TEXT("1")}, 1);
    member_await(&member, 4);
    rd_kafka_mock_broker_set_down(cluster->mock, 1);
    int64_t begin = now_ms();
    member_leave(&member);
    assert_true(now_ms() - begin < PATIENCE_MS);
    rd_kafka_mock_broker_set_up(cluster->mock, 1);
}

/* A rebalance that nobody answers must not keep the process from ending. */
static void test_leaving_with_a_rebalance_open(void **state)
{
    struct cluster *cluster = *state;
    struct error error;
    struct kafka_consumer *consumer;
    const char *const subscription[] = {"evt.open"};
    produce(cluster, &(struct record){.topic = TEXT("evt.open"), .value = TEXT("1")}, 1);
    ASSERT_OK(
        kafka_consumer_create(&consumer, cluster->properties, "open", subscription, 1, &error));
    struct kafka_notice notice = {.happening = KAFKA_NOTHING};
    int64_t give_up = now_ms() + PATIENCE_MS;
    while (notice.happening != KAFKA_ASSIGNED) {
        assert_true(now_ms() < give_up);
        ASSERT_OK(kafka_consumer_poll(consumer, SLICE_MS, &notice, &error));
    }
    kafka_consumer_destroy(consumer);
}

/* --- The plain producer and reader ------------------------------------------------ */

static void test_producer_refuses_what_is_too_large(void **state)
{
    struct cluster *cluster = *state;
    static char large[2 * 1000 * 1000];
    memset(large, 'x', sizeof large);
    struct error error;
    struct kafka_producer *producer;
    struct record record = {.topic = TEXT("evt.large"), .value = {large, sizeof large}};
    ASSERT_OK(kafka_producer_create(&producer, cluster->properties, &error));
    assert_int_equal(kafka_producer_send(producer, &record, PATIENCE_MS, &error), STATUS_REJECTED);
    ASSERT_MESSAGE("topic evt.large: the record has 2000036 bytes, message.max.bytes allows");
    kafka_producer_destroy(producer);
}

/* Reads until `count` records came, and a little longer; values in order of arrival. */
static const char *read_values(struct kafka_reader *reader, size_t count)
{
    static char values[4096];
    size_t used = 0;
    values[0] = '\0';
    struct error error;
    int64_t give_up = now_ms() + PATIENCE_MS;
    size_t seen = 0;
    while (seen < count || !kafka_reader_is_ready(reader)) {
        struct record records[8];
        size_t fetched;
        assert_true(now_ms() < give_up);
        ASSERT_OK(
            kafka_reader_fetch(reader, SLICE_MS, records, COUNT_OF(records), &fetched, &error));
        for (size_t i = 0; i < fetched; i++)
            used += (size_t)snprintf(values + used, sizeof values - used, "%.*s\n",
                                     TEXT_ARGS(records[i].value));
        seen += fetched;
        kafka_reader_release(reader);
    }
    return values;
}

static struct kafka_reader *reader_on(struct cluster *cluster, const char *group,
                                      const char *subscription, enum kafka_start start)
{
    struct error error;
    struct kafka_reader *reader;
    ASSERT_OK(
        kafka_reader_create(&reader, cluster->properties, group, &subscription, 1, start, &error));
    return reader;
}

static void send_one(struct cluster *cluster, const char *topic, const char *value)
{
    struct record record = record_of(topic, 0, "k", value);
    produce(cluster, &record, 1);
}

static const struct start_case {
    const char *name;
    const char *group;
    enum kafka_start start;
    const char *expected;
} start_cases[] = {
    {"watch1", NULL, KAFKA_FROM_END, "new\nlater\n"},
    {"watch2", NULL, KAFKA_FROM_BEGINNING, "old\nnew\nlater\n"},
    {"mock1", "mock1", KAFKA_FROM_END, "new\nlater\n"},
    {"mock2", "mock2", KAFKA_FROM_BEGINNING, "old\nnew\nlater\n"},
};

static void append(char *buffer, size_t size, size_t *used, const char *text)
{
    *used += (size_t)snprintf(buffer + *used, size - *used, "%s", text);
    assert_true(*used < size);
}

/* From where it was told to; a topic that appears later from its beginning, always. */
static void test_where_readers_begin(void **state)
{
    struct cluster *cluster = *state;
    for (size_t i = 0; i < COUNT_OF(start_cases); i++) {
        const struct start_case *row = &start_cases[i];
        char topic[32], later[32], subscription[32];
        snprintf(topic, sizeof topic, "%s.a", row->name);
        snprintf(later, sizeof later, "%s.b", row->name);
        snprintf(subscription, sizeof subscription, "^%s\\.", row->name);
        send_one(cluster, topic, "old");
        struct kafka_reader *reader = reader_on(cluster, row->group, subscription, row->start);
        char read[256];
        size_t used = 0;
        size_t expected_first = row->start == KAFKA_FROM_END ? 0 : 1;
        append(read, sizeof read, &used, read_values(reader, expected_first));
        send_one(cluster, topic, "new");
        append(read, sizeof read, &used, read_values(reader, 1));
        send_one(cluster, later, "later");
        append(read, sizeof read, &used, read_values(reader, 1));
        kafka_reader_destroy(reader);
        if (strcmp(read, row->expected) != 0)
            fail_msg("%s: %s", row->name, read);
    }
}

static void test_a_group_goes_on_where_it_was(void **state)
{
    struct cluster *cluster = *state;
    send_one(cluster, "goes.on", "1");
    struct kafka_reader *reader = reader_on(cluster, "goes", "goes.on", KAFKA_FROM_BEGINNING);
    assert_string_equal(read_values(reader, 1), "1\n");
    kafka_reader_destroy(reader);
    send_one(cluster, "goes.on", "2");
    reader = reader_on(cluster, "goes", "goes.on", KAFKA_FROM_BEGINNING);
    assert_string_equal(read_values(reader, 1), "2\n");
    kafka_reader_destroy(reader);
}

/* Where a reader that joined at the end has read nothing, the next one begins there too. */
static void test_a_group_goes_on_where_it_joined(void **state)
{
    struct cluster *cluster = *state;
    send_one(cluster, "joined.at", "before");
    struct kafka_reader *reader = reader_on(cluster, "joined", "joined.at", KAFKA_FROM_END);
    assert_string_equal(read_values(reader, 0), "");
    kafka_reader_destroy(reader);
    send_one(cluster, "joined.at", "between");
    reader = reader_on(cluster, "joined", "joined.at", KAFKA_FROM_END);
    assert_string_equal(read_values(reader, 1), "between\n");
    kafka_reader_destroy(reader);
}

/* --- The embedded broker ----------------------------------------------------------- */

static void test_embedded_broker(void **state)
{
    (void)state;
    struct error error;
    struct kafka_mock_broker *broker;
    assert_int_equal(kafka_mock_broker_create(&broker, 3, &error), STATUS_REJECTED);
    ASSERT_MESSAGE("topics of 4 partitions, not of 3");
    ASSERT_OK(kafka_mock_broker_create(&broker, KAFKA_MOCK_PARTITIONS, &error));
    assert_int_equal(strncmp(kafka_mock_broker_bootstrap(broker), "127.0.0.1:", 10), 0);
    make_topics(properties_of(kafka_mock_broker_bootstrap(broker)), "any:4 other:4!");
    kafka_mock_broker_destroy(broker);
    kafka_mock_broker_destroy(NULL);
}

#define ON_CLUSTER(test) cmocka_unit_test_setup_teardown(test, cluster_setup, cluster_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_CLUSTER(test_topics_of_a_broker_without_admin),
        cmocka_unit_test(test_no_broker_to_ask),
        ON_CLUSTER(test_what_brokers_answer),
        ON_CLUSTER(test_a_topic_that_is_not_allowed),
        ON_CLUSTER(test_refused_record_is_named),
        ON_CLUSTER(test_refused_batch_is_sent_in_parts),
        ON_CLUSTER(test_at_least_once),
        ON_CLUSTER(test_destroying_never_waits),
        ON_CLUSTER(test_a_record_arrives_whole),
        ON_CLUSTER(test_fetching_again_before_release),
        ON_CLUSTER(test_a_lane_can_be_woken),
        ON_CLUSTER(test_brokers_go_and_come_back),
        ON_CLUSTER(test_leaving_without_a_broker),
        ON_CLUSTER(test_leaving_with_a_rebalance_open),
        ON_CLUSTER(test_producer_refuses_what_is_too_large),
        ON_CLUSTER(test_where_readers_begin),
        ON_CLUSTER(test_a_group_goes_on_where_it_was),
        ON_CLUSTER(test_a_group_goes_on_where_it_joined),
        cmocka_unit_test(test_embedded_broker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
