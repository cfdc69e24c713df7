/* deadline.h - a timeout that several waits share.
 *
 * Monotonic time: a clock that is set back cannot lengthen a wait. */
#ifndef ADAPTERS_KAFKA_DEADLINE_H
#define ADAPTERS_KAFKA_DEADLINE_H

#include <limits.h>
#include <stdint.h>
#include <time.h>

static inline int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The moment `timeout_ms` from now; a negative timeout is none at all: now. */
static inline int64_t deadline_after(int timeout_ms)
{
    return monotonic_ms() + (timeout_ms > 0 ? timeout_ms : 0);
}

/* What is left, 0 when it has passed: what librdkafka takes as timeout_ms. Never -1,
 * which would mean for ever. */
static inline int deadline_remains_ms(int64_t deadline)
{
    int64_t left = deadline - monotonic_ms();
    if (left <= 0)
        return 0;
    return left > INT_MAX ? INT_MAX : (int)left;
}

/* The same, but not more than `most_ms`. */
static inline int deadline_slice_ms(int64_t deadline, int most_ms)
{
    int left = deadline_remains_ms(deadline);
    return left < most_ms ? left : most_ms;
}

#endif
