/* typed_json.h - CEL values as JSON that keeps their types: what `xorca eval` reads and
 * prints, and what a conformance suite compares.
 *
 *     {"type": "int", "value": "42"}
 *
 * | type             | value                                                       |
 * |------------------|-------------------------------------------------------------|
 * | int, uint        | decimal string                                              |
 * | double           | number, or "NaN", "Infinity", "-Infinity"                   |
 * | bool             | true, false                                                 |
 * | string           | string                                                      |
 * | bytes            | string in base64                                            |
 * | null_type        | null                                                        |
 * | list             | array of such objects                                       |
 * | map              | array of [key, value], both such objects                    |
 * | timestamp        | string, RFC 3339 in UTC                                     |
 * | duration         | string, "1.5s"                                              |
 * | type             | string, the type's name                                     |
 * | optional_type    | null for optional.none(), else such an object               |
 *
 * Reading, {"json": ...} stands for plain JSON as CEL sees it, at any place. */
#ifndef CORE_CEL_TYPED_JSON_H
#define CORE_CEL_TYPED_JSON_H

#include "core/cel/value.h"

/* Makes the object in the arena; it may refer to what the value refers to.
 * STATUS_REJECTED for a value nested deeper than CEL_TYPED_DEPTH_MAX. */
enum status cel_to_typed_json(struct arena *arena, struct cel_value value, struct json *out,
                              struct error *error);

/* Reads such an object; the value may refer to it. STATUS_REJECTED says what is wrong,
 * and what would be right. */
enum status cel_from_typed_json(struct arena *arena, struct json json, struct cel_value *out,
                                struct error *error);

/* Nesting of typed values: each level of a map is three levels of JSON. */
enum { CEL_TYPED_DEPTH_MAX = 250 };

#endif
