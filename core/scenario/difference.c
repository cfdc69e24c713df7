#include "core/scenario/difference.h"

#include "core/utf8.h"
#include "core/writer.h"

/* Where in the values: on the stack of the walk, which JSON_WALK_DEPTH_MAX ends. */
struct place {
    const struct place *parent;
    struct text name; /* TEXT_NONE: an element */
    size_t index;
    uint32_t depth;
};

static void write_place(struct writer *report, const struct place *place)
{
    if (place->parent != NULL)
        write_place(report, place->parent);
    if (place->name.data == NULL) {
        writer_format(report, "[%zu]", place->index);
        return;
    }
    if (place->parent != NULL)
        writer_char(report, '.');
    writer_text(report, place->name);
}

/* The value as one line, which is cut where it is long. */
void difference_write_value(struct writer *report, const struct json *value)
{
    if (value == NULL) {
        writer_string(report, "missing");
        return;
    }
    size_t before = report->size;
    json_write(report, *value);
    if (report->size - before <= DIFFERENCE_VALUE_SIZE_MAX)
        return;
    struct text shown = {report->data + before, DIFFERENCE_VALUE_SIZE_MAX};
    report->size = before + utf8_valid_prefix(shown);
    writer_string(report, "...");
}

static bool differ(struct writer *report, const struct place *place, const struct json *expected,
                   const struct json *actual)
{
    write_place(report, place);
    writer_string(report, "\n  - expected ");
    difference_write_value(report, expected);
    writer_string(report, "\n  + is       ");
    difference_write_value(report, actual);
    writer_char(report, '\n');
    return false;
}

static bool compare(struct writer *report, const struct place *place, struct json expected,
                    struct json actual);

static bool compare_members(struct writer *report, const struct place *place, struct json expected,
                            struct json actual)
{
    bool agree = true;
    for (uint32_t i = 0; i < expected.count; i++) {
        const struct json_member *member = &expected.as.members[i];
        const struct json *other = json_get_text(actual, member->name);
        struct place at = {place, member->name, 0, place->depth + 1};
        bool same = other == NULL ? differ(report, &at, &member->value, NULL)
                                  : compare(report, &at, member->value, *other);
        agree = agree && same;
    }
    return agree;
}

static bool compare_items(struct writer *report, const struct place *place, struct json expected,
                          struct json actual)
{
    bool agree = true;
    if (expected.count != actual.count)
        return differ(report, place, &expected, &actual);
    for (uint32_t i = 0; i < expected.count; i++) {
        struct place at = {place, TEXT_NONE, i, place->depth + 1};
        bool same = compare(report, &at, expected.as.items[i], actual.as.items[i]);
        agree = agree && same;
    }
    return agree;
}

static bool compare(struct writer *report, const struct place *place, struct json expected,
                    struct json actual)
{
    bool is_deep = place->depth >= JSON_WALK_DEPTH_MAX;
    if (!is_deep && expected.type == JSON_OBJECT && actual.type == JSON_OBJECT)
        return compare_members(report, place, expected, actual);
    if (!is_deep && expected.type == JSON_ARRAY && actual.type == JSON_ARRAY)
        return compare_items(report, place, expected, actual);
    return json_equal(expected, actual) || differ(report, place, &expected, &actual);
}

bool difference_of_parts(struct writer *report, const char *name, struct json expected,
                         struct json actual)
{
    struct place place = {NULL, text_of(name), 0, 0};
    return compare(report, &place, expected, actual);
}

bool difference_of_values(struct writer *report, const char *name, struct json expected,
                          struct json actual)
{
    struct place place = {NULL, text_of(name), 0, 0};
    return json_equal(expected, actual) || differ(report, &place, &expected, &actual);
}

/* --- States ------------------------------------------------------------------------------ */

/* "a.b" in {"a": "b"}; a key may have dots of its own. Both recursions go down one value. */
static bool has_path(struct text path, struct json value)
{
    if (value.type == JSON_STRING)
        return text_equal(path, json_text(value));
    for (uint32_t i = 0; value.type == JSON_OBJECT && i < value.count; i++) {
        struct text name = value.as.members[i].name;
        if (text_equal(path, name))
            return true;
        if (path.size > name.size + 1 && path.data[name.size] == '.' &&
            memcmp(path.data, name.data, name.size) == 0 &&
            has_path((struct text){path.data + name.size + 1, path.size - name.size - 1},
                     value.as.members[i].value))
            return true;
    }
    return false;
}

static bool has_states(struct json expected, struct json value)
{
    if (expected.type == JSON_STRING)
        return has_path(json_text(expected), value);
    if (expected.type != JSON_OBJECT)
        return false;
    for (uint32_t i = 0; i < expected.count; i++) {
        const struct json_member *member = &expected.as.members[i];
        bool is_any = member->value.type == JSON_OBJECT && member->value.count == 0;
        const struct json *below = json_get_text(value, member->name);
        if (below == NULL ? !is_any || !has_path(member->name, value)
                          : !has_states(member->value, *below))
            return false;
    }
    return true;
}

bool difference_of_states(struct writer *report, struct json expected, struct json actual)
{
    struct place place = {NULL, TEXT("state"), 0, 0};
    return has_states(expected, actual) || differ(report, &place, &expected, &actual);
}

/* --- Events -------------------------------------------------------------------------------- */

static struct text type_of(struct json expected)
{
    return expected.type == JSON_STRING ? json_text(expected) : json_get_string(expected, "type");
}

static bool same_type(struct json expected, struct json actual)
{
    return text_equal(type_of(expected), json_get_string(actual, "type"));
}

static void write_type(struct writer *report, const char *mark, struct text type)
{
    writer_string(report, mark);
    writer_text(report, type);
    writer_char(report, '\n');
}

/* The types where the two lists part, with - and + as in a patch. */
static bool differ_in_types(struct writer *report, struct json expected, const struct json *actual,
                            size_t count, size_t same_before)
{
    size_t same_after = 0;
    while (same_after < expected.count - same_before && same_after < count - same_before &&
           same_type(expected.as.items[expected.count - same_after - 1],
                     actual[count - same_after - 1]))
        same_after++;
    writer_string(report, "emitted\n");
    for (size_t i = 0; i < same_before; i++)
        write_type(report, "             ", type_of(expected.as.items[i]));
    for (size_t i = same_before; i < expected.count - same_after; i++)
        write_type(report, "  - expected ", type_of(expected.as.items[i]));
    for (size_t i = same_before; i < count - same_after; i++)
        write_type(report, "  + is       ", json_get_string(actual[i], "type"));
    for (size_t i = expected.count - same_after; i < expected.count; i++)
        write_type(report, "             ", type_of(expected.as.items[i]));
    return false;
}

bool difference_of_events(struct writer *report, struct json expected, const struct json *actual,
                          size_t count)
{
    size_t same = 0;
    while (same < expected.count && same < count &&
           same_type(expected.as.items[same], actual[same]))
        same++;
    if (same < expected.count || same < count)
        return differ_in_types(report, expected, actual, count, same);
    bool agree = true;
    struct place emitted = {NULL, TEXT("emitted"), 0, 0};
    for (size_t i = 0; i < count; i++) {
        struct place at = {&emitted, TEXT_NONE, i, 1};
        if (expected.as.items[i].type == JSON_OBJECT &&
            !compare(report, &at, expected.as.items[i], actual[i]))
            agree = false;
    }
    return agree;
}
