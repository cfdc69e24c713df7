#include "core/clock.h"

#include "core/writer.h"

enum { SECONDS_PER_DAY = 86400, DAYS_PER_ERA = 146097, YEARS_PER_ERA = 400 };
enum { NANOSECONDS_DIGITS = 9 };

/* The calendar repeats every 400 years. A year that begins in March has its leap day
 * last, and its months then begin on day (153 * month + 2) / 5, counted from March.
 * DAYS_BEFORE_EPOCH are those from 0000-03-01 to 1970-01-01. */
enum { DAYS_BEFORE_EPOCH = 719468 };

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static bool is_leap_year(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int32_t days_in_month(int64_t year, int32_t month)
{
    static const int32_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap_year(year));
}

/* Days since 1970-01-01. */
static int64_t days_from_date(int64_t year, int32_t month, int32_t day)
{
    int64_t march_year = month <= 2 ? year - 1 : year;
    int64_t march_month = (month + 9) % 12;
    int64_t era = floor_divide(march_year, YEARS_PER_ERA);
    int64_t year_of_era = march_year - era * YEARS_PER_ERA;
    int64_t day_of_year = (153 * march_month + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_BEFORE_EPOCH;
}

static int64_t clamp_seconds(int64_t seconds)
{
    if (seconds < CLOCK_SECONDS_MIN)
        return CLOCK_SECONDS_MIN;
    return seconds > CLOCK_SECONDS_MAX ? CLOCK_SECONDS_MAX : seconds;
}

struct clock_date clock_date(int64_t seconds)
{
    seconds = clamp_seconds(seconds);
    int64_t days = floor_divide(seconds, SECONDS_PER_DAY);
    int64_t second_of_day = seconds - days * SECONDS_PER_DAY;

    int64_t march_days = days + DAYS_BEFORE_EPOCH;
    int64_t era = floor_divide(march_days, DAYS_PER_ERA);
    int64_t day_of_era = march_days - era * DAYS_PER_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
    int64_t year = year_of_era + era * YEARS_PER_ERA + (month <= 2);

    return (struct clock_date){
        .year = (int32_t)year,
        .month = (int32_t)month,
        .day = (int32_t)(day_of_year - (153 * march_month + 2) / 5 + 1),
        .hour = (int32_t)(second_of_day / 3600),
        .minute = (int32_t)(second_of_day / 60 % 60),
        .second = (int32_t)(second_of_day % 60),
        .weekday = (int32_t)((days % 7 + 11) % 7), /* 1970-01-01 was a Thursday: 4 */
        .day_of_year = (int32_t)(days - days_from_date(year, 1, 1)),
    };
}

int64_t clock_seconds(struct clock_date date)
{
    return days_from_date(date.year, date.month, date.day) * SECONDS_PER_DAY +
           (int64_t)date.hour * 3600 + (int64_t)date.minute * 60 + date.second;
}

/* --- Reading ------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes the first byte of *text if it is `c`. */
static bool take(struct text *text, char c)
{
    if (text->size == 0 || text->data[0] != c)
        return false;
    *text = (struct text){text->data + 1, text->size - 1};
    return true;
}

/* Takes exactly `count` digits. */
static bool take_number(struct text *text, size_t count, int32_t *out)
{
    if (text->size < count)
        return false;
    *out = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_digit(text->data[i]))
            return false;
        *out = *out * 10 + (text->data[i] - '0');
    }
    *text = (struct text){text->data + count, text->size - count};
    return true;
}

static size_t count_digits(struct text text)
{
    size_t count = 0;
    while (count < text.size && is_digit(text.data[count]))
        count++;
    return count;
}

static bool take_nanoseconds(struct text *text, int32_t *out)
{
    *out = 0;
    if (!take(text, '.'))
        return true;
    size_t count = count_digits(*text);
    if (count == 0 || count > NANOSECONDS_DIGITS || !take_number(text, count, out))
        return false;
    for (size_t i = count; i < NANOSECONDS_DIGITS; i++)
        *out *= 10;
    return true;
}

/* "Z" or "+hh:mm", which is to be subtracted. */
static bool take_offset(struct text *text, int64_t *seconds)
{
    *seconds = 0;
    if (take(text, 'Z') || take(text, 'z'))
        return true;
    bool negative = take(text, '-');
    int32_t hours, minutes;
    if (!negative && !take(text, '+'))
        return false;
    if (!take_number(text, 2, &hours) || !take(text, ':') || !take_number(text, 2, &minutes))
        return false;
    *seconds = ((int64_t)hours * 60 + minutes) * (negative ? -60 : 60);
    return hours <= 23 && minutes <= 59;
}

bool clock_parse(struct text text, struct clock_time *out)
{
    struct clock_date date = {0};
    int64_t offset;
    if (!take_number(&text, 4, &date.year) || !take(&text, '-') ||
        !take_number(&text, 2, &date.month) || !take(&text, '-') ||
        !take_number(&text, 2, &date.day) || !(take(&text, 'T') || take(&text, 't')) ||
        !take_number(&text, 2, &date.hour) || !take(&text, ':') ||
        !take_number(&text, 2, &date.minute) || !take(&text, ':') ||
        !take_number(&text, 2, &date.second) || !take_nanoseconds(&text, &out->nanoseconds) ||
        !take_offset(&text, &offset) || text.size > 0)
        return false;
    if (date.month < 1 || date.month > 12 || date.day < 1 ||
        date.day > days_in_month(date.year, date.month) || date.hour > 23 || date.minute > 59 ||
        date.second > 59)
        return false;
    out->seconds = clock_seconds(date) - offset;
    return out->seconds >= CLOCK_SECONDS_MIN && out->seconds <= CLOCK_SECONDS_MAX;
}

/* --- Writing ------------------------------------------------------------------- */

static void write_digits(struct writer *writer, int32_t number, int count)
{
    char digits[NANOSECONDS_DIGITS];
    for (int i = count - 1; i >= 0; i--) {
        digits[i] = (char)('0' + number % 10);
        number /= 10;
    }
    writer_bytes(writer, digits, (size_t)count);
}

static void write_time(struct writer *writer, int64_t seconds, int32_t fraction, int digits)
{
    struct clock_date date = clock_date(seconds);
    const int32_t parts[] = {date.month, date.day, date.hour, date.minute, date.second};
    static const char before[] = "--T::";
    write_digits(writer, date.year, 4);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        writer_char(writer, before[i]);
        write_digits(writer, parts[i], 2);
    }
    if (digits > 0) {
        writer_char(writer, '.');
        write_digits(writer, fraction, digits);
    }
    writer_char(writer, 'Z');
}

void clock_write(struct writer *writer, struct clock_time time)
{
    int32_t fraction = time.nanoseconds;
    int digits = NANOSECONDS_DIGITS;
    while (digits > 0 && fraction % 1000 == 0) {
        fraction /= 1000;
        digits -= 3;
    }
    write_time(writer, time.seconds, fraction, digits);
}

void clock_write_ms(struct writer *writer, int64_t ms)
{
    int64_t seconds = floor_divide(ms, 1000);
    write_time(writer, seconds, (int32_t)(ms - seconds * 1000), 3);
}

/* --- Delays -------------------------------------------------------------------- */

struct unit {
    const char *name;
    int64_t ms;
};
/* Longest first: a delay names them in this order, each at most once. */
static const struct unit units[] = {
    {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
static const struct unit iso_date_units[] = {{"W", 604800000}, {"D", 86400000}};
static const struct unit iso_time_units[] = {{"H", 3600000}, {"M", 60000}, {"S", 1000}};

/* A decimal number: whole + fraction / scale. */
struct amount {
    int64_t whole, fraction, scale;
};

/* Takes digits, and a point and digits; false when there is no number or it is beyond
 * what a delay may be. */
static bool take_amount(struct text *text, struct amount *out)
{
    /* A fraction of a week that is whole milliseconds has at most ten digits: 604,800,000
     * is divisible by 2^10, but not by 2^11 or 5^11. */
    enum { FRACTION_DIGITS_MAX = 10 };
    *out = (struct amount){.scale = 1};
    size_t count = count_digits(*text), at = 0;
    for (; at < count; at++) {
        out->whole = out->whole * 10 + (text->data[at] - '0');
        if (out->whole > CLOCK_DELAY_MS_MAX)
            return false;
    }
    *text = (struct text){text->data + at, text->size - at};
    if (count == 0 || !take(text, '.'))
        return count > 0;

    count = count_digits(*text);
    size_t needed = count;
    while (needed > 0 && text->data[needed - 1] == '0')
        needed--;
    if (count == 0 || needed > FRACTION_DIGITS_MAX)
        return false;
    for (at = 0; at < needed; at++) {
        out->fraction = out->fraction * 10 + (text->data[at] - '0');
        out->scale *= 10;
    }
    *text = (struct text){text->data + count, text->size - count};
    return true;
}

/* Takes the letters of a unit: the index in `table`, or -1. */
static int take_unit(struct text *text, const struct unit *table, size_t count)
{
    size_t size = 0;
    while (size < text->size && !is_digit(text->data[size]) && text->data[size] != 'T')
        size++;
    struct text name = {text->data, size};
    *text = (struct text){text->data + size, text->size - size};
    for (size_t i = 0; i < count; i++) {
        if (text_is(name, table[i].name))
            return (int)i;
    }
    return -1;
}

static bool add_amount(int64_t *ms, struct amount amount, int64_t unit_ms)
{
    if (amount.whole > (CLOCK_DELAY_MS_MAX - *ms) / unit_ms ||
        amount.fraction * unit_ms % amount.scale != 0)
        return false;
    *ms += amount.whole * unit_ms + amount.fraction * unit_ms / amount.scale;
    return *ms <= CLOCK_DELAY_MS_MAX;
}

/* Takes amounts and units, which fall, up to the end or a "T"; only the last amount may
 * have a fraction. */
static bool take_amounts(struct text *text, const struct unit *table, size_t count, int64_t *ms)
{
    struct amount amount = {.scale = 1};
    int last = -1;
    while (text->size > 0 && text->data[0] != 'T') {
        if (amount.scale > 1 || !take_amount(text, &amount))
            return false;
        int unit = take_unit(text, table, count);
        if (unit <= last || !add_amount(ms, amount, table[unit].ms))
            return false;
        last = unit;
    }
    return last >= 0 && (amount.scale == 1 || text->size == 0);
}

/* ISO 8601: "P", days, and behind a "T" the parts of a day. */
static bool take_iso(struct text *text, int64_t *ms)
{
    if (text->size > 0 && text->data[0] != 'T' &&
        !take_amounts(text, iso_date_units, sizeof iso_date_units / sizeof *iso_date_units, ms))
        return false;
    if (text->size == 0)
        return true;
    return take(text, 'T') &&
           take_amounts(text, iso_time_units, sizeof iso_time_units / sizeof *iso_time_units, ms);
}

bool clock_parse_delay(struct text text, int64_t *ms)
{
    *ms = 0;
    bool is_delay = false;
    if (text.size > 1 && take(&text, 'P'))
        is_delay = take_iso(&text, ms);
    else
        is_delay = take_amounts(&text, units, sizeof units / sizeof *units, ms);
    return is_delay && text.size == 0;
}
