#include "worker/commands/pending.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 256 };

void pending_init(struct pending *pending)
{
    *pending = (struct pending){0};
}

void pending_destroy(struct pending *pending)
{
    for (size_t i = 0; i < pending->count; i++)
        free(pending->items[i]);
    free(pending->items);
    pending_init(pending);
}

/* --- Packing a record into one allocation --------------------------------------------- */

static size_t packed_size(const struct record *record)
{
    size_t size = sizeof(struct pending_item) + record->header_count * sizeof(struct header) +
                  record->topic.size + record->key.size + record->value.size;
    for (size_t i = 0; i < record->header_count; i++)
        size += record->headers[i].name.size + record->headers[i].value.size;
    return size;
}

/* An absent text stays absent: a null key is not an empty one. */
static struct text pack_text(char **at, struct text text)
{
    if (text.data == NULL)
        return TEXT_NONE;
    char *copy = *at;
    memcpy(copy, text.data, text.size);
    *at += text.size;
    return (struct text){copy, text.size};
}

static struct pending_item *pack(const struct record *record)
{
    size_t size = packed_size(record);
    struct pending_item *item = malloc(size);
    if (item == NULL)
        return NULL;
    struct header *headers = (struct header *)(item + 1);
    char *at = (char *)(headers + record->header_count);
    item->size = size;
    item->record = *record;
    item->record.topic = pack_text(&at, record->topic);
    item->record.key = pack_text(&at, record->key);
    item->record.value = pack_text(&at, record->value);
    for (size_t i = 0; i < record->header_count; i++) {
        headers[i].name = pack_text(&at, record->headers[i].name);
        headers[i].value = pack_text(&at, record->headers[i].value);
    }
    item->record.headers = headers;
    return item;
}

/* --- The heap -------------------------------------------------------------------------- */

static int is_earlier(const struct pending_item *a, const struct pending_item *b)
{
    return a->due_ms < b->due_ms || (a->due_ms == b->due_ms && a->sequence < b->sequence);
}

static void swap(struct pending *pending, size_t i, size_t j)
{
    struct pending_item *item = pending->items[i];
    pending->items[i] = pending->items[j];
    pending->items[j] = item;
}

static void sift_up(struct pending *pending, size_t i)
{
    for (; i > 0 && is_earlier(pending->items[i], pending->items[(i - 1) / 2]); i = (i - 1) / 2)
        swap(pending, i, (i - 1) / 2);
}

static void sift_down(struct pending *pending, size_t i)
{
    for (;;) {
        size_t earliest = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2; child++) {
            if (child < pending->count &&
                is_earlier(pending->items[child], pending->items[earliest]))
                earliest = child;
        }
        if (earliest == i)
            return;
        swap(pending, i, earliest);
        i = earliest;
    }
}

enum status pending_add(struct pending *pending, const struct record *record, int64_t due_ms,
                        struct error *error)
{
    if (pending->count == pending->capacity) {
        size_t capacity = pending->capacity == 0 ? CAPACITY_FIRST : pending->capacity * 2;
        struct pending_item **items =
            realloc(pending->items, capacity * sizeof(struct pending_item *));
        if (items == NULL)
            return error_memory(error);
        pending->items = items;
        pending->capacity = capacity;
    }
    struct pending_item *item = pack(record);
    if (item == NULL)
        return error_memory(error);
    item->due_ms = due_ms;
    item->sequence = pending->sequence++;
    pending->bytes += item->size;
    pending->items[pending->count++] = item;
    sift_up(pending, pending->count - 1);
    return STATUS_OK;
}

const struct pending_item *pending_first(const struct pending *pending)
{
    return pending->count == 0 ? NULL : pending->items[0];
}

void pending_remove_first(struct pending *pending)
{
    struct pending_item *first = pending->items[0];
    pending->bytes -= first->size;
    pending->items[0] = pending->items[--pending->count];
    sift_down(pending, 0);
    free(first);
}
