#include "worker/time.h"

#include <time.h>

static int64_t read_us(clockid_t clock)
{
    struct timespec time = {0};
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

int64_t time_now_ms(void)
{
    return read_us(CLOCK_REALTIME) / 1000;
}

int64_t time_monotonic_ms(void)
{
    return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t time_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

void time_sleep_ms(int64_t ms)
{
    const struct timespec span = {.tv_sec = (time_t)(ms / 1000),
                                  .tv_nsec = (long)(ms % 1000) * 1000000};
    nanosleep(&span, NULL);
}
