#include "worker/crash.h"

#if XORCA_CRASH_POINTS

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const names[] = {
    [CRASH_LOCKED] = "locked",           [CRASH_EPOCH] = "epoch",
    [CRASH_PRODUCER] = "producer",       [CRASH_POSITION] = "position",
    [CRASH_LEFTOVERS] = "leftovers",     [CRASH_FETCHED] = "fetched",
    [CRASH_STEPPED] = "stepped",         [CRASH_COMMITTED] = "committed",
    [CRASH_HANDED_OVER] = "handed-over", [CRASH_PUBLISHING] = "publishing",
    [CRASH_PUBLISHED] = "published",
};

static pthread_once_t read_once = PTHREAD_ONCE_INIT;
static const char *wanted;
static long wanted_count, wanted_signal, delay_us;
static atomic_long arrivals;

static long number_of(const char *name, long otherwise)
{
    const char *value = getenv(name);
    return value == NULL ? otherwise : strtol(value, NULL, 10);
}

static void read_environment(void)
{
    wanted = getenv("CRASH_POINT");
    wanted_count = number_of("CRASH_COUNT", 1);
    wanted_signal = number_of("CRASH_SIGNAL", SIGKILL);
    delay_us = number_of("CRASH_DELAY_US", 0);
}

static void *crash_later(void *unused)
{
    struct timespec delay = {delay_us / 1000000, delay_us % 1000000 * 1000};
    nanosleep(&delay, NULL);
    kill(getpid(), (int)wanted_signal);
    return unused;
}

void crash_point(enum crash_point point)
{
    pthread_once(&read_once, read_environment);
    if (wanted == NULL || strcmp(wanted, names[point]) != 0 ||
        atomic_fetch_add(&arrivals, 1) + 1 != wanted_count)
        return;
    pthread_t thread;
    if (delay_us == 0 || pthread_create(&thread, NULL, crash_later, NULL) != 0)
        kill(getpid(), (int)wanted_signal);
    else
        pthread_detach(thread);
}

#endif
