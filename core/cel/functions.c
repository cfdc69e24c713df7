#include "core/cel/functions.h"

#include "core/cel/evaluation.h"
#include "core/writer.h"

/* --- Finding a function ------------------------------------------------------------------- */

static const struct cel_library *const libraries[] = {
    &cel_library_conversions, &cel_library_standard, &cel_library_matches,   &cel_library_time,
    &cel_library_strings,     &cel_library_format,   &cel_library_math,      &cel_library_lists,
    &cel_library_sets,        &cel_library_encoders, &cel_library_optionals,
};

enum { LIBRARY_COUNT = sizeof libraries / sizeof libraries[0] };

static bool is_overload(const struct cel_function *function, struct text name,
                        enum cel_call_style style, uint32_t argument_count)
{
    bool takes = function->argument_count == argument_count ||
                 (function->argument_count == CEL_ARGUMENTS_LISTED && argument_count > 0);
    return function->style == style && takes && text_is(name, function->name);
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

uint32_t cel_function_overloads(const struct cel_function *function)
{
    const struct cel_library *library = library_of(function);
    const struct cel_function *next = function + 1, *end = library->functions + library->count;
    while (next < end &&
           is_overload(next, text_of(function->name), function->style, function->argument_count))
        next++;
    return (uint32_t)(next - function);
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
