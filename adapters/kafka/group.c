#include "adapters/kafka/group.h"

#include <stdbool.h>

#include "adapters/kafka/deadline.h"
#include "adapters/kafka/subscription.h"

/* Leaving is one request to the coordinator. */
enum { LEAVE_TIMEOUT_MS = 5000 };
/* Between two looks whether it is done. */
enum { LEAVE_POLL_MS = 100 };

enum status group_subscribe(rd_kafka_t *client, const char *const *subscription, size_t count,
                            struct error *error)
{
    /* librdkafka says only that something is wrong; this says what. */
    struct subscription *checked;
    enum status status = subscription_create(&checked, subscription, count, error);
    if (status != STATUS_OK)
        return status;
    subscription_destroy(checked);

    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, subscription[i], RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(client, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return STATUS_OK;
    return error_set(error, STATUS_REJECTED, "subscription: %s", rd_kafka_err2str(code));
}

void group_nudge(rd_kafka_t *client)
{
    /* A question to that thread: any would do. */
    char *member = rd_kafka_memberid(client);
    if (member != NULL)
        rd_kafka_mem_free(client, member);
}

/* Serves the group until it has let us go; false when that takes too long. */
static bool close_in_time(rd_kafka_t *client)
{
    rd_kafka_queue_t *farewell = rd_kafka_queue_new(client);
    rd_kafka_error_t *failure = rd_kafka_consumer_close_queue(client, farewell);
    bool has_left = failure != NULL; /* a fatal error: there is nothing to leave */
    if (failure != NULL)
        rd_kafka_error_destroy(failure);
    int64_t deadline = deadline_after(LEAVE_TIMEOUT_MS);
    while (!has_left && deadline_remains_ms(deadline) > 0) {
        rd_kafka_event_t *event =
            rd_kafka_queue_poll(farewell, deadline_slice_ms(deadline, LEAVE_POLL_MS));
        if (event != NULL && rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE)
            rd_kafka_assign(client, NULL);
        rd_kafka_event_destroy(event);
        has_left = rd_kafka_consumer_closed(client) != 0;
    }
    rd_kafka_queue_destroy(farewell);
    return has_left;
}

void group_leave(rd_kafka_t *client)
{
    rd_kafka_assign(client, NULL); /* answers a rebalance that still waits */
    bool has_left = close_in_time(client);
    rd_kafka_destroy_flags(client, has_left ? 0 : RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}
