#include "core/cel/time.h"

#include "core/cel/shown.h"
#include "core/writer.h"

#define NANOSECONDS_PER_SECOND INT64_C(1000000000)

/* --- Durations ------------------------------------------------------------------------ */

struct cel_value cel_duration(int64_t nanoseconds)
{
    return (struct cel_value){
        .type = CEL_DURATION,
        .as.time = {nanoseconds / NANOSECONDS_PER_SECOND,
                    (int32_t)(nanoseconds % NANOSECONDS_PER_SECOND)}}; /* of one sign, in C */
}

int64_t cel_duration_nanoseconds(const struct cel_value *duration)
{
    return duration->as.time.seconds * NANOSECONDS_PER_SECOND + duration->as.time.nanoseconds;
}

/* A unit is `count` * 10^`exponent` nanoseconds; the longer names first. */
static const struct unit {
    const char *name;
    uint64_t count;
    int exponent;
} units[] = {
    {"ms", 1, 6}, {"us", 1, 3},   {"\u00b5s", 1, 3}, {"\u03bcs", 1, 3},
    {"ns", 1, 0}, {"h", 3600, 9}, {"m", 60, 9},      {"s", 1, 9},
};

static uint64_t power_of_10(int exponent)
{
    uint64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* Digits of a fraction beyond this are below a hundredth of a nanosecond of any unit. */
enum { FRACTION_DIGITS_MAX = 15 };

struct amount {
    uint64_t whole;
    uint64_t fraction; /* over 10^fraction_digits */
    int fraction_digits;
};

/* digits [. digits], at least one of them; false also when the whole part overflows. */
static bool parse_amount(struct text text, size_t *at, struct amount *out)
{
    size_t start = *at, digits = 0;
    *out = (struct amount){0};
    for (; *at < text.size && text.data[*at] >= '0' && text.data[*at] <= '9'; ++*at) {
        unsigned digit = (unsigned)(text.data[*at] - '0');
        if (out->whole > (UINT64_MAX - digit) / 10)
            return false;
        out->whole = out->whole * 10 + digit;
    }
    digits = *at - start;
    if (*at < text.size && text.data[*at] == '.') {
        for (++*at; *at < text.size && text.data[*at] >= '0' && text.data[*at] <= '9'; ++*at) {
            digits++;
            if (out->fraction_digits == FRACTION_DIGITS_MAX)
                continue;
            out->fraction = out->fraction * 10 + (unsigned)(text.data[*at] - '0');
            out->fraction_digits++;
        }
    }
    return digits > 0;
}

static const struct unit *parse_unit(struct text text, size_t *at)
{
    struct text rest = {text.data + *at, text.size - *at};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (text_starts_with(rest, units[i].name)) {
            *at += strlen(units[i].name);
            return &units[i];
        }
    }
    return NULL;
}

/* In nanoseconds, what is below one cut off; false beyond an int64. */
static bool amount_nanoseconds(const struct amount *amount, const struct unit *unit, uint64_t *out)
{
    uint64_t scale = unit->count * power_of_10(unit->exponent);
    if (amount->whole > (uint64_t)INT64_MAX / scale)
        return false;
    /* At most 10^15 * 3600, and what is below 1 unit stays below: no overflow. */
    uint64_t fraction = amount->fraction * unit->count;
    int shift = unit->exponent - amount->fraction_digits;
    fraction = shift >= 0 ? fraction * power_of_10(shift) : fraction / power_of_10(-shift);
    *out = amount->whole * scale + fraction;
    return true;
}

bool cel_parse_duration(struct text text, struct cel_value *out)
{
    bool negative = text_starts_with(text, "-");
    size_t at = negative || text_starts_with(text, "+");
    uint64_t total = 0;
    if (at + 1 == text.size && text.data[at] == '0') {
        *out = cel_duration(0);
        return true;
    }
    if (at == text.size)
        return false;
    while (at < text.size) {
        struct amount amount;
        uint64_t nanoseconds;
        const struct unit *unit;
        if (!parse_amount(text, &at, &amount) || (unit = parse_unit(text, &at)) == NULL ||
            !amount_nanoseconds(&amount, unit, &nanoseconds))
            return false;
        if (nanoseconds > (uint64_t)INT64_MAX - total)
            return false;
        total += nanoseconds;
    }
    *out = cel_duration(negative ? -(int64_t)total : (int64_t)total);
    return true;
}

void cel_write_duration(struct writer *writer, const struct cel_value *duration)
{
    int64_t signed_total = cel_duration_nanoseconds(duration);
    uint64_t total = signed_total < 0 ? 0 - (uint64_t)signed_total : (uint64_t)signed_total;
    uint64_t fraction = total % (uint64_t)NANOSECONDS_PER_SECOND;
    if (signed_total < 0)
        writer_char(writer, '-');
    writer_uint64(writer, total / (uint64_t)NANOSECONDS_PER_SECOND);
    if (fraction > 0) {
        char digits[16];
        int size = 9;
        for (; fraction % 10 == 0; fraction /= 10)
            size--;
        for (int i = size; i > 0; i--, fraction /= 10)
            digits[i] = (char)('0' + fraction % 10);
        digits[0] = '.';
        writer_bytes(writer, digits, (size_t)size + 1);
    }
    writer_char(writer, 's');
}

/* --- Timestamps ------------------------------------------------------------------------ */

bool cel_parse_timestamp(struct text text, struct cel_value *out)
{
    *out = (struct cel_value){.type = CEL_TIMESTAMP};
    return clock_parse(text, &out->as.time);
}

bool cel_timestamp_seconds(int64_t seconds, struct cel_value *out)
{
    *out = (struct cel_value){.type = CEL_TIMESTAMP, .as.time = {seconds, 0}};
    return seconds >= CLOCK_SECONDS_MIN && seconds <= CLOCK_SECONDS_MAX;
}

/* --- Arithmetic ------------------------------------------------------------------------ */

/* `sign` 1 adds the duration, -1 subtracts it. */
static bool move_timestamp(struct cel_evaluation *evaluation, const struct cel_value *timestamp,
                           const struct cel_value *duration, int sign, struct cel_value *out)
{
    struct clock_time time = timestamp->as.time;
    time.seconds += sign * duration->as.time.seconds; /* far from overflow on both sides */
    time.nanoseconds += sign * duration->as.time.nanoseconds;
    if (time.nanoseconds < 0) {
        time.nanoseconds += (int32_t)NANOSECONDS_PER_SECOND;
        time.seconds--;
    } else if (time.nanoseconds >= NANOSECONDS_PER_SECOND) {
        time.nanoseconds -= (int32_t)NANOSECONDS_PER_SECOND;
        time.seconds++;
    }
    if (time.seconds < CLOCK_SECONDS_MIN || time.seconds > CLOCK_SECONDS_MAX)
        return cel_fail(evaluation, "range error: a timestamp lies in the years 1 to 9999");
    *out = (struct cel_value){.type = CEL_TIMESTAMP, .as.time = time};
    return true;
}

static bool fail_duration_range(struct cel_evaluation *evaluation)
{
    return cel_fail(evaluation, "range error: a duration is at most 9223372036.854775807s");
}

static bool subtract_timestamps(struct cel_evaluation *evaluation, struct clock_time a,
                                struct clock_time b, struct cel_value *out)
{
    int64_t seconds = a.seconds - b.seconds; /* both in the years 1 to 9999 */
    int64_t seconds_max = INT64_MAX / NANOSECONDS_PER_SECOND - 1;
    if (seconds > seconds_max || seconds < -seconds_max)
        return fail_duration_range(evaluation);
    *out = cel_duration(seconds * NANOSECONDS_PER_SECOND + a.nanoseconds - b.nanoseconds);
    return true;
}

static bool add_durations(struct cel_evaluation *evaluation, int64_t a, int64_t b,
                          struct cel_value *out)
{
    if (b > 0 ? a > INT64_MAX - b : a < INT64_MIN - b)
        return fail_duration_range(evaluation);
    *out = cel_duration(a + b);
    return true;
}

static bool subtract_durations(struct cel_evaluation *evaluation, int64_t a, int64_t b,
                               struct cel_value *out)
{
    if (b > 0 ? a < INT64_MIN + b : a > INT64_MAX + b)
        return fail_duration_range(evaluation);
    *out = cel_duration(a - b);
    return true;
}

bool cel_time_arithmetic(struct cel_evaluation *evaluation, enum cel_operator operation,
                         const struct cel_value *left, const struct cel_value *right,
                         struct cel_value *out, bool *known)
{
    bool add = operation == OPERATOR_ADD;
    *known = true;
    if (left->type == CEL_TIMESTAMP && right->type == CEL_DURATION)
        return move_timestamp(evaluation, left, right, add ? 1 : -1, out);
    if (left->type == CEL_DURATION && right->type == CEL_TIMESTAMP && add)
        return move_timestamp(evaluation, right, left, 1, out);
    if (left->type == CEL_TIMESTAMP && right->type == CEL_TIMESTAMP && !add)
        return subtract_timestamps(evaluation, left->as.time, right->as.time, out);
    *known = left->type == CEL_DURATION && right->type == CEL_DURATION;
    if (!*known)
        return false;
    int64_t a = cel_duration_nanoseconds(left), b = cel_duration_nanoseconds(right);
    return add ? add_durations(evaluation, a, b, out) : subtract_durations(evaluation, a, b, out);
}

/* --- The parts of a time ------------------------------------------------------------------ */

enum part {
    PART_YEAR,
    PART_MONTH,
    PART_DAY_OF_YEAR,
    PART_DAY_OF_MONTH, /* from 0 */
    PART_DATE,         /* the day of the month from 1 */
    PART_DAY_OF_WEEK,
    PART_HOURS,
    PART_MINUTES,
    PART_SECONDS,
    PART_MILLISECONDS
};

/* "+05:45", "-02:30" and "02:00", in seconds east of UTC. */
static bool parse_offset(struct text zone, int32_t *offset)
{
    int sign = text_starts_with(zone, "-") ? -1 : 1;
    if (text_starts_with(zone, "-") || text_starts_with(zone, "+"))
        zone = (struct text){zone.data + 1, zone.size - 1};
    if (zone.size != 5 || zone.data[2] != ':')
        return false;
    int digits[4] = {zone.data[0] - '0', zone.data[1] - '0', zone.data[3] - '0',
                     zone.data[4] - '0'};
    for (int i = 0; i < 4; i++) {
        if (digits[i] < 0 || digits[i] > 9)
            return false;
    }
    int hours = digits[0] * 10 + digits[1], minutes = digits[2] * 10 + digits[3];
    *offset = sign * (hours * 3600 + minutes * 60);
    return hours <= 23 && minutes <= 59;
}

/* The offset of "UTC", of an offset, or of a zone of the database, at a time. */
static bool zone_offset(const struct cel_time_zones *zones, struct text zone, int64_t time,
                        int32_t *offset)
{
    *offset = 0;
    if (text_is(zone, "UTC") || text_is(zone, "Z") || parse_offset(zone, offset))
        return true;
    return zones != NULL && zones->offset(zones->self, zone, time, offset);
}

#define UNKNOWN_ZONE \
    "unknown time zone \"%.*s%s\": take \"UTC\", an offset as \"+01:00\", or the name of a zone"

/* A zone that is written in the expression is there, or the expression is wrong. */
static bool prepare_zone(struct cel_preparation *preparation)
{
    int32_t ignored;
    const struct cel_value *zone = preparation->arguments[1];
    if (zone == NULL || zone->type != CEL_STRING ||
        zone_offset(preparation->time_zones, zone->as.text, 0, &ignored))
        return true;
    error_set(&preparation->error, STATUS_REJECTED, UNKNOWN_ZONE, CEL_SHOWN(zone->as.text));
    return false;
}

static int64_t part_of_date(enum part part, struct clock_date date, int32_t nanoseconds)
{
    switch (part) {
    case PART_YEAR: return date.year;
    case PART_MONTH: return date.month - 1;
    case PART_DAY_OF_YEAR: return date.day_of_year;
    case PART_DAY_OF_MONTH: return date.day - 1;
    case PART_DATE: return date.day;
    case PART_DAY_OF_WEEK: return date.weekday;
    case PART_HOURS: return date.hour;
    case PART_MINUTES: return date.minute;
    case PART_SECONDS: return date.second;
    case PART_MILLISECONDS: break;
    }
    return nanoseconds / 1000000;
}

/* Looking a zone up is a search by name, and once a file that is read. */
enum { COST_ZONE = 100 };

/* timestamp.getHours(), timestamp.getHours(zone) */
static bool timestamp_part(struct cel_evaluation *evaluation, const struct cel_function *function,
                           const struct cel_value *arguments, struct cel_value *out)
{
    struct clock_time time = arguments[0].as.time;
    int32_t offset = 0;
    if (function->argument_count == 2) {
        struct text zone = arguments[1].as.text;
        if (!cel_charge(evaluation, COST_ZONE))
            return false;
        if (!zone_offset(evaluation->time_zones, zone, time.seconds, &offset))
            return cel_fail(evaluation, UNKNOWN_ZONE, CEL_SHOWN(zone));
    }
    struct clock_date date = clock_date(time.seconds + offset);
    *out = cel_int(part_of_date((enum part)function->detail, date, time.nanoseconds));
    return true;
}

/* duration.getHours(): all of it in that unit, but the milliseconds of its fraction. */
static bool duration_part(struct cel_evaluation *evaluation, const struct cel_function *function,
                          const struct cel_value *arguments, struct cel_value *out)
{
    struct clock_time time = arguments[0].as.time;
    (void)evaluation;
    if (function->detail == PART_MILLISECONDS)
        *out = cel_int(time.nanoseconds / 1000000);
    else if (function->detail == PART_SECONDS)
        *out = cel_int(time.seconds);
    else
        *out = cel_int(time.seconds / (function->detail == PART_MINUTES ? 60 : 3600));
    return true;
}

#define TIMESTAMP CEL_TYPE_BIT(CEL_TIMESTAMP)
#define DURATION  CEL_TYPE_BIT(CEL_DURATION)
#define STRING    CEL_TYPE_BIT(CEL_STRING)

static const struct cel_function functions[] = {
    {.name = "getFullYear", CEL_RECEIVER, 1, {TIMESTAMP}, timestamp_part, PART_YEAR},
    {.name = "getFullYear",
     CEL_RECEIVER,
     2,
     {TIMESTAMP, STRING},
     timestamp_part,
     PART_YEAR,
     prepare_zone},
    {.name = "getMonth", CEL_RECEIVER, 1, {TIMESTAMP}, timestamp_part, PART_MONTH},
    {.name = "getMonth",
     CEL_RECEIVER,
     2,
     {TIMESTAMP, STRING},
     timestamp_part,
     PART_MONTH,
     prepare_zone},
    {.name = "getDayOfYear", CEL_RECEIVER, 1, {TIMESTAMP}, timestamp_part, PART_DAY_OF_YEAR},
    {.name = "getDayOfYear",
     CEL_RECEIVER,
     2,
     {TIMESTAMP, STRING},
     timestamp_part,
     PART_DAY_OF_YEAR,
     prepare_zone},
    {.name = "getDayOfMonth", CEL_RECEIVER, 1, {TIMESTAMP}, timestamp_part, PART_DAY_OF_MONTH},
    {.name = "getDayOfMonth",
     CEL_RECEIVER,
     2,
     {TIMESTAMP, STRING},
     timestamp_part,
     PART_DAY_OF_MONTH,
     prepare_zone},
    {.name = "getDate", CEL_RECEIVER, 1, {TIMESTAMP}, timestamp_part, PART_DATE},
    {.name = "getDate",
     CEL_RECEIVER,
     2,
     {TIMESTAMP, STRING},
     timestamp_part,
     PART_DATE,
     prepare_zone},
    {.name = "getDayOfWeek", CEL_RECEIVER, 1, {TIMESTAMP}, timestamp_part, PART_DAY_OF_WEEK},
    {.name = "getDayOfWeek",
     CEL_RECEIVER,
     2,
     {TIMESTAMP, STRING},
     timestamp_part,
     PART_DAY_OF_WEEK,
     prepare_zone},
    {.name = "getHours", CEL_RECEIVER, 1, {TIMESTAMP}, timestamp_part, PART_HOURS},
    {.name = "getHours", CEL_RECEIVER, 1, {DURATION}, duration_part, PART_HOURS},
    {.name = "getHours",
     CEL_RECEIVER,
     2,
     {TIMESTAMP, STRING},
     timestamp_part,
     PART_HOURS,
     prepare_zone},
    {.name = "getMinutes", CEL_RECEIVER, 1, {TIMESTAMP}, timestamp_part, PART_MINUTES},
    {.name = "getMinutes", CEL_RECEIVER, 1, {DURATION}, duration_part, PART_MINUTES},
    {.name = "getMinutes",
     CEL_RECEIVER,
     2,
     {TIMESTAMP, STRING},
     timestamp_part,
     PART_MINUTES,
     prepare_zone},
    {.name = "getSeconds", CEL_RECEIVER, 1, {TIMESTAMP}, timestamp_part, PART_SECONDS},
    {.name = "getSeconds", CEL_RECEIVER, 1, {DURATION}, duration_part, PART_SECONDS},
    {.name = "getSeconds",
     CEL_RECEIVER,
     2,
     {TIMESTAMP, STRING},
     timestamp_part,
     PART_SECONDS,
     prepare_zone},
    {.name = "getMilliseconds", CEL_RECEIVER, 1, {TIMESTAMP}, timestamp_part, PART_MILLISECONDS},
    {.name = "getMilliseconds", CEL_RECEIVER, 1, {DURATION}, duration_part, PART_MILLISECONDS},
    {.name = "getMilliseconds",
     CEL_RECEIVER,
     2,
     {TIMESTAMP, STRING},
     timestamp_part,
     PART_MILLISECONDS,
     prepare_zone},
};

const struct cel_library cel_library_time = {functions, sizeof functions / sizeof functions[0]};
