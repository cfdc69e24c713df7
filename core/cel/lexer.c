#include "core/cel/lexer.h"

static int peek(const struct cel_lexer *lexer, size_t ahead)
{
    struct text text = lexer->source->text;
    return ahead < text.size - lexer->at ? (unsigned char)text.data[lexer->at + ahead] : -1;
}

/* By hand, not by ctype.h: those ask the locale. */
static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex_digit(int c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static void skip_space(struct cel_lexer *lexer)
{
    for (;;) {
        int c = peek(lexer, 0);
        if (c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r') {
            lexer->at++;
        } else if (c == '/' && peek(lexer, 1) == '/') {
            while (peek(lexer, 0) != '\n' && peek(lexer, 0) != -1)
                lexer->at++;
        } else {
            return;
        }
    }
}

/* Ends a token that began at token->offset `size` bytes behind the lexer's place. */
static bool accept(struct cel_lexer *lexer, struct cel_token *token, enum cel_token_type type,
                   size_t size)
{
    lexer->at += size;
    token->type = type;
    token->text =
        (struct text){lexer->source->text.data + token->offset, lexer->at - token->offset};
    return true;
}

static const struct word {
    const char *text;
    enum cel_token_type type;
} words[] = {
    {"true", TOKEN_TRUE},          {"false", TOKEN_FALSE},
    {"null", TOKEN_NULL},          {"in", TOKEN_IN},
    {"as", TOKEN_RESERVED},        {"break", TOKEN_RESERVED},
    {"const", TOKEN_RESERVED},     {"continue", TOKEN_RESERVED},
    {"else", TOKEN_RESERVED},      {"for", TOKEN_RESERVED},
    {"function", TOKEN_RESERVED},  {"if", TOKEN_RESERVED},
    {"import", TOKEN_RESERVED},    {"let", TOKEN_RESERVED},
    {"loop", TOKEN_RESERVED},      {"package", TOKEN_RESERVED},
    {"namespace", TOKEN_RESERVED}, {"return", TOKEN_RESERVED},
    {"var", TOKEN_RESERVED},       {"void", TOKEN_RESERVED},
    {"while", TOKEN_RESERVED},
};

static bool next_word(struct cel_lexer *lexer, struct cel_token *token)
{
    size_t size = 1;
    while (is_letter(peek(lexer, size)) || is_digit(peek(lexer, size)))
        size++;
    accept(lexer, token, TOKEN_IDENTIFIER, size);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (text_is(token->text, words[i].text))
            token->type = words[i].type;
    }
    return true;
}

/* A number's end: what follows directly must not look like more of it. */
static bool accept_number(struct cel_lexer *lexer, struct cel_token *token,
                          enum cel_token_type type, size_t size)
{
    int c = peek(lexer, size);
    bool is_uint = type == TOKEN_INT && (c == 'u' || c == 'U');
    if (is_uint)
        c = peek(lexer, size + 1);
    if (is_letter(c) || is_digit(c))
        return cel_source_reject(lexer->source, lexer->at + size + (is_uint ? 1 : 0),
                                 "unexpected \"%c\" directly after a number", c);
    accept(lexer, token, is_uint ? TOKEN_UINT : type, size);
    if (is_uint)
        lexer->at++;
    return true;
}

static bool next_number(struct cel_lexer *lexer, struct cel_token *token)
{
    size_t size = 0;
    if (peek(lexer, 0) == '0' && (peek(lexer, 1) == 'x' || peek(lexer, 1) == 'X') &&
        is_hex_digit(peek(lexer, 2))) {
        size = 2;
        while (is_hex_digit(peek(lexer, size)))
            size++;
        return accept_number(lexer, token, TOKEN_INT, size);
    }
    enum cel_token_type type = TOKEN_INT;
    while (is_digit(peek(lexer, size)))
        size++;
    if (peek(lexer, size) == '.' && is_digit(peek(lexer, size + 1))) {
        type = TOKEN_DOUBLE;
        size += 2;
        while (is_digit(peek(lexer, size)))
            size++;
    }
    if (peek(lexer, size) == 'e' || peek(lexer, size) == 'E') {
        size_t digits = peek(lexer, size + 1) == '+' || peek(lexer, size + 1) == '-' ? 2 : 1;
        if (!is_digit(peek(lexer, size + digits)))
            return cel_source_reject(lexer->source, lexer->at,
                                     "a number's exponent needs at least one digit");
        type = TOKEN_DOUBLE;
        size += digits;
        while (is_digit(peek(lexer, size)))
            size++;
    }
    return accept_number(lexer, token, type, size);
}

/* `prefix` letters, then the quotes; ends behind the closing ones. Escapes matter here
 * only as far as they may hide a quote. */
static bool next_string(struct cel_lexer *lexer, struct cel_token *token, size_t prefix, bool raw,
                        enum cel_token_type type)
{
    int quote = peek(lexer, prefix);
    bool triple = peek(lexer, prefix + 1) == quote && peek(lexer, prefix + 2) == quote;
    size_t size = prefix + (triple ? 3 : 1);
    for (;;) {
        int c = peek(lexer, size);
        if (c == -1)
            return cel_source_reject(lexer->source, token->offset,
                                     "this string has no end: %s%c is missing",
                                     triple ? "three times " : "", quote);
        if (!triple && (c == '\n' || c == '\r'))
            return cel_source_reject(lexer->source, token->offset,
                                     "this string does not end on its line: %c is missing (three "
                                     "quotes begin a string of several lines)",
                                     quote);
        if (c == '\\' && !raw) {
            size += 2;
            if (peek(lexer, size - 1) == -1)
                size--;
            continue;
        }
        if (c == quote && !triple)
            return accept(lexer, token, type, size + 1);
        if (c == quote && peek(lexer, size + 1) == quote && peek(lexer, size + 2) == quote)
            return accept(lexer, token, type, size + 3);
        size++;
    }
}

/* True with its shape when a string or bytes literal begins here: r"", b"", br"". */
static bool string_begins(const struct cel_lexer *lexer, size_t *prefix, bool *raw, bool *bytes)
{
    *prefix = 0;
    *raw = *bytes = false;
    for (;;) {
        int c = peek(lexer, *prefix);
        if (c == '"' || c == '\'')
            return true;
        if ((c == 'r' || c == 'R') && !*raw)
            *raw = true;
        else if ((c == 'b' || c == 'B') && !*bytes && !*raw)
            *bytes = true;
        else
            return false;
        ++*prefix;
    }
}

static bool next_quoted(struct cel_lexer *lexer, struct cel_token *token)
{
    /* cel-spec's grammar of escaped selectors: letters, digits, _ . - / and space. */
    size_t size = 1;
    int c = peek(lexer, size);
    while (is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '/' || c == ' ')
        c = peek(lexer, ++size);
    if (c != '`' || size == 1)
        return cel_source_reject(lexer->source, token->offset,
                                 "a quoted field is `name` of letters, digits, spaces and _.-/");
    accept(lexer, token, TOKEN_QUOTED, size + 1);
    token->text = (struct text){token->text.data + 1, size - 1};
    return true;
}

static const struct symbol {
    char text[3];
    enum cel_token_type type;
} symbols[] = {
    /* the longer first */
    {"&&", TOKEN_AND},         {"||", TOKEN_OR},           {"==", TOKEN_EQUAL},
    {"!=", TOKEN_NOT_EQUAL},   {"<=", TOKEN_LESS_EQUAL},   {">=", TOKEN_GREATER_EQUAL},
    {"<", TOKEN_LESS},         {">", TOKEN_GREATER},       {"!", TOKEN_NOT},
    {".", TOKEN_DOT},          {",", TOKEN_COMMA},         {":", TOKEN_COLON},
    {"?", TOKEN_QUESTION},     {"(", TOKEN_PAREN_OPEN},    {")", TOKEN_PAREN_CLOSE},
    {"[", TOKEN_BRACKET_OPEN}, {"]", TOKEN_BRACKET_CLOSE}, {"{", TOKEN_BRACE_OPEN},
    {"}", TOKEN_BRACE_CLOSE},  {"+", TOKEN_PLUS},          {"-", TOKEN_MINUS},
    {"*", TOKEN_STAR},         {"/", TOKEN_SLASH},         {"%", TOKEN_PERCENT},
};

static bool reject_character(struct cel_lexer *lexer, int c)
{
    static const struct hint {
        int c;
        const char *text;
    } hints[] = {
        {'=', "\"=\" is no operator; comparison is \"==\""},
        {'&', "\"&\" is no operator; logical and is \"&&\""},
        {'|', "\"|\" is no operator; logical or is \"||\""},
    };
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        if (hints[i].c == c)
            return cel_source_reject(lexer->source, lexer->at, "%s", hints[i].text);
    }
    if (c > ' ' && c < 0x7F)
        return cel_source_reject(lexer->source, lexer->at, "unexpected character \"%c\"", c);
    return cel_source_reject(lexer->source, lexer->at,
                             c < 0x80 ? "unexpected control character 0x%02x"
                                      : "unexpected character outside of a string (byte 0x%02x)",
                             (unsigned)c);
}

bool cel_lexer_next(struct cel_lexer *lexer, struct cel_token *token)
{
    skip_space(lexer);
    *token = (struct cel_token){.offset = lexer->at};
    int c = peek(lexer, 0);
    size_t prefix;
    bool raw, bytes;
    if (c == -1)
        return accept(lexer, token, TOKEN_END, 0);
    if (string_begins(lexer, &prefix, &raw, &bytes))
        return next_string(lexer, token, prefix, raw, bytes ? TOKEN_BYTES : TOKEN_STRING);
    if (is_letter(c))
        return next_word(lexer, token);
    if (is_digit(c) || (c == '.' && is_digit(peek(lexer, 1))))
        return next_number(lexer, token);
    if (c == '`')
        return next_quoted(lexer, token);
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        size_t size = symbols[i].text[1] == '\0' ? 1 : 2;
        if (c == symbols[i].text[0] && (size == 1 || peek(lexer, 1) == symbols[i].text[1]))
            return accept(lexer, token, symbols[i].type, size);
    }
    return reject_character(lexer, c);
}
