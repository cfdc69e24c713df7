/* timer_heap.h - when each orchestration of a lane is due next.
 *
 * One entry an orchestration: its earliest timer. What is due is the row's column in
 * PostgreSQL; this is the lane's copy in memory, rebuilt at take-over. It is bounded:
 * when it is full it forgets the later half and remembers up to which time it is
 * complete (the horizon); behind that the lane reads from PostgreSQL again. */
#ifndef WORKER_TIMER_HEAP_H
#define WORKER_TIMER_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/hash.h"
#include "worker/id_table.h"

struct timer_entry {
    int64_t due_ms;
    struct hash128 id;
};

/* 24 bytes an entry and as much again in the table: about 3 MiB a lane at most. */
enum { TIMER_HEAP_ENTRIES_MAX = 64 * 1024 };
#define TIMER_HORIZON_NONE INT64_MAX

struct timer_heap {
    struct timer_entry *entries; /* a binary heap by due_ms */
    size_t count;
    size_t capacity;
    struct id_table places; /* id to index in entries */
    int64_t horizon_ms;     /* entries due at or after it are not all here */
};

void timer_heap_init(struct timer_heap *heap);
void timer_heap_destroy(struct timer_heap *heap);
void timer_heap_clear(struct timer_heap *heap); /* and the horizon */

/* Sets when `id` is due next; 0: no more. False: out of memory. */
bool timer_heap_set(struct timer_heap *heap, struct hash128 id, int64_t due_ms);

/* The earliest entry; NULL when there is none. */
const struct timer_entry *timer_heap_first(const struct timer_heap *heap);

/* When to look again at the latest: the first entry's time or the horizon, whichever is
 * earlier; INT64_MAX for never. */
int64_t timer_heap_next_ms(const struct timer_heap *heap);

#endif
