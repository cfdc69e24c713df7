#include "core/regex/set_table.h"

#include <string.h>

#include "core/arena.h"

/* FNV-1a over the bounds: sets of one pattern, where an attacker gains a slow compilation of
 * a pattern whose size is limited. */
static uint32_t hash_ranges(const struct range *ranges, size_t count)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ ranges[i].first) * 16777619u;
        hash = (hash ^ ranges[i].last) * 16777619u;
    }
    return hash ^ hash >> 16;
}

static struct set_entry *find(struct set_entry *entry, const struct code_points *set)
{
    size_t size = set->count * sizeof *set->ranges;
    while (entry != NULL && (entry->count != set->count ||
                             (size > 0 && memcmp(entry->ranges, set->ranges, size) != 0)))
        entry = entry->next_in_bucket;
    return entry;
}

static struct set_entry *add(struct set_table *table, const struct code_points *set)
{
    struct range *ranges = arena_alloc_array(table->arena, set->count, sizeof *ranges);
    struct set_entry *entry = arena_alloc(table->arena, sizeof *entry);
    if (ranges == NULL || entry == NULL)
        return NULL;
    if (set->count > 0)
        memcpy(ranges, set->ranges, set->count * sizeof *ranges);
    entry->ranges = ranges;
    entry->count = set->count;
    entry->number = table->count++;
    table->range_count += set->count;
    if (table->last == NULL)
        table->first = entry;
    else
        table->last->next = entry;
    table->last = entry;
    return entry;
}

bool set_table_intern(struct set_table *table, struct code_points *set, uint32_t *number)
{
    code_points_tidy(set);
    if (set->is_full)
        return false;
    struct set_entry **bucket =
        &table->buckets[hash_ranges(set->ranges, set->count) % SET_TABLE_BUCKETS];
    struct set_entry *entry = find(*bucket, set);
    if (entry == NULL) {
        entry = add(table, set);
        if (entry == NULL)
            return false;
        entry->next_in_bucket = *bucket;
        *bucket = entry;
    }
    *number = entry->number;
    return true;
}
