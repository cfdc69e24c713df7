/* Equality, across the kinds of numbers and through lists and maps, and finding what is equal
 * (langdef.md, "Equality", "Field Selection"). */
#include <inttypes.h>
#include <stdio.h>

#include "core/cel/evaluation.h"
#include "core/cel/shown.h"

/* --- Equality ------------------------------------------------------------------------- */

/* The evaluation is NULL where nothing is charged (cel_equal). False is a stop, or values
 * too deep; the answer is in *equal. */
static bool equals_at(struct cel_evaluation *evaluation, const struct cel_value *a,
                      const struct cel_value *b, int depth, bool *equal);

static bool charge(struct cel_evaluation *evaluation, uint64_t units)
{
    return evaluation == NULL || cel_charge(evaluation, units);
}

static bool too_deep(struct cel_evaluation *evaluation)
{
    if (evaluation != NULL)
        cel_note(evaluation, "the values compared are nested deeper than %d levels", CEL_DEPTH_MAX);
    return false;
}

static bool lists_equal(struct cel_evaluation *evaluation, const struct cel_value *a,
                        const struct cel_value *b, int depth, bool *equal)
{
    uint32_t count = cel_count(a);
    *equal = count == cel_count(b);
    for (uint32_t i = 0; i < count && *equal; i++) {
        struct cel_value left = cel_element(a, i), right = cel_element(b, i);
        if (!equals_at(evaluation, &left, &right, depth + 1, equal))
            return false;
    }
    return true;
}

/* What looking for a key passed: entries, and bytes of strings that were compared. */
struct search {
    uint32_t entries;
    size_t bytes;
};

static bool charge_search(struct cel_evaluation *evaluation, const struct search *search)
{
    return charge(evaluation,
                  search->entries / CEL_COST_ENTRIES + cel_cost_of_bytes(search->bytes));
}

static bool text_matches(struct text text, struct text key, struct search *search)
{
    if (text.size != key.size)
        return false;
    search->bytes += key.size;
    return text_equal(text, key);
}

static bool key_matches(const struct cel_value *a, const struct cel_value *b, struct search *search)
{
    if (cel_is_number(a) && cel_is_number(b))
        return cel_number_order(a, b) == CEL_EQUAL;
    if (a->type != b->type)
        return false;
    if (a->type == CEL_STRING)
        return text_matches(a->as.text, b->as.text, search);
    return a->type == CEL_BOOL && a->as.boolean == b->as.boolean;
}

/* The index of the entry with this key, beginning to look at `hint`; the count of the
 * map when there is none. */
static uint32_t find_entry(const struct cel_value *map, const struct cel_value *key, uint32_t hint,
                           struct search *search)
{
    uint32_t count = cel_count(map);
    *search = (struct search){0};
    for (uint32_t i = hint < count ? hint : 0; search->entries < count;
         i = i + 1 < count ? i + 1 : 0) {
        struct cel_entry entry = cel_entry_at(map, i);
        search->entries++;
        if (key_matches(&entry.key, key, search))
            return i;
    }
    return count;
}

static bool maps_equal(struct cel_evaluation *evaluation, const struct cel_value *a,
                       const struct cel_value *b, int depth, bool *equal)
{
    uint32_t count = cel_count(a);
    *equal = count == cel_count(b);
    for (uint32_t i = 0; i < count && *equal; i++) {
        struct cel_entry entry = cel_entry_at(a, i);
        struct search search;
        uint32_t at = find_entry(b, &entry.key, i, &search); /* often in the same order */
        if (!charge_search(evaluation, &search))
            return false;
        *equal = at < count;
        if (*equal) {
            struct cel_value other = cel_entry_at(b, at).value;
            if (!equals_at(evaluation, &entry.value, &other, depth + 1, equal))
                return false;
        }
    }
    return true;
}

/* Both empty, or both with equal values. */
static bool optionals_equal(struct cel_evaluation *evaluation, const struct cel_value *a,
                            const struct cel_value *b, int depth, bool *equal)
{
    *equal = a->count == b->count;
    if (!*equal || a->count == 0)
        return true;
    return equals_at(evaluation, a->as.items, b->as.items, depth + 1, equal);
}

static bool scalars_equal(const struct cel_value *a, const struct cel_value *b)
{
    switch (a->type) {
    case CEL_BOOL: return a->as.boolean == b->as.boolean;
    case CEL_STRING:
    case CEL_BYTES: return text_equal(a->as.text, b->as.text);
    case CEL_TYPE: return strcmp(a->as.type_name, b->as.type_name) == 0;
    case CEL_TIMESTAMP:
    case CEL_DURATION:
        return a->as.time.seconds == b->as.time.seconds &&
               a->as.time.nanoseconds == b->as.time.nanoseconds;
    case CEL_NULL: return true;
    case CEL_INT:
    case CEL_UINT:
    case CEL_DOUBLE:
    case CEL_LIST:
    case CEL_MAP:
    case CEL_OPTIONAL: break; /* equals_at knows these */
    }
    return false;
}

static bool equals_at(struct cel_evaluation *evaluation, const struct cel_value *a,
                      const struct cel_value *b, int depth, bool *equal)
{
    uint64_t units = 1;
    if (cel_is_number(a) && cel_is_number(b)) {
        *equal = cel_number_order(a, b) == CEL_EQUAL;
        return charge(evaluation, units);
    }
    *equal = false;
    if (a->type != b->type)
        return charge(evaluation, units);
    if (depth == CEL_DEPTH_MAX)
        return too_deep(evaluation);
    if ((a->type == CEL_STRING || a->type == CEL_BYTES) && a->as.text.size == b->as.text.size)
        units += cel_cost_of_bytes(a->as.text.size);
    if (!charge(evaluation, units))
        return false;
    if (a->type == CEL_LIST)
        return lists_equal(evaluation, a, b, depth, equal);
    if (a->type == CEL_MAP)
        return maps_equal(evaluation, a, b, depth, equal);
    if (a->type == CEL_OPTIONAL)
        return optionals_equal(evaluation, a, b, depth, equal);
    *equal = scalars_equal(a, b);
    return true;
}

bool cel_equals(struct cel_evaluation *evaluation, const struct cel_value *a,
                const struct cel_value *b, bool *equal)
{
    return equals_at(evaluation, a, b, 0, equal);
}

bool cel_equal(struct cel_value a, struct cel_value b)
{
    bool equal;
    return equals_at(NULL, &a, &b, 0, &equal) && equal;
}

/* --- Finding ---------------------------------------------------------------------------- */

bool cel_find(struct cel_evaluation *evaluation, const struct cel_value *map,
              const struct cel_value *key, struct cel_value *out, bool *found)
{
    if (key->type == CEL_STRING)
        return cel_find_text(evaluation, map, key->as.text, out, found);
    *found = false;
    if (map->is_json) /* its keys are strings */
        return true;
    struct search search;
    uint32_t at = find_entry(map, key, 0, &search);
    if (!charge_search(evaluation, &search))
        return false;
    *found = at < map->count;
    if (*found)
        *out = map->as.entries[at].value;
    return true;
}

bool cel_find_text(struct cel_evaluation *evaluation, const struct cel_value *map, struct text key,
                   struct cel_value *out, bool *found)
{
    uint32_t count = cel_count(map), at = 0;
    struct search search = {0};
    *found = false;
    if (map->is_json) {
        const struct json_member *members = map->as.json.as.members;
        while (at < count && !text_matches(members[at].name, key, &search))
            at++;
        *found = at < count;
        if (*found)
            *out = cel_from_json(members[at].value);
    } else {
        const struct cel_entry *entries = map->as.entries;
        while (at < count &&
               !(entries[at].key.type == CEL_STRING && text_equal(entries[at].key.as.text, key)))
            at++;
        *found = at < count;
        if (*found)
            *out = entries[at].value;
    }
    search.entries = at;
    return charge_search(evaluation, &search);
}

/* A number that is whole is an index, whichever type it has. */
bool cel_find_element(struct cel_evaluation *evaluation, const struct cel_value *list,
                      const struct cel_value *index, struct cel_value *out, bool *found)
{
    char shown[CEL_KEY_SHOWN_SIZE];
    int64_t at;
    if (!cel_is_number(index))
        return cel_fail(evaluation, "no such overload: list[%s] (an index is an int)",
                        cel_type_name(index->type));
    if (index->type == CEL_INT)
        at = index->as.integer;
    else if (index->type == CEL_UINT)
        at = index->as.uinteger > INT64_MAX ? INT64_MAX : (int64_t)index->as.uinteger;
    else if (!cel_double_to_int(index->as.number, &at) || (double)at != index->as.number)
        return cel_fail(evaluation, "invalid index: %s is not a whole number",
                        cel_show_key(index, shown));
    *found = at >= 0 && at < (int64_t)cel_count(list);
    if (*found)
        *out = cel_element(list, (uint32_t)at);
    return true;
}

/* --- Keys ------------------------------------------------------------------------------- */

_Static_assert(CEL_KEY_SHOWN_SIZE > CEL_SHOWN_SIZE_MAX + 3, "a shortened key fits");

const char *cel_show_key(const struct cel_value *key, char shown[CEL_KEY_SHOWN_SIZE])
{
    const char *name = cel_type_name(key->type);
    if (key->type == CEL_STRING)
        snprintf(shown, CEL_KEY_SHOWN_SIZE, "%.*s%s", CEL_SHOWN(key->as.text));
    else if (key->type == CEL_INT)
        snprintf(shown, CEL_KEY_SHOWN_SIZE, "%" PRId64, key->as.integer);
    else if (key->type == CEL_UINT)
        snprintf(shown, CEL_KEY_SHOWN_SIZE, "%" PRIu64 "u", key->as.uinteger);
    else if (key->type == CEL_DOUBLE)
        snprintf(shown, CEL_KEY_SHOWN_SIZE, "%g", key->as.number);
    else if (key->type == CEL_BOOL)
        return key->as.boolean ? "true" : "false";
    else
        snprintf(shown, CEL_KEY_SHOWN_SIZE, "a key of type %s", name);
    return shown;
}

bool cel_check_key(struct cel_evaluation *evaluation, const struct cel_value *map,
                   const struct cel_value *key)
{
    char shown[CEL_KEY_SHOWN_SIZE];
    struct cel_value ignored;
    bool found;
    if (key->type != CEL_BOOL && key->type != CEL_INT && key->type != CEL_UINT &&
        key->type != CEL_STRING)
        return cel_fail(evaluation,
                        "unsupported key type: %s (a key is a bool, int, uint or string)",
                        cel_type_name(key->type));
    if (!cel_find(evaluation, map, key, &ignored, &found))
        return false;
    return !found || cel_fail(evaluation, "repeated key in a map: %s", cel_show_key(key, shown));
}
