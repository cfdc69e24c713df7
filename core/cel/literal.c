#include "core/cel/literal.h"

#include "core/arena.h"
#include "core/cel/number.h"
#include "core/cel/shown.h"
#include "core/utf8.h"

static bool reject_range(struct cel_source *source, const struct cel_token *token, bool negative,
                         const char *type, const char *range)
{
    return cel_source_reject(source, token->offset, "%s%.*s%s does not fit %s (%s)",
                             negative ? "-" : "", CEL_SHOWN(token->text), type, range);
}

static bool literal_double(struct cel_source *source, const struct cel_token *token, bool negative,
                           struct cel_value *out)
{
    double number;
    if (!cel_parse_double(token->text, &number))
        return reject_range(source, token, negative, "a double", "up to 1.797e308");
    *out = (struct cel_value){.type = CEL_DOUBLE, .as.number = negative ? -number : number};
    return true;
}

bool cel_literal_number(struct cel_source *source, const struct cel_token *token, bool negative,
                        struct cel_value *out)
{
    if (token->type == TOKEN_DOUBLE)
        return literal_double(source, token, negative, out);
    bool hex = token->text.size > 2 && (token->text.data[1] | ' ') == 'x';
    struct text digits =
        hex ? (struct text){token->text.data + 2, token->text.size - 2} : token->text;
    uint64_t magnitude;
    bool fits = hex ? cel_parse_hex(digits, &magnitude) : cel_parse_uint(digits, &magnitude);
    if (token->type == TOKEN_UINT) {
        if (!fits)
            return reject_range(source, token, negative, "a uint", "0 to 18446744073709551615");
        *out = (struct cel_value){.type = CEL_UINT, .as.uinteger = magnitude};
        return true;
    }
    if (!fits || magnitude > (uint64_t)INT64_MAX + negative)
        return reject_range(source, token, negative, "an int",
                            "-9223372036854775808 to 9223372036854775807; a uint ends in u");
    int64_t integer = (int64_t)(magnitude & INT64_MAX);
    if (negative)
        integer = magnitude > INT64_MAX ? INT64_MIN : -integer;
    *out = cel_int(integer);
    return true;
}

/* One string while it is decoded. Escapes never stand for more bytes than they have,
 * so the result fits where the literal did. */
struct decoding {
    struct cel_source *source;
    struct text body;
    size_t at;     /* in body */
    size_t offset; /* of body in the source */
    bool bytes;
    char *out;
    size_t size;
};

static void put_code_point(struct decoding *decoding, uint32_t code_point)
{
    decoding->size += utf8_encode(code_point, decoding->out + decoding->size);
}

/* \xHH and \ooo: an octet in bytes, a code point in strings. */
static void put_octet(struct decoding *decoding, uint32_t octet)
{
    if (decoding->bytes)
        decoding->out[decoding->size++] = (char)octet;
    else
        put_code_point(decoding, octet);
}

/* `count` digits of base 8 or 16 at the current place. */
static bool escape_digits(struct decoding *decoding, size_t count, unsigned base, uint32_t *out)
{
    uint32_t number = 0;
    for (size_t i = 0; i < count; i++) {
        size_t at = decoding->at + i;
        int c = at < decoding->body.size ? (unsigned char)decoding->body.data[at] : -1;
        unsigned digit = base;
        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if ((c | ' ') >= 'a' && (c | ' ') <= 'f')
            digit = (unsigned)((c | ' ') - 'a') + 10;
        if (digit >= base)
            return cel_source_reject(decoding->source, decoding->offset + decoding->at,
                                     "this escape needs %zu %s digits", count,
                                     base == 8 ? "octal" : "hexadecimal");
        number = number * base + digit;
    }
    decoding->at += count;
    *out = number;
    return true;
}

static bool escape_unicode(struct decoding *decoding, size_t digits)
{
    uint32_t code_point = 0;
    size_t start = decoding->offset + decoding->at;
    if (decoding->bytes)
        return cel_source_reject(decoding->source, start,
                                 "\\u and \\U stand for characters; bytes take \\x and octets");
    if (!escape_digits(decoding, digits, 16, &code_point))
        return false;
    if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF))
        return cel_source_reject(decoding->source, start,
                                 "U+%04X is no Unicode character (surrogates are not written; "
                                 "take \\U with 8 digits)",
                                 (unsigned)code_point);
    put_code_point(decoding, code_point);
    return true;
}

/* The letters whose escape is one byte, and that byte. */
static int simple_escape(char letter)
{
    static const char letters[] = "abfnrtv\\?\"'`";
    static const char stand_for[] = "\a\b\f\n\r\t\v\\?\"'`";
    const char *found = letter == '\0' ? NULL : strchr(letters, letter);
    return found == NULL ? -1 : stand_for[found - letters];
}

static bool decode_escape(struct decoding *decoding)
{
    size_t start = decoding->offset + decoding->at - 1; /* the backslash */
    char letter = decoding->body.data[decoding->at];
    int simple = simple_escape(letter);
    uint32_t octet = 0;
    if (letter >= '0' && letter <= '3') {
        if (!escape_digits(decoding, 3, 8, &octet))
            return false;
        put_octet(decoding, octet);
        return true;
    }
    decoding->at++;
    if (simple != -1) {
        decoding->out[decoding->size++] = (char)simple;
        return true;
    }
    if (letter == 'u' || letter == 'U')
        return escape_unicode(decoding, letter == 'u' ? 4 : 8);
    if (letter != 'x' && letter != 'X')
        return cel_source_reject(decoding->source, start,
                                 "unknown escape; a backslash itself is \\\\, or begin the string "
                                 "with r: r\"...\"");
    if (!escape_digits(decoding, 2, 16, &octet))
        return false;
    put_octet(decoding, octet);
    return true;
}

/* The literal without prefix and quotes. */
static struct text body_of(struct text literal, bool *raw)
{
    size_t start = 0;
    *raw = false;
    while (literal.data[start] != '"' && literal.data[start] != '\'') {
        *raw = *raw || (literal.data[start] | ' ') == 'r';
        start++;
    }
    bool triple = literal.size >= start + 6 && literal.data[start + 1] == literal.data[start] &&
                  literal.data[start + 2] == literal.data[start];
    size_t quotes = triple ? 3 : 1;
    return (struct text){literal.data + start + quotes, literal.size - start - 2 * quotes};
}

bool cel_literal_string(struct cel_source *source, const struct cel_token *token,
                        struct cel_value *out)
{
    bool raw;
    struct decoding decoding = {
        .source = source, .body = body_of(token->text, &raw), .bytes = token->type == TOKEN_BYTES};
    decoding.offset = (size_t)(decoding.body.data - source->text.data);
    decoding.out = arena_alloc(source->arena, decoding.body.size);
    if (decoding.out == NULL)
        return cel_source_memory(source);
    while (decoding.at < decoding.body.size) {
        char c = decoding.body.data[decoding.at++];
        if (c != '\\' || raw)
            decoding.out[decoding.size++] = c;
        else if (!decode_escape(&decoding))
            return false;
    }
    *out = (struct cel_value){.type = decoding.bytes ? CEL_BYTES : CEL_STRING,
                              .as.text = {decoding.out, decoding.size}};
    return true;
}
