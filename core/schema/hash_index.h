/* hash_index.h - finding numbered things by a hash: open addressing, linear probing, at
 * most half of the slots used. What a number stands for, and whether it is the right one,
 * the caller knows:
 *
 *     struct hash_search search = hash_index_search(&index, hash);
 *     uint32_t number;
 *     while ((number = hash_search_next(&search)) != HASH_INDEX_NONE)
 *         if (text_equal(names[number], name)) ... */
#ifndef CORE_SCHEMA_HASH_INDEX_H
#define CORE_SCHEMA_HASH_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "core/text.h"
#include "core/words.h"

enum { HASH_INDEX_NONE = UINT32_MAX };

struct hash_slot {
    uint32_t hash;
    uint32_t number; /* HASH_INDEX_NONE: empty */
};

/* Zeroed: empty. */
struct hash_index {
    struct hash_slot *slots;
    uint32_t mask; /* slots - 1 */
    uint32_t count;
};

struct arena;

/* Grows as needed; false when the arena is full. */
bool hash_index_add(struct hash_index *index, struct arena *arena, uint32_t hash, uint32_t number);

struct hash_search {
    const struct hash_index *index;
    uint32_t hash;
    uint32_t at;
};

static inline struct hash_search hash_index_search(const struct hash_index *index, uint32_t hash)
{
    return (struct hash_search){index, hash, hash & index->mask};
}

static inline uint32_t hash_search_next(struct hash_search *search)
{
    const struct hash_index *index = search->index;
    while (index->slots != NULL) {
        const struct hash_slot *slot = &index->slots[search->at];
        if (slot->number == HASH_INDEX_NONE)
            break;
        search->at = (search->at + 1) & index->mask;
        if (slot->hash == search->hash)
            return slot->number;
    }
    return HASH_INDEX_NONE;
}

static inline uint32_t hash_word(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15); /* Knuth's multiplicative hashing */
    return (uint32_t)(hash >> 32);
}

/* For tables whose keys an author wrote: who chooses what is looked up cannot make a
 * search longer than these keys do. */
static inline uint32_t hash_text(struct text name)
{
    uint64_t hash = name.size;
    size_t at = 0;
    for (; name.size - at >= WORD_SIZE; at += WORD_SIZE)
        hash = (hash << 32) | hash_word(hash, word_load(name.data + at));
    uint64_t rest = 0;
    for (; at < name.size; at++)
        rest = rest << 8 | (unsigned char)name.data[at];
    return hash_word(hash, rest);
}

static inline uint32_t hash_address(const void *address)
{
    return hash_word(0, (uint64_t)(uintptr_t)address);
}

#endif
