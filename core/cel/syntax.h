/* syntax.h - an expression as a tree, before any name in it means anything.
 *
 * What the grammar repeats is a chain in one node, not a tree as deep as it is long:
 * `a + b + c` is one SYNTAX_BINARY with three children, `a.b[0].c()` one
 * SYNTAX_MEMBER with four. So depth is what a writer nests, and is limited. */
#ifndef CORE_CEL_SYNTAX_H
#define CORE_CEL_SYNTAX_H

#include "core/cel/source.h"
#include "core/cel/value.h"

enum cel_syntax_kind {
    SYNTAX_LITERAL,
    SYNTAX_NAME,        /* text; `rooted` with a dot before it */
    SYNTAX_LIST,        /* children: elements */
    SYNTAX_MAP,         /* children: key, value, key, value */
    SYNTAX_CALL,        /* text: function; children: arguments */
    SYNTAX_MEMBER,      /* children: what it begins with, then the three kinds below */
    SYNTAX_SELECT,      /* .text */
    SYNTAX_INDEX,       /* [child] */
    SYNTAX_METHOD,      /* .text(children) */
    SYNTAX_BINARY,      /* children: operands, each but the first with its operator */
    SYNTAX_AND,         /* children: operands */
    SYNTAX_OR,          /* children: operands */
    SYNTAX_CONDITIONAL, /* children: test, value, test, value, ..., value */
    SYNTAX_NOT,         /* one child, `repeats` times */
    SYNTAX_NEGATE       /* one child, `repeats` times */
};

enum cel_operator {
    OPERATOR_NONE = 0,
    OPERATOR_EQUAL,
    OPERATOR_NOT_EQUAL,
    OPERATOR_LESS,
    OPERATOR_LESS_EQUAL,
    OPERATOR_GREATER,
    OPERATOR_GREATER_EQUAL,
    OPERATOR_IN,
    OPERATOR_ADD,
    OPERATOR_SUBTRACT,
    OPERATOR_MULTIPLY,
    OPERATOR_DIVIDE,
    OPERATOR_MODULO
};

struct cel_syntax {
    enum cel_syntax_kind kind;
    enum cel_operator operation; /* of an operand: what stands before it */
    bool rooted;
    bool quoted;   /* of SYNTAX_SELECT: .`text`, which is no part of a longer name */
    bool optional; /* of SELECT and INDEX: x.?f, x[?i]; of an element of a list and a key of
                      a map: [?e], {?k: v} */
    uint32_t repeats;
    uint32_t count; /* of children */
    size_t offset;  /* in the source, for messages */
    struct text text;
    struct cel_value literal;
    struct cel_syntax *first; /* child */
    struct cel_syntax *last;
    struct cel_syntax *next; /* sibling */
};

/* Parses source->text into source->scratch; literals, which the program keeps, into
 * source->arena. False with the issue in the source. */
bool cel_parse(struct cel_source *source, const struct cel_syntax **out);

#endif
