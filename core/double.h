/* double.h - doubles as decimal text and back, exactly, whatever the locale.
 *
 * Both directions are correctly rounded by arithmetic on big integers, so that a number
 * has one text on every machine: snapshots and events are compared byte by byte. */
#ifndef CORE_DOUBLE_H
#define CORE_DOUBLE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/text.h"

/* Enough for any double, with a NUL at the end. */
enum { DOUBLE_TEXT_SIZE = 32 };

/* The shortest decimal digits that read back as exactly this double and, of several
 * shortest, the nearest to the value, in ECMAScript's notation (Number::toString: 1e+21,
 * 1e-7, 0.000001, 100000, NaN, Infinity), except that -0 gives "-0". Returns the length
 * without the NUL. */
size_t double_format(double value, char out[DOUBLE_TEXT_SIZE]);

/* The double nearest to a decimal number, ties to even: [-]digits[.digits][e[+-]digits],
 * nothing before or behind. What is too small becomes zero, what is too large infinity
 * (see double_is_finite). False when text is no such number. */
bool double_parse(struct text text, double *out);

bool double_is_finite(double value);

#endif
