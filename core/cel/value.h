/* value.h - the values of CEL expressions (langdef.md, "Values").
 *
 * JSON is not converted on the way in: a map or list may stand on a struct json as
 * it is, and only what an expression touches becomes a value of its own. */
#ifndef CORE_CEL_VALUE_H
#define CORE_CEL_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/json.h"
#include "core/text.h"

struct arena;

enum cel_type {
    CEL_NULL = 0,
    CEL_BOOL,
    CEL_INT,
    CEL_UINT,
    CEL_DOUBLE,
    CEL_STRING,
    CEL_BYTES,
    CEL_LIST,
    CEL_MAP,
    CEL_TYPE,
    CEL_TIMESTAMP,
    CEL_DURATION,
    CEL_OPTIONAL
};

struct cel_entry;

struct cel_value {
    enum cel_type type;
    bool is_json;   /* of CEL_LIST and CEL_MAP: it is as.json, unconverted */
    uint32_t count; /* elements of a list that is not JSON, entries of such a map, values of
                       an optional: 0 or 1 */
    union {
        bool boolean;
        int64_t integer;
        uint64_t uinteger;
        double number;
        struct text text;                /* CEL_STRING (UTF-8) and CEL_BYTES */
        struct json json;                /* is_json */
        const struct cel_value *items;   /* CEL_LIST, CEL_OPTIONAL */
        const struct cel_entry *entries; /* CEL_MAP, in order of construction */
        const char *type_name;           /* CEL_TYPE: "int", "google.protobuf.Timestamp" */
        struct clock_time time;          /* CEL_TIMESTAMP, and CEL_DURATION as a span
                                           (seconds and nanoseconds of one sign) */
    } as;
};

struct cel_entry {
    struct cel_value key; /* bool, int, uint or string */
    struct cel_value value;
};

/* A JSON value as CEL sees it: integers are int (uint above INT64_MAX), numbers with
 * a fraction double; lists and maps are referred to. */
struct cel_value cel_from_json(struct json value);

struct cel_value cel_string(struct text text);
struct cel_value cel_bool(bool value);
struct cel_value cel_int(int64_t value);
struct cel_value cel_uint(uint64_t value);
struct cel_value cel_double(double value);
struct cel_value cel_timestamp_ms(int64_t ms);

/* The JSON for a value, in the arena: uint as a number, bytes in base64, timestamps in
 * RFC 3339, durations as "1.5s", types by name, map keys as strings (CEL's own JSON
 * mapping), an optional as its value. STATUS_REJECTED for a double that JSON cannot hold
 * (NaN, infinities), for optional.none() and for two keys that become the same string. */
enum status cel_to_json(struct arena *arena, struct cel_value value, struct json *out,
                        struct error *error);

/* CEL's equality: numbers across types, maps and lists element by element. */
bool cel_equal(struct cel_value a, struct cel_value b);

/* The name that type(value) prints: "int", "list", "google.protobuf.Duration". */
const char *cel_type_name(enum cel_type type);

#endif
