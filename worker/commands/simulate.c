/* simulate.c - runs a definition on events from standard input, under a virtual clock.
 *
 * The machine alone: no broker, no database, and no orchestration rules around it. As
 * in a worker, an event that fails changes nothing, and the next one finds what was
 * there before. */
#include <stdlib.h>

#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/machine/interpreter.h"
#include "core/writer.h"
#include "worker/command.h"
#include "worker/commands/common.h"
#include "worker/definition.h"
#include "worker/input.h"

/* Timers that one advance of the clock may fire: a machine that waits no time in a loop
 * would never let it end. */
enum { TIMERS_PER_ADVANCE_MAX = 100000 };

/* Memory of one macrostep, and of one line of output with all that its timers did. */
#define STEP_MEMORY_MAX ((size_t)256 * 1024 * 1024)
#define LINE_SIZE_MAX   ((size_t)64 * 1024 * 1024)

static const char advance_type[] = "xorca.advance";

/* A running machine. What lives from event to event is packed in one block and read
 * into an arena of its own; a macrostep's arena ends with the macrostep. */
struct simulation {
    const struct machine *machine;
    struct machine_limits limits;
    struct json input;
    int64_t now_ms;
    struct snapshot snapshot;
    void *packed;       /* what `snapshot` was read from */
    struct arena *kept; /* what `snapshot` points to */
    struct arena *step; /* one macrostep */
    struct arena *line; /* one event: its text, its actions, its output */
    struct writer actions;
    size_t action_count;
    bool failed; /* an event failed; the exit status tells */
};

/* --- Actions as XState 6's JSON spells them ------------------------------------------ */

static size_t action_members(const struct effect *effect, struct json_member members[4],
                             struct json_member *event)
{
    switch (effect->kind) {
    case EFFECT_EMIT:
        members[0] = JSON_MEMBER("type", json_string(TEXT("@xstate.emit")));
        members[1] = JSON_MEMBER("event", effect->value);
        return 2;
    case EFFECT_LOG:
        members[0] = JSON_MEMBER("type", json_string(TEXT("@xstate.log")));
        members[1] = JSON_MEMBER("args", effect->value);
        return 2;
    case EFFECT_SCHEDULE:
        *event = JSON_MEMBER("type", json_string(effect->id));
        members[0] = JSON_MEMBER("type", json_string(TEXT("@xstate.raise")));
        members[1] = JSON_MEMBER("event", json_object(event, 1));
        members[2] = JSON_MEMBER("id", json_string(effect->id));
        members[3] = JSON_MEMBER("delay", json_int(effect->delay_ms));
        return 4;
    case EFFECT_CANCEL:
        members[0] = JSON_MEMBER("type", json_string(TEXT("@xstate.cancel")));
        members[1] = JSON_MEMBER("id", json_string(effect->id));
        return 2;
    }
    return 0;
}

static void note_actions(struct simulation *simulation, const struct machine_step *step)
{
    for (size_t i = 0; i < step->effect_count; i++) {
        struct json_member members[4], event;
        size_t count = action_members(&step->effects[i], members, &event);
        if (simulation->action_count++ > 0)
            writer_char(&simulation->actions, ',');
        json_write(&simulation->actions, json_object(members, count));
    }
}

static void begin_line(struct simulation *simulation)
{
    arena_reset(simulation->line);
    writer_init_arena(&simulation->actions, simulation->line, LINE_SIZE_MAX);
    simulation->action_count = 0;
}

/* --- One line of output -------------------------------------------------------------- */

static void write_member(struct writer *line, const char *name, struct json value)
{
    writer_string(line, ",\"");
    writer_string(line, name);
    writer_string(line, "\":");
    json_write(line, value);
}

/* `problem`: what went wrong with the event, or NULL. The snapshot is then the one before
 * it, and the status "error" is the event's: the machine goes on. */
static enum status print_line(struct simulation *simulation, const struct error *problem,
                              struct error *error)
{
    const struct snapshot *snapshot = &simulation->snapshot;
    struct json value, tags;
    if (!snapshot_value(simulation->machine, snapshot, simulation->line, &value) ||
        !snapshot_tags(simulation->machine, snapshot, simulation->line, &tags))
        return error_memory(error);
    struct json history = snapshot->history_value.type == JSON_OBJECT ? snapshot->history_value
                                                                      : json_object(NULL, 0);
    const char *status = problem == NULL ? machine_status_name(snapshot->status)
                                         : machine_status_name(MACHINE_ERROR);
    struct writer line;
    writer_init_arena(&line, simulation->line, LINE_SIZE_MAX);
    writer_string(&line, "{\"value\":");
    json_write(&line, value);
    write_member(&line, "context", snapshot->context);
    write_member(&line, "status", json_string(text_of(status)));
    write_member(&line, "output", snapshot->has_output ? snapshot->output : json_null());
    writer_string(&line, ",\"actions\":[");
    writer_text(&line, writer_result(&simulation->actions));
    writer_char(&line, ']');
    write_member(&line, "tags", tags);
    write_member(&line, "historyValue", history);
    if (problem != NULL)
        write_member(&line, "error", json_string(text_of(problem->message)));
    writer_string(&line, "}\n");
    if (line.overflowed || simulation->actions.overflowed)
        return error_set(error, STATUS_FATAL, "a line of more than %zu bytes", LINE_SIZE_MAX);
    fwrite(line.data, 1, line.size, stdout);
    fflush(stdout); /* so that a program at the other end can hold a conversation */
    return STATUS_OK;
}

/* The machine did not begin: there is no state to show. */
static void print_failed_start(struct simulation *simulation, const struct error *problem)
{
    struct writer line;
    writer_init_arena(&line, simulation->line, LINE_SIZE_MAX);
    writer_string(&line, "{\"value\":null,\"context\":null,\"status\":\"error\",\"output\":null,"
                         "\"actions\":[],\"tags\":[],\"historyValue\":{}");
    write_member(&line, "error", json_string(text_of(problem->message)));
    writer_string(&line, "}\n");
    fwrite(line.data, 1, line.size, stdout);
}

/* --- Macrosteps -------------------------------------------------------------------- */

/* Keeps the step's snapshot past the step. */
static enum status keep(struct simulation *simulation, const struct machine_step *step,
                        struct error *error)
{
    struct json json;
    if (snapshot_to_json(simulation->machine, &step->snapshot, simulation->step, &json, error) !=
        STATUS_OK)
        return error->status;
    size_t size = json_packed_size(json);
    void *packed = size == SIZE_MAX ? NULL : malloc(size);
    if (packed == NULL)
        return error_memory(error);
    json = json_pack(packed, json);
    arena_reset(simulation->kept);
    free(simulation->packed);
    simulation->packed = packed;
    return snapshot_from_json(simulation->machine, json, simulation->kept, &simulation->snapshot,
                              error);
}

/* Ends a macrostep. STATUS_REJECTED: the event failed, *error says how, and nothing has
 * changed. */
static enum status finish_step(struct simulation *simulation, const struct machine_step *step,
                               enum status status, struct error *error)
{
    if (status == STATUS_OK) {
        note_actions(simulation, step);
        status = keep(simulation, step, error);
    }
    arena_reset(simulation->step);
    return status;
}

static enum status run_event(struct simulation *simulation, struct json event, struct error *error)
{
    struct machine_step step;
    enum status status =
        machine_transition(simulation->machine, &simulation->snapshot, simulation->input, event,
                           simulation->now_ms, &simulation->limits, simulation->step, &step, error);
    return finish_step(simulation, &step, status, error);
}

/* A timer whose event fails is spent all the same, as a worker's is. */
static enum status run_timer(struct simulation *simulation, struct error *error)
{
    struct machine_step step;
    enum status status =
        machine_fire_timer(simulation->machine, &simulation->snapshot, simulation->input,
                           simulation->now_ms, &simulation->limits, simulation->step, &step, error);
    status = finish_step(simulation, &step, status, error);
    if (status == STATUS_REJECTED) {
        simulation->snapshot.timers++;
        simulation->snapshot.timer_count--;
    }
    return status;
}

static enum status read_advance(const struct simulation *simulation, struct json event,
                                int64_t *until_ms, struct error *error)
{
    const struct json *data = json_get(event, "data");
    const struct json *ms = data == NULL ? NULL : json_get(*data, "ms");
    if (ms == NULL || ms->type != JSON_INT || ms->as.integer < 0 ||
        ms->as.integer > CLOCK_SECONDS_MAX * 1000 - simulation->now_ms)
        return error_set(error, STATUS_REJECTED,
                         "%s: data.ms must be a whole number of milliseconds that the clock can "
                         "advance by: {\"type\":\"%s\",\"data\":{\"ms\":5000}}",
                         advance_type, advance_type);
    *until_ms = simulation->now_ms + ms->as.integer;
    return STATUS_OK;
}

/* A discrete-event simulation: the earliest due timer, now is its due time, run it, and
 * again. Timers that it starts count from there. Of several failures the first is told. */
static enum status run_timers(struct simulation *simulation, int64_t until_ms,
                              struct error *problem, struct error *error)
{
    const struct snapshot *snapshot = &simulation->snapshot;
    for (size_t fired = 0; snapshot->timer_count > 0 && snapshot->timers[0].due_ms <= until_ms;
         fired++) {
        if (fired == TIMERS_PER_ADVANCE_MAX)
            return error_set(error, STATUS_FATAL, "more than %d timers fired in one advance",
                             TIMERS_PER_ADVANCE_MAX);
        if (snapshot->timers[0].due_ms > simulation->now_ms)
            simulation->now_ms = snapshot->timers[0].due_ms;
        enum status status = run_timer(simulation, error);
        if (status == STATUS_REJECTED && problem->status == STATUS_OK)
            *problem = *error;
        else if (status != STATUS_OK && status != STATUS_REJECTED)
            return status;
    }
    simulation->now_ms = until_ms;
    return STATUS_OK;
}

/* --- Input ------------------------------------------------------------------------- */

static enum status parse_event(struct simulation *simulation, struct text line,
                               struct json_limits limits, struct json *out, struct error *error)
{
    if (json_parse(simulation->line, line, limits, out, error) != STATUS_OK)
        return error->status;
    const struct json *type = json_get(*out, "type");
    if (type == NULL || type->type != JSON_STRING)
        return error_set(error, STATUS_REJECTED,
                         "an event is an object with a string \"type\": "
                         "{\"type\":\"evt.books.fetch.success\",\"data\":{}}");
    return STATUS_OK;
}

/* STATUS_REJECTED: the line is no event. */
static enum status run_line(struct simulation *simulation, struct text line,
                            struct json_limits limits, struct error *error)
{
    struct json event;
    struct error problem = {.status = STATUS_OK};
    int64_t until_ms = 0;
    begin_line(simulation);
    if (parse_event(simulation, line, limits, &event, error) != STATUS_OK)
        return error->status;
    if (text_is(json_get_string(event, "type"), advance_type)) {
        if (read_advance(simulation, event, &until_ms, error) != STATUS_OK ||
            run_timers(simulation, until_ms, &problem, error) != STATUS_OK)
            return error->status;
    } else if (run_event(simulation, event, &problem) == STATUS_OK) {
        problem.status = STATUS_OK;
    } else if (problem.status != STATUS_REJECTED) {
        *error = problem;
        return error->status;
    }
    if (problem.status != STATUS_OK)
        simulation->failed = true;
    return print_line(simulation, problem.status == STATUS_OK ? NULL : &problem, error);
}

static enum status run_lines(struct simulation *simulation, const struct command_call *call,
                             struct json_limits limits, struct error *error)
{
    struct line_reader reader;
    struct text line;
    if (line_reader_init(&reader, stdin, call->arena, limits.size_max, error) != STATUS_OK)
        return error->status;
    for (;;) {
        if (line_reader_next(&reader, &line, error) != STATUS_OK)
            return error_context(error, "standard input");
        if (line.data == NULL)
            return STATUS_OK;
        if (line.size == 0)
            continue; /* an empty line is nobody's event */
        if (run_line(simulation, line, limits, error) != STATUS_OK)
            return error_context(error, "standard input, line %zu", reader.number);
    }
}

/* --- The command ------------------------------------------------------------------- */

/* RFC 3339, or milliseconds since 1970. */
static enum status read_now(const struct command_call *call, int64_t *now_ms, struct error *error)
{
    const char *value = command_option(call, "now");
    struct clock_time time;
    uint64_t ms = 0;
    if (value == NULL)
        return STATUS_OK;
    if (clock_parse(text_of(value), &time)) {
        *now_ms = time.seconds * 1000 + time.nanoseconds / 1000000;
        return STATUS_OK;
    }
    if (command_number(call, "now", 0, (uint64_t)(CLOCK_SECONDS_MAX * 1000), &ms, error) !=
        STATUS_OK)
        return error_set(error, STATUS_REJECTED,
                         "--now: \"%s\" is no time as 2026-01-02T03:04:05Z, nor milliseconds "
                         "since 1970",
                         value);
    *now_ms = (int64_t)ms;
    return STATUS_OK;
}

static enum status create_arenas(struct simulation *simulation, struct error *error)
{
    simulation->kept = arena_create(STEP_MEMORY_MAX);
    simulation->step = arena_create(STEP_MEMORY_MAX);
    simulation->line = arena_create(STEP_MEMORY_MAX);
    if (simulation->kept == NULL || simulation->step == NULL || simulation->line == NULL)
        return error_memory(error);
    return STATUS_OK;
}

static void destroy_arenas(struct simulation *simulation)
{
    free(simulation->packed);
    arena_destroy(simulation->kept);
    arena_destroy(simulation->step);
    arena_destroy(simulation->line);
}

static enum status start(struct simulation *simulation, struct error *error)
{
    struct machine_step step;
    begin_line(simulation);
    enum status status = machine_start(simulation->machine, simulation->input, simulation->now_ms,
                                       &simulation->limits, simulation->step, &step, error);
    return finish_step(simulation, &step, status, error);
}

static int simulate(struct simulation *simulation, const struct command_call *call,
                    const struct settings *settings)
{
    struct error error;
    if (create_arenas(simulation, &error) != STATUS_OK)
        return command_fail(&error);
    enum status status = start(simulation, &error);
    if (status == STATUS_REJECTED) {
        print_failed_start(simulation, &error);
        return EXIT_FAILED;
    }
    if (status != STATUS_OK || print_line(simulation, NULL, &error) != STATUS_OK ||
        run_lines(simulation, call, settings->json_limits, &error) != STATUS_OK)
        return command_fail(&error);
    return simulation->failed ? EXIT_FAILED : EXIT_DONE;
}

int command_simulate(struct command_call *call)
{
    struct error error;
    struct settings settings;
    struct definition *definition = NULL;
    struct simulation simulation = {.input = json_object(NULL, 0)};
    if (command_settings(call, &settings, &error) != STATUS_OK ||
        command_json(call, "input", settings.json_limits, &simulation.input, &error) != STATUS_OK ||
        read_now(call, &simulation.now_ms, &error) != STATUS_OK)
        return command_fail(&error);
    enum status status = command_read_definition(call, call->arguments[0], settings.json_limits,
                                                 &definition, &error);
    if (status == STATUS_REJECTED)
        return EXIT_BAD_USE;
    if (status != STATUS_OK)
        return command_fail(&error);
    simulation.machine = definition->machine;
    simulation.limits = settings.step.limits;
    int exit_status = simulate(&simulation, call, &settings);
    destroy_arenas(&simulation);
    definition_destroy(definition);
    return exit_status;
}
