#include "core/cel/functions.h"

#include <stdio.h>

#include "core/cel/evaluation.h"
#include "core/utf8.h"
#include "core/writer.h"

/* --- Finding a function ------------------------------------------------------------------- */

static const struct cel_library *const libraries[] = {
    &cel_library_conversions,
    &cel_library_strings,
    &cel_library_time,
};

enum { LIBRARY_COUNT = sizeof libraries / sizeof libraries[0] };

static bool is_overload(const struct cel_function *function, struct text name,
                        enum cel_call_style style, uint32_t argument_count)
{
    return function->style == style && function->argument_count == argument_count &&
           text_is(name, function->name);
}

const struct cel_function *cel_function_at(size_t index)
{
    for (size_t i = 0; i < LIBRARY_COUNT; i++) {
        if (index < libraries[i]->count)
            return &libraries[i]->functions[index];
        index -= libraries[i]->count;
    }
    return NULL;
}

const struct cel_function *cel_function_find(struct text name, enum cel_call_style style,
                                             uint32_t argument_count)
{
    const struct cel_function *function;
    for (size_t i = 0; (function = cel_function_at(i)) != NULL; i++) {
        if (is_overload(function, name, style, argument_count))
            return function;
    }
    return NULL;
}

static const struct cel_library *library_of(const struct cel_function *function)
{
    size_t i = 0;
    while (i + 1 < LIBRARY_COUNT && (function < libraries[i]->functions ||
                                     function >= libraries[i]->functions + libraries[i]->count))
        i++;
    return libraries[i];
}

const struct cel_function *cel_function_next(const struct cel_function *function)
{
    const struct cel_library *library = library_of(function);
    const struct cel_function *end = library->functions + library->count;
    for (const struct cel_function *next = function + 1; next < end; next++) {
        if (is_overload(next, text_of(function->name), function->style, function->argument_count))
            return next;
    }
    return NULL;
}

void cel_note_overload(struct cel_evaluation *evaluation, const char *name,
                       enum cel_call_style style, const struct cel_value *arguments, size_t count)
{
    char shown[256];
    struct writer writer;
    size_t first = style == CEL_RECEIVER;
    if (evaluation->held)
        return;
    writer_init(&writer, shown, sizeof shown);
    if (style == CEL_RECEIVER)
        writer_format(&writer, "%s.", cel_type_name(arguments[0].type));
    writer_format(&writer, "%s(", name);
    for (size_t i = first; i < count; i++)
        writer_format(&writer, "%s%s", i > first ? ", " : "", cel_type_name(arguments[i].type));
    writer_char(&writer, ')');
    cel_note(evaluation, "no such overload: %.*s", TEXT_ARGS(writer_result(&writer)));
}

/* --- Strings ------------------------------------------------------------------------------- */

static bool string_size(struct cel_evaluation *evaluation, const struct cel_function *function,
                        const struct cel_value *arguments, struct cel_value *out)
{
    (void)function;
    if (!cel_charge(evaluation, cel_cost_of_bytes(arguments[0].as.text.size)))
        return false;
    *out = cel_int((int64_t)utf8_count(arguments[0].as.text));
    return true;
}

static bool bytes_size(struct cel_evaluation *evaluation, const struct cel_function *function,
                       const struct cel_value *arguments, struct cel_value *out)
{
    (void)evaluation;
    (void)function;
    *out = cel_int((int64_t)arguments[0].as.text.size);
    return true;
}

static bool aggregate_size(struct cel_evaluation *evaluation, const struct cel_function *function,
                           const struct cel_value *arguments, struct cel_value *out)
{
    (void)evaluation;
    (void)function;
    *out = cel_int(cel_count(&arguments[0]));
    return true;
}

/* Looks for `needle`, and charges for what was looked at: the bytes passed, and a
 * comparison wherever its first byte stood. */
static bool find_text(struct cel_evaluation *evaluation, struct text text, struct text needle,
                      bool *found)
{
    *found = needle.size == 0;
    const char *at = text.data;
    while (!*found && needle.size <= text.size - (size_t)(at - text.data)) {
        size_t left = text.size - (size_t)(at - text.data) - needle.size + 1;
        const char *candidate = memchr(at, needle.data[0], left);
        size_t passed = candidate == NULL ? left : (size_t)(candidate - at);
        if (!cel_charge(evaluation, cel_cost_of_bytes(passed) + 1))
            return false;
        if (candidate == NULL)
            return true;
        if (!cel_charge(evaluation, cel_cost_of_bytes(needle.size)))
            return false;
        *found = memcmp(candidate, needle.data, needle.size) == 0;
        at = candidate + 1;
    }
    return true;
}

static bool string_contains(struct cel_evaluation *evaluation, const struct cel_function *function,
                            const struct cel_value *arguments, struct cel_value *out)
{
    bool found;
    (void)function;
    if (!find_text(evaluation, arguments[0].as.text, arguments[1].as.text, &found))
        return false;
    *out = cel_bool(found);
    return true;
}

/* Compares `part` with the beginning or the end of a string. */
static bool string_has_end(struct cel_evaluation *evaluation, const struct cel_function *function,
                           const struct cel_value *arguments, struct cel_value *out)
{
    struct text text = arguments[0].as.text, part = arguments[1].as.text;
    bool at_end = function->detail != 0;
    if (!cel_charge(evaluation, cel_cost_of_bytes(part.size)))
        return false;
    if (part.size == 0 || part.size > text.size) {
        *out = cel_bool(part.size == 0);
        return true;
    }
    size_t start = at_end ? text.size - part.size : 0;
    struct text end = {text.data + start, part.size};
    *out = cel_bool(text_equal(end, part));
    return true;
}

#define STRING CEL_TYPE_BIT(CEL_STRING)
#define BYTES  CEL_TYPE_BIT(CEL_BYTES)
#define LIST   CEL_TYPE_BIT(CEL_LIST)
#define MAP    CEL_TYPE_BIT(CEL_MAP)

static const struct cel_function functions[] = {
    {"size", CEL_GLOBAL, 1, {STRING}, string_size, 0},
    {"size", CEL_GLOBAL, 1, {BYTES}, bytes_size, 0},
    {"size", CEL_GLOBAL, 1, {LIST | MAP}, aggregate_size, 0},
    {"size", CEL_RECEIVER, 1, {STRING}, string_size, 0},
    {"size", CEL_RECEIVER, 1, {BYTES}, bytes_size, 0},
    {"size", CEL_RECEIVER, 1, {LIST | MAP}, aggregate_size, 0},
    {"contains", CEL_RECEIVER, 2, {STRING, STRING}, string_contains, 0},
    {"startsWith", CEL_RECEIVER, 2, {STRING, STRING}, string_has_end, false},
    {"endsWith", CEL_RECEIVER, 2, {STRING, STRING}, string_has_end, true},
};

const struct cel_library cel_library_strings = {functions, sizeof functions / sizeof functions[0]};
