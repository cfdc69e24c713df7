/* clock.h - points in time and spans as text: RFC 3339 and durations.
 *
 * The core has no clock: it is told what time it is. Times are milliseconds since
 * 1970-01-01T00:00:00Z (POSIX: no leap seconds) unless a name says otherwise. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/text.h"

struct writer;

/* Years 1 to 9999, as RFC 3339 can write them and CEL allows. */
#define CLOCK_SECONDS_MIN INT64_C(-62135596800)
#define CLOCK_SECONDS_MAX INT64_C(253402300799)

struct clock_time {
    int64_t seconds;     /* since 1970, floor */
    int32_t nanoseconds; /* 0 to 999,999,999 */
};

struct clock_date { /* proleptic Gregorian, UTC */
    int32_t year;
    int32_t month; /* 1 to 12 */
    int32_t day;   /* 1 to 31 */
    int32_t hour;
    int32_t minute;
    int32_t second;
    int32_t weekday;     /* 0 is Sunday */
    int32_t day_of_year; /* 0 to 365 */
};

/* Of a time outside the years: of the nearest second inside. */
struct clock_date clock_date(int64_t seconds);
/* The fields are in their ranges; weekday and day_of_year are not read. */
int64_t clock_seconds(struct clock_date date);

/* RFC 3339 with an offset or Z; up to nine digits of fraction. False when it is not
 * one, names no real moment (February 30th, second 60), or is outside the years. */
bool clock_parse(struct text text, struct clock_time *out);

/* "2026-01-02T03:04:05.678Z": UTC, fraction in 0, 3, 6 or 9 digits, as needed. A time
 * outside the years is written as the nearest second inside. */
void clock_write(struct writer *writer, struct clock_time time);

/* The same from milliseconds, always with three digits of fraction. */
void clock_write_ms(struct writer *writer, int64_t ms);

/* Delays of definitions: "5s", "1h30m", "250ms", "1.5h", "2d" (Go's and CEL's units
 * ms, s, m, h, and d), or ISO 8601 "PT5S", "P1DT2H", "P2W" (no years or months, which
 * have no fixed length), in milliseconds. Units fall, each stands once, and only the last
 * amount has a fraction. False when it is neither, is negative, finer than a millisecond
 * or above CLOCK_DELAY_MS_MAX. */
#define CLOCK_DELAY_MS_MAX (INT64_C(1000) * 60 * 60 * 24 * 366 * 100)
bool clock_parse_delay(struct text text, int64_t *ms);

#endif
