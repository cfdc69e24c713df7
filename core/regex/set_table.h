/* set_table.h - the different sets of code points of one pattern, each once, by number. */
#ifndef CORE_REGEX_SET_TABLE_H
#define CORE_REGEX_SET_TABLE_H

#include "core/regex/code_points.h"

struct arena;

struct set_entry {
    const struct range *ranges; /* sorted, with gaps between them */
    size_t count;
    uint32_t number;
    struct set_entry *next_in_bucket;
    struct set_entry *next; /* by number */
};

enum { SET_TABLE_BUCKETS = 256 };

struct set_table {
    struct arena *arena;
    struct set_entry *buckets[SET_TABLE_BUCKETS];
    struct set_entry *first, *last;
    uint32_t count;
    size_t range_count; /* of all sets */
};

/* The number of the set, which is tidied and copied; false: the arena is full. */
bool set_table_intern(struct set_table *table, struct code_points *set, uint32_t *number);

#endif
