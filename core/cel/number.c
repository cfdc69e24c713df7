#include "core/cel/number.h"

#include <math.h> /* NAN and INFINITY only: nothing of libm */
#include <stdlib.h>
#include <string.h>

static bool parse_digits(struct text text, unsigned base, uint64_t *out)
{
    uint64_t number = 0;
    if (text.size == 0)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        unsigned digit = 16;
        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (unsigned)(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F')
            digit = (unsigned)(c - 'A') + 10;
        if (digit >= base || number > (UINT64_MAX - digit) / base)
            return false;
        number = number * base + digit;
    }
    *out = number;
    return true;
}

bool cel_parse_uint(struct text text, uint64_t *out)
{
    return parse_digits(text, 10, out);
}

bool cel_parse_hex(struct text text, uint64_t *out)
{
    return parse_digits(text, 16, out);
}

bool cel_parse_int(struct text text, int64_t *out)
{
    bool negative = text.size > 0 && text.data[0] == '-';
    if (negative || (text.size > 0 && text.data[0] == '+'))
        text = (struct text){text.data + 1, text.size - 1};
    uint64_t magnitude;
    if (!parse_digits(text, 10, &magnitude) || magnitude > (uint64_t)INT64_MAX + negative)
        return false;
    if (negative)
        *out = magnitude == 0 ? 0 : -(int64_t)(magnitude - 1) - 1;
    else
        *out = (int64_t)magnitude;
    return true;
}

static size_t skip_digits(struct text text, size_t at)
{
    while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at;
}

/* strtod takes more than CEL does (hexadecimal, spaces, "inf"), so the shape is
 * checked first. */
static bool is_decimal(struct text text)
{
    size_t at = text.size > 0 && (text.data[0] == '-' || text.data[0] == '+');
    size_t whole = at;
    at = skip_digits(text, at);
    size_t digits = at - whole;
    if (at < text.size && text.data[at] == '.') {
        size_t fraction = ++at;
        at = skip_digits(text, at);
        digits += at - fraction;
    }
    if (digits == 0)
        return false;
    if (at < text.size && (text.data[at] == 'e' || text.data[at] == 'E')) {
        at++;
        if (at < text.size && (text.data[at] == '-' || text.data[at] == '+'))
            at++;
        size_t exponent = at;
        at = skip_digits(text, at);
        if (at == exponent)
            return false;
    }
    return at == text.size;
}

bool cel_parse_double(struct text text, double *out)
{
    char buffer[CEL_DOUBLE_TEXT_MAX + 1];
    if (text.size > CEL_DOUBLE_TEXT_MAX || !is_decimal(text))
        return false;
    memcpy(buffer, text.data, text.size);
    buffer[text.size] = '\0';
    /* strtod's decimal point is the locale's; a program that never sets one has "C". */
    double number = strtod(buffer, NULL);
    if (number - number != 0) /* infinite */
        return false;
    *out = number;
    return true;
}

bool cel_parse_special_double(struct text text, double *out)
{
    if (text_is(text, "NaN"))
        *out = NAN;
    else if (text_is(text, "Infinity"))
        *out = INFINITY;
    else if (text_is(text, "-Infinity"))
        *out = -INFINITY;
    else
        return false;
    return true;
}

bool cel_double_to_int(double number, int64_t *out)
{
    if (!(number > -0x1p63 && number < 0x1p63))
        return false;
    *out = (int64_t)number;
    return true;
}

bool cel_double_to_uint(double number, uint64_t *out)
{
    if (!(number > -1.0 && number < 0x1p64))
        return false;
    *out = (uint64_t)number;
    return true;
}

static enum cel_order order_of(bool less, bool greater)
{
    if (less)
        return CEL_LESS;
    return greater ? CEL_GREATER : CEL_EQUAL;
}

static enum cel_order int_double_order(int64_t a, double b)
{
    if (b != b)
        return CEL_UNORDERED;
    if (b >= 0x1p63)
        return a == INT64_MAX && b == 0x1p63 ? CEL_EQUAL : CEL_LESS;
    if (b < -0x1p63)
        return CEL_GREATER;
    int64_t whole = (int64_t)b;
    if (a != whole)
        return order_of(a<whole, a> whole);
    return order_of((double)whole<b, (double)whole> b); /* whole is b without its fraction */
}

static enum cel_order uint_double_order(uint64_t a, double b)
{
    if (b != b)
        return CEL_UNORDERED;
    if (b >= 0x1p64)
        return a == UINT64_MAX && b == 0x1p64 ? CEL_EQUAL : CEL_LESS;
    if (b < 0)
        return CEL_GREATER;
    uint64_t whole = (uint64_t)b;
    if (a != whole)
        return order_of(a<whole, a> whole);
    return order_of((double)whole < b, false);
}

static enum cel_order int_uint_order(int64_t a, uint64_t b)
{
    if (a < 0)
        return CEL_LESS;
    return order_of((uint64_t)a<b, (uint64_t)a> b);
}

static enum cel_order reverse(enum cel_order order)
{
    if (order == CEL_LESS)
        return CEL_GREATER;
    return order == CEL_GREATER ? CEL_LESS : order;
}

static enum cel_order double_order(double a, double b)
{
    if (a != a || b != b)
        return CEL_UNORDERED;
    return order_of(a<b, a> b);
}

enum cel_order cel_number_order(const struct cel_value *a, const struct cel_value *b)
{
    if (a->type == CEL_INT && b->type == CEL_INT)
        return order_of(a->as.integer<b->as.integer, a->as.integer> b->as.integer);
    if (a->type > b->type) /* int before uint before double */
        return reverse(cel_number_order(b, a));
    if (a->type == CEL_INT)
        return b->type == CEL_UINT ? int_uint_order(a->as.integer, b->as.uinteger)
                                   : int_double_order(a->as.integer, b->as.number);
    if (a->type == CEL_DOUBLE)
        return double_order(a->as.number, b->as.number);
    if (b->type == CEL_DOUBLE)
        return uint_double_order(a->as.uinteger, b->as.number);
    return order_of(a->as.uinteger<b->as.uinteger, a->as.uinteger> b->as.uinteger);
}
