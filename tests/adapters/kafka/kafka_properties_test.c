/* Properties, subscriptions, topic names: what is refused before any broker is asked. */
#include "adapters/kafka/marker.h"
#include "adapters/kafka/subscription.h"
#include "adapters/kafka/topics.h"
#include "tests/adapters/kafka/fixture.h"

/* Names and ranges: librdkafka's CONFIGURATION.md. */
static const struct property_case {
    const char *name;
    const char *value;
    enum status status;
    const char *message;
} property_cases[] = {
    {"bootstrap.servers", "a:9092,b:9092", STATUS_OK, ""},
    {"metadata.broker.list", "a:9092", STATUS_OK, ""},
    {"security.protocol", "sasl_ssl", STATUS_OK, ""},
    {"fetch.wait.max.ms", "5", STATUS_OK, ""},
    {"session.timeout.ms", "6000", STATUS_OK, ""},
    {"group.instance.id", "worker-0", STATUS_OK, ""},
    {"bootstrap.server", "a", STATUS_REJECTED, "did you mean bootstrap.servers?"},
    {"sesion.timeout.ms", "1", STATUS_REJECTED, "did you mean session.timeout.ms?"},
    {"zzzzzzzzzzzzzzzzzz", "1", STATUS_REJECTED, "has no property zzzzzzzzzzzzzzzzzz"},
    {"%s%n", "1", STATUS_REJECTED, "has no property %s%n"},
    {"", "1", STATUS_REJECTED, "has no property"},
    {"session.timeout.ms", "soon", STATUS_REJECTED, "property session.timeout.ms: "},
    {"session.timeout.ms", "0", STATUS_REJECTED, "property session.timeout.ms: "},
    {"security.protocol", "carrier-pigeon", STATUS_REJECTED, "property security.protocol: "},
    {"rebalance_cb", "1", STATUS_REJECTED, "property rebalance_cb: "},
    {"group.id", "g", STATUS_REJECTED, "group.id is not a setting"},
    {"transactional.id", "t", STATUS_REJECTED, "transactional.id is not a setting"},
    {"enable.auto.commit", "true", STATUS_REJECTED, "enable.auto.commit is not a setting"},
    {"isolation.level", "read_uncommitted", STATUS_REJECTED, "isolation.level is not a setting"},
    {"auto.offset.reset", "latest", STATUS_REJECTED, "auto.offset.reset is not a setting"},
    {"acks", "1", STATUS_REJECTED, "acks is not a setting"},
    {"request.required.acks", "1", STATUS_REJECTED, "request.required.acks is not a setting"},
    {"partitioner", "random", STATUS_REJECTED, "partitioner is not a setting"},
    {"partition.assignment.strategy", "cooperative-sticky", STATUS_REJECTED, "is not a setting"},
};

static void test_properties(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(property_cases); i++) {
        const struct property_case *row = &property_cases[i];
        struct error error = {STATUS_OK, ""};
        CHECK_ROW(row->name, kafka_property_check(row->name, row->value, &error) == row->status);
        if (strstr(error.message, row->message) == NULL)
            fail_msg("%s: \"%s\" is not in: %s", row->name, row->message, error.message);
    }
}

static void test_property_exists(void **state)
{
    (void)state;
    assert_true(kafka_property_exists("bootstrap.servers"));
    assert_true(kafka_property_exists("compression.type"));
    assert_true(kafka_property_exists("ssl.ca.location"));
    assert_false(kafka_property_exists("ssl.ca.locations"));
    assert_false(kafka_property_exists(""));
}

/* A consumer's property must not trouble a producer, nor the other way round; each client
 * takes the whole list. */
static void test_properties_of_the_other_kind(void **state)
{
    (void)state;
    const struct kafka_property items[] = {
        {"bootstrap.servers", "127.0.0.1:1"}, {"fetch.wait.max.ms", "7"}, {"linger.ms", "3"}};
    struct kafka_properties properties = {items, COUNT_OF(items)};
    const char *const subscription[] = {"a"};
    struct error error;
    struct kafka_producer *producer;
    struct kafka_consumer *consumer;
    ASSERT_OK(kafka_producer_create(&producer, properties, &error));
    kafka_producer_destroy(producer);
    ASSERT_OK(kafka_consumer_create(&consumer, properties, "g", subscription, 1, &error));
    kafka_consumer_destroy(consumer);
}

/* Each fine alone, refused together: librdkafka's reason comes through. */
static void test_properties_that_contradict(void **state)
{
    (void)state;
    const struct kafka_property items[] = {{"bootstrap.servers", "127.0.0.1:1"},
                                           {"message.timeout.ms", "60000"},
                                           {"transaction.timeout.ms", "10000"}};
    struct kafka_properties properties = {items, COUNT_OF(items)};
    struct error error;
    struct kafka_publisher *publisher;
    assert_int_equal(
        kafka_publisher_create(&publisher, properties, DELIVERY_EXACTLY_ONCE, "g", 0, 100, &error),
        STATUS_REJECTED);
    ASSERT_MESSAGE("transaction.timeout.ms");
}

static const struct subscription_case {
    const char *pattern;
    const char *topic;
    bool matches;
} subscription_cases[] = {
    {"^evt\\..*", "evt.books", true},
    {"^evt\\..*", "evtXbooks", false},
    {"^evt\\..*", "sub.evt.books", false},
    {"^(evt\\..*|sys\\..*|xorca\\..*\\.start)$", "xorca.books.start", true},
    {"^(evt\\..*|sys\\..*|xorca\\..*\\.start)$", "xorca.books.start.error", false},
    {"evt.books", "evt.books", true},
    {"evt.books", "evtXbooks", false}, /* a name, not an expression */
};

static void test_subscriptions(void **state)
{
    (void)state;
    struct error error;
    for (size_t i = 0; i < COUNT_OF(subscription_cases); i++) {
        const struct subscription_case *row = &subscription_cases[i];
        struct subscription *subscription;
        ASSERT_OK(subscription_create(&subscription, &row->pattern, 1, &error));
        CHECK_ROW(row->pattern, subscription_matches(subscription, row->topic) == row->matches);
        subscription_destroy(subscription);
    }
}

static void test_a_subscription_that_is_none(void **state)
{
    (void)state;
    const struct kafka_property items[] = {{"bootstrap.servers", "127.0.0.1:1"}};
    struct kafka_properties properties = {items, COUNT_OF(items)};
    const char *const broken[] = {"fine", "^evt\\.(.*"};
    struct error error;
    struct kafka_consumer *consumer;
    struct kafka_reader *reader;
    assert_int_equal(kafka_consumer_create(&consumer, properties, "g", broken, 2, &error),
                     STATUS_REJECTED);
    ASSERT_MESSAGE("\"^evt\\.(.*\" is no regular expression: ");
    assert_int_equal(
        kafka_reader_create(&reader, properties, NULL, broken, 2, KAFKA_FROM_END, &error),
        STATUS_REJECTED);
    ASSERT_MESSAGE("\"^evt\\.(.*\" is no regular expression: ");
    assert_int_equal(kafka_consumer_create(&consumer, properties, "g", NULL, 0, &error),
                     STATUS_REJECTED);
    ASSERT_MESSAGE("names no topic");
}

static void test_topic_names(void **state)
{
    (void)state;
    char name[TOPIC_NAME_SIZE];
    char longest[300];
    memset(longest, 'a', sizeof longest);
    struct error error;
    ASSERT_OK(topic_name(name, (struct text){longest, 249}, &error));
    assert_int_equal(strlen(name), 249);
    assert_int_equal(topic_name(name, (struct text){longest, 250}, &error), STATUS_REJECTED);
    ASSERT_MESSAGE("250 characters, Kafka allows 249");
    assert_int_equal(topic_name(name, TEXT(""), &error), STATUS_REJECTED);
    assert_int_equal(topic_name(name, TEXT("a\0b"), &error), STATUS_REJECTED);
}

/* --- Markers ---------------------------------------------------------------------- */

static const struct marker marker = {
    .sequence = INT64_MAX,
    .epoch = -1,
    .incarnation = {{0x0f, 0x8f, 0xad, 0x5b, 0xd9, 0xcb, 0x46, 0x9f, 0xa1, 0x65, 0x70, 0x86, 0x77,
                     0x28, 0x95, 0x0e}},
};
#define UUID "0f8fad5b-d9cb-469f-a165-70867728950e" /* RFC 9562's form of those bytes */

static void test_marker_text(void **state)
{
    (void)state;
    char buffer[MARKER_VALUE_SIZE];
    ASSERT_TEXT(marker_write(buffer, marker),
                TEXT("{\"seq\":9223372036854775807,\"epoch\":-1,\"incarnation\":\"" UUID "\"}"));
    struct marker read;
    struct error error;
    ASSERT_OK(marker_read(marker_write(buffer, marker), &read, &error));
    assert_memory_equal(&read, &marker, sizeof marker);
}

static void test_longest_marker_fits(void **state)
{
    (void)state;
    char buffer[MARKER_VALUE_SIZE];
    struct marker longest = {INT64_MIN, INT64_MIN, marker.incarnation};
    struct text text = marker_write(buffer, longest);
    assert_int_equal(text.data[text.size - 1], '}');
}

static const struct marker_case {
    const char *value;
    const char *message; /* NULL: it is a marker */
} marker_cases[] = {
    {"{\"seq\":1,\"epoch\":2,\"incarnation\":\"" UUID "\"}", NULL},
    {"{\"seq\":1,\"epoch\":2,\"incarnation\":\"0F8FAD5B-D9CB-469F-A165-70867728950E\"}", NULL},
    {" {\"epoch\":2, \"seq\":1, \"later\":[{}], \"incarnation\":\"" UUID "\"} ", NULL},
    {"", "line 1"},
    {"{\"seq\":1,", "line 1"},
    {"[]", "this is array"},
    {"{\"epoch\":2,\"incarnation\":\"" UUID "\"}", "seq is missing"},
    {"{\"seq\":1.0,\"epoch\":2,\"incarnation\":\"" UUID "\"}", "seq is no 64-bit integer"},
    {"{\"seq\":9223372036854775808,\"epoch\":2,\"incarnation\":\"" UUID "\"}",
     "seq is no 64-bit integer"},
    {"{\"seq\":1,\"epoch\":\"2\",\"incarnation\":\"" UUID "\"}", "epoch is no 64-bit integer"},
    {"{\"seq\":1,\"epoch\":2}", "incarnation is no UUID"},
    {"{\"seq\":1,\"epoch\":2,\"incarnation\":\"0f8fad5bd9cb469fa16570867728950e\"}",
     "incarnation is no UUID"},
    {"{\"seq\":1,\"epoch\":2,\"incarnation\":\"0f8fad5b-d9cb-469f-a165-70867728950g\"}",
     "incarnation is no UUID"},
    {"{\"seq\":1,\"epoch\":2,\"incarnation\":\"0f8fad5b-d9cb-469f-a165+70867728950e\"}",
     "incarnation is no UUID"},
};

static void test_marker_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(marker_cases); i++) {
        const struct marker_case *row = &marker_cases[i];
        struct marker read;
        struct error error = {STATUS_OK, ""};
        enum status status = marker_read(text_of(row->value), &read, &error);
        CHECK_ROW(row->value, status == (row->message == NULL ? STATUS_OK : STATUS_REJECTED));
        if (row->message != NULL && strstr(error.message, row->message) == NULL)
            fail_msg("%s: %s", row->value, error.message);
        CHECK_ROW(row->value, row->message != NULL ||
                                  (read.sequence == 1 && read.epoch == 2 &&
                                   memcmp(&read.incarnation, &marker.incarnation, 16) == 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_properties),
        cmocka_unit_test(test_property_exists),
        cmocka_unit_test(test_properties_of_the_other_kind),
        cmocka_unit_test(test_properties_that_contradict),
        cmocka_unit_test(test_subscriptions),
        cmocka_unit_test(test_a_subscription_that_is_none),
        cmocka_unit_test(test_topic_names),
        cmocka_unit_test(test_marker_text),
        cmocka_unit_test(test_longest_marker_fits),
        cmocka_unit_test(test_marker_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
