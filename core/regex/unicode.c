#include "core/regex/unicode.h"

/* A name of a value, and where the code points stand that have it: in set_bytes from the end
 * of set number - 1 to the end of set number. Script alone has extensions that differ. */
struct property_value {
    const char *name;
    uint16_t is_long;
    uint16_t set;
    uint16_t extensions;
};

/* first, first + stride, ..., last, each of which is one with itself + distance. */
struct fold_run {
    uint32_t first;
    uint32_t last;
    uint32_t stride;
    int32_t distance;
};

#include "core/regex/unicode_tables.inc"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const struct property_value *values;
    size_t count;
} properties[] = {
    [UNICODE_CATEGORY] = {categories, COUNT_OF(categories)},
    [UNICODE_SCRIPT] = {scripts, COUNT_OF(scripts)},
    [UNICODE_SCRIPT_EXTENSIONS] = {scripts, COUNT_OF(scripts)},
    [UNICODE_BINARY] = {binaries, COUNT_OF(binaries)},
};

static const struct property_value *find(enum unicode_property property, struct text name)
{
    const struct property_value *value = properties[property].values;
    const struct property_value *end = value + properties[property].count;
    while (value < end && !text_is(name, value->name))
        value++;
    return value < end ? value : NULL;
}

/* A length in base 128, low digits first; the high bit says that another digit follows. */
static uint32_t read_length(const unsigned char **at)
{
    uint32_t length = 0;
    for (int shift = 0;; shift += 7) {
        unsigned char byte = *(*at)++;
        length |= (uint32_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return length;
    }
}

/* The lengths say by turns how many code points are outside and how many inside. */
static void add_set(struct code_points *set, size_t number)
{
    const unsigned char *at = set_bytes + (number == 0 ? 0 : set_ends[number - 1]);
    const unsigned char *end = set_bytes + set_ends[number];
    uint32_t next = 0;
    while (at < end) {
        uint32_t first = next + read_length(&at);
        next = first + read_length(&at);
        code_points_add(set, first, next - 1);
    }
}

bool unicode_add(struct code_points *set, enum unicode_property property, struct text name)
{
    const struct property_value *value = find(property, name);
    if (value == NULL)
        return false;
    add_set(set, property == UNICODE_SCRIPT_EXTENSIONS ? value->extensions : value->set);
    return true;
}

bool unicode_is_script_name(struct text name)
{
    const struct property_value *value = find(UNICODE_SCRIPT, name);
    return value != NULL && value->is_long;
}

/* Adds the partners of those code points of the run that are in the range. */
static void fold_range(struct code_points *set, const struct fold_run *run, struct range range)
{
    uint32_t first = range.first > run->first ? range.first : run->first;
    uint32_t last = range.last < run->last ? range.last : run->last;
    first += (first - run->first) % run->stride;
    uint32_t distance = (uint32_t)run->distance; /* modulo 2^32: may go down */
    if (first > last)
        return;
    if (run->stride == 1) {
        code_points_add(set, first + distance, last + distance);
        return;
    }
    for (uint32_t code_point = first; code_point <= last; code_point += run->stride)
        code_points_add(set, code_point + distance, code_point + distance);
}

/* The first of the ranges that does not end before `code_point`. */
static size_t range_at(const struct range *ranges, size_t count, uint32_t code_point)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges[middle].last < code_point)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void unicode_fold(struct code_points *set, struct code_points *spare)
{
    code_points_tidy(set);
    code_points_clear(spare);
    for (size_t i = 0; i < COUNT_OF(fold_runs); i++) {
        const struct fold_run *run = &fold_runs[i];
        size_t at = range_at(set->ranges, set->count, run->first);
        for (; at < set->count && set->ranges[at].first <= run->last; at++)
            fold_range(spare, run, set->ranges[at]);
    }
    code_points_add_all(set, spare->ranges, spare->count);
    set->is_full = set->is_full || spare->is_full;
    code_points_tidy(set);
}
