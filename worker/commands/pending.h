/* pending.h - answers that wait for their time: a heap of packed records.
 *
 * A delay costs memory, never a thread. Equal times leave in the order of arrival. */
#ifndef WORKER_COMMANDS_PENDING_H
#define WORKER_COMMANDS_PENDING_H

#include <stddef.h>
#include <stdint.h>

#include "adapters/kafka/record.h"
#include "core/error.h"

/* Whoever fills this waits: commands stay in Kafka meanwhile. */
#define PENDING_BYTES_MAX ((size_t)256 * 1024 * 1024)

struct pending_item {
    int64_t due_ms;
    uint64_t sequence;
    struct record record; /* points into the same allocation */
    size_t size;
};

struct pending {
    struct pending_item **items; /* a binary heap, the earliest first */
    size_t count;
    size_t capacity;
    size_t bytes;
    uint64_t sequence;
};

void pending_init(struct pending *pending);
void pending_destroy(struct pending *pending);

/* Keeps a copy of the record. STATUS_FATAL: out of memory. */
enum status pending_add(struct pending *pending, const struct record *record, int64_t due_ms,
                        struct error *error);

/* The earliest, or NULL. Still in the heap. */
const struct pending_item *pending_first(const struct pending *pending);

/* Ends the earliest; there is one. */
void pending_remove_first(struct pending *pending);

#endif
