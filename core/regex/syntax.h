/* syntax.h - what a pattern says, as a tree, whichever syntax it was written in.
 *
 * A search only asks whether there is a match. So nothing here knows of captures, and a lazy
 * repetition is the greedy one: they choose between matches and make none. */
#ifndef CORE_REGEX_SYNTAX_H
#define CORE_REGEX_SYNTAX_H

#include <stdint.h>

enum node_type {
    NODE_EMPTY,
    NODE_SET,       /* one character of the set */
    NODE_ASSERTION, /* no character, where the assertion holds */
    NODE_SEQUENCE,  /* the children, one behind the other */
    NODE_CHOICE,    /* one of the children */
    NODE_REPETITION /* the child, min to max times */
};

/* What may hold between two characters; bits, as several hold at once. */
enum assertion {
    ASSERT_TEXT_START = 1,
    ASSERT_TEXT_END = 2,
    ASSERT_LINE_START = 4,
    ASSERT_LINE_END = 8,
    ASSERT_WORD_BOUNDARY = 16,
    ASSERT_NOT_WORD_BOUNDARY = 32,
    ASSERT_ALL = 63
};

#define REPETITION_UNBOUNDED UINT32_MAX

struct node {
    enum node_type type;
    uint32_t set;                /* NODE_SET: its number in the set_table */
    enum assertion assertion;    /* NODE_ASSERTION */
    uint32_t min, max;           /* NODE_REPETITION */
    uint32_t repeats;            /* the product of the bounds, here and below */
    const struct node *children; /* the first; the others follow by `next` */
    struct node *next;
};

#endif
