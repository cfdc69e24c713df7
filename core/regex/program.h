/* program.h - an expression as instructions: a nondeterministic automaton (Thompson, "Regular
 * Expression Search Algorithm", 1968), which is in many instructions at once. */
#ifndef CORE_REGEX_PROGRAM_H
#define CORE_REGEX_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/regex/alphabet.h"
#include "core/regex/syntax.h"

struct arena;

enum operation {
    OP_SET,    /* a character of set `first`, then the next instruction */
    OP_ASSERT, /* where assertion `first` holds, the next instruction */
    OP_SPLIT,  /* instruction `first` and instruction `second` */
    OP_JUMP,   /* instruction `first` */
    OP_MATCH   /* found */
};

struct instruction {
    uint16_t operation;
    uint16_t first;
    uint16_t second;
};

struct program {
    struct instruction *instructions;
    size_t count;
    unsigned assertions; /* all that occur, as bits */
};

/* The instructions of the tree in `arena`. False: more than REGEX_INSTRUCTIONS_MAX
 * (*is_too_large), or the arena is full. */
bool program_write(struct arena *arena, const struct node *node, struct program *program,
                   bool *is_too_large);

/* --- Running ------------------------------------------------------------------------------ */

/* A set of instructions, in the order in which they were added. An instruction is in it when
 * its place says where in `items` it stands (Briggs and Torczon, 1993), so that clearing takes
 * no time. */
struct instruction_set {
    uint16_t *items;
    uint16_t *places;
    size_t count;
};

/* Where a search is between two characters: in `waiting`, once the next one is known. */
struct run {
    const struct program *program;
    const struct alphabet *alphabet;
    struct instruction_set waiting; /* entered by the last character */
    struct instruction_set reached; /* and from there without a character */
    uint16_t *stack;
    uint64_t steps; /* instructions looked at so far */
};

/* False: the arena is full. */
bool run_init(struct run *run, struct arena *arena, const struct program *program,
              const struct alphabet *alphabet);

/* The assertions that hold between two characters. */
unsigned assertions_between(enum context before, enum context after);

/* Begins a match here (instruction 0), beside those under way. */
void run_begin(struct run *run);

/* Fills `reached` under these assertions; true when a match is found. */
bool run_reach(struct run *run, unsigned assertions);

/* Takes a character: `waiting` is where `reached` leads by it. */
void run_advance(struct run *run, uint16_t symbol);

static inline void instruction_set_add(struct instruction_set *set, uint16_t instruction)
{
    uint16_t place = set->places[instruction];
    if (place < set->count && set->items[place] == instruction)
        return;
    set->places[instruction] = (uint16_t)set->count;
    set->items[set->count++] = instruction;
}

#endif
