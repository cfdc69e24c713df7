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

#define HASH_INDEX_NONE UINT32_MAX

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

/* At most eight bytes as a word: the two halves may overlap, which loses nothing. */
static inline uint64_t word_of_few(const char *bytes, size_t size)
{
    uint64_t word = 0;
    uint32_t first, last;
    if (size >= sizeof first) {
        memcpy(&first, bytes, sizeof first);
        memcpy(&last, bytes + size - sizeof last, sizeof last);
        return (uint64_t)first << 32 | last;
    }
    if (size > 0) /* the first, the middle and the last of up to three are all of them */
        word = (uint64_t)(unsigned char)bytes[0] << 16 |
               (uint64_t)(unsigned char)bytes[size / 2] << 8 | (unsigned char)bytes[size - 1];
    return word;
}

/* For tables whose keys an author wrote: who chooses what is looked up cannot make a
 * search longer than these keys do. */
static inline uint32_t hash_text(struct text text)
{
    uint64_t hash = text.size;
    if (text.size <= WORD_SIZE)
        return hash_word(hash, word_of_few(text.data, text.size));
    for (size_t at = 0; at < text.size - WORD_SIZE; at += WORD_SIZE)
        hash = (hash << 32) | hash_word(hash, word_load(text.data + at));
    return hash_word(hash, word_load(text.data + text.size - WORD_SIZE));
}

/* text_equal for names, which are short: two words tell of most. */
static inline bool name_equal(struct text a, struct text b)
{
    if (a.size != b.size)
        return false;
    if (a.size <= WORD_SIZE)
        return word_of_few(a.data, a.size) == word_of_few(b.data, b.size);
    if (a.size <= (size_t)2 * WORD_SIZE)
        return word_load(a.data) == word_load(b.data) &&
               word_load(a.data + a.size - WORD_SIZE) == word_load(b.data + b.size - WORD_SIZE);
    return memcmp(a.data, b.data, a.size) == 0;
}

/* Eight bytes of a name, that tell most names of one size apart: of a short one, all. */
static inline uint64_t name_word(struct text name)
{
    return name.size <= WORD_SIZE ? word_of_few(name.data, name.size)
                                  : word_load(name.data + name.size - WORD_SIZE);
}

static inline uint32_t hash_address(const void *address)
{
    return hash_word(0, (uint64_t)(uintptr_t)address);
}

#endif
