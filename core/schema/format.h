/* format.h - the values of "format" that can be asserted (Validation, section 7.3). */
#ifndef CORE_SCHEMA_FORMAT_H
#define CORE_SCHEMA_FORMAT_H

#include <stdbool.h>

#include "core/text.h"

enum format {
    FORMAT_DATE_TIME = 0,
    FORMAT_DATE,
    FORMAT_TIME,
    FORMAT_DURATION,
    FORMAT_EMAIL,
    FORMAT_HOSTNAME,
    FORMAT_IPV4,
    FORMAT_IPV6,
    FORMAT_URI,
    FORMAT_URI_REFERENCE,
    FORMAT_UUID,
    FORMAT_REGEX, /* not checked here: it takes an arena */
    FORMAT_JSON_POINTER,
    FORMAT_COUNT,
    FORMAT_NONE = FORMAT_COUNT
};

/* FORMAT_NONE when it is not one of these. */
enum format format_find(struct text name);

/* For a message: "a date and time as \"2026-01-02T03:04:05Z\"". */
const char *format_phrase(enum format format);

/* Whether `text` has the format, FORMAT_REGEX excepted. */
bool format_check(enum format format, struct text text);

/* format_time.c: RFC 3339, section 5.6, and its Appendix A for durations. */
bool format_is_date_time(struct text text);
bool format_is_date(struct text text);
bool format_is_time(struct text text);
bool format_is_duration(struct text text);

#endif
