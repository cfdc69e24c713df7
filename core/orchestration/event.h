/* event.h - a CloudEvent 1.0, decoded: the only shape in which the core meets one. */
#ifndef CORE_ORCHESTRATION_EVENT_H
#define CORE_ORCHESTRATION_EVENT_H

#include <stdbool.h>

#include "core/json.h"
#include "core/text.h"

/* Longest attribute that is handed on (of what comes in: id, source, type, subject,
 * correlationid, traceparent, tracestate) or sent, in bytes; and the most extension
 * attributes of an event. Attributes travel as headers of a record, which must fit the
 * broker's limit beside its data, and some are stored. */
enum { EVENT_ATTRIBUTE_SIZE_MAX = 4096, EVENT_EXTENSION_COUNT_MAX = 64 };

/* Context attributes by their names in the specification. An absent optional one is
 * TEXT_NONE; id, source and type are never empty. All text is as event_text_is_valid
 * has it, and no extension has the name of an attribute or of `data`. */
struct event {
    struct text id;
    struct text source;
    struct text type;
    struct text subject;
    struct text time; /* RFC 3339, as received */
    struct text datacontenttype;
    struct text dataschema;
    struct json data; /* meaningful when has_data */
    bool has_data;
    struct json extensions; /* JSON object: names to strings, integers, booleans */
};

/* How much of `text`, which is valid UTF-8, CloudEvents takes as a String (1.0.2, "Type
 * System"): the bytes before the first control character or noncharacter. */
size_t event_text_valid_prefix(struct text text);

static inline bool event_text_is_valid(struct text text)
{
    return event_text_valid_prefix(text) == text.size;
}

/* A string extension attribute: "correlationid"; TEXT_NONE when absent or no string. */
struct text event_extension(const struct event *event, const char *name);

/* The event as a JSON object (CloudEvents JSON format 1.0.2, without specversion when
 * `for_expressions`): what expressions see as `event`, and what people are shown. */
struct arena;
bool event_to_json(const struct event *event, bool for_expressions, struct arena *arena,
                   struct json *out);

#endif
