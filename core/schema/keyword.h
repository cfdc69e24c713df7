/* keyword.h - the keywords of JSON Schema 2020-12, and where in them schemas stand. */
#ifndef CORE_SCHEMA_KEYWORD_H
#define CORE_SCHEMA_KEYWORD_H

#include "core/text.h"

enum keyword {
    KEYWORD_ID = 0, /* Core, section 8 */
    KEYWORD_SCHEMA,
    KEYWORD_REF,
    KEYWORD_ANCHOR,
    KEYWORD_DYNAMIC_REF,
    KEYWORD_DYNAMIC_ANCHOR,
    KEYWORD_VOCABULARY,
    KEYWORD_COMMENT,
    KEYWORD_DEFS,
    KEYWORD_ALL_OF, /* Core, section 10: applicators */
    KEYWORD_ANY_OF,
    KEYWORD_ONE_OF,
    KEYWORD_NOT,
    KEYWORD_IF,
    KEYWORD_THEN,
    KEYWORD_ELSE,
    KEYWORD_DEPENDENT_SCHEMAS,
    KEYWORD_PREFIX_ITEMS,
    KEYWORD_ITEMS,
    KEYWORD_CONTAINS,
    KEYWORD_PROPERTIES,
    KEYWORD_PATTERN_PROPERTIES,
    KEYWORD_ADDITIONAL_PROPERTIES,
    KEYWORD_PROPERTY_NAMES,
    KEYWORD_UNEVALUATED_ITEMS, /* Core, section 11 */
    KEYWORD_UNEVALUATED_PROPERTIES,
    KEYWORD_TYPE, /* Validation, section 6 */
    KEYWORD_ENUM,
    KEYWORD_CONST,
    KEYWORD_MULTIPLE_OF,
    KEYWORD_MAXIMUM,
    KEYWORD_EXCLUSIVE_MAXIMUM,
    KEYWORD_MINIMUM,
    KEYWORD_EXCLUSIVE_MINIMUM,
    KEYWORD_MAX_LENGTH,
    KEYWORD_MIN_LENGTH,
    KEYWORD_PATTERN,
    KEYWORD_MAX_ITEMS,
    KEYWORD_MIN_ITEMS,
    KEYWORD_UNIQUE_ITEMS,
    KEYWORD_MAX_CONTAINS,
    KEYWORD_MIN_CONTAINS,
    KEYWORD_MAX_PROPERTIES,
    KEYWORD_MIN_PROPERTIES,
    KEYWORD_REQUIRED,
    KEYWORD_DEPENDENT_REQUIRED,
    KEYWORD_FORMAT,           /* Validation, section 7 */
    KEYWORD_CONTENT_ENCODING, /* Validation, section 8: annotations */
    KEYWORD_CONTENT_MEDIA_TYPE,
    KEYWORD_CONTENT_SCHEMA,
    KEYWORD_TITLE, /* Validation, section 9: annotations */
    KEYWORD_DESCRIPTION,
    KEYWORD_DEFAULT,
    KEYWORD_DEPRECATED,
    KEYWORD_READ_ONLY,
    KEYWORD_WRITE_ONLY,
    KEYWORD_EXAMPLES,
    KEYWORD_COUNT,
    KEYWORD_NONE = KEYWORD_COUNT /* of a whole schema: `false`, or a limit */
};

/* As bits of a set. */
enum vocabulary {
    VOCABULARY_CORE = 1 << 0,
    VOCABULARY_APPLICATOR = 1 << 1,
    VOCABULARY_UNEVALUATED = 1 << 2,
    VOCABULARY_VALIDATION = 1 << 3,
    VOCABULARY_FORMAT_ANNOTATION = 1 << 4,
    VOCABULARY_FORMAT_ASSERTION = 1 << 5,
    VOCABULARY_CONTENT = 1 << 6,
    VOCABULARY_META_DATA = 1 << 7
};

/* What the metaschema of 2020-12 has: everything but format-assertion. */
#define VOCABULARIES_DEFAULT                                                                    \
    (VOCABULARY_CORE | VOCABULARY_APPLICATOR | VOCABULARY_UNEVALUATED | VOCABULARY_VALIDATION | \
     VOCABULARY_FORMAT_ANNOTATION | VOCABULARY_CONTENT | VOCABULARY_META_DATA)

/* Where the subschemas of a keyword are. */
enum keyword_shape {
    SHAPE_VALUE = 0,   /* there are none */
    SHAPE_SCHEMA,      /* it is one      */
    SHAPE_SCHEMA_LIST, /* an array of them */
    SHAPE_SCHEMA_MAP   /* an object of them */
};

struct keyword_row {
    const char *name;
    enum keyword_shape shape;
    unsigned vocabularies; /* any of these brings it */
};

const struct keyword_row *keyword_row(enum keyword keyword);

/* KEYWORD_NONE when it is none. */
enum keyword keyword_find(struct text name);

/* The keyword that `name` is nearly; KEYWORD_NONE when there is none, or for an extension
 * ("x-..."). */
enum keyword keyword_nearest(struct text name);

/* The vocabulary of this URI, or 0 when it is not one of 2020-12. */
unsigned vocabulary_find(struct text uri);

#endif
