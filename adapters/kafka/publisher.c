/* Steps 3, 4, 12 and 13 of the protocol. One rule for errors: what librdkafka calls
 * retriable is tried again until the deadline; after anything else the caller destroys the
 * publisher and takes the lane over anew, which decides what was left open. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "adapters/kafka/deadline.h"
#include "adapters/kafka/errors.h"
#include "adapters/kafka/marker.h"
#include "adapters/kafka/position.h"
#include "adapters/kafka/sender.h"

struct kafka_publisher {
    struct sender sender;
    enum delivery delivery;
    int32_t lane;
    char marker_topic[TOPIC_NAME_SIZE];
    rd_kafka_conf_t *position_conf; /* for step 4; copied at each use */
    bool is_open;                   /* a transaction that was begun and has not ended */
    bool was_refused;               /* the last attempt, by a broker: a record too large */
    bool was_narrowed;              /* in the last attempt: the next one sends smaller batches */
};

/* Before a call that can be resumed is made again. */
enum { CALL_AGAIN_MS = 10 };

/* For the end of a transaction that nobody wants any more. */
enum { FAREWELL_TIMEOUT_MS = 500 };

/* --- Step 3 ---------------------------------------------------------------------- */

/* Calls again what librdkafka says can be called again, which resumes it. */
static enum status call_until_done(struct sender *sender,
                                   rd_kafka_error_t *(*call)(rd_kafka_t *client, int timeout_ms),
                                   const char *what, int64_t deadline, struct error *error)
{
    for (;;) {
        rd_kafka_error_t *failure = call(sender->client, deadline_remains_ms(deadline));
        if (failure == NULL)
            return STATUS_OK;
        if (!rd_kafka_error_is_retriable(failure) || deadline_remains_ms(deadline) == 0)
            return sender_error(sender, failure, what, error);
        rd_kafka_error_destroy(failure);
        rd_kafka_poll(sender->client, deadline_slice_ms(deadline, CALL_AGAIN_MS));
    }
}

/* The end of a partition is told by the first Fetch that finds nothing: at once. */
static enum status position_conf(rd_kafka_conf_t **out, struct kafka_properties properties,
                                 struct error *error)
{
    const struct kafka_property reading[] = {{"fetch.wait.max.ms", "0"}, {NULL, NULL}};
    return kafka_conf_create(out, ROLE_POSITION, properties, reading, error);
}

static enum status open_exactly_once(struct kafka_publisher *publisher,
                                     struct kafka_properties properties, const char *group,
                                     int64_t deadline, struct error *error)
{
    char id[TOPIC_NAME_SIZE + 16];
    snprintf(id, sizeof id, "%s-%" PRId32, group, publisher->lane);
    const struct kafka_property own[] = {{"transactional.id", id}, {NULL, NULL}};
    enum status status = marker_topic(publisher->marker_topic, group, error);
    if (status == STATUS_OK)
        status = position_conf(&publisher->position_conf, properties, error);
    if (status == STATUS_OK)
        status = sender_init(&publisher->sender, ROLE_TRANSACTIONAL, properties, own, error);
    if (status == STATUS_OK)
        status = call_until_done(&publisher->sender, rd_kafka_init_transactions,
                                 "initialise transactions", deadline, error);
    return status;
}

enum status kafka_publisher_create(struct kafka_publisher **out, struct kafka_properties properties,
                                   enum delivery delivery, const char *group, int32_t lane,
                                   int timeout_ms, struct error *error)
{
    struct kafka_publisher *publisher = calloc(1, sizeof *publisher);
    if (publisher == NULL)
        return error_memory(error);
    publisher->delivery = delivery;
    publisher->lane = lane;
    enum status status =
        delivery == DELIVERY_EXACTLY_ONCE
            ? open_exactly_once(publisher, properties, group, deadline_after(timeout_ms), error)
            : sender_init(&publisher->sender, ROLE_PRODUCER, properties, NULL, error);
    if (status != STATUS_OK) {
        kafka_publisher_destroy(publisher);
        return status;
    }
    *out = publisher;
    return STATUS_OK;
}

/* The lane's next holder aborts what was left open, in step 3. It is done here as well, as
 * librdkafka 2.0.2 does not survive being destroyed while it adds partitions to a transaction
 * (its txn_req_cnt assertion), and whoever reads those topics gets on sooner. */
static void close_transaction(struct kafka_publisher *publisher)
{
    if (!publisher->is_open)
        return;
    rd_kafka_error_t *failure =
        rd_kafka_abort_transaction(publisher->sender.client, FAREWELL_TIMEOUT_MS);
    if (failure != NULL)
        rd_kafka_error_destroy(failure);
}

void kafka_publisher_destroy(struct kafka_publisher *publisher)
{
    if (publisher == NULL)
        return;
    close_transaction(publisher);
    sender_reset(&publisher->sender);
    if (publisher->position_conf != NULL)
        rd_kafka_conf_destroy(publisher->position_conf);
    free(publisher);
}

/* --- Step 4 ---------------------------------------------------------------------- */

enum status kafka_publisher_position(struct kafka_publisher *publisher, int timeout_ms,
                                     struct marker *out, bool *found, struct error *error)
{
    assert(publisher->delivery == DELIVERY_EXACTLY_ONCE);
    return position_read(rd_kafka_conf_dup(publisher->position_conf), publisher->marker_topic,
                         publisher->lane, deadline_after(timeout_ms), out, found, error);
}

enum status kafka_marker_read(struct kafka_properties properties, const char *group, int32_t lane,
                              int timeout_ms, struct marker *out, bool *found, struct error *error)
{
    char topic[TOPIC_NAME_SIZE];
    rd_kafka_conf_t *conf;
    if (marker_topic(topic, group, error) != STATUS_OK ||
        position_conf(&conf, properties, error) != STATUS_OK)
        return error->status;
    return position_read(conf, topic, lane, deadline_after(timeout_ms), out, found, error);
}

/* --- Steps 12 and 13 ------------------------------------------------------------- */

/* Looks every topic up and every size over before anything is sent. */
static enum status check_records(struct kafka_publisher *publisher, const struct record *records,
                                 size_t count, int64_t deadline, size_t *bad, struct error *error)
{
    struct sender *sender = &publisher->sender;
    struct topic *topic;
    for (size_t i = 0; i < count; i++) {
        enum status status = sender_check_size(sender, &records[i], error);
        if (status == STATUS_OK)
            status = topic_set_find(&sender->topics, sender->client, records[i].topic, deadline,
                                    &topic, error);
        if (status != STATUS_OK) {
            *bad = i;
            return status;
        }
    }
    return STATUS_OK;
}

static enum status check_marker_topic(struct kafka_publisher *publisher, int64_t deadline,
                                      struct error *error)
{
    struct topic *topic;
    enum status status = topic_set_find(&publisher->sender.topics, publisher->sender.client,
                                        text_of(publisher->marker_topic), deadline, &topic, error);
    if (status == STATUS_OK && publisher->lane >= topic->partition_count)
        status = error_set(
            error, STATUS_UNAVAILABLE, "topic %s has %d partitions, lane %d needs one of its own",
            publisher->marker_topic, (int)topic->partition_count, (int)publisher->lane);
    return status;
}

static enum status send_records(struct kafka_publisher *publisher, const struct record *records,
                                size_t count, int64_t deadline, size_t *bad, struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        enum status status = sender_send(&publisher->sender, &records[i], deadline, error);
        if (status != STATUS_OK) {
            *bad = i;
            return status;
        }
    }
    return STATUS_OK;
}

static enum status send_marker(struct kafka_publisher *publisher, struct marker marker,
                               int64_t deadline, struct error *error)
{
    char key[16];
    char value[MARKER_VALUE_SIZE];
    snprintf(key, sizeof key, "%" PRId32, publisher->lane);
    struct record record = {
        .topic = text_of(publisher->marker_topic),
        .partition = publisher->lane,
        .key = text_of(key),
        .value = marker_write(value, marker),
    };
    return sender_send(&publisher->sender, &record, deadline, error);
}

/* A broker refuses a batch, not a record. Which one it was is certain where the batch held
 * no other; where it held several, smaller batches will tell. */
static enum status name_refused(struct kafka_publisher *publisher, const struct record *records,
                                size_t count, size_t *bad, struct error *error)
{
    struct sender *sender = &publisher->sender;
    size_t index = 0;
    while (index < count && &records[index] != sender->failed_record)
        index++;
    bool is_marker = index == count;
    if (!is_marker && (sender->failed == 1 || sender_fills_batch(sender, &records[index]))) {
        *bad = index;
        return STATUS_REJECTED;
    }
    error->status = STATUS_UNAVAILABLE;
    if (is_marker)
        return error_context(error, "the lane's marker was refused");
    sender_narrow(sender);
    publisher->was_narrowed = true;
    return error_context(error, "%zu records were refused together", sender->failed);
}

/* Everything is with the brokers, or the reason why not. */
static enum status settle(struct kafka_publisher *publisher, const struct record *records,
                          size_t count, int64_t deadline, size_t *bad, struct error *error)
{
    enum status status = sender_flush(&publisher->sender, deadline, error);
    if (status == STATUS_OK)
        status = sender_outcome(&publisher->sender, error);
    if (status == STATUS_REJECTED)
        status = name_refused(publisher, records, count, bad, error);
    return status;
}

static enum status commit_transaction(struct kafka_publisher *publisher, int64_t deadline,
                                      struct error *error)
{
    enum status status = call_until_done(&publisher->sender, rd_kafka_commit_transaction,
                                         "commit transaction", deadline, error);
    publisher->is_open = status != STATUS_OK;
    return status;
}

static enum status abort_transaction(struct kafka_publisher *publisher, int64_t deadline,
                                     struct error *error)
{
    enum status status = call_until_done(&publisher->sender, rd_kafka_abort_transaction,
                                         "abort transaction", deadline, error);
    publisher->is_open = status != STATUS_OK;
    return status;
}

/* One transaction. STATUS_REJECTED only when it was aborted: nothing became visible. */
static enum status run_transaction(struct kafka_publisher *publisher, const struct record *records,
                                   size_t count, struct marker marker, int64_t deadline,
                                   size_t *bad, struct error *error)
{
    struct sender *sender = &publisher->sender;
    sender_forget(sender);
    rd_kafka_error_t *failure = rd_kafka_begin_transaction(sender->client);
    if (failure != NULL)
        return sender_error(sender, failure, "begin transaction", error);
    publisher->is_open = true;
    enum status status = send_records(publisher, records, count, deadline, bad, error);
    if (status == STATUS_OK)
        status = send_marker(publisher, marker, deadline, error);
    if (status == STATUS_OK || sender->failed > 0)
        status = settle(publisher, records, count, deadline, bad, error);
    /* When every record was thrown out, the reason is the transaction's, and this is the
     * way to hear it: a transaction in error never commits. */
    bool is_consequence = sender->failed == 0 && sender->purged > 0;
    if (status == STATUS_OK || is_consequence)
        status = commit_transaction(publisher, deadline, error);
    if (status != STATUS_REJECTED)
        return status;
    struct error abort_error;
    if (abort_transaction(publisher, deadline, &abort_error) == STATUS_OK)
        return STATUS_REJECTED;
    *error = abort_error;
    return error->status;
}

/* Whether the attempt that just failed, with its outcome known, can be repeated: with smaller
 * batches, or because of what a refusal leaves behind: librdkafka 2.0.2 goes on counting
 * after the refused record, the next transaction fails at that gap and, when it is aborted,
 * the producer gets a new epoch and a new count (from the broker, which fences it if somebody
 * else has the lane by now). */
static bool can_repeat(struct kafka_publisher *publisher, enum status status, int64_t deadline)
{
    bool can = status == STATUS_UNAVAILABLE && (publisher->was_narrowed || publisher->was_refused);
    publisher->was_refused = status == STATUS_REJECTED || publisher->was_narrowed;
    publisher->was_narrowed = false;
    return can && deadline_remains_ms(deadline) > 0;
}

static enum status publish_transaction(struct kafka_publisher *publisher,
                                       const struct record *records, size_t count,
                                       struct marker marker, int64_t deadline, size_t *bad,
                                       struct error *error)
{
    struct error abort_error;
    enum status status;
    do {
        status = run_transaction(publisher, records, count, marker, deadline, bad, error);
    } while (can_repeat(publisher, status, deadline) &&
             abort_transaction(publisher, deadline, &abort_error) == STATUS_OK);
    return status;
}

static enum status publish_plainly(struct kafka_publisher *publisher, const struct record *records,
                                   size_t count, int64_t deadline, size_t *bad, struct error *error)
{
    enum status status;
    do {
        sender_forget(&publisher->sender);
        status = send_records(publisher, records, count, deadline, bad, error);
        if (status == STATUS_OK || publisher->sender.failed > 0)
            status = settle(publisher, records, count, deadline, bad, error);
    } while (can_repeat(publisher, status, deadline));
    return status;
}

enum status kafka_publisher_publish(struct kafka_publisher *publisher, const struct record *records,
                                    size_t count, struct marker marker, int timeout_ms, size_t *bad,
                                    struct error *error)
{
    int64_t deadline = deadline_after(timeout_ms);
    bool exactly_once = publisher->delivery == DELIVERY_EXACTLY_ONCE;
    enum status status = check_records(publisher, records, count, deadline, bad, error);
    if (status == STATUS_OK && exactly_once)
        status = check_marker_topic(publisher, deadline, error);
    if (status != STATUS_OK)
        return status;
    return exactly_once
               ? publish_transaction(publisher, records, count, marker, deadline, bad, error)
               : publish_plainly(publisher, records, count, deadline, bad, error);
}
