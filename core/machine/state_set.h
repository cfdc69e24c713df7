/* state_set.h - sets of states as bits.
 *
 * A set is machine->word_count words. The first ones are a summary: bit w says that word w
 * of the members is not empty. The others are the members: of word n / 64, bit n % 64 is
 * state number n. So ten thousand states, of which three are active, are walked as fast as
 * ten are. Equal sets have equal words.
 *
 * A subtree is a run of numbers (tables.h), so every question that the algorithm asks
 * of a set ("which child is active", "does any descendant ...") is one scan of words. */
#ifndef CORE_MACHINE_STATE_SET_H
#define CORE_MACHINE_STATE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/machine/tables.h"

/* A bit for each word of the most members that there can be. */
enum { STATE_SET_SUMMARY_WORDS = MACHINE_STATES_MAX / 64 / 64 };

/* The words of a set that may hold this many states. */
static inline uint16_t state_set_word_count(size_t state_count)
{
    return (uint16_t)(STATE_SET_SUMMARY_WORDS + (state_count + 63) / 64);
}

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

/* Word `word` of the members. */
static inline uint64_t state_set_word(const uint64_t *set, uint32_t word)
{
    return set[STATE_SET_SUMMARY_WORDS + word];
}

static inline void state_set_add_bits(uint64_t *set, uint32_t word, uint64_t bits)
{
    set[STATE_SET_SUMMARY_WORDS + word] |= bits;
    set[word / 64] |= UINT64_C(1) << (word % 64);
}

static inline bool state_set_has(const uint64_t *set, uint16_t state)
{
    return (state_set_word(set, state / 64) >> (state % 64) & 1) != 0;
}

static inline void state_set_add(uint64_t *set, uint16_t state)
{
    state_set_add_bits(set, state / 64, UINT64_C(1) << (state % 64));
}

static inline void state_set_remove(uint64_t *set, uint16_t state)
{
    uint32_t word = state / 64;
    set[STATE_SET_SUMMARY_WORDS + word] &= ~(UINT64_C(1) << (state % 64));
    if (state_set_word(set, word) == 0)
        set[word / 64] &= ~(UINT64_C(1) << (word % 64));
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

/* Where the lowest and the highest bit of a word stand that is not 0. */
static inline uint32_t lowest_bit(uint64_t bits)
{
    return (uint32_t)__builtin_ctzll(bits);
}

static inline uint32_t highest_bit(uint64_t bits)
{
    return 63 - (uint32_t)__builtin_clzll(bits);
}

/* The first word of the members from `from` on that is not empty; UINT32_MAX if none is. */
static inline uint32_t state_set_next_word(const uint64_t *set, uint32_t from)
{
    uint64_t mask = UINT64_MAX << (from % 64);
    for (uint32_t i = from / 64; i < STATE_SET_SUMMARY_WORDS; i++, mask = UINT64_MAX) {
        if ((set[i] & mask) != 0)
            return i * 64 + lowest_bit(set[i] & mask);
    }
    return UINT32_MAX;
}

/* The last word of the members before `before` that is not empty; UINT32_MAX if none is. */
static inline uint32_t state_set_previous_word(const uint64_t *set, uint32_t before)
{
    uint64_t mask = ~(UINT64_MAX << (before % 64));
    for (uint32_t i = before / 64 + 1; i-- > 0; mask = UINT64_MAX) {
        if (i < STATE_SET_SUMMARY_WORDS && (set[i] & mask) != 0)
            return i * 64 + highest_bit(set[i] & mask);
    }
    return UINT32_MAX;
}

/* The lowest member of the set in the range, or STATE_NONE. */
static inline uint16_t state_set_first(const uint64_t *set, struct state_range range)
{
    if (range.first > range.last)
        return STATE_NONE;
    for (uint32_t word = range.first / 64; word <= range.last / 64;
         word = state_set_next_word(set, word + 1)) {
        uint64_t bits = state_set_word(set, word) & state_range_mask(range, word);
        if (bits != 0)
            return (uint16_t)(word * 64 + lowest_bit(bits));
    }
    return STATE_NONE;
}

/* The highest member of the set that is below `before`, or STATE_NONE. */
static inline uint16_t state_set_previous(const uint64_t *set, uint32_t before)
{
    uint32_t word = before / 64;
    uint64_t mask = ~(UINT64_MAX << (before % 64));
    uint64_t bits = mask == 0 ? 0 : state_set_word(set, word) & mask;
    if (bits == 0) {
        word = state_set_previous_word(set, word);
        if (word == UINT32_MAX)
            return STATE_NONE;
        bits = state_set_word(set, word);
    }
    return (uint16_t)(word * 64 + highest_bit(bits));
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
    for (uint32_t word = range.first / 64; word <= range.last / 64;
         word = state_set_next_word(other, word + 1)) {
        uint64_t bits = state_set_word(other, word) & state_range_mask(range, word);
        if (bits != 0)
            state_set_add_bits(set, word, bits);
    }
}

/* Leaves no member. */
static inline void state_set_clear(uint64_t *set)
{
    for (uint32_t word = state_set_next_word(set, 0); word != UINT32_MAX;
         word = state_set_next_word(set, word + 1))
        set[STATE_SET_SUMMARY_WORDS + word] = 0;
    for (uint32_t i = 0; i < STATE_SET_SUMMARY_WORDS; i++)
        set[i] = 0;
}

/* Leaves the members of `other`. */
static inline void state_set_copy(uint64_t *set, const uint64_t *other)
{
    state_set_clear(set);
    for (uint32_t word = state_set_next_word(other, 0); word != UINT32_MAX;
         word = state_set_next_word(other, word + 1))
        state_set_add_bits(set, word, state_set_word(other, word));
}

/* The active child of a compound state: the first active descendant, as parents
 * have lower numbers than what is below them. */
static inline uint16_t state_active_child(const uint64_t *configuration, const struct state *state)
{
    return state_set_first(configuration, state_descendants(state));
}

#endif
