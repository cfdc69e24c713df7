/* validate_array.c - arrays (Core, sections 10.3.1 and 11.2; Validation, section 6.4). */
#include "core/schema/validation.h"

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static bool check_count(struct validation *validation, const struct frame *frame, uint32_t count)
{
    const struct array_rules *rules = frame->node->arrays;
    if (count < rules->count_min)
        return note(validation, frame, KEYWORD_MIN_ITEMS, "must have at least %u item%s, has %u",
                    (unsigned)rules->count_min, plural(rules->count_min), (unsigned)count);
    if (count > rules->count_max)
        return note(validation, frame, KEYWORD_MAX_ITEMS, "must have at most %u item%s, has %u",
                    (unsigned)rules->count_max, plural(rules->count_max), (unsigned)count);
    return true;
}

static bool check_unique(struct validation *validation, const struct frame *frame,
                         struct json instance)
{
    struct equality equality = {.arena = validation->arena, .work = &validation->work_left};
    uint32_t first, second;
    bool found = equality_find_pair(&equality, instance, &first, &second);
    if (equality.out_of_memory)
        stop_without_memory(validation);
    if (equality.out_of_work)
        stop(validation);
    if (!found)
        return !validation->is_stopped;
    return is_told(validation) &&
           note(validation, frame, KEYWORD_UNIQUE_ITEMS,
                "must have no item twice; items %u and %u are both %s", (unsigned)first,
                (unsigned)second, show(instance.as.items[first]).text);
}

static bool check_prefix(struct validation *validation, const struct frame *frame,
                         struct json instance, struct evaluated *evaluated)
{
    const struct node_list *prefix = &frame->node->arrays->prefix_items;
    bool valid = true;
    for (uint32_t i = 0; i < prefix->count && i < instance.count && goes_on(validation, valid);
         i++) {
        struct frame item = {
            .outer = frame, .node = prefix->items[i], .keyword = KEYWORD_PREFIX_ITEMS, .index = i};
        valid &= validate_node(validation, &item, instance.as.items[i], NULL);
        evaluated_add(evaluated, i);
    }
    return valid;
}

static bool check_items(struct validation *validation, const struct frame *frame,
                        struct json instance, struct evaluated *evaluated)
{
    const struct array_rules *rules = frame->node->arrays;
    const struct node *node = node_behind(validation, rules->items);
    struct frame item = {.outer = frame, .node = node, .keyword = KEYWORD_ITEMS};
    bool valid = take_work(validation, instance.count);
    for (uint32_t i = rules->prefix_items.count; i < instance.count; i++) {
        if (!goes_on(validation, valid))
            break;
        item.index = i;
        valid &= is_surely_valid(node, instance.as.items[i]) ||
                 validate_closely(validation, &item, instance.as.items[i], NULL);
    }
    if (evaluated != NULL)
        evaluated->all = true;
    return valid;
}

/* Of items that nobody has to mend one by one only their number is told. Where nobody asks
 * which they are, the first that are enough end the search. */
static bool check_contains(struct validation *validation, const struct frame *frame,
                           struct json instance, struct evaluated *evaluated)
{
    const struct array_rules *rules = frame->node->arrays;
    uint32_t count = 0;
    if (!take_work(validation, instance.count))
        return false;
    for (uint32_t i = 0; i < instance.count; i++) {
        struct frame item = {
            .outer = frame, .node = rules->contains, .keyword = KEYWORD_CONTAINS, .index = i};
        if (!validate_quietly(validation, &item, instance.as.items[i], NULL))
            continue;
        count++;
        evaluated_add(evaluated, i);
        bool is_decided = count >= rules->contains_min && rules->contains_max == COUNT_UNLIMITED;
        if (evaluated == NULL && is_decided)
            return true;
    }
    if (validation->is_stopped)
        return false;
    if (count < rules->contains_min)
        return note(validation, frame, KEYWORD_CONTAINS,
                    "must have at least %u item%s that \"contains\" describes, has %u",
                    (unsigned)rules->contains_min, plural(rules->contains_min), (unsigned)count);
    if (count > rules->contains_max)
        return note(validation, frame, KEYWORD_MAX_CONTAINS,
                    "must have at most %u item%s that \"contains\" describes, has %u",
                    (unsigned)rules->contains_max, plural(rules->contains_max), (unsigned)count);
    return true;
}

bool validate_array(struct validation *validation, const struct frame *frame, struct json instance,
                    struct evaluated *evaluated)
{
    const struct array_rules *rules = frame->node->arrays;
    bool valid = check_count(validation, frame, instance.count);
    if (rules->prefix_items.count > 0 && goes_on(validation, valid))
        valid &= check_prefix(validation, frame, instance, evaluated);
    if (rules->items != NULL && goes_on(validation, valid))
        valid &= check_items(validation, frame, instance, evaluated);
    if (rules->contains != NULL && goes_on(validation, valid))
        valid &= check_contains(validation, frame, instance, evaluated);
    if (rules->is_unique && goes_on(validation, valid))
        valid &= check_unique(validation, frame, instance);
    return valid;
}
