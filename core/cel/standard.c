/* The functions of the language on strings, bytes, lists and maps: size, contains, startsWith
 * and endsWith (langdef.md, "List of Standard Definitions"). */
#include "core/cel/evaluation.h"
#include "core/cel/find.h"
#include "core/utf8.h"

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

static bool string_contains(struct cel_evaluation *evaluation, const struct cel_function *function,
                            const struct cel_value *arguments, struct cel_value *out)
{
    size_t at;
    (void)function;
    if (!cel_find_substring(evaluation, arguments[0].as.text, arguments[1].as.text, &at))
        return false;
    *out = cel_bool(at != CEL_NOT_FOUND);
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
    {.name = "size", CEL_GLOBAL, 1, {STRING}, string_size, 0},
    {.name = "size", CEL_GLOBAL, 1, {BYTES}, bytes_size, 0},
    {.name = "size", CEL_GLOBAL, 1, {LIST | MAP}, aggregate_size, 0},
    {.name = "size", CEL_RECEIVER, 1, {STRING}, string_size, 0},
    {.name = "size", CEL_RECEIVER, 1, {BYTES}, bytes_size, 0},
    {.name = "size", CEL_RECEIVER, 1, {LIST | MAP}, aggregate_size, 0},
    {.name = "contains", CEL_RECEIVER, 2, {STRING, STRING}, string_contains, 0},
    {.name = "startsWith", CEL_RECEIVER, 2, {STRING, STRING}, string_has_end, false},
    {.name = "endsWith", CEL_RECEIVER, 2, {STRING, STRING}, string_has_end, true},
};

const struct cel_library cel_library_standard = {functions, sizeof functions / sizeof functions[0]};
