#include "core/cel/typed_json.h"

#include <stdlib.h>

#include "core/arena.h"
#include "core/base64.h"
#include "core/cel/evaluation.h"
#include "core/cel/shown.h"
#include "core/cel/time.h"
#include "core/writer.h"

/* The names of the types here: those of CEL, but short ones for times. */
static const struct type_row {
    enum cel_type type;
    const char *name;
    const char *value; /* what is right, for messages */
} types[] = {
    {CEL_NULL, "null_type", "null"},
    {CEL_BOOL, "bool", "true or false"},
    {CEL_INT, "int", "a decimal integer of 64 bits as a string"},
    {CEL_UINT, "uint", "a decimal integer of 64 bits without a sign, as a string"},
    {CEL_DOUBLE, "double", "a number, \"NaN\", \"Infinity\" or \"-Infinity\""},
    {CEL_STRING, "string", "a string"},
    {CEL_BYTES, "bytes", "a string in base64"},
    {CEL_LIST, "list", "an array of typed values"},
    {CEL_MAP, "map", "an array of pairs [key, value] of typed values"},
    {CEL_TYPE, "type", "the name of a type as a string"},
    {CEL_TIMESTAMP, "timestamp", "a string in RFC 3339"},
    {CEL_DURATION, "duration", "a string as \"1.5s\""},
    {CEL_OPTIONAL, "optional_type", "null or a typed value"},
};

enum { TYPE_COUNT = sizeof types / sizeof types[0] };

static const struct type_row *row_of(enum cel_type type)
{
    size_t i = 0;
    while (types[i].type != type)
        i++;
    return &types[i];
}

/* --- Writing ------------------------------------------------------------------------------ */

static enum status to_typed(struct arena *arena, const struct cel_value *value, int depth,
                            struct json *out, struct error *error);

static enum status too_deep(struct error *error)
{
    return error_set(error, STATUS_REJECTED, "the value is nested deeper than %d levels",
                     CEL_TYPED_DEPTH_MAX);
}

static enum status list_to_typed(struct arena *arena, const struct cel_value *list, int depth,
                                 struct json *out, struct error *error)
{
    uint32_t count = cel_count(list);
    struct json *items = arena_alloc_array(arena, count, sizeof *items);
    if (items == NULL)
        return error_memory(error);
    for (uint32_t i = 0; i < count; i++) {
        struct cel_value element = cel_element(list, i);
        if (to_typed(arena, &element, depth + 1, &items[i], error) != STATUS_OK)
            return error->status;
    }
    *out = json_array(items, count);
    return STATUS_OK;
}

static enum status map_to_typed(struct arena *arena, const struct cel_value *map, int depth,
                                struct json *out, struct error *error)
{
    uint32_t count = cel_count(map);
    struct json *pairs = arena_alloc_array(arena, count, sizeof *pairs);
    struct json *halves = arena_alloc_array(arena, count, 2 * sizeof *halves);
    if (pairs == NULL || halves == NULL)
        return error_memory(error);
    for (uint32_t i = 0; i < count; i++) {
        struct cel_entry entry = cel_entry_at(map, i);
        struct json *pair = &halves[2 * (size_t)i];
        if (to_typed(arena, &entry.key, depth + 1, &pair[0], error) != STATUS_OK ||
            to_typed(arena, &entry.value, depth + 1, &pair[1], error) != STATUS_OK)
            return error->status;
        pairs[i] = json_array(pair, 2);
    }
    *out = json_array(pairs, count);
    return STATUS_OK;
}

static enum status optional_to_typed(struct arena *arena, const struct cel_value *optional,
                                     int depth, struct json *out, struct error *error)
{
    *out = json_null();
    return optional->count == 0 ? STATUS_OK
                                : to_typed(arena, optional->as.items, depth + 1, out, error);
}

/* What is written as a string: integers as digits, times, bytes, infinities. */
static enum status text_to_typed(struct arena *arena, const struct cel_value *value,
                                 struct json *out, struct error *error)
{
    struct writer writer;
    writer_init_arena(&writer, arena, UINT32_MAX);
    cel_write_scalar(&writer, value);
    if (writer.overflowed)
        return error_memory(error);
    *out = json_string(writer_result(&writer));
    return STATUS_OK;
}

static enum status content_to_typed(struct arena *arena, const struct cel_value *value, int depth,
                                    struct json *out, struct error *error)
{
    if (value->type == CEL_LIST)
        return list_to_typed(arena, value, depth, out, error);
    if (value->type == CEL_MAP)
        return map_to_typed(arena, value, depth, out, error);
    if (value->type == CEL_OPTIONAL)
        return optional_to_typed(arena, value, depth, out, error);
    if (value->type == CEL_NULL)
        *out = json_null();
    else if (value->type == CEL_BOOL)
        *out = json_bool(value->as.boolean);
    else if (value->type == CEL_STRING)
        *out = json_string(value->as.text);
    else if (value->type == CEL_DOUBLE && value->as.number - value->as.number == 0) /* finite */
        *out = json_double(value->as.number);
    else
        return text_to_typed(arena, value, out, error);
    return STATUS_OK;
}

static enum status to_typed(struct arena *arena, const struct cel_value *value, int depth,
                            struct json *out, struct error *error)
{
    if (depth == CEL_TYPED_DEPTH_MAX)
        return too_deep(error);
    struct json_member *members = arena_alloc_array(arena, 2, sizeof *members);
    if (members == NULL)
        return error_memory(error);
    members[0] = JSON_MEMBER("type", json_string(text_of(row_of(value->type)->name)));
    members[1].name = TEXT("value");
    *out = json_object(members, 2);
    return content_to_typed(arena, value, depth, &members[1].value, error);
}

enum status cel_to_typed_json(struct arena *arena, struct cel_value value, struct json *out,
                              struct error *error)
{
    return to_typed(arena, &value, 0, out, error);
}

/* --- Reading ------------------------------------------------------------------------------ */

static enum status from_typed(struct arena *arena, struct json json, int depth,
                              struct cel_value *out, struct error *error);

static enum status reject_value(const struct type_row *row, struct error *error)
{
    return error_set(error, STATUS_REJECTED, "the value of type \"%s\" must be %s", row->name,
                     row->value);
}

static enum status list_from_typed(struct arena *arena, struct json json, int depth,
                                   struct cel_value *out, struct error *error)
{
    struct cel_value *items = arena_alloc_array(arena, json.count, sizeof *items);
    if (items == NULL)
        return error_memory(error);
    for (uint32_t i = 0; i < json.count; i++) {
        if (from_typed(arena, json.as.items[i], depth + 1, &items[i], error) != STATUS_OK)
            return error->status;
    }
    *out = (struct cel_value){.type = CEL_LIST, .count = json.count, .as.items = items};
    return STATUS_OK;
}

/* An order of keys in which equal ones are neighbours: bools, numbers, strings. */
static int compare_keys(const void *a, const void *b)
{
    const struct cel_value *left = a, *right = b;
    int left_class = cel_is_number(left) ? CEL_INT : (int)left->type;
    int right_class = cel_is_number(right) ? CEL_INT : (int)right->type;
    if (left_class != right_class)
        return left_class - right_class;
    if (left_class == CEL_INT)
        return (int)cel_number_order(left, right) - (int)CEL_EQUAL;
    if (left_class == CEL_STRING)
        return text_compare(left->as.text, right->as.text);
    return left->as.boolean - right->as.boolean;
}

static enum status check_keys(struct arena *arena, const struct cel_value *map, struct error *error)
{
    struct cel_value *keys = arena_alloc_array(arena, map->count, sizeof *keys);
    if (keys == NULL)
        return error_memory(error);
    for (uint32_t i = 0; i < map->count; i++) {
        keys[i] = map->as.entries[i].key;
        if (keys[i].type != CEL_BOOL && keys[i].type != CEL_INT && keys[i].type != CEL_UINT &&
            keys[i].type != CEL_STRING)
            return error_set(error, STATUS_REJECTED,
                             "a key of a map must be a bool, int, uint or string, not of type "
                             "\"%s\"",
                             row_of(keys[i].type)->name);
    }
    qsort(keys, map->count, sizeof *keys, compare_keys);
    for (uint32_t i = 1; i < map->count; i++) {
        if (compare_keys(&keys[i - 1], &keys[i]) == 0)
            return error_set(error, STATUS_REJECTED, "a key stands twice in a map");
    }
    return STATUS_OK;
}

static enum status map_from_typed(struct arena *arena, struct json json, int depth,
                                  struct cel_value *out, struct error *error)
{
    struct cel_entry *entries = arena_alloc_array(arena, json.count, sizeof *entries);
    if (entries == NULL)
        return error_memory(error);
    for (uint32_t i = 0; i < json.count; i++) {
        struct json pair = json.as.items[i];
        if (pair.type != JSON_ARRAY || pair.count != 2)
            return reject_value(row_of(CEL_MAP), error);
        if (from_typed(arena, pair.as.items[0], depth + 1, &entries[i].key, error) != STATUS_OK ||
            from_typed(arena, pair.as.items[1], depth + 1, &entries[i].value, error) != STATUS_OK)
            return error->status;
    }
    *out = (struct cel_value){.type = CEL_MAP, .count = json.count, .as.entries = entries};
    return check_keys(arena, out, error);
}

static enum status optional_from_typed(struct arena *arena, struct json json, int depth,
                                       struct cel_value *out, struct error *error)
{
    *out = (struct cel_value){.type = CEL_OPTIONAL};
    if (json.type == JSON_NULL)
        return STATUS_OK;
    struct cel_value *value = arena_alloc(arena, sizeof *value);
    if (value == NULL)
        return error_memory(error);
    out->count = 1;
    out->as.items = value;
    return from_typed(arena, json, depth + 1, value, error);
}

static bool type_from_text(struct text name, struct cel_value *out)
{
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (text_is(name, cel_type_name(types[i].type))) {
            *out =
                (struct cel_value){.type = CEL_TYPE, .as.type_name = cel_type_name(types[i].type)};
            return true;
        }
    }
    return false;
}

/* The types that are written as a string; false when the text is none of that type. */
static bool scalar_from_text(struct arena *arena, enum cel_type type, struct text text,
                             struct cel_value *out)
{
    *out = (struct cel_value){.type = type, .as.text = text};
    if (type == CEL_STRING)
        return true;
    if (type == CEL_INT)
        return cel_parse_int(text, &out->as.integer);
    if (type == CEL_UINT)
        return cel_parse_uint(text, &out->as.uinteger);
    if (type == CEL_DOUBLE)
        return cel_parse_special_double(text, &out->as.number);
    if (type == CEL_BYTES)
        return base64_read(arena, text, &out->as.text);
    if (type == CEL_TIMESTAMP)
        return cel_parse_timestamp(text, out);
    if (type == CEL_DURATION)
        return cel_parse_duration(text, out);
    return type == CEL_TYPE && type_from_text(text, out);
}

static bool double_from_number(struct json json, struct cel_value *out)
{
    struct cel_value number = cel_from_json(json);
    if (!json_is_number(json))
        return false;
    if (number.type == CEL_INT)
        number.as.number = (double)number.as.integer;
    else if (number.type == CEL_UINT)
        number.as.number = (double)number.as.uinteger;
    *out = (struct cel_value){.type = CEL_DOUBLE, .as.number = number.as.number};
    return true;
}

static enum status content_from_typed(struct arena *arena, const struct type_row *row,
                                      struct json json, int depth, struct cel_value *out,
                                      struct error *error)
{
    bool read = false;
    if (row->type == CEL_LIST && json.type == JSON_ARRAY)
        return list_from_typed(arena, json, depth, out, error);
    if (row->type == CEL_MAP && json.type == JSON_ARRAY)
        return map_from_typed(arena, json, depth, out, error);
    if (row->type == CEL_OPTIONAL && (json.type == JSON_NULL || json.type == JSON_OBJECT))
        return optional_from_typed(arena, json, depth, out, error);
    if (json.type == JSON_STRING) {
        read = scalar_from_text(arena, row->type, json_text(json), out);
    } else if (row->type == CEL_DOUBLE) {
        read = double_from_number(json, out);
    } else if (row->type == CEL_NULL) {
        *out = (struct cel_value){.type = CEL_NULL};
        read = json.type == JSON_NULL;
    } else if (row->type == CEL_BOOL) {
        *out = cel_bool(json.type == JSON_TRUE);
        read = json.type == JSON_TRUE || json.type == JSON_FALSE;
    }
    return read ? STATUS_OK : reject_value(row, error);
}

static enum status reject_type(struct text name, struct error *error)
{
    struct text names[TYPE_COUNT];
    for (size_t i = 0; i < TYPE_COUNT; i++)
        names[i] = text_of(types[i].name);
    int nearest = text_nearest(name, names, TYPE_COUNT);
    return error_set(error, STATUS_REJECTED, "unknown type \"%.*s%s\"%s%s%s", CEL_SHOWN(name),
                     nearest < 0 ? "" : "; did you mean \"", nearest < 0 ? "" : types[nearest].name,
                     nearest < 0 ? "" : "\"?");
}

static enum status from_typed(struct arena *arena, struct json json, int depth,
                              struct cel_value *out, struct error *error)
{
    const struct json *plain = json_get(json, "json");
    const struct json *value = json_get(json, "value");
    struct text name = json_get_string(json, "type");
    if (depth == CEL_TYPED_DEPTH_MAX)
        return too_deep(error);
    if (plain != NULL && json.count == 1) {
        *out = cel_from_json(*plain);
        return STATUS_OK;
    }
    if (name.data == NULL || value == NULL || json.count != 2)
        return error_set(error, STATUS_REJECTED,
                         "a typed value is {\"type\": \"int\", \"value\": \"1\"}, or {\"json\": "
                         "...} for plain JSON");
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (text_is(name, types[i].name))
            return content_from_typed(arena, &types[i], *value, depth, out, error);
    }
    return reject_type(name, error);
}

enum status cel_from_typed_json(struct arena *arena, struct json json, struct cel_value *out,
                                struct error *error)
{
    return from_typed(arena, json, 0, out, error);
}
