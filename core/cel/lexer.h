/* lexer.h - an expression as tokens (langdef.md, "Syntax": the lexis). */
#ifndef CORE_CEL_LEXER_H
#define CORE_CEL_LEXER_H

#include "core/cel/source.h"

enum cel_token_type {
    TOKEN_END = 0,
    TOKEN_IDENTIFIER,
    TOKEN_RESERVED, /* "for", "package": a selector, but no name of a variable */
    TOKEN_QUOTED,   /* `content-type`: a selector only; text is without the quotes */
    TOKEN_INT,
    TOKEN_UINT, /* text is without the suffix */
    TOKEN_DOUBLE,
    TOKEN_STRING, /* text with prefix and quotes; literal.h decodes it */
    TOKEN_BYTES,
    TOKEN_TRUE,
    TOKEN_FALSE,
    TOKEN_NULL,
    TOKEN_DOT,
    TOKEN_COMMA,
    TOKEN_COLON,
    TOKEN_QUESTION,
    TOKEN_PAREN_OPEN,
    TOKEN_PAREN_CLOSE,
    TOKEN_BRACKET_OPEN,
    TOKEN_BRACKET_CLOSE,
    TOKEN_BRACE_OPEN,
    TOKEN_BRACE_CLOSE,
    TOKEN_NOT,
    TOKEN_OR,
    TOKEN_AND,
    TOKEN_EQUAL,
    TOKEN_NOT_EQUAL,
    TOKEN_LESS,
    TOKEN_LESS_EQUAL,
    TOKEN_GREATER,
    TOKEN_GREATER_EQUAL,
    TOKEN_IN,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_STAR,
    TOKEN_SLASH,
    TOKEN_PERCENT
};

struct cel_token {
    enum cel_token_type type;
    size_t offset;
    struct text text;
};

struct cel_lexer {
    struct cel_source *source;
    size_t at;
};

/* The next token; TOKEN_END at the end, as often as it is asked for. False with an
 * issue where no token begins. */
bool cel_lexer_next(struct cel_lexer *lexer, struct cel_token *token);

#endif
