/* queue.h - what the consumer needs to know of a lane's queue. Internal to adapters/kafka. */
#ifndef ADAPTERS_KAFKA_QUEUE_H
#define ADAPTERS_KAFKA_QUEUE_H

#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "adapters/kafka/kafka.h"

/* The client whose queues these are. */
rd_kafka_t *kafka_consumer_client(struct kafka_consumer *consumer);

rd_kafka_queue_t *kafka_queue_handle(struct kafka_queue *queue);

/* The offset behind the last record of the partition that was handed out by
 * kafka_queue_fetch, or -1. From any thread. */
int64_t kafka_queue_handed(struct kafka_queue *queue, struct text topic, int32_t partition);

#endif
