#include "core/regex/code_points.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

/* Most classes are a few ranges; the largest of Unicode have 700. */
enum { CAPACITY_FIRST = 64 };

void code_points_clear(struct code_points *set)
{
    set->count = 0;
}

static int compare_ranges(const void *a, const void *b)
{
    uint32_t first_a = ((const struct range *)a)->first;
    uint32_t first_b = ((const struct range *)b)->first;
    return (first_a > first_b) - (first_a < first_b);
}

void code_points_tidy(struct code_points *set)
{
    if (set->count < 2)
        return;
    qsort(set->ranges, set->count, sizeof *set->ranges, compare_ranges);
    struct range *last = set->ranges;
    for (const struct range *range = last + 1; range < set->ranges + set->count; range++) {
        if (range->first > last->last + 1)
            *++last = *range;
        else if (range->last > last->last)
            last->last = range->last;
    }
    set->count = (size_t)(last - set->ranges) + 1;
}

static void grow(struct code_points *set)
{
    size_t capacity = set->capacity == 0 ? CAPACITY_FIRST : set->capacity * 2;
    struct range *ranges = arena_alloc_array(set->arena, capacity, sizeof *ranges);
    if (ranges == NULL) {
        set->is_full = true;
        return;
    }
    if (set->count > 0)
        memcpy(ranges, set->ranges, set->count * sizeof *ranges);
    set->ranges = ranges;
    set->capacity = capacity;
}

void code_points_add(struct code_points *set, uint32_t first, uint32_t last)
{
    if (set->count == set->capacity) {
        /* A class that says the same thing often ([\pL\pL\pL...]) takes no more room. */
        code_points_tidy(set);
        if (set->count >= set->capacity / 2)
            grow(set);
    }
    if (!set->is_full)
        set->ranges[set->count++] = (struct range){first, last};
}

void code_points_add_all(struct code_points *set, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        code_points_add(set, ranges[i].first, ranges[i].last);
}

void code_points_negate(struct code_points *set)
{
    code_points_tidy(set);
    uint32_t next = 0; /* the first code point that is not decided yet */
    size_t count = set->count, kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct range range = set->ranges[i];
        if (range.first > next)
            set->ranges[kept++] = (struct range){next, range.first - 1};
        next = range.last + 1;
    }
    set->count = kept;
    if (next <= CODE_POINT_MAX)
        code_points_add(set, next, CODE_POINT_MAX);
}
