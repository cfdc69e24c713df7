#include "core/schema/keyword.h"

enum {
    CORE = VOCABULARY_CORE,
    APPLICATOR = VOCABULARY_APPLICATOR,
    UNEVALUATED = VOCABULARY_UNEVALUATED,
    VALIDATION = VOCABULARY_VALIDATION,
    FORMAT = VOCABULARY_FORMAT_ANNOTATION | VOCABULARY_FORMAT_ASSERTION,
    CONTENT = VOCABULARY_CONTENT,
    META_DATA = VOCABULARY_META_DATA
};

static const struct keyword_row rows[KEYWORD_COUNT] = {
    [KEYWORD_ID] = {"$id", SHAPE_VALUE, CORE},
    [KEYWORD_SCHEMA] = {"$schema", SHAPE_VALUE, CORE},
    [KEYWORD_REF] = {"$ref", SHAPE_VALUE, CORE},
    [KEYWORD_ANCHOR] = {"$anchor", SHAPE_VALUE, CORE},
    [KEYWORD_DYNAMIC_REF] = {"$dynamicRef", SHAPE_VALUE, CORE},
    [KEYWORD_DYNAMIC_ANCHOR] = {"$dynamicAnchor", SHAPE_VALUE, CORE},
    [KEYWORD_VOCABULARY] = {"$vocabulary", SHAPE_VALUE, CORE},
    [KEYWORD_COMMENT] = {"$comment", SHAPE_VALUE, CORE},
    [KEYWORD_DEFS] = {"$defs", SHAPE_SCHEMA_MAP, CORE},
    [KEYWORD_ALL_OF] = {"allOf", SHAPE_SCHEMA_LIST, APPLICATOR},
    [KEYWORD_ANY_OF] = {"anyOf", SHAPE_SCHEMA_LIST, APPLICATOR},
    [KEYWORD_ONE_OF] = {"oneOf", SHAPE_SCHEMA_LIST, APPLICATOR},
    [KEYWORD_NOT] = {"not", SHAPE_SCHEMA, APPLICATOR},
    [KEYWORD_IF] = {"if", SHAPE_SCHEMA, APPLICATOR},
    [KEYWORD_THEN] = {"then", SHAPE_SCHEMA, APPLICATOR},
    [KEYWORD_ELSE] = {"else", SHAPE_SCHEMA, APPLICATOR},
    [KEYWORD_DEPENDENT_SCHEMAS] = {"dependentSchemas", SHAPE_SCHEMA_MAP, APPLICATOR},
    [KEYWORD_PREFIX_ITEMS] = {"prefixItems", SHAPE_SCHEMA_LIST, APPLICATOR},
    [KEYWORD_ITEMS] = {"items", SHAPE_SCHEMA, APPLICATOR},
    [KEYWORD_CONTAINS] = {"contains", SHAPE_SCHEMA, APPLICATOR},
    [KEYWORD_PROPERTIES] = {"properties", SHAPE_SCHEMA_MAP, APPLICATOR},
    [KEYWORD_PATTERN_PROPERTIES] = {"patternProperties", SHAPE_SCHEMA_MAP, APPLICATOR},
    [KEYWORD_ADDITIONAL_PROPERTIES] = {"additionalProperties", SHAPE_SCHEMA, APPLICATOR},
    [KEYWORD_PROPERTY_NAMES] = {"propertyNames", SHAPE_SCHEMA, APPLICATOR},
    [KEYWORD_UNEVALUATED_ITEMS] = {"unevaluatedItems", SHAPE_SCHEMA, UNEVALUATED},
    [KEYWORD_UNEVALUATED_PROPERTIES] = {"unevaluatedProperties", SHAPE_SCHEMA, UNEVALUATED},
    [KEYWORD_TYPE] = {"type", SHAPE_VALUE, VALIDATION},
    [KEYWORD_ENUM] = {"enum", SHAPE_VALUE, VALIDATION},
    [KEYWORD_CONST] = {"const", SHAPE_VALUE, VALIDATION},
    [KEYWORD_MULTIPLE_OF] = {"multipleOf", SHAPE_VALUE, VALIDATION},
    [KEYWORD_MAXIMUM] = {"maximum", SHAPE_VALUE, VALIDATION},
    [KEYWORD_EXCLUSIVE_MAXIMUM] = {"exclusiveMaximum", SHAPE_VALUE, VALIDATION},
    [KEYWORD_MINIMUM] = {"minimum", SHAPE_VALUE, VALIDATION},
    [KEYWORD_EXCLUSIVE_MINIMUM] = {"exclusiveMinimum", SHAPE_VALUE, VALIDATION},
    [KEYWORD_MAX_LENGTH] = {"maxLength", SHAPE_VALUE, VALIDATION},
    [KEYWORD_MIN_LENGTH] = {"minLength", SHAPE_VALUE, VALIDATION},
    [KEYWORD_PATTERN] = {"pattern", SHAPE_VALUE, VALIDATION},
    [KEYWORD_MAX_ITEMS] = {"maxItems", SHAPE_VALUE, VALIDATION},
    [KEYWORD_MIN_ITEMS] = {"minItems", SHAPE_VALUE, VALIDATION},
    [KEYWORD_UNIQUE_ITEMS] = {"uniqueItems", SHAPE_VALUE, VALIDATION},
    [KEYWORD_MAX_CONTAINS] = {"maxContains", SHAPE_VALUE, VALIDATION},
    [KEYWORD_MIN_CONTAINS] = {"minContains", SHAPE_VALUE, VALIDATION},
    [KEYWORD_MAX_PROPERTIES] = {"maxProperties", SHAPE_VALUE, VALIDATION},
    [KEYWORD_MIN_PROPERTIES] = {"minProperties", SHAPE_VALUE, VALIDATION},
    [KEYWORD_REQUIRED] = {"required", SHAPE_VALUE, VALIDATION},
    [KEYWORD_DEPENDENT_REQUIRED] = {"dependentRequired", SHAPE_VALUE, VALIDATION},
    [KEYWORD_FORMAT] = {"format", SHAPE_VALUE, FORMAT},
    [KEYWORD_CONTENT_ENCODING] = {"contentEncoding", SHAPE_VALUE, CONTENT},
    [KEYWORD_CONTENT_MEDIA_TYPE] = {"contentMediaType", SHAPE_VALUE, CONTENT},
    [KEYWORD_CONTENT_SCHEMA] = {"contentSchema", SHAPE_SCHEMA, CONTENT},
    [KEYWORD_TITLE] = {"title", SHAPE_VALUE, META_DATA},
    [KEYWORD_DESCRIPTION] = {"description", SHAPE_VALUE, META_DATA},
    [KEYWORD_DEFAULT] = {"default", SHAPE_VALUE, META_DATA},
    [KEYWORD_DEPRECATED] = {"deprecated", SHAPE_VALUE, META_DATA},
    [KEYWORD_READ_ONLY] = {"readOnly", SHAPE_VALUE, META_DATA},
    [KEYWORD_WRITE_ONLY] = {"writeOnly", SHAPE_VALUE, META_DATA},
    [KEYWORD_EXAMPLES] = {"examples", SHAPE_VALUE, META_DATA},
};

const struct keyword_row *keyword_row(enum keyword keyword)
{
    return &rows[keyword];
}

enum keyword keyword_find(struct text name)
{
    for (int i = 0; i < KEYWORD_COUNT; i++) {
        if (text_is(name, rows[i].name))
            return (enum keyword)i;
    }
    return KEYWORD_NONE;
}

enum keyword keyword_nearest(struct text name)
{
    struct text names[KEYWORD_COUNT];
    for (int i = 0; i < KEYWORD_COUNT; i++)
        names[i] = text_of(rows[i].name);
    int nearest = text_starts_with(name, "x-") ? -1 : text_nearest(name, names, KEYWORD_COUNT);
    return nearest < 0 ? KEYWORD_NONE : (enum keyword)nearest;
}

static const struct {
    const char *name;
    unsigned vocabulary;
} vocabularies[] = {
    {"core", VOCABULARY_CORE},
    {"applicator", VOCABULARY_APPLICATOR},
    {"unevaluated", VOCABULARY_UNEVALUATED},
    {"validation", VOCABULARY_VALIDATION},
    {"format-annotation", VOCABULARY_FORMAT_ANNOTATION},
    {"format-assertion", VOCABULARY_FORMAT_ASSERTION},
    {"content", VOCABULARY_CONTENT},
    {"meta-data", VOCABULARY_META_DATA},
};

unsigned vocabulary_find(struct text uri)
{
    static const char prefix[] = "https://json-schema.org/draft/2020-12/vocab/";
    size_t prefix_size = sizeof prefix - 1;
    if (!text_starts_with(uri, prefix))
        return 0;
    struct text name = {uri.data + prefix_size, uri.size - prefix_size};
    for (size_t i = 0; i < sizeof vocabularies / sizeof *vocabularies; i++) {
        if (text_is(name, vocabularies[i].name))
            return vocabularies[i].vocabulary;
    }
    return 0;
}
