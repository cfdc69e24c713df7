/* state_set.h - sets of states as bits: word n / 64, bit n % 64 is state number n.
 *
 * A subtree is a run of numbers (tables.h), so every question that the algorithm asks
 * of a set ("which child is active", "does any descendant ...") is one scan of words. */
#ifndef CORE_MACHINE_STATE_SET_H
#define CORE_MACHINE_STATE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/machine/tables.h"

/* States first to last, both included; empty when first > last. */
struct state_range {
    uint32_t first;
    uint32_t last;
};

static inline struct state_range state_descendants(const struct state *state)
{
    return (struct state_range){(uint32_t)state->number + 1, state->last_descendant};
}

/* Either of two such ranges contains the other, or they share nothing. */
static inline struct state_range state_range_intersection(struct state_range a,
                                                          struct state_range b)
{
    return (struct state_range){a.first > b.first ? a.first : b.first,
                                a.last < b.last ? a.last : b.last};
}

static inline bool state_set_has(const uint64_t *set, uint16_t state)
{
    return (set[state / 64] >> (state % 64) & 1) != 0;
}

static inline void state_set_add(uint64_t *set, uint16_t state)
{
    set[state / 64] |= UINT64_C(1) << (state % 64);
}

static inline void state_set_remove(uint64_t *set, uint16_t state)
{
    set[state / 64] &= ~(UINT64_C(1) << (state % 64));
}

/* The bits of `range` that stand in word `word`. */
static inline uint64_t state_range_mask(struct state_range range, uint32_t word)
{
    uint64_t mask = UINT64_MAX;
    if (word == range.first / 64)
        mask &= UINT64_MAX << (range.first % 64);
    if (word == range.last / 64)
        mask &= UINT64_MAX >> (63 - range.last % 64);
    return mask;
}

/* The lowest member of the set in the range, or STATE_NONE. */
static inline uint16_t state_set_first(const uint64_t *set, struct state_range range)
{
    if (range.first > range.last)
        return STATE_NONE;
    for (uint32_t word = range.first / 64; word <= range.last / 64; word++) {
        uint64_t bits = set[word] & state_range_mask(range, word);
        if (bits == 0)
            continue;
        uint32_t bit = 0;
        for (; (bits & 0xff) == 0; bits >>= 8)
            bit += 8;
        for (; (bits & 1) == 0; bits >>= 1)
            bit++;
        return (uint16_t)(word * 64 + bit);
    }
    return STATE_NONE;
}

static inline bool state_set_has_any(const uint64_t *set, struct state_range range)
{
    return state_set_first(set, range) != STATE_NONE;
}

/* for (s = state_set_next(set, all, 0); s != STATE_NONE; s = state_set_next(set, all, s + 1))
 * walks the members up to `last` in document order. */
static inline uint16_t state_set_next(const uint64_t *set, uint32_t last, uint32_t from)
{
    return state_set_first(set, (struct state_range){from, last});
}

/* Adds to `set` the members of `other` that stand in the range. */
static inline void state_set_add_range(uint64_t *set, const uint64_t *other,
                                       struct state_range range)
{
    if (range.first > range.last)
        return;
    for (uint32_t word = range.first / 64; word <= range.last / 64; word++)
        set[word] |= other[word] & state_range_mask(range, word);
}

/* The active child of a compound state: the first active descendant, as parents
 * have lower numbers than what is below them. */
static inline uint16_t state_active_child(const uint64_t *configuration, const struct state *state)
{
    return state_set_first(configuration, state_descendants(state));
}

#endif
