/* program.h - the compiled form: a tree with every name resolved, never changed again.
 *
 * It has the shape of the syntax (syntax.h): what the grammar repeats is one node, so
 * its depth is limited by CEL_DEPTH_MAX, checked while it is built, and evaluating may
 * recurse along it. Children of a node lie side by side. */
#ifndef CORE_CEL_PROGRAM_H
#define CORE_CEL_PROGRAM_H

#include "core/cel/functions.h"
#include "core/cel/syntax.h"
#include "core/cel/value.h"

enum cel_node_kind {
    NODE_CONSTANT,
    NODE_VARIABLE,   /* slot of the environment */
    NODE_LOCAL,      /* slot of the comprehensions and bindings around it */
    NODE_UNRESOLVED, /* a name that nothing has: evaluates to the error `message` */
    NODE_LIST,
    NODE_MAP,
    NODE_CALL,
    NODE_BIND,
    NODE_PATH,
    NODE_BINARY,
    NODE_AND,
    NODE_OR,
    NODE_CONDITIONAL,
    NODE_NOT,
    NODE_NEGATE
};

struct cel_call {
    const struct cel_function *function; /* the first of its overloads */
    uint32_t overload_count;
    uint32_t count;                   /* of arguments, without the receiver */
    const struct cel_node *arguments; /* the same */
    const void *prepared;             /* what `function` made of its constant arguments, or NULL */
};

struct cel_node {
    enum cel_node_kind kind;
    uint32_t count; /* children, steps, operations or bound values; of a map, entries */
    union {
        struct cel_value constant;
        uint32_t slot;
        const char *message;
        struct {
            const struct cel_node *items; /* LIST; AND, OR, CONDITIONAL as in syntax.h; a MAP's
                                             keys and values alternate; one of NOT, NEGATE */
            const bool *optional;         /* of a LIST's elements or a MAP's entries, which of
                                             them begin with "?"; NULL for none */
            uint32_t repeats;             /* NOT, NEGATE */
            bool keys_distinct;           /* MAP: known at compile time */
        } children;
        struct cel_call call;
        struct {
            const struct cel_node *values; /* evaluated where their locals are first read */
            const struct cel_node *body;
            uint32_t slot; /* of the first value's local; the others follow */
        } bind;
        struct {
            const struct cel_node *base;
            const struct cel_step *steps;
        } path;
        struct {
            const struct cel_node *first;
            const struct cel_operation *rest;
        } binary;
    } as;
};

struct cel_operation {
    enum cel_operator operation;
    struct cel_node operand;
};

enum cel_step_kind {
    STEP_SELECT,          /* .name */
    STEP_OPTIONAL_SELECT, /* .?name */
    STEP_HAS,             /* has(x.name) */
    STEP_INDEX,           /* [node] */
    STEP_OPTIONAL_INDEX,  /* [?node] */
    STEP_OR,              /* .or(node), which evaluates it only where it is needed */
    STEP_OR_VALUE,        /* .orValue(node), the same */
    STEP_CALL,
    STEP_COMPREHENSION
};

/* One step of a path: what is done with the value so far. */
struct cel_step {
    enum cel_step_kind kind;
    union {
        struct text name;            /* SELECT, OPTIONAL_SELECT, HAS */
        const struct cel_node *node; /* INDEX, OPTIONAL_INDEX, OR, OR_VALUE */
        struct cel_call call;        /* CALL: the value so far is the receiver */
        const struct cel_comprehension *comprehension;
    } as;
};

enum cel_comprehension_kind {
    COMPREHENSION_ALL,
    COMPREHENSION_EXISTS,
    COMPREHENSION_EXISTS_ONE,
    COMPREHENSION_MAP, /* with `test` NULL for all elements */
    COMPREHENSION_FILTER,
    COMPREHENSION_TRANSFORM_MAP,       /* the keys stay, the values are transformed */
    COMPREHENSION_TRANSFORM_MAP_ENTRY, /* each transform is a map; they become one */
    COMPREHENSION_SORT_BY,             /* the transforms are the keys to sort by */
    COMPREHENSION_OPTIONAL_MAP,        /* of an optional, as the next */
    COMPREHENSION_OPTIONAL_FLAT_MAP
};

/* A loop over a list or a map (langdef.md, "Macros"; the extension "comprehensions of two
 * variables"), or a transformation of an optional's value. With one variable, that is the
 * element of a list or the key of a map; with two, index and element or key and value. */
struct cel_comprehension {
    enum cel_comprehension_kind kind;
    uint32_t variable_count;
    uint32_t slot;    /* of the local that holds the first variable; the second follows */
    const char *name; /* "exists_one", for messages */
    const struct cel_node *test;
    const struct cel_node *transform;
};

struct cel_program {
    struct cel_node root;
    uint32_t local_count;
    size_t variable_count;
    const bool *uses; /* by slot: the variable is read */
    const struct cel_time_zones *time_zones;
};

#endif
