/* The extension library "optionals" (cel-go's OptionalTypes, version 2), but for what is
 * syntax (path.c, eval.c) and macros (comprehension.c): or(), orValue(), optMap(). */
#include "core/cel/evaluation.h"

bool cel_optional_of(struct cel_evaluation *evaluation, const struct cel_value *value,
                     struct cel_value *out)
{
    struct cel_value *held = cel_allocate(evaluation, 1, sizeof *held);
    if (held == NULL)
        return false;
    *held = *value;
    *out = (struct cel_value){.type = CEL_OPTIONAL, .count = 1, .as.items = held};
    return true;
}

static bool optional_of(struct cel_evaluation *evaluation, const struct cel_function *function,
                        const struct cel_value *arguments, struct cel_value *out)
{
    (void)function;
    return cel_optional_of(evaluation, &arguments[0], out);
}

static bool optional_none(struct cel_evaluation *evaluation, const struct cel_function *function,
                          const struct cel_value *arguments, struct cel_value *out)
{
    (void)evaluation;
    (void)function;
    (void)arguments;
    *out = cel_none();
    return true;
}

/* The value that a type has before anything is put in it. The zero of a timestamp is that of
 * Go's time.Time, the beginning of year 1, as in cel-go. */
static bool is_zero(const struct cel_value *value)
{
    switch (value->type) {
    case CEL_NULL: return true;
    case CEL_BOOL: return !value->as.boolean;
    case CEL_INT: return value->as.integer == 0;
    case CEL_UINT: return value->as.uinteger == 0;
    case CEL_DOUBLE: return value->as.number == 0;
    case CEL_STRING:
    case CEL_BYTES: return value->as.text.size == 0;
    case CEL_LIST:
    case CEL_MAP: return cel_count(value) == 0;
    case CEL_TIMESTAMP:
        return value->as.time.seconds == CLOCK_SECONDS_MIN && value->as.time.nanoseconds == 0;
    case CEL_DURATION: return value->as.time.seconds == 0 && value->as.time.nanoseconds == 0;
    case CEL_TYPE:
    case CEL_OPTIONAL: break;
    }
    return false;
}

static bool optional_of_non_zero(struct cel_evaluation *evaluation,
                                 const struct cel_function *function,
                                 const struct cel_value *arguments, struct cel_value *out)
{
    (void)function;
    *out = cel_none();
    return is_zero(&arguments[0]) || cel_optional_of(evaluation, &arguments[0], out);
}

static bool has_value(struct cel_evaluation *evaluation, const struct cel_function *function,
                      const struct cel_value *arguments, struct cel_value *out)
{
    (void)evaluation;
    (void)function;
    *out = cel_bool(arguments[0].count == 1);
    return true;
}

static bool value_of(struct cel_evaluation *evaluation, const struct cel_function *function,
                     const struct cel_value *arguments, struct cel_value *out)
{
    (void)function;
    if (arguments[0].count == 0)
        return cel_fail(evaluation, "optional.none() has no value");
    *out = arguments[0].as.items[0];
    return true;
}

/* The values of a list of optionals, without the empty ones. */
static bool unwrap(struct cel_evaluation *evaluation, const struct cel_function *function,
                   const struct cel_value *arguments, struct cel_value *out)
{
    uint32_t count = cel_count(&arguments[0]), kept = 0;
    (void)function;
    if (!cel_charge(evaluation, count))
        return false;
    struct cel_value *items = cel_allocate(evaluation, count, sizeof *items);
    if (items == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct cel_value element = cel_element(&arguments[0], i);
        if (element.type != CEL_OPTIONAL)
            return cel_fail(evaluation, "no such overload: unwrapping a list with %s in it",
                            cel_type_name(element.type));
        if (element.count == 1)
            items[kept++] = element.as.items[0];
    }
    *out = cel_list(items, kept);
    return true;
}

enum { FIRST, LAST };

static bool end_of_list(struct cel_evaluation *evaluation, const struct cel_function *function,
                        const struct cel_value *arguments, struct cel_value *out)
{
    uint32_t count = cel_count(&arguments[0]);
    *out = cel_none();
    if (count == 0)
        return true;
    struct cel_value element =
        cel_element(&arguments[0], function->detail == FIRST ? 0 : count - 1);
    return cel_optional_of(evaluation, &element, out);
}

#define OPTIONAL CEL_TYPE_BIT(CEL_OPTIONAL)
#define LIST     CEL_TYPE_BIT(CEL_LIST)

static const struct cel_function functions[] = {
    {.name = "optional.of", CEL_GLOBAL, 1, {CEL_TYPES_ANY}, optional_of},
    {.name = "optional.ofNonZeroValue", CEL_GLOBAL, 1, {CEL_TYPES_ANY}, optional_of_non_zero},
    {.name = "optional.none", CEL_GLOBAL, 0, {0}, optional_none},
    {.name = "optional.unwrap", CEL_GLOBAL, 1, {LIST}, unwrap},
    {.name = "unwrapOpt", CEL_RECEIVER, 1, {LIST}, unwrap},
    {.name = "hasValue", CEL_RECEIVER, 1, {OPTIONAL}, has_value},
    {.name = "value", CEL_RECEIVER, 1, {OPTIONAL}, value_of},
    {.name = "first", CEL_RECEIVER, 1, {LIST}, end_of_list, FIRST},
    {.name = "last", CEL_RECEIVER, 1, {LIST}, end_of_list, LAST},
};

const struct cel_library cel_library_optionals = {functions,
                                                  sizeof functions / sizeof functions[0]};
