/* The extension library "lists" (cel-go's ext/lists, version 2); sortBy() is a macro, and
 * first() and last() belong to optionals. */
#include <inttypes.h>

#include "core/cel/evaluation.h"

/* Room for so many elements, and the work of filling it, paid for. */
static struct cel_value *make_items(struct cel_evaluation *evaluation, uint32_t count)
{
    if (!cel_charge(evaluation, count))
        return NULL;
    return cel_allocate(evaluation, count, sizeof(struct cel_value));
}

static bool slice(struct cel_evaluation *evaluation, const struct cel_function *function,
                  const struct cel_value *arguments, struct cel_value *out)
{
    int64_t start = arguments[1].as.integer, end = arguments[2].as.integer;
    (void)function;
    if (start < 0 || start > end || end > (int64_t)cel_count(&arguments[0]))
        return cel_fail(evaluation,
                        "slice(%" PRId64 ", %" PRId64 ") is outside of the list, which has "
                        "%" PRIu32 " elements",
                        start, end, cel_count(&arguments[0]));
    uint32_t count = (uint32_t)(end - start);
    struct cel_value *items = make_items(evaluation, count);
    if (items == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++)
        items[i] = cel_element(&arguments[0], (uint32_t)start + i);
    *out = cel_list(items, count);
    return true;
}

/* --- flatten ------------------------------------------------------------------------------ */

/* How many elements a list has when lists in it are opened down to `depth`. Charged, so that
 * it ends before what it counts does not fit an int. */
static bool count_flat(struct cel_evaluation *evaluation, const struct cel_value *list,
                       int64_t depth, int level, uint64_t *count)
{
    uint32_t size = cel_count(list);
    if (level == CEL_DEPTH_MAX)
        return cel_fail(evaluation, "the list is nested deeper than %d levels", CEL_DEPTH_MAX);
    if (!cel_charge(evaluation, size))
        return false;
    for (uint32_t i = 0; i < size; i++) {
        struct cel_value element = cel_element(list, i);
        if (element.type != CEL_LIST || depth == 0)
            ++*count;
        else if (!count_flat(evaluation, &element, depth - 1, level + 1, count))
            return false;
    }
    return true;
}

static struct cel_value *put_flat(const struct cel_value *list, int64_t depth,
                                  struct cel_value *items)
{
    uint32_t size = cel_count(list);
    for (uint32_t i = 0; i < size; i++) {
        struct cel_value element = cel_element(list, i);
        if (element.type != CEL_LIST || depth == 0)
            *items++ = element;
        else
            items = put_flat(&element, depth - 1, items); /* as deep as count_flat went */
    }
    return items;
}

/* list.flatten(), list.flatten(depth) */
static bool flatten(struct cel_evaluation *evaluation, const struct cel_function *function,
                    const struct cel_value *arguments, struct cel_value *out)
{
    int64_t depth = function->argument_count == 2 ? arguments[1].as.integer : 1;
    uint64_t count = 0;
    if (depth < 0)
        return cel_fail(evaluation, "flatten(%" PRId64 "): a depth is not negative", depth);
    if (!count_flat(evaluation, &arguments[0], depth, 0, &count))
        return false;
    struct cel_value *items = cel_allocate(evaluation, count, sizeof *items);
    if (items == NULL)
        return false;
    put_flat(&arguments[0], depth, items);
    *out = cel_list(items, (uint32_t)count);
    return true;
}

/* --- sort --------------------------------------------------------------------------------- */

static bool is_sortable(enum cel_type type)
{
    return type == CEL_BOOL || type == CEL_INT || type == CEL_UINT || type == CEL_DOUBLE ||
           type == CEL_STRING || type == CEL_BYTES || type == CEL_TIMESTAMP || type == CEL_DURATION;
}

static bool check_sortable(struct cel_evaluation *evaluation, const struct cel_value *keys,
                           uint32_t count)
{
    if (count > 0 && !is_sortable(keys[0].type))
        return cel_fail(evaluation, "no such overload: sorting by %s, which has no order",
                        cel_type_name(keys[0].type));
    for (uint32_t i = 1; i < count; i++) {
        if (keys[i].type != keys[0].type)
            return cel_fail(evaluation, "no such overload: sorting by %s and %s",
                            cel_type_name(keys[0].type), cel_type_name(keys[i].type));
    }
    return true;
}

/* Merges two sorted runs of places, [from, middle) and [middle, to), into `merged`. */
static bool merge(struct cel_evaluation *evaluation, const struct cel_value *keys,
                  const uint32_t *places, uint32_t from, uint32_t middle, uint32_t to,
                  uint32_t *merged)
{
    uint32_t left = from, right = middle;
    for (uint32_t at = from; at < to; at++) {
        bool take_right = left == middle;
        if (left < middle && right < to) {
            enum cel_order order;
            bool ordered;
            if (!cel_order_values(evaluation, &keys[places[right]], &keys[places[left]], &order,
                                  &ordered))
                return false;
            take_right = ordered && order == CEL_LESS;
        }
        merged[at] = take_right ? places[right++] : places[left++];
    }
    return true;
}

/* Merge sort from below: stable, and never more than n log n comparisons. */
static bool sort_places(struct cel_evaluation *evaluation, const struct cel_value *keys,
                        uint32_t count, uint32_t **places, uint32_t **spare)
{
    for (uint32_t width = 1; width < count; width *= 2) { /* below 2^31: memory is limited */
        for (uint32_t from = 0; from < count; from += 2 * width) {
            uint32_t middle = count - from < width ? count : from + width;
            uint32_t to = count - from < 2 * width ? count : from + 2 * width;
            if (!merge(evaluation, keys, *places, from, middle, to, *spare))
                return false;
        }
        uint32_t *merged = *spare;
        *spare = *places;
        *places = merged;
    }
    return true;
}

bool cel_sort(struct cel_evaluation *evaluation, struct cel_value *values,
              const struct cel_value *keys, uint32_t count)
{
    if (!check_sortable(evaluation, keys, count) || !cel_charge(evaluation, count))
        return false;
    uint32_t *places = cel_allocate(evaluation, count, sizeof *places);
    uint32_t *spare = places == NULL ? NULL : cel_allocate(evaluation, count, sizeof *spare);
    struct cel_value *sorted =
        spare == NULL ? NULL : cel_allocate(evaluation, count, sizeof *sorted);
    if (sorted == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++)
        places[i] = i;
    if (!sort_places(evaluation, keys, count, &places, &spare))
        return false;
    for (uint32_t i = 0; i < count; i++)
        sorted[i] = values[places[i]];
    if (count > 0)
        memcpy(values, sorted, count * sizeof *values);
    return true;
}

static bool copy_list(struct cel_evaluation *evaluation, const struct cel_value *list,
                      struct cel_value **out)
{
    uint32_t count = cel_count(list);
    *out = make_items(evaluation, count);
    for (uint32_t i = 0; *out != NULL && i < count; i++)
        (*out)[i] = cel_element(list, i);
    return *out != NULL;
}

static bool sort(struct cel_evaluation *evaluation, const struct cel_function *function,
                 const struct cel_value *arguments, struct cel_value *out)
{
    uint32_t count = cel_count(&arguments[0]);
    struct cel_value *items;
    (void)function;
    if (!copy_list(evaluation, &arguments[0], &items) || !cel_sort(evaluation, items, items, count))
        return false;
    *out = cel_list(items, count);
    return true;
}

/* --- reverse, distinct, range ------------------------------------------------------------- */

bool cel_reverse_list(struct cel_evaluation *evaluation, const struct cel_function *function,
                      const struct cel_value *arguments, struct cel_value *out)
{
    uint32_t count = cel_count(&arguments[0]);
    struct cel_value *items = make_items(evaluation, count);
    (void)function;
    if (items == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++)
        items[i] = cel_element(&arguments[0], count - 1 - i);
    *out = cel_list(items, count);
    return true;
}

static bool is_among(struct cel_evaluation *evaluation, const struct cel_value *value,
                     const struct cel_value *items, uint32_t count, bool *found)
{
    *found = false;
    for (uint32_t i = 0; i < count && !*found; i++) {
        if (!cel_equals(evaluation, value, &items[i], found))
            return false;
    }
    return true;
}

/* The first of equal elements stays. */
static bool distinct(struct cel_evaluation *evaluation, const struct cel_function *function,
                     const struct cel_value *arguments, struct cel_value *out)
{
    uint32_t count = cel_count(&arguments[0]), kept = 0;
    struct cel_value *items = make_items(evaluation, count);
    (void)function;
    if (items == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        bool found;
        struct cel_value element = cel_element(&arguments[0], i);
        if (!is_among(evaluation, &element, items, kept, &found))
            return false;
        if (!found)
            items[kept++] = element;
    }
    *out = cel_list(items, kept);
    return true;
}

/* lists.range(n): 0 to n - 1; nothing for n below 1. */
static bool range(struct cel_evaluation *evaluation, const struct cel_function *function,
                  const struct cel_value *arguments, struct cel_value *out)
{
    int64_t size = arguments[0].as.integer < 0 ? 0 : arguments[0].as.integer;
    (void)function;
    if (!cel_charge(evaluation, (uint64_t)size))
        return false;
    struct cel_value *items = cel_allocate(evaluation, (size_t)size, sizeof *items);
    if (items == NULL)
        return false;
    for (int64_t i = 0; i < size; i++)
        items[i] = cel_int(i);
    *out = cel_list(items, (uint32_t)size);
    return true;
}

#define LIST CEL_TYPE_BIT(CEL_LIST)
#define INT  CEL_TYPE_BIT(CEL_INT)

static const struct cel_function functions[] = {
    {.name = "distinct", CEL_RECEIVER, 1, {LIST}, distinct},
    {.name = "flatten", CEL_RECEIVER, 1, {LIST}, flatten},
    {.name = "flatten", CEL_RECEIVER, 2, {LIST, INT}, flatten},
    {.name = "lists.range", CEL_GLOBAL, 1, {INT}, range},
    {.name = "slice", CEL_RECEIVER, 3, {LIST, INT, INT}, slice},
    {.name = "sort", CEL_RECEIVER, 1, {LIST}, sort},
};

const struct cel_library cel_library_lists = {functions, sizeof functions / sizeof functions[0]};
