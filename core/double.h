/* double.h - doubles as decimal text and back, exactly, whatever the locale.
 *
 * Both directions are correctly rounded by arithmetic on big integers, so that a number
 * has one text on every machine: snapshots and events are compared byte by byte. */
#ifndef CORE_DOUBLE_H
#define CORE_DOUBLE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/text.h"

struct writer;

/* Enough for any double, with a NUL at the end. */
enum { DOUBLE_TEXT_SIZE = 32 };

/* The shortest decimal digits that read back as exactly this double and, of several
 * shortest, the nearest to the value, in ECMAScript's notation (Number::toString: 1e+21,
 * 1e-7, 0.000001, 100000, NaN, Infinity), except that -0 gives "-0". Returns the length
 * without the NUL. */
size_t double_format(double value, char out[DOUBLE_TEXT_SIZE]);

/* The digits of the same number without an exponent: 1e+21 as 1000000000000000000000. At most
 * DOUBLE_PLAIN_SIZE bytes. */
enum { DOUBLE_PLAIN_SIZE = 352 };
void double_write_plain(struct writer *writer, double value);

/* A finite double with `precision` digits behind the point ("%.2f": 1052.03), and with one
 * digit before it and an exponent of at least two digits ("%.2e": 1.05e+03); rounded exactly,
 * a tie to even. Takes at most DOUBLE_PRECISION_MAX digits behind the point. */
enum { DOUBLE_PRECISION_MAX = 100, DOUBLE_FIXED_SIZE = 512 };
void double_write_fixed(struct writer *writer, double value, int precision);
void double_write_scientific(struct writer *writer, double value, int precision);

/* The double nearest to a decimal number, ties to even: [-]digits[.digits][e[+-]digits],
 * nothing before or behind. What is too small becomes zero, what is too large infinity
 * (see double_is_finite). False when text is no such number. */
bool double_parse(struct text text, double *out);

bool double_is_finite(double value);

#endif
