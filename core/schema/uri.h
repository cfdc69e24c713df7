/* uri.h - URIs as RFC 3986 has them: parts, syntax, and resolving a reference. */
#ifndef CORE_SCHEMA_URI_H
#define CORE_SCHEMA_URI_H

#include <stdbool.h>

#include "core/text.h"

struct arena;

/* Section 3. A part that is absent is TEXT_NONE; one that is there but empty has a `data`
 * that is not NULL ("http://a?" has an empty query). The path is never absent. */
struct uri {
    struct text scheme;
    struct text authority;
    struct text path;
    struct text query;
    struct text fragment;
};

/* The regular expression of Appendix B, which takes any text apart. */
struct uri uri_split(struct text text);

/* Whether `text` keeps to the grammar: of a URI, or with `is_reference` of a URI-reference,
 * which may be relative. */
bool uri_is_valid(struct text text, bool is_reference);

/* The part before the fragment. */
struct text uri_without_fragment(struct text text);

/* Section 5.2: what `reference` means in a document at `base`, which may be empty: the
 * reference then stays as it is. False when the arena is full. */
bool uri_resolve(struct arena *arena, struct text base, struct text reference, struct text *out);

/* With the percent-encoded bytes decoded; false when the arena is full. An encoding that is
 * none stays as it is. */
bool uri_decode(struct arena *arena, struct text text, struct text *out);

#endif
