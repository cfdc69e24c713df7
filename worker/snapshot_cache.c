#include "worker/snapshot_cache.h"

#include <stdlib.h>
#include <string.h>

#include "worker/id_table.h"

/* One allocation an entry: this, then the packed JSON values, then the texts. */
struct entry {
    struct stored stored;
    size_t size;
    uint32_t number; /* in entries */
    struct entry *newer;
    struct entry *older;
};

struct snapshot_cache {
    size_t size_max;
    size_t size;
    struct id_table numbers;
    struct entry **entries; /* by number */
    uint32_t entry_count;   /* numbers ever used */
    uint32_t entry_capacity;
    uint32_t *free_numbers; /* a stack, as long as entries */
    uint32_t free_count;
    struct entry *newest;
    struct entry *oldest;
};

struct snapshot_cache *snapshot_cache_create(size_t size_max)
{
    struct snapshot_cache *cache = calloc(1, sizeof *cache);
    if (cache != NULL)
        cache->size_max = size_max;
    return cache;
}

static void unlink_entry(struct snapshot_cache *cache, struct entry *entry)
{
    if (entry->newer != NULL)
        entry->newer->older = entry->older;
    else
        cache->newest = entry->older;
    if (entry->older != NULL)
        entry->older->newer = entry->newer;
    else
        cache->oldest = entry->newer;
}

static void link_newest(struct snapshot_cache *cache, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    if (cache->newest != NULL)
        cache->newest->newer = entry;
    else
        cache->oldest = entry;
    cache->newest = entry;
}

static void drop(struct snapshot_cache *cache, struct entry *entry)
{
    unlink_entry(cache, entry);
    id_table_remove(&cache->numbers, entry->stored.id);
    cache->entries[entry->number] = NULL;
    cache->free_numbers[cache->free_count++] = entry->number;
    cache->size -= entry->size;
    free(entry);
}

void snapshot_cache_clear(struct snapshot_cache *cache)
{
    while (cache->newest != NULL)
        drop(cache, cache->newest);
}

void snapshot_cache_destroy(struct snapshot_cache *cache)
{
    if (cache == NULL)
        return;
    snapshot_cache_clear(cache);
    id_table_destroy(&cache->numbers);
    free(cache->entries);
    free(cache->free_numbers);
    free(cache);
}

static struct entry *find(const struct snapshot_cache *cache, struct hash128 id)
{
    uint32_t number = id_table_get(&cache->numbers, id);
    return number == ID_TABLE_NONE ? NULL : cache->entries[number];
}

const struct stored *snapshot_cache_get(struct snapshot_cache *cache, struct hash128 id)
{
    struct entry *entry = find(cache, id);
    if (entry == NULL)
        return NULL;
    unlink_entry(cache, entry);
    link_newest(cache, entry);
    return &entry->stored;
}

/* Gives the entry a number, under which the table finds it. */
static bool enrol(struct snapshot_cache *cache, struct entry *entry)
{
    if (cache->free_count == 0 && cache->entry_count == cache->entry_capacity) {
        uint32_t capacity = cache->entry_capacity == 0 ? 64 : cache->entry_capacity * 2;
        struct entry **entries = realloc(cache->entries, capacity * sizeof(struct entry *));
        if (entries == NULL)
            return false;
        cache->entries = entries;
        uint32_t *free_numbers = realloc(cache->free_numbers, capacity * sizeof *free_numbers);
        if (free_numbers == NULL)
            return false;
        cache->free_numbers = free_numbers;
        cache->entry_capacity = capacity;
    }
    bool is_reused = cache->free_count > 0;
    uint32_t number = is_reused ? cache->free_numbers[cache->free_count - 1] : cache->entry_count;
    if (!id_table_put(&cache->numbers, entry->stored.id, number))
        return false;
    if (is_reused)
        cache->free_count--;
    else
        cache->entry_count++;
    entry->number = number;
    cache->entries[number] = entry;
    return true;
}

static struct text move_text(char **at, struct text text)
{
    struct text moved = {*at, text.size};
    if (text.size > 0)
        memcpy(*at, text.data, text.size);
    *at += text.size;
    return moved;
}

static size_t texts_size(const struct orchestration *orchestration)
{
    size_t size = orchestration->subject.size + orchestration->name.size +
                  orchestration->version.size + orchestration->correlation_id.size;
    for (int level = 0; level < DEDUP_LEVELS; level++)
        size += orchestration->dedup.levels[level].size;
    return size;
}

static struct entry *entry_create(const struct stored *stored)
{
    const struct orchestration *from = &stored->orchestration;
    /* Both values in one, so that one packing lays them out. */
    struct json both[2] = {from->input, from->snapshot};
    struct json values = json_array(both, 2);
    size_t packed = json_packed_size(values);
    if (packed == SIZE_MAX) /* too deep or too big to be packed: read it each time */
        return NULL;
    size_t size = sizeof(struct entry) + packed + texts_size(from);
    struct entry *entry = malloc(size);
    if (entry == NULL)
        return NULL;
    *entry = (struct entry){.stored = *stored, .size = size};
    struct orchestration *to = &entry->stored.orchestration;
    char *at = (char *)(entry + 1);
    values = json_pack(at, values);
    to->input = values.as.items[0];
    to->snapshot = values.as.items[1];
    at += packed;
    to->subject = move_text(&at, from->subject);
    to->name = move_text(&at, from->name);
    to->version = move_text(&at, from->version);
    to->correlation_id = move_text(&at, from->correlation_id);
    for (int level = 0; level < DEDUP_LEVELS; level++)
        to->dedup.levels[level] = move_text(&at, from->dedup.levels[level]);
    return entry;
}

void snapshot_cache_put(struct snapshot_cache *cache, const struct stored *stored)
{
    struct entry *entry = entry_create(stored);
    snapshot_cache_remove(cache, stored->id);
    if (entry == NULL)
        return;
    if (!enrol(cache, entry)) {
        free(entry);
        return;
    }
    link_newest(cache, entry);
    cache->size += entry->size;
}

void snapshot_cache_trim(struct snapshot_cache *cache)
{
    while (cache->size > cache->size_max)
        drop(cache, cache->oldest);
}

void snapshot_cache_remove(struct snapshot_cache *cache, struct hash128 id)
{
    struct entry *entry = find(cache, id);
    if (entry != NULL)
        drop(cache, entry);
}
