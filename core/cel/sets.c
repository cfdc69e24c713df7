/* The extension library "sets" (cel-go's ext/sets): lists as sets, by CEL's equality. */
#include "core/cel/evaluation.h"

static bool contains(struct cel_evaluation *evaluation, const struct cel_value *list,
                     const struct cel_value *value, bool *found)
{
    uint32_t count = cel_count(list);
    *found = false;
    for (uint32_t i = 0; i < count && !*found; i++) {
        struct cel_value element = cel_element(list, i);
        if (!cel_equals(evaluation, &element, value, found))
            return false;
    }
    return true;
}

/* Whether all elements of `part` (or, for `any`, one of them) are in `list`. */
static bool compare(struct cel_evaluation *evaluation, const struct cel_value *list,
                    const struct cel_value *part, bool any, bool *out)
{
    uint32_t count = cel_count(part);
    *out = !any;
    for (uint32_t i = 0; i < count && *out != any; i++) {
        struct cel_value element = cel_element(part, i);
        if (!cel_charge(evaluation, 1) || !contains(evaluation, list, &element, out))
            return false;
    }
    return true;
}

static bool sets_contains(struct cel_evaluation *evaluation, const struct cel_function *function,
                          const struct cel_value *arguments, struct cel_value *out)
{
    bool contained;
    (void)function;
    if (!compare(evaluation, &arguments[0], &arguments[1], false, &contained))
        return false;
    *out = cel_bool(contained);
    return true;
}

static bool sets_equivalent(struct cel_evaluation *evaluation, const struct cel_function *function,
                            const struct cel_value *arguments, struct cel_value *out)
{
    bool contained;
    (void)function;
    if (!compare(evaluation, &arguments[0], &arguments[1], false, &contained) ||
        (contained && !compare(evaluation, &arguments[1], &arguments[0], false, &contained)))
        return false;
    *out = cel_bool(contained);
    return true;
}

static bool sets_intersects(struct cel_evaluation *evaluation, const struct cel_function *function,
                            const struct cel_value *arguments, struct cel_value *out)
{
    bool intersects;
    (void)function;
    if (!compare(evaluation, &arguments[0], &arguments[1], true, &intersects))
        return false;
    *out = cel_bool(intersects);
    return true;
}

#define LIST CEL_TYPE_BIT(CEL_LIST)

static const struct cel_function functions[] = {
    {.name = "sets.contains", CEL_GLOBAL, 2, {LIST, LIST}, sets_contains},
    {.name = "sets.equivalent", CEL_GLOBAL, 2, {LIST, LIST}, sets_equivalent},
    {.name = "sets.intersects", CEL_GLOBAL, 2, {LIST, LIST}, sets_intersects},
};

const struct cel_library cel_library_sets = {functions, sizeof functions / sizeof functions[0]};
