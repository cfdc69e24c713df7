#include "adapters/kafka/sender.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/kafka/deadline.h"
#include "adapters/kafka/errors.h"

/* Between two looks at a queue that is full. */
enum { QUEUE_FULL_WAIT_MS = 10 };
/* Between two looks at what became of the records of a transaction. */
enum { FLUSH_SLICE_MS = 50 };
/* What the record format takes beside keys, values and headers (KIP-98, message format 2:
 * lengths and deltas as variable-length integers), as librdkafka reckons with. */
enum { RECORD_OVERHEAD = 36, HEADER_OVERHEAD = 2 };

/* --- Callbacks: they note, and act on nothing ----------------------------------- */

static void note_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    (void)client;
    struct sender *sender = opaque;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        sender->delivered++;
        return;
    }
    /* When one record fails a transaction, those that wait behind it are thrown out, and
     * may be told of first. */
    bool is_consequence = message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
                          message->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
    if (is_consequence) {
        sender->purged++;
    } else {
        sender->failed++;
        sender->failed_size += message->len;
    }
    bool is_first =
        is_consequence ? sender->purged == 1 && sender->failed == 0 : sender->failed == 1;
    if (!is_first)
        return;
    sender->failure = message->err;
    sender->failed_record = message->_private;
    snprintf(sender->failed_topic, sizeof sender->failed_topic, "%s",
             rd_kafka_topic_name(message->rkt));
}

static void note_error(rd_kafka_t *client, int code, const char *reason, void *opaque)
{
    (void)client;
    struct sender *sender = opaque;
    if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        snprintf(sender->transport, sizeof sender->transport, "%s", reason);
}

/* --- Beginning and end ---------------------------------------------------------- */

/* A number of bytes; without a limit where librdkafka has no such property. */
static size_t read_size(const rd_kafka_conf_t *conf, const char *name)
{
    char value[32];
    size_t size = sizeof value;
    if (rd_kafka_conf_get(conf, name, value, &size) != RD_KAFKA_CONF_OK)
        return SIZE_MAX;
    return (size_t)strtoull(value, NULL, 10);
}

enum status sender_init(struct sender *sender, enum kafka_role role,
                        struct kafka_properties properties, const struct kafka_property *own,
                        struct error *error)
{
    *sender = (struct sender){0};
    rd_kafka_conf_t *conf;
    enum status status = kafka_conf_create(&conf, role, properties, own, error);
    if (status != STATUS_OK)
        return status;
    rd_kafka_conf_set_opaque(conf, sender);
    rd_kafka_conf_set_dr_msg_cb(conf, note_delivery);
    rd_kafka_conf_set_error_cb(conf, note_error);
    sender->is_transactional = role == ROLE_TRANSACTIONAL;
    sender->record_size_max = read_size(conf, "message.max.bytes");
    sender->batch_size = read_size(conf, "batch.size");
    return kafka_client_create(&sender->client, role, conf, error);
}

void sender_reset(struct sender *sender)
{
    topic_set_destroy(&sender->topics);
    if (sender->client == NULL)
        return;
    rd_kafka_purge(sender->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                       RD_KAFKA_PURGE_F_NON_BLOCKING);
    rd_kafka_destroy(sender->client);
    sender->client = NULL;
}

/* --- Sending -------------------------------------------------------------------- */

static size_t wire_size(const struct record *record)
{
    size_t size = RECORD_OVERHEAD + record->key.size + record->value.size;
    for (size_t i = 0; i < record->header_count; i++)
        size += HEADER_OVERHEAD + record->headers[i].name.size + record->headers[i].value.size;
    return size;
}

enum status sender_check_size(const struct sender *sender, const struct record *record,
                              struct error *error)
{
    size_t size = wire_size(record);
    if (size <= sender->record_size_max)
        return STATUS_OK;
    return error_set(error, STATUS_REJECTED,
                     "topic %.*s: the record has %zu bytes, message.max.bytes allows %zu",
                     TEXT_ARGS(record->topic), size, sender->record_size_max);
}

bool sender_fills_batch(const struct sender *sender, const struct record *record)
{
    return wire_size(record) >= sender->batch_size;
}

static rd_kafka_headers_t *headers_create(const struct record *record)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(record->header_count);
    for (size_t i = 0; i < record->header_count; i++)
        rd_kafka_header_add(headers, record->headers[i].name.data,
                            (ssize_t)record->headers[i].name.size, record->headers[i].value.data,
                            (ssize_t)record->headers[i].value.size);
    return headers;
}

/* librdkafka's arguments take no const, also where it only reads, or not even that. */
static void *unconst(const void *data)
{
    void *same;
    memcpy(&same, &data, sizeof same);
    return same;
}

/* One try. The headers are librdkafka's if it succeeds. */
static rd_kafka_error_t *produce(struct sender *sender, rd_kafka_topic_t *topic,
                                 const struct record *record, rd_kafka_headers_t *headers)
{
    const rd_kafka_vu_t arguments[] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = record->partition},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {unconst(record->key.data), record->key.size}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {unconst(record->value.data), record->value.size}},
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = record->timestamp_ms},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = unconst(record)},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    size_t count = sizeof arguments / sizeof arguments[0];
    return rd_kafka_produceva(sender->client, arguments, headers == NULL ? count - 1 : count);
}

static enum status send_to(struct sender *sender, rd_kafka_topic_t *topic,
                           const struct record *record, int64_t deadline, struct error *error)
{
    rd_kafka_headers_t *headers = record->header_count == 0 ? NULL : headers_create(record);
    for (;;) {
        rd_kafka_error_t *failure = produce(sender, topic, record, headers);
        if (failure == NULL)
            return STATUS_OK;
        bool is_full = rd_kafka_error_code(failure) == RD_KAFKA_RESP_ERR__QUEUE_FULL;
        if (!is_full || deadline_remains_ms(deadline) == 0) {
            if (headers != NULL)
                rd_kafka_headers_destroy(headers);
            return sender_error(sender, failure, rd_kafka_topic_name(topic), error);
        }
        rd_kafka_error_destroy(failure);
        rd_kafka_poll(sender->client, deadline_slice_ms(deadline, QUEUE_FULL_WAIT_MS));
    }
}

/* For a topic that refused a batch: what was sent leaves first, when this is too much. */
static enum status make_room(struct sender *sender, const struct topic *topic, size_t size,
                             int64_t deadline, struct error *error)
{
    if (topic->together_max == 0 || topic->unflushed == 0 ||
        topic->unflushed + size <= topic->together_max)
        return STATUS_OK;
    enum status status = sender_flush(sender, deadline, error);
    return status == STATUS_OK ? sender_outcome(sender, error) : status;
}

enum status sender_send(struct sender *sender, const struct record *record, int64_t deadline,
                        struct error *error)
{
    struct topic *topic;
    enum status status =
        topic_set_find(&sender->topics, sender->client, record->topic, deadline, &topic, error);
    if (status == STATUS_OK)
        status = make_room(sender, topic, wire_size(record), deadline, error);
    if (status == STATUS_OK)
        status = send_to(sender, topic->handle, record, deadline, error);
    if (status == STATUS_OK) {
        topic->unflushed += wire_size(record);
        topic->is_sent_to = true;
    }
    return status;
}

enum status sender_flush(struct sender *sender, int64_t deadline, struct error *error)
{
    rd_kafka_resp_err_t code;
    do {
        int slice_ms = sender->is_transactional ? deadline_slice_ms(deadline, FLUSH_SLICE_MS)
                                                : deadline_remains_ms(deadline);
        code = rd_kafka_flush(sender->client, slice_ms);
        if (sender->is_transactional && sender->failed > 0)
            return STATUS_OK;
    } while (code == RD_KAFKA_RESP_ERR__TIMED_OUT && deadline_remains_ms(deadline) > 0);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        for (size_t i = 0; i < sender->topics.count; i++)
            sender->topics.items[i].unflushed = 0;
        return STATUS_OK;
    }
    return sender_error(sender, rd_kafka_error_new(code, "%s", rd_kafka_err2str(code)),
                        "waiting for the brokers to take the records", error);
}

/* --- What became of it ---------------------------------------------------------- */

enum status sender_outcome(const struct sender *sender, struct error *error)
{
    if (sender->failed == 0 && sender->purged == 0)
        return STATUS_OK;
    char text[512];
    rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(sender->client, text, sizeof text);
    if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR)
        return error_set(error, kafka_status_of(fatal), "topic %s: %s", sender->failed_topic, text);
    if (sender->failure == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
        return error_set(error, STATUS_UNAVAILABLE,
                         "topic %s does not exist: `xorca topics --create` makes it",
                         sender->failed_topic);
    return kafka_error_set(error, sender->failure, "topic %s", sender->failed_topic);
}

void sender_narrow(struct sender *sender)
{
    for (size_t i = 0; i < sender->topics.count; i++) {
        struct topic *topic = &sender->topics.items[i];
        if (strcmp(rd_kafka_topic_name(topic->handle), sender->failed_topic) == 0)
            topic->together_max = sender->failed_size / 2 + 1;
    }
}

void sender_forget(struct sender *sender)
{
    sender->delivered = 0;
    sender->failed = 0;
    sender->failed_size = 0;
    sender->purged = 0;
    sender->failure = RD_KAFKA_RESP_ERR_NO_ERROR;
    sender->failed_record = NULL;
    sender->failed_topic[0] = '\0';
    for (size_t i = 0; i < sender->topics.count; i++)
        sender->topics.items[i].is_sent_to = false;
}

/* A transaction that may not write to one of its topics is not told to which: these they are. */
static enum status name_topics(const struct sender *sender, struct error *error)
{
    char names[512] = "";
    size_t used = 0;
    for (size_t i = 0; i < sender->topics.count && used < sizeof names; i++) {
        const struct topic *topic = &sender->topics.items[i];
        if (topic->is_sent_to)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
                                     used == 0 ? "" : ", ", rd_kafka_topic_name(topic->handle));
    }
    return error_context(error, "one of the topics %s", names);
}

/* librdkafka ends its texts in how long it had tried, "(after 3 ms)", "(after 0ms in state CONNECT,
 * 2 identical error(s) suppressed)". A reason that is the same must read the same, or it is logged
 * at each attempt. */
static void forget_durations(char *message)
{
    for (char *from = strstr(message, " (after "); from != NULL; from = strstr(from, " (after ")) {
        char *to = from + 2;
        for (int open = 1; open > 0 && *to != '\0'; to++)
            open += (*to == '(') - (*to == ')');
        memmove(from, to, strlen(to) + 1);
    }
}

enum status sender_error(struct sender *sender, rd_kafka_error_t *failure, const char *what,
                         struct error *error)
{
    rd_kafka_poll(sender->client, 0); /* serves note_error */
    char text[512];
    rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(sender->client, text, sizeof text);
    rd_kafka_resp_err_t code = rd_kafka_error_code(failure);
    if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR)
        error_set(error, kafka_status_of(fatal), "%s: %s", what, text);
    else if (code == RD_KAFKA_RESP_ERR__TIMED_OUT && sender->transport[0] != '\0')
        error_set(error, kafka_status_of(code), "%s: %s: %s", what, rd_kafka_error_string(failure),
                  sender->transport);
    else
        error_set(error, kafka_status_of(code), "%s: %s", what, rd_kafka_error_string(failure));
    forget_durations(error->message);
    if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        name_topics(sender, error);
    rd_kafka_error_destroy(failure);
    return error->status;
}
