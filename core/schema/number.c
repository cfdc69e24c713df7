#include "core/schema/number.h"

#include "core/double.h"

/* --- Comparison --------------------------------------------------------------------- */

static int compare_doubles(double a, double b)
{
    return (a > b) - (a < b);
}

/* An integer of 64 bits with its sign apart, which holds both kinds. */
struct magnitude {
    bool is_negative;
    uint64_t value;
};

static struct magnitude magnitude(struct json integer)
{
    if (integer.type == JSON_UINT)
        return (struct magnitude){false, integer.as.uinteger};
    int64_t value = integer.as.integer;
    return (struct magnitude){value < 0, value < 0 ? 0 - (uint64_t)value : (uint64_t)value};
}

static int compare_integers(struct json a, struct json b)
{
    struct magnitude left = magnitude(a), right = magnitude(b);
    if (left.is_negative != right.is_negative)
        return left.is_negative ? -1 : 1;
    int order = (left.value > right.value) - (left.value < right.value);
    return left.is_negative ? -order : order;
}

/* The double is cut to an integer where it has one of 64 bits; its fraction decides where
 * those are equal. */
static int compare_integer_double(struct json integer, double number)
{
    struct magnitude left = magnitude(integer);
    bool is_negative = number < 0;
    double size = is_negative ? -number : number;
    if (left.is_negative != is_negative && (left.value != 0 || size != 0))
        return left.is_negative ? -1 : 1;
    int order;
    if (size >= 0x1p64) {
        order = -1;
    } else {
        uint64_t whole = (uint64_t)size;
        order = (left.value > whole) - (left.value < whole);
        if (order == 0 && (double)whole != size)
            order = -1;
    }
    return is_negative ? -order : order;
}

int number_compare_any(struct json a, struct json b)
{
    if (a.type == JSON_DOUBLE && b.type == JSON_DOUBLE)
        return compare_doubles(a.as.number, b.as.number);
    if (a.type == JSON_DOUBLE)
        return -compare_integer_double(b, a.as.number);
    if (b.type == JSON_DOUBLE)
        return compare_integer_double(a, b.as.number);
    return compare_integers(a, b);
}

bool number_is_integer(struct json number)
{
    if (number.type != JSON_DOUBLE)
        return true;
    double size = number.as.number < 0 ? -number.as.number : number.as.number;
    return size >= 0x1p53 || (double)(uint64_t)size == size;
}

/* --- Decimals ------------------------------------------------------------------------- */

/* Trailing zeros go into the exponent, which keeps what follows small. */
static struct decimal normalized(struct decimal decimal)
{
    while (decimal.digits != 0 && decimal.digits % 10 == 0) {
        decimal.digits /= 10;
        decimal.exponent++;
    }
    return decimal;
}

/* Reads what double_format wrote: [-]digits[.digits][e[+-]digits], at most 17 digits that
 * are not leading zeros, or 21 with zeros behind. */
static struct decimal read_decimal(const char *text)
{
    struct decimal decimal = {0, 0};
    bool is_fraction = false;
    for (text += *text == '-'; *text != '\0' && *text != 'e'; text++) {
        if (*text == '.') {
            is_fraction = true;
        } else if (decimal.digits >= UINT64_MAX / 100) {
            decimal.exponent += !is_fraction; /* one of the zeros behind */
        } else {
            decimal.digits = decimal.digits * 10 + (uint64_t)(*text - '0');
            decimal.exponent -= is_fraction;
        }
    }
    if (*text == 'e') {
        bool is_negative = text[1] == '-';
        int exponent = 0;
        for (text += 2; *text != '\0'; text++)
            exponent = exponent * 10 + (*text - '0');
        decimal.exponent += is_negative ? -exponent : exponent;
    }
    return decimal;
}

struct decimal number_decimal(struct json number)
{
    if (number.type != JSON_DOUBLE)
        return normalized((struct decimal){magnitude(number).value, 0});
    char text[DOUBLE_TEXT_SIZE];
    double_format(number.as.number, text);
    return normalized(read_decimal(text));
}

/* --- multipleOf -------------------------------------------------------------------------- */

/* (a + b) mod m, for a and b below m. */
static uint64_t add_modulo(uint64_t a, uint64_t b, uint64_t m)
{
    return a >= m - b ? a - (m - b) : a + b;
}

static uint64_t ten_times_modulo(uint64_t a, uint64_t m)
{
    uint64_t two = add_modulo(a, a, m);
    uint64_t four = add_modulo(two, two, m);
    return add_modulo(add_modulo(four, four, m), two, m);
}

/* Whether number is divisor times an integer, both in decimal. The exponents of doubles lie
 * within some 650 of one another, which bounds the loops. */
static bool is_decimal_multiple(struct decimal number, struct decimal divisor)
{
    if (number.digits == 0)
        return true;
    if (number.exponent >= divisor.exponent) {
        uint64_t rest = number.digits % divisor.digits;
        for (int i = divisor.exponent; i < number.exponent && rest != 0; i++)
            rest = ten_times_modulo(rest, divisor.digits);
        return rest == 0;
    }
    /* The digits of `number` do not end in zero: ten more of them would have to come from
     * the divisor's, so it is divided by the powers of ten as far as that goes. */
    uint64_t scaled = divisor.digits;
    for (int i = number.exponent; i < divisor.exponent; i++) {
        if (scaled > number.digits / 10)
            return false;
        scaled *= 10;
    }
    return number.digits % scaled == 0;
}

static const double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* The nearest multiple is `product` / 10^n with at most 15 digits; a double holds both sides
 * of that division exactly, so IEEE 754 makes it the double that is nearest to the decimal.
 * No other decimal of so few digits has that double: it is equal to the number, or the
 * number is no multiple. False where this is not so: the digits are then counted. */
static bool decide_quickly(double number, const struct divisor *divisor, bool *is_multiple)
{
    enum { EXPONENT_MIN = -22 };
    const uint64_t product_max = UINT64_C(999999999999999);
    struct decimal decimal = divisor->decimal;
    if (decimal.exponent < EXPONENT_MIN || decimal.exponent > 0 || decimal.digits > product_max)
        return false;
    double size = number < 0 ? -number : number;
    double scale = powers_of_ten[-decimal.exponent];
    double quotient = size / ((double)decimal.digits / scale);
    if (quotient >= (double)(product_max / decimal.digits))
        return false;
    uint64_t product = (uint64_t)(quotient + 0.5) * decimal.digits;
    *is_multiple = (double)product / scale == size;
    return true;
}

bool number_is_multiple(struct json number, const struct divisor *divisor)
{
    if (number.type == JSON_INT && divisor->value.type == JSON_INT)
        return number.as.integer % divisor->value.as.integer == 0;
    bool is_multiple;
    if (number.type == JSON_DOUBLE && decide_quickly(number.as.number, divisor, &is_multiple))
        return is_multiple;
    return is_decimal_multiple(number_decimal(number), divisor->decimal);
}
