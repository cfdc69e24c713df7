/* Conversions between the types (langdef.md, "Types and Conversions"). */
#include <inttypes.h>
#include <stdio.h>

#include "core/cel/evaluation.h"
#include "core/cel/shown.h"
#include "core/cel/time.h"
#include "core/clock.h"
#include "core/double.h"
#include "core/utf8.h"
#include "core/writer.h"

/* What is converted takes work by its length: one unit for so many bytes. */
enum { PARSED_BYTES = 8 };

/* Finding the shortest digits of a double takes a hundred times what a node takes. */
enum { COST_DOUBLE_TEXT = 100 };

static bool charge_text(struct cel_evaluation *evaluation, struct text text)
{
    return cel_charge(evaluation, text.size / PARSED_BYTES);
}

static bool fail_text(struct cel_evaluation *evaluation, const char *type, struct text text,
                      const char *expected)
{
    return cel_fail(evaluation, "%s(\"%.*s%s\"): %s", type, CEL_SHOWN(text), expected);
}

static bool fail_double_range(struct cel_evaluation *evaluation, const char *type, double number)
{
    return cel_fail(evaluation, "range error: %s(%.17g) does not fit", type, number);
}

static bool identity(struct cel_evaluation *evaluation, const struct cel_function *function,
                     const struct cel_value *arguments, struct cel_value *out)
{
    (void)evaluation;
    (void)function;
    *out = arguments[0];
    return true;
}

/* --- int ---------------------------------------------------------------------------------- */

static bool int_from_uint(struct cel_evaluation *evaluation, const struct cel_function *function,
                          const struct cel_value *arguments, struct cel_value *out)
{
    (void)function;
    if (arguments[0].as.uinteger > INT64_MAX)
        return cel_fail(evaluation, "range error: int(%" PRIu64 "u) does not fit",
                        arguments[0].as.uinteger);
    *out = cel_int((int64_t)arguments[0].as.uinteger);
    return true;
}

static bool int_from_double(struct cel_evaluation *evaluation, const struct cel_function *function,
                            const struct cel_value *arguments, struct cel_value *out)
{
    int64_t integer;
    (void)function;
    if (!cel_double_to_int(arguments[0].as.number, &integer))
        return fail_double_range(evaluation, "int", arguments[0].as.number);
    *out = cel_int(integer);
    return true;
}

static bool int_from_string(struct cel_evaluation *evaluation, const struct cel_function *function,
                            const struct cel_value *arguments, struct cel_value *out)
{
    int64_t integer;
    (void)function;
    if (!charge_text(evaluation, arguments[0].as.text))
        return false;
    if (!cel_parse_int(arguments[0].as.text, &integer))
        return fail_text(evaluation, "int", arguments[0].as.text,
                         "not a decimal integer of 64 bits");
    *out = cel_int(integer);
    return true;
}

/* Seconds since 1970. */
static bool int_from_timestamp(struct cel_evaluation *evaluation,
                               const struct cel_function *function,
                               const struct cel_value *arguments, struct cel_value *out)
{
    (void)evaluation;
    (void)function;
    *out = cel_int(arguments[0].as.time.seconds);
    return true;
}

/* --- uint --------------------------------------------------------------------------------- */

static bool uint_from_int(struct cel_evaluation *evaluation, const struct cel_function *function,
                          const struct cel_value *arguments, struct cel_value *out)
{
    (void)function;
    if (arguments[0].as.integer < 0)
        return cel_fail(evaluation, "range error: uint(%" PRId64 ") does not fit",
                        arguments[0].as.integer);
    *out = cel_uint((uint64_t)arguments[0].as.integer);
    return true;
}

static bool uint_from_double(struct cel_evaluation *evaluation, const struct cel_function *function,
                             const struct cel_value *arguments, struct cel_value *out)
{
    uint64_t integer;
    (void)function;
    if (!cel_double_to_uint(arguments[0].as.number, &integer))
        return fail_double_range(evaluation, "uint", arguments[0].as.number);
    *out = cel_uint(integer);
    return true;
}

static bool uint_from_string(struct cel_evaluation *evaluation, const struct cel_function *function,
                             const struct cel_value *arguments, struct cel_value *out)
{
    uint64_t integer;
    (void)function;
    if (!charge_text(evaluation, arguments[0].as.text))
        return false;
    if (!cel_parse_uint(arguments[0].as.text, &integer))
        return fail_text(evaluation, "uint", arguments[0].as.text,
                         "not a decimal integer of 64 bits without a sign");
    *out = cel_uint(integer);
    return true;
}

/* --- double ------------------------------------------------------------------------------- */

static bool double_from_number(struct cel_evaluation *evaluation,
                               const struct cel_function *function,
                               const struct cel_value *arguments, struct cel_value *out)
{
    (void)evaluation;
    (void)function;
    double number = arguments[0].type == CEL_INT ? (double)arguments[0].as.integer
                                                 : (double)arguments[0].as.uinteger;
    *out = cel_double(number);
    return true;
}

static bool double_from_string(struct cel_evaluation *evaluation,
                               const struct cel_function *function,
                               const struct cel_value *arguments, struct cel_value *out)
{
    struct text text = arguments[0].as.text;
    double number;
    (void)function;
    if (!cel_charge(evaluation, text.size)) /* its digits are multiplied out */
        return false;
    if (!cel_parse_special_double(text, &number) && !cel_parse_double(text, &number))
        return fail_text(evaluation, "double", text, "not a number that a double can hold");
    *out = cel_double(number);
    return true;
}

/* --- string ------------------------------------------------------------------------------- */

/* Copies what was written to a small buffer. */
static bool string_value(struct cel_evaluation *evaluation, struct text text, struct cel_value *out)
{
    char *data = cel_allocate(evaluation, text.size, 1);
    if (data == NULL)
        return false;
    memcpy(data, text.data, text.size);
    *out = cel_string((struct text){data, text.size});
    return true;
}

/* Longer than any number, time or span. */
enum { SCALAR_TEXT_SIZE = 64 };

static bool string_from_scalar(struct cel_evaluation *evaluation,
                               const struct cel_function *function,
                               const struct cel_value *arguments, struct cel_value *out)
{
    char buffer[SCALAR_TEXT_SIZE];
    struct writer writer;
    (void)function;
    if (arguments[0].type == CEL_DOUBLE && !cel_charge(evaluation, COST_DOUBLE_TEXT))
        return false;
    writer_init(&writer, buffer, sizeof buffer);
    cel_write_scalar(&writer, &arguments[0]);
    return string_value(evaluation, writer_result(&writer), out);
}

static bool string_from_bytes(struct cel_evaluation *evaluation,
                              const struct cel_function *function,
                              const struct cel_value *arguments, struct cel_value *out)
{
    struct text text = arguments[0].as.text;
    (void)function;
    if (!cel_charge(evaluation, cel_cost_of_bytes(text.size)))
        return false;
    size_t valid = utf8_valid_prefix(text);
    if (valid != text.size)
        return cel_fail(evaluation, "string(bytes): invalid UTF-8 at byte %zu", valid);
    *out = cel_string(text);
    return true;
}

/* --- bytes and bool ----------------------------------------------------------------------- */

static bool bytes_from_string(struct cel_evaluation *evaluation,
                              const struct cel_function *function,
                              const struct cel_value *arguments, struct cel_value *out)
{
    (void)evaluation;
    (void)function;
    *out = (struct cel_value){.type = CEL_BYTES, .as.text = arguments[0].as.text};
    return true;
}

static bool bool_from_string(struct cel_evaluation *evaluation, const struct cel_function *function,
                             const struct cel_value *arguments, struct cel_value *out)
{
    static const char *const names[2][5] = {{"false", "False", "FALSE", "f", "0"},
                                            {"true", "True", "TRUE", "t", "1"}};
    (void)function;
    if (!charge_text(evaluation, arguments[0].as.text))
        return false;
    for (int value = 0; value < 2; value++) {
        for (int i = 0; i < 5; i++) {
            if (text_is(arguments[0].as.text, names[value][i])) {
                *out = cel_bool(value == 1);
                return true;
            }
        }
    }
    return fail_text(evaluation, "bool", arguments[0].as.text, "neither \"true\" nor \"false\"");
}

/* --- timestamp and duration --------------------------------------------------------------- */

static bool timestamp_from_string(struct cel_evaluation *evaluation,
                                  const struct cel_function *function,
                                  const struct cel_value *arguments, struct cel_value *out)
{
    (void)function;
    if (!charge_text(evaluation, arguments[0].as.text))
        return false;
    return cel_parse_timestamp(arguments[0].as.text, out) ||
           fail_text(evaluation, "timestamp", arguments[0].as.text,
                     "not an RFC 3339 time of the years 1 to 9999");
}

static bool timestamp_from_int(struct cel_evaluation *evaluation,
                               const struct cel_function *function,
                               const struct cel_value *arguments, struct cel_value *out)
{
    (void)function;
    return cel_timestamp_seconds(arguments[0].as.integer, out) ||
           cel_fail(evaluation,
                    "range error: timestamp(%" PRId64 ") is outside of the years 1 to 9999",
                    arguments[0].as.integer);
}

static bool duration_from_string(struct cel_evaluation *evaluation,
                                 const struct cel_function *function,
                                 const struct cel_value *arguments, struct cel_value *out)
{
    (void)function;
    if (!charge_text(evaluation, arguments[0].as.text))
        return false;
    return cel_parse_duration(arguments[0].as.text, out) ||
           fail_text(evaluation, "duration", arguments[0].as.text,
                     "not a duration as \"1h30m\" or \"1.5s\" (units h, m, s, ms, us, ns) of at "
                     "most 9223372036.854775807s");
}

/* --- type and dyn ------------------------------------------------------------------------- */

static bool type_of(struct cel_evaluation *evaluation, const struct cel_function *function,
                    const struct cel_value *arguments, struct cel_value *out)
{
    (void)evaluation;
    (void)function;
    *out = (struct cel_value){.type = CEL_TYPE, .as.type_name = cel_type_name(arguments[0].type)};
    return true;
}

#define BOOL      CEL_TYPE_BIT(CEL_BOOL)
#define INT       CEL_TYPE_BIT(CEL_INT)
#define UINT      CEL_TYPE_BIT(CEL_UINT)
#define DOUBLE    CEL_TYPE_BIT(CEL_DOUBLE)
#define STRING    CEL_TYPE_BIT(CEL_STRING)
#define BYTES     CEL_TYPE_BIT(CEL_BYTES)
#define TIMESTAMP CEL_TYPE_BIT(CEL_TIMESTAMP)
#define DURATION  CEL_TYPE_BIT(CEL_DURATION)

static const struct cel_function functions[] = {
    {.name = "int", CEL_GLOBAL, 1, {INT}, identity, 0},
    {.name = "int", CEL_GLOBAL, 1, {UINT}, int_from_uint, 0},
    {.name = "int", CEL_GLOBAL, 1, {DOUBLE}, int_from_double, 0},
    {.name = "int", CEL_GLOBAL, 1, {STRING}, int_from_string, 0},
    {.name = "int", CEL_GLOBAL, 1, {TIMESTAMP}, int_from_timestamp, 0},
    {.name = "uint", CEL_GLOBAL, 1, {UINT}, identity, 0},
    {.name = "uint", CEL_GLOBAL, 1, {INT}, uint_from_int, 0},
    {.name = "uint", CEL_GLOBAL, 1, {DOUBLE}, uint_from_double, 0},
    {.name = "uint", CEL_GLOBAL, 1, {STRING}, uint_from_string, 0},
    {.name = "double", CEL_GLOBAL, 1, {DOUBLE}, identity, 0},
    {.name = "double", CEL_GLOBAL, 1, {INT | UINT}, double_from_number, 0},
    {.name = "double", CEL_GLOBAL, 1, {STRING}, double_from_string, 0},
    {.name = "string", CEL_GLOBAL, 1, {STRING}, identity, 0},
    {.name = "string", CEL_GLOBAL, 1, {BYTES}, string_from_bytes, 0},
    {.name = "string",
     CEL_GLOBAL,
     1,
     {BOOL | INT | UINT | DOUBLE | TIMESTAMP | DURATION},
     string_from_scalar,
     0},
    {.name = "bytes", CEL_GLOBAL, 1, {BYTES}, identity, 0},
    {.name = "bytes", CEL_GLOBAL, 1, {STRING}, bytes_from_string, 0},
    {.name = "bool", CEL_GLOBAL, 1, {BOOL}, identity, 0},
    {.name = "bool", CEL_GLOBAL, 1, {STRING}, bool_from_string, 0},
    {.name = "timestamp", CEL_GLOBAL, 1, {TIMESTAMP}, identity, 0},
    {.name = "timestamp", CEL_GLOBAL, 1, {STRING}, timestamp_from_string, 0},
    {.name = "timestamp", CEL_GLOBAL, 1, {INT}, timestamp_from_int, 0},
    {.name = "duration", CEL_GLOBAL, 1, {DURATION}, identity, 0},
    {.name = "duration", CEL_GLOBAL, 1, {STRING}, duration_from_string, 0},
    {.name = "type", CEL_GLOBAL, 1, {CEL_TYPES_ANY}, type_of, 0},
    {.name = "dyn", CEL_GLOBAL, 1, {CEL_TYPES_ANY}, identity, 0},
};

const struct cel_library cel_library_conversions = {functions,
                                                    sizeof functions / sizeof functions[0]};
