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
    bool was_refused;               /* the last transaction, by a broker: a record too large */
};

/* Before a call that can be resumed is made again. */
enum { CALL_AGAIN_MS = 10 };

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

static enum status open_exactly_once(struct kafka_publisher *publisher,
                                     struct kafka_properties properties, const char *group,
                                     int64_t deadline, struct error *error)
{
    char id[TOPIC_NAME_SIZE + 16];
    snprintf(id, sizeof id, "%s-%" PRId32, group, publisher->lane);
    const struct kafka_property own[] = {{"transactional.id", id}, {NULL, NULL}};
    /* The end of a partition is told by the first Fetch that finds nothing: at once. */
    const struct kafka_property reading[] = {{"fetch.wait.max.ms", "0"}, {NULL, NULL}};
    enum status status = marker_topic(publisher->marker_topic, group, error);
    if (status == STATUS_OK)
        status =
            kafka_conf_create(&publisher->position_conf, ROLE_POSITION, properties, reading, error);
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

void kafka_publisher_destroy(struct kafka_publisher *publisher)
{
    if (publisher == NULL)
        return;
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

/* --- Steps 12 and 13 ------------------------------------------------------------- */

/* Looks every topic up and every size over before anything is sent. */
static enum status check_records(struct kafka_publisher *publisher, const struct record *records,
                                 size_t count, int64_t deadline, size_t *bad, struct error *error)
{
    struct sender *sender = &publisher->sender;
    const struct topic *topic;
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
    const struct topic *topic;
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
 * no other; batch.size is small enough that it does, unless the topic allows less still. */
static enum status name_refused(const struct sender *sender, const struct record *records,
                                size_t count, size_t *bad, struct error *error)
{
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
    return error_context(error,
                         "%zu records were refused together: batch.size must not be above the "
                         "topic's max.message.bytes",
                         sender->failed);
}

/* Everything is with the brokers, or the reason why not. */
static enum status settle(struct sender *sender, const struct record *records, size_t count,
                          int64_t deadline, size_t *bad, struct error *error)
{
    enum status status = sender_flush(sender, deadline, error);
    if (status == STATUS_OK)
        status = sender_outcome(sender, error);
    if (status == STATUS_REJECTED)
        status = name_refused(sender, records, count, bad, error);
    return status;
}

static enum status abort_transaction(struct sender *sender, int64_t deadline, struct error *error)
{
    return call_until_done(sender, rd_kafka_abort_transaction, "abort transaction", deadline,
                           error);
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
    enum status status = send_records(publisher, records, count, deadline, bad, error);
    if (status == STATUS_OK)
        status = send_marker(publisher, marker, deadline, error);
    if (status == STATUS_OK)
        status = settle(sender, records, count, deadline, bad, error);
    /* When every record was thrown out, the reason is the transaction's, and this is the
     * way to hear it: a transaction in error never commits. */
    bool is_consequence = sender->failed == 0 && sender->purged > 0;
    if (status == STATUS_OK || is_consequence)
        status = call_until_done(sender, rd_kafka_commit_transaction, "commit transaction",
                                 deadline, error);
    if (status != STATUS_REJECTED)
        return status;
    struct error abort_error;
    if (abort_transaction(sender, deadline, &abort_error) == STATUS_OK)
        return STATUS_REJECTED;
    *error = abort_error;
    return error->status;
}

/* After a broker refused a record, librdkafka 2.0.2 goes on counting behind it: the next
 * transaction fails at that gap and, when it is aborted, the producer gets a new epoch and
 * a new count (from the broker, which fences it if somebody else has the lane by now). */
static enum status publish_transaction(struct kafka_publisher *publisher,
                                       const struct record *records, size_t count,
                                       struct marker marker, int64_t deadline, size_t *bad,
                                       struct error *error)
{
    enum status status = run_transaction(publisher, records, count, marker, deadline, bad, error);
    struct error abort_error;
    if (status == STATUS_UNAVAILABLE && publisher->was_refused &&
        abort_transaction(&publisher->sender, deadline, &abort_error) == STATUS_OK)
        status = run_transaction(publisher, records, count, marker, deadline, bad, error);
    publisher->was_refused = status == STATUS_REJECTED;
    return status;
}

static enum status publish_plainly(struct kafka_publisher *publisher, const struct record *records,
                                   size_t count, int64_t deadline, size_t *bad, struct error *error)
{
    sender_forget(&publisher->sender);
    enum status status = send_records(publisher, records, count, deadline, bad, error);
    if (status == STATUS_OK)
        status = settle(&publisher->sender, records, count, deadline, bad, error);
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
