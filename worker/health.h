/* health.h - whether the process is alive, and whether it is ready; and the watchdog.
 *
 * Alive: every thread gets on with what it does. Neither Kafka nor PostgreSQL decides that:
 * a lane that waits for one of them, with backoff, is alive, and restarting it would help
 * nobody. A thread that is stuck for XORCA_WATCHDOG_TIMEOUT_MS has lost its lane for good
 * unless the process ends, so the watchdog ends it: others take the lanes over.
 *
 * Ready: the group has assigned lanes, perhaps none (more workers than partitions: it waits
 * for one to go, which is a fine thing to do), all of them are live, and both servers answer. */
#ifndef WORKER_HEALTH_H
#define WORKER_HEALTH_H

#include <stdint.h>

#include "core/error.h"
#include "worker/metrics.h"

/* STATUS_OK, or STATUS_UNAVAILABLE and the first reason. */
enum status health_ready(const struct metrics *metrics, struct error *error);

/* --- The watchdog ---------------------------------------------------------------- */

/* What it saw when it last looked. Silence is counted in looks and not in time: while the
 * whole process is stopped (a debugger, a frozen container) nobody looks, and nobody is
 * blamed afterwards. */
struct pulse {
    uint64_t beats;
    uint32_t silent_looks;
};

struct watchdog_view {
    struct pulse worker;
    struct pulse lanes[LANES_MAX];
    struct pulse publishers[LANES_MAX];
};

/* Looks at every thread once more. STATUS_FATAL names the first that has been silent for
 * `looks_max` looks although it has something to do; the worker's own thread, which waits
 * for lanes that drain, has `worker_looks_max`. */
enum status watchdog_look(struct watchdog_view *view, const struct metrics *metrics,
                          uint32_t looks_max, uint32_t worker_looks_max, struct error *error);

struct watchdog;

/* Starts its thread, which looks every WATCHDOG_LOOK_MS, and calls abort() (a core is what
 * shows where the thread is stuck) once somebody is silent for timeout_ms. */
enum { WATCHDOG_LOOK_MS = 500 };
enum status watchdog_create(struct watchdog **out, struct metrics *metrics, uint32_t timeout_ms,
                            uint32_t drain_timeout_ms, struct error *error);
void watchdog_destroy(struct watchdog *watchdog); /* accepts NULL */

#endif
