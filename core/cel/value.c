#include "core/cel/value.h"

#include <math.h> /* isfinite, a macro: nothing of libm */
#include <stdlib.h>

#include "core/arena.h"
#include "core/base64.h"
#include "core/cel/evaluation.h"
#include "core/cel/shown.h"
#include "core/cel/time.h"
#include "core/double.h"
#include "core/writer.h"

const char *cel_type_name(enum cel_type type)
{
    switch (type) {
    case CEL_NULL: return "null_type";
    case CEL_BOOL: return "bool";
    case CEL_INT: return "int";
    case CEL_UINT: return "uint";
    case CEL_DOUBLE: return "double";
    case CEL_STRING: return "string";
    case CEL_BYTES: return "bytes";
    case CEL_LIST: return "list";
    case CEL_MAP: return "map";
    case CEL_TYPE: return "type";
    case CEL_TIMESTAMP: return "google.protobuf.Timestamp";
    case CEL_DURATION: return "google.protobuf.Duration";
    case CEL_OPTIONAL: return "optional_type";
    }
    return "unknown";
}

/* --- Making values ------------------------------------------------------------------------ */

struct cel_value cel_from_json(struct json value)
{
    switch (value.type) {
    case JSON_NULL: break;
    case JSON_FALSE: return cel_bool(false);
    case JSON_TRUE: return cel_bool(true);
    case JSON_INT: return cel_int(value.as.integer);
    case JSON_UINT: return cel_uint(value.as.uinteger);
    case JSON_DOUBLE: return cel_double(value.as.number);
    case JSON_STRING: return cel_string(json_text(value));
    case JSON_ARRAY: return (struct cel_value){.type = CEL_LIST, .is_json = true, .as.json = value};
    case JSON_OBJECT: return (struct cel_value){.type = CEL_MAP, .is_json = true, .as.json = value};
    }
    return (struct cel_value){.type = CEL_NULL};
}

struct cel_value cel_string(struct text text)
{
    return (struct cel_value){.type = CEL_STRING, .as.text = text};
}

struct cel_value cel_bool(bool value)
{
    return (struct cel_value){.type = CEL_BOOL, .as.boolean = value};
}

struct cel_value cel_int(int64_t value)
{
    return (struct cel_value){.type = CEL_INT, .as.integer = value};
}

struct cel_value cel_uint(uint64_t value)
{
    return (struct cel_value){.type = CEL_UINT, .as.uinteger = value};
}

struct cel_value cel_double(double value)
{
    return (struct cel_value){.type = CEL_DOUBLE, .as.number = value};
}

struct cel_value cel_timestamp_ms(int64_t ms)
{
    int64_t seconds = ms / 1000, rest = ms % 1000;
    if (rest < 0) {
        seconds--;
        rest += 1000;
    }
    return (struct cel_value){.type = CEL_TIMESTAMP, .as.time = {seconds, (int32_t)rest * 1000000}};
}

/* --- Lists and maps ----------------------------------------------------------------------- */

struct cel_value cel_element(const struct cel_value *list, uint32_t index)
{
    return list->is_json ? cel_from_json(list->as.json.as.items[index]) : list->as.items[index];
}

struct cel_entry cel_entry_at(const struct cel_value *map, uint32_t index)
{
    if (!map->is_json)
        return map->as.entries[index];
    const struct json_member *member = &map->as.json.as.members[index];
    return (struct cel_entry){cel_string(member->name), cel_from_json(member->value)};
}

/* --- Text --------------------------------------------------------------------------------- */

static void write_double(struct writer *writer, double number)
{
    char digits[DOUBLE_TEXT_SIZE];
    if (isnan(number))
        writer_string(writer, "NaN");
    else if (isinf(number))
        writer_string(writer, number < 0 ? "-Infinity" : "Infinity");
    else
        writer_bytes(writer, digits, double_format(number, digits));
}

void cel_write_scalar(struct writer *writer, const struct cel_value *value)
{
    if (value->type == CEL_BOOL)
        writer_string(writer, value->as.boolean ? "true" : "false");
    else if (value->type == CEL_INT)
        writer_int64(writer, value->as.integer);
    else if (value->type == CEL_UINT)
        writer_uint64(writer, value->as.uinteger);
    else if (value->type == CEL_DOUBLE)
        write_double(writer, value->as.number);
    else if (value->type == CEL_TIMESTAMP)
        clock_write(writer, value->as.time);
    else if (value->type == CEL_DURATION)
        cel_write_duration(writer, value);
    else if (value->type == CEL_STRING)
        writer_text(writer, value->as.text);
    else if (value->type == CEL_BYTES)
        base64_write(writer, value->as.text);
    else if (value->type == CEL_TYPE)
        writer_string(writer, value->as.type_name);
    else
        writer_string(writer, "null");
}

/* --- To JSON ------------------------------------------------------------------------------ */

static enum status to_json(struct arena *arena, const struct cel_value *value, int depth,
                           struct json *out, struct error *error);

/* The texts of values that JSON has no type for. */
static enum status scalar_to_json(struct arena *arena, const struct cel_value *value,
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

static enum status list_to_json(struct arena *arena, const struct cel_value *list, int depth,
                                struct json *out, struct error *error)
{
    struct json *items = arena_alloc_array(arena, list->count, sizeof *items);
    if (items == NULL)
        return error_memory(error);
    for (uint32_t i = 0; i < list->count; i++) {
        if (to_json(arena, &list->as.items[i], depth + 1, &items[i], error) != STATUS_OK)
            return error->status;
    }
    *out = json_array(items, list->count);
    return STATUS_OK;
}

static int compare_names(const void *a, const void *b)
{
    const struct text *left = a, *right = b;
    return text_compare(*left, *right);
}

/* Keys of different types may become the same name: 1 and "1". */
static enum status check_names(struct arena *arena, const struct json_member *members,
                               uint32_t count, struct error *error)
{
    struct text *names = arena_alloc_array(arena, count, sizeof *names);
    if (names == NULL)
        return error_memory(error);
    for (uint32_t i = 0; i < count; i++)
        names[i] = members[i].name;
    qsort(names, count, sizeof *names, compare_names);
    for (uint32_t i = 1; i < count; i++) {
        if (text_equal(names[i - 1], names[i]))
            return error_set(error, STATUS_REJECTED,
                             "two keys of a map become the same name in JSON: \"%.*s%s\"",
                             CEL_SHOWN(names[i]));
    }
    return STATUS_OK;
}

static enum status map_to_json(struct arena *arena, const struct cel_value *map, int depth,
                               struct json *out, struct error *error)
{
    struct json_member *members = arena_alloc_array(arena, map->count, sizeof *members);
    bool only_strings = true;
    if (members == NULL)
        return error_memory(error);
    for (uint32_t i = 0; i < map->count; i++) {
        const struct cel_entry *entry = &map->as.entries[i];
        struct json name = json_string(entry->key.as.text);
        if (entry->key.type != CEL_STRING) {
            only_strings = false;
            if (scalar_to_json(arena, &entry->key, &name, error) != STATUS_OK)
                return error->status;
        }
        members[i].name = json_text(name);
        if (to_json(arena, &entry->value, depth + 1, &members[i].value, error) != STATUS_OK)
            return error->status;
    }
    *out = json_object(members, map->count);
    return only_strings ? STATUS_OK : check_names(arena, members, map->count, error);
}

static enum status double_to_json(double number, struct json *out, struct error *error)
{
    if (!isfinite(number))
        return error_set(error, STATUS_REJECTED, "JSON has no number for %s",
                         isnan(number) ? "NaN" : "an infinite double");
    *out = json_double(number);
    return STATUS_OK;
}

static enum status optional_to_json(struct arena *arena, const struct cel_value *optional,
                                    int depth, struct json *out, struct error *error)
{
    if (optional->count == 0)
        return error_set(error, STATUS_REJECTED, "JSON has no value for optional.none()");
    return to_json(arena, optional->as.items, depth + 1, out, error);
}

static enum status to_json(struct arena *arena, const struct cel_value *value, int depth,
                           struct json *out, struct error *error)
{
    if (depth == CEL_DEPTH_MAX)
        return error_set(error, STATUS_REJECTED, "the value is nested deeper than %d levels",
                         CEL_DEPTH_MAX);
    if (value->is_json) {
        *out = value->as.json;
        return STATUS_OK;
    }
    switch (value->type) {
    case CEL_NULL: *out = json_null(); break;
    case CEL_BOOL: *out = json_bool(value->as.boolean); break;
    case CEL_INT: *out = json_int(value->as.integer); break;
    case CEL_UINT: *out = json_uint(value->as.uinteger); break;
    case CEL_DOUBLE: return double_to_json(value->as.number, out, error);
    case CEL_STRING: *out = json_string(value->as.text); break;
    case CEL_LIST: return list_to_json(arena, value, depth, out, error);
    case CEL_MAP: return map_to_json(arena, value, depth, out, error);
    case CEL_OPTIONAL: return optional_to_json(arena, value, depth, out, error);
    case CEL_BYTES:
    case CEL_TYPE:
    case CEL_TIMESTAMP:
    case CEL_DURATION: return scalar_to_json(arena, value, out, error);
    }
    return STATUS_OK;
}

enum status cel_to_json(struct arena *arena, struct cel_value value, struct json *out,
                        struct error *error)
{
    return to_json(arena, &value, 0, out, error);
}
