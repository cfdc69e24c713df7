/* node.h - a compiled schema: what compile.c writes, once, and validate.c reads. For this
 * folder alone.
 *
 * A node is one schema of a document. Its assertions are sorted by the type of instance
 * that they are about, so that an instance meets only those; a group without any is NULL.
 * References are resolved: nothing is searched by URI while an instance is validated. */
#ifndef CORE_SCHEMA_NODE_H
#define CORE_SCHEMA_NODE_H

#include "core/regex/regex.h"
#include "core/schema/format.h"
#include "core/schema/hash_index.h"
#include "core/schema/keyword.h"
#include "core/schema/number.h"
#include "core/schema/schema.h"

/* Sets of types, as "type" names them. */
enum type_bit {
    TYPE_NULL = 1 << 0,
    TYPE_BOOLEAN = 1 << 1,
    TYPE_INTEGER = 1 << 2,
    TYPE_NUMBER = 1 << 3,
    TYPE_STRING = 1 << 4,
    TYPE_ARRAY = 1 << 5,
    TYPE_OBJECT = 1 << 6,
    TYPE_ANY = (1 << 7) - 1
};

struct node;

struct node_list {
    struct node **items;
    uint32_t count;
};

/* enum: strings are found by their hash, everything else one by one. */
struct value_set {
    struct json values; /* as written: an array */
    struct hash_index strings;
    const struct json *others;
    uint32_t other_count;
};

struct number_rules {
    struct json minimum; /* JSON_NULL: there is none */
    struct json maximum;
    struct json exclusive_minimum;
    struct json exclusive_maximum;
    struct divisor multiple_of; /* value JSON_NULL: there is none */
};

struct pattern {
    struct text source;
    const struct regex *regex;
};

/* Sizes and counts are at most these: an instance has no more of anything. */
#define COUNT_UNLIMITED UINT32_MAX

struct string_rules {
    uint32_t length_min; /* in characters */
    uint32_t length_max;
    struct pattern pattern; /* regex NULL: there is none */
    enum format format;     /* FORMAT_NONE: there is none, or it is an annotation */
};

/* A character has one byte to four: a text of so many bytes has `length` of them. */
static inline uint64_t string_size_surely(uint32_t length)
{
    enum { CHARACTER_SIZE_MAX = 4 };
    return length == 0 ? 0 : ((uint64_t)length - 1) * CHARACTER_SIZE_MAX + 1;
}

struct array_rules {
    uint32_t count_min;
    uint32_t count_max;
    uint32_t contains_min;
    uint32_t contains_max;
    bool is_unique;
    struct node_list prefix_items;
    struct node *items; /* of those behind the prefix; NULL: not asked */
    struct node *contains;
};

/* One name that "properties" or "required" has. */
struct property {
    struct text name;
    uint64_t word;     /* name_word of it */
    struct node *node; /* NULL: it is only required */
    bool is_required;
};

struct pattern_property {
    struct pattern pattern;
    struct node *node;
};

struct dependent_required {
    struct text name;
    struct json names; /* an array of strings */
};

struct dependent_schema {
    struct text name;
    struct node *node;
};

struct object_rules {
    uint32_t count_min;
    uint32_t count_max;
    struct property *properties;
    uint32_t property_count;
    uint32_t required_count;
    struct hash_index property_index;
    struct pattern_property *patterns;
    uint32_t pattern_count;
    struct node *additional; /* NULL: not asked */
    struct node *property_names;
    struct dependent_required *dependent_required;
    uint32_t dependent_required_count;
};

/* "$dynamicRef" to a "$dynamicAnchor": the outermost schema resource that has an anchor of
 * this name, or `node` where none has (Core, section 8.2.3.2). */
struct dynamic_reference {
    struct text anchor; /* data NULL: it is a plain reference */
    struct node *node;
};

/* Applicators to the same instance (Core, sections 8.2.3 and 10.2). */
struct in_place {
    struct node *reference;
    struct dynamic_reference dynamic;
    struct node_list all_of;
    struct node_list any_of;
    struct node_list one_of;
    struct node * not ;
    struct node *condition; /* if */
    struct node *consequence;
    struct node *alternative;
    struct dependent_schema *dependent_schemas;
    uint32_t dependent_schema_count;
};

/* Instances that are valid at a glance, known of a node without values and applicators:
 * those of some types, and small numbers and strings. What it does not cover may be valid
 * all the same. Ranges are inclusive, and empty where nothing is sure. */
struct sure {
    uint8_t types; /* enum type_bit: whatever their values */
    uint32_t string_size_from, string_size_to;
    int64_t integer_from, integer_to;
    double double_from, double_to;
};

struct resource;

struct node {
    bool is_false; /* the schema `false` */
    bool is_plain; /* only `types` and the four groups of rules below: nothing else is asked */
    uint8_t types; /* enum type_bit */
    struct sure sure;
    const struct resource *resource;
    const struct node *alias; /* of a lone "$ref" into the same resource: what it refers to */
    const struct json *constant;
    struct value_set *values;
    struct number_rules *numbers;
    struct string_rules *strings;
    struct array_rules *arrays;
    struct object_rules *objects;
    struct in_place *in_place;
    struct node *unevaluated_items;
    struct node *unevaluated_properties;
};

struct dynamic_anchor {
    struct text name;
    struct node *node;
    struct dynamic_anchor *next;
};

/* A schema resource: a document, or a part of one that has an "$id". */
struct resource {
    struct text uri; /* absolute where the document's is; without a fragment */
    const struct json *root;
    unsigned vocabularies;
    bool asserts_format;
    struct dynamic_anchor *dynamic_anchors;
};

struct schema {
    const struct node *root;
    const struct schema_misspelt *misspelt;
    size_t misspelt_count;
};

#endif
