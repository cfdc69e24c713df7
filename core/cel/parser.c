/* Recursive descent after the grammar of langdef.md, "Syntax"; the functions are named
 * after its productions. Recursion happens only where an expression stands inside of
 * another one, and parse_expression limits it. */
#include <stdio.h>

#include "core/arena.h"
#include "core/cel/lexer.h"
#include "core/cel/literal.h"
#include "core/cel/shown.h"
#include "core/cel/syntax.h"

struct parser {
    struct cel_source *source;
    struct cel_lexer lexer;
    struct cel_token token; /* the one that is looked at */
    int depth;
};

static bool parse_expression(struct parser *parser, struct cel_syntax **out);

static bool advance(struct parser *parser)
{
    return cel_lexer_next(&parser->lexer, &parser->token);
}

static bool at(const struct parser *parser, enum cel_token_type type)
{
    return parser->token.type == type;
}

/* For "found ...": the token as it stands, shortened. */
enum { SHOWN_SIZE = CEL_SHOWN_SIZE_MAX + 8 };

static const char *show_token(const struct parser *parser, char shown[SHOWN_SIZE])
{
    if (at(parser, TOKEN_END))
        return "the end";
    if (at(parser, TOKEN_STRING) || at(parser, TOKEN_BYTES))
        return "a string";
    snprintf(shown, SHOWN_SIZE, "\"%.*s%s\"", CEL_SHOWN(parser->token.text));
    return shown;
}

static bool reject_token(struct parser *parser, const char *expected)
{
    char shown[SHOWN_SIZE];
    return cel_source_reject(parser->source, parser->token.offset, "expected %s, found %s",
                             expected, show_token(parser, shown));
}

/* Passes the closing token of what was opened at `opened`. */
static bool expect_closing(struct parser *parser, enum cel_token_type type, const char *closing,
                           size_t opened)
{
    char shown[SHOWN_SIZE];
    uint32_t line, column;
    if (at(parser, type))
        return advance(parser);
    cel_source_position(parser->source, opened, &line, &column);
    return cel_source_reject(parser->source, parser->token.offset,
                             "expected \"%s\" for the \"%c\" of line %u, column %u, found %s",
                             closing, parser->source->text.data[opened], (unsigned)line,
                             (unsigned)column, show_token(parser, shown));
}

static bool make(struct parser *parser, enum cel_syntax_kind kind, size_t offset,
                 struct cel_syntax **out)
{
    struct cel_syntax *syntax = arena_alloc(parser->source->scratch, sizeof *syntax);
    if (syntax == NULL)
        return cel_source_memory(parser->source);
    syntax->kind = kind;
    syntax->offset = offset;
    *out = syntax;
    return true;
}

static void append(struct cel_syntax *parent, struct cel_syntax *child)
{
    if (parent->last == NULL)
        parent->first = child;
    else
        parent->last->next = child;
    parent->last = child;
    parent->count++;
}

/* ExprList up to and with its closing token; `call` receives the expressions. */
static bool parse_arguments(struct parser *parser, struct cel_syntax *call)
{
    size_t opened = parser->token.offset;
    if (!advance(parser))
        return false;
    while (!at(parser, TOKEN_PAREN_CLOSE)) {
        struct cel_syntax *argument;
        if (!parse_expression(parser, &argument))
            return false;
        append(call, argument);
        if (!at(parser, TOKEN_COMMA))
            break;
        if (!advance(parser))
            return false;
        if (at(parser, TOKEN_PAREN_CLOSE))
            return reject_token(parser, "an argument after \",\"");
    }
    return expect_closing(parser, TOKEN_PAREN_CLOSE, ")", opened);
}

/* ["?"] Expr, the expression marked as optional. */
static bool parse_optional(struct parser *parser, struct cel_syntax **out)
{
    bool optional = at(parser, TOKEN_QUESTION);
    struct cel_syntax *expression;
    if ((optional && !advance(parser)) || !parse_expression(parser, &expression))
        return false;
    expression->optional = optional;
    *out = expression;
    return true;
}

static bool parse_list(struct parser *parser, struct cel_syntax **out)
{
    size_t opened = parser->token.offset;
    if (!make(parser, SYNTAX_LIST, opened, out) || !advance(parser))
        return false;
    if (at(parser, TOKEN_COMMA)) /* "[,]": the grammar has it */
        return advance(parser) && expect_closing(parser, TOKEN_BRACKET_CLOSE, "]", opened);
    while (!at(parser, TOKEN_BRACKET_CLOSE)) {
        struct cel_syntax *element;
        if (!parse_optional(parser, &element))
            return false;
        append(*out, element);
        if (!at(parser, TOKEN_COMMA))
            break;
        if (!advance(parser))
            return false;
    }
    return expect_closing(parser, TOKEN_BRACKET_CLOSE, "]", opened);
}

static bool parse_map(struct parser *parser, struct cel_syntax **out)
{
    size_t opened = parser->token.offset;
    if (!make(parser, SYNTAX_MAP, opened, out) || !advance(parser))
        return false;
    if (at(parser, TOKEN_COMMA)) /* "{,}": the grammar has it */
        return advance(parser) && expect_closing(parser, TOKEN_BRACE_CLOSE, "}", opened);
    while (!at(parser, TOKEN_BRACE_CLOSE)) {
        struct cel_syntax *key, *value;
        if (!parse_optional(parser, &key))
            return false;
        if (!at(parser, TOKEN_COLON))
            return reject_token(parser, "\":\" after a key of the map");
        if (!advance(parser) || !parse_expression(parser, &value))
            return false;
        append(*out, key);
        append(*out, value);
        if (!at(parser, TOKEN_COMMA))
            break;
        if (!advance(parser))
            return false;
    }
    return expect_closing(parser, TOKEN_BRACE_CLOSE, "}", opened);
}

/* ["."] IDENT ["(" [ExprList] ")"] */
static bool parse_name(struct parser *parser, struct cel_syntax **out)
{
    size_t offset = parser->token.offset;
    bool rooted = at(parser, TOKEN_DOT);
    if (rooted && !advance(parser))
        return false;
    if (at(parser, TOKEN_RESERVED))
        return cel_source_reject(parser->source, parser->token.offset,
                                 "\"%.*s\" is a reserved word and names no variable or function",
                                 TEXT_ARGS(parser->token.text));
    if (!at(parser, TOKEN_IDENTIFIER))
        return reject_token(parser, "a name");
    if (!make(parser, SYNTAX_NAME, offset, out))
        return false;
    (*out)->rooted = rooted;
    (*out)->text = parser->token.text;
    if (!advance(parser))
        return false;
    if (!at(parser, TOKEN_PAREN_OPEN))
        return true;
    (*out)->kind = SYNTAX_CALL;
    return parse_arguments(parser, *out);
}

static bool parse_literal(struct parser *parser, bool negative, struct cel_syntax **out)
{
    if (!make(parser, SYNTAX_LITERAL, parser->token.offset, out))
        return false;
    struct cel_value *literal = &(*out)->literal;
    if (at(parser, TOKEN_STRING) || at(parser, TOKEN_BYTES)) {
        if (!cel_literal_string(parser->source, &parser->token, literal))
            return false;
    } else if (at(parser, TOKEN_TRUE) || at(parser, TOKEN_FALSE)) {
        *literal = cel_bool(at(parser, TOKEN_TRUE));
    } else if (!at(parser, TOKEN_NULL)) {
        if (!cel_literal_number(parser->source, &parser->token, negative, literal))
            return false;
    }
    return advance(parser);
}

static bool parse_primary(struct parser *parser, bool negative, struct cel_syntax **out)
{
    size_t opened = parser->token.offset;
    switch (parser->token.type) {
    case TOKEN_INT:
    case TOKEN_UINT:
    case TOKEN_DOUBLE:
    case TOKEN_STRING:
    case TOKEN_BYTES:
    case TOKEN_TRUE:
    case TOKEN_FALSE:
    case TOKEN_NULL: return parse_literal(parser, negative, out);
    case TOKEN_DOT:
    case TOKEN_IDENTIFIER:
    case TOKEN_RESERVED: return parse_name(parser, out);
    case TOKEN_PAREN_OPEN:
        return advance(parser) && parse_expression(parser, out) &&
               expect_closing(parser, TOKEN_PAREN_CLOSE, ")", opened);
    case TOKEN_BRACKET_OPEN: return parse_list(parser, out);
    case TOKEN_BRACE_OPEN: return parse_map(parser, out);
    case TOKEN_END:
    case TOKEN_QUOTED:
    case TOKEN_COMMA:
    case TOKEN_COLON:
    case TOKEN_QUESTION:
    case TOKEN_PAREN_CLOSE:
    case TOKEN_BRACKET_CLOSE:
    case TOKEN_BRACE_CLOSE:
    case TOKEN_NOT:
    case TOKEN_OR:
    case TOKEN_AND:
    case TOKEN_EQUAL:
    case TOKEN_NOT_EQUAL:
    case TOKEN_LESS:
    case TOKEN_LESS_EQUAL:
    case TOKEN_GREATER:
    case TOKEN_GREATER_EQUAL:
    case TOKEN_IN:
    case TOKEN_PLUS:
    case TOKEN_MINUS:
    case TOKEN_STAR:
    case TOKEN_SLASH:
    case TOKEN_PERCENT: break;
    }
    return reject_token(parser, "a value");
}

/* "." ["?"] SELECTOR, or "." SELECTOR "(" [ExprList] ")"; the dot is passed. */
static bool parse_selector(struct parser *parser, struct cel_syntax **out)
{
    bool optional = at(parser, TOKEN_QUESTION);
    if (optional && !advance(parser))
        return false;
    bool quoted = at(parser, TOKEN_QUOTED);
    if (!quoted && !at(parser, TOKEN_IDENTIFIER) && !at(parser, TOKEN_RESERVED))
        return reject_token(parser, "the name of a field or method after \".\"");
    if (!make(parser, SYNTAX_SELECT, parser->token.offset, out))
        return false;
    (*out)->text = parser->token.text;
    (*out)->quoted = quoted;
    (*out)->optional = optional;
    if (!advance(parser))
        return false;
    if (quoted || optional || !at(parser, TOKEN_PAREN_OPEN))
        return true;
    (*out)->kind = SYNTAX_METHOD;
    return parse_arguments(parser, *out);
}

static bool parse_index(struct parser *parser, struct cel_syntax **out)
{
    size_t opened = parser->token.offset;
    struct cel_syntax *index;
    if (!make(parser, SYNTAX_INDEX, opened, out) || !advance(parser) ||
        !parse_optional(parser, &index))
        return false;
    (*out)->optional = index->optional;
    append(*out, index);
    return expect_closing(parser, TOKEN_BRACKET_CLOSE, "]", opened);
}

static bool is_name(const struct cel_syntax *syntax)
{
    return syntax->kind == SYNTAX_NAME ||
           (syntax->kind == SYNTAX_MEMBER && syntax->first->kind == SYNTAX_NAME &&
            syntax->last->kind == SYNTAX_SELECT);
}

static bool parse_member(struct parser *parser, bool negative, struct cel_syntax **out)
{
    if (!parse_primary(parser, negative, out))
        return false;
    struct cel_syntax *member = NULL;
    while (at(parser, TOKEN_DOT) || at(parser, TOKEN_BRACKET_OPEN)) {
        struct cel_syntax *step = NULL;
        bool parsed = at(parser, TOKEN_DOT) ? advance(parser) && parse_selector(parser, &step)
                                            : parse_index(parser, &step);
        if (!parsed)
            return false;
        if (member == NULL) {
            if (!make(parser, SYNTAX_MEMBER, (*out)->offset, &member))
                return false;
            append(member, *out);
            *out = member;
        }
        append(member, step);
    }
    if (at(parser, TOKEN_BRACE_OPEN) && is_name(*out))
        return cel_source_reject(parser->source, parser->token.offset,
                                 "there are no message types here; a map is written {\"key\": "
                                 "value}");
    return true;
}

/* "!" {"!"} Member | "-" {"-"} Member | Member */
static bool parse_unary(struct parser *parser, struct cel_syntax **out)
{
    enum cel_token_type sign = parser->token.type;
    size_t offset = parser->token.offset;
    uint32_t repeats = 0;
    if (sign != TOKEN_NOT && sign != TOKEN_MINUS)
        return parse_member(parser, false, out);
    while (at(parser, sign)) {
        repeats++;
        if (!advance(parser))
            return false;
    }
    bool negative = sign == TOKEN_MINUS && (at(parser, TOKEN_INT) || at(parser, TOKEN_DOUBLE));
    struct cel_syntax *operand;
    if (!parse_member(parser, negative, &operand))
        return false;
    *out = operand;
    repeats -= negative; /* the last one belongs to the number */
    if (repeats == 0)
        return true;
    if (!make(parser, sign == TOKEN_NOT ? SYNTAX_NOT : SYNTAX_NEGATE, offset, out))
        return false;
    (*out)->repeats = repeats;
    append(*out, operand);
    return true;
}

/* The binary operators by binding, the loosest first. */
enum level {
    LEVEL_OR,
    LEVEL_AND,
    LEVEL_RELATION,
    LEVEL_ADDITION,
    LEVEL_MULTIPLICATION,
    LEVEL_UNARY
};

static const struct binary {
    enum cel_token_type token;
    enum level level;
    enum cel_syntax_kind kind;
    enum cel_operator operation;
} binaries[] = {
    {TOKEN_OR, LEVEL_OR, SYNTAX_OR, OPERATOR_NONE},
    {TOKEN_AND, LEVEL_AND, SYNTAX_AND, OPERATOR_NONE},
    {TOKEN_EQUAL, LEVEL_RELATION, SYNTAX_BINARY, OPERATOR_EQUAL},
    {TOKEN_NOT_EQUAL, LEVEL_RELATION, SYNTAX_BINARY, OPERATOR_NOT_EQUAL},
    {TOKEN_LESS, LEVEL_RELATION, SYNTAX_BINARY, OPERATOR_LESS},
    {TOKEN_LESS_EQUAL, LEVEL_RELATION, SYNTAX_BINARY, OPERATOR_LESS_EQUAL},
    {TOKEN_GREATER, LEVEL_RELATION, SYNTAX_BINARY, OPERATOR_GREATER},
    {TOKEN_GREATER_EQUAL, LEVEL_RELATION, SYNTAX_BINARY, OPERATOR_GREATER_EQUAL},
    {TOKEN_IN, LEVEL_RELATION, SYNTAX_BINARY, OPERATOR_IN},
    {TOKEN_PLUS, LEVEL_ADDITION, SYNTAX_BINARY, OPERATOR_ADD},
    {TOKEN_MINUS, LEVEL_ADDITION, SYNTAX_BINARY, OPERATOR_SUBTRACT},
    {TOKEN_STAR, LEVEL_MULTIPLICATION, SYNTAX_BINARY, OPERATOR_MULTIPLY},
    {TOKEN_SLASH, LEVEL_MULTIPLICATION, SYNTAX_BINARY, OPERATOR_DIVIDE},
    {TOKEN_PERCENT, LEVEL_MULTIPLICATION, SYNTAX_BINARY, OPERATOR_MODULO},
};

static const struct binary *binary_at(const struct parser *parser, enum level level)
{
    for (size_t i = 0; i < sizeof binaries / sizeof binaries[0]; i++) {
        if (binaries[i].token == parser->token.type && binaries[i].level == level)
            return &binaries[i];
    }
    return NULL;
}

/* ConditionalOr, ConditionalAnd, Relation, Addition, Multiplication: all of one level
 * in a row become one node. */
static bool parse_level(struct parser *parser, enum level level, struct cel_syntax **out)
{
    size_t start = parser->token.offset;
    if (level == LEVEL_UNARY)
        return parse_unary(parser, out);
    if (!parse_level(parser, level + 1, out))
        return false;
    struct cel_syntax *chain = NULL;
    const struct binary *binary;
    while ((binary = binary_at(parser, level)) != NULL) {
        struct cel_syntax *operand;
        if (chain == NULL) {
            if (!make(parser, binary->kind, start, &chain))
                return false;
            append(chain, *out);
            *out = chain;
        }
        if (!advance(parser) || !parse_level(parser, level + 1, &operand))
            return false;
        operand->operation = binary->operation;
        append(chain, operand);
    }
    return true;
}

/* ConditionalOr ["?" ConditionalOr ":" Expr], the Expr's own "?" in the same node. */
static bool parse_conditional(struct parser *parser, struct cel_syntax **out)
{
    struct cel_syntax *conditional = NULL, *part = NULL;
    if (!parse_level(parser, LEVEL_OR, out))
        return false;
    if (!at(parser, TOKEN_QUESTION))
        return true;
    if (!make(parser, SYNTAX_CONDITIONAL, (*out)->offset, &conditional))
        return false;
    append(conditional, *out);
    *out = conditional;
    while (at(parser, TOKEN_QUESTION)) {
        if (!advance(parser) || !parse_level(parser, LEVEL_OR, &part))
            return false;
        append(conditional, part);
        if (!at(parser, TOKEN_COLON))
            return reject_token(parser, "\":\" of the conditional \"? :\"");
        if (!advance(parser) || !parse_level(parser, LEVEL_OR, &part))
            return false;
        append(conditional, part);
    }
    return true;
}

static bool parse_expression(struct parser *parser, struct cel_syntax **out)
{
    if (parser->depth == CEL_DEPTH_MAX)
        return cel_source_reject(parser->source, parser->token.offset,
                                 "nested deeper than %d levels", CEL_DEPTH_MAX);
    parser->depth++;
    bool parsed = parse_conditional(parser, out);
    parser->depth--;
    return parsed;
}

bool cel_parse(struct cel_source *source, const struct cel_syntax **out)
{
    struct parser parser = {.source = source, .lexer = {.source = source}};
    struct cel_syntax *syntax;
    if (!advance(&parser))
        return false;
    if (at(&parser, TOKEN_END))
        return cel_source_reject(source, 0, "the expression is empty");
    if (!parse_expression(&parser, &syntax))
        return false;
    if (!at(&parser, TOKEN_END))
        return reject_token(&parser, "an operator or the end");
    *out = syntax;
    return true;
}
