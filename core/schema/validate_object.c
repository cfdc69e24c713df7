/* validate_object.c - objects (Core, sections 10.3.2; Validation, section 6.5). */
#include "core/schema/validation.h"

static const char *plural(uint64_t count)
{
    return count == 1 ? "y" : "ies";
}

static bool check_count(struct validation *validation, const struct frame *frame, uint32_t count)
{
    const struct object_rules *rules = frame->node->objects;
    if (count < rules->count_min)
        return note(validation, frame, KEYWORD_MIN_PROPERTIES,
                    "must have at least %u propert%s, has %u", (unsigned)rules->count_min,
                    plural(rules->count_min), (unsigned)count);
    if (count > rules->count_max)
        return note(validation, frame, KEYWORD_MAX_PROPERTIES,
                    "must have at most %u propert%s, has %u", (unsigned)rules->count_max,
                    plural(rules->count_max), (unsigned)count);
    return true;
}

/* --- Members --------------------------------------------------------------------------------- */

static inline bool has_name(const struct property *property, struct text name)
{
    return property->name.size == name.size && property->word == name_word(name) &&
           (name.size <= WORD_SIZE || name_equal(property->name, name));
}

static uint32_t search_property(const struct object_rules *rules, struct text name)
{
    struct hash_search search = hash_index_search(&rules->property_index, hash_text(name));
    uint32_t number;
    while ((number = hash_search_next(&search)) != HASH_INDEX_NONE) {
        if (has_name(&rules->properties[number], name))
            break;
    }
    return number;
}

/* The number of the property of this name, or HASH_INDEX_NONE. Members often stand in the
 * order of the schema: the one behind the last that was found is tried first. */
static inline uint32_t find_property(const struct object_rules *rules, struct text name,
                                     uint32_t next)
{
    if (next < rules->property_count && has_name(&rules->properties[next], name))
        return next;
    return rules->property_count == 0 ? HASH_INDEX_NONE : search_property(rules, name);
}

static bool check_patterns(struct validation *validation, const struct frame *frame,
                           const struct json_member *member, bool *is_known)
{
    const struct object_rules *rules = frame->node->objects;
    bool valid = true;
    for (uint32_t i = 0; i < rules->pattern_count && goes_on(validation, valid); i++) {
        const struct pattern_property *property = &rules->patterns[i];
        if (!pattern_matches(validation, &property->pattern, member->name))
            continue;
        struct frame part = {.outer = frame,
                             .node = property->node,
                             .keyword = KEYWORD_PATTERN_PROPERTIES,
                             .index = i,
                             .name = member->name};
        *is_known = true;
        valid &= validate_node(validation, &part, member->value, NULL);
    }
    return valid;
}

/* One that is not allowed is most often misspelt. */
static bool note_unknown(struct validation *validation, const struct frame *part)
{
    enum { NAMES_MAX = 64 };
    const struct object_rules *rules = part->outer->node->objects;
    struct text names[NAMES_MAX];
    size_t count = 0;
    if (validation->notes == NULL)
        return false;
    for (uint32_t i = 0; rules != NULL && i < rules->property_count && count < NAMES_MAX; i++)
        names[count++] = rules->properties[i].name;
    int nearest = text_nearest(part->name, names, count);
    if (nearest < 0)
        return note(validation, part, KEYWORD_NONE, "is not a property that is allowed here");
    return note(validation, part, KEYWORD_NONE,
                "is not a property that is allowed here, did you mean %s?",
                text_show(names[nearest]).quoted);
}

static bool check_other_member(struct validation *validation, const struct frame *frame,
                               enum keyword keyword, const struct node *node,
                               const struct json_member *member)
{
    node = node_behind(validation, node);
    struct frame part = {.outer = frame, .node = node, .keyword = keyword, .name = member->name};
    if (is_surely_valid(node, member->value))
        return true;
    if (node->is_false)
        return note_unknown(validation, &part);
    return validate_closely(validation, &part, member->value, NULL);
}

static bool check_name(struct validation *validation, const struct frame *frame,
                       const struct node *node, struct text name)
{
    struct frame part = {
        .outer = frame, .node = node, .keyword = KEYWORD_PROPERTY_NAMES, .name = name};
    return validate_node(validation, &part, json_string(name), NULL);
}

static bool check_unsure_property(struct validation *validation, const struct frame *frame,
                                  const struct node *node, const struct json_member *member)
{
    struct frame part = {
        .outer = frame, .node = node, .keyword = KEYWORD_PROPERTIES, .name = member->name};
    return validate_closely(validation, &part, member->value, NULL);
}

static inline bool check_property(struct validation *validation, const struct frame *frame,
                                  const struct node *node, const struct json_member *member)
{
    node = node_behind(validation, node);
    return is_surely_valid(node, member->value) ||
           check_unsure_property(validation, frame, node, member);
}

/* All that is asked of a member; `node` is what "properties" has for its name, or NULL. Not
 * inline, that the way of most members stays short. */
__attribute__((noinline)) static bool check_member(struct validation *validation,
                                                   const struct frame *frame,
                                                   const struct node *node,
                                                   const struct json_member *member, bool *is_known)
{
    const struct object_rules *rules = frame->node->objects;
    bool valid = true;
    *is_known = node != NULL;
    if (node != NULL)
        valid = check_property(validation, frame, node, member);
    if (rules->pattern_count > 0 && goes_on(validation, valid))
        valid &= check_patterns(validation, frame, member, is_known);
    if (!*is_known && rules->additional != NULL && goes_on(validation, valid)) {
        *is_known = true;
        valid &= check_other_member(validation, frame, KEYWORD_ADDITIONAL_PROPERTIES,
                                    rules->additional, member);
    }
    if (rules->property_names != NULL && goes_on(validation, valid))
        valid &= check_name(validation, frame, rules->property_names, member->name);
    return valid;
}

/* --- What must be there -------------------------------------------------------------------------- */

/* "is missing: price, name". As no name stands twice in an object, counting told that some
 * are missing; which they are is only for the note. */
static bool note_missing(struct validation *validation, const struct frame *frame,
                         struct json instance)
{
    const struct object_rules *rules = frame->node->objects;
    if (validation->notes == NULL)
        return false;
    struct arena_mark mark = arena_mark(validation->arena);
    bool *is_there = arena_alloc_array(validation->arena, rules->property_count, sizeof *is_there);
    if (is_there == NULL) {
        stop_without_memory(validation);
        return false;
    }
    uint32_t next = 0;
    for (uint32_t i = 0; i < instance.count; i++) {
        uint32_t number = find_property(rules, instance.as.members[i].name, next);
        if (number == HASH_INDEX_NONE)
            continue;
        is_there[number] = true;
        next = number + 1;
    }
    char buffer[NOTE_MESSAGE_SIZE_MAX];
    struct writer writer;
    writer_init(&writer, buffer, sizeof buffer);
    const char *before = "is missing: ";
    for (uint32_t i = 0; i < rules->property_count; i++) {
        if (!rules->properties[i].is_required || is_there[i])
            continue;
        writer_string(&writer, before);
        writer_string(&writer, text_show(rules->properties[i].name).quoted);
        before = ", ";
    }
    arena_rewind(validation->arena, mark);
    return note_written(validation, frame, KEYWORD_REQUIRED, &writer);
}

static bool check_dependent_required(struct validation *validation, const struct frame *frame,
                                     struct json instance)
{
    const struct object_rules *rules = frame->node->objects;
    bool valid = true;
    for (uint32_t i = 0; i < rules->dependent_required_count && goes_on(validation, valid); i++) {
        const struct dependent_required *row = &rules->dependent_required[i];
        if (!take_work(validation, instance.count * (1 + (uint64_t)row->names.count)))
            return false;
        if (json_get_text(instance, row->name) == NULL)
            continue;
        for (uint32_t n = 0; n < row->names.count; n++) {
            struct text name = json_text(row->names.as.items[n]);
            if (json_get_text(instance, name) == NULL)
                valid = is_told(validation) &&
                        note(validation, frame, KEYWORD_DEPENDENT_REQUIRED,
                             "is missing: %s, which goes with %s", text_show(name).quoted,
                             text_show(row->name).quoted);
        }
    }
    return valid;
}

static bool check_members(struct validation *validation, const struct frame *frame,
                          struct json instance, struct evaluated *evaluated)
{
    const struct object_rules *rules = frame->node->objects;
    bool is_by_name = rules->pattern_count == 0 && rules->property_names == NULL;
    bool valid = true;
    uint32_t required_left = rules->required_count, next = 0;
    for (uint32_t i = 0; i < instance.count && goes_on(validation, valid); i++) {
        const struct json_member *member = &instance.as.members[i];
        uint32_t number = find_property(rules, member->name, next);
        const struct node *node = NULL;
        bool is_known = true;
        if (number != HASH_INDEX_NONE) {
            required_left -= rules->properties[number].is_required;
            node = rules->properties[number].node;
            next = number + 1;
        }
        if (is_by_name && node != NULL)
            valid &= check_property(validation, frame, node, member);
        else
            valid &= check_member(validation, frame, node, member, &is_known);
        if (is_known)
            evaluated_add(evaluated, i);
    }
    if (required_left > 0 && goes_on(validation, valid))
        valid = note_missing(validation, frame, instance);
    return valid;
}

bool validate_object(struct validation *validation, const struct frame *frame, struct json instance,
                     struct evaluated *evaluated)
{
    bool valid = check_count(validation, frame, instance.count);
    if (!take_work(validation, instance.count))
        return false;
    if (goes_on(validation, valid))
        valid &= check_members(validation, frame, instance, evaluated);
    if (frame->node->objects->dependent_required_count > 0 && goes_on(validation, valid))
        valid &= check_dependent_required(validation, frame, instance);
    return valid;
}

/* --- unevaluatedItems, unevaluatedProperties ---------------------------------------------------------- */

bool validate_unevaluated(struct validation *validation, const struct frame *frame,
                          struct json instance, const struct evaluated *evaluated)
{
    const struct node *node = frame->node;
    bool is_object = instance.type == JSON_OBJECT, valid = true;
    for (uint32_t i = 0; i < instance.count && goes_on(validation, valid); i++) {
        if (evaluated_has(evaluated, i))
            continue;
        if (is_object) {
            valid &= check_other_member(validation, frame, KEYWORD_UNEVALUATED_PROPERTIES,
                                        node->unevaluated_properties, &instance.as.members[i]);
        } else {
            struct frame item = {.outer = frame,
                                 .node = node->unevaluated_items,
                                 .keyword = KEYWORD_UNEVALUATED_ITEMS,
                                 .index = i};
            valid &= validate_node(validation, &item, instance.as.items[i], NULL);
        }
    }
    return valid;
}
