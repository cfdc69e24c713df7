/* validate.c - a node applied to a value: the assertions on any type, on numbers and on
 * strings; arrays, objects and applicators have files of their own. */
#include "core/schema/validation.h"

#include "core/utf8.h"

/* --- Any type ---------------------------------------------------------------------------- */

static bool has_type(const struct node *node, struct json instance)
{
    if ((node->types & type_bit(instance)) != 0)
        return true;
    return instance.type == JSON_DOUBLE && (node->types & TYPE_INTEGER) != 0 &&
           number_is_integer(instance);
}

/* "a string, a number or null" */
static void write_types(struct writer *writer, unsigned types)
{
    static const struct {
        unsigned type;
        const char *phrase;
    } phrases[] = {
        {TYPE_NUMBER, "a number"},   {TYPE_INTEGER, "an integer"}, {TYPE_STRING, "a string"},
        {TYPE_BOOLEAN, "a boolean"}, {TYPE_ARRAY, "an array"},     {TYPE_OBJECT, "an object"},
        {TYPE_NULL, "null"},
    };
    if ((types & TYPE_NUMBER) != 0)
        types &= ~(unsigned)TYPE_INTEGER;
    unsigned left = types;
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
        if ((left & phrases[i].type) == 0)
            continue;
        if (left != types)
            writer_string(writer, (left & ~phrases[i].type) == 0 ? " or " : ", ");
        writer_string(writer, phrases[i].phrase);
        left &= ~phrases[i].type;
    }
}

static bool note_type(struct validation *validation, const struct frame *frame,
                      struct json instance)
{
    char buffer[NOTE_MESSAGE_SIZE_MAX];
    struct writer writer;
    if (validation->notes == NULL)
        return false;
    writer_init(&writer, buffer, sizeof buffer);
    writer_string(&writer, "must be ");
    write_types(&writer, frame->node->types);
    writer_string(&writer, ", is ");
    writer_string(&writer, show(instance).text);
    return note_written(validation, frame, KEYWORD_TYPE, &writer);
}

static bool is_equal(struct validation *validation, struct json a, struct json b)
{
    if (a.type == JSON_STRING && b.type == JSON_STRING)
        return name_equal(json_text(a), json_text(b));
    if (a.type != b.type && !(json_is_number(a) && json_is_number(b)))
        return false;
    struct equality equality = {.arena = validation->arena, .work = &validation->work_left};
    bool equal = equality_test(&equality, a, b);
    if (equality.out_of_memory)
        stop_without_memory(validation);
    if (equality.out_of_work)
        stop(validation);
    return equal;
}

static bool is_listed(struct validation *validation, const struct value_set *set,
                      struct json instance)
{
    if (instance.type == JSON_STRING) {
        struct text text = json_text(instance);
        struct hash_search search = hash_index_search(&set->strings, hash_text(text));
        uint32_t number;
        while ((number = hash_search_next(&search)) != HASH_INDEX_NONE) {
            if (name_equal(json_text(set->values.as.items[number]), text))
                return true;
        }
        return false;
    }
    for (uint32_t i = 0; i < set->other_count; i++) {
        if (is_equal(validation, set->others[i], instance))
            return true;
    }
    return false;
}

static bool note_enum(struct validation *validation, const struct frame *frame,
                      struct json instance)
{
    enum { VALUES_SHOWN_MAX = 12, VALUES_SIZE_MAX = 300 };
    char buffer[NOTE_MESSAGE_SIZE_MAX];
    struct writer writer;
    struct json values = frame->node->values->values;
    if (validation->notes == NULL)
        return false;
    writer_init(&writer, buffer, sizeof buffer);
    writer_string(&writer, values.count == 1 ? "must be " : "must be one of ");
    for (uint32_t i = 0; i < values.count; i++) {
        bool is_cut = i == VALUES_SHOWN_MAX || writer.size > VALUES_SIZE_MAX;
        writer_string(&writer, i == 0 ? "" : ", ");
        writer_string(&writer, is_cut ? "..." : show(values.as.items[i]).text);
        if (is_cut)
            break;
    }
    writer_string(&writer, values.count == 1 ? ", is " : "; is ");
    writer_string(&writer, show(instance).text);
    return note_written(validation, frame, KEYWORD_ENUM, &writer);
}

static bool check_values(struct validation *validation, const struct frame *frame,
                         struct json instance)
{
    const struct node *node = frame->node;
    bool valid = true;
    if (node->constant != NULL && !is_equal(validation, *node->constant, instance))
        valid = is_told(validation) && note(validation, frame, KEYWORD_CONST, "must be %s, is %s",
                                            show(*node->constant).text, show(instance).text);
    if (node->values != NULL && goes_on(validation, valid) &&
        !is_listed(validation, node->values, instance))
        valid = note_enum(validation, frame, instance);
    return valid;
}

/* --- Numbers ------------------------------------------------------------------------------- */

static bool is_given(struct json bound)
{
    return bound.type != JSON_NULL;
}

static bool note_number(struct validation *validation, const struct frame *frame,
                        enum keyword keyword, const char *what, struct json bound,
                        struct json instance)
{
    return is_told(validation) && note(validation, frame, keyword, "must be %s %s, is %s", what,
                                       show(bound).text, show(instance).text);
}

static bool check_number(struct validation *validation, const struct frame *frame,
                         struct json instance)
{
    const struct number_rules *rules = frame->node->numbers;
    bool valid = true;
    if (is_given(rules->minimum) && number_compare(instance, rules->minimum) < 0)
        valid =
            note_number(validation, frame, KEYWORD_MINIMUM, "at least", rules->minimum, instance);
    if (is_given(rules->exclusive_minimum) &&
        number_compare(instance, rules->exclusive_minimum) <= 0)
        valid = note_number(validation, frame, KEYWORD_EXCLUSIVE_MINIMUM, "above",
                            rules->exclusive_minimum, instance);
    if (is_given(rules->maximum) && number_compare(instance, rules->maximum) > 0)
        valid =
            note_number(validation, frame, KEYWORD_MAXIMUM, "at most", rules->maximum, instance);
    if (is_given(rules->exclusive_maximum) &&
        number_compare(instance, rules->exclusive_maximum) >= 0)
        valid = note_number(validation, frame, KEYWORD_EXCLUSIVE_MAXIMUM, "below",
                            rules->exclusive_maximum, instance);
    if (is_given(rules->multiple_of.value) && !number_is_multiple(instance, &rules->multiple_of))
        valid = note_number(validation, frame, KEYWORD_MULTIPLE_OF, "a multiple of",
                            rules->multiple_of.value, instance);
    return valid;
}

/* --- Strings --------------------------------------------------------------------------------- */

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static bool check_length(struct validation *validation, const struct frame *frame, struct text text)
{
    const struct string_rules *rules = frame->node->strings;
    if (text.size >= string_size_surely(rules->length_min) && text.size <= rules->length_max)
        return true;
    if (!take_work(validation, text.size / WORD_SIZE))
        return false;
    size_t length = utf8_count(text);
    if (length < rules->length_min)
        return note(validation, frame, KEYWORD_MIN_LENGTH,
                    "must have at least %u character%s, has %zu", (unsigned)rules->length_min,
                    plural(rules->length_min), length);
    if (length > rules->length_max)
        return note(validation, frame, KEYWORD_MAX_LENGTH,
                    "must have at most %u character%s, has %zu", (unsigned)rules->length_max,
                    plural(rules->length_max), length);
    return true;
}

bool pattern_matches(struct validation *validation, const struct pattern *pattern, struct text text)
{
    if (!take_work(validation, text.size))
        return false;
    bool found = false;
    if (!regex_search(pattern->regex, text, validation->arena, &found))
        stop_without_memory(validation);
    return found;
}

/* A regular expression that no automaton can do is one all the same. */
static bool is_regex(struct validation *validation, struct text text)
{
    struct arena_mark mark = arena_mark(validation->arena);
    const struct regex *regex;
    struct regex_problem problem;
    enum status status = regex_compile(validation->arena, text, REGEX_ECMA262, &regex, &problem);
    arena_rewind(validation->arena, mark);
    if (status == STATUS_FATAL)
        stop_without_memory(validation);
    return status == STATUS_OK || (status == STATUS_REJECTED && problem.verdict != REGEX_INVALID);
}

static bool check_format(struct validation *validation, const struct frame *frame, struct text text)
{
    enum format format = frame->node->strings->format;
    if (format == FORMAT_NONE)
        return true;
    if (!take_work(validation, text.size / WORD_SIZE))
        return false;
    if (format == FORMAT_REGEX ? is_regex(validation, text) : format_check(format, text))
        return true;
    return is_told(validation) && note(validation, frame, KEYWORD_FORMAT, "must be %s, is %s",
                                       format_phrase(format), text_show(text).quoted);
}

static bool check_string(struct validation *validation, const struct frame *frame,
                         struct json instance)
{
    const struct string_rules *rules = frame->node->strings;
    struct text text = json_text(instance);
    bool valid = check_length(validation, frame, text);
    if (rules->pattern.regex != NULL && goes_on(validation, valid) &&
        !pattern_matches(validation, &rules->pattern, text))
        valid = is_told(validation) &&
                note(validation, frame, KEYWORD_PATTERN, "must match the pattern %s, is %s",
                     text_show(rules->pattern.source).quoted, text_show(text).quoted);
    if (goes_on(validation, valid))
        valid &= check_format(validation, frame, text);
    return valid;
}

/* --- A node ------------------------------------------------------------------------------------ */

/* The assertions that are about the instance's own type. */
static inline bool check_typed(struct validation *validation, const struct frame *frame,
                               struct json instance, struct evaluated *evaluated)
{
    const struct node *node = frame->node;
    switch (instance.type) {
    case JSON_INT:
    case JSON_UINT:
    case JSON_DOUBLE: return node->numbers == NULL || check_number(validation, frame, instance);
    case JSON_STRING: return node->strings == NULL || check_string(validation, frame, instance);
    case JSON_ARRAY:
        return node->arrays == NULL || validate_array(validation, frame, instance, evaluated);
    case JSON_OBJECT:
        return node->objects == NULL || validate_object(validation, frame, instance, evaluated);
    case JSON_NULL:
    case JSON_FALSE:
    case JSON_TRUE: break;
    }
    return true;
}

static bool check_all(struct validation *validation, const struct frame *frame,
                      struct json instance, struct evaluated *evaluated)
{
    const struct node *node = frame->node;
    bool valid = true;
    if (node->constant != NULL || node->values != NULL)
        valid = check_values(validation, frame, instance);
    if (goes_on(validation, valid))
        valid &= check_typed(validation, frame, instance, evaluated);
    if (node->in_place != NULL && goes_on(validation, valid))
        valid &= validate_in_place(validation, frame, instance, evaluated);
    return valid;
}

/* "unevaluatedItems" and "unevaluatedProperties" ask what all keywords beside them, and the
 * applicators in place, have evaluated; then everything is. Not inline: few schemas ask, and its
 * set would be on the stack of every other node. */
__attribute__((noinline)) static bool check_unevaluated(struct validation *validation,
                                                        const struct frame *frame,
                                                        struct json instance,
                                                        struct evaluated *evaluated)
{
    struct evaluated own;
    struct arena_mark mark;
    if (!take_work(validation, instance.count / 64) ||
        !evaluated_begin(validation, &own, instance, &mark))
        return false;
    bool valid = check_all(validation, frame, instance, &own);
    if (goes_on(validation, valid))
        valid &= validate_unevaluated(validation, frame, instance, &own);
    arena_rewind(validation->arena, mark);
    if (evaluated != NULL)
        evaluated->all = true;
    return valid;
}

static bool check_node(struct validation *validation, const struct frame *frame,
                       struct json instance, struct evaluated *evaluated)
{
    const struct node *node = frame->node;
    if (node->is_false)
        return note(validation, frame, KEYWORD_NONE, "is not allowed");
    if (!has_type(node, instance))
        return note_type(validation, frame, instance);
    bool asks = (instance.type == JSON_ARRAY && node->unevaluated_items != NULL) ||
                (instance.type == JSON_OBJECT && node->unevaluated_properties != NULL);
    return asks ? check_unevaluated(validation, frame, instance, evaluated)
                : check_all(validation, frame, instance, evaluated);
}

/* What is inside of a value, or beside its type, may have values inside of it in turn. */
static bool check_deeply(struct validation *validation, const struct frame *frame,
                         struct json instance, struct evaluated *evaluated)
{
    if (validation->depth == SCHEMA_DEPTH_MAX) {
        stop(validation);
        return false;
    }
    validation->depth++;
    const struct node *node = frame->node;
    bool is_plain = node->is_plain && (node->types & type_bit(instance)) != 0;
    bool valid = is_plain ? check_typed(validation, frame, instance, evaluated)
                          : check_node(validation, frame, instance, evaluated);
    validation->depth--;
    return valid && !validation->is_stopped;
}

bool validate_closely(struct validation *validation, const struct frame *frame,
                      struct json instance, struct evaluated *evaluated)
{
    const struct node *node = frame->node;
    if (!take_work(validation, 1))
        return false;
    bool is_plain_string = node->is_plain && instance.type == JSON_STRING &&
                           node->strings != NULL && (node->types & TYPE_STRING) != 0;
    return is_plain_string ? check_string(validation, frame, instance)
                           : check_deeply(validation, frame, instance, evaluated);
}

bool validate_node(struct validation *validation, const struct frame *frame, struct json instance,
                   struct evaluated *evaluated)
{
    struct frame target;
    if (node_behind(validation, frame->node) != frame->node) {
        target = *frame;
        target.node = frame->node->alias;
        frame = &target;
    }
    return is_surely_valid(frame->node, instance) ||
           validate_closely(validation, frame, instance, evaluated);
}

bool validate_quietly(struct validation *validation, const struct frame *frame,
                      struct json instance, struct evaluated *evaluated)
{
    struct notes *notes = validation->notes;
    validation->notes = NULL;
    bool valid = validate_node(validation, frame, instance, evaluated);
    validation->notes = notes;
    return valid;
}

/* --- The whole ----------------------------------------------------------------------------------- */

static bool run(struct validation *validation, const struct schema *schema, struct json instance)
{
    validation->work_left = SCHEMA_WORK_MAX;
    validation->is_stopped = false;
    struct frame frame = {.node = schema->root, .keyword = KEYWORD_NONE};
    return validate_node(validation, &frame, instance, NULL);
}

/* Where a limit ended the validation before there was a note, that is what is wrong. */
static bool tell(const struct validation *validation, struct schema_failures *failures)
{
    const struct notes *notes = validation->notes;
    for (uint32_t i = 0; notes != NULL && i < notes->count; i++)
        failures->items[failures->count++] = (struct schema_failure){
            notes->items[i].instance_path, notes->items[i].schema_path, notes->items[i].message};
    if (failures->count > 0)
        return true;
    struct writer writer;
    writer_init_arena(&writer, validation->arena, SIZE_MAX);
    writer_format(&writer,
                  "takes more than %llu steps, or %d schemas inside one another, to validate",
                  (unsigned long long)SCHEMA_WORK_MAX, SCHEMA_DEPTH_MAX);
    writer_char(&writer, '\0');
    failures->items[failures->count++] = (struct schema_failure){"", "", writer.data};
    return !writer.overflowed;
}

/* Again, with room for notes. */
static bool run_with_notes(struct validation *validation, const struct schema *schema,
                           struct json instance)
{
    validation->notes = arena_alloc(validation->arena, sizeof *validation->notes);
    if (validation->notes == NULL)
        return false;
    run(validation, schema, instance);
    return !validation->out_of_memory;
}

enum status schema_validate(const struct schema *schema, struct json instance, struct arena *arena,
                            struct schema_failures *failures)
{
    struct validation validation = {.arena = arena};
    failures->count = 0;
    if (run(&validation, schema, instance))
        return STATUS_OK;
    if (validation.out_of_memory ||
        (!validation.is_stopped && !run_with_notes(&validation, schema, instance)) ||
        !tell(&validation, failures))
        return STATUS_FATAL;
    return STATUS_REJECTED;
}
