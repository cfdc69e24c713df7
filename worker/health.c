#include "worker/health.h"

#include <pthread.h>
#include <stdlib.h>

#include "worker/lane.h"
#include "worker/log.h"
#include "worker/thread.h"
#include "worker/time.h"

/* --- Ready ----------------------------------------------------------------------- */

static enum status unready(struct error *error, const char *why)
{
    return error_set(error, STATUS_UNAVAILABLE, "%s", why);
}

static enum status lanes_ready(const struct metrics *metrics, struct error *error)
{
    for (int32_t number = 0; number < LANES_MAX; number++) {
        const struct lane_metrics *lane = metrics_find_lane(metrics, number);
        if (lane != NULL && gauge_read(&lane->phase) == LANE_WAITING)
            return error_set(error, STATUS_UNAVAILABLE, "lane %d is not live yet", (int)number);
    }
    return STATUS_OK;
}

static enum status databases_ready(const struct metrics *metrics, struct error *error)
{
    for (size_t i = 0; i < DATABASES_MAX; i++) {
        const char *name = atomic_load(&metrics->databases[i].name);
        if (name == NULL)
            break;
        if (gauge_read(&metrics->databases[i].is_reachable) == 0)
            return error_set(error, STATUS_UNAVAILABLE, "database %s cannot be used", name);
    }
    return STATUS_OK;
}

enum status health_ready(const struct metrics *metrics, struct error *error)
{
    enum worker_phase phase = (enum worker_phase)gauge_read(&metrics->phase);
    if (phase == WORKER_STARTING)
        return unready(error, "starting");
    if (phase == WORKER_DRAINING)
        return unready(error, "draining");
    if (databases_ready(metrics, error) != STATUS_OK)
        return error->status;
    if (gauge_read(&metrics->is_kafka_reachable) == 0)
        return unready(error, "Kafka does not answer");
    if (gauge_read(&metrics->is_assigned) == 0)
        return unready(error, "the group has assigned nothing yet");
    return lanes_ready(metrics, error);
}

/* --- Alive ------------------------------------------------------------------------ */

/* Whether it has been silent for looks_max looks in a row. */
static bool is_silent(struct pulse *pulse, uint64_t beats, bool is_busy, uint32_t looks_max)
{
    if (!is_busy || beats != pulse->beats)
        *pulse = (struct pulse){.beats = beats};
    else
        pulse->silent_looks++;
    return pulse->silent_looks >= looks_max;
}

/* A lane that drains has a deadline of its own, which the worker's thread keeps. */
static enum status look_at_lane(struct watchdog_view *view, const struct lane_metrics *lane,
                                uint32_t looks_max, struct error *error)
{
    int64_t phase = gauge_read(&lane->phase);
    bool is_running = phase == LANE_WAITING || phase == LANE_LIVE;
    if (is_silent(&view->lanes[lane->number], counter_read(&lane->beats), is_running, looks_max))
        return error_set(error, STATUS_FATAL, "lane %d is stuck", (int)lane->number);
    uint64_t beats = counter_read(&lane->publish_beats);
    if (is_silent(&view->publishers[lane->number], beats, beats % 2 == 1, looks_max))
        return error_set(error, STATUS_FATAL, "the publisher of lane %d is stuck",
                         (int)lane->number);
    return STATUS_OK;
}

enum status watchdog_look(struct watchdog_view *view, const struct metrics *metrics,
                          uint32_t looks_max, uint32_t worker_looks_max, struct error *error)
{
    bool is_running = gauge_read(&metrics->phase) != WORKER_DRAINING;
    if (is_silent(&view->worker, counter_read(&metrics->beats), is_running, worker_looks_max))
        return error_set(error, STATUS_FATAL, "the worker's own thread is stuck");
    enum status status = STATUS_OK;
    for (int32_t number = 0; status == STATUS_OK && number < LANES_MAX; number++) {
        const struct lane_metrics *lane = metrics_find_lane(metrics, number);
        if (lane != NULL)
            status = look_at_lane(view, lane, looks_max, error);
    }
    return status;
}

/* --- The watchdog's thread ---------------------------------------------------------- */

struct watchdog {
    struct metrics *metrics;
    uint32_t looks_max;
    uint32_t worker_looks_max;
    struct watchdog_view view;
    pthread_t thread;
    atomic_bool is_stopping;
};

static void *watchdog_run(void *argument)
{
    struct watchdog *watchdog = argument;
    thread_name("watchdog", -1);
    while (!atomic_load(&watchdog->is_stopping)) {
        struct error error;
        if (watchdog_look(&watchdog->view, watchdog->metrics, watchdog->looks_max,
                          watchdog->worker_looks_max, &error) != STATUS_OK) {
            log_error("watchdog ends the process", log_string("reason", error.message),
                      log_number("silent_ms", (int64_t)watchdog->looks_max * WATCHDOG_LOOK_MS));
            abort();
        }
        counter_add(&watchdog->metrics->watchdog_beats, 1);
        time_sleep_ms(WATCHDOG_LOOK_MS);
    }
    return NULL;
}

enum status watchdog_create(struct watchdog **out, struct metrics *metrics, uint32_t timeout_ms,
                            uint32_t drain_timeout_ms, struct error *error)
{
    struct watchdog *watchdog = calloc(1, sizeof *watchdog);
    if (watchdog == NULL)
        return error_memory(error);
    watchdog->metrics = metrics;
    watchdog->looks_max = timeout_ms / WATCHDOG_LOOK_MS + 1;
    watchdog->worker_looks_max = watchdog->looks_max + drain_timeout_ms / WATCHDOG_LOOK_MS;
    if (pthread_create(&watchdog->thread, NULL, watchdog_run, watchdog) != 0) {
        free(watchdog);
        return error_set(error, STATUS_FATAL, "watchdog: out of threads");
    }
    *out = watchdog;
    return STATUS_OK;
}

void watchdog_destroy(struct watchdog *watchdog)
{
    if (watchdog == NULL)
        return;
    atomic_store(&watchdog->is_stopping, true);
    pthread_join(watchdog->thread, NULL);
    free(watchdog);
}
