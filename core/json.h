/* json.h - JSON values: immutable, in an arena, exact.
 *
 * Integers of 64 bits stay integers (RFC 8259 leaves their size open; we do not
 * round what a service counted). Strings are valid UTF-8 with a length, NUL is a
 * character. Objects keep the order of their keys, and no key stands twice.
 * A value is two words and is passed by value; what it points to belongs to the
 * arena it was built in and is never changed. Text becomes values in adapters/json. */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"

struct arena;
struct writer;

enum json_type {
    JSON_NULL = 0,
    JSON_FALSE,
    JSON_TRUE,
    JSON_INT,    /* fits int64_t */
    JSON_UINT,   /* above INT64_MAX, fits uint64_t; smaller ones are JSON_INT */
    JSON_DOUBLE, /* written with fraction or exponent, or beyond 64 bits; finite */
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json {
    enum json_type type;
    uint32_t count; /* bytes of a string, items of an array, members of an object */
    union {
        int64_t integer;
        uint64_t uinteger;
        double number;
        const char *string;
        const struct json *items;
        const struct json_member *members;
    } as;
};

struct json_member {
    struct text name;
    struct json value;
};

/* Limits on documents from outside, enforced while parsing; each is a setting. Depth
 * counts arrays and objects: [] has depth 1, [[]] 2, a number 0. */
enum { JSON_DEPTH_MAX = 128, JSON_SIZE_MAX = 1024 * 1024 };

/* Expressions build values that no parser limited: deeper ones, and (as parts are shared)
 * ones that would be astronomic when written out. Every function here that walks a value
 * goes no deeper than JSON_WALK_DEPTH_MAX, which leaves room for what is wrapped around a
 * document of the largest depth, and says how it fails beyond. */
enum { JSON_WALK_DEPTH_MAX = 1024 };

/* The most that json_copy and json_packed_size take: a packed copy has up to eight times
 * the size of its text, and nobody keeps documents of 32 MiB in an orchestration. */
#define JSON_PACKED_SIZE_MAX ((size_t)256 * 1024 * 1024)

/* --- Making values ---------------------------------------------------------
 * These make the value itself; strings, items and members are referred to, not
 * copied, and must live in (or outlive) the same arena. Counts fit uint32_t. */
static inline struct json json_null(void)
{
    return (struct json){.type = JSON_NULL};
}

static inline struct json json_bool(bool value)
{
    return (struct json){.type = value ? JSON_TRUE : JSON_FALSE};
}

static inline struct json json_int(int64_t value)
{
    return (struct json){.type = JSON_INT, .as.integer = value};
}

static inline struct json json_uint(uint64_t value)
{
    if (value <= INT64_MAX)
        return json_int((int64_t)value);
    return (struct json){.type = JSON_UINT, .as.uinteger = value};
}

static inline struct json json_double(double value)
{
    return (struct json){.type = JSON_DOUBLE, .as.number = value};
}

static inline struct json json_string(struct text text)
{
    return (struct json){.type = JSON_STRING, .count = (uint32_t)text.size, .as.string = text.data};
}

static inline struct json json_array(const struct json *items, size_t count)
{
    return (struct json){.type = JSON_ARRAY, .count = (uint32_t)count, .as.items = items};
}

static inline struct json json_object(const struct json_member *members, size_t count)
{
    return (struct json){.type = JSON_OBJECT, .count = (uint32_t)count, .as.members = members};
}

#define JSON_MEMBER(name_, value_) ((struct json_member){TEXT(name_), (value_)})

/* --- Reading values -------------------------------------------------------- */
static inline struct text json_text(struct json value) /* of a JSON_STRING */
{
    return (struct text){value.as.string, value.count};
}

static inline bool json_is_number(struct json value)
{
    return value.type == JSON_INT || value.type == JSON_UINT || value.type == JSON_DOUBLE;
}

/* The member's value, or NULL when `object` is no object or has no such member. */
const struct json *json_get(struct json object, const char *name);
const struct json *json_get_text(struct json object, struct text name);

/* The text of a string member; TEXT_NONE when it is absent or no string. */
struct text json_get_string(struct json object, const char *name);

/* Equal as values: 1 equals 1.0; objects whatever the order of their keys.
 * Numbers compare exactly, not after rounding. Values deeper than JSON_WALK_DEPTH_MAX
 * are unequal, unless they are the very same arrays or objects. Objects with their keys
 * in different orders take time by the square of their size: not for two large documents
 * that outsiders wrote. */
bool json_equal(struct json a, struct json b);

/* "null", "boolean", "number", "string", "array", "object": JSON's own names. */
const char *json_type_name(enum json_type type);

/* --- Deriving values: new ones in the arena; false when it is full --------- */

/* `base` with the members of `patch` over it: those that exist are replaced in
 * place, new ones follow (XState's assign, a shallow merge). Both are objects. */
bool json_merge(struct arena *arena, struct json base, struct json patch, struct json *out);

/* `object` with one member set. `name` is referred to, not copied. */
bool json_set(struct arena *arena, struct json object, struct text name, struct json value,
              struct json *out);

/* A deep copy that shares nothing with `value`. False also where json_packed_size is
 * SIZE_MAX. */
bool json_copy(struct arena *arena, struct json value, struct json *out);

/* The bytes that json_pack needs for a deep copy of `value`; SIZE_MAX when it is deeper
 * than JSON_WALK_DEPTH_MAX or needs more than JSON_PACKED_SIZE_MAX. */
size_t json_packed_size(struct json value);

/* A deep copy inside `block`, which is aligned as malloc's memory and has
 * json_packed_size(value) bytes (not SIZE_MAX): one allocation holds, one free ends it. */
struct json json_pack(void *block, struct json value);

/* --- Printing -------------------------------------------------------------- */

/* Compact JSON (RFC 8259), without white space. Doubles in the shortest form that
 * reads back as the same double, in ECMAScript's notation but with ".0" kept on
 * whole ones, so that a double stays a double when read again. Of a value deeper than
 * JSON_WALK_DEPTH_MAX the writer says that it overflowed; after an overflow the rest of
 * the value is not walked. */
void json_write(struct writer *writer, struct json value);

/* For people: two spaces per level; short arrays and objects stay on a line. Limits as
 * json_write's. */
void json_write_pretty(struct writer *writer, struct json value);

/* The JSON string literal of text, quotes included. */
void json_write_string(struct writer *writer, struct text text);

#endif
