/* number.h - JSON numbers as the mathematical values that they are (Core, section 4.2.3):
 * 64-bit integers and doubles compared without rounding one to the other. */
#ifndef CORE_SCHEMA_NUMBER_H
#define CORE_SCHEMA_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/json.h"

/* Less than, equal to, greater than zero. Both are numbers. */
int number_compare_any(struct json a, struct json b);

static inline int number_compare(struct json a, struct json b)
{
    if (a.type == JSON_INT && b.type == JSON_INT) /* most are */
        return (a.as.integer > b.as.integer) - (a.as.integer < b.as.integer);
    return number_compare_any(a, b);
}

/* Whether a number has no fraction: 1.0 and 1e300 are integers. */
bool number_is_integer(struct json number);

/* A number by its decimal digits, the sign left out: digits * 10^exponent. Of a double, the
 * shortest digits that read back as it: those that a person wrote. */
struct decimal {
    uint64_t digits;
    int exponent;
};
struct decimal number_decimal(struct json number);

/* What "multipleOf" divides by: above zero. */
struct divisor {
    struct json value;
    struct decimal decimal;
};

/* Whether number / divisor is an integer, in decimal arithmetic: 0.3 is a multiple of 0.1. */
bool number_is_multiple(struct json number, const struct divisor *divisor);

#endif
