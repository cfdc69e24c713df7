/* The extension library "math" (cel-go's ext/math, version 2). Nothing of libm: whole parts
 * are taken by conversion, and the square root bit by bit, correctly rounded. */
#include <inttypes.h>
#include <math.h> /* NAN and isnan, isinf, isfinite, signbit: macros, nothing of libm */

#include "core/cel/evaluation.h"

/* --- The greatest and the least ----------------------------------------------------------- */

enum { GREATEST, LEAST };

static bool fail_extreme(struct cel_evaluation *evaluation, const struct cel_function *function,
                         const struct cel_value *value)
{
    return cel_fail(evaluation, "no such overload: %s() with %s where a number is needed",
                    function->name, cel_type_name(value->type));
}

/* Takes the greater or lesser of *best and `element`. NaN has no place in that order. */
static bool take_extreme(struct cel_evaluation *evaluation, const struct cel_function *function,
                         const struct cel_value *element, struct cel_value *best)
{
    enum cel_order order = cel_number_order(element, best);
    if (order == CEL_UNORDERED)
        return cel_fail(evaluation, "%s() of NaN, which has no order", function->name);
    if (order == (function->detail == GREATEST ? CEL_GREATER : CEL_LESS))
        *best = *element;
    return true;
}

/* math.greatest(a, b, ...), or of one list. */
static bool extreme(struct cel_evaluation *evaluation, const struct cel_function *function,
                    const struct cel_value *arguments, struct cel_value *out)
{
    if (arguments[0].type != CEL_LIST) {
        *out = arguments[0];
        return true;
    }
    uint32_t count = cel_count(&arguments[0]);
    if (count == 0)
        return cel_fail(evaluation, "%s() of an empty list", function->name);
    if (!cel_charge(evaluation, count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct cel_value element = cel_element(&arguments[0], i);
        if (!cel_is_number(&element))
            return fail_extreme(evaluation, function, &element);
        if (i == 0)
            *out = element;
        else if (!take_extreme(evaluation, function, &element, out))
            return false;
    }
    return true;
}

/* --- Whole parts -------------------------------------------------------------------------- */

/* Doubles from here on have no fraction. */
#define WHOLE_FROM 0x1p52

/* Towards zero; the sign stays, of zero too. */
static double truncate(double number)
{
    if (!(number > -WHOLE_FROM && number < WHOLE_FROM)) /* NaN and infinities too */
        return number;
    double whole = (double)(int64_t)number;
    return whole == 0 && signbit(number) ? -0.0 : whole;
}

enum { CEIL, FLOOR, ROUND, TRUNC };

/* The nearest, a half away from zero. The difference is exact. */
static double round_half_away(double number)
{
    double whole = truncate(number), rest = number - whole;
    if (rest >= 0.5)
        return whole + 1;
    return rest <= -0.5 ? whole - 1 : whole;
}

static bool round_double(struct cel_evaluation *evaluation, const struct cel_function *function,
                         const struct cel_value *arguments, struct cel_value *out)
{
    double number = arguments[0].as.number, whole = truncate(number);
    (void)evaluation;
    if (function->detail == CEIL && whole < number)
        whole += 1;
    else if (function->detail == FLOOR && whole > number)
        whole -= 1;
    else if (function->detail == ROUND)
        whole = round_half_away(number);
    *out = cel_double(whole);
    return true;
}

/* --- Signs and kinds ---------------------------------------------------------------------- */

static bool absolute(struct cel_evaluation *evaluation, const struct cel_function *function,
                     const struct cel_value *arguments, struct cel_value *out)
{
    (void)function;
    *out = arguments[0];
    if (out->type == CEL_INT && out->as.integer == INT64_MIN)
        return cel_fail(evaluation, "integer overflow: math.abs(%" PRId64 ")", out->as.integer);
    if (out->type == CEL_INT && out->as.integer < 0)
        out->as.integer = -out->as.integer;
    else if (out->type == CEL_DOUBLE && signbit(out->as.number))
        out->as.number = -out->as.number;
    return true;
}

/* -1, 0 or 1 of the argument's type; NaN stays NaN. */
static bool sign(struct cel_evaluation *evaluation, const struct cel_function *function,
                 const struct cel_value *arguments, struct cel_value *out)
{
    const struct cel_value *value = &arguments[0];
    (void)evaluation;
    (void)function;
    if (value->type == CEL_INT)
        *out = cel_int((value->as.integer > 0) - (value->as.integer < 0));
    else if (value->type == CEL_UINT)
        *out = cel_uint(value->as.uinteger > 0);
    else if (isnan(value->as.number))
        *out = *value;
    else
        *out = cel_double((value->as.number > 0) - (value->as.number < 0));
    return true;
}

enum { IS_NAN, IS_INFINITE, IS_FINITE };

static bool is_kind(struct cel_evaluation *evaluation, const struct cel_function *function,
                    const struct cel_value *arguments, struct cel_value *out)
{
    double number = arguments[0].as.number;
    (void)evaluation;
    if (function->detail == IS_NAN)
        *out = cel_bool(isnan(number));
    else
        *out = cel_bool(function->detail == IS_INFINITE ? isinf(number) : isfinite(number));
    return true;
}

/* --- The square root ---------------------------------------------------------------------- */

enum { SIGNIFICAND_BITS = 53, EXPONENT_BIAS = 1075 };
#define HIDDEN_BIT (UINT64_C(1) << (SIGNIFICAND_BITS - 1))

static uint64_t bits_of(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

/* Of a positive, finite double, as significand * 2^exponent with its highest bit set. */
static uint64_t split(double number, int *exponent)
{
    uint64_t bits = bits_of(number), significand = bits & (HIDDEN_BIT - 1);
    int field = (int)(bits >> (SIGNIFICAND_BITS - 1));
    if (field > 0)
        significand |= HIDDEN_BIT;
    *exponent = (field > 0 ? field : 1) - EXPONENT_BIAS;
    for (; significand < HIDDEN_BIT; significand <<= 1)
        --*exponent;
    return significand;
}

/* The significand of the root of significand * 2^52 (of * 2^53 if `odd`), one bit at a time
 * from the highest, and one more bit to round by. What is left over says whether the root is
 * exact; it cannot lie exactly between two doubles. */
static uint64_t root_of_significand(uint64_t significand, bool odd)
{
    uint64_t left = significand << (1 + odd), root = 0, doubled = 0;
    for (uint64_t bit = UINT64_C(1) << SIGNIFICAND_BITS; bit != 0; bit >>= 1) {
        if (doubled + bit <= left) {
            left -= doubled + bit;
            doubled += 2 * bit;
            root += bit;
        }
        left <<= 1;
    }
    return (root + 1) >> 1;
}

/* IEEE 754, squareRoot: correctly rounded. */
static double square_root(double number)
{
    int exponent;
    if (isnan(number) || number == 0 || (isinf(number) && number > 0))
        return number;
    if (number < 0)
        return NAN;
    uint64_t significand = split(number, &exponent);
    bool odd = exponent % 2 != 0; /* the root takes half of the exponent */
    uint64_t root = root_of_significand(significand, odd);
    int half = (exponent - odd - (SIGNIFICAND_BITS - 1)) / 2;
    uint64_t bits = ((uint64_t)(half + EXPONENT_BIAS - 1) << (SIGNIFICAND_BITS - 1)) + root;
    double result;
    memcpy(&result, &bits, sizeof result);
    return result;
}

static bool sqrt_of(struct cel_evaluation *evaluation, const struct cel_function *function,
                    const struct cel_value *arguments, struct cel_value *out)
{
    double number = arguments[0].as.number;
    (void)function;
    if (arguments[0].type == CEL_INT)
        number = (double)arguments[0].as.integer;
    else if (arguments[0].type == CEL_UINT)
        number = (double)arguments[0].as.uinteger;
    if (!cel_charge(evaluation, 4)) /* for its 54 bits */
        return false;
    *out = cel_double(square_root(number));
    return true;
}

/* --- Bits --------------------------------------------------------------------------------- */

enum { AND, OR, XOR, NOT, SHIFT_LEFT, SHIFT_RIGHT };

static uint64_t bits_of_integer(const struct cel_value *value)
{
    return value->type == CEL_INT ? (uint64_t)value->as.integer : value->as.uinteger;
}

/* As an int, bit by bit, without depending on how C converts what does not fit. */
static int64_t int_of_bits(uint64_t bits)
{
    return bits > INT64_MAX ? -(int64_t)(UINT64_MAX - bits) - 1 : (int64_t)bits;
}

static void set_bits(enum cel_type type, uint64_t bits, struct cel_value *out)
{
    *out = type == CEL_INT ? cel_int(int_of_bits(bits)) : cel_uint(bits);
}

static bool combine_bits(struct cel_evaluation *evaluation, const struct cel_function *function,
                         const struct cel_value *arguments, struct cel_value *out)
{
    uint64_t a = bits_of_integer(&arguments[0]), b = bits_of_integer(&arguments[1]);
    (void)evaluation;
    uint64_t both = function->detail == AND ? a & b : function->detail == OR ? a | b : a ^ b;
    set_bits(arguments[0].type, both, out);
    return true;
}

static bool invert_bits(struct cel_evaluation *evaluation, const struct cel_function *function,
                        const struct cel_value *arguments, struct cel_value *out)
{
    (void)evaluation;
    (void)function;
    set_bits(arguments[0].type, ~bits_of_integer(&arguments[0]), out);
    return true;
}

/* Zeros come in from either side, for an int too; 64 places leave nothing else. */
static bool shift_bits(struct cel_evaluation *evaluation, const struct cel_function *function,
                       const struct cel_value *arguments, struct cel_value *out)
{
    uint64_t bits = bits_of_integer(&arguments[0]);
    int64_t places = arguments[1].as.integer;
    if (places < 0)
        return cel_fail(evaluation, "%s(): a negative offset: %" PRId64, function->name, places);
    if (places >= 64)
        bits = 0;
    else
        bits = function->detail == SHIFT_LEFT ? bits << places : bits >> places;
    set_bits(arguments[0].type, bits, out);
    return true;
}

#define INT     CEL_TYPE_BIT(CEL_INT)
#define UINT    CEL_TYPE_BIT(CEL_UINT)
#define DOUBLE  CEL_TYPE_BIT(CEL_DOUBLE)
#define LIST    CEL_TYPE_BIT(CEL_LIST)
#define NUMBERS (INT | UINT | DOUBLE)

static const struct cel_function functions[] = {
    {.name = "math.greatest",
     CEL_GLOBAL,
     CEL_ARGUMENTS_LISTED,
     {NUMBERS | LIST},
     extreme,
     GREATEST},
    {.name = "math.least", CEL_GLOBAL, CEL_ARGUMENTS_LISTED, {NUMBERS | LIST}, extreme, LEAST},
    {.name = "math.ceil", CEL_GLOBAL, 1, {DOUBLE}, round_double, CEIL},
    {.name = "math.floor", CEL_GLOBAL, 1, {DOUBLE}, round_double, FLOOR},
    {.name = "math.round", CEL_GLOBAL, 1, {DOUBLE}, round_double, ROUND},
    {.name = "math.trunc", CEL_GLOBAL, 1, {DOUBLE}, round_double, TRUNC},
    {.name = "math.abs", CEL_GLOBAL, 1, {NUMBERS}, absolute},
    {.name = "math.sign", CEL_GLOBAL, 1, {NUMBERS}, sign},
    {.name = "math.isNaN", CEL_GLOBAL, 1, {DOUBLE}, is_kind, IS_NAN},
    {.name = "math.isInf", CEL_GLOBAL, 1, {DOUBLE}, is_kind, IS_INFINITE},
    {.name = "math.isFinite", CEL_GLOBAL, 1, {DOUBLE}, is_kind, IS_FINITE},
    {.name = "math.sqrt", CEL_GLOBAL, 1, {NUMBERS}, sqrt_of},
    {.name = "math.bitAnd", CEL_GLOBAL, 2, {INT, INT}, combine_bits, AND},
    {.name = "math.bitAnd", CEL_GLOBAL, 2, {UINT, UINT}, combine_bits, AND},
    {.name = "math.bitOr", CEL_GLOBAL, 2, {INT, INT}, combine_bits, OR},
    {.name = "math.bitOr", CEL_GLOBAL, 2, {UINT, UINT}, combine_bits, OR},
    {.name = "math.bitXor", CEL_GLOBAL, 2, {INT, INT}, combine_bits, XOR},
    {.name = "math.bitXor", CEL_GLOBAL, 2, {UINT, UINT}, combine_bits, XOR},
    {.name = "math.bitNot", CEL_GLOBAL, 1, {INT | UINT}, invert_bits, NOT},
    {.name = "math.bitShiftLeft", CEL_GLOBAL, 2, {INT | UINT, INT}, shift_bits, SHIFT_LEFT},
    {.name = "math.bitShiftRight", CEL_GLOBAL, 2, {INT | UINT, INT}, shift_bits, SHIFT_RIGHT},
};

const struct cel_library cel_library_math = {functions, sizeof functions / sizeof functions[0]};
