/* compile.c - from a subschema to its node: every keyword checked, and sorted by the type of
 * instance that it is about. */
#include "core/schema/compile.h"
#include "core/arena.h"
#include "core/schema/uri.h"

/* One keyword of one subschema. */
struct keyword_use {
    struct compiler *compiler;
    struct subschema *subschema;
    enum keyword keyword;
    const struct json *value;
};

static struct place use_place(const struct keyword_use *use)
{
    return place_key(use->subschema->place, text_of(keyword_row(use->keyword)->name));
}

/* Reports what the keyword's value must be, unless it is. */
static bool require(const struct keyword_use *use, bool holds, const char *what)
{
    struct place place = use_place(use);
    if (!holds)
        schema_report(use->compiler, use->subschema, &place, "must be %s, is %s", what,
                      json_type_name(use->value->type));
    return holds;
}

/* --- Groups of rules, made when the first of them is met ------------------------------------ */

static struct number_rules *number_rules(const struct keyword_use *use)
{
    struct node *node = &use->subschema->node;
    if (node->numbers == NULL)
        node->numbers = schema_alloc(use->compiler, 1, sizeof *node->numbers);
    return node->numbers;
}

static struct string_rules *string_rules(const struct keyword_use *use)
{
    struct node *node = &use->subschema->node;
    if (node->strings != NULL)
        return node->strings;
    node->strings = schema_alloc(use->compiler, 1, sizeof *node->strings);
    if (node->strings != NULL)
        *node->strings =
            (struct string_rules){.length_max = COUNT_UNLIMITED, .format = FORMAT_NONE};
    return node->strings;
}

static struct array_rules *array_rules(const struct keyword_use *use)
{
    struct node *node = &use->subschema->node;
    if (node->arrays != NULL)
        return node->arrays;
    node->arrays = schema_alloc(use->compiler, 1, sizeof *node->arrays);
    if (node->arrays != NULL)
        *node->arrays = (struct array_rules){
            .count_max = COUNT_UNLIMITED, .contains_min = 1, .contains_max = COUNT_UNLIMITED};
    return node->arrays;
}

static struct object_rules *object_rules(const struct keyword_use *use)
{
    struct node *node = &use->subschema->node;
    if (node->objects != NULL)
        return node->objects;
    node->objects = schema_alloc(use->compiler, 1, sizeof *node->objects);
    if (node->objects != NULL)
        *node->objects = (struct object_rules){.count_max = COUNT_UNLIMITED};
    return node->objects;
}

static struct in_place *in_place(const struct keyword_use *use)
{
    struct node *node = &use->subschema->node;
    if (node->in_place == NULL)
        node->in_place = schema_alloc(use->compiler, 1, sizeof *node->in_place);
    return node->in_place;
}

/* --- Subschemas: scan.c noted them all ---------------------------------------------------------- */

/* NULL where there were too many, or no memory: reported. */
static struct node *node_of(const struct keyword_use *use, const struct json *value)
{
    struct subschema *part = subschema_find(use->compiler, value);
    return part == NULL ? NULL : &part->node;
}

static struct node_list node_list(const struct keyword_use *use)
{
    struct node_list list = {NULL, 0};
    if (!require(use, use->value->type == JSON_ARRAY && use->value->count > 0,
                 "an array of schemas that is not empty"))
        return list;
    list.items = schema_alloc(use->compiler, use->value->count, sizeof *list.items);
    for (uint32_t i = 0; list.items != NULL && i < use->value->count; i++)
        list.items[list.count++] = node_of(use, &use->value->as.items[i]);
    return list;
}

static bool is_schema_map(const struct keyword_use *use)
{
    return require(use, use->value->type == JSON_OBJECT, "an object of schemas");
}

/* --- Any instance -------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    uint8_t types;
} type_names[] = {
    {"null", TYPE_NULL},       {"boolean", TYPE_BOOLEAN},
    {"integer", TYPE_INTEGER}, {"number", TYPE_NUMBER | TYPE_INTEGER},
    {"string", TYPE_STRING},   {"array", TYPE_ARRAY},
    {"object", TYPE_OBJECT},
};

static void add_type(const struct keyword_use *use, struct json name)
{
    enum { NAME_COUNT = sizeof type_names / sizeof *type_names };
    struct text names[NAME_COUNT];
    struct place place = use_place(use);
    if (name.type != JSON_STRING) {
        schema_report(use->compiler, use->subschema, &place, "a type is a string, not %s",
                      json_type_name(name.type));
        return;
    }
    for (size_t i = 0; i < NAME_COUNT; i++) {
        names[i] = text_of(type_names[i].name);
        if (text_equal(json_text(name), names[i])) {
            use->subschema->node.types |= type_names[i].types;
            return;
        }
    }
    int nearest = text_nearest(json_text(name), names, NAME_COUNT);
    schema_report(use->compiler, use->subschema, &place, "there is no type %s%s%s%s",
                  text_show(json_text(name)).quoted, nearest < 0 ? "" : ", did you mean \"",
                  nearest < 0 ? "" : type_names[nearest].name, nearest < 0 ? "" : "\"?");
}

static void compile_type(const struct keyword_use *use)
{
    struct json value = *use->value;
    if (!require(use, value.type == JSON_STRING || (value.type == JSON_ARRAY && value.count > 0),
                 "the name of a type, or an array of them"))
        return;
    use->subschema->node.types = 0;
    if (value.type == JSON_STRING)
        add_type(use, value);
    for (uint32_t i = 0; value.type == JSON_ARRAY && i < value.count; i++)
        add_type(use, value.as.items[i]);
}

static void compile_enum(const struct keyword_use *use)
{
    struct json values = *use->value;
    if (!require(use, values.type == JSON_ARRAY, "an array of values"))
        return;
    struct value_set *set = schema_alloc(use->compiler, 1, sizeof *set);
    struct json *others = schema_alloc(use->compiler, values.count, sizeof *others);
    if (set == NULL || others == NULL)
        return;
    set->values = values;
    set->others = others;
    for (uint32_t i = 0; i < values.count; i++) {
        struct json value = values.as.items[i];
        if (value.type != JSON_STRING)
            others[set->other_count++] = value;
        else if (!hash_index_add(&set->strings, use->compiler->arena, hash_text(json_text(value)),
                                 i))
            use->compiler->out_of_memory = true;
    }
    use->subschema->node.values = set;
}

/* --- Numbers -------------------------------------------------------------------------------------- */

static void compile_bound(const struct keyword_use *use, struct json *bound)
{
    if (require(use, json_is_number(*use->value), "a number"))
        *bound = *use->value;
}

static void compile_multiple_of(const struct keyword_use *use, struct divisor *divisor)
{
    if (require(use, json_is_number(*use->value) && number_compare(*use->value, json_int(0)) > 0,
                "a number above 0"))
        *divisor = (struct divisor){*use->value, number_decimal(*use->value)};
}

static void compile_number_keyword(const struct keyword_use *use)
{
    struct number_rules *rules = number_rules(use);
    if (rules == NULL)
        return;
    if (use->keyword == KEYWORD_MULTIPLE_OF)
        compile_multiple_of(use, &rules->multiple_of);
    else if (use->keyword == KEYWORD_MAXIMUM)
        compile_bound(use, &rules->maximum);
    else if (use->keyword == KEYWORD_EXCLUSIVE_MAXIMUM)
        compile_bound(use, &rules->exclusive_maximum);
    else if (use->keyword == KEYWORD_MINIMUM)
        compile_bound(use, &rules->minimum);
    else
        compile_bound(use, &rules->exclusive_minimum);
}

/* --- Counts ------------------------------------------------------------------------------------------ */

/* A count above what any instance has is the largest there is. */
static void compile_count(const struct keyword_use *use, uint32_t *count)
{
    struct json value = *use->value;
    if (!require(use,
                 json_is_number(value) && number_is_integer(value) &&
                     number_compare(value, json_int(0)) >= 0,
                 "an integer of at least 0"))
        return;
    if (number_compare(value, json_int(COUNT_UNLIMITED)) >= 0)
        *count = COUNT_UNLIMITED;
    else
        *count = value.type == JSON_DOUBLE ? (uint32_t)value.as.number : (uint32_t)value.as.integer;
}

static void compile_array_count(const struct keyword_use *use)
{
    struct array_rules *rules = array_rules(use);
    if (rules == NULL)
        return;
    if (use->keyword == KEYWORD_MAX_ITEMS)
        compile_count(use, &rules->count_max);
    else if (use->keyword == KEYWORD_MIN_ITEMS)
        compile_count(use, &rules->count_min);
    else if (use->keyword == KEYWORD_MAX_CONTAINS)
        compile_count(use, &rules->contains_max);
    else
        compile_count(use, &rules->contains_min);
}

static void compile_object_count(const struct keyword_use *use)
{
    struct object_rules *rules = object_rules(use);
    if (rules != NULL)
        compile_count(use, use->keyword == KEYWORD_MAX_PROPERTIES ? &rules->count_max
                                                                  : &rules->count_min);
}

static void compile_length(const struct keyword_use *use)
{
    struct string_rules *rules = string_rules(use);
    if (rules != NULL)
        compile_count(use,
                      use->keyword == KEYWORD_MAX_LENGTH ? &rules->length_max : &rules->length_min);
}

/* --- Strings --------------------------------------------------------------------------------------- */

/* False after reporting at `place`. */
static bool compile_regex(const struct keyword_use *use, const struct place *place,
                          struct text source, struct pattern *pattern)
{
    struct regex_problem problem;
    enum status status =
        regex_compile(use->compiler->arena, source, REGEX_ECMA262, &pattern->regex, &problem);
    pattern->source = source;
    if (status == STATUS_FATAL)
        use->compiler->out_of_memory = true;
    else if (status != STATUS_OK)
        schema_report(use->compiler, use->subschema, place, "the pattern %s, at byte %zu: %s",
                      text_show(source).quoted, problem.offset, problem.message);
    return status == STATUS_OK;
}

static void compile_pattern(const struct keyword_use *use)
{
    struct string_rules *rules = string_rules(use);
    struct place place = use_place(use);
    if (rules != NULL && require(use, use->value->type == JSON_STRING, "a regular expression"))
        compile_regex(use, &place, json_text(*use->value), &rules->pattern);
}

static void compile_format(const struct keyword_use *use)
{
    if (!require(use, use->value->type == JSON_STRING, "the name of a format") ||
        !use->subschema->resource->asserts_format)
        return;
    enum format format = format_find(json_text(*use->value));
    if (format == FORMAT_NONE)
        return; /* an annotation */
    struct string_rules *rules = string_rules(use);
    if (rules != NULL)
        rules->format = format;
}

/* --- Arrays ------------------------------------------------------------------------------------------ */

static void compile_array_keyword(const struct keyword_use *use)
{
    struct array_rules *rules = array_rules(use);
    if (rules == NULL)
        return;
    if (use->keyword == KEYWORD_PREFIX_ITEMS)
        rules->prefix_items = node_list(use);
    else if (use->keyword == KEYWORD_ITEMS)
        rules->items = node_of(use, use->value);
    else if (use->keyword == KEYWORD_CONTAINS)
        rules->contains = node_of(use, use->value);
    else if (require(use, use->value->type == JSON_TRUE || use->value->type == JSON_FALSE,
                     "true or false"))
        rules->is_unique = use->value->type == JSON_TRUE;
}

/* --- Objects ----------------------------------------------------------------------------------------- */

/* "properties" and "required" share their names: one look-up tells both. */
static const struct json *keyword_value(const struct subschema *subschema, enum keyword keyword)
{
    bool is_known = (subschema->resource->vocabularies & keyword_row(keyword)->vocabularies) != 0;
    return is_known ? json_get(*subschema->value, keyword_row(keyword)->name) : NULL;
}

static uint32_t count_of(const struct json *value, enum json_type type)
{
    return value != NULL && value->type == type ? value->count : 0;
}

/* The room for both, whichever keyword comes first. */
static bool reserve_properties(const struct keyword_use *use, struct object_rules *rules)
{
    if (rules == NULL || rules->properties != NULL)
        return rules != NULL;
    uint32_t count = count_of(keyword_value(use->subschema, KEYWORD_PROPERTIES), JSON_OBJECT) +
                     count_of(keyword_value(use->subschema, KEYWORD_REQUIRED), JSON_ARRAY);
    rules->properties = schema_alloc(use->compiler, count, sizeof *rules->properties);
    return rules->properties != NULL;
}

static struct property *property_of(const struct keyword_use *use, struct object_rules *rules,
                                    struct text name)
{
    uint32_t hash = hash_text(name), number;
    struct hash_search search = hash_index_search(&rules->property_index, hash);
    while ((number = hash_search_next(&search)) != HASH_INDEX_NONE) {
        if (name_equal(rules->properties[number].name, name))
            return &rules->properties[number];
    }
    if (!hash_index_add(&rules->property_index, use->compiler->arena, hash,
                        rules->property_count)) {
        use->compiler->out_of_memory = true;
        return NULL;
    }
    struct property *property = &rules->properties[rules->property_count++];
    property->name = name;
    property->word = name_word(name);
    return property;
}

static void compile_properties(const struct keyword_use *use)
{
    struct object_rules *rules = object_rules(use);
    if (!is_schema_map(use) || !reserve_properties(use, rules))
        return;
    for (uint32_t i = 0; i < use->value->count; i++) {
        const struct json_member *member = &use->value->as.members[i];
        struct property *property = property_of(use, rules, member->name);
        if (property != NULL)
            property->node = node_of(use, &member->value);
    }
}

static bool are_names(struct json value)
{
    for (uint32_t i = 0; value.type == JSON_ARRAY && i < value.count; i++) {
        if (value.as.items[i].type != JSON_STRING)
            return false;
    }
    return value.type == JSON_ARRAY;
}

static void compile_required(const struct keyword_use *use)
{
    struct object_rules *rules = object_rules(use);
    if (!require(use, are_names(*use->value), "an array of names") ||
        !reserve_properties(use, rules))
        return;
    for (uint32_t i = 0; i < use->value->count; i++) {
        struct property *property = property_of(use, rules, json_text(use->value->as.items[i]));
        if (property == NULL || property->is_required)
            continue;
        property->is_required = true;
        rules->required_count++;
    }
}

static void compile_pattern_properties(const struct keyword_use *use)
{
    struct object_rules *rules = object_rules(use);
    if (rules == NULL || !is_schema_map(use))
        return;
    rules->patterns = schema_alloc(use->compiler, use->value->count, sizeof *rules->patterns);
    struct place parent = use_place(use);
    for (uint32_t i = 0; rules->patterns != NULL && i < use->value->count; i++) {
        const struct json_member *member = &use->value->as.members[i];
        struct pattern_property *property = &rules->patterns[rules->pattern_count];
        struct place place = place_key(&parent, member->name);
        property->node = node_of(use, &member->value);
        if (compile_regex(use, &place, member->name, &property->pattern))
            rules->pattern_count++;
    }
}

static void compile_dependent_required(const struct keyword_use *use)
{
    struct object_rules *rules = object_rules(use);
    struct json value = *use->value;
    bool is_map = value.type == JSON_OBJECT;
    for (uint32_t i = 0; is_map && i < value.count; i++)
        is_map = are_names(value.as.members[i].value);
    if (rules == NULL || !require(use, is_map, "an object of arrays of names"))
        return;
    struct dependent_required *rows = schema_alloc(use->compiler, value.count, sizeof *rows);
    if (rows == NULL)
        return;
    for (uint32_t i = 0; i < value.count; i++)
        rows[i] = (struct dependent_required){value.as.members[i].name, value.as.members[i].value};
    rules->dependent_required = rows;
    rules->dependent_required_count = value.count;
}

static void compile_dependent_schemas(const struct keyword_use *use)
{
    struct in_place *rules = in_place(use);
    if (rules == NULL || !is_schema_map(use))
        return;
    struct json value = *use->value;
    struct dependent_schema *rows = schema_alloc(use->compiler, value.count, sizeof *rows);
    if (rows == NULL)
        return;
    for (uint32_t i = 0; i < value.count; i++)
        rows[i] = (struct dependent_schema){value.as.members[i].name,
                                            node_of(use, &value.as.members[i].value)};
    rules->dependent_schemas = rows;
    rules->dependent_schema_count = value.count;
}

static void compile_object_keyword(const struct keyword_use *use)
{
    struct object_rules *rules = object_rules(use);
    if (rules != NULL && use->keyword == KEYWORD_ADDITIONAL_PROPERTIES)
        rules->additional = node_of(use, use->value);
    else if (rules != NULL)
        rules->property_names = node_of(use, use->value);
}

/* --- The same instance -------------------------------------------------------------------------------- */

static void compile_reference(const struct keyword_use *use)
{
    struct in_place *rules = in_place(use);
    if (rules == NULL || !require(use, use->value->type == JSON_STRING, "a URI reference"))
        return;
    const struct anchor *dynamic;
    struct subschema *target = reference_resolve(use->compiler, use->subschema, use->keyword,
                                                 json_text(*use->value), &dynamic);
    if (target == NULL)
        return;
    if (use->keyword == KEYWORD_REF)
        rules->reference = &target->node;
    else
        rules->dynamic =
            (struct dynamic_reference){dynamic == NULL ? TEXT_NONE : dynamic->name, &target->node};
}

static void compile_in_place(const struct keyword_use *use)
{
    struct in_place *rules = in_place(use);
    if (rules == NULL)
        return;
    if (use->keyword == KEYWORD_ALL_OF)
        rules->all_of = node_list(use);
    else if (use->keyword == KEYWORD_ANY_OF)
        rules->any_of = node_list(use);
    else if (use->keyword == KEYWORD_ONE_OF)
        rules->one_of = node_list(use);
    else if (use->keyword == KEYWORD_NOT)
        rules->not = node_of(use, use->value);
    else if (use->keyword == KEYWORD_IF)
        rules->condition = node_of(use, use->value);
    else if (use->keyword == KEYWORD_THEN)
        rules->consequence = node_of(use, use->value);
    else
        rules->alternative = node_of(use, use->value);
}

/* --- The whole ------------------------------------------------------------------------------------------ */

static void compile_keyword(const struct keyword_use *use)
{
    switch (use->keyword) {
    case KEYWORD_REF:
    case KEYWORD_DYNAMIC_REF: compile_reference(use); break;
    case KEYWORD_ALL_OF:
    case KEYWORD_ANY_OF:
    case KEYWORD_ONE_OF:
    case KEYWORD_NOT:
    case KEYWORD_IF:
    case KEYWORD_THEN:
    case KEYWORD_ELSE: compile_in_place(use); break;
    case KEYWORD_DEPENDENT_SCHEMAS: compile_dependent_schemas(use); break;
    case KEYWORD_PREFIX_ITEMS:
    case KEYWORD_ITEMS:
    case KEYWORD_CONTAINS:
    case KEYWORD_UNIQUE_ITEMS: compile_array_keyword(use); break;
    case KEYWORD_PROPERTIES: compile_properties(use); break;
    case KEYWORD_PATTERN_PROPERTIES: compile_pattern_properties(use); break;
    case KEYWORD_ADDITIONAL_PROPERTIES:
    case KEYWORD_PROPERTY_NAMES: compile_object_keyword(use); break;
    case KEYWORD_UNEVALUATED_ITEMS:
        use->subschema->node.unevaluated_items = node_of(use, use->value);
        break;
    case KEYWORD_UNEVALUATED_PROPERTIES:
        use->subschema->node.unevaluated_properties = node_of(use, use->value);
        break;
    case KEYWORD_TYPE: compile_type(use); break;
    case KEYWORD_ENUM: compile_enum(use); break;
    case KEYWORD_CONST: use->subschema->node.constant = use->value; break;
    case KEYWORD_MULTIPLE_OF:
    case KEYWORD_MAXIMUM:
    case KEYWORD_EXCLUSIVE_MAXIMUM:
    case KEYWORD_MINIMUM:
    case KEYWORD_EXCLUSIVE_MINIMUM: compile_number_keyword(use); break;
    case KEYWORD_MAX_LENGTH:
    case KEYWORD_MIN_LENGTH: compile_length(use); break;
    case KEYWORD_PATTERN: compile_pattern(use); break;
    case KEYWORD_MAX_ITEMS:
    case KEYWORD_MIN_ITEMS:
    case KEYWORD_MAX_CONTAINS:
    case KEYWORD_MIN_CONTAINS: compile_array_count(use); break;
    case KEYWORD_MAX_PROPERTIES:
    case KEYWORD_MIN_PROPERTIES: compile_object_count(use); break;
    case KEYWORD_REQUIRED: compile_required(use); break;
    case KEYWORD_DEPENDENT_REQUIRED: compile_dependent_required(use); break;
    case KEYWORD_FORMAT: compile_format(use); break;
    case KEYWORD_DEFS: is_schema_map(use); break;
    case KEYWORD_ID: /* scan.c took these */
    case KEYWORD_SCHEMA:
    case KEYWORD_ANCHOR:
    case KEYWORD_DYNAMIC_ANCHOR:
    case KEYWORD_VOCABULARY:
    case KEYWORD_COMMENT: /* and the rest are annotations */
    case KEYWORD_CONTENT_ENCODING:
    case KEYWORD_CONTENT_MEDIA_TYPE:
    case KEYWORD_CONTENT_SCHEMA:
    case KEYWORD_TITLE:
    case KEYWORD_DESCRIPTION:
    case KEYWORD_DEFAULT:
    case KEYWORD_DEPRECATED:
    case KEYWORD_READ_ONLY:
    case KEYWORD_WRITE_ONLY:
    case KEYWORD_EXAMPLES:
    case KEYWORD_COUNT: break;
    }
}

/* Notes a name that is nearly a keyword. */
static void note_misspelt(struct compiler *compiler, const struct subschema *subschema,
                          struct text name)
{
    enum keyword nearest = keyword_nearest(name);
    if (nearest == KEYWORD_NONE || compiler->misspelt_count == SCHEMA_MISSPELT_MAX)
        return;
    if (compiler->misspelt == NULL)
        compiler->misspelt =
            schema_alloc(compiler, SCHEMA_MISSPELT_MAX, sizeof *compiler->misspelt);
    if (compiler->misspelt == NULL)
        return;
    struct place place = place_key(subschema->place, name);
    compiler->misspelt[compiler->misspelt_count++] = (struct schema_misspelt){
        place_text(compiler, subschema, &place), keyword_row(nearest)->name};
}

static void report_no_schema(struct compiler *compiler, const struct subschema *subschema)
{
    const struct place *place = subschema->place;
    bool is_items = place != NULL && text_is(place->key, "items");
    schema_report(compiler, subschema, place, "a schema is an object, true or false; this is %s%s",
                  json_type_name(subschema->value->type),
                  is_items && subschema->value->type == JSON_ARRAY
                      ? ": for a schema of each item, write \"prefixItems\""
                      : "");
}

static void compile_subschema(struct compiler *compiler, struct subschema *subschema)
{
    const struct json *value = subschema->value;
    subschema->node.resource = subschema->resource;
    subschema->node.is_false = value->type == JSON_FALSE;
    if (value->type == JSON_ARRAY || value->type == JSON_STRING || value->type == JSON_NULL ||
        json_is_number(*value)) {
        report_no_schema(compiler, subschema);
        return;
    }
    for (uint32_t i = 0; value->type == JSON_OBJECT && i < value->count; i++) {
        const struct json_member *member = &value->as.members[i];
        enum keyword keyword = keyword_find(member->name);
        if (keyword == KEYWORD_NONE) {
            note_misspelt(compiler, subschema, member->name);
            continue;
        }
        struct keyword_use use = {compiler, subschema, keyword, &member->value};
        if ((keyword_row(keyword)->vocabularies & subschema->resource->vocabularies) != 0)
            compile_keyword(&use);
    }
}

/* --- What is known of a node once all of its keywords are ------------------------------------- */

/* Types of which no keyword asks more than that they are. */
static unsigned types_without_rules(const struct node *node)
{
    unsigned types = node->types;
    if (node->numbers != NULL)
        types &= ~(unsigned)(TYPE_NUMBER | TYPE_INTEGER);
    if (node->strings != NULL)
        types &= ~(unsigned)TYPE_STRING;
    if (node->arrays != NULL)
        types &= ~(unsigned)TYPE_ARRAY;
    if (node->objects != NULL)
        types &= ~(unsigned)TYPE_OBJECT;
    return types;
}

/* So small that neither one more nor the same as a double is another number. */
static bool is_small_or_none(struct json bound)
{
    const int64_t limit = INT64_C(1) << 53;
    return bound.type == JSON_NULL ||
           (bound.type == JSON_INT && bound.as.integer > -limit && bound.as.integer < limit);
}

/* Most bounds are small integers: two comparisons are then enough for most numbers. */
static void find_sure_numbers(const struct node *node, struct sure *sure)
{
    const int64_t unlimited = INT64_C(1) << 53;
    const struct number_rules *rules = node->numbers;
    int64_t from = -unlimited, to = unlimited;
    if (rules->multiple_of.value.type != JSON_NULL || !is_small_or_none(rules->minimum) ||
        !is_small_or_none(rules->maximum) || !is_small_or_none(rules->exclusive_minimum) ||
        !is_small_or_none(rules->exclusive_maximum))
        return;
    if (rules->minimum.type == JSON_INT)
        from = rules->minimum.as.integer;
    if (rules->exclusive_minimum.type == JSON_INT && rules->exclusive_minimum.as.integer >= from)
        from = rules->exclusive_minimum.as.integer + 1;
    if (rules->maximum.type == JSON_INT)
        to = rules->maximum.as.integer;
    if (rules->exclusive_maximum.type == JSON_INT && rules->exclusive_maximum.as.integer <= to)
        to = rules->exclusive_maximum.as.integer - 1;
    if ((node->types & TYPE_INTEGER) != 0) {
        sure->integer_from = from;
        sure->integer_to = to;
    }
    if ((node->types & TYPE_NUMBER) != 0) {
        sure->double_from = (double)from;
        sure->double_to = (double)to;
    }
}

static void find_sure_strings(const struct node *node, struct sure *sure)
{
    const struct string_rules *rules = node->strings;
    uint64_t size_from = string_size_surely(rules->length_min);
    if ((node->types & TYPE_STRING) == 0 || rules->pattern.regex != NULL ||
        rules->format != FORMAT_NONE || size_from > UINT32_MAX)
        return;
    sure->string_size_from = (uint32_t)size_from;
    sure->string_size_to = rules->length_max;
}

static struct sure find_sure(const struct node *node)
{
    struct sure sure = {.string_size_from = 1, .integer_from = 1, .double_from = 1}; /* none */
    if (!node->is_plain)
        return sure;
    sure.types = (uint8_t)types_without_rules(node);
    if (node->numbers != NULL)
        find_sure_numbers(node, &sure);
    if (node->strings != NULL)
        find_sure_strings(node, &sure);
    return sure;
}

static bool has_only_reference(const struct node *node)
{
    const struct in_place *rules = node->in_place;
    return rules != NULL && rules->reference != NULL && rules->dynamic.node == NULL &&
           rules->all_of.count == 0 && rules->any_of.count == 0 && rules->one_of.count == 0 &&
           rules->not == NULL && rules->condition == NULL && rules->dependent_schema_count == 0;
}

static void finish_node(struct node *node)
{
    bool is_bare = !node->is_false && node->constant == NULL && node->values == NULL &&
                   node->unevaluated_items == NULL && node->unevaluated_properties == NULL;
    node->is_plain = is_bare && node->in_place == NULL;
    node->sure = find_sure(node);
    if (is_bare && types_without_rules(node) == TYPE_ANY && has_only_reference(node) &&
        node->in_place->reference->resource == node->resource)
        node->alias = node->in_place->reference;
}

static const struct schema *compile_document(struct compiler *compiler, const struct json *document,
                                             const char *path)
{
    struct schema *schema = schema_alloc(compiler, 1, sizeof *schema);
    struct text base = uri_without_fragment(compiler->settings->base_uri);
    struct subschema *root = schema == NULL ? NULL : scan_document(compiler, document, base, path);
    if (root == NULL)
        return NULL;
    for (uint32_t i = 0; i < compiler->subschemas.count; i++) {
        if (compiler->out_of_memory || compiler->is_full || compiler->problems->cut)
            break;
        compile_subschema(compiler, compiler->subschemas.items[i]);
    }
    for (uint32_t i = 0; i < compiler->subschemas.count; i++) {
        struct subschema *subschema = compiler->subschemas.items[i];
        finish_node(&subschema->node);
    }
    *schema = (struct schema){&root->node, compiler->misspelt, compiler->misspelt_count};
    return schema;
}

enum status schema_compile(struct arena *arena, struct json document,
                           const struct schema_settings *settings, const char *path,
                           struct problem_list *problems, const struct schema **out)
{
    struct json *root = arena_alloc(arena, sizeof *root);
    if (root == NULL)
        return STATUS_FATAL;
    *root = document; /* subschemas are known by their addresses */
    struct compiler compiler = {.arena = arena, .settings = settings, .problems = problems};
    size_t problems_before = problems->count;
    const struct schema *schema = compile_document(&compiler, root, path);
    if (compiler.out_of_memory)
        return STATUS_FATAL;
    if (problems->count > problems_before || problems->cut)
        return STATUS_REJECTED;
    *out = schema;
    return STATUS_OK;
}

const struct schema_misspelt *schema_misspelt_keywords(const struct schema *schema, size_t *count)
{
    *count = schema->misspelt_count;
    return schema->misspelt;
}
