/* automaton.h - the deterministic automaton of an expression, where it is small: one look into
 * a table for each character, whatever the expression. */
#ifndef CORE_REGEX_AUTOMATON_H
#define CORE_REGEX_AUTOMATON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/regex/program.h"

struct arena;

/* Larger automata are not built: the table's cells (of 2 bytes), and the instructions looked at
 * to fill them, about two milliseconds. A search then runs the instructions themselves. */
enum { AUTOMATON_CELLS_MAX = 64 * 1024, AUTOMATON_STEPS_MAX = 500 * 1000 };

/* A state is where its row of the table begins, so that following one takes no multiplication.
 * The first two end a search; the automaton is never in them, and they have no row. */
enum { STATE_LOST = 0, STATE_FOUND = 1 };

struct automaton {
    const uint16_t *next; /* the state that follows: next[state + symbol] */
    uint16_t start;
    /* The state in which nothing is under way. Where one byte alone leads out of it, and
     * what comes before that can be skipped. */
    uint16_t resting;
    bool has_lead;
    unsigned char lead;
};

/* Builds *automaton in `arena`. `run` was initialised and is used up. *is_built is false when it
 * would be too large. False: an arena is full. */
bool automaton_build(struct arena *arena, struct arena *scratch, struct run *run, bool is_anchored,
                     struct automaton *automaton, bool *is_built);

#endif
