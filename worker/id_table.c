#include "worker/id_table.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 64 };

static size_t slot_of(const struct id_table *table, struct hash128 id)
{
    uint64_t hash;
    memcpy(&hash, id.bytes, sizeof hash);
    return (size_t)hash & (table->capacity - 1);
}

/* The slot that holds the id, or the empty one where it belongs. */
static size_t slot_find(const struct id_table *table, struct hash128 id)
{
    size_t at = slot_of(table, id);
    while (table->slots[at].value != ID_TABLE_NONE &&
           memcmp(&table->slots[at].id, &id, sizeof id) != 0)
        at = (at + 1) & (table->capacity - 1);
    return at;
}

void id_table_destroy(struct id_table *table)
{
    free(table->slots);
    *table = (struct id_table){0};
}

void id_table_clear(struct id_table *table)
{
    for (size_t i = 0; i < table->capacity; i++)
        table->slots[i].value = ID_TABLE_NONE;
    table->count = 0;
}

uint32_t id_table_get(const struct id_table *table, struct hash128 id)
{
    return table->count == 0 ? ID_TABLE_NONE : table->slots[slot_find(table, id)].value;
}

static bool table_grow(struct id_table *table)
{
    struct id_table bigger = {.capacity =
                                  table->capacity == 0 ? CAPACITY_FIRST : table->capacity * 2};
    bigger.slots = calloc(bigger.capacity, sizeof *bigger.slots);
    if (bigger.slots == NULL)
        return false;
    id_table_clear(&bigger);
    for (size_t i = 0; i < table->capacity; i++) {
        if (table->slots[i].value != ID_TABLE_NONE)
            bigger.slots[slot_find(&bigger, table->slots[i].id)] = table->slots[i];
    }
    bigger.count = table->count;
    free(table->slots);
    *table = bigger;
    return true;
}

bool id_table_put(struct id_table *table, struct hash128 id, uint32_t value)
{
    /* At most three quarters full, so that probing stays short. */
    if (table->count + 1 > table->capacity / 4 * 3 && !table_grow(table))
        return false;
    struct id_slot *slot = &table->slots[slot_find(table, id)];
    if (slot->value == ID_TABLE_NONE)
        table->count++;
    *slot = (struct id_slot){id, value};
    return true;
}

void id_table_remove(struct id_table *table, struct hash128 id)
{
    if (table->count == 0)
        return;
    size_t hole = slot_find(table, id);
    if (table->slots[hole].value == ID_TABLE_NONE)
        return;
    /* Close the gap: move back each follower whose own place lies before the hole. */
    size_t mask = table->capacity - 1;
    for (size_t at = (hole + 1) & mask; table->slots[at].value != ID_TABLE_NONE;
         at = (at + 1) & mask) {
        size_t home = slot_of(table, table->slots[at].id);
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            table->slots[hole] = table->slots[at];
            hole = at;
        }
    }
    table->slots[hole].value = ID_TABLE_NONE;
    table->count--;
}
