#include "core/schema/hash_index.h"

#include "core/arena.h"

enum { SLOTS_MIN = 8 };

static void insert(struct hash_index *index, uint32_t hash, uint32_t number)
{
    uint32_t at = hash & index->mask;
    while (index->slots[at].number != HASH_INDEX_NONE)
        at = (at + 1) & index->mask;
    index->slots[at] = (struct hash_slot){hash, number};
}

static bool grow(struct hash_index *index, struct arena *arena)
{
    struct hash_index grown = {.count = index->count};
    uint32_t before = index->slots == NULL ? 0 : index->mask + 1;
    uint32_t slots = before == 0 ? SLOTS_MIN : before * 2;
    grown.mask = slots - 1;
    grown.slots = arena_alloc_array(arena, slots, sizeof *grown.slots);
    if (grown.slots == NULL)
        return false;
    for (uint32_t i = 0; i < slots; i++)
        grown.slots[i].number = HASH_INDEX_NONE;
    for (uint32_t i = 0; i < before; i++) {
        if (index->slots[i].number != HASH_INDEX_NONE)
            insert(&grown, index->slots[i].hash, index->slots[i].number);
    }
    *index = grown;
    return true;
}

bool hash_index_add(struct hash_index *index, struct arena *arena, uint32_t hash, uint32_t number)
{
    bool is_full = index->slots == NULL || index->count >= (index->mask + 1) / 2;
    if (is_full && !grow(index, arena))
        return false;
    insert(index, hash, number);
    index->count++;
    return true;
}
