/* time.h - the clocks of the process: the core has none and is told. */
#ifndef WORKER_TIME_H
#define WORKER_TIME_H

#include <stdint.h>
#include <time.h>

/* The world's time, in milliseconds since 1970: for events. It may jump. */
int64_t time_now_ms(void);

/* A clock that only runs forward, from an arbitrary point: for intervals. */
int64_t time_monotonic_ms(void);
int64_t time_monotonic_us(void);

/* A moment of time_monotonic_ms as pthread_cond_timedwait wants it, for a condition
 * variable that was made with CLOCK_MONOTONIC. */
static inline struct timespec time_monotonic_timespec(int64_t ms)
{
    return (struct timespec){.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
}

/* Sleeps; a signal ends it early. */
void time_sleep_ms(int64_t ms);

#endif
