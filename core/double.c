#include "core/double.h"

#include <float.h>
#include <stdint.h>
#include <string.h>

#include "core/writer.h"

_Static_assert(FLT_RADIX == 2 && DBL_MANT_DIG == 53 && DBL_MAX_EXP == 1024,
               "doubles are IEEE 754 binary64");
_Static_assert(FLT_EVAL_METHOD == 0, "the short cuts below need operations that round once");

/* A finite double is significand * 2^exponent; the smallest ones have EXPONENT_MIN and
 * no hidden bit. */
enum { SIGNIFICAND_BITS = 53, EXPONENT_MIN = -1074, EXPONENT_FIELD_MAX = 2047 };
#define HIDDEN_BIT (UINT64_C(1) << (SIGNIFICAND_BITS - 1))

/* The powers of ten that are doubles without rounding (5^22 < 2^53). */
enum { EXACT_POWER_MAX = 22 };
static const double exact_powers[EXACT_POWER_MAX + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* Integers below this have at most DBL_DIG (15) digits: no two of them, at any scale,
 * are nearest to the same double. */
#define EXACT_DIGITS_LIMIT UINT64_C(1000000000000000)

static uint64_t double_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static unsigned exponent_field(double value)
{
    return (unsigned)(double_bits(value) >> (SIGNIFICAND_BITS - 1)) & EXPONENT_FIELD_MAX;
}

bool double_is_finite(double value)
{
    return exponent_field(value) != EXPONENT_FIELD_MAX;
}

/* --- Big natural numbers ------------------------------------------------------
 * Only what is needed here. The largest is the denominator of the longest number that
 * double_parse looks at: 10^1094 (see parse_exact), 3,635 bits, doubled a few times. */
enum { BIG_WORDS = 120 };

struct big {
    uint32_t words[BIG_WORDS]; /* least significant first */
    int count;                 /* words in use; the last of them is not zero */
};

static struct big big_of(uint64_t value)
{
    struct big big;
    big.words[0] = (uint32_t)value;
    big.words[1] = (uint32_t)(value >> 32);
    big.count = big.words[1] != 0 ? 2 : big.words[0] != 0;
    return big;
}

static void big_multiply_add(struct big *big, uint32_t factor, uint32_t addend)
{
    uint64_t carry = addend;
    for (int i = 0; i < big->count; i++) {
        carry += (uint64_t)big->words[i] * factor;
        big->words[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0)
        big->words[big->count++] = (uint32_t)carry;
}

static void big_multiply_power_of_ten(struct big *big, int power)
{
    for (; power >= 9; power -= 9)
        big_multiply_add(big, 1000000000, 0);
    for (; power > 0; power--)
        big_multiply_add(big, 10, 0);
}

static void big_shift_left(struct big *big, int bits)
{
    if (big->count == 0)
        return;
    int words = bits / 32;
    if (words > 0) {
        memmove(big->words + words, big->words, (size_t)big->count * sizeof big->words[0]);
        memset(big->words, 0, (size_t)words * sizeof big->words[0]);
        big->count += words;
    }
    if (bits % 32 != 0)
        big_multiply_add(big, UINT32_C(1) << bits % 32, 0);
}

static int big_bits(const struct big *big)
{
    if (big->count == 0)
        return 0;
    int bits = (big->count - 1) * 32;
    for (uint32_t top = big->words[big->count - 1]; top != 0; top >>= 1)
        bits++;
    return bits;
}

static int big_compare(const struct big *a, const struct big *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (int i = a->count - 1; i >= 0; i--) {
        if (a->words[i] != b->words[i])
            return a->words[i] < b->words[i] ? -1 : 1;
    }
    return 0;
}

/* a += b */
static void big_add(struct big *a, const struct big *b)
{
    uint64_t carry = 0;
    for (int i = 0; i < b->count || carry != 0; i++) {
        if (i == a->count)
            a->words[a->count++] = 0;
        carry += (uint64_t)a->words[i] + (i < b->count ? b->words[i] : 0);
        a->words[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

/* a -= b, which is not greater */
static void big_subtract(struct big *a, const struct big *b)
{
    uint32_t borrow = 0;
    for (int i = 0; i < a->count; i++) {
        uint64_t taken = (uint64_t)(i < b->count ? b->words[i] : 0) + borrow;
        borrow = a->words[i] < taken;
        a->words[i] = (uint32_t)(a->words[i] - taken);
    }
    while (a->count > 0 && a->words[a->count - 1] == 0)
        a->count--;
}

/* --- Formatting ---------------------------------------------------------------- */

/* 0.d1d2...dn * 10^point */
struct digits {
    char text[24];
    int count;
    int point;
};

static void digits_of_integer(uint64_t integer, struct digits *out)
{
    char reversed[20];
    int count = 0;
    for (; integer != 0; integer /= 10)
        reversed[count++] = (char)('0' + integer % 10);
    for (int i = 0; i < count; i++)
        out->text[i] = reversed[count - 1 - i];
    out->count = out->point = count;
    while (out->count > 1 && out->text[out->count - 1] == '0')
        out->count--;
}

/* Numbers as people write them, without big integers: whole ones below 2^53, whose
 * neighbours are at most 1 away, and those of at most 15 digits with a fraction. The
 * quotient of two exact doubles is rounded once, so when it is `value`, the digits read
 * back as it; the first scale at which they do has the fewest, and no other 15 do. */
static bool format_short(double value, struct digits *out)
{
    if (value < 0x1p53 && value == (double)(uint64_t)value) {
        digits_of_integer((uint64_t)value, out);
        return true;
    }
    if (value < 1e-5 || value >= 1e15)
        return false;
    for (int scale = 1; scale <= EXACT_POWER_MAX; scale++) {
        uint64_t integer = (uint64_t)(value * exact_powers[scale] + 0.5);
        if (integer >= EXACT_DIGITS_LIMIT)
            return false;
        if ((double)integer / exact_powers[scale] == value) {
            digits_of_integer(integer, out);
            out->point -= scale;
            return true;
        }
    }
    return false;
}

/* The number as a fraction numerator/denominator, and half the distances to its
 * neighbours, above and below, over the same denominator. */
struct fraction {
    struct big numerator, denominator, above, below;
    bool inclusive; /* a number exactly between this and a neighbour reads back as this */
};

static void fraction_of(uint64_t significand, int exponent, struct fraction *out)
{
    out->inclusive = significand % 2 == 0;
    out->numerator = big_of(significand);
    out->denominator = big_of(1);
    out->above = big_of(1);
    out->below = big_of(1);
    /* At a power of two the neighbour below is at half the distance of the one above. */
    int narrow = significand == HIDDEN_BIT && exponent > EXPONENT_MIN;
    int up = exponent > 0 ? exponent : 0, down = exponent < 0 ? -exponent : 0;
    big_shift_left(&out->numerator, up + 1 + narrow);
    big_shift_left(&out->denominator, down + 1 + narrow);
    big_shift_left(&out->above, up + narrow);
    big_shift_left(&out->below, up);
}

/* Whether the number with the distance above it reaches `limit`. */
static bool reaches(const struct fraction *fraction, const struct big *limit)
{
    struct big sum = fraction->numerator;
    big_add(&sum, &fraction->above);
    int order = big_compare(&sum, limit);
    return fraction->inclusive ? order >= 0 : order > 0;
}

static void fraction_times_ten(struct fraction *fraction)
{
    big_multiply_add(&fraction->numerator, 10, 0);
    big_multiply_add(&fraction->above, 10, 0);
    big_multiply_add(&fraction->below, 10, 0);
}

/* Scales the fraction so that its first digit stands right behind the point, and
 * returns where the point was. */
static int fraction_scale(struct fraction *fraction, int bits)
{
    /* log10(2) = 0.30103; what the estimate misses, the loops below mend. */
    int point = bits * 30103 / 100000;
    if (point > 0)
        big_multiply_power_of_ten(&fraction->denominator, point);
    if (point < 0) {
        big_multiply_power_of_ten(&fraction->numerator, -point);
        big_multiply_power_of_ten(&fraction->above, -point);
        big_multiply_power_of_ten(&fraction->below, -point);
    }
    while (reaches(fraction, &fraction->denominator)) {
        big_multiply_add(&fraction->denominator, 10, 0);
        point++;
    }
    for (;;) {
        struct fraction tenfold = *fraction;
        fraction_times_ten(&tenfold);
        if (reaches(&tenfold, &tenfold.denominator))
            return point;
        *fraction = tenfold;
        point--;
    }
}

/* Free-format printing: G. Steele and J. White, "How to print floating-point numbers
 * accurately" (PLDI 1990), in the form of R. Burger and K. Dybvig (PLDI 1996). Digits
 * come until what is left is within the distance to a neighbour. */
static void format_exact(uint64_t significand, int exponent, struct digits *out)
{
    struct fraction fraction;
    fraction_of(significand, exponent, &fraction);
    struct big whole = big_of(significand);
    out->point = fraction_scale(&fraction, big_bits(&whole) + exponent);
    out->count = 0;
    for (;;) {
        fraction_times_ten(&fraction);
        int digit = 0;
        while (big_compare(&fraction.numerator, &fraction.denominator) >= 0) {
            big_subtract(&fraction.numerator, &fraction.denominator);
            digit++;
        }
        int order = big_compare(&fraction.numerator, &fraction.below);
        bool low = fraction.inclusive ? order <= 0 : order < 0;
        bool high = reaches(&fraction, &fraction.denominator);
        if (low && high) { /* both neighbouring digits would do: the nearer, then the even */
            struct big twice = fraction.numerator;
            big_shift_left(&twice, 1);
            order = big_compare(&twice, &fraction.denominator);
            high = order > 0 || (order == 0 && digit % 2 == 1);
        }
        out->text[out->count++] = (char)('0' + digit + high);
        if (low || high)
            return;
    }
}

static char *put(char *at, const char *bytes, int count)
{
    memcpy(at, bytes, (size_t)count);
    return at + count;
}

static char *put_zeros(char *at, int count)
{
    memset(at, '0', (size_t)count);
    return at + count;
}

/* ECMA-262, Number::toString, steps 6 to 12. */
static char *put_digits(char *at, const struct digits *digits)
{
    int count = digits->count, point = digits->point;
    if (count <= point && point <= 21)
        return put_zeros(put(at, digits->text, count), point - count);
    if (0 < point && point <= 21) {
        at = put(put(at, digits->text, point), ".", 1);
        return put(at, digits->text + point, count - point);
    }
    if (-6 < point && point <= 0)
        return put(put_zeros(put(at, "0.", 2), -point), digits->text, count);

    at = put(at, digits->text, 1);
    if (count > 1)
        at = put(put(at, ".", 1), digits->text + 1, count - 1);
    at = put(at, point > 0 ? "e+" : "e-", 2);
    struct digits exponent;
    digits_of_integer((uint64_t)(point > 0 ? point - 1 : 1 - point), &exponent);
    return put_zeros(put(at, exponent.text, exponent.count), exponent.point - exponent.count);
}

static char *put_magnitude(char *at, uint64_t bits)
{
    double magnitude;
    memcpy(&magnitude, &bits, sizeof magnitude);
    if (bits == 0)
        return put(at, "0", 1);
    struct digits digits;
    if (!format_short(magnitude, &digits)) {
        uint64_t significand = bits & (HIDDEN_BIT - 1);
        int exponent = (int)exponent_field(magnitude);
        if (exponent > 0)
            significand |= HIDDEN_BIT;
        format_exact(significand, EXPONENT_MIN + (exponent > 0 ? exponent - 1 : 0), &digits);
    }
    return put_digits(at, &digits);
}

size_t double_format(double value, char out[DOUBLE_TEXT_SIZE])
{
    const uint64_t sign = UINT64_C(1) << 63;
    uint64_t bits = double_bits(value), magnitude = bits & ~sign;
    char *at = out;
    if (value != value) {
        at = put(at, "NaN", 3);
    } else {
        if ((bits & sign) != 0)
            at = put(at, "-", 1);
        at = double_is_finite(value) ? put_magnitude(at, magnitude) : put(at, "Infinity", 8);
    }
    *at = '\0';
    return (size_t)(at - out);
}

static void write_zeros(struct writer *writer, int count)
{
    for (int i = 0; i < count; i++)
        writer_char(writer, '0');
}

void double_write_plain(struct writer *writer, double value)
{
    char text[DOUBLE_TEXT_SIZE];
    size_t size = double_format(value, text), at = text[0] == '-';
    int point = 0, count = 0, exponent = 0;
    char digits[DOUBLE_TEXT_SIZE];
    bool in_fraction = false;
    const char *e = memchr(text, 'e', size);
    if (!double_is_finite(value) || e == NULL) {
        writer_bytes(writer, text, size);
        return;
    }
    for (const char *digit = text + at; digit < e; digit++) {
        in_fraction = in_fraction || *digit == '.';
        if (*digit != '.')
            digits[count++] = *digit;
        point += !in_fraction;
    }
    for (const char *digit = e + 2; digit < text + size; digit++)
        exponent = exponent * 10 + (*digit - '0');
    point += e[1] == '-' ? -exponent : exponent;
    writer_bytes(writer, text, at);
    write_zeros(writer, point > 0 ? 0 : 1);
    if (point <= 0)
        writer_char(writer, '.');
    write_zeros(writer, -point);
    writer_bytes(writer, digits, (size_t)count);
    write_zeros(writer, point - count);
}

/* --- Rounding to digits ---------------------------------------------------------- */

/* 0.d1d2...dn * 10^point; the largest double has 309 digits before its point. */
struct decimal_digits {
    char text[DBL_MAX_10_EXP + 1 + DOUBLE_PRECISION_MAX + 1];
    int count;
    int point;
};

/* numerator/denominator in [0.1, 1) and the power of ten that was taken out. */
struct scaled {
    struct big numerator, denominator;
    int point;
};

static void scaled_of(uint64_t significand, int exponent, struct scaled *out)
{
    struct big ten;
    out->numerator = big_of(significand);
    out->denominator = big_of(1);
    out->point = (big_bits(&out->numerator) + exponent) * 30103 / 100000; /* log10(2) */
    big_shift_left(exponent > 0 ? &out->numerator : &out->denominator,
                   exponent > 0 ? exponent : -exponent);
    big_multiply_power_of_ten(out->point > 0 ? &out->denominator : &out->numerator,
                              out->point > 0 ? out->point : -out->point);
    for (; big_compare(&out->numerator, &out->denominator) >= 0; out->point++)
        big_multiply_add(&out->denominator, 10, 0);
    for (;; out->point--) {
        ten = out->numerator;
        big_multiply_add(&ten, 10, 0);
        if (big_compare(&ten, &out->denominator) >= 0)
            return;
        out->numerator = ten;
    }
}

/* One more in the last place; all nines become a one with a zero behind it. */
static void digits_round_up(struct decimal_digits *digits)
{
    int at = digits->count;
    while (at > 0 && digits->text[at - 1] == '9')
        digits->text[--at] = '0';
    if (at > 0) {
        digits->text[at - 1]++;
        return;
    }
    memmove(digits->text + 1, digits->text, (size_t)digits->count);
    digits->text[0] = '1';
    digits->count++;
    digits->point++;
}

/* `count` digits of what is scaled, and rounds by the rest. A count below zero is none, and
 * then the number is too small to be rounded up. */
static void digits_of_scaled(struct scaled *scaled, int count, struct decimal_digits *out)
{
    out->count = 0;
    out->point = scaled->point;
    for (int i = 0; i < count; i++) {
        char digit = '0';
        big_multiply_add(&scaled->numerator, 10, 0);
        for (; big_compare(&scaled->numerator, &scaled->denominator) >= 0; digit++)
            big_subtract(&scaled->numerator, &scaled->denominator);
        out->text[out->count++] = digit;
    }
    big_shift_left(&scaled->numerator, 1);
    int order = big_compare(&scaled->numerator, &scaled->denominator);
    bool is_odd = count > 0 && (out->text[count - 1] - '0') % 2 == 1;
    if (count >= 0 && (order > 0 || (order == 0 && is_odd)))
        digits_round_up(out);
}

/* Writes the sign; false for zero, whose digits are all zeros. */
static bool scale_magnitude(struct writer *writer, double value, struct scaled *out)
{
    uint64_t bits = double_bits(value), significand = bits & (HIDDEN_BIT - 1);
    int exponent = (int)exponent_field(value);
    if (bits >> 63 != 0)
        writer_char(writer, '-');
    if (exponent > 0)
        significand |= HIDDEN_BIT;
    if (significand == 0)
        return false;
    scaled_of(significand, EXPONENT_MIN + (exponent > 0 ? exponent - 1 : 0), out);
    return true;
}

void double_write_fixed(struct writer *writer, double value, int precision)
{
    struct scaled scaled;
    struct decimal_digits digits = {.count = 0, .point = 0};
    if (scale_magnitude(writer, value, &scaled))
        digits_of_scaled(&scaled, scaled.point + precision, &digits);
    int whole = digits.count - precision; /* digits before the point; below 1: zeros are left out */
    if (whole > 0)
        writer_bytes(writer, digits.text, (size_t)whole);
    else
        writer_char(writer, '0');
    if (precision == 0)
        return;
    writer_char(writer, '.');
    write_zeros(writer, whole < 0 ? -whole : 0);
    int skipped = whole > 0 ? whole : 0;
    writer_bytes(writer, digits.text + skipped, (size_t)(digits.count - skipped));
}

void double_write_scientific(struct writer *writer, double value, int precision)
{
    struct scaled scaled;
    struct decimal_digits digits = {.count = 0, .point = 1};
    if (scale_magnitude(writer, value, &scaled)) {
        digits_of_scaled(&scaled, precision + 1, &digits);
    } else {
        memset(digits.text, '0', (size_t)precision + 1);
    }
    writer_bytes(writer, digits.text, 1);
    if (precision > 0) {
        writer_char(writer, '.');
        writer_bytes(writer, digits.text + 1, (size_t)precision);
    }
    int exponent = digits.point - 1;
    writer_string(writer, exponent < 0 ? "e-" : "e+");
    exponent = exponent < 0 ? -exponent : exponent;
    write_zeros(writer, exponent < 10);
    writer_uint64(writer, (uint64_t)exponent);
}

/* --- Parsing ------------------------------------------------------------------- */

/* A number exactly between two doubles has at most 767 digits, so of a longer one it
 * matters only whether anything follows (which a last digit of 1 stands for). */
enum { DIGITS_MAX = 769 };

struct decimal { /* digits * 10^exponent */
    bool negative;
    struct big digits;
    int digit_count; /* without leading zeros */
    bool more;       /* digits that were left out are not all zero */
    int64_t exponent;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void decimal_add_digit(struct decimal *decimal, char digit, bool in_fraction)
{
    if (decimal->digit_count == 0 && digit == '0') {
        decimal->exponent -= in_fraction;
        return;
    }
    if (decimal->digit_count == DIGITS_MAX - 1) {
        decimal->more = decimal->more || digit != '0';
        decimal->exponent += !in_fraction;
        return;
    }
    big_multiply_add(&decimal->digits, 10, (uint32_t)(digit - '0'));
    decimal->digit_count++;
    decimal->exponent -= in_fraction;
}

/* Reads digits from *at and returns how many there were. */
static size_t read_digits(struct text text, size_t *at, struct decimal *decimal, bool in_fraction)
{
    size_t start = *at;
    for (; *at < text.size && is_digit(text.data[*at]); (*at)++)
        decimal_add_digit(decimal, text.data[*at], in_fraction);
    return *at - start;
}

/* Reads what follows an "e". */
static bool read_exponent(struct text text, size_t *at, int64_t *exponent)
{
    /* Far beyond what any length of digits could bring back into range. */
    const int64_t limit = INT64_C(1000000000000000);
    bool negative = false;
    if (*at < text.size && (text.data[*at] == '+' || text.data[*at] == '-'))
        negative = text.data[(*at)++] == '-';
    if (*at == text.size)
        return false;
    int64_t value = 0;
    for (; *at < text.size && is_digit(text.data[*at]); (*at)++) {
        if (value < limit)
            value = value * 10 + (text.data[*at] - '0');
    }
    *exponent += negative ? -value : value;
    return is_digit(text.data[*at - 1]);
}

static bool decimal_read(struct text text, struct decimal *decimal)
{
    size_t at = 0;
    decimal->negative = text.size > 0 && text.data[0] == '-';
    if (decimal->negative)
        at++;
    if (read_digits(text, &at, decimal, false) == 0)
        return false;
    if (at < text.size && text.data[at] == '.') {
        at++;
        if (read_digits(text, &at, decimal, true) == 0)
            return false;
    }
    if (at < text.size && (text.data[at] == 'e' || text.data[at] == 'E')) {
        at++;
        if (!read_exponent(text, &at, &decimal->exponent))
            return false;
    }
    return at == text.size;
}

/* quotient * 2^exponent, and a little more if `more`, as the nearest double. */
static double round_to_double(uint64_t quotient, int exponent, bool more)
{
    int drop = 0;
    while (quotient >> drop >= HIDDEN_BIT << 1 || exponent + drop < EXPONENT_MIN)
        drop++;
    uint64_t significand = quotient >> drop;
    if (drop > 0) {
        uint64_t half = UINT64_C(1) << (drop - 1), rest = quotient & (half * 2 - 1);
        if (rest > half || (rest == half && (more || significand % 2 == 1)))
            significand++; /* a carry into the next power of two is right as it is */
    }
    /* The exponent's field counts one less for a number that has its hidden bit, which
     * the addition then brings. */
    uint64_t field = (uint64_t)(exponent + drop - EXPONENT_MIN);
    uint64_t bits = (field << (SIGNIFICAND_BITS - 1)) + significand;
    const uint64_t infinity = (uint64_t)EXPONENT_FIELD_MAX << (SIGNIFICAND_BITS - 1);
    if (bits > infinity)
        bits = infinity;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Long division, bit by bit, until there are more bits than a double holds. */
static double parse_exact(const struct decimal *decimal)
{
    enum { QUOTIENT_BITS = 56 };
    struct big numerator = decimal->digits, denominator = big_of(1);
    int exponent = (int)decimal->exponent;
    big_multiply_power_of_ten(exponent >= 0 ? &numerator : &denominator,
                              exponent >= 0 ? exponent : -exponent);
    int scale = big_bits(&numerator) - big_bits(&denominator);
    big_shift_left(scale >= 0 ? &denominator : &numerator, scale >= 0 ? scale : -scale);
    uint64_t quotient = 0;
    for (int i = 0; i < QUOTIENT_BITS; i++) {
        quotient <<= 1;
        if (big_compare(&numerator, &denominator) >= 0) {
            big_subtract(&numerator, &denominator);
            quotient |= 1;
        }
        big_shift_left(&numerator, 1);
    }
    return round_to_double(quotient, scale - (QUOTIENT_BITS - 1), numerator.count > 0);
}

static double decimal_magnitude(struct decimal *decimal)
{
    if (decimal->digit_count == 0)
        return 0;
    if (decimal->digit_count <= DBL_DIG && decimal->exponent >= -EXACT_POWER_MAX &&
        decimal->exponent <= EXACT_POWER_MAX) {
        uint64_t integer = decimal->digits.words[0];
        if (decimal->digits.count == 2)
            integer |= (uint64_t)decimal->digits.words[1] << 32;
        /* Two exact doubles, one rounding. */
        return decimal->exponent < 0 ? (double)integer / exact_powers[-decimal->exponent]
                                     : (double)integer * exact_powers[decimal->exponent];
    }
    /* The number is at least 10^(point - 1) and less than 10^point. */
    int64_t point = decimal->digit_count + decimal->exponent;
    if (point > DBL_MAX_10_EXP + 1)
        return round_to_double(1, DBL_MAX_EXP, false); /* infinity */
    if (point < -323)
        return 0; /* below 1e-324, less than half of the smallest, 4.9e-324 */
    if (decimal->more) {
        big_multiply_add(&decimal->digits, 10, 1);
        decimal->digit_count++;
        decimal->exponent--;
    }
    return parse_exact(decimal);
}

bool double_parse(struct text text, double *out)
{
    struct decimal decimal;
    decimal.digits.count = 0;
    decimal.digit_count = 0;
    decimal.more = false;
    decimal.exponent = 0;
    if (!decimal_read(text, &decimal))
        return false;
    double magnitude = decimal_magnitude(&decimal);
    *out = decimal.negative ? -magnitude : magnitude;
    return true;
}
