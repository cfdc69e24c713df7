#include "core/regex/alphabet.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/regex/regex.h"
#include "core/utf8.h"

/* Intervals between the bounds of all sets: within one, each code point is in the same sets.
 * Intervals that are in the same sets are then given the same symbol, by refinement: each set
 * splits the symbols that it holds a part of. */
struct partition {
    uint32_t *starts; /* of the intervals */
    uint16_t *symbols;
    size_t count;
    uint32_t *sizes;    /* intervals of each symbol */
    uint32_t *inside;   /* of those, how many are in the set at hand */
    uint16_t *split_to; /* the symbol of those */
    size_t symbol_count;
};

static int compare_numbers(const void *a, const void *b)
{
    uint32_t number_a = *(const uint32_t *)a, number_b = *(const uint32_t *)b;
    return (number_a > number_b) - (number_a < number_b);
}

static bool find_intervals(struct arena *scratch, const struct set_table *sets,
                           struct partition *partition)
{
    uint32_t *starts = arena_alloc_array(scratch, sets->range_count * 2 + 1, sizeof *starts);
    if (starts == NULL)
        return false;
    size_t count = 1; /* starts[0] is 0 */
    for (const struct set_entry *set = sets->first; set != NULL; set = set->next) {
        for (size_t i = 0; i < set->count; i++) {
            starts[count++] = set->ranges[i].first;
            starts[count++] = set->ranges[i].last + 1;
        }
    }
    qsort(starts, count, sizeof *starts, compare_numbers);
    size_t kept = 1;
    for (size_t i = 1; i < count; i++) {
        if (starts[i] != starts[kept - 1] && starts[i] <= CODE_POINT_MAX)
            starts[kept++] = starts[i];
    }
    partition->starts = starts;
    partition->count = kept;
    return true;
}

/* The last run that begins at the code point or before. */
static size_t run_of(const uint32_t *starts, size_t count, uint32_t code_point)
{
    size_t low = 0, high = count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (starts[middle] <= code_point)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static bool is_within(const struct partition *partition, size_t interval, struct range range)
{
    return interval < partition->count && partition->starts[interval] <= range.last;
}

/* How many intervals of each symbol are in the set. */
static void count_inside(struct partition *partition, const struct set_entry *set)
{
    memset(partition->inside, 0, partition->symbol_count * sizeof *partition->inside);
    for (size_t i = 0; i < set->count; i++) {
        size_t at = run_of(partition->starts, partition->count, set->ranges[i].first);
        for (; is_within(partition, at, set->ranges[i]); at++)
            partition->inside[partition->symbols[at]]++;
    }
}

/* A symbol that is in the set whole stays as it is. */
static void choose_splits(struct partition *partition)
{
    size_t count = partition->symbol_count;
    for (size_t symbol = 0; symbol < count; symbol++) {
        uint32_t inside = partition->inside[symbol];
        partition->split_to[symbol] = (uint16_t)symbol;
        if (inside == 0 || inside == partition->sizes[symbol])
            continue;
        partition->split_to[symbol] = (uint16_t)partition->symbol_count;
        partition->sizes[symbol] -= inside;
        partition->sizes[partition->symbol_count++] = inside;
    }
}

static void split(struct partition *partition, const struct set_entry *set)
{
    count_inside(partition, set);
    choose_splits(partition);
    for (size_t i = 0; i < set->count; i++) {
        size_t at = run_of(partition->starts, partition->count, set->ranges[i].first);
        for (; is_within(partition, at, set->ranges[i]); at++)
            partition->symbols[at] = partition->split_to[partition->symbols[at]];
    }
}

/* There are no more symbols than intervals, and those fit 16 bits only by REGEX_RANGES_MAX;
 * the two that no set makes come on top. */
enum { INTERVALS_MAX = UINT16_MAX - 2 };

static enum alphabet_result partition_build(struct arena *scratch, const struct set_table *sets,
                                            struct partition *partition)
{
    if (!find_intervals(scratch, sets, partition))
        return ALPHABET_MEMORY;
    size_t count = partition->count;
    if (count > INTERVALS_MAX)
        return ALPHABET_TOO_LARGE;
    partition->symbols = arena_alloc_array(scratch, count, sizeof *partition->symbols);
    partition->sizes = arena_alloc_array(scratch, count, sizeof *partition->sizes);
    partition->inside = arena_alloc_array(scratch, count, sizeof *partition->inside);
    partition->split_to = arena_alloc_array(scratch, count, sizeof *partition->split_to);
    if (partition->symbols == NULL || partition->sizes == NULL || partition->inside == NULL ||
        partition->split_to == NULL)
        return ALPHABET_MEMORY;
    partition->sizes[0] = (uint32_t)count;
    partition->symbol_count = 1;
    for (const struct set_entry *set = sets->first; set != NULL; set = set->next)
        split(partition, set);
    return ALPHABET_OK;
}

/* --- The finished alphabet ---------------------------------------------------------------- */

/* Neighbours with the same symbol become one run. */
static bool copy_runs(struct arena *arena, const struct partition *partition,
                      struct alphabet *alphabet)
{
    uint32_t *starts = arena_alloc_array(arena, partition->count, sizeof *starts);
    uint16_t *symbols = arena_alloc_array(arena, partition->count, sizeof *symbols);
    if (starts == NULL || symbols == NULL)
        return false;
    size_t count = 0;
    for (size_t i = 0; i < partition->count; i++) {
        if (count > 0 && symbols[count - 1] == partition->symbols[i])
            continue;
        starts[count] = partition->starts[i];
        symbols[count++] = partition->symbols[i];
    }
    alphabet->starts = starts;
    alphabet->symbols = symbols;
    alphabet->run_count = count;
    for (uint32_t c = 0; c < 128; c++)
        alphabet->ascii[c] = symbols[run_of(starts, count, c)];
    return true;
}

static void mark_members(const struct partition *partition, const struct set_entry *set,
                         uint64_t *row)
{
    for (size_t i = 0; i < set->count; i++) {
        size_t at = run_of(partition->starts, partition->count, set->ranges[i].first);
        for (; is_within(partition, at, set->ranges[i]); at++)
            row[partition->symbols[at] / 64] |= (uint64_t)1 << partition->symbols[at] % 64;
    }
}

static bool copy_members(struct arena *arena, const struct set_table *sets,
                         const struct partition *partition, struct alphabet *alphabet)
{
    alphabet->row_words = ((size_t)alphabet->symbol_count + 63) / 64;
    uint64_t *members =
        arena_alloc_array(arena, sets->count * alphabet->row_words, sizeof *members);
    if (members == NULL)
        return false;
    for (const struct set_entry *set = sets->first; set != NULL; set = set->next)
        mark_members(partition, set, members + set->number * alphabet->row_words);
    alphabet->members = members;
    return true;
}

static bool copy_contexts(struct arena *arena, uint32_t word_set, uint32_t newline_set,
                          struct alphabet *alphabet)
{
    unsigned char *contexts = arena_alloc(arena, alphabet->symbol_count);
    if (contexts == NULL)
        return false;
    for (uint16_t symbol = 0; symbol < alphabet->malformed; symbol++) {
        if (word_set != NO_SET && alphabet_set_has(alphabet, word_set, symbol))
            contexts[symbol] = CONTEXT_WORD;
        else if (newline_set != NO_SET && alphabet_set_has(alphabet, newline_set, symbol))
            contexts[symbol] = CONTEXT_NEWLINE;
    }
    contexts[alphabet->end] = CONTEXT_EDGE;
    alphabet->contexts = contexts;
    return true;
}

enum alphabet_result alphabet_build(struct arena *arena, struct arena *scratch,
                                    const struct set_table *sets, uint32_t word_set,
                                    uint32_t newline_set, struct alphabet *alphabet)
{
    struct partition partition;
    enum alphabet_result result = partition_build(scratch, sets, &partition);
    if (result != ALPHABET_OK)
        return result;
    if ((partition.symbol_count + 2) * sets->count > REGEX_MEMBERSHIPS_MAX)
        return ALPHABET_TOO_LARGE;
    alphabet->malformed = (uint16_t)partition.symbol_count;
    alphabet->end = (uint16_t)(partition.symbol_count + 1);
    alphabet->symbol_count = (uint16_t)(partition.symbol_count + 2);
    bool is_whole = copy_runs(arena, &partition, alphabet) &&
                    copy_members(arena, sets, &partition, alphabet) &&
                    copy_contexts(arena, word_set, newline_set, alphabet);
    return is_whole ? ALPHABET_OK : ALPHABET_MEMORY;
}

/* --- Reading ------------------------------------------------------------------------------ */

uint16_t alphabet_read_other(const struct alphabet *alphabet, struct text text, size_t *at)
{
    struct text rest = {text.data + *at, text.size - *at};
    if (utf8_sequence(rest) == 0) {
        ++*at;
        return alphabet->malformed;
    }
    uint32_t code_point = utf8_next(text, at);
    return alphabet->symbols[run_of(alphabet->starts, alphabet->run_count, code_point)];
}

bool alphabet_is_single(const struct alphabet *alphabet, uint16_t symbol, uint32_t *code_point)
{
    size_t found = 0;
    for (size_t i = 0; i < alphabet->run_count; i++) {
        if (alphabet->symbols[i] != symbol)
            continue;
        uint32_t next = i + 1 < alphabet->run_count ? alphabet->starts[i + 1] : CODE_POINT_MAX + 1;
        if (++found > 1 || next != alphabet->starts[i] + 1)
            return false;
        *code_point = alphabet->starts[i];
    }
    return found == 1;
}
