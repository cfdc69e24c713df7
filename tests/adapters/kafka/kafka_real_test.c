/* Against a real Apache Kafka (tests/support/kafka.sh): what transactions, fencing and
 * groups promise. What a topic holds in the end is read by plain librdkafka. */
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/adapters/kafka/fixture.h"

static const char *bootstrap;
static struct kafka_properties properties;

static const struct hash128 incarnation = {{1, 2, 3}};

static struct marker marker_of(int64_t sequence)
{
    return (struct marker){sequence, 7, incarnation};
}

/* A publisher of the group's lane, whose marker topic exists. */
static struct kafka_publisher *publisher_of(const char *group, int32_t lane)
{
    struct error error;
    struct kafka_publisher *publisher;
    char topics[64];
    snprintf(topics, sizeof topics, "%s.outbox-pos:4!", group);
    make_topics(properties, topics);
    ASSERT_OK(kafka_publisher_create(&publisher, properties, DELIVERY_EXACTLY_ONCE, group, lane,
                                     PATIENCE_MS, &error));
    return publisher;
}

static enum status publish_one(struct kafka_publisher *publisher, const char *topic,
                               const char *value, int64_t sequence, struct error *error)
{
    struct record record = record_of(topic, 0, "k", value);
    size_t bad;
    return kafka_publisher_publish(publisher, &record, 1, marker_of(sequence), PATIENCE_MS, &bad,
                                   error);
}

/* What was committed is not visible at once: the broker answers before it has written the
 * transaction's end to each partition. A take-over reads behind init_transactions, which waits
 * for that; here it is waited for. */
static void assert_position(struct kafka_publisher *publisher, bool found, int64_t sequence)
{
    enum { LOOKS_MAX = 500 };
    const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    struct error error;
    struct marker marker;
    bool is_found;
    for (int look = 0; look < LOOKS_MAX; look++) {
        ASSERT_OK(kafka_publisher_position(publisher, PATIENCE_MS, &marker, &is_found, &error));
        if (is_found == found && (!found || marker.sequence == sequence))
            break;
        nanosleep(&pause, NULL);
    }
    assert_int_equal(is_found, found);
    if (!found)
        return;
    assert_int_equal(marker.sequence, sequence);
    assert_int_equal(marker.epoch, 7);
    assert_memory_equal(&marker.incarnation, &incarnation, sizeof incarnation);
}

/* The same for somebody who only looks; the lane's producer is not disturbed. */
static void test_a_marker_can_be_looked_at(void **state)
{
    (void)state;
    struct error error;
    struct marker marker;
    bool found = true;
    make_topics(properties, "looked:1");
    struct kafka_publisher *publisher = publisher_of("look", 2);
    ASSERT_OK(kafka_marker_read(properties, "look", 2, PATIENCE_MS, &marker, &found, &error));
    assert_false(found);
    ASSERT_OK(publish_one(publisher, "looked", "a", 41, &error));
    assert_position(publisher, true, 41);
    ASSERT_OK(kafka_marker_read(properties, "look", 2, PATIENCE_MS, &marker, &found, &error));
    assert_true(found);
    assert_int_equal(marker.sequence, 41);
    ASSERT_OK(publish_one(publisher, "looked", "b", 42, &error));
    kafka_publisher_destroy(publisher);
}

/* --- Topics ----------------------------------------------------------------------- */

static void test_topics(void **state)
{
    (void)state;
    struct error error;
    struct kafka_admin *admin;
    size_t created;
    const struct kafka_new_topic topics[] = {{"topics.b", 3, false}, {"topics.a", 5, true}};
    ASSERT_OK(kafka_admin_create(&admin, properties, &error));
    ASSERT_OK(kafka_topics_create(admin, topics, 1, PATIENCE_MS, &created, &error));
    assert_int_equal(created, 1);
    ASSERT_OK(kafka_topics_create(admin, topics, 2, PATIENCE_MS, &created, &error));
    assert_int_equal(created, 1);

    const struct kafka_new_topic misnamed = {"a name with spaces", 3, false};
    assert_int_equal(kafka_topics_create(admin, &misnamed, 1, PATIENCE_MS, &created, &error),
                     STATUS_REJECTED);
    ASSERT_MESSAGE("create topic a name with spaces: ");
    const struct kafka_new_topic empty = {"topics.c", 0, false};
    assert_int_equal(kafka_topics_create(admin, &empty, 1, PATIENCE_MS, &created, &error),
                     STATUS_REJECTED);
    ASSERT_MESSAGE("create topic topics.c: ");

    struct arena *arena = arena_create(1 << 20);
    struct kafka_topic *list;
    size_t count;
    size_t at = 0;
    ASSERT_OK(kafka_topics_read(admin, PATIENCE_MS, arena, &list, &count, &error));
    while (at < count && !text_is(list[at].name, "topics.a"))
        at++;
    assert_true(at + 1 < count);
    assert_int_equal(list[at].partition_count, 5);
    ASSERT_TEXT(list[at + 1].name, TEXT("topics.b"));
    assert_int_equal(list[at + 1].partition_count, 3);
    arena_destroy(arena);
    kafka_admin_destroy(admin);
}

/* Three records and two transactions' ends behind them. */
static void test_ends_of_a_partition(void **state)
{
    (void)state;
    struct error error;
    struct kafka_admin *admin;
    int64_t first = -1, end = -1;
    make_topics(properties, "ends:2");
    struct kafka_publisher *publisher = publisher_of("ends", 0);
    ASSERT_OK(publish_one(publisher, "ends", "a", 0, &error));
    ASSERT_OK(publish_one(publisher, "ends", "b", 1, &error));
    kafka_publisher_destroy(publisher);
    ASSERT_OK(kafka_admin_create(&admin, properties, &error));
    ASSERT_OK(kafka_partition_ends(admin, "ends", 0, PATIENCE_MS, &first, &end, &error));
    assert_int_equal(first, 0);
    assert_in_range(end, 3, 4); /* the last transaction's end may be on its way */
    ASSERT_OK(kafka_partition_ends(admin, "ends", 1, PATIENCE_MS, &first, &end, &error));
    assert_int_equal(end, 0);
    kafka_admin_destroy(admin);
}

/* The marker topic must not lose a lane's last marker by age. */
static void test_compaction_is_configured(void **state)
{
    (void)state;
    make_topics(properties, "compact.yes:1! compact.no:1");
    char why[128];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, why, sizeof why);
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    const char *const names[] = {"compact.yes", "compact.no"};
    const char *const policies[] = {"compact", "delete"};
    for (size_t i = 0; i < 2; i++) {
        rd_kafka_ConfigResource_t *resource =
            rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, names[i]);
        rd_kafka_DescribeConfigs(client, &resource, 1, NULL, queue);
        rd_kafka_event_t *event = rd_kafka_queue_poll(queue, PATIENCE_MS);
        assert_non_null(event);
        size_t count;
        const rd_kafka_ConfigResource_t **resources = rd_kafka_DescribeConfigs_result_resources(
            rd_kafka_event_DescribeConfigs_result(event), &count);
        assert_int_equal(count, 1);
        const rd_kafka_ConfigEntry_t **entries =
            rd_kafka_ConfigResource_configs(resources[0], &count);
        const char *policy = NULL;
        for (size_t e = 0; e < count; e++)
            if (strcmp(rd_kafka_ConfigEntry_name(entries[e]), "cleanup.policy") == 0)
                policy = rd_kafka_ConfigEntry_value(entries[e]);
        assert_non_null(policy);
        assert_string_equal(policy, policies[i]);
        rd_kafka_event_destroy(event);
        rd_kafka_ConfigResource_destroy(resource);
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(client);
}

static void test_missing_topic_is_named(void **state)
{
    (void)state;
    struct error error;
    struct kafka_publisher *publisher = publisher_of("missing", 0);
    assert_int_equal(publish_one(publisher, "cmd.nowhere", "v", 1, &error), STATUS_UNAVAILABLE);
    assert_string_equal(error.message,
                        "topic cmd.nowhere does not exist: `xorca topics --create` makes it");
    /* It helps. */
    make_topics(properties, "cmd.nowhere:4");
    ASSERT_OK(publish_one(publisher, "cmd.nowhere", "v", 1, &error));
    kafka_publisher_destroy(publisher);
}

static void test_missing_marker_topic_is_named(void **state)
{
    (void)state;
    struct error error;
    struct kafka_publisher *publisher;
    struct marker marker;
    bool found;
    make_topics(properties, "nomarker.a:4");
    ASSERT_OK(kafka_publisher_create(&publisher, properties, DELIVERY_EXACTLY_ONCE, "nomarker", 2,
                                     PATIENCE_MS, &error));
    assert_int_equal(kafka_publisher_position(publisher, PATIENCE_MS, &marker, &found, &error),
                     STATUS_UNAVAILABLE);
    ASSERT_MESSAGE("topic nomarker.outbox-pos does not exist: `xorca topics --create` makes it");
    assert_int_equal(publish_one(publisher, "nomarker.a", "v", 1, &error), STATUS_UNAVAILABLE);
    ASSERT_MESSAGE("topic nomarker.outbox-pos does not exist");
    make_topics(properties, "nomarker.outbox-pos:2!");
    assert_int_equal(kafka_publisher_position(publisher, PATIENCE_MS, &marker, &found, &error),
                     STATUS_UNAVAILABLE);
    ASSERT_MESSAGE("has 2 partitions, lane 2 needs");
    assert_int_equal(publish_one(publisher, "nomarker.a", "v", 1, &error), STATUS_UNAVAILABLE);
    ASSERT_MESSAGE("has 2 partitions, lane 2 needs");
    kafka_publisher_destroy(publisher);
}

/* --- Transactions ------------------------------------------------------------------ */

static void test_publishing_is_visible_after_commit(void **state)
{
    (void)state;
    struct error error;
    size_t bad;
    make_topics(properties, "visible:4");
    struct kafka_publisher *publisher = publisher_of("visible", 1);
    assert_position(publisher, false, 0);
    struct record records[] = {record_of("visible", 0, "k", "1"), record_of("visible", 3, "k", "2"),
                               record_of("visible", 0, "k", "3")};
    ASSERT_OK(
        kafka_publisher_publish(publisher, records, 3, marker_of(3), PATIENCE_MS, &bad, &error));
    assert_string_equal(values_of(bootstrap, "visible", 0, "read_committed"), "1\n3\n");
    assert_string_equal(values_of(bootstrap, "visible", 3, "read_committed"), "2\n");
    assert_string_equal(
        values_of(bootstrap, "visible.outbox-pos", 1, "read_committed"),
        "{\"seq\":3,\"epoch\":7,\"incarnation\":\"01020300-0000-0000-0000-000000000000\"}\n");
    assert_position(publisher, true, 3);
    kafka_publisher_destroy(publisher);
}

static void test_an_unfinished_transaction_is_never_seen(void **state)
{
    (void)state;
    struct error error;
    size_t bad;
    make_topics(properties, "unfinished:1");
    struct kafka_publisher *publisher = publisher_of("unfinished", 0);
    ASSERT_OK(publish_one(publisher, "unfinished", "1", 1, &error));
    struct record records[] = {record_of("unfinished", 0, "k", "2"),
                               record_of("unfinished", 0, "k", "3"),
                               record_of("unfinished", 0, "k", "4")};
    /* Out of time in the middle: whatever was sent is aborted by the next owner. */
    assert_int_equal(kafka_publisher_publish(publisher, records, 3, marker_of(4), 0, &bad, &error),
                     STATUS_UNAVAILABLE);
    kafka_publisher_destroy(publisher);
    publisher = publisher_of("unfinished", 0);
    assert_position(publisher, true, 1);
    ASSERT_OK(publish_one(publisher, "unfinished", "again", 2, &error));
    assert_string_equal(values_of(bootstrap, "unfinished", 0, "read_committed"), "1\nagain\n");
    kafka_publisher_destroy(publisher);
}

static void produce_plainly(rd_kafka_t *client, const char *topic, const char *text)
{
    char value[64];
    snprintf(value, sizeof value, "%s", text);
    rd_kafka_topic_t *handle = rd_kafka_topic_new(client, topic, NULL);
    assert_int_equal(
        rd_kafka_produce(handle, 0, RD_KAFKA_MSG_F_COPY, value, strlen(value), "0", 1, NULL), 0);
    rd_kafka_topic_destroy(handle);
}

/* Begins a transaction under the lane's id by plain librdkafka, writes to both topics, and
 * leaves it open: a worker that was stopped there. */
static rd_kafka_t *leave_transaction_open(const char *id, const char *topic, const char *value,
                                          const char *marker_topic)
{
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, why, sizeof why);
    rd_kafka_conf_set(conf, "transactional.id", id, why, sizeof why);
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    assert_null(rd_kafka_init_transactions(client, PATIENCE_MS));
    assert_null(rd_kafka_begin_transaction(client));
    produce_plainly(client, topic, value);
    produce_plainly(client, marker_topic, "{}");
    assert_int_equal(rd_kafka_flush(client, PATIENCE_MS), 0);
    return client;
}

static void test_take_over_aborts_what_was_open(void **state)
{
    (void)state;
    struct error error;
    make_topics(properties, "open:1");
    struct kafka_publisher *publisher = publisher_of("open", 0);
    ASSERT_OK(publish_one(publisher, "open", "1", 1, &error));
    kafka_publisher_destroy(publisher);
    rd_kafka_t *stopped = leave_transaction_open("open-0", "open", "ghost", "open.outbox-pos");
    publisher = publisher_of("open", 0);
    assert_position(publisher, true, 1);
    ASSERT_OK(publish_one(publisher, "open", "2", 2, &error));
    assert_position(publisher, true, 2);
    assert_string_equal(values_of(bootstrap, "open", 0, "read_committed"), "1\n2\n");
    assert_string_equal(values_of(bootstrap, "open", 0, "read_uncommitted"), "1\nghost\n2\n");

    rd_kafka_error_t *failure = rd_kafka_commit_transaction(stopped, PATIENCE_MS);
    assert_non_null(failure);
    rd_kafka_error_destroy(failure);
    rd_kafka_destroy(stopped);
    assert_string_equal(values_of(bootstrap, "open", 0, "read_committed"), "1\n2\n");
    kafka_publisher_destroy(publisher);
}

static void test_a_zombie_is_fenced(void **state)
{
    (void)state;
    struct error error;
    make_topics(properties, "zombie:1");
    struct kafka_publisher *zombie = publisher_of("zombie", 0);
    ASSERT_OK(publish_one(zombie, "zombie", "1", 1, &error));
    struct kafka_publisher *successor = publisher_of("zombie", 0);
    assert_int_equal(publish_one(zombie, "zombie", "ghost", 2, &error), STATUS_CONFLICT);
    /* Still so, however often it tries. */
    assert_int_equal(publish_one(zombie, "zombie", "ghost", 2, &error), STATUS_CONFLICT);
    assert_position(successor, true, 1);
    ASSERT_OK(publish_one(successor, "zombie", "2", 2, &error));
    kafka_publisher_destroy(zombie);
    /* Another lane, another group: not concerned. */
    struct kafka_publisher *neighbour = publisher_of("zombie", 1);
    ASSERT_OK(publish_one(successor, "zombie", "3", 3, &error));
    assert_string_equal(values_of(bootstrap, "zombie", 0, "read_committed"), "1\n2\n3\n");
    assert_position(successor, true, 3);
    assert_position(neighbour, false, 0);
    kafka_publisher_destroy(neighbour);
    kafka_publisher_destroy(successor);
}

/* --- The position ------------------------------------------------------------------ */

static void test_position_after_many_markers(void **state)
{
    (void)state;
    struct error error;
    make_topics(properties, "many:1");
    struct kafka_publisher *publisher = publisher_of("many", 3);
    for (int64_t i = 1; i <= 40; i++)
        ASSERT_OK(publish_one(publisher, "many", "v", i * 10, &error));
    assert_position(publisher, true, 400);
    kafka_publisher_destroy(publisher);
}

/* Aborted transactions leave records and control records behind the last marker, more than
 * the first tail is long. */
static void test_position_behind_aborted_transactions(void **state)
{
    (void)state;
    struct error error;
    make_topics(properties, "aborted:1");
    struct kafka_publisher *publisher = publisher_of("aborted", 0);
    ASSERT_OK(publish_one(publisher, "aborted", "1", 1, &error));
    kafka_publisher_destroy(publisher);
    for (int i = 0; i < 25; i++) {
        rd_kafka_t *client =
            leave_transaction_open("aborted-0", "aborted", "ghost", "aborted.outbox-pos");
        rd_kafka_error_t *failure = rd_kafka_abort_transaction(client, PATIENCE_MS);
        assert_null(failure);
        rd_kafka_destroy(client);
    }
    /* The marker, and 25 lines of "{}". */
    assert_int_equal(strlen(values_of(bootstrap, "aborted.outbox-pos", 0, "read_uncommitted")),
                     strlen("{'seq':1,'epoch':7,'incarnation':'") + 36 + strlen("'}\n") + 75);
    publisher = publisher_of("aborted", 0);
    assert_position(publisher, true, 1);
    kafka_publisher_destroy(publisher);
}

/* Only aborted ones: the log is not empty, and there is no marker. */
static void test_position_of_a_lane_that_never_committed(void **state)
{
    (void)state;
    make_topics(properties, "never:1");
    struct kafka_publisher *publisher = publisher_of("never", 0);
    kafka_publisher_destroy(publisher);
    for (int i = 0; i < 3; i++) {
        rd_kafka_t *client = leave_transaction_open("never-0", "never", "g", "never.outbox-pos");
        rd_kafka_destroy(client);
    }
    publisher = publisher_of("never", 0);
    assert_position(publisher, false, 0);
    kafka_publisher_destroy(publisher);
}

static void test_a_foreign_marker_is_fatal(void **state)
{
    (void)state;
    struct error error;
    struct kafka_producer *producer;
    struct marker marker;
    bool found;
    struct kafka_publisher *publisher = publisher_of("foreign", 0);
    ASSERT_OK(kafka_producer_create(&producer, properties, &error));
    struct record record = record_of("foreign.outbox-pos", 0, "0", "hello");
    ASSERT_OK(kafka_producer_send(producer, &record, PATIENCE_MS, &error));
    ASSERT_OK(kafka_producer_flush(producer, PATIENCE_MS, &error));
    kafka_producer_destroy(producer);
    assert_int_equal(kafka_publisher_position(publisher, PATIENCE_MS, &marker, &found, &error),
                     STATUS_FATAL);
    ASSERT_MESSAGE("topic foreign.outbox-pos, partition 0, offset 0 is no marker: line 1");
    kafka_publisher_destroy(publisher);
}

/* --- Sizes ------------------------------------------------------------------------- */

/* Larger than the client may send: nothing is sent. Larger than the topic takes (Kafka's
 * default max.message.bytes: 1,048,588): known only by the broker's answer. */
static void test_too_large_records_are_named(void **state)
{
    (void)state;
    static char large[1200 * 1000];
    memset(large, 'x', sizeof large);
    struct error error;
    size_t bad = 99;
    make_topics(properties, "large:1");
    struct record records[] = {record_of("large", 0, "k", "1"), record_of("large", 0, "k", ""),
                               record_of("large", 0, "k", "3")};
    records[1].value = (struct text){large, sizeof large};
    struct kafka_publisher *publisher = publisher_of("large", 0);
    assert_int_equal(
        kafka_publisher_publish(publisher, records, 3, marker_of(3), PATIENCE_MS, &bad, &error),
        STATUS_REJECTED);
    assert_int_equal(bad, 1);
    ASSERT_MESSAGE("topic large: the record has 1200037 bytes, message.max.bytes allows 1000000");
    kafka_publisher_destroy(publisher);

    const struct kafka_property items[] = {{"bootstrap.servers", bootstrap},
                                           {"message.max.bytes", "2000000"}};
    struct kafka_properties generous = {items, COUNT_OF(items)};
    ASSERT_OK(kafka_publisher_create(&publisher, generous, DELIVERY_EXACTLY_ONCE, "large", 0,
                                     PATIENCE_MS, &error));
    /* And the publisher goes on without it, again and again. */
    for (int64_t round = 1; round <= 3; round++) {
        bad = 99;
        assert_int_equal(kafka_publisher_publish(publisher, records, 3, marker_of(round),
                                                 PATIENCE_MS, &bad, &error),
                         STATUS_REJECTED);
        assert_int_equal(bad, 1);
        ASSERT_MESSAGE("topic large: ");
        assert_position(publisher, round > 1, round - 1);
        ASSERT_OK(publish_one(publisher, "large", "after", round, &error));
        assert_position(publisher, true, round);
    }
    assert_string_equal(values_of(bootstrap, "large", 0, "read_committed"),
                        "after\nafter\nafter\n");
    kafka_publisher_destroy(publisher);
}

/* A topic that takes less than librdkafka's batches: they are sent in parts, and only what
 * is too large alone is refused. */
static void test_batches_fit_the_topic(void **state)
{
    (void)state;
    static char value[4000], large[20000];
    memset(value, 'x', sizeof value - 1);
    memset(large, 'y', sizeof large - 1);
    const enum delivery deliveries[] = {DELIVERY_EXACTLY_ONCE, DELIVERY_AT_LEAST_ONCE};
    for (size_t d = 0; d < COUNT_OF(deliveries); d++) {
        const char *topic = d == 0 ? "narrow" : "narrower";
        struct record records[20];
        struct error error;
        size_t bad = 99;
        struct kafka_publisher *publisher;
        make_topics(properties, d == 0 ? "narrow:1 narrow.outbox-pos:1!" : "narrower:1");
        set_topic(bootstrap, topic, "max.message.bytes", "10000");
        for (size_t i = 0; i < COUNT_OF(records); i++)
            records[i] = record_of(topic, 0, "k", value);
        ASSERT_OK(kafka_publisher_create(&publisher, properties, deliveries[d], "narrow", 0,
                                         PATIENCE_MS, &error));
        for (int64_t round = 1; round <= 3; round++)
            ASSERT_OK(kafka_publisher_publish(publisher, records, COUNT_OF(records),
                                              marker_of(round), PATIENCE_MS, &bad, &error));
        records[7] = record_of(topic, 0, "k", large);
        assert_int_equal(kafka_publisher_publish(publisher, records, COUNT_OF(records),
                                                 marker_of(4), PATIENCE_MS, &bad, &error),
                         STATUS_REJECTED);
        assert_int_equal(bad, 7);
        size_t there = strlen(values_of(bootstrap, topic, 0, "read_committed"));
        if (deliveries[d] == DELIVERY_EXACTLY_ONCE)
            assert_int_equal(there, 3 * COUNT_OF(records) * sizeof value);
        else
            assert_true(there >= 3 * COUNT_OF(records) * sizeof value);
        kafka_publisher_destroy(publisher);
    }
}

/* More records than librdkafka's queue holds by far: send waits for room. */
static void test_a_small_queue_is_waited_for(void **state)
{
    (void)state;
    const struct kafka_property items[] = {{"bootstrap.servers", bootstrap},
                                           {"queue.buffering.max.messages", "10"}};
    struct kafka_properties small = {items, COUNT_OF(items)};
    struct error error;
    size_t bad;
    struct kafka_publisher *publisher;
    struct record records[500];
    for (size_t i = 0; i < COUNT_OF(records); i++)
        records[i] = record_of("small", 0, "k", "v");
    make_topics(properties, "small:1 small.outbox-pos:1!");
    ASSERT_OK(kafka_publisher_create(&publisher, small, DELIVERY_EXACTLY_ONCE, "small", 0,
                                     PATIENCE_MS, &error));
    ASSERT_OK(kafka_publisher_publish(publisher, records, COUNT_OF(records), marker_of(500),
                                      PATIENCE_MS, &bad, &error));
    assert_int_equal(strlen(values_of(bootstrap, "small", 0, "read_committed")), 500 * 2);
    kafka_publisher_destroy(publisher);
}

/* --- The group --------------------------------------------------------------------- */

static void send_numbers(const char *topic, int32_t partition, int first, int last)
{
    struct error error;
    struct kafka_producer *producer;
    ASSERT_OK(kafka_producer_create(&producer, properties, &error));
    for (int i = first; i <= last; i++) {
        char value[16];
        snprintf(value, sizeof value, "%d", i);
        struct record record = record_of(topic, partition, "k", value);
        ASSERT_OK(kafka_producer_send(producer, &record, PATIENCE_MS, &error));
    }
    ASSERT_OK(kafka_producer_flush(producer, PATIENCE_MS, &error));
    kafka_producer_destroy(producer);
}

/* Two topics of four partitions: the same numbers of both to the same member. */
static void test_range_aligns_partition_numbers(void **state)
{
    (void)state;
    make_topics(properties, "range.a:4 range.b:4");
    struct member first, second;
    member_join(&first, properties, "range", "^range\\..*");
    member_await(&first, 8);
    member_join(&second, properties, "range", "^range\\..*");
    int64_t give_up = now_ms() + PATIENCE_MS;
    while (first.partition_count != 4 || second.partition_count != 4) {
        assert_true(now_ms() < give_up);
        member_serve(&first);
        member_serve(&second);
    }
    struct member *const members[] = {&first, &second};
    int holds[2][4] = {0};
    for (int m = 0; m < 2; m++)
        for (size_t i = 0; i < members[m]->partition_count; i++)
            holds[m][members[m]->partitions[i].partition]++;
    for (int p = 0; p < 4; p++)
        assert_true((holds[0][p] == 2 && holds[1][p] == 0) ||
                    (holds[0][p] == 0 && holds[1][p] == 2));
    /* One leaves: the other has it all at once, not after a session's timeout. */
    int64_t begin = now_ms();
    member_leave(&second);
    member_await(&first, 8);
    assert_true(now_ms() - begin < 9000); /* session.timeout.ms is 10 s */
    member_leave(&first);
}

/* A member with a name of its own, for KIP-345: static membership. */
static void join_as(struct member *member, const char *name, const char *group, const char *topic)
{
    struct kafka_property items[] = {{"bootstrap.servers", bootstrap}, {"group.instance.id", name}};
    member_join(member, (struct kafka_properties){items, COUNT_OF(items)}, group, topic);
}

/* Within the session's timeout: the same partitions at once, and the others hear nothing. */
static void test_a_static_member_comes_back(void **state)
{
    (void)state;
    make_topics(properties, "static.a:4");
    struct member first, second;
    join_as(&first, "one", "static", "static.a");
    member_await(&first, 4);
    join_as(&second, "two", "static", "static.a");
    int64_t give_up = now_ms() + PATIENCE_MS;
    while (first.partition_count != 2 || second.partition_count != 2) {
        assert_true(now_ms() < give_up);
        member_serve(&first);
        member_serve(&second);
    }
    int32_t partition = first.partitions[0].partition;
    member_leave(&first);
    join_as(&first, "one", "static", "static.a");
    while (first.partition_count != 2) {
        assert_true(now_ms() < give_up);
        member_serve(&first);
        assert_int_equal(member_serve(&second), KAFKA_NOTHING);
    }
    assert_int_equal(first.partitions[0].partition, partition);
    member_leave(&first);
    member_leave(&second);
}

/* The later one has the name. The earlier one is told which name, and what to do. */
static void test_two_members_of_one_name(void **state)
{
    (void)state;
    make_topics(properties, "namesake.a:4");
    struct error error = {STATUS_OK, ""};
    struct kafka_notice notice;
    struct member first, second;
    join_as(&first, "one", "namesake", "namesake.a");
    member_await(&first, 4);
    join_as(&second, "one", "namesake", "namesake.a");
    int64_t give_up = now_ms() + PATIENCE_MS;
    while (kafka_consumer_poll(first.consumer, SLICE_MS, &notice, &error) == STATUS_OK) {
        assert_true(now_ms() < give_up);
        member_serve(&second);
    }
    assert_int_equal(error.status, STATUS_FATAL);
    ASSERT_MESSAGE("FENCED_INSTANCE_ID");
    ASSERT_MESSAGE("XORCA_KAFKA_GROUP_INSTANCE_ID");
    member_await(&second, 4);
    member_leave(&first);
    member_leave(&second);
}

static void test_lanes_keep_order_and_do_not_mix(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    make_topics(properties, "order.a:4");
    for (int32_t lane = 0; lane < 4; lane++)
        send_numbers("order.a", lane, lane * COUNT, lane * COUNT + COUNT - 1);
    struct member member;
    member_join(&member, properties, "order", "order.a");
    member_await(&member, 4);
    for (int32_t lane = 3; lane >= 0; lane--) {
        char expected[COUNT * 5 + 1];
        size_t used = 0;
        for (int i = 0; i < COUNT; i++)
            used +=
                (size_t)snprintf(expected + used, sizeof expected - used, "%d\n", lane * COUNT + i);
        assert_string_equal(lane_values(&member, lane, COUNT), expected);
    }
    member_leave(&member);
}

/* The start is the caller's offset, also across markers of transactions. */
static void test_start_at_an_offset(void **state)
{
    (void)state;
    struct error error;
    make_topics(properties, "start.a:1");
    struct kafka_publisher *publisher = publisher_of("start", 0);
    for (int i = 0; i < 3; i++) {
        char value[2] = {(char)('0' + i), '\0'};
        ASSERT_OK(publish_one(publisher, "start.a", value, i, &error));
    }
    kafka_publisher_destroy(publisher);
    /* Offsets: 0 record, 1 marker, 2 record, 3 marker, 4 record, 5 marker. */
    struct member member;
    member_join(&member, properties, "starts", "start.a");
    member.first_offset = 1;
    member_await(&member, 1);
    assert_string_equal(lane_values(&member, 0, 2), "1\n2\n");
    member_leave(&member);
}

/* Without the group's doing: a lane that has to read again what it had read. */
static void test_partitions_are_assigned_again(void **state)
{
    (void)state;
    struct error error;
    make_topics(properties, "again.a:2");
    send_numbers("again.a", 0, 1, 3);
    send_numbers("again.a", 1, 11, 13);
    struct member member;
    member_join(&member, properties, "again", "again.a");
    member_await(&member, 2);
    assert_string_equal(lane_values(&member, 0, 3), "1\n2\n3\n");
    kafka_queue_destroy(member.queues[0]);
    member.queues[0] = kafka_queue_create(member.consumer);
    for (size_t i = 0; i < 2; i++) {
        member.partitions[i].queue = member.queues[member.partitions[i].partition];
        member.partitions[i].offset = 1;
    }
    ASSERT_OK(kafka_consumer_assign(member.consumer, member.partitions, 2, &error));
    assert_string_equal(lane_values(&member, 0, 2), "2\n3\n");
    assert_string_equal(lane_values(&member, 1, 2), "12\n13\n");
    member_leave(&member);
}

/* A hole must stop the lane with a name for it, not jump. */
static void test_an_offset_that_is_not_there(void **state)
{
    (void)state;
    struct error error = {STATUS_OK, ""};
    make_topics(properties, "hole:1");
    send_numbers("hole", 0, 1, 3);
    struct member member;
    member_join(&member, properties, "holes", "hole");
    member.first_offset = 17;
    member_await(&member, 1);
    enum status status = STATUS_OK;
    int64_t give_up = now_ms() + PATIENCE_MS;
    while (status == STATUS_OK) {
        struct record records[4];
        size_t count;
        assert_true(now_ms() < give_up);
        status = kafka_queue_fetch(member.queues[0], SLICE_MS, records, 4, &count, &error);
        kafka_queue_release(member.queues[0]);
        assert_int_equal(kafka_queue_has_hole(member.queues[0]), status != STATUS_OK);
    }
    assert_int_equal(status, STATUS_FATAL);
    ASSERT_MESSAGE("topic hole, partition 0: offset 17 is not in the log: ");
    member_leave(&member);
}

/* A topic that is made later and matches is seen, and read from its beginning. */
static void test_new_topics_join_the_subscription(void **state)
{
    (void)state;
    const struct kafka_property items[] = {{"bootstrap.servers", bootstrap},
                                           {"topic.metadata.refresh.interval.ms", "500"}};
    make_topics(properties, "new.a:2");
    struct member member;
    member_join(&member, (struct kafka_properties){items, COUNT_OF(items)}, "new", "^new\\..*");
    member_await(&member, 2);
    make_topics(properties, "new.b:2");
    send_numbers("new.b", 1, 5, 5);
    member_await(&member, 4);
    assert_string_equal(lane_values(&member, 1, 1), "5\n");
    member_leave(&member);
}

static int64_t committed(const char *group, const char *topic, int32_t partition)
{
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, why, sizeof why);
    rd_kafka_conf_set(conf, "group.id", group, why, sizeof why);
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, partition);
    assert_int_equal(rd_kafka_committed(client, list, PATIENCE_MS), 0);
    int64_t offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(client);
    return offset;
}

static void await_committed(struct member *member, int64_t offset)
{
    int64_t give_up = now_ms() + PATIENCE_MS;
    struct error error;
    while (committed("lag", "lag.a", 0) != offset) {
        assert_true(now_ms() < give_up);
        ASSERT_OK(kafka_consumer_acknowledge(member->consumer, member->partitions, 1, &error));
        member_serve(member);
        struct record record;
        size_t count;
        ASSERT_OK(kafka_queue_fetch(member->queues[0], 1, &record, 1, &count, &error));
        assert_int_equal(count, 0);
        kafka_queue_release(member->queues[0]);
    }
}

/* Step 14: behind the last record stands the transaction's own mark. A lane that is done
 * acknowledges it too, or the lag never becomes 0; one that is not, does not. Our own word
 * for the lag is the same. */
static void test_acknowledged_past_the_markers(void **state)
{
    (void)state;
    struct error error;
    make_topics(properties, "lag.a:1");
    struct kafka_publisher *publisher = publisher_of("lag", 0);
    ASSERT_OK(publish_one(publisher, "lag.a", "1", 1, &error)); /* offset 0; mark at 1 */
    ASSERT_OK(publish_one(publisher, "lag.a", "2", 2, &error)); /* offset 2; mark at 3 */
    kafka_publisher_destroy(publisher);
    struct member member;
    member_join(&member, properties, "lag", "lag.a");
    member_await(&member, 1);
    assert_string_equal(lane_values(&member, 0, 2), "1\n2\n");
    member.partitions[0].offset = KAFKA_OFFSET_BEGINNING;
    assert_int_equal(kafka_consumer_lag(member.consumer, member.partitions, 1), 4);
    member.partitions[0].offset = 1; /* handed two, done with one */
    assert_int_equal(kafka_consumer_lag(member.consumer, member.partitions, 1), 3);
    await_committed(&member, 1);
    member.partitions[0].offset = 3; /* done with both: the end of the log is 4 */
    await_committed(&member, 4);
    assert_int_equal(kafka_consumer_lag(member.consumer, member.partitions, 1), 0);
    member_leave(&member);
}

/* --- The broker dies ----------------------------------------------------------------- */

static void broker(const char *verb)
{
    char command[1024];
    snprintf(command, sizeof command, "'%s' %s '%s' >/dev/null", getenv("XORCA_TEST_KAFKA_SH"),
             verb, getenv("XORCA_TEST_KAFKA_FOLDER"));
    assert_int_equal(system(command), 0);
}

static void await_happening(struct member *member, enum kafka_happening happening)
{
    int64_t give_up = now_ms() + PATIENCE_MS;
    while (member_serve(member) != happening)
        assert_true(now_ms() < give_up);
}

static void test_broker_is_killed_and_started_again(void **state)
{
    (void)state;
    struct error error;
    size_t bad;
    make_topics(properties, "killed:1");
    struct kafka_publisher *publisher = publisher_of("killed", 0);
    ASSERT_OK(publish_one(publisher, "killed", "1", 1, &error));
    struct member member;
    member_join(&member, properties, "survives", "killed");
    member_await(&member, 1);
    assert_string_equal(lane_values(&member, 0, 1), "1\n");

    broker("kill");
    await_happening(&member, KAFKA_AWAY);
    struct record record = record_of("killed", 0, "k", "lost");
    assert_int_equal(
        kafka_publisher_publish(publisher, &record, 1, marker_of(2), 1000, &bad, &error),
        STATUS_UNAVAILABLE);
    kafka_publisher_destroy(publisher);
    assert_int_equal(kafka_publisher_create(&publisher, properties, DELIVERY_EXACTLY_ONCE, "killed",
                                            0, 1000, &error),
                     STATUS_UNAVAILABLE);
    ASSERT_MESSAGE("Connection refused");

    broker("start");
    await_happening(&member, KAFKA_BACK);
    publisher = publisher_of("killed", 0);
    assert_position(publisher, true, 1);
    ASSERT_OK(publish_one(publisher, "killed", "2", 2, &error));
    assert_string_equal(values_of(bootstrap, "killed", 0, "read_committed"), "1\n2\n");
    kafka_publisher_destroy(publisher);

    /* The group found together again; the same records may come twice, none is missing. */
    int64_t give_up = now_ms() + PATIENCE_MS;
    bool is_read = false;
    while (!is_read) {
        struct record records[4];
        size_t count;
        assert_true(now_ms() < give_up);
        member_serve(&member);
        ASSERT_OK(kafka_queue_fetch(member.queues[0], SLICE_MS, records, 4, &count, &error));
        for (size_t i = 0; i < count; i++)
            is_read = is_read || text_is(records[i].value, "2");
        kafka_queue_release(member.queues[0]);
    }
    member_leave(&member);
}

int main(void)
{
    bootstrap = getenv("XORCA_TEST_KAFKA_BOOTSTRAP");
    if (bootstrap == NULL || getenv("XORCA_TEST_KAFKA_SH") == NULL) {
        fprintf(stderr, "run me by tests/support/kafka.sh run -- %s\n", __FILE__);
        return 1;
    }
    properties = properties_of(bootstrap);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_topics),
        cmocka_unit_test(test_ends_of_a_partition),
        cmocka_unit_test(test_compaction_is_configured),
        cmocka_unit_test(test_missing_topic_is_named),
        cmocka_unit_test(test_missing_marker_topic_is_named),
        cmocka_unit_test(test_a_marker_can_be_looked_at),
        cmocka_unit_test(test_publishing_is_visible_after_commit),
        cmocka_unit_test(test_an_unfinished_transaction_is_never_seen),
        cmocka_unit_test(test_take_over_aborts_what_was_open),
        cmocka_unit_test(test_a_zombie_is_fenced),
        cmocka_unit_test(test_position_after_many_markers),
        cmocka_unit_test(test_position_behind_aborted_transactions),
        cmocka_unit_test(test_position_of_a_lane_that_never_committed),
        cmocka_unit_test(test_a_foreign_marker_is_fatal),
        cmocka_unit_test(test_too_large_records_are_named),
        cmocka_unit_test(test_batches_fit_the_topic),
        cmocka_unit_test(test_a_small_queue_is_waited_for),
        cmocka_unit_test(test_range_aligns_partition_numbers),
        cmocka_unit_test(test_a_static_member_comes_back),
        cmocka_unit_test(test_two_members_of_one_name),
        cmocka_unit_test(test_lanes_keep_order_and_do_not_mix),
        cmocka_unit_test(test_start_at_an_offset),
        cmocka_unit_test(test_partitions_are_assigned_again),
        cmocka_unit_test(test_an_offset_that_is_not_there),
        cmocka_unit_test(test_new_topics_join_the_subscription),
        cmocka_unit_test(test_acknowledged_past_the_markers),
        cmocka_unit_test(test_broker_is_killed_and_started_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
