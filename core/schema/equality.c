#include "core/schema/equality.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/hash.h"
#include "core/schema/number.h"

/* Takes `steps`; false when they are not left. */
static bool take_work(struct equality *equality, uint64_t steps)
{
    if (steps > *equality->work) {
        *equality->work = 0;
        equality->out_of_work = true;
        return false;
    }
    *equality->work -= steps;
    return true;
}

static void *allocate(struct equality *equality, size_t count, size_t size)
{
    void *memory = arena_alloc_array(equality->arena, count, size);
    if (memory == NULL)
        equality->out_of_memory = true;
    return memory;
}

/* --- Equality ------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    const struct json_member *const *left = a, *const *right = b;
    return text_compare((*left)->name, (*right)->name);
}

/* The members in the order of their names. */
static const struct json_member **sorted_members(struct equality *equality, struct json object)
{
    const struct json_member **sorted =
        allocate(equality, object.count, sizeof(const struct json_member *));
    for (uint32_t i = 0; sorted != NULL && i < object.count; i++)
        sorted[i] = &object.as.members[i];
    if (sorted != NULL)
        qsort(sorted, object.count, sizeof(const struct json_member *), compare_names);
    return sorted;
}

static bool values_equal(struct equality *equality, struct json a, struct json b, int depth);

static bool arrays_equal(struct equality *equality, struct json a, struct json b, int depth)
{
    for (uint32_t i = 0; i < a.count; i++) {
        if (!values_equal(equality, a.as.items[i], b.as.items[i], depth))
            return false;
    }
    return true;
}

/* The members from `from` on, which stand in different orders. */
static bool sorted_equal(struct equality *equality, struct json a, struct json b, int depth)
{
    struct arena_mark mark = arena_mark(equality->arena);
    const struct json_member **left = sorted_members(equality, a);
    const struct json_member **right = sorted_members(equality, b);
    bool is_equal = left != NULL && right != NULL;
    for (uint32_t i = 0; is_equal && i < a.count; i++)
        is_equal = text_equal(left[i]->name, right[i]->name) &&
                   values_equal(equality, left[i]->value, right[i]->value, depth);
    arena_rewind(equality->arena, mark);
    return is_equal;
}

/* Most often the members stand in the same order. */
static bool objects_equal(struct equality *equality, struct json a, struct json b, int depth)
{
    for (uint32_t i = 0; i < a.count; i++) {
        const struct json_member *left = &a.as.members[i], *right = &b.as.members[i];
        if (!text_equal(left->name, right->name)) {
            struct json rest_of_a = json_object(left, a.count - i);
            struct json rest_of_b = json_object(right, b.count - i);
            return sorted_equal(equality, rest_of_a, rest_of_b, depth);
        }
        if (!values_equal(equality, left->value, right->value, depth))
            return false;
    }
    return true;
}

static bool values_equal(struct equality *equality, struct json a, struct json b, int depth)
{
    if (json_is_number(a) && json_is_number(b))
        return number_compare(a, b) == 0;
    if (a.type != b.type || a.count != b.count)
        return false;
    if (!take_work(equality, 1 + a.count / 64))
        return false;
    switch (a.type) {
    case JSON_STRING: return text_equal(json_text(a), json_text(b));
    case JSON_ARRAY: return depth < JSON_WALK_DEPTH_MAX && arrays_equal(equality, a, b, depth + 1);
    case JSON_OBJECT:
        return depth < JSON_WALK_DEPTH_MAX && objects_equal(equality, a, b, depth + 1);
    case JSON_NULL:
    case JSON_FALSE:
    case JSON_TRUE:
    case JSON_INT:
    case JSON_UINT:
    case JSON_DOUBLE: break;
    }
    return true;
}

bool equality_test(struct equality *equality, struct json a, struct json b)
{
    return values_equal(equality, a, b, 0);
}

/* --- Hashes that equal values share ------------------------------------------------------- */

/* What a hash is made of: the kind of the value, and the hash of its parts so far. */
struct hashed {
    uint64_t kind;
    struct hash128 before;
    struct hash128 part;
};

static struct hash128 hash_bytes(const void *data, size_t size)
{
    /* No secret: two values of one hash are compared, and finding many takes 2^64 tries. */
    static const unsigned char key[16] = "xorca uniqueItem";
    return siphash128(key, data, size);
}

static struct hash128 hash_pair(uint64_t kind, struct hash128 before, struct hash128 part)
{
    struct hashed hashed = {kind, before, part};
    return hash_bytes(&hashed, sizeof hashed);
}

/* 1, 1.0 and 10e-1 are one number: an integer of 64 bits where it is one. */
static struct hash128 hash_number(struct json number)
{
    double value = number.type == JSON_DOUBLE ? number.as.number : 0;
    if (number.type == JSON_DOUBLE && value >= -0x1p63 && value < 0x1p63 &&
        (double)(int64_t)value == value)
        number = json_int((int64_t)value);
    else if (number.type == JSON_DOUBLE && value >= 0 && value < 0x1p64 &&
             (double)(uint64_t)value == value)
        number = json_uint((uint64_t)value);
    uint64_t words[2] = {number.type, number.as.uinteger};
    return hash_bytes(words, sizeof words);
}

/* Order does not matter: the hashes of the members are added. */
static struct hash128 add_hashes(struct hash128 a, struct hash128 b)
{
    uint64_t left[2], right[2];
    memcpy(left, a.bytes, sizeof left);
    memcpy(right, b.bytes, sizeof right);
    left[0] += right[0];
    left[1] += right[1];
    memcpy(a.bytes, left, sizeof left);
    return a;
}

static struct hash128 hash_value(struct equality *equality, struct json value, int depth)
{
    struct hash128 hash = {{0}};
    if (json_is_number(value))
        return hash_number(value);
    if (depth > JSON_WALK_DEPTH_MAX || !take_work(equality, 1 + value.count / 8))
        return hash;
    if (value.type == JSON_STRING)
        hash = hash_bytes(value.as.string, value.count);
    for (uint32_t i = 0; value.type == JSON_ARRAY && i < value.count; i++)
        hash = hash_pair(i, hash, hash_value(equality, value.as.items[i], depth + 1));
    for (uint32_t i = 0; value.type == JSON_OBJECT && i < value.count; i++) {
        const struct json_member *member = &value.as.members[i];
        struct hash128 name = hash_bytes(member->name.data, member->name.size);
        hash = add_hashes(hash, hash_pair(0, name, hash_value(equality, member->value, depth + 1)));
    }
    return hash_pair(value.type, hash, (struct hash128){{0}});
}

/* --- Pairs ------------------------------------------------------------------------------------ */

/* Below this many items, comparing all is quicker than hashing. */
enum { ITEMS_COMPARED_MAX = 12 };

static bool find_by_comparing(struct equality *equality, struct json array, uint32_t *first,
                              uint32_t *second)
{
    for (*second = 1; *second < array.count; ++*second) {
        for (*first = 0; *first < *second; ++*first) {
            if (equality_test(equality, array.as.items[*first], array.as.items[*second]))
                return true;
        }
    }
    return false;
}

struct hashed_item {
    struct hash128 hash;
    uint32_t index;
};

static int compare_hashed(const void *a, const void *b)
{
    const struct hashed_item *left = a, *right = b;
    int order = memcmp(left->hash.bytes, right->hash.bytes, sizeof left->hash.bytes);
    return order != 0 ? order : (left->index > right->index) - (left->index < right->index);
}

static bool find_by_hash(struct equality *equality, struct json array, struct hashed_item *items,
                         uint32_t *first, uint32_t *second)
{
    for (uint32_t i = 0; i < array.count; i++)
        items[i] = (struct hashed_item){hash_value(equality, array.as.items[i], 0), i};
    qsort(items, array.count, sizeof *items, compare_hashed);
    for (uint32_t i = 1; i < array.count; i++) {
        if (memcmp(items[i - 1].hash.bytes, items[i].hash.bytes, sizeof items[i].hash.bytes) != 0)
            continue;
        *first = items[i - 1].index;
        *second = items[i].index;
        if (equality_test(equality, array.as.items[*first], array.as.items[*second]))
            return true;
    }
    return false;
}

bool equality_find_pair(struct equality *equality, struct json array, uint32_t *first,
                        uint32_t *second)
{
    if (array.count <= ITEMS_COMPARED_MAX)
        return find_by_comparing(equality, array, first, second);
    struct arena_mark mark = arena_mark(equality->arena);
    struct hashed_item *items = allocate(equality, array.count, sizeof *items);
    bool found = items != NULL && find_by_hash(equality, array, items, first, second);
    arena_rewind(equality->arena, mark);
    return found;
}
