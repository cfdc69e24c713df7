/* time.h - timestamps and durations (langdef.md, "Overflow", "Date/Time Functions").
 *
 * A timestamp lies in the years 1 to 9999; a duration is an int64 of nanoseconds, about
 * 292 years either way. */
#ifndef CORE_CEL_TIME_H
#define CORE_CEL_TIME_H

#include "core/cel/evaluation.h"
#include "core/cel/value.h"

struct writer;

struct cel_value cel_duration(int64_t nanoseconds);
int64_t cel_duration_nanoseconds(const struct cel_value *duration);

/* "1h30m", "-1.5s", "0", units h m s ms us ns. False when it is none, or too long. */
bool cel_parse_duration(struct text text, struct cel_value *out);

/* "5400s", "-1.5s": seconds with as many digits of fraction as it has. */
void cel_write_duration(struct writer *writer, const struct cel_value *duration);

bool cel_parse_timestamp(struct text text, struct cel_value *out);

/* A timestamp from seconds since 1970; false outside of the years 1 to 9999. */
bool cel_timestamp_seconds(int64_t seconds, struct cel_value *out);

/* `+` and `-`; *known is false when the operands are no times that go together. */
bool cel_time_arithmetic(struct cel_evaluation *evaluation, enum cel_operator operation,
                         const struct cel_value *left, const struct cel_value *right,
                         struct cel_value *out, bool *known);

#endif
