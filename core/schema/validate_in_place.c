/* validate_in_place.c - applicators to the same instance (Core, sections 8.2.3 and 10.2),
 * and the sets of what they evaluated. */
#include "core/schema/validation.h"

/* --- Sets of what was evaluated ------------------------------------------------------------ */

bool evaluated_begin(struct validation *validation, struct evaluated *evaluated,
                     struct json instance, struct arena_mark *mark)
{
    *mark = arena_mark(validation->arena);
    *evaluated = (struct evaluated){.word_count = instance.count / 64 + 1};
    evaluated->words = &evaluated->few;
    if (evaluated->word_count == 1)
        return true;
    evaluated->words =
        arena_alloc_array(validation->arena, evaluated->word_count, sizeof *evaluated->words);
    if (evaluated->words == NULL)
        stop_without_memory(validation);
    return evaluated->words != NULL;
}

void evaluated_merge(struct evaluated *into, const struct evaluated *from)
{
    into->all |= from->all;
    for (uint32_t i = 0; i < into->word_count; i++)
        into->words[i] |= from->words[i];
}

/* --- Trying a schema: what it evaluated counts only when it is valid ------------------------- */

static bool try_node(struct validation *validation, const struct frame *frame, struct json instance,
                     struct evaluated *evaluated)
{
    if (evaluated == NULL)
        return validate_quietly(validation, frame, instance, NULL);
    struct evaluated own;
    struct arena_mark mark;
    if (!take_work(validation, evaluated->word_count) ||
        !evaluated_begin(validation, &own, instance, &mark))
        return false;
    bool valid = validate_quietly(validation, frame, instance, &own);
    if (valid)
        evaluated_merge(evaluated, &own);
    arena_rewind(validation->arena, mark);
    return valid;
}

static struct frame frame_of(const struct frame *outer, const struct node *node,
                             enum keyword keyword, uint32_t index)
{
    return (struct frame){.outer = outer, .node = node, .keyword = keyword, .index = index};
}

/* --- $ref, $dynamicRef, allOf ----------------------------------------------------------------- */

static const struct node *dynamic_anchor(const struct resource *resource, struct text name)
{
    const struct dynamic_anchor *anchor = resource->dynamic_anchors;
    while (anchor != NULL && !text_equal(anchor->name, name))
        anchor = anchor->next;
    return anchor == NULL ? NULL : anchor->node;
}

/* Core, section 8.2.3.2: the anchor in the outermost resource of the dynamic scope. */
static const struct node *dynamic_target(const struct frame *frame,
                                         const struct dynamic_reference *reference)
{
    const struct node *target = reference->node;
    const struct resource *previous = NULL;
    if (reference->anchor.data == NULL)
        return target;
    for (; frame != NULL; frame = frame->outer) {
        const struct resource *resource = frame->node->resource;
        const struct node *found =
            resource == previous ? NULL : dynamic_anchor(resource, reference->anchor);
        target = found == NULL ? target : found;
        previous = resource;
    }
    return target;
}

static bool check_dynamic(struct validation *validation, const struct frame *frame,
                          struct json instance, struct evaluated *evaluated)
{
    if (!take_work(validation, validation->depth))
        return false;
    const struct node *target = dynamic_target(frame, &frame->node->in_place->dynamic);
    struct frame part = frame_of(frame, target, KEYWORD_DYNAMIC_REF, 0);
    return validate_node(validation, &part, instance, evaluated);
}

static bool check_all_of(struct validation *validation, const struct frame *frame,
                         struct json instance, struct evaluated *evaluated)
{
    const struct node_list *list = &frame->node->in_place->all_of;
    bool valid = true;
    for (uint32_t i = 0; i < list->count && goes_on(validation, valid); i++) {
        struct frame part = frame_of(frame, list->items[i], KEYWORD_ALL_OF, i);
        valid &= validate_node(validation, &part, instance, evaluated);
    }
    return valid;
}

/* --- anyOf, oneOf: of several that fail, the one that came nearest is told ---------------------- */

/* How far an alternative was from the instance, by its notes: one for another kind of value
 * altogether, then one whose members say that it is not meant (a "const" that tells kinds
 * apart), then the others; and fewer notes before more. */
struct distance {
    int kind;
    uint32_t notes;
};

enum { OTHER_KIND = 3, OTHER_TAG = 2, SAME_KIND = 1 };

static struct distance measure(const struct notes *notes, uint32_t first, uint32_t depth)
{
    struct distance distance = {SAME_KIND, notes->count - first};
    for (uint32_t i = first; i < notes->count; i++) {
        const struct one_note *item = &notes->items[i];
        bool is_value = item->keyword == KEYWORD_CONST || item->keyword == KEYWORD_ENUM;
        bool is_kind = is_value || item->keyword == KEYWORD_TYPE || item->keyword == KEYWORD_NONE;
        if (item->depth == depth && is_kind)
            distance.kind = OTHER_KIND;
        else if (item->depth == depth + 1 && is_value && distance.kind < OTHER_TAG)
            distance.kind = OTHER_TAG;
    }
    return distance;
}

static bool is_nearer(struct distance a, struct distance b)
{
    return a.kind != b.kind ? a.kind < b.kind : a.notes < b.notes;
}

/* Where all are for other kinds of values, a line tells what they would be. */
struct alternatives {
    char buffer[NOTE_MESSAGE_SIZE_MAX];
    struct writer summary;
    struct distance nearest;
    uint32_t first; /* of the notes: those of the nearest alternative begin here */
    uint32_t kept;
};

static void take_notes(struct validation *validation, const struct frame *part,
                       struct json instance, struct alternatives *alternatives)
{
    struct notes *notes = validation->notes;
    uint32_t first = notes->count;
    validate_node(validation, part, instance, NULL);
    if (notes->count == first)
        return; /* there was no room, or a limit was reached */
    writer_string(&alternatives->summary, part->index == 0 ? "" : "; or ");
    writer_string(&alternatives->summary, notes->items[first].message);
    struct distance distance = measure(notes, first, frame_depth(part));
    if (alternatives->kept == 0 || is_nearer(distance, alternatives->nearest)) {
        alternatives->nearest = distance;
        alternatives->kept = notes->count - first;
        memmove(&notes->items[alternatives->first], &notes->items[first],
                alternatives->kept * sizeof *notes->items);
    }
    notes->count = alternatives->first + alternatives->kept;
}

static bool note_alternatives(struct validation *validation, const struct frame *frame,
                              enum keyword keyword, const struct node_list *list,
                              struct json instance)
{
    struct notes *notes = validation->notes;
    if (notes == NULL || notes->count == SCHEMA_FAILURES_MAX)
        return false;
    struct alternatives alternatives = {.first = notes->count};
    writer_init(&alternatives.summary, alternatives.buffer, sizeof alternatives.buffer);
    for (uint32_t i = 0; i < list->count && !validation->is_stopped; i++) {
        struct frame part = frame_of(frame, list->items[i], keyword, i);
        take_notes(validation, &part, instance, &alternatives);
    }
    if (list->count == 1 || alternatives.kept == 0 || alternatives.nearest.kind != OTHER_KIND)
        return false;
    notes->count = alternatives.first;
    return note_written(validation, frame, keyword, &alternatives.summary);
}

/* Where what was evaluated matters, every alternative that is valid counts. */
static bool check_any_of(struct validation *validation, const struct frame *frame,
                         struct json instance, struct evaluated *evaluated)
{
    const struct node_list *list = &frame->node->in_place->any_of;
    bool valid = false;
    for (uint32_t i = 0; i < list->count && (!valid || evaluated != NULL); i++) {
        struct frame part = frame_of(frame, list->items[i], KEYWORD_ANY_OF, i);
        valid |= try_node(validation, &part, instance, evaluated);
    }
    return valid || note_alternatives(validation, frame, KEYWORD_ANY_OF, list, instance);
}

static bool check_one_of(struct validation *validation, const struct frame *frame,
                         struct json instance, struct evaluated *evaluated)
{
    const struct node_list *list = &frame->node->in_place->one_of;
    uint32_t count = 0, first = 0, second = 0;
    for (uint32_t i = 0; i < list->count && count < 2; i++) {
        struct frame part = frame_of(frame, list->items[i], KEYWORD_ONE_OF, i);
        if (!try_node(validation, &part, instance, evaluated))
            continue;
        *(count == 0 ? &first : &second) = i;
        count++;
    }
    if (count == 1)
        return !validation->is_stopped;
    if (count == 0)
        return note_alternatives(validation, frame, KEYWORD_ONE_OF, list, instance);
    return note(validation, frame, KEYWORD_ONE_OF,
                "must fit exactly one alternative, fits oneOf/%u and oneOf/%u", (unsigned)first,
                (unsigned)second);
}

/* --- not, if, dependentSchemas --------------------------------------------------------------------- */

static bool check_not(struct validation *validation, const struct frame *frame,
                      struct json instance)
{
    struct frame part = frame_of(frame, frame->node->in_place->not, KEYWORD_NOT, 0);
    if (!validate_quietly(validation, &part, instance, NULL))
        return !validation->is_stopped;
    return is_told(validation) &&
           note(validation, frame, KEYWORD_NOT, "must not fit what \"not\" describes, is %s",
                show(instance).text);
}

static bool check_condition(struct validation *validation, const struct frame *frame,
                            struct json instance, struct evaluated *evaluated)
{
    const struct in_place *rules = frame->node->in_place;
    struct frame part = frame_of(frame, rules->condition, KEYWORD_IF, 0);
    bool holds = try_node(validation, &part, instance, evaluated);
    part = holds ? frame_of(frame, rules->consequence, KEYWORD_THEN, 0)
                 : frame_of(frame, rules->alternative, KEYWORD_ELSE, 0);
    return part.node == NULL || validate_node(validation, &part, instance, evaluated);
}

static bool check_dependent_schemas(struct validation *validation, const struct frame *frame,
                                    struct json instance, struct evaluated *evaluated)
{
    const struct in_place *rules = frame->node->in_place;
    bool valid = true;
    for (uint32_t i = 0; i < rules->dependent_schema_count && goes_on(validation, valid); i++) {
        const struct dependent_schema *row = &rules->dependent_schemas[i];
        if (!take_work(validation, instance.count))
            return false;
        if (json_get_text(instance, row->name) == NULL)
            continue;
        struct frame part = frame_of(frame, row->node, KEYWORD_DEPENDENT_SCHEMAS, 0);
        part.name = row->name;
        valid &= validate_node(validation, &part, instance, evaluated);
    }
    return valid;
}

bool validate_in_place(struct validation *validation, const struct frame *frame,
                       struct json instance, struct evaluated *evaluated)
{
    const struct in_place *rules = frame->node->in_place;
    bool valid = true;
    if (rules->reference != NULL) {
        struct frame part = frame_of(frame, rules->reference, KEYWORD_REF, 0);
        valid = validate_node(validation, &part, instance, evaluated);
    }
    if (rules->dynamic.node != NULL && goes_on(validation, valid))
        valid &= check_dynamic(validation, frame, instance, evaluated);
    if (rules->all_of.count > 0 && goes_on(validation, valid))
        valid &= check_all_of(validation, frame, instance, evaluated);
    if (rules->any_of.count > 0 && goes_on(validation, valid))
        valid &= check_any_of(validation, frame, instance, evaluated);
    if (rules->one_of.count > 0 && goes_on(validation, valid))
        valid &= check_one_of(validation, frame, instance, evaluated);
    if (rules->not != NULL && goes_on(validation, valid))
        valid &= check_not(validation, frame, instance);
    if (rules->condition != NULL && goes_on(validation, valid))
        valid &= check_condition(validation, frame, instance, evaluated);
    if (rules->dependent_schema_count > 0 && instance.type == JSON_OBJECT &&
        goes_on(validation, valid))
        valid &= check_dependent_schemas(validation, frame, instance, evaluated);
    return valid;
}
