/* simulate.c - runs a definition on events from standard input, under a virtual clock.
 *
 * For programs, a line of JSON per event; with --explain the reasons, for people; with
 * --interactive a conversation (interactive.c). */
#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/machine/simulation.h"
#include "core/writer.h"
#include "worker/command.h"
#include "worker/commands/common.h"
#include "worker/commands/explain.h"
#include "worker/commands/interactive.h"
#include "worker/definition.h"
#include "worker/input.h"
#include "worker/terminal.h"

/* One line of output, with all that its timers did. */
#define LINE_SIZE_MAX ((size_t)64 * 1024 * 1024)

static const char advance_type[] = "xorca.advance";

struct session {
    const struct machine *machine;
    struct simulation *simulation;
    struct explanation explanation;
    bool explains;
    struct arena *line; /* one event: its text and its output */
    bool failed;        /* an event failed; the exit status tells */
};

/* --- Actions as XState 6's JSON spells them ------------------------------------------ */

static size_t action_members(const struct effect *effect, struct json_member members[4])
{
    size_t count = 0;
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
        members[count++] = JSON_MEMBER("type", json_string(TEXT("@xstate.raise")));
        members[count++] = JSON_MEMBER("event", effect->value);
        if (effect->id.data != NULL)
            members[count++] = JSON_MEMBER("id", json_string(effect->id));
        members[count++] = JSON_MEMBER("delay", json_int(effect->delay_ms));
        return count;
    case EFFECT_CANCEL:
        members[0] = JSON_MEMBER("type", json_string(TEXT("@xstate.cancel")));
        members[1] = JSON_MEMBER("id", json_string(effect->id));
        return 2;
    }
    return 0;
}

static void write_actions(struct writer *line, const struct simulation_report *report)
{
    writer_string(line, ",\"actions\":[");
    for (size_t i = 0; i < report->effect_count; i++) {
        struct json_member members[4];
        size_t count = action_members(&report->effects[i], members);
        if (i > 0)
            writer_char(line, ',');
        json_write(line, json_object(members, count));
    }
    writer_char(line, ']');
}

/* --- One line of output -------------------------------------------------------------- */

static void write_member(struct writer *line, const char *name, struct json value)
{
    writer_string(line, ",\"");
    writer_string(line, name);
    writer_string(line, "\":");
    json_write(line, value);
}

static void write_problem(struct writer *line, const struct error *problem)
{
    if (problem->status != STATUS_OK)
        write_member(line, "error", json_string(text_of(problem->message)));
    writer_string(line, "}\n");
}

static enum status end_line(const struct writer *line, struct error *error)
{
    if (line->overflowed)
        return error_set(error, STATUS_FATAL, "a line of more than %zu bytes", LINE_SIZE_MAX);
    fwrite(line->data, 1, line->size, stdout);
    fflush(stdout); /* so that a program at the other end can hold a conversation */
    return STATUS_OK;
}

/* Where the event failed, the snapshot is the one before it, and the status "error" is the
 * event's: the machine goes on. */
static enum status print_line(struct session *session, struct error *error)
{
    const struct snapshot *snapshot = simulation_snapshot(session->simulation);
    const struct simulation_report *report = simulation_report(session->simulation);
    struct json value, tags, history;
    if (!snapshot_value(session->machine, snapshot, session->line, &value) ||
        !snapshot_tags(session->machine, snapshot, session->line, &tags) ||
        !snapshot_history_value(session->machine, snapshot, session->line, &history))
        return error_memory(error);
    bool failed = report->problem.status != STATUS_OK;
    const char *status = machine_status_name(failed ? MACHINE_ERROR : snapshot->status);
    struct writer line;
    writer_init_arena(&line, session->line, LINE_SIZE_MAX);
    writer_string(&line, "{\"value\":");
    json_write(&line, value);
    write_member(&line, "context", snapshot->context);
    write_member(&line, "status", json_string(text_of(status)));
    write_member(&line, "output", snapshot->has_output ? snapshot->output : json_null());
    write_actions(&line, report);
    write_member(&line, "tags", tags);
    write_member(&line, "historyValue", history);
    write_problem(&line, &report->problem);
    return end_line(&line, error);
}

/* The machine did not begin: there is no state to show. */
static enum status print_failed_start(struct session *session, struct error *error)
{
    struct writer line;
    writer_init_arena(&line, session->line, LINE_SIZE_MAX);
    writer_string(&line, "{\"value\":null,\"context\":null,\"status\":\"error\",\"output\":null,"
                         "\"actions\":[],\"tags\":[],\"historyValue\":{}");
    write_problem(&line, &simulation_report(session->simulation)->problem);
    return end_line(&line, error);
}

static enum status print_report(struct session *session, bool has_state, struct error *error)
{
    if (simulation_report(session->simulation)->problem.status != STATUS_OK)
        session->failed = true;
    if (session->explains)
        return explanation_print(&session->explanation, session->simulation, has_state, error);
    return has_state ? print_line(session, error) : print_failed_start(session, error);
}

/* --- Input ------------------------------------------------------------------------- */

static enum status read_advance(int64_t now_ms, struct json event, int64_t *until_ms,
                                struct error *error)
{
    const struct json *data = json_get(event, "data");
    const struct json *ms = data == NULL ? NULL : json_get(*data, "ms");
    if (ms == NULL || ms->type != JSON_INT || ms->as.integer < 0 ||
        ms->as.integer > CLOCK_SECONDS_MAX * 1000 - now_ms)
        return error_set(error, STATUS_REJECTED,
                         "%s: data.ms must be a whole number of milliseconds that the clock can "
                         "advance by: {\"type\":\"%s\",\"data\":{\"ms\":5000}}",
                         advance_type, advance_type);
    *until_ms = now_ms + ms->as.integer;
    return STATUS_OK;
}

static enum status parse_event(struct arena *arena, struct text line, struct json_limits limits,
                               struct json *out, struct error *error)
{
    if (json_parse(arena, line, limits, out, error) != STATUS_OK)
        return error->status;
    const struct json *type = json_get(*out, "type");
    if (type == NULL || type->type != JSON_STRING)
        return error_set(error, STATUS_REJECTED,
                         "an event is an object with a string \"type\": "
                         "{\"type\":\"evt.books.fetch.success\",\"data\":{}}");
    return STATUS_OK;
}

/* STATUS_REJECTED: the line is no event. */
static enum status run_line(struct session *session, struct text line, struct json_limits limits,
                            struct error *error)
{
    struct json event;
    int64_t until_ms = 0;
    arena_reset(session->line);
    explanation_begin(&session->explanation);
    if (parse_event(session->line, line, limits, &event, error) != STATUS_OK)
        return error->status;
    enum status status;
    if (text_is(json_get_string(event, "type"), advance_type)) {
        int64_t now_ms = simulation_now_ms(session->simulation);
        status = read_advance(now_ms, event, &until_ms, error);
        if (status == STATUS_OK)
            status = simulation_advance(session->simulation, until_ms, error);
    } else {
        status = simulation_event(session->simulation, event, error);
    }
    return status == STATUS_OK ? print_report(session, true, error) : status;
}

static enum status run_lines(struct session *session, const struct command_call *call,
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
        if (run_line(session, line, limits, error) != STATUS_OK)
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

/* Begins, and takes events until their end. */
static enum status run(struct session *session, const struct command_call *call,
                       struct json_limits limits, struct error *error)
{
    explanation_begin(&session->explanation);
    if (simulation_start(session->simulation, error) != STATUS_OK)
        return error->status;
    bool has_state = simulation_report(session->simulation)->problem.status == STATUS_OK;
    enum status status = print_report(session, has_state, error);
    if (status != STATUS_OK || !has_state)
        return status;
    if (command_switch(call, "interactive"))
        return interactive_run(session->machine, session->simulation, &session->explanation, limits,
                               call->arena, error);
    return run_lines(session, call, limits, error);
}

static int simulate(const struct command_call *call, const struct settings *settings,
                    const struct machine *machine, struct json input, int64_t now_ms)
{
    struct error error;
    struct machine_limits limits = settings->step.limits;
    struct session session = {.machine = machine, .line = arena_create(SIMULATION_MEMORY_MAX)};
    session.explains = command_switch(call, "explain") || command_switch(call, "interactive");
    enum status status = session.line == NULL ? error_memory(&error) : STATUS_OK;
    if (status == STATUS_OK)
        status = explanation_init(&session.explanation, machine, &error);
    if (session.explains)
        limits.trace = &session.explanation.trace;
    if (status == STATUS_OK)
        status = simulation_create(&session.simulation, machine, &limits, input, now_ms, &error);
    if (status == STATUS_OK)
        status = run(&session, call, settings->json_limits, &error);
    simulation_destroy(session.simulation);
    explanation_destroy(&session.explanation);
    arena_destroy(session.line);
    if (status != STATUS_OK)
        return command_fail(&error);
    return session.failed ? EXIT_FAILED : EXIT_DONE;
}

int command_simulate(struct command_call *call)
{
    struct error error;
    struct settings settings;
    struct definition *definition = NULL;
    struct json input = json_object(NULL, 0);
    int64_t now_ms = 0;
    if (command_switch(call, "interactive") && !terminal_is_one(stdin))
        return command_fail_as(EXIT_BAD_USE, "--interactive needs a terminal to ask at; events in "
                                             "a file go to standard input without it");
    if (command_settings(call, &settings, &error) != STATUS_OK ||
        command_json(call, "input", settings.json_limits, &input, &error) != STATUS_OK ||
        read_now(call, &now_ms, &error) != STATUS_OK)
        return command_fail(&error);
    enum status status = command_read_definition(call, call->arguments[0], settings.json_limits,
                                                 &definition, &error);
    if (status == STATUS_REJECTED)
        return EXIT_BAD_USE;
    if (status != STATUS_OK)
        return command_fail(&error);
    int exit_status = simulate(call, &settings, definition->machine, input, now_ms);
    definition_destroy(definition);
    return exit_status;
}
