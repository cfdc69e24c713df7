/* format_time.c - RFC 3339: full-date, full-time, date-time (section 5.6), and durations
 * (Appendix A, which restates ISO 8601). Unlike core/clock.h this knows leap seconds, and
 * that a text is right, not which moment it is. */
#include "core/schema/format.h"

/* Takes `c` off the front. */
static bool take(struct text *text, char c)
{
    if (text->size == 0 || text->data[0] != c)
        return false;
    text->data++;
    text->size--;
    return true;
}

/* Takes either case of a letter. */
static bool take_letter(struct text *text, char upper)
{
    return take(text, upper) || take(text, (char)(upper | 0x20));
}

/* Takes exactly `digits` of them. */
static bool take_number(struct text *text, size_t digits, int *out)
{
    *out = 0;
    for (size_t i = 0; i < digits; i++) {
        if (i >= text->size || text->data[i] < '0' || text->data[i] > '9')
            return false;
        *out = *out * 10 + (text->data[i] - '0');
    }
    text->data += digits;
    text->size -= digits;
    return true;
}

/* Takes as many as there are, at least one. */
static bool take_digits(struct text *text)
{
    size_t count = 0;
    while (count < text->size && text->data[count] >= '0' && text->data[count] <= '9')
        count++;
    if (count == 0)
        return false;
    text->data += count;
    text->size -= count;
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && is_leap ? 29 : days[month - 1];
}

static bool take_date(struct text *text)
{
    int year, month, day;
    return take_number(text, 4, &year) && take(text, '-') && take_number(text, 2, &month) &&
           take(text, '-') && take_number(text, 2, &day) && month >= 1 && month <= 12 && day >= 1 &&
           day <= days_in_month(year, month);
}

/* "Z" or "+hh:mm": minutes ahead of UTC. */
static bool take_offset(struct text *text, int *minutes)
{
    *minutes = 0;
    if (take_letter(text, 'Z'))
        return true;
    bool is_behind = take(text, '-');
    int hour, minute;
    if ((!is_behind && !take(text, '+')) || !take_number(text, 2, &hour) || !take(text, ':') ||
        !take_number(text, 2, &minute) || hour > 23 || minute > 59)
        return false;
    *minutes = (hour * 60 + minute) * (is_behind ? -1 : 1);
    return true;
}

/* Leap seconds are inserted at the end of a day of UTC (section 5.7). */
static bool is_last_minute_of_utc(int hour, int minute, int offset)
{
    enum { DAY = 24 * 60 };
    return (hour * 60 + minute - offset + DAY) % DAY == DAY - 1;
}

static bool take_time(struct text *text)
{
    int hour, minute, second, offset;
    if (!take_number(text, 2, &hour) || !take(text, ':') || !take_number(text, 2, &minute) ||
        !take(text, ':') || !take_number(text, 2, &second))
        return false;
    if (take(text, '.') && !take_digits(text))
        return false;
    return take_offset(text, &offset) && hour <= 23 && minute <= 59 &&
           (second <= 59 || (second == 60 && is_last_minute_of_utc(hour, minute, offset)));
}

bool format_is_date(struct text text)
{
    return take_date(&text) && text.size == 0;
}

bool format_is_time(struct text text)
{
    return take_time(&text) && text.size == 0;
}

bool format_is_date_time(struct text text)
{
    return take_date(&text) && take_letter(&text, 'T') && take_time(&text) && text.size == 0;
}

/* Amounts with these units, which must stand side by side: "1Y2M", not "1Y2D". */
static bool take_amounts(struct text *text, const char *units)
{
    const char *expected = NULL; /* NULL: any may be first */
    while (text->size > 0 && text->data[0] != 'T') {
        if (!take_digits(text) || text->size == 0 || text->data[0] == '\0')
            return false;
        const char *unit = strchr(expected == NULL ? units : expected, text->data[0]);
        if (unit == NULL || (expected != NULL && unit != expected))
            return false;
        take(text, *unit);
        expected = unit + 1;
    }
    return expected != NULL;
}

bool format_is_duration(struct text text)
{
    if (!take(&text, 'P') || text.size == 0)
        return false;
    struct text weeks = text;
    if (take_digits(&weeks) && take(&weeks, 'W'))
        return weeks.size == 0;
    if (text.data[0] != 'T' && !take_amounts(&text, "YMD"))
        return false;
    if (text.size == 0)
        return true;
    return take(&text, 'T') && take_amounts(&text, "HMS") && text.size == 0;
}
