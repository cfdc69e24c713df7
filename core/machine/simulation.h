/* simulation.h - one machine that runs under a virtual clock, event after event.
 *
 * The machine alone: no orchestration rules around it. As in a worker, an event that
 * fails changes nothing, and the next one finds what was there before; a timer that fails
 * is spent. Between two events the state is stored and read again, as a worker's is. */
#ifndef CORE_MACHINE_SIMULATION_H
#define CORE_MACHINE_SIMULATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/json.h"
#include "core/machine/interpreter.h"

/* Memory of one macrostep, of the state that is kept, and of what one call did. */
#define SIMULATION_MEMORY_MAX ((size_t)256 * 1024 * 1024)

/* Timers that one advance of the clock may fire: a machine that waits no time in a loop
 * would never let it end. */
enum { SIMULATION_TIMERS_MAX = 100 * 1000 };

struct simulation;

/* What the last call did; valid until the next one. */
struct simulation_report {
    const struct effect *effects; /* of all its macrosteps, in order */
    size_t effect_count;
    bool transitioned;    /* some transition was taken */
    struct error problem; /* STATUS_REJECTED: why the event failed (of several timers, the
                             first that did); otherwise STATUS_OK */
};

/* `machine`, `input` and limits->trace must outlive it. The clock begins at `now_ms`. */
enum status simulation_create(struct simulation **out, const struct machine *machine,
                              const struct machine_limits *limits, struct json input,
                              int64_t now_ms, struct error *error);
void simulation_destroy(struct simulation *simulation); /* accepts NULL */

/* These return STATUS_OK also when the event failed: the report says so. STATUS_FATAL:
 * memory is out, or more than SIMULATION_TIMERS_MAX timers fired. */

/* Before all others. Where it fails there is no state: nothing else may be called. */
enum status simulation_start(struct simulation *simulation, struct error *error);

/* One event from outside. */
enum status simulation_event(struct simulation *simulation, struct json event, struct error *error);

/* Moves the clock to `until_ms`, not before now. A discrete-event simulation: the earliest
 * timer that is due fires at its own time, and again; what it starts counts from there. */
enum status simulation_advance(struct simulation *simulation, int64_t until_ms,
                               struct error *error);

const struct simulation_report *simulation_report(const struct simulation *simulation);
const struct snapshot *simulation_snapshot(const struct simulation *simulation);
int64_t simulation_now_ms(const struct simulation *simulation);

#endif
