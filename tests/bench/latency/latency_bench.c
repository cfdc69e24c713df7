/* latency_bench - a service that only passes records on, and a stopwatch for such services.
 *
 *   forward BROKERS FROM TO exactly-once|at-least-once
 *       consumes partition 0 of FROM and produces to TO, by librdkafka and nothing else: with a
 *       transaction that holds records and offsets, or idempotently with offsets afterwards.
 *       Says "ready" and goes on until it is killed.
 *   probe BROKERS SUBJECT COUNT PAUSE_MS FROM TO [FROM TO]...
 *       sends COUNT events of SUBJECT to each FROM, by turns and one at a time, PAUSE_MS or up to
 *       half as long again after the last answer, and prints for each pair a line of JSON with
 *       the milliseconds from each event's acknowledgement to its answer in TO.
 *
 * Both have the worker's properties where these bear on time (adapters/kafka/properties.c). */
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TIMEOUT_MS = 10000, PAIRS_MAX = 8, BATCH_MAX = 200, COUNT_MAX = 100000 };

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "latency_bench: %s: %s\n", what, why);
    exit(1);
}

static void check(const char *what, rd_kafka_resp_err_t code)
{
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        fail(what, rd_kafka_err2str(code));
}

static void check_error(const char *what, rd_kafka_error_t *failure)
{
    if (failure != NULL)
        fail(what, rd_kafka_error_string(failure));
}

static double now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* --- Clients ------------------------------------------------------------------------------ */

struct property {
    const char *name;
    const char *value;
};

static rd_kafka_conf_t *conf_of(const char *brokers, const struct property *properties)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char why[256];
    const struct property common[] = {
        {"bootstrap.servers", brokers}, {"socket.nagle.disable", "true"}, {NULL, NULL}};
    const struct property *lists[] = {common, properties};
    for (size_t list = 0; list < 2; list++)
        for (const struct property *p = lists[list]; p->name != NULL; p++)
            if (rd_kafka_conf_set(conf, p->name, p->value, why, sizeof why) != RD_KAFKA_CONF_OK)
                fail(p->name, why);
    return conf;
}

static rd_kafka_t *client_of(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    char why[256];
    rd_kafka_t *client = rd_kafka_new(type, conf, why, sizeof why);
    if (client == NULL)
        fail("client", why);
    return client;
}

/* Reads partition 0 of `topic` from its end as it is now. */
static rd_kafka_t *consumer_of(const char *brokers, const char *group, const char *topic)
{
    const struct property own[] = {{"group.id", group},
                                   {"enable.auto.commit", "false"},
                                   {"isolation.level", "read_committed"},
                                   {NULL, NULL}};
    rd_kafka_t *client = client_of(RD_KAFKA_CONSUMER, conf_of(brokers, own));
    check("poll", rd_kafka_poll_set_consumer(client));
    int64_t low, high;
    check(topic, rd_kafka_query_watermark_offsets(client, topic, 0, &low, &high, TIMEOUT_MS));
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, 0)->offset = high;
    check("assign", rd_kafka_assign(client, list));
    rd_kafka_topic_partition_list_destroy(list);
    return client;
}

/* A first record to a topic whose metadata is not there waits up to a second. */
static rd_kafka_topic_t *topic_of(rd_kafka_t *client, const char *name)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
    const struct rd_kafka_metadata *metadata;
    if (topic == NULL)
        fail(name, rd_kafka_err2str(rd_kafka_last_error()));
    check(name, rd_kafka_metadata(client, 0, topic, &metadata, TIMEOUT_MS));
    rd_kafka_metadata_destroy(metadata);
    return topic;
}

/* A copy, to partition 0; the headers are taken over. */
static void produce(rd_kafka_t *client, rd_kafka_topic_t *topic, void *key, size_t key_size,
                    void *value, size_t value_size, rd_kafka_headers_t *headers)
{
    const rd_kafka_vu_t arguments[] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = 0},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {key, key_size}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {value, value_size}},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    check_error("produce",
                rd_kafka_produceva(client, arguments, sizeof arguments / sizeof arguments[0]));
}

/* --- Forwarding --------------------------------------------------------------------------- */

struct forwarder {
    rd_kafka_t *consumer;
    rd_kafka_t *producer;
    rd_kafka_queue_t *queue;
    rd_kafka_topic_t *to;
    rd_kafka_consumer_group_metadata_t *group;
    rd_kafka_topic_partition_list_t *offsets;
    bool is_transactional;
};

static rd_kafka_t *producer_of(const char *brokers, bool is_transactional)
{
    const struct property plain[] = {
        {"enable.idempotence", "true"}, {"linger.ms", "0"}, {NULL, NULL}};
    const struct property transactional[] = {{"transactional.id", "bench-forward"},
                                             {"linger.ms", "0"},
                                             {"retry.backoff.ms", "10"},
                                             {NULL, NULL}};
    rd_kafka_t *client =
        client_of(RD_KAFKA_PRODUCER, conf_of(brokers, is_transactional ? transactional : plain));
    if (is_transactional)
        check_error("init transactions", rd_kafka_init_transactions(client, TIMEOUT_MS));
    return client;
}

static void pass_on(struct forwarder *forwarder, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers = NULL;
    if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR)
        headers = rd_kafka_headers_copy(headers);
    produce(forwarder->producer, forwarder->to, message->key, message->key_len, message->payload,
            message->len, headers);
    forwarder->offsets->elems[0].offset = message->offset + 1;
}

static void settle(struct forwarder *forwarder)
{
    if (forwarder->is_transactional) {
        check_error("send offsets",
                    rd_kafka_send_offsets_to_transaction(forwarder->producer, forwarder->offsets,
                                                         forwarder->group, TIMEOUT_MS));
        check_error("commit", rd_kafka_commit_transaction(forwarder->producer, TIMEOUT_MS));
    } else {
        check("flush", rd_kafka_flush(forwarder->producer, TIMEOUT_MS));
        check("commit", rd_kafka_commit(forwarder->consumer, forwarder->offsets, 1));
    }
}

/* What there is, as one transaction. */
static void forward_batch(struct forwarder *forwarder)
{
    rd_kafka_message_t *messages[BATCH_MAX];
    ssize_t count = rd_kafka_consume_batch_queue(forwarder->queue, -1, messages, 1);
    if (count == 1) {
        ssize_t more =
            rd_kafka_consume_batch_queue(forwarder->queue, 0, messages + 1, BATCH_MAX - 1);
        count += more > 0 ? more : 0;
    }
    if (count > 0 && forwarder->is_transactional)
        check_error("begin", rd_kafka_begin_transaction(forwarder->producer));
    for (ssize_t i = 0; i < count; i++) {
        check("consume", messages[i]->err);
        pass_on(forwarder, messages[i]);
        rd_kafka_message_destroy(messages[i]);
    }
    if (count > 0)
        settle(forwarder);
}

static void forward(const char *brokers, const char *from, const char *to, const char *delivery)
{
    struct forwarder forwarder = {.is_transactional = strcmp(delivery, "exactly-once") == 0};
    forwarder.consumer = consumer_of(brokers, "bench-forward", from);
    forwarder.queue = rd_kafka_queue_get_consumer(forwarder.consumer);
    forwarder.producer = producer_of(brokers, forwarder.is_transactional);
    forwarder.to = topic_of(forwarder.producer, to);
    forwarder.group = rd_kafka_consumer_group_metadata(forwarder.consumer);
    forwarder.offsets = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(forwarder.offsets, from, 0);
    puts("ready");
    fflush(stdout);
    for (;;)
        forward_batch(&forwarder);
}

/* --- The stopwatch ------------------------------------------------------------------------ */

struct pair {
    const char *from;
    const char *to;
    rd_kafka_topic_t *from_topic;
    rd_kafka_t *reader; /* of `to` */
    double *waited_ms;
};

struct probe {
    rd_kafka_t *producer;
    char *subject;
    struct pair pairs[PAIRS_MAX];
    size_t pair_count;
    double acknowledged_ms; /* of the event at hand; 0: not yet */
};

static void note_acknowledged(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    struct probe *probe = opaque;
    (void)client;
    check("event", message->err);
    probe->acknowledged_ms = now_ms();
}

static rd_kafka_headers_t *event_headers(const struct probe *probe, const char *type,
                                         const char *id)
{
    const struct property attributes[] = {
        {"ce_specversion", "1.0"},      {"ce_id", id},
        {"ce_source", "/bench"},        {"ce_type", type},
        {"ce_subject", probe->subject}, {"content-type", "application/json"}};
    size_t count = sizeof attributes / sizeof attributes[0];
    rd_kafka_headers_t *headers = rd_kafka_headers_new(count);
    for (size_t i = 0; i < count; i++)
        check("header",
              rd_kafka_header_add(headers, attributes[i].name, -1, attributes[i].value, -1));
    return headers;
}

/* In CloudEvents' binary mode, until the broker has it. */
static void send_event(struct probe *probe, const struct pair *pair, int64_t number)
{
    char id[64], data[64];
    snprintf(id, sizeof id, "%s-%" PRId64, pair->from, number);
    snprintf(data, sizeof data, "{\"number\":%" PRId64 "}", number);
    probe->acknowledged_ms = 0;
    produce(probe->producer, pair->from_topic, probe->subject, strlen(probe->subject), data,
            strlen(data), event_headers(probe, pair->from, id));
    while (probe->acknowledged_ms <= 0)
        rd_kafka_poll(probe->producer, TIMEOUT_MS);
}

static double await_answer(const struct pair *pair)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(pair->reader, TIMEOUT_MS);
    if (message == NULL)
        fail(pair->to, "no answer in time");
    double at_ms = now_ms();
    check(pair->to, message->err);
    rd_kafka_message_destroy(message);
    return at_ms;
}

/* Not in step with anything that beats. */
static void pause_about(int pause_ms)
{
    double ms = pause_ms * (1 + (double)rand() / RAND_MAX / 2);
    struct timespec nap = {.tv_sec = (time_t)(ms / 1000),
                           .tv_nsec = (long)((ms - (double)(time_t)(ms / 1000) * 1000) * 1e6)};
    nanosleep(&nap, NULL);
}

static void print_pair(const struct pair *pair, size_t count)
{
    printf("{\"from\":\"%s\",\"to\":\"%s\",\"ms\":[", pair->from, pair->to);
    for (size_t i = 0; i < count; i++)
        printf("%s%.3f", i == 0 ? "" : ",", pair->waited_ms[i]);
    puts("]}");
}

static void open_probe(struct probe *probe, const char *brokers, char **names)
{
    const struct property own[] = {{"linger.ms", "0"}, {"acks", "all"}, {NULL, NULL}};
    rd_kafka_conf_t *conf = conf_of(brokers, own);
    rd_kafka_conf_set_opaque(conf, probe);
    rd_kafka_conf_set_dr_msg_cb(conf, note_acknowledged);
    probe->producer = client_of(RD_KAFKA_PRODUCER, conf);
    for (; names[0] != NULL && names[1] != NULL && probe->pair_count < PAIRS_MAX; names += 2)
        probe->pairs[probe->pair_count++] = (struct pair){
            .from = names[0],
            .to = names[1],
            .from_topic = topic_of(probe->producer, names[0]),
            .reader = consumer_of(brokers, "bench-probe", names[1]),
        };
}

static void probe(const char *brokers, char *subject, size_t count, int pause_ms, char **names)
{
    struct probe probe = {.subject = subject};
    open_probe(&probe, brokers, names);
    for (size_t p = 0; p < probe.pair_count; p++)
        if ((probe.pairs[p].waited_ms = calloc(count, sizeof(double))) == NULL)
            fail("memory", "out of it");
    int64_t begun = (int64_t)time(NULL) * COUNT_MAX; /* of a probe before, each id is another's */
    for (size_t i = 0; i < count; i++)
        for (size_t p = 0; p < probe.pair_count; p++) {
            struct pair *pair = &probe.pairs[p];
            pause_about(pause_ms);
            send_event(&probe, pair, begun + (int64_t)i);
            pair->waited_ms[i] = await_answer(pair) - probe.acknowledged_ms;
        }
    for (size_t p = 0; p < probe.pair_count; p++)
        print_pair(&probe.pairs[p], count);
}

int main(int argument_count, char **arguments)
{
    long count = argument_count > 4 ? strtol(arguments[4], NULL, 10) : 0;
    if (argument_count == 6 && strcmp(arguments[1], "forward") == 0)
        forward(arguments[2], arguments[3], arguments[4], arguments[5]);
    else if (argument_count >= 8 && strcmp(arguments[1], "probe") == 0 && count > 0 &&
             count <= COUNT_MAX)
        probe(arguments[2], arguments[3], (size_t)count, atoi(arguments[5]), arguments + 6);
    else
        fail("usage", "forward BROKERS FROM TO DELIVERY, or "
                      "probe BROKERS SUBJECT COUNT PAUSE_MS FROM TO...");
    return 0;
}
