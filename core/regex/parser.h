/* parser.h - reads a pattern into a tree. What both syntaxes share is in parser.c: choices,
 * sequences, repetitions, groups; parser_re2.c and parser_ecma.c have what differs. */
#ifndef CORE_REGEX_PARSER_H
#define CORE_REGEX_PARSER_H

#include "core/error.h"
#include "core/regex/regex.h"
#include "core/regex/set_table.h"
#include "core/regex/syntax.h"

enum regex_flag {
    FLAG_FOLD_CASE = 1, /* i */
    FLAG_MULTILINE = 2, /* m: ^ and $ at lines, too */
    FLAG_DOT_ALL = 4    /* s: . matches line terminators, too */
};

/* The items of a sequence while it is read. */
struct sequence {
    struct node *first, *last;
    bool is_assertion; /* the last item stands for no character: no quantifier in ECMA-262 */
    bool is_repeated;  /* the last item has its quantifier already */
};

/* The name of a group; hidden while another alternative of a choice around it is read, which
 * may use it again (ECMA-262, "MightBothParticipate"). */
struct group_name {
    struct text name;
    bool is_hidden;
};

/* A back reference of ECMA-262: valid where the group exists, perhaps further on. */
struct back_reference {
    struct back_reference *next;
    size_t offset;
    uint32_t number; /* 0: by name */
    struct text name;
};

struct parser {
    struct arena *arena;
    struct text pattern;
    size_t at;
    enum regex_syntax syntax;
    unsigned flags; /* of enum regex_flag */
    uint32_t depth;
    uint32_t group_count;
    struct group_name *names;
    size_t name_count;
    struct back_reference *back_references;
    struct code_points class_set, item_set, spare; /* working memory, used again and again */
    struct set_table sets;

    /* STATUS_REJECTED and STATUS_FATAL end the reading. What is valid and cannot be done does
     * not: a fault behind it counts more. */
    enum status status;
    struct regex_problem *problem;
    bool is_unsupported;
};

/* Reads all of the pattern. NULL with parser->status and *problem set on failure. */
const struct node *parser_read(struct parser *parser);

/* --- For parser_re2.c and parser_ecma.c ------------------------------------- */

/* Reads one atom, assertion or group at parser->at, which is no quantifier and none of | ),
 * and appends what it means. */
void re2_read_term(struct parser *parser, struct sequence *sequence);
void ecma_read_term(struct parser *parser, struct sequence *sequence);

/* Whether everything that was referred to exists. */
void ecma_check_references(struct parser *parser);

/* Behind "(" and what follows it: up to and with ")". `opened` is the offset of "(". */
void parser_read_group(struct parser *parser, size_t opened, struct sequence *sequence);

/* Registers the name of a group, which was read up to its ">". */
void parser_add_name(struct parser *parser, struct text name, size_t offset);

void parser_append_assertion(struct parser *parser, struct sequence *sequence, enum assertion what);
void parser_append_empty(struct parser *parser, struct sequence *sequence);
void parser_append_character(struct parser *parser, struct sequence *sequence, uint32_t c);
/* The set is class_set. */
void parser_append_class(struct parser *parser, struct sequence *sequence);

/* Note what is wrong at a byte offset; the first such call wins. */
void parser_reject(struct parser *parser, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void parser_too_large(struct parser *parser, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void parser_unsupported(struct parser *parser, size_t offset, const char *what);
void parser_memory(struct parser *parser);

static inline bool parser_failed(const struct parser *parser)
{
    return parser->status != STATUS_OK;
}

static inline bool parser_at_end(const struct parser *parser)
{
    return parser->at == parser->pattern.size;
}

/* The rest of the pattern. */
static inline struct text parser_rest(const struct parser *parser)
{
    return (struct text){parser->pattern.data + parser->at, parser->pattern.size - parser->at};
}

/* The next byte; 0, which no syntax gives a meaning to, at the end. */
static inline char parser_peek(const struct parser *parser)
{
    return parser_at_end(parser) ? '\0' : parser->pattern.data[parser->at];
}

/* Moves behind `string` where it comes next. */
bool parser_take(struct parser *parser, const char *string);

/* The next code point; there is one. */
uint32_t parser_next(struct parser *parser);

/* Decimal digits, if any: a number that stops at a million. */
bool parser_take_number(struct parser *parser, uint32_t *number);

/* `min` to `max` hexadecimal digits, if so many follow: a number that stops at
 * CODE_POINT_MAX + 1. Moves only if so. */
bool parser_take_hex(struct parser *parser, int min, int max, uint32_t *number);

#endif
