#include "worker/timer_heap.h"

#include <stdlib.h>

enum { CAPACITY_FIRST = 64 };

void timer_heap_init(struct timer_heap *heap)
{
    *heap = (struct timer_heap){.horizon_ms = TIMER_HORIZON_NONE};
}

void timer_heap_destroy(struct timer_heap *heap)
{
    free(heap->entries);
    id_table_destroy(&heap->places);
    timer_heap_init(heap);
}

void timer_heap_clear(struct timer_heap *heap)
{
    heap->count = 0;
    heap->horizon_ms = TIMER_HORIZON_NONE;
    id_table_clear(&heap->places);
}

/* Replacing the number of an id that is there never allocates, so this cannot fail. */
static void place(struct timer_heap *heap, size_t at, struct timer_entry entry)
{
    heap->entries[at] = entry;
    id_table_put(&heap->places, entry.id, (uint32_t)at);
}

static void sift_up(struct timer_heap *heap, size_t at, struct timer_entry entry)
{
    while (at > 0 && heap->entries[(at - 1) / 2].due_ms > entry.due_ms) {
        place(heap, at, heap->entries[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(heap, at, entry);
}

static void sift_down(struct timer_heap *heap, size_t at, struct timer_entry entry)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count &&
            heap->entries[child + 1].due_ms < heap->entries[child].due_ms)
            child++;
        if (heap->entries[child].due_ms >= entry.due_ms)
            break;
        place(heap, at, heap->entries[child]);
        at = child;
    }
    place(heap, at, entry);
}

static void put_in_order(struct timer_heap *heap, size_t at, struct timer_entry entry)
{
    if (at > 0 && heap->entries[(at - 1) / 2].due_ms > entry.due_ms)
        sift_up(heap, at, entry);
    else
        sift_down(heap, at, entry);
}

static void remove_at(struct timer_heap *heap, size_t at)
{
    id_table_remove(&heap->places, heap->entries[at].id);
    struct timer_entry last = heap->entries[--heap->count];
    if (at < heap->count)
        put_in_order(heap, at, last);
}

static int compare_due(const void *a, const void *b)
{
    int64_t due_a = ((const struct timer_entry *)a)->due_ms;
    int64_t due_b = ((const struct timer_entry *)b)->due_ms;
    return (due_a > due_b) - (due_a < due_b);
}

/* Forgets the later half. A sorted array is a heap. */
static void forget_later_half(struct timer_heap *heap)
{
    qsort(heap->entries, heap->count, sizeof *heap->entries, compare_due);
    heap->count /= 2;
    heap->horizon_ms = heap->entries[heap->count].due_ms;
    id_table_clear(&heap->places);
    for (size_t i = 0; i < heap->count; i++)
        place(heap, i, heap->entries[i]);
}

static bool make_room(struct timer_heap *heap)
{
    if (heap->count == TIMER_HEAP_ENTRIES_MAX)
        forget_later_half(heap);
    if (heap->count < heap->capacity)
        return true;
    size_t capacity = heap->capacity == 0 ? CAPACITY_FIRST : heap->capacity * 2;
    struct timer_entry *entries = realloc(heap->entries, capacity * sizeof *entries);
    if (entries == NULL)
        return false;
    heap->entries = entries;
    heap->capacity = capacity;
    return true;
}

bool timer_heap_set(struct timer_heap *heap, struct hash128 id, int64_t due_ms)
{
    struct timer_entry entry = {due_ms, id};
    bool is_kept = due_ms != 0 && due_ms < heap->horizon_ms;
    uint32_t at = id_table_get(&heap->places, id);
    if (at != ID_TABLE_NONE) {
        if (is_kept)
            put_in_order(heap, at, entry);
        else
            remove_at(heap, at);
        return true;
    }
    if (!is_kept)
        return true;
    if (!make_room(heap))
        return false;
    if (due_ms >= heap->horizon_ms) /* making room moved it */
        return true;
    if (!id_table_put(&heap->places, id, (uint32_t)heap->count))
        return false;
    heap->count++;
    sift_up(heap, heap->count - 1, entry);
    return true;
}

const struct timer_entry *timer_heap_first(const struct timer_heap *heap)
{
    return heap->count == 0 ? NULL : &heap->entries[0];
}

int64_t timer_heap_next_ms(const struct timer_heap *heap)
{
    if (heap->count > 0 && heap->entries[0].due_ms < heap->horizon_ms)
        return heap->entries[0].due_ms;
    return heap->horizon_ms;
}
