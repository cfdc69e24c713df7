/* json_parse.h - JSON text to core's values, by yajl's streaming parser.
 *
 * Strict RFC 8259: one value, UTF-8, no comments, no duplicate keys, no lone
 * surrogates. Limits are enforced while parsing, before memory is spent. The only
 * place that includes yajl. */
#ifndef ADAPTERS_JSON_JSON_PARSE_H
#define ADAPTERS_JSON_JSON_PARSE_H

#include <stdint.h>

#include "core/error.h"
#include "core/json.h"
#include "core/text.h"

struct arena;

struct json_limits {
    uint32_t depth_max;
    size_t size_max; /* bytes of text */
};
#define JSON_LIMITS_DEFAULT ((struct json_limits){JSON_DEPTH_MAX, JSON_SIZE_MAX})

/* Parses `text` into the arena, which takes a copy of it first: `text` may end. STATUS_REJECTED
 * says what and where: "line 3, column 14: duplicate key \"id\"" (core/text_position.h). STATUS_FATAL
 * when the arena is full. */
enum status json_parse(struct arena *arena, struct text text, struct json_limits limits,
                       struct json *out, struct error *error);

/* The same for whoever shows the text: the message is without the place, which *fault
 * receives as an offset of bytes; JSON_NO_FAULT when the text is sound, or too large as a
 * whole. */
#define JSON_NO_FAULT SIZE_MAX
enum status json_parse_with_fault(struct arena *arena, struct text text, struct json_limits limits,
                                  struct json *out, size_t *fault, struct error *error);

/* The version of yajl that is loaded: 20100 for 2.1.0. */
int json_library_version(void);

#endif
