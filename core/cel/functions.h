/* functions.h - every function and method, as rows of tables.
 *
 * A row is one overload: a name, how it is called, the types that it takes and the
 * function that does it. The compiler looks names up, the evaluator picks the row by
 * the types of the arguments. A library is one more table in functions.c; a function
 * of a namespace has the dot in its name ("math.abs"). */
#ifndef CORE_CEL_FUNCTIONS_H
#define CORE_CEL_FUNCTIONS_H

#include "core/cel/value.h"

struct cel_evaluation;

/* A set of types, as bits. */
#define CEL_TYPE_BIT(type) (1u << (type))
#define CEL_TYPES_ANY      0xFFFFu

/* The receiver counts as an argument. */
enum { CEL_ARGUMENTS_MAX = 4 };

enum cel_call_style {
    CEL_GLOBAL,  /* f(x, y) */
    CEL_RECEIVER /* x.f(y) */
};

struct cel_function {
    const char *name;
    enum cel_call_style style;
    uint32_t argument_count;
    unsigned argument_types[CEL_ARGUMENTS_MAX];
    /* False after cel_fail. What it costs beyond a constant, it charges itself. `function`
     * is the row, for functions that stand in several. `out` is none of the arguments. */
    bool (*call)(struct cel_evaluation *evaluation, const struct cel_function *function,
                 const struct cel_value *arguments, struct cel_value *out);
    int detail; /* of the row, for such a function */
};

struct cel_library {
    const struct cel_function *functions; /* overloads of one name stand together */
    size_t count;
};

extern const struct cel_library cel_library_conversions; /* int(), string(), type() */
extern const struct cel_library cel_library_strings;     /* size(), contains() */
extern const struct cel_library cel_library_time;        /* getHours() */

/* The first overload with this name, style and count of arguments, or NULL. */
const struct cel_function *cel_function_find(struct text name, enum cel_call_style style,
                                             uint32_t argument_count);

/* The overload behind `function` of the same name, style and count, or NULL. */
const struct cel_function *cel_function_next(const struct cel_function *function);

/* All rows, in order: NULL past the end. For suggestions. */
const struct cel_function *cel_function_at(size_t index);

#endif
