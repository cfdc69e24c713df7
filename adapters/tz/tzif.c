#include "adapters/tz/tzif.h"

#include "core/clock.h"

enum {
    HEADER_SIZE = 44,
    TYPE_SIZE = 6,
    OFFSET_MAX = 26 * 3600 /* RFC 9636, section 3.2: less than 26 hours, and that suffices */
};

/* The counts of a header (RFC 9636, section 3.1), in their order. */
struct header {
    char version;
    uint32_t isutcnt;
    uint32_t isstdcnt;
    uint32_t leapcnt;
    uint32_t timecnt;
    uint32_t typecnt;
    uint32_t charcnt;
};

static uint32_t read_uint32(const char *at)
{
    const unsigned char *bytes = (const unsigned char *)at;
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int32_t read_int32(const char *at)
{
    uint32_t bits = read_uint32(at);
    return bits > INT32_MAX ? -(int32_t)(UINT32_MAX - bits) - 1 : (int32_t)bits;
}

static int64_t read_int64(const char *at)
{
    uint64_t bits = (uint64_t)read_uint32(at) << 32 | read_uint32(at + 4);
    return bits > INT64_MAX ? -(int64_t)(UINT64_MAX - bits) - 1 : (int64_t)bits;
}

static bool read_header(struct text bytes, struct header *out)
{
    if (bytes.size < HEADER_SIZE || !text_starts_with(bytes, "TZif"))
        return false;
    const char *counts = bytes.data + 20;
    *out = (struct header){.version = bytes.data[4],
                           .isutcnt = read_uint32(counts),
                           .isstdcnt = read_uint32(counts + 4),
                           .leapcnt = read_uint32(counts + 8),
                           .timecnt = read_uint32(counts + 12),
                           .typecnt = read_uint32(counts + 16),
                           .charcnt = read_uint32(counts + 20)};
    return out->version >= '2' && out->typecnt > 0;
}

/* Counts are of 32 bits each, so their sum in 64 does not overflow. */
static uint64_t block_size(const struct header *header, unsigned time_size)
{
    return (uint64_t)header->timecnt * (time_size + 1) + (uint64_t)header->typecnt * TYPE_SIZE +
           header->charcnt + (uint64_t)header->leapcnt * (time_size + 4) + header->isstdcnt +
           header->isutcnt;
}

static bool skip(struct text *bytes, uint64_t size)
{
    if (size > bytes->size)
        return false;
    *bytes = (struct text){bytes->data + size, bytes->size - (size_t)size};
    return true;
}

/* Passes the first block, whose times have 32 bits, to the second header and its block. */
static bool find_block(struct text *bytes, struct header *header)
{
    if (bytes->size > TZIF_SIZE_MAX || !read_header(*bytes, header) ||
        !skip(bytes, HEADER_SIZE + block_size(header, 4)) || !read_header(*bytes, header) ||
        !skip(bytes, HEADER_SIZE))
        return false;
    return header->leapcnt == 0 && block_size(header, 8) <= bytes->size;
}

bool tzif_count(struct text bytes, uint32_t *count)
{
    struct header header;
    if (!find_block(&bytes, &header))
        return false;
    *count = header.timecnt;
    return true;
}

static bool read_offset(const char *types, uint32_t type, int32_t *out)
{
    *out = read_int32(types + (size_t)type * TYPE_SIZE);
    return *out > -OFFSET_MAX && *out < OFFSET_MAX;
}

static bool read_transitions(const char *times, const struct header *header, struct tzif_zone *zone)
{
    const char *indexes = times + (size_t)header->timecnt * 8;
    const char *types = indexes + header->timecnt;
    zone->count = header->timecnt;
    for (uint32_t i = 0; i < zone->count; i++) {
        unsigned char type = (unsigned char)indexes[i];
        zone->times[i] = read_int64(times + (size_t)i * 8);
        if (i > 0 && zone->times[i] <= zone->times[i - 1])
            return false;
        if (type >= header->typecnt || !read_offset(types, type, &zone->offsets[i]))
            return false;
    }
    return read_offset(types, 0, &zone->first);
}

/* --- The footer: POSIX.1's TZ ------------------------------------------------------------ */

struct scanner {
    const char *at;
    const char *end;
};

static int peek(const struct scanner *scanner)
{
    return scanner->at < scanner->end ? (unsigned char)*scanner->at : -1;
}

static bool take(struct scanner *scanner, char c)
{
    if (peek(scanner) != c)
        return false;
    scanner->at++;
    return true;
}

static bool take_number(struct scanner *scanner, int32_t max, int32_t *out)
{
    const char *start = scanner->at;
    for (*out = 0; peek(scanner) >= '0' && peek(scanner) <= '9'; scanner->at++) {
        *out = *out * 10 + (peek(scanner) - '0');
        if (*out > max)
            return false;
    }
    return scanner->at > start;
}

/* "CET" or "<+0330>": passed, as nobody here asks for names. */
static bool take_name(struct scanner *scanner)
{
    if (take(scanner, '<')) {
        while (peek(scanner) != '>' && peek(scanner) != -1)
            scanner->at++;
        return take(scanner, '>');
    }
    const char *start = scanner->at;
    while ((peek(scanner) | ' ') >= 'a' && (peek(scanner) | ' ') <= 'z' && peek(scanner) != -1)
        scanner->at++;
    return scanner->at > start;
}

/* [+-]hh[:mm[:ss]] in seconds; RFC 9636 lets times of changes go from -167 to 167 hours. */
static bool take_time(struct scanner *scanner, int32_t hours_max, int32_t *out)
{
    int32_t hours, minutes = 0, seconds = 0;
    bool negative = take(scanner, '-');
    if (!negative)
        take(scanner, '+');
    if (!take_number(scanner, hours_max, &hours))
        return false;
    if (take(scanner, ':') && (!take_number(scanner, 59, &minutes) ||
                               (take(scanner, ':') && !take_number(scanner, 59, &seconds))))
        return false;
    *out = hours * 3600 + minutes * 60 + seconds;
    if (negative)
        *out = -*out;
    return true;
}

/* POSIX counts offsets west of Greenwich. */
static bool take_offset(struct scanner *scanner, int32_t *out)
{
    if (!take_time(scanner, 24, out))
        return false;
    *out = -*out;
    return true;
}

/* Jn, n or Mm.w.d */
static bool take_day(struct scanner *scanner, struct tzif_change *out)
{
    if (take(scanner, 'J')) {
        out->kind = TZIF_JULIAN;
        return take_number(scanner, 365, &out->day) && out->day >= 1;
    }
    if (!take(scanner, 'M')) {
        out->kind = TZIF_DAY_OF_YEAR;
        return take_number(scanner, 365, &out->day);
    }
    out->kind = TZIF_MONTH_WEEK_DAY;
    return take_number(scanner, 12, &out->month) && out->month >= 1 && take(scanner, '.') &&
           take_number(scanner, 5, &out->week) && out->week >= 1 && take(scanner, '.') &&
           take_number(scanner, 6, &out->day);
}

static bool take_change(struct scanner *scanner, struct tzif_change *out)
{
    *out = (struct tzif_change){.time = 2 * 3600};
    if (!take(scanner, ',') || !take_day(scanner, out))
        return false;
    return !take(scanner, '/') || take_time(scanner, 167, &out->time);
}

static bool take_daylight(struct scanner *scanner, struct tzif_rule *rule)
{
    rule->daylight = rule->standard + 3600;
    if (!take_name(scanner))
        return false;
    if (peek(scanner) != ',' && !take_offset(scanner, &rule->daylight))
        return false;
    return take_change(scanner, &rule->begins) && take_change(scanner, &rule->ends);
}

/* "\n" rule "\n"; an empty one says that nothing is known of the time after. */
static bool read_footer(struct text footer, struct tzif_zone *zone)
{
    struct scanner scanner = {footer.data, footer.data + footer.size};
    if (!take(&scanner, '\n'))
        return false;
    zone->has_rule = peek(&scanner) != '\n';
    zone->rule = (struct tzif_rule){0};
    if (!zone->has_rule)
        return take(&scanner, '\n');
    if (!take_name(&scanner) || !take_offset(&scanner, &zone->rule.standard))
        return false;
    zone->rule.has_daylight = peek(&scanner) != '\n';
    if (zone->rule.has_daylight && !take_daylight(&scanner, &zone->rule))
        return false;
    return take(&scanner, '\n');
}

bool tzif_read(struct text bytes, struct tzif_zone *zone)
{
    struct header header;
    if (!find_block(&bytes, &header) || !read_transitions(bytes.data, &header, zone))
        return false;
    return skip(&bytes, block_size(&header, 8)) && read_footer(bytes, zone);
}

/* --- Offsets ------------------------------------------------------------------------------ */

static const int64_t day_seconds = 24 * 60 * 60;

static bool is_leap(int32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int32_t days_of_month(int32_t year, int32_t month)
{
    static const int32_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

static int64_t first_of(int32_t year, int32_t month)
{
    return clock_seconds((struct clock_date){.year = year, .month = month, .day = 1});
}

/* The time of a change in a year, by the clock that shows `offset`. */
static int64_t time_of_change(const struct tzif_change *change, int32_t year, int32_t offset)
{
    int64_t start = first_of(year, 1), days = change->day;
    if (change->kind == TZIF_JULIAN) {
        days = change->day - 1 + (is_leap(year) && change->day >= 60);
    } else if (change->kind == TZIF_MONTH_WEEK_DAY) {
        start = first_of(year, change->month);
        int32_t weekday = clock_date(start).weekday;
        days = (change->day - weekday + 7) % 7 + 7 * (change->week - 1);
        if (days >= days_of_month(year, change->month)) /* week 5 is the last there is */
            days -= 7;
    }
    return start + days * day_seconds + change->time - offset;
}

static int32_t offset_of_rule(const struct tzif_rule *rule, int64_t time)
{
    if (!rule->has_daylight)
        return rule->standard;
    int32_t year = clock_date(time + rule->standard).year;
    int64_t begins = time_of_change(&rule->begins, year, rule->standard);
    int64_t ends = time_of_change(&rule->ends, year, rule->daylight);
    bool daylight = begins < ends ? time >= begins && time < ends : time >= begins || time < ends;
    return daylight ? rule->daylight : rule->standard;
}

/* The number of transitions at or before a time. */
static uint32_t transitions_until(const struct tzif_zone *zone, int64_t time)
{
    uint32_t low = 0, high = zone->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (zone->times[middle] <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int32_t tzif_offset(const struct tzif_zone *zone, int64_t time)
{
    uint32_t passed = transitions_until(zone, time);
    if (passed == zone->count && zone->has_rule)
        return offset_of_rule(&zone->rule, time);
    return passed == 0 ? zone->first : zone->offsets[passed - 1];
}
