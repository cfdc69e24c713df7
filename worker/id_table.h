/* id_table.h - a hash table from orchestration ids to small numbers.
 *
 * Open addressing with linear probing. The ids are keyed hashes already, so their first
 * bytes serve as the hash. Used by the cache, the timers and the batch, each of which
 * keeps its entries in an array and finds them here. */
#ifndef WORKER_ID_TABLE_H
#define WORKER_ID_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/hash.h"

struct id_slot {
    struct hash128 id;
    uint32_t value; /* ID_TABLE_NONE: empty */
};

struct id_table {
    struct id_slot *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

#define ID_TABLE_NONE UINT32_MAX

void id_table_destroy(struct id_table *table);
void id_table_clear(struct id_table *table);

/* The number stored for the id, or ID_TABLE_NONE. */
uint32_t id_table_get(const struct id_table *table, struct hash128 id);

/* Stores or replaces. False: out of memory, nothing changed. */
bool id_table_put(struct id_table *table, struct hash128 id, uint32_t value);

void id_table_remove(struct id_table *table, struct hash128 id);

#endif
