/* functions.h - every function and method, as rows of tables.
 *
 * A row is one overload: a name, how it is called, the types that it takes and the
 * function that does it. The compiler looks names up, the evaluator picks the row by
 * the types of the arguments. A library is a table in a file of its own, which functions.c
 * lists; a function of a namespace has the dot in its name ("math.abs"). */
#ifndef CORE_CEL_FUNCTIONS_H
#define CORE_CEL_FUNCTIONS_H

#include "core/cel/value.h"
#include "core/error.h"

struct arena;
struct cel_evaluation;
struct cel_preparation;
struct cel_time_zones;

/* A set of types, as bits. */
#define CEL_TYPE_BIT(type) (1u << (type))
#define CEL_TYPES_ANY      0xFFFFu

/* The receiver counts as an argument. CEL_ARGUMENTS_LISTED: as many as there are, one or
 * more; the function gets a single one as it is, and more of them as a list. */
enum { CEL_ARGUMENTS_MAX = 4, CEL_ARGUMENTS_LISTED = CEL_ARGUMENTS_MAX + 1 };

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
    /* Where not NULL: looks at a call's arguments while it is compiled and makes of the
     * constant ones what every evaluation would make again (functions.h, cel_preparation). */
    bool (*prepare)(struct cel_preparation *preparation);
};

/* A call while it is compiled. The function of its first overload may refuse it with a
 * message (STATUS_REJECTED) or for want of memory (STATUS_FATAL), returning false; or leave
 * in `prepared` what evaluation->prepared is to be. */
struct cel_preparation {
    const struct cel_value *const *arguments; /* with the receiver; NULL where not constant */
    const struct cel_time_zones *time_zones;
    struct arena *arena;
    const void *prepared;
    struct error error;
};

struct cel_library {
    const struct cel_function *functions; /* overloads of one name stand together */
    size_t count;
};

extern const struct cel_library cel_library_conversions; /* int(), string(), type() */
extern const struct cel_library cel_library_standard;    /* size(), contains() */
extern const struct cel_library cel_library_matches;     /* matches() */
extern const struct cel_library cel_library_time;        /* getHours() */
extern const struct cel_library cel_library_strings;     /* split(), substring() */
extern const struct cel_library cel_library_format;      /* format() */
extern const struct cel_library cel_library_math;        /* math.greatest() */
extern const struct cel_library cel_library_lists;       /* lists.range(), sort() */
extern const struct cel_library cel_library_sets;        /* sets.contains() */
extern const struct cel_library cel_library_encoders;    /* base64.encode() */
extern const struct cel_library cel_library_optionals;   /* optional.of(), hasValue() */

/* list.reverse(), whose row stands beside the one for strings: rows of one name, style and
 * count are in one table. */
bool cel_reverse_list(struct cel_evaluation *evaluation, const struct cel_function *function,
                      const struct cel_value *arguments, struct cel_value *out);

/* The first overload with this name, style and count of arguments, or NULL. */
const struct cel_function *cel_function_find(struct text name, enum cel_call_style style,
                                             uint32_t argument_count);

/* How many overloads there are, `function` the first: rows of the same name, style and
 * count stand side by side. */
uint32_t cel_function_overloads(const struct cel_function *function);

/* All rows, in order: NULL past the end. For suggestions. */
const struct cel_function *cel_function_at(size_t index);

#endif
