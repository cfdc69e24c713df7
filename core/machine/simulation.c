#include "core/machine/simulation.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/machine/macrostep.h"

struct simulation {
    const struct machine *machine;
    struct machine_limits limits;
    struct json input;
    int64_t now_ms;
    struct snapshot snapshot;
    struct arena *kept;  /* what `snapshot` points to */
    struct arena *spare; /* takes the next snapshot, then changes places with `kept` */
    struct arena *step;  /* one macrostep */
    struct arena *call;  /* what the report points to */
    struct simulation_report report;
    struct effect *effects;
    size_t effect_capacity;
};

enum status simulation_create(struct simulation **out, const struct machine *machine,
                              const struct machine_limits *limits, struct json input,
                              int64_t now_ms, struct error *error)
{
    struct simulation *simulation = calloc(1, sizeof *simulation);
    if (simulation == NULL)
        return error_memory(error);
    simulation->machine = machine;
    simulation->limits = *limits;
    simulation->input = input;
    simulation->now_ms = now_ms;
    simulation->kept = arena_create(SIMULATION_MEMORY_MAX);
    simulation->spare = arena_create(SIMULATION_MEMORY_MAX);
    simulation->step = arena_create(SIMULATION_MEMORY_MAX);
    simulation->call = arena_create(SIMULATION_MEMORY_MAX);
    if (simulation->kept == NULL || simulation->spare == NULL || simulation->step == NULL ||
        simulation->call == NULL) {
        simulation_destroy(simulation);
        return error_memory(error);
    }
    *out = simulation;
    return STATUS_OK;
}

void simulation_destroy(struct simulation *simulation)
{
    if (simulation == NULL)
        return;
    arena_destroy(simulation->kept);
    arena_destroy(simulation->spare);
    arena_destroy(simulation->step);
    arena_destroy(simulation->call);
    free(simulation);
}

const struct simulation_report *simulation_report(const struct simulation *simulation)
{
    return &simulation->report;
}

const struct snapshot *simulation_snapshot(const struct simulation *simulation)
{
    return &simulation->snapshot;
}

int64_t simulation_now_ms(const struct simulation *simulation)
{
    return simulation->now_ms;
}

/* --- Macrosteps ------------------------------------------------------------------------- */

static void begin_call(struct simulation *simulation)
{
    arena_reset(simulation->call);
    simulation->report = (struct simulation_report){.problem = {.status = STATUS_OK}};
    simulation->effects = NULL;
    simulation->effect_capacity = 0;
}

/* Copies the step's effects behind those of the steps before it. */
static enum status report_effects(struct simulation *simulation, const struct machine_step *step,
                                  struct error *error)
{
    struct simulation_report *report = &simulation->report;
    for (size_t i = 0; i < step->effect_count; i++) {
        struct effect *effects =
            array_grow(simulation->call, simulation->effects, report->effect_count,
                       &simulation->effect_capacity, sizeof *effects);
        if (effects == NULL)
            return error_memory(error);
        simulation->effects = effects;
        report->effects = effects;
        struct effect *copy = &effects[report->effect_count];
        *copy = step->effects[i];
        if (!json_copy(simulation->call, step->effects[i].value, &copy->value))
            return error_memory(error);
        copy->id = text_copy(simulation->call, step->effects[i].id);
        if (copy->id.data == NULL)
            return error_memory(error);
        report->effect_count++;
    }
    report->transitioned = report->transitioned || step->transitioned;
    return STATUS_OK;
}

/* Keeps the step's snapshot past the step. */
static enum status keep(struct simulation *simulation, const struct machine_step *step,
                        struct error *error)
{
    struct json stored, copy;
    struct snapshot snapshot;
    arena_reset(simulation->spare);
    if (snapshot_to_json(simulation->machine, &step->snapshot, simulation->step, &stored, error) !=
        STATUS_OK)
        return error->status;
    if (!json_copy(simulation->spare, stored, &copy))
        return error_memory(error);
    if (snapshot_from_json(simulation->machine, copy, simulation->spare, &snapshot, error) !=
        STATUS_OK)
        return error_set(error, STATUS_FATAL, "a snapshot of ours cannot be read: %.900s",
                         error->message);
    struct arena *before = simulation->kept;
    simulation->kept = simulation->spare;
    simulation->spare = before;
    simulation->snapshot = snapshot;
    return STATUS_OK;
}

/* Ends a macrostep. STATUS_REJECTED, which is noted: it failed, and nothing has changed. */
static enum status end_step(struct simulation *simulation, const struct machine_step *step,
                            enum status status, struct error *error)
{
    if (status == STATUS_OK)
        status = report_effects(simulation, step, error);
    if (status == STATUS_OK)
        status = keep(simulation, step, error);
    arena_reset(simulation->step);
    if (status == STATUS_REJECTED && simulation->report.problem.status == STATUS_OK)
        simulation->report.problem = *error;
    return status;
}

/* An event that failed is in the report; only what is worse ends the simulation. */
static enum status only_fatal(enum status status)
{
    return status == STATUS_REJECTED ? STATUS_OK : status;
}

enum status simulation_start(struct simulation *simulation, struct error *error)
{
    struct machine_step step;
    begin_call(simulation);
    enum status status = machine_start(simulation->machine, simulation->input, simulation->now_ms,
                                       &simulation->limits, simulation->step, &step, error);
    return only_fatal(end_step(simulation, &step, status, error));
}

enum status simulation_event(struct simulation *simulation, struct json event, struct error *error)
{
    struct machine_step step;
    begin_call(simulation);
    enum status status =
        machine_transition(simulation->machine, &simulation->snapshot, simulation->input, event,
                           simulation->now_ms, &simulation->limits, simulation->step, &step, error);
    return only_fatal(end_step(simulation, &step, status, error));
}

/* --- The clock -------------------------------------------------------------------------- */

static enum status fire_timer(struct simulation *simulation, struct error *error)
{
    struct machine_step step;
    enum status status =
        machine_fire_timer(simulation->machine, &simulation->snapshot, simulation->input,
                           simulation->now_ms, &simulation->limits, simulation->step, &step, error);
    status = end_step(simulation, &step, status, error);
    if (status == STATUS_REJECTED) { /* it is spent all the same */
        simulation->snapshot.timers++;
        simulation->snapshot.timer_count--;
    }
    return only_fatal(status);
}

enum status simulation_advance(struct simulation *simulation, int64_t until_ms, struct error *error)
{
    const struct snapshot *snapshot = &simulation->snapshot;
    begin_call(simulation);
    for (size_t fired = 0; snapshot->timer_count > 0 && snapshot->timers[0].due_ms <= until_ms;
         fired++) {
        if (fired == SIMULATION_TIMERS_MAX)
            return error_set(error, STATUS_FATAL, "more than %d timers fired in one advance",
                             SIMULATION_TIMERS_MAX);
        if (snapshot->timers[0].due_ms > simulation->now_ms)
            simulation->now_ms = snapshot->timers[0].due_ms;
        if (fire_timer(simulation, error) != STATUS_OK)
            return error->status;
    }
    simulation->now_ms = until_ms;
    return STATUS_OK;
}
