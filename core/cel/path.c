#include "core/cel/path.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/cel/shown.h"

/* --- Fields ----------------------------------------------------------------------------- */

static bool fail_selection(struct cel_evaluation *evaluation, const struct cel_value *value,
                           struct text name)
{
    return cel_fail(evaluation, "no such overload: %s.%.*s%s (only a map has fields)",
                    cel_type_name(value->type), CEL_SHOWN(name));
}

/* The field `name` of *value, which becomes it, if it is there. */
static bool find_field(struct cel_evaluation *evaluation, struct text name, struct cel_value *value,
                       bool *found)
{
    if (value->type != CEL_MAP)
        return fail_selection(evaluation, value, name);
    return cel_find_text(evaluation, value, name, value, found);
}

/* x.?f, and x.f of an optional x: an optional, empty where x is or where it has no f. */
static bool select_optional(struct cel_evaluation *evaluation, struct text name,
                            struct cel_value *value)
{
    bool found = true;
    if (value->type == CEL_OPTIONAL) {
        if (value->count == 0)
            return true;
        *value = value->as.items[0];
    }
    if (!find_field(evaluation, name, value, &found))
        return false;
    if (found)
        return cel_optional_of(evaluation, value, value);
    *value = cel_none();
    return true;
}

static bool select_field(struct cel_evaluation *evaluation, struct text name,
                         struct cel_value *value)
{
    bool found;
    if (value->type == CEL_OPTIONAL)
        return select_optional(evaluation, name, value);
    if (!find_field(evaluation, name, value, &found))
        return false;
    return found || cel_fail(evaluation, "no such key: %.*s%s", CEL_SHOWN(name));
}

static bool has_field(struct cel_evaluation *evaluation, struct text name, struct cel_value *value)
{
    bool found = false;
    bool is_none = value->type == CEL_OPTIONAL && value->count == 0;
    if (value->type == CEL_OPTIONAL && !is_none)
        *value = value->as.items[0];
    if (!is_none && !find_field(evaluation, name, value, &found))
        return false;
    *value = cel_bool(found);
    return true;
}

/* --- Indexes ---------------------------------------------------------------------------- */

/* The element or entry at an index, which *value becomes, if there is one. */
static bool find_index(struct cel_evaluation *evaluation, const struct cel_value *index,
                       struct cel_value *value, bool *found)
{
    if (value->type == CEL_LIST)
        return cel_find_element(evaluation, value, index, value, found);
    if (value->type == CEL_MAP)
        return cel_find(evaluation, value, index, value, found);
    return cel_fail(evaluation, "no such overload: %s[%s]", cel_type_name(value->type),
                    cel_type_name(index->type));
}

/* What a key may be compared with: m[?timestamp] is a mistake, not a key that is missing. */
static bool check_key_type(struct cel_evaluation *evaluation, const struct cel_value *map,
                           const struct cel_value *key)
{
    bool may_be_key = key->type == CEL_STRING || key->type == CEL_BOOL || cel_is_number(key);
    return map->type != CEL_MAP || may_be_key ||
           cel_fail(evaluation, "no such overload: map[?%s]", cel_type_name(key->type));
}

/* x[?i], and x[i] of an optional x that has a value. */
static bool index_optional(struct cel_evaluation *evaluation, const struct cel_value *index,
                           struct cel_value *value)
{
    bool found = true;
    if (value->type == CEL_OPTIONAL)
        *value = value->as.items[0];
    if (!check_key_type(evaluation, value, index) || !find_index(evaluation, index, value, &found))
        return false;
    if (found)
        return cel_optional_of(evaluation, value, value);
    *value = cel_none();
    return true;
}

static bool index_value(struct cel_evaluation *evaluation, const struct cel_value *index,
                        struct cel_value *value)
{
    char shown[CEL_KEY_SHOWN_SIZE];
    bool found, is_list = value->type == CEL_LIST;
    uint32_t count = is_list ? cel_count(value) : 0;
    if (value->type == CEL_OPTIONAL)
        return index_optional(evaluation, index, value);
    if (!find_index(evaluation, index, value, &found))
        return false;
    if (!found && is_list)
        return cel_fail(evaluation, "index out of bounds: %s (the list has %" PRIu32 " element%s)",
                        cel_show_key(index, shown), count, count == 1 ? "" : "s");
    return found || cel_fail(evaluation, "no such key: %s", cel_show_key(index, shown));
}

/* --- Alternatives ----------------------------------------------------------------------- */

/* x.or(y) is an optional and x.orValue(y) a value; y is looked at where x has none. */
static bool take_alternative(struct cel_evaluation *evaluation, const struct cel_step *step,
                             struct cel_value *value)
{
    bool is_or = step->kind == STEP_OR;
    if (value->type != CEL_OPTIONAL)
        return cel_fail(evaluation, "no such overload: %s.%s()", cel_type_name(value->type),
                        is_or ? "or" : "orValue");
    if (value->count == 1) {
        *value = is_or ? *value : value->as.items[0];
        return true;
    }
    if (!cel_evaluate_node(evaluation, step->as.node, value))
        return false;
    return !is_or || value->type == CEL_OPTIONAL ||
           cel_fail(evaluation, "no such overload: optional_type.or(%s)",
                    cel_type_name(value->type));
}

/* --- Steps ------------------------------------------------------------------------------ */

static bool take_index(struct cel_evaluation *evaluation, const struct cel_step *step,
                       struct cel_value *value)
{
    struct cel_value index;
    if (value->type == CEL_OPTIONAL && value->count == 0)
        return true; /* there is nothing to look for, wherever */
    if (!cel_evaluate_node(evaluation, step->as.node, &index))
        return false;
    return step->kind == STEP_INDEX ? index_value(evaluation, &index, value)
                                    : index_optional(evaluation, &index, value);
}

static bool take_step(struct cel_evaluation *evaluation, const struct cel_step *step,
                      struct cel_value *value)
{
    switch (step->kind) {
    case STEP_SELECT: return select_field(evaluation, step->as.name, value);
    case STEP_OPTIONAL_SELECT: return select_optional(evaluation, step->as.name, value);
    case STEP_HAS: return has_field(evaluation, step->as.name, value);
    case STEP_INDEX:
    case STEP_OPTIONAL_INDEX: return take_index(evaluation, step, value);
    case STEP_OR:
    case STEP_OR_VALUE: return take_alternative(evaluation, step, value);
    case STEP_CALL: return cel_call_function(evaluation, &step->as.call, value, value);
    case STEP_COMPREHENSION: break;
    }
    return cel_comprehend(evaluation, step->as.comprehension, value);
}

bool cel_evaluate_path(struct cel_evaluation *evaluation, const struct cel_node *node,
                       struct cel_value *out)
{
    struct cel_value value;
    if (!cel_evaluate_node(evaluation, node->as.path.base, &value))
        return false;
    for (uint32_t i = 0; i < node->count; i++) {
        if (!cel_charge(evaluation, 1) || !take_step(evaluation, &node->as.path.steps[i], &value))
            return false;
    }
    *out = value;
    return true;
}
