/* record.h - a Kafka record, undecoded: bytes and where they stand. */
#ifndef ADAPTERS_KAFKA_RECORD_H
#define ADAPTERS_KAFKA_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"

struct header {
    struct text name;
    struct text value; /* data NULL: a null value */
};

struct record {
    struct text topic;
    int32_t partition; /* RECORD_PARTITION_BY_KEY: murmur2 of the key, as Java does */
    int64_t offset;    /* of a consumed record */
    int64_t timestamp_ms;
    struct text key;   /* data NULL: no key */
    struct text value; /* data NULL: a null value (a tombstone) */
    const struct header *headers;
    size_t header_count;
};

enum { RECORD_PARTITION_BY_KEY = -1 };

/* The partition that Java's default partitioner gives this key: murmur2, made positive,
 * modulo the count, which is at least 1. Where services and workers must agree. Java
 * spreads records without a key as it likes; here they are as one with an empty key. */
int32_t record_partition(struct text key, int32_t partition_count);

#endif
