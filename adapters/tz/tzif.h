/* tzif.h - what a file of the time zone database says (RFC 9636, TZif versions 2 to 4).
 *
 * Pure: bytes in, a zone out. A file holds the transitions of a zone up to some year, and in
 * its footer the rule that goes on after the last of them. */
#ifndef ADAPTERS_TZ_TZIF_H
#define ADAPTERS_TZ_TZIF_H

#include <stdbool.h>
#include <stdint.h>

#include "core/text.h"

/* The largest file of the database has 4 KiB; what is far larger is none. */
enum { TZIF_SIZE_MAX = 64 * 1024 };

/* A day of each year on which the offset changes (POSIX.1, "TZ": Jn, n and Mm.w.d). */
enum tzif_day_kind { TZIF_JULIAN, TZIF_DAY_OF_YEAR, TZIF_MONTH_WEEK_DAY };

struct tzif_change {
    enum tzif_day_kind kind;
    int32_t month; /* 1 to 12, of TZIF_MONTH_WEEK_DAY only, as the next */
    int32_t week;  /* 1 to 5, which is the last */
    int32_t day;   /* 1 to 365, without February 29th; 0 to 365, with it; or 0, Sunday, to 6 */
    int32_t time;  /* of the day in seconds, of the clock that is about to change */
};

/* Seconds are east of UTC. */
struct tzif_rule {
    bool has_daylight;
    int32_t standard;
    int32_t daylight;
    struct tzif_change begins; /* of daylight saving time */
    struct tzif_change ends;
};

/* `count` times of ascending order from which the offset at the same place holds. The arrays
 * are the caller's. */
struct tzif_zone {
    int64_t *times;
    int32_t *offsets;
    uint32_t count;
    int32_t first; /* the offset before all of them */
    bool has_rule; /* what holds from the last of them on; otherwise the last offset */
    struct tzif_rule rule;
};

/* How many transitions a file has, which is what the arrays need; false when the bytes are no
 * such file (leap seconds are none of its business here: a file that has them is refused). */
bool tzif_count(struct text bytes, uint32_t *count);

/* Reads the zone of a file, of which tzif_count has told the count. False when it is none. */
bool tzif_read(struct text bytes, struct tzif_zone *zone);

/* The offset at a time, in seconds since 1970. */
int32_t tzif_offset(const struct tzif_zone *zone, int64_t time);

#endif
