/* Ordering, arithmetic, concatenation and `in` (langdef.md, "Standard Definitions"); equality
 * is in equality.c. */
#include <inttypes.h>
#include <stdio.h>

#include "core/cel/evaluation.h"
#include "core/cel/time.h"

static const char *operator_text(enum cel_operator operation)
{
    switch (operation) {
    case OPERATOR_EQUAL: return "==";
    case OPERATOR_NOT_EQUAL: return "!=";
    case OPERATOR_LESS: return "<";
    case OPERATOR_LESS_EQUAL: return "<=";
    case OPERATOR_GREATER: return ">";
    case OPERATOR_GREATER_EQUAL: return ">=";
    case OPERATOR_IN: return "in";
    case OPERATOR_ADD: return "+";
    case OPERATOR_SUBTRACT: return "-";
    case OPERATOR_MULTIPLY: return "*";
    case OPERATOR_DIVIDE: return "/";
    case OPERATOR_MODULO: return "%";
    case OPERATOR_NONE: break;
    }
    return "?";
}

static bool fail_operator(struct cel_evaluation *evaluation, enum cel_operator operation,
                          const struct cel_value *left, const struct cel_value *right)
{
    return cel_fail(evaluation, "no such overload: %s %s %s", cel_type_name(left->type),
                    operator_text(operation), cel_type_name(right->type));
}

/* --- Membership ------------------------------------------------------------------------- */

/* `left in right` */
static bool contains(struct cel_evaluation *evaluation, const struct cel_value *left,
                     const struct cel_value *right, struct cel_value *out)
{
    bool found = false;
    if (right->type == CEL_MAP) {
        struct cel_value ignored;
        if (!cel_find(evaluation, right, left, &ignored, &found))
            return false;
    } else if (right->type == CEL_LIST) {
        uint32_t count = cel_count(right);
        for (uint32_t i = 0; i < count && !found; i++) {
            struct cel_value element = cel_element(right, i);
            if (!cel_equals(evaluation, left, &element, &found))
                return false;
        }
    } else {
        return fail_operator(evaluation, OPERATOR_IN, left, right);
    }
    *out = cel_bool(found);
    return true;
}

/* --- Ordering --------------------------------------------------------------------------- */

static enum cel_order sign_order(int sign)
{
    if (sign < 0)
        return CEL_LESS;
    return sign > 0 ? CEL_GREATER : CEL_EQUAL;
}

static enum cel_order time_order(struct clock_time a, struct clock_time b)
{
    if (a.seconds != b.seconds)
        return a.seconds < b.seconds ? CEL_LESS : CEL_GREATER;
    return sign_order((a.nanoseconds > b.nanoseconds) - (a.nanoseconds < b.nanoseconds));
}

/* False when the two have no order. */
static bool order_of(const struct cel_value *a, const struct cel_value *b, enum cel_order *out)
{
    bool same = a->type == b->type;
    if (cel_is_number(a) && cel_is_number(b))
        *out = cel_number_order(a, b);
    else if (same && (a->type == CEL_STRING || a->type == CEL_BYTES))
        *out = sign_order(text_compare(a->as.text, b->as.text));
    else if (same && a->type == CEL_BOOL)
        *out = sign_order(a->as.boolean - b->as.boolean);
    else if (same && (a->type == CEL_TIMESTAMP || a->type == CEL_DURATION))
        *out = time_order(a->as.time, b->as.time);
    else
        return false;
    return true;
}

static uint64_t cost_of_order(const struct cel_value *a, const struct cel_value *b)
{
    if (a->type != b->type || (a->type != CEL_STRING && a->type != CEL_BYTES))
        return 1;
    size_t size = a->as.text.size < b->as.text.size ? a->as.text.size : b->as.text.size;
    return 1 + cel_cost_of_bytes(size);
}

bool cel_order_values(struct cel_evaluation *evaluation, const struct cel_value *a,
                      const struct cel_value *b, enum cel_order *order, bool *ordered)
{
    if (!cel_charge(evaluation, cost_of_order(a, b)))
        return false;
    *ordered = order_of(a, b, order) && *order != CEL_UNORDERED;
    return true;
}

static bool compare(struct cel_evaluation *evaluation, enum cel_operator operation,
                    const struct cel_value *left, const struct cel_value *right,
                    struct cel_value *out)
{
    enum cel_order order;
    if (!cel_charge(evaluation, cost_of_order(left, right)))
        return false;
    if (!order_of(left, right, &order))
        return fail_operator(evaluation, operation, left, right);
    bool less = operation == OPERATOR_LESS || operation == OPERATOR_LESS_EQUAL;
    bool or_equal = operation == OPERATOR_LESS_EQUAL || operation == OPERATOR_GREATER_EQUAL;
    *out = cel_bool(order == (less ? CEL_LESS : CEL_GREATER) || (or_equal && order == CEL_EQUAL));
    return true;
}

/* --- Arithmetic ------------------------------------------------------------------------- */

static bool fail_int_overflow(struct cel_evaluation *evaluation, enum cel_operator operation,
                              int64_t a, int64_t b)
{
    return cel_fail(evaluation, "integer overflow: %" PRId64 " %s %" PRId64, a,
                    operator_text(operation), b);
}

static bool fail_uint_overflow(struct cel_evaluation *evaluation, enum cel_operator operation,
                               uint64_t a, uint64_t b)
{
    return cel_fail(evaluation, "unsigned integer overflow: %" PRIu64 "u %s %" PRIu64 "u", a,
                    operator_text(operation), b);
}

static bool int_multiply_overflows(int64_t a, int64_t b)
{
    if (a == 0 || b == 0)
        return false;
    if (a > 0)
        return b > 0 ? a > INT64_MAX / b : b < INT64_MIN / a;
    return b > 0 ? a < INT64_MIN / b : b < INT64_MAX / a;
}

static bool int_overflows(enum cel_operator operation, int64_t a, int64_t b)
{
    if (operation == OPERATOR_ADD)
        return b > 0 ? a > INT64_MAX - b : a < INT64_MIN - b;
    if (operation == OPERATOR_SUBTRACT)
        return b > 0 ? a < INT64_MIN + b : a > INT64_MAX + b;
    return int_multiply_overflows(a, b);
}

static bool fail_zero(struct cel_evaluation *evaluation, enum cel_operator operation)
{
    return cel_fail(evaluation, "%s by zero",
                    operation == OPERATOR_DIVIDE ? "division" : "modulus");
}

/* Division truncates towards zero; a remainder has the sign of the dividend. */
static bool int_division(struct cel_evaluation *evaluation, enum cel_operator operation, int64_t a,
                         int64_t b, struct cel_value *out)
{
    if (b == 0)
        return fail_zero(evaluation, operation);
    if (a == INT64_MIN && b == -1)
        return fail_int_overflow(evaluation, operation, a, b);
    *out = cel_int(operation == OPERATOR_DIVIDE ? a / b : a % b);
    return true;
}

static bool int_arithmetic(struct cel_evaluation *evaluation, enum cel_operator operation,
                           int64_t a, int64_t b, struct cel_value *out)
{
    if (operation == OPERATOR_DIVIDE || operation == OPERATOR_MODULO)
        return int_division(evaluation, operation, a, b, out);
    if (int_overflows(operation, a, b))
        return fail_int_overflow(evaluation, operation, a, b);
    if (operation == OPERATOR_ADD)
        *out = cel_int(a + b);
    else
        *out = cel_int(operation == OPERATOR_SUBTRACT ? a - b : a * b);
    return true;
}

static bool uint_overflows(enum cel_operator operation, uint64_t a, uint64_t b)
{
    if (operation == OPERATOR_ADD)
        return a > UINT64_MAX - b;
    if (operation == OPERATOR_SUBTRACT)
        return a < b;
    return b != 0 && a > UINT64_MAX / b;
}

static bool uint_division(struct cel_evaluation *evaluation, enum cel_operator operation,
                          uint64_t a, uint64_t b, struct cel_value *out)
{
    if (b == 0)
        return fail_zero(evaluation, operation);
    *out = cel_uint(operation == OPERATOR_DIVIDE ? a / b : a % b);
    return true;
}

static bool uint_arithmetic(struct cel_evaluation *evaluation, enum cel_operator operation,
                            uint64_t a, uint64_t b, struct cel_value *out)
{
    if (operation == OPERATOR_DIVIDE || operation == OPERATOR_MODULO)
        return uint_division(evaluation, operation, a, b, out);
    if (uint_overflows(operation, a, b))
        return fail_uint_overflow(evaluation, operation, a, b);
    if (operation == OPERATOR_ADD)
        *out = cel_uint(a + b);
    else
        *out = cel_uint(operation == OPERATOR_SUBTRACT ? a - b : a * b);
    return true;
}

/* IEEE 754: x / 0.0 is an infinity or NaN. There is no remainder of doubles. */
static double double_arithmetic(enum cel_operator operation, double a, double b)
{
    if (operation == OPERATOR_ADD)
        return a + b;
    if (operation == OPERATOR_SUBTRACT)
        return a - b;
    return operation == OPERATOR_MULTIPLY ? a * b : a / b;
}

/* --- Concatenation ---------------------------------------------------------------------- */

static bool concatenate_texts(struct cel_evaluation *evaluation, const struct cel_value *left,
                              const struct cel_value *right, struct cel_value *out)
{
    struct text a = left->as.text, b = right->as.text;
    size_t size = a.size + b.size; /* each below CEL_MEMORY_MAX, or a part of a document */
    if (!cel_charge(evaluation, 1 + cel_cost_of_bytes(size)))
        return false;
    char *data = cel_allocate(evaluation, size, 1);
    if (data == NULL)
        return false;
    if (a.size > 0)
        memcpy(data, a.data, a.size);
    if (b.size > 0)
        memcpy(data + a.size, b.data, b.size);
    *out = (struct cel_value){.type = left->type, .as.text = {data, size}};
    return true;
}

static bool concatenate_lists(struct cel_evaluation *evaluation, const struct cel_value *left,
                              const struct cel_value *right, struct cel_value *out)
{
    uint32_t a = cel_count(left), b = cel_count(right);
    if (!cel_charge(evaluation, (uint64_t)a + b))
        return false;
    struct cel_value *items = cel_allocate(evaluation, (size_t)a + b, sizeof *items);
    if (items == NULL)
        return false;
    for (uint32_t i = 0; i < a; i++)
        items[i] = cel_element(left, i);
    for (uint32_t i = 0; i < b; i++)
        items[a + i] = cel_element(right, i);
    *out = cel_list(items, a + b);
    return true;
}

static bool calculate(struct cel_evaluation *evaluation, enum cel_operator operation,
                      const struct cel_value *left, const struct cel_value *right,
                      struct cel_value *out)
{
    bool known;
    if (left->type == CEL_INT && right->type == CEL_INT)
        return int_arithmetic(evaluation, operation, left->as.integer, right->as.integer, out);
    if (left->type == CEL_UINT && right->type == CEL_UINT)
        return uint_arithmetic(evaluation, operation, left->as.uinteger, right->as.uinteger, out);
    if (left->type == CEL_DOUBLE && right->type == CEL_DOUBLE && operation != OPERATOR_MODULO) {
        *out = cel_double(double_arithmetic(operation, left->as.number, right->as.number));
        return true;
    }
    if (operation == OPERATOR_ADD && left->type == right->type) {
        if (left->type == CEL_STRING || left->type == CEL_BYTES)
            return concatenate_texts(evaluation, left, right, out);
        if (left->type == CEL_LIST)
            return concatenate_lists(evaluation, left, right, out);
    }
    if (operation == OPERATOR_ADD || operation == OPERATOR_SUBTRACT) {
        bool done = cel_time_arithmetic(evaluation, operation, left, right, out, &known);
        if (known)
            return done;
    }
    return fail_operator(evaluation, operation, left, right);
}

bool cel_operate(struct cel_evaluation *evaluation, enum cel_operator operation,
                 const struct cel_value *left, const struct cel_value *right, struct cel_value *out)
{
    bool equal;
    switch (operation) {
    case OPERATOR_EQUAL:
    case OPERATOR_NOT_EQUAL:
        if (!cel_equals(evaluation, left, right, &equal))
            return false;
        *out = cel_bool(equal == (operation == OPERATOR_EQUAL));
        return true;
    case OPERATOR_LESS:
    case OPERATOR_LESS_EQUAL:
    case OPERATOR_GREATER:
    case OPERATOR_GREATER_EQUAL: return compare(evaluation, operation, left, right, out);
    case OPERATOR_IN: return contains(evaluation, left, right, out);
    case OPERATOR_ADD:
    case OPERATOR_SUBTRACT:
    case OPERATOR_MULTIPLY:
    case OPERATOR_DIVIDE:
    case OPERATOR_MODULO:
    case OPERATOR_NONE: break;
    }
    return cel_charge(evaluation, 1) && calculate(evaluation, operation, left, right, out);
}

bool cel_negate(struct cel_evaluation *evaluation, struct cel_value *value)
{
    if (value->type == CEL_INT && value->as.integer == INT64_MIN)
        return cel_fail(evaluation, "integer overflow: -(%" PRId64 ")", value->as.integer);
    if (value->type == CEL_INT)
        value->as.integer = -value->as.integer;
    else if (value->type == CEL_DOUBLE)
        value->as.number = -value->as.number;
    else
        return cel_fail(evaluation, "no such overload: -%s", cel_type_name(value->type));
    return true;
}
