/* format(): a string with clauses, of which each stands for an element of a list (the
 * extension library "strings", version 4: the same in every locale).
 *
 *     "%s has %d of %.1f%%".format([name, count, share]) */
#include <inttypes.h>
#include <math.h> /* isfinite, a macro */
#include <stdlib.h>

#include "core/cel/evaluation.h"
#include "core/cel/text_builder.h"
#include "core/cel/time.h"
#include "core/double.h"
#include "core/utf8.h"
#include "core/writer.h"

/* Without a precision, as in C. */
enum { PRECISION_DEFAULT = 6 };

/* What the digits of one double may take. */
enum { COST_DOUBLE_TEXT = 100 };

/* A number in any of the forms, a time, a span. */
enum { SCALAR_SIZE = DOUBLE_FIXED_SIZE };

struct clause {
    char letter;
    int precision;
};

static bool fail_clause(struct cel_evaluation *evaluation, char letter, const char *takes,
                        const struct cel_value *value)
{
    return cel_fail(evaluation, "format(): %%%c is for %s, not %s", letter, takes,
                    cel_type_name(value->type));
}

static void add_written(struct cel_text_builder *builder, const struct writer *writer)
{
    cel_text_add(builder, writer_result(writer));
}

/* --- %s ----------------------------------------------------------------------------------- */

static bool add_value(struct cel_text_builder *builder, const struct cel_value *value, int depth);

static bool add_list(struct cel_text_builder *builder, const struct cel_value *list, int depth)
{
    uint32_t count = cel_count(list);
    cel_text_add(builder, TEXT("["));
    for (uint32_t i = 0; i < count; i++) {
        struct cel_value element = cel_element(list, i);
        if (i > 0)
            cel_text_add(builder, TEXT(", "));
        if (!add_value(builder, &element, depth + 1))
            return false;
    }
    cel_text_add(builder, TEXT("]"));
    return true;
}

/* An entry of a map by the text of its key, which it is sorted by. */
struct named_entry {
    struct text name;
    struct cel_value value;
    uint32_t index;
};

static int compare_names(const void *a, const void *b)
{
    const struct named_entry *left = a, *right = b;
    int order = text_compare(left->name, right->name);
    return order != 0 ? order : (left->index > right->index) - (left->index < right->index);
}

static bool name_entries(struct cel_text_builder *builder, const struct cel_value *map, int depth,
                         struct named_entry **out)
{
    struct cel_evaluation *evaluation = builder->evaluation;
    uint32_t count = cel_count(map);
    struct named_entry *entries = cel_allocate(evaluation, count, sizeof *entries);
    if (entries == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct cel_entry entry = cel_entry_at(map, i);
        struct cel_text_builder name = cel_text_builder(evaluation);
        struct cel_value text;
        if (!add_value(&name, &entry.key, depth + 1) || !cel_text_finish(&name, CEL_STRING, &text))
            return false;
        entries[i] = (struct named_entry){text.as.text, entry.value, i};
        /* What sorting it takes: as many comparisons as the count has bits. */
        if (!cel_charge(evaluation, 32 * (1 + cel_cost_of_bytes(text.as.text.size))))
            return false;
    }
    qsort(entries, count, sizeof *entries, compare_names);
    *out = entries;
    return true;
}

static bool add_map(struct cel_text_builder *builder, const struct cel_value *map, int depth)
{
    struct named_entry *entries;
    uint32_t count = cel_count(map);
    if (!name_entries(builder, map, depth, &entries))
        return false;
    cel_text_add(builder, TEXT("{"));
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            cel_text_add(builder, TEXT(", "));
        cel_text_add(builder, entries[i].name);
        cel_text_add(builder, TEXT(": "));
        if (!add_value(builder, &entries[i].value, depth + 1))
            return false;
    }
    cel_text_add(builder, TEXT("}"));
    return true;
}

/* Doubles without an exponent; all else as string() has it. */
static bool add_scalar(struct cel_text_builder *builder, const struct cel_value *value)
{
    char buffer[SCALAR_SIZE];
    struct writer writer;
    writer_init(&writer, buffer, sizeof buffer);
    if (value->type == CEL_DOUBLE) {
        if (!cel_charge(builder->evaluation, COST_DOUBLE_TEXT))
            return false;
        double_write_plain(&writer, value->as.number);
    } else {
        cel_write_scalar(&writer, value);
    }
    add_written(builder, &writer);
    return true;
}

/* Bytes are taken for the text that they are; what is not UTF-8 in them is U+FFFD. */
static bool add_bytes(struct cel_text_builder *builder, struct text bytes)
{
    while (bytes.size > 0) {
        size_t valid = utf8_valid_prefix(bytes);
        cel_text_add(builder, (struct text){bytes.data, valid});
        if (valid < bytes.size) {
            cel_text_add(builder, TEXT("\uFFFD"));
            valid++;
        }
        if (!cel_charge(builder->evaluation, 1))
            return false;
        bytes = (struct text){bytes.data + valid, bytes.size - valid};
    }
    return true;
}

static bool add_value(struct cel_text_builder *builder, const struct cel_value *value, int depth)
{
    if (depth == CEL_DEPTH_MAX)
        return cel_fail(builder->evaluation, "format(): the value is nested deeper than %d levels",
                        CEL_DEPTH_MAX);
    if (!cel_charge(builder->evaluation, 1))
        return false;
    if (value->type == CEL_LIST)
        return add_list(builder, value, depth);
    if (value->type == CEL_MAP)
        return add_map(builder, value, depth);
    if (value->type == CEL_OPTIONAL)
        return fail_clause(builder->evaluation, 's', "values that have a text", value);
    if (value->type == CEL_BYTES)
        return add_bytes(builder, value->as.text);
    if (value->type != CEL_STRING)
        return add_scalar(builder, value);
    cel_text_add(builder, value->as.text);
    return true;
}

/* --- Numbers ------------------------------------------------------------------------------ */

/* %d */
static bool add_decimal(struct cel_text_builder *builder, const struct cel_value *value)
{
    if (!cel_is_number(value))
        return fail_clause(builder->evaluation, 'd', "numbers", value);
    return add_scalar(builder, value);
}

/* What rounding to digits takes: a few operations on big integers for each of them. */
static uint64_t cost_of_digits(double number, int precision)
{
    enum { COST_DIGIT = 10, DIGITS_USUAL = 17, DIGITS_MAX = 309 };
    bool is_usual = number > -1e17 && number < 1e17;
    return (uint64_t)COST_DIGIT * (uint64_t)((is_usual ? DIGITS_USUAL : DIGITS_MAX) + precision);
}

/* %f and %e */
static bool add_double(struct cel_text_builder *builder, const struct clause *clause,
                       const struct cel_value *value)
{
    char buffer[SCALAR_SIZE];
    struct writer writer;
    double number = value->as.number;
    if (!cel_is_number(value))
        return fail_clause(builder->evaluation, clause->letter, "numbers", value);
    if (value->type == CEL_INT)
        number = (double)value->as.integer;
    else if (value->type == CEL_UINT)
        number = (double)value->as.uinteger;
    if (!cel_charge(builder->evaluation, cost_of_digits(number, clause->precision)))
        return false;
    writer_init(&writer, buffer, sizeof buffer);
    if (!isfinite(number))
        double_write_plain(&writer, number);
    else if (clause->letter == 'f')
        double_write_fixed(&writer, number, clause->precision);
    else
        double_write_scientific(&writer, number, clause->precision);
    add_written(builder, &writer);
    return true;
}

/* The digits of an integer to a base that is a power of two, 2^`bits`. */
static void add_digits(struct cel_text_builder *builder, const struct cel_value *value,
                       unsigned bits, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[65];
    size_t at = sizeof text;
    bool negative = value->type == CEL_INT && value->as.integer < 0;
    uint64_t left = value->type == CEL_INT ? (uint64_t)value->as.integer : value->as.uinteger;
    if (negative)
        left = 0 - left;
    do {
        text[--at] = digits[left & ((1u << bits) - 1)];
        left >>= bits;
    } while (left != 0);
    if (negative)
        text[--at] = '-';
    cel_text_add(builder, (struct text){text + at, sizeof text - at});
}

static bool is_integer(const struct cel_value *value)
{
    return value->type == CEL_INT || value->type == CEL_UINT;
}

/* %b and %o */
static bool add_binary(struct cel_text_builder *builder, const struct clause *clause,
                       const struct cel_value *value)
{
    bool is_binary = clause->letter == 'b';
    if (is_binary && value->type == CEL_BOOL)
        cel_text_add(builder, value->as.boolean ? TEXT("1") : TEXT("0"));
    else if (is_integer(value))
        add_digits(builder, value, is_binary ? 1 : 3, false);
    else
        return fail_clause(builder->evaluation, clause->letter,
                           is_binary ? "integers and bools" : "integers", value);
    return true;
}

/* %x and %X: of an integer, or of each byte of a string or of bytes */
static bool add_hexadecimal(struct cel_text_builder *builder, const struct clause *clause,
                            const struct cel_value *value)
{
    bool upper = clause->letter == 'X';
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    if (is_integer(value)) {
        add_digits(builder, value, 4, upper);
        return true;
    }
    if (value->type != CEL_STRING && value->type != CEL_BYTES)
        return fail_clause(builder->evaluation, clause->letter, "integers, strings and bytes",
                           value);
    struct text text = value->as.text;
    if (!cel_charge(builder->evaluation, text.size / 8))
        return false;
    for (size_t i = 0; i < text.size && !builder->failed; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        char pair[2] = {digits[byte >> 4], digits[byte & 15]};
        cel_text_add(builder, (struct text){pair, sizeof pair});
    }
    return true;
}

/* --- Clauses ------------------------------------------------------------------------------ */

/* Reads what stands behind a "%": [.precision] letter. */
static bool parse_clause(struct cel_evaluation *evaluation, struct text format, size_t *at,
                         struct clause *out)
{
    *out = (struct clause){.precision = PRECISION_DEFAULT};
    if (*at < format.size && format.data[*at] == '.') {
        size_t start = ++*at;
        out->precision = 0;
        for (; *at < format.size && format.data[*at] >= '0' && format.data[*at] <= '9'; ++*at) {
            out->precision = out->precision * 10 + (format.data[*at] - '0');
            if (out->precision > DOUBLE_PRECISION_MAX)
                return cel_fail(evaluation, "format(): a precision is at most %d",
                                DOUBLE_PRECISION_MAX);
        }
        if (*at == start)
            return cel_fail(evaluation, "format(): a precision is digits: %%.2f");
    }
    if (*at == format.size)
        return cel_fail(evaluation, "format(): a clause has no end; a percent sign is %%%%");
    out->letter = format.data[(*at)++];
    return true;
}

static bool add_clause(struct cel_text_builder *builder, const struct clause *clause,
                       const struct cel_value *value)
{
    switch (clause->letter) {
    case 's': return add_value(builder, value, 0);
    case 'd': return add_decimal(builder, value);
    case 'f':
    case 'e': return add_double(builder, clause, value);
    case 'b':
    case 'o': return add_binary(builder, clause, value);
    case 'x':
    case 'X': return add_hexadecimal(builder, clause, value);
    default: break;
    }
    return cel_fail(builder->evaluation,
                    "format(): unknown clause (there are %%s %%d %%f %%e %%b %%o %%x %%X)");
}

/* The clause behind a "%", for the next argument. */
static bool format_clause(struct cel_text_builder *builder, struct text format, size_t *at,
                          const struct cel_value *list, uint32_t index)
{
    struct clause clause;
    if (index == cel_count(list))
        return cel_fail(builder->evaluation,
                        "format(): there are more clauses than the %" PRIu32 " argument%s", index,
                        index == 1 ? "" : "s");
    struct cel_value value = cel_element(list, index);
    return parse_clause(builder->evaluation, format, at, &clause) &&
           cel_charge(builder->evaluation, 1) && add_clause(builder, &clause, &value);
}

static bool format(struct cel_evaluation *evaluation, const struct cel_function *function,
                   const struct cel_value *arguments, struct cel_value *out)
{
    struct text text = arguments[0].as.text;
    struct cel_text_builder builder = cel_text_builder(evaluation);
    uint32_t index = 0;
    (void)function;
    for (size_t at = 0; at < text.size && !builder.failed;) {
        const char *percent = memchr(text.data + at, '%', text.size - at);
        size_t end = percent == NULL ? text.size : (size_t)(percent - text.data);
        cel_text_add(&builder, (struct text){text.data + at, end - at});
        at = end + 1;
        if (percent == NULL)
            break;
        if (at < text.size && text.data[at] == '%') {
            cel_text_add(&builder, TEXT("%"));
            at++;
        } else if (!format_clause(&builder, text, &at, &arguments[1], index++)) {
            return false;
        }
    }
    return cel_text_finish(&builder, CEL_STRING, out);
}

static const struct cel_function functions[] = {
    {.name = "format", CEL_RECEIVER, 2, {CEL_TYPE_BIT(CEL_STRING), CEL_TYPE_BIT(CEL_LIST)}, format},
};

const struct cel_library cel_library_format = {functions, sizeof functions / sizeof functions[0]};
