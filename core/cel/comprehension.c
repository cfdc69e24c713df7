/* Loops over lists and maps, and transformations of optionals (program.h,
 * cel_comprehension). */
#include "core/cel/evaluation.h"

static void set_local(struct cel_evaluation *evaluation, uint32_t slot, struct cel_value value)
{
    evaluation->locals[slot] = (struct cel_local){.value = value};
}

/* The loop's variables become what stands at `index`. */
static bool enter_element(struct cel_evaluation *evaluation,
                          const struct cel_comprehension *comprehension,
                          const struct cel_value *range, uint32_t index)
{
    bool two = comprehension->variable_count == 2;
    uint32_t slot = comprehension->slot;
    if (range->type == CEL_MAP) {
        struct cel_entry entry = cel_entry_at(range, index);
        set_local(evaluation, slot, entry.key);
        if (two)
            set_local(evaluation, slot + 1, entry.value);
    } else {
        if (two)
            set_local(evaluation, slot, cel_int(index));
        set_local(evaluation, slot + two, cel_element(range, index));
    }
    return cel_charge(evaluation, 1);
}

/* Enters an element and tests it; without a test it passes. */
static bool pass_element(struct cel_evaluation *evaluation,
                         const struct cel_comprehension *comprehension,
                         const struct cel_value *range, uint32_t index, bool *passes)
{
    struct cel_value test = cel_bool(true);
    if (!enter_element(evaluation, comprehension, range, index))
        return false;
    if (comprehension->test != NULL && !cel_evaluate_node(evaluation, comprehension->test, &test))
        return false;
    if (test.type != CEL_BOOL)
        return cel_fail(evaluation, "no such overload: %s() with %s where a bool is needed",
                        comprehension->name, cel_type_name(test.type));
    *passes = test.as.boolean;
    return true;
}

/* all: the first false decides; exists: the first true. */
static bool loop_until(struct cel_evaluation *evaluation,
                       const struct cel_comprehension *comprehension, bool deciding,
                       const struct cel_value *range, struct cel_value *out)
{
    struct cel_absorbing absorbing = {.held_before = evaluation->held};
    uint32_t count = cel_count(range);
    for (uint32_t i = 0; i < count; i++) {
        bool test;
        if (!pass_element(evaluation, comprehension, range, i, &test)) {
            if (!cel_absorb(evaluation, &absorbing))
                return false;
        } else if (test == deciding) {
            return cel_decided(evaluation, &absorbing, deciding, out);
        }
    }
    return cel_undecided(evaluation, &absorbing, !deciding, out);
}

static bool loop_exists_one(struct cel_evaluation *evaluation,
                            const struct cel_comprehension *comprehension,
                            const struct cel_value *range, struct cel_value *out)
{
    uint32_t count = cel_count(range), matches = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool test;
        if (!pass_element(evaluation, comprehension, range, i, &test))
            return false;
        matches += test;
    }
    *out = cel_bool(matches == 1);
    return true;
}

/* map, filter and transformList: a list of what passes the test, transformed or as it is. */
static bool loop_collect(struct cel_evaluation *evaluation,
                         const struct cel_comprehension *comprehension,
                         const struct cel_value *range, struct cel_value *out)
{
    uint32_t count = cel_count(range), kept = 0;
    struct cel_value *items = cel_allocate(evaluation, count, sizeof *items);
    if (items == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        bool test;
        if (!pass_element(evaluation, comprehension, range, i, &test))
            return false;
        if (!test)
            continue;
        if (comprehension->transform == NULL)
            items[kept] = evaluation->locals[comprehension->slot].value;
        else if (!cel_evaluate_node(evaluation, comprehension->transform, &items[kept]))
            return false;
        kept++;
    }
    *out = cel_list(items, kept);
    return true;
}

/* sortBy: the elements, in the order of their transforms. */
static bool loop_sort_by(struct cel_evaluation *evaluation,
                         const struct cel_comprehension *comprehension,
                         const struct cel_value *range, struct cel_value *out)
{
    struct cel_value keys;
    if (range->type != CEL_LIST)
        return cel_fail(evaluation, "no such overload: %s.sortBy()", cel_type_name(range->type));
    if (!loop_collect(evaluation, comprehension, range, &keys))
        return false;
    struct cel_value *items = cel_allocate(evaluation, keys.count, sizeof *items);
    if (items == NULL)
        return false;
    for (uint32_t i = 0; i < keys.count; i++)
        items[i] = cel_element(range, i);
    *out = cel_list(items, keys.count);
    return cel_sort(evaluation, items, keys.as.items, keys.count);
}

/* transformMap: keys are those of the range, so all are different. */
static bool loop_transform_map(struct cel_evaluation *evaluation,
                               const struct cel_comprehension *comprehension,
                               const struct cel_value *range, struct cel_value *out)
{
    uint32_t count = cel_count(range), kept = 0;
    struct cel_entry *entries = cel_allocate(evaluation, count, sizeof *entries);
    if (entries == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        bool test;
        if (!pass_element(evaluation, comprehension, range, i, &test))
            return false;
        if (!test)
            continue;
        entries[kept].key = evaluation->locals[comprehension->slot].value;
        if (!cel_evaluate_node(evaluation, comprehension->transform, &entries[kept].value))
            return false;
        kept++;
    }
    *out = (struct cel_value){.type = CEL_MAP, .count = kept, .as.entries = entries};
    return true;
}

/* A map that grows: twice the room when it is full. */
struct growing_map {
    struct cel_entry *entries;
    uint32_t count;
    uint32_t room;
};

static bool grow(struct cel_evaluation *evaluation, struct growing_map *map)
{
    uint32_t room = map->room == 0 ? 8 : map->room * 2; /* far below 2^31: memory is limited */
    struct cel_entry *entries = cel_allocate(evaluation, room, sizeof *entries);
    if (entries == NULL)
        return false;
    if (map->count > 0)
        memcpy(entries, map->entries, map->count * sizeof *entries);
    map->entries = entries;
    map->room = room;
    return true;
}

static bool insert_entries(struct cel_evaluation *evaluation, struct growing_map *map,
                           const struct cel_value *added)
{
    uint32_t count = cel_count(added);
    if (!cel_charge(evaluation, count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct cel_entry entry = cel_entry_at(added, i);
        struct cel_value so_far = {
            .type = CEL_MAP, .count = map->count, .as.entries = map->entries};
        if (!cel_check_key(evaluation, &so_far, &entry.key))
            return false;
        if (map->count == map->room && !grow(evaluation, map))
            return false;
        map->entries[map->count++] = entry;
    }
    return true;
}

static bool loop_transform_map_entry(struct cel_evaluation *evaluation,
                                     const struct cel_comprehension *comprehension,
                                     const struct cel_value *range, struct cel_value *out)
{
    struct growing_map map = {0};
    uint32_t count = cel_count(range);
    for (uint32_t i = 0; i < count; i++) {
        bool test;
        struct cel_value added;
        if (!pass_element(evaluation, comprehension, range, i, &test))
            return false;
        if (!test)
            continue;
        if (!cel_evaluate_node(evaluation, comprehension->transform, &added))
            return false;
        if (added.type != CEL_MAP)
            return cel_fail(evaluation,
                            "no such overload: transformMapEntry() with %s where a "
                            "map is needed",
                            cel_type_name(added.type));
        if (!insert_entries(evaluation, &map, &added))
            return false;
    }
    *out = (struct cel_value){.type = CEL_MAP, .count = map.count, .as.entries = map.entries};
    return true;
}

/* optMap and optFlatMap: none stays none; a value is transformed, into an optional's value
 * or into an optional. */
static bool transform_optional(struct cel_evaluation *evaluation,
                               const struct cel_comprehension *comprehension,
                               const struct cel_value *optional, struct cel_value *out)
{
    if (optional->type != CEL_OPTIONAL)
        return cel_fail(evaluation, "no such overload: %s.%s()", cel_type_name(optional->type),
                        comprehension->name);
    if (optional->count == 0) {
        *out = *optional;
        return true;
    }
    set_local(evaluation, comprehension->slot, optional->as.items[0]);
    if (!cel_evaluate_node(evaluation, comprehension->transform, out))
        return false;
    if (comprehension->kind == COMPREHENSION_OPTIONAL_MAP)
        return cel_optional_of(evaluation, out, out);
    return out->type == CEL_OPTIONAL ||
           cel_fail(evaluation,
                    "no such overload: optFlatMap() with %s where an optional is "
                    "needed",
                    cel_type_name(out->type));
}

static bool loop(struct cel_evaluation *evaluation, const struct cel_comprehension *comprehension,
                 const struct cel_value *range, struct cel_value *out)
{
    switch (comprehension->kind) {
    case COMPREHENSION_ALL: return loop_until(evaluation, comprehension, false, range, out);
    case COMPREHENSION_EXISTS: return loop_until(evaluation, comprehension, true, range, out);
    case COMPREHENSION_EXISTS_ONE: return loop_exists_one(evaluation, comprehension, range, out);
    case COMPREHENSION_TRANSFORM_MAP:
        return loop_transform_map(evaluation, comprehension, range, out);
    case COMPREHENSION_TRANSFORM_MAP_ENTRY:
        return loop_transform_map_entry(evaluation, comprehension, range, out);
    case COMPREHENSION_SORT_BY: return loop_sort_by(evaluation, comprehension, range, out);
    case COMPREHENSION_MAP:
    case COMPREHENSION_FILTER:
    case COMPREHENSION_OPTIONAL_MAP:
    case COMPREHENSION_OPTIONAL_FLAT_MAP: break;
    }
    return loop_collect(evaluation, comprehension, range, out);
}

bool cel_comprehend(struct cel_evaluation *evaluation,
                    const struct cel_comprehension *comprehension, struct cel_value *value)
{
    const struct cel_value range = *value;
    if (comprehension->kind == COMPREHENSION_OPTIONAL_MAP ||
        comprehension->kind == COMPREHENSION_OPTIONAL_FLAT_MAP)
        return transform_optional(evaluation, comprehension, &range, value);
    if (range.type != CEL_LIST && range.type != CEL_MAP)
        return cel_fail(evaluation,
                        "no such overload: %s where a list or map is needed to loop over",
                        cel_type_name(range.type));
    return loop(evaluation, comprehension, &range, value);
}
