/* records.h - consumed messages of librdkafka, seen as records.
 *
 * Internal to adapters/kafka. What kafka_queue and kafka_reader have in common: take what
 * a queue holds, lend it to the caller, give it back. */
#ifndef ADAPTERS_KAFKA_RECORDS_H
#define ADAPTERS_KAFKA_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

#include <librdkafka/rdkafka.h>

#include "adapters/kafka/record.h"
#include "core/error.h"

/* The headers of the records of one fetch. */
struct header_block {
    struct header_block *next;
    struct header headers[];
};

/* All zero is empty. messages[0..lent) are the caller's until records_release,
 * messages[lent..count) wait for the next fetch. */
struct records {
    rd_kafka_message_t **messages;
    size_t count;
    size_t lent;
    size_t capacity;
    struct header_block *headers; /* of the lent ones */
    bool has_hole;                /* a partition is not read any further: kafka_queue_has_hole */
};

/* See kafka_queue_fetch. */
enum status records_fetch(struct records *records, rd_kafka_queue_t *queue, int timeout_ms,
                          struct record *out, size_t max, size_t *count, struct error *error);
/* Gives back what was lent. */
void records_release(struct records *records);
/* Gives back everything. */
void records_destroy(struct records *records);

#endif
