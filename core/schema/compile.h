/* compile.h - what the parts of the schema compiler share. For this folder alone.
 *
 * scan.c walks through a document and notes every subschema in it, with the schema resource
 * that it belongs to; reference.c finds what a reference names, and has further documents
 * scanned; compile.c makes a node of every subschema. The list of subschemas is the list of
 * work: it grows while it is worked through, so that nothing here is recursive. */
#ifndef CORE_SCHEMA_COMPILE_H
#define CORE_SCHEMA_COMPILE_H

#include "core/schema/node.h"

/* Where in the document: a chain from the place up to its root. */
struct place {
    const struct place *parent; /* NULL: the root, settings.path */
    struct text key;            /* data NULL: an element of an array */
    size_t index;
};

static inline struct place place_key(const struct place *parent, struct text key)
{
    return (struct place){parent, key, 0};
}

static inline struct place place_index(const struct place *parent, size_t index)
{
    return (struct place){parent, TEXT_NONE, index};
}

struct subschema {
    const struct json *value;
    const struct place *place;
    const char *path; /* of the document: what its places begin with */
    struct resource *resource;
    struct node node;
};

struct anchor {
    struct text name;
    const struct resource *resource;
    struct subschema *subschema;
    bool is_dynamic;
};

/* An array in the arena that grows. */
struct list {
    void **items;
    uint32_t count;
    uint32_t capacity;
};

struct compiler {
    struct arena *arena;
    const struct schema_settings *settings;
    struct problem_list *problems;
    bool out_of_memory;
    bool is_full; /* SCHEMA_SUBSCHEMAS_MAX was reached, and reported */

    struct list subschemas; /* struct subschema * */
    struct hash_index by_address;
    struct list resources; /* struct resource * */
    struct hash_index by_uri;
    struct list anchors; /* struct anchor * */
    struct hash_index by_anchor;
    uint32_t scanned; /* of subschemas: those before it are */

    struct schema_misspelt *misspelt;
    size_t misspelt_count;
};

/* --- compile_report.c ----------------------------------------------------------------- */

/* Zeroed; NULL when the arena is full, which ends the compilation. */
void *schema_alloc(struct compiler *compiler, size_t count, size_t size);

/* Appends; false when the arena is full. */
bool list_add(struct compiler *compiler, struct list *list, void *item);

/* Notes a problem at a place of the document that `subschema` is in. `format` is ours. */
void schema_report(struct compiler *compiler, const struct subschema *subschema,
                   const struct place *place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "$.schemas.input.properties.a", in the arena; never NULL. */
const char *place_text(struct compiler *compiler, const struct subschema *subschema,
                       const struct place *place);

/* --- scan.c ----------------------------------------------------------------------------- */

/* Notes the subschemas of a document at this URI, `value` itself first; NULL when the arena
 * is full or there are too many. */
struct subschema *scan_document(struct compiler *compiler, const struct json *value,
                                struct text uri, const char *path);

/* The same for a value that no known keyword holds, but a reference names. */
struct subschema *scan_value(struct compiler *compiler, const struct json *value,
                             const struct subschema *around);

struct subschema *subschema_find(const struct compiler *compiler, const struct json *value);
struct resource *resource_find(const struct compiler *compiler, struct text uri);
const struct anchor *anchor_find(const struct compiler *compiler, const struct resource *resource,
                                 struct text name);

/* --- reference.c -------------------------------------------------------------------------- */

/* The schema resource at this URI; scans the document where it has not been. NULL when
 * nothing is known of it, without a report. */
struct resource *reference_load(struct compiler *compiler, struct text uri);

/* What the "$ref" or "$dynamicRef" of `subschema` names; NULL after reporting. */
struct subschema *reference_resolve(struct compiler *compiler, const struct subschema *subschema,
                                    enum keyword keyword, struct text reference,
                                    const struct anchor **dynamic_anchor);

/* The vocabularies that "$schema" brings: false after reporting. */
bool reference_vocabularies(struct compiler *compiler, const struct subschema *subschema,
                            struct text uri, struct resource *resource);

#endif
