/* number.h - the three kinds of number: from text, and on one number line. */
#ifndef CORE_CEL_NUMBER_H
#define CORE_CEL_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/cel/value.h"
#include "core/text.h"

/* Decimal digits with a sign where allowed ("-" and "+" for int); false when it is
 * anything else or does not fit. */
bool cel_parse_int(struct text text, int64_t *out);
bool cel_parse_uint(struct text text, uint64_t *out);

/* Hexadecimal digits without the "0x". */
bool cel_parse_hex(struct text text, uint64_t *out);

/* More digits than this say nothing more about a double; longer text is refused. */
enum { CEL_DOUBLE_TEXT_MAX = 1000 };

/* [+-] digits [. digits] [exponent], rounded to the nearest; false when it is anything
 * else, or so large that it would be infinite. */
bool cel_parse_double(struct text text, double *out);

/* "NaN", "Infinity" and "-Infinity", as JSON and string() write them. */
bool cel_parse_special_double(struct text text, double *out);

/* Truncated towards zero; false outside of the open interval (langdef.md, "Overflow":
 * the bounds of int and uint themselves are refused as doubles), and for NaN. */
bool cel_double_to_int(double number, int64_t *out);
bool cel_double_to_uint(double number, uint64_t *out);

static inline bool cel_is_number(const struct cel_value *value)
{
    return value->type == CEL_INT || value->type == CEL_UINT || value->type == CEL_DOUBLE;
}

enum cel_order { CEL_LESS, CEL_EQUAL, CEL_GREATER, CEL_UNORDERED };

/* Exactly, without rounding either (langdef.md, "Numbers"); CEL_UNORDERED with NaN. One
 * exception: the greatest int and uint equal the double that they round to, 2^63 and
 * 2^64, as the conformance suite has it (comparisons/lte_literal/lte_dyn_int_big_double);
 * otherwise 9223372036854775807 would not equal itself written as a double. */
enum cel_order cel_number_order(const struct cel_value *a, const struct cel_value *b);

#endif
