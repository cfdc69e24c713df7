/* schema.h - JSON Schema 2020-12: compile once, validate often.
 *
 * Everything of the vocabularies core, applicator, unevaluated, validation, meta-data and
 * format-annotation; `format` is asserted where that is asked for. A schema is read-only
 * once it is compiled, may be used by many threads at once, and lives in the arena that it
 * was compiled into. Keywords that the specification does not know are annotations. */
#ifndef CORE_SCHEMA_SCHEMA_H
#define CORE_SCHEMA_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/json.h"
#include "core/problem.h"
#include "core/text.h"

struct arena;
struct schema;

/* Limits of what is compiled, each with its reason. */
enum {
    /* Of all documents together: a definition of JSON_SIZE_MAX has room for no more that a
     * person wrote, and numbers of them stay small. */
    SCHEMA_SUBSCHEMAS_MAX = 65536,
    /* Of an absolute URI: browsers and servers agree on about this much. */
    SCHEMA_URI_SIZE_MAX = 2048,
    /* Keywords that are kept as "did you mean": beyond, a person mends the first. */
    SCHEMA_MISSPELT_MAX = 100
};

/* Limits of one validation. */
enum {
    /* Schemas that are being applied inside one another. An instance nests at most
     * JSON_DEPTH_MAX deep when it came from outside; the rest is for "$ref" and "allOf", and
     * ends a reference that leads to itself. */
    SCHEMA_DEPTH_MAX = 1024,
    /* Failures that are told; who mends these sees the others next time. */
    SCHEMA_FAILURES_MAX = 16
};

/* Steps of one validation: a schema applied to a value is one, so is a member or item that
 * is looked at, or a byte that a pattern reads. A document of JSON_SIZE_MAX takes about a
 * million for a plain schema; references that multiply take 2^n and end here. */
#define SCHEMA_WORK_MAX UINT64_C(10000000)

/* A document that "$ref" and "$schema" may reach: by this URI, and by its "$id". */
struct schema_document {
    struct text uri; /* absolute, without a fragment */
    struct json value;
};

struct schema_settings {
    /* Whether "format" is an assertion. It is one in any case for a schema whose "$schema"
     * has the vocabulary format-assertion. Formats that are not known are annotations. */
    bool asserts_format;
    /* Where a document that has no "$id" of its own is: what its references are relative
     * to. May be empty. */
    struct text base_uri;
    const struct schema_document *documents;
    size_t document_count;
};

/* Compiles `document` into the arena; it and the other documents must live as long as the
 * schema. Every problem is noted with its JSON path, which begins with `path`:
 * "$.schemas.input", or "$". STATUS_REJECTED when there is any (a draft other than 2020-12
 * and a vocabulary that is required but unknown among them), STATUS_FATAL when the arena
 * is full. */
enum status schema_compile(struct arena *arena, struct json document,
                           const struct schema_settings *settings, const char *path,
                           struct problem_list *problems, const struct schema **out);

/* A keyword that is none, but nearly: allowed, and most often a slip. */
struct schema_misspelt {
    const char *path;    /* of the keyword: "$.schemas.input.propertes" */
    const char *nearest; /* "properties" */
};

/* Those of the document itself and of the ones that it reaches, at most
 * SCHEMA_MISSPELT_MAX of them; they live as long as the schema. */
const struct schema_misspelt *schema_misspelt_keywords(const struct schema *schema, size_t *count);

struct schema_failure {
    const char *instance_path; /* JSON Pointer: "/items/0/price"; "" is the whole */
    const char *schema_path;   /* as evaluated: "/properties/items/items/$ref/minimum" */
    const char *message;       /* "must be at least 0, is -5" */
};

/* What a person has to mend: of "anyOf" and "oneOf" the alternative that came nearest. */
struct schema_failures {
    struct schema_failure items[SCHEMA_FAILURES_MAX];
    size_t count;
};

/* STATUS_OK: valid. STATUS_REJECTED: not, and *failures (in the arena) says why; it does so
 * also where a limit ends the validation. STATUS_FATAL: the arena is full. Scratch memory is
 * given back; of a valid instance nothing stays in the arena. */
enum status schema_validate(const struct schema *schema, struct json instance, struct arena *arena,
                            struct schema_failures *failures);

#endif
