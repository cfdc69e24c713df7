#include "core/json.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

const struct json *json_get_text(struct json object, struct text name)
{
    if (object.type != JSON_OBJECT)
        return NULL;
    for (uint32_t i = 0; i < object.count; i++) {
        if (text_equal(object.as.members[i].name, name))
            return &object.as.members[i].value;
    }
    return NULL;
}

const struct json *json_get(struct json object, const char *name)
{
    return json_get_text(object, text_of(name));
}

struct text json_get_string(struct json object, const char *name)
{
    const struct json *value = json_get(object, name);
    return value != NULL && value->type == JSON_STRING ? json_text(*value) : TEXT_NONE;
}

const char *json_type_name(enum json_type type)
{
    switch (type) {
    case JSON_NULL: return "null";
    case JSON_FALSE:
    case JSON_TRUE: return "boolean";
    case JSON_INT:
    case JSON_UINT:
    case JSON_DOUBLE: return "number";
    case JSON_STRING: return "string";
    case JSON_ARRAY: return "array";
    case JSON_OBJECT: return "object";
    }
    return "unknown";
}

/* An integer against a double without rounding the integer: the double equals it
 * only if it is whole, in range, and converts to the very same integer. */
static bool int_equals_double(int64_t integer, double number)
{
    return number >= -0x1p63 && number < 0x1p63 && (double)(int64_t)number == number &&
           (int64_t)number == integer;
}

static bool uint_equals_double(uint64_t integer, double number)
{
    return number >= 0 && number < 0x1p64 && (double)(uint64_t)number == number &&
           (uint64_t)number == integer;
}

static bool number_equal(struct json a, struct json b)
{
    if (a.type == JSON_DOUBLE && b.type != JSON_DOUBLE)
        return number_equal(b, a);
    if (a.type == JSON_DOUBLE)
        return a.as.number == b.as.number;
    if (b.type == JSON_DOUBLE)
        return a.type == JSON_INT ? int_equals_double(a.as.integer, b.as.number)
                                  : uint_equals_double(a.as.uinteger, b.as.number);
    return a.type == b.type && a.as.uinteger == b.as.uinteger;
}

/* Of two values of one type and count. */
static bool is_same_container(struct json a, struct json b)
{
    return a.type == JSON_ARRAY ? a.as.items == b.as.items : a.as.members == b.as.members;
}

static bool equal_at(struct json a, struct json b, int depth)
{
    if (json_is_number(a) && json_is_number(b))
        return number_equal(a, b);
    if (a.type != b.type || a.count != b.count)
        return false;
    if (a.type == JSON_STRING)
        return text_equal(json_text(a), json_text(b));
    if (a.type != JSON_ARRAY && a.type != JSON_OBJECT)
        return true;
    if (is_same_container(a, b)) /* as parts of values that were derived often are */
        return true;
    if (depth == JSON_WALK_DEPTH_MAX)
        return false;
    if (a.type == JSON_ARRAY) {
        for (uint32_t i = 0; i < a.count; i++) {
            if (!equal_at(a.as.items[i], b.as.items[i], depth + 1))
                return false;
        }
    }
    if (a.type == JSON_OBJECT) {
        for (uint32_t i = 0; i < a.count; i++) {
            /* Most often the keys stand in the same order. */
            const struct json_member *member = &a.as.members[i];
            const struct json *other = text_equal(member->name, b.as.members[i].name)
                                           ? &b.as.members[i].value
                                           : json_get_text(b, member->name);
            if (other == NULL || !equal_at(member->value, *other, depth + 1))
                return false;
        }
    }
    return true;
}

bool json_equal(struct json a, struct json b)
{
    return equal_at(a, b, 0);
}

static int compare_names(const void *a, const void *b)
{
    const struct json_member *const *left = a, *const *right = b;
    return text_compare((*left)->name, (*right)->name);
}

/* An object's members by name: looking one up costs no walk through all of them, which for
 * two large objects from outside would be billions of steps. */
struct name_index {
    const struct json_member **sorted; /* NULL: look them up one by one */
    struct json object;
};

/* Below this many comparisons the index costs more than it spares. */
enum { COMPARISONS_WITHOUT_INDEX = 4096 };

static bool name_index_init(struct name_index *index, struct arena *arena, struct json object,
                            size_t lookups)
{
    *index = (struct name_index){.object = object};
    if (object.count == 0 || lookups <= COMPARISONS_WITHOUT_INDEX / object.count)
        return true;
    index->sorted = arena_alloc_array(arena, object.count, sizeof(const struct json_member *));
    if (index->sorted == NULL)
        return false;
    for (uint32_t i = 0; i < object.count; i++)
        index->sorted[i] = &object.as.members[i];
    qsort(index->sorted, object.count, sizeof(const struct json_member *), compare_names);
    return true;
}

/* The position of the member in the object; its count when there is none. */
static size_t name_index_find(const struct name_index *index, struct text name)
{
    const struct json_member *members = index->object.as.members;
    size_t count = index->object.count;
    if (index->sorted != NULL) {
        const struct json_member key = {.name = name}, *key_pointer = &key;
        const struct json_member **found = bsearch(
            &key_pointer, index->sorted, count, sizeof(const struct json_member *), compare_names);
        return found == NULL ? count : (size_t)(*found - members);
    }
    size_t at = 0;
    while (at < count && !text_equal(members[at].name, name))
        at++;
    return at;
}

bool json_merge(struct arena *arena, struct json base, struct json patch, struct json *out)
{
    size_t room = (size_t)base.count + patch.count, count = base.count;
    struct json_member *members = arena_alloc_array(arena, room, sizeof *members);
    struct arena_mark mark = arena_mark(arena);
    struct name_index index;
    if (members == NULL || !name_index_init(&index, arena, base, patch.count))
        return false;
    if (count > 0)
        memcpy(members, base.as.members, count * sizeof *members);
    for (uint32_t i = 0; i < patch.count; i++) {
        size_t at = name_index_find(&index, patch.as.members[i].name);
        members[at < base.count ? at : count++] = patch.as.members[i];
    }
    arena_rewind(arena, mark); /* the index */
    if (count > UINT32_MAX)
        return false;
    *out = json_object(members, count);
    return true;
}

bool json_set(struct arena *arena, struct json object, struct text name, struct json value,
              struct json *out)
{
    struct json_member member = {name, value};
    return json_merge(arena, object, json_object(&member, 1), out);
}

/* A packed copy is laid out as the arrays of each level, then what they hold, and
 * strings last, as they need no alignment. */
struct packed_size {
    size_t nodes, strings;
};

/* Adds the bytes of `value`; false when it is too deep or they become too many, which
 * ends the walk through a value that shares its parts. */
static bool packed_size_add(struct json value, int depth, struct packed_size *size)
{
    if (value.type == JSON_STRING)
        size->strings += value.count;
    if (value.type == JSON_ARRAY)
        size->nodes += value.count * sizeof(struct json);
    if (value.type == JSON_OBJECT)
        size->nodes += value.count * sizeof(struct json_member);
    if (size->nodes > JSON_PACKED_SIZE_MAX || size->strings > JSON_PACKED_SIZE_MAX - size->nodes)
        return false;
    if (value.type != JSON_ARRAY && value.type != JSON_OBJECT)
        return true;
    if (depth == JSON_WALK_DEPTH_MAX)
        return false;
    for (uint32_t i = 0; i < value.count; i++) {
        struct json part = value.type == JSON_ARRAY ? value.as.items[i] : value.as.members[i].value;
        if (value.type == JSON_OBJECT)
            size->strings += value.as.members[i].name.size;
        if (!packed_size_add(part, depth + 1, size))
            return false;
    }
    return true;
}

size_t json_packed_size(struct json value)
{
    struct packed_size size = {0};
    if (!packed_size_add(value, 0, &size) || size.nodes + size.strings > JSON_PACKED_SIZE_MAX)
        return SIZE_MAX;
    return size.nodes + size.strings;
}

struct packing {
    unsigned char *node;
    char *string;
};

static const char *pack_bytes(struct packing *packing, const char *data, size_t size)
{
    char *copy = packing->string;
    if (size > 0)
        memcpy(copy, data, size);
    packing->string += size;
    return copy;
}

static struct json pack_value(struct packing *packing, struct json value)
{
    if (value.type == JSON_STRING)
        value.as.string = pack_bytes(packing, value.as.string, value.count);
    if (value.type == JSON_ARRAY) {
        struct json *items = (struct json *)(void *)packing->node;
        packing->node += value.count * sizeof *items;
        for (uint32_t i = 0; i < value.count; i++)
            items[i] = pack_value(packing, value.as.items[i]);
        value.as.items = items;
    }
    if (value.type == JSON_OBJECT) {
        struct json_member *members = (struct json_member *)(void *)packing->node;
        packing->node += value.count * sizeof *members;
        for (uint32_t i = 0; i < value.count; i++) {
            struct text name = value.as.members[i].name;
            members[i].name = (struct text){pack_bytes(packing, name.data, name.size), name.size};
            members[i].value = pack_value(packing, value.as.members[i].value);
        }
        value.as.members = members;
    }
    return value;
}

struct json json_pack(void *block, struct json value)
{
    struct packed_size size = {0};
    packed_size_add(value, 0, &size);
    struct packing packing = {block, (char *)block + size.nodes};
    return pack_value(&packing, value);
}

bool json_copy(struct arena *arena, struct json value, struct json *out)
{
    size_t size = json_packed_size(value);
    void *block = size == SIZE_MAX ? NULL : arena_alloc(arena, size);
    if (block == NULL)
        return false;
    *out = json_pack(block, value);
    return true;
}
