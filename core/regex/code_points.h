/* code_points.h - sets of code points, as ranges: what a character class means. */
#ifndef CORE_REGEX_CODE_POINTS_H
#define CORE_REGEX_CODE_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum { CODE_POINT_MAX = 0x10FFFF };

struct range {
    uint32_t first;
    uint32_t last; /* within */
};

/* A set that grows in an arena. Add in any order; code_points_tidy sorts the ranges and
 * merges them, which negation and reading need. After the arena was full `is_full` stays
 * true and nothing more is added: ask once at the end. */
struct code_points {
    struct arena *arena;
    struct range *ranges;
    size_t count;
    size_t capacity;
    bool is_full;
};

void code_points_clear(struct code_points *set);
void code_points_add(struct code_points *set, uint32_t first, uint32_t last);
void code_points_add_all(struct code_points *set, const struct range *ranges, size_t count);
void code_points_tidy(struct code_points *set);

/* Tidies, and leaves what was not in the set. */
void code_points_negate(struct code_points *set);

#endif
