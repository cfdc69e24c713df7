/* scenario_run.c - a scenario, played to a machine under a virtual clock. */
#include "core/arena.h"
#include "core/cel/cel.h"
#include "core/clock.h"
#include "core/machine/simulation.h"
#include "core/scenario/difference.h"
#include "core/scenario/environment.h"
#include "core/scenario/scenario.h"
#include "core/writer.h"

struct play {
    const struct machine *machine;
    const struct scenario *scenario;
    struct simulation *simulation;
    struct coverage *coverage;
    struct trace trace;
    struct arena *trace_arena;
    struct arena *arena; /* one step */
    struct writer *report;
    bool agrees; /* this step did what was expected */
};

/* --- What the last step did -------------------------------------------------------------- */

/* What it sent, or what it logged. */
static enum status collect(const struct play *play, enum effect_kind kind, struct json *out,
                           struct error *error)
{
    const struct simulation_report *report = simulation_report(play->simulation);
    struct json *items = arena_alloc_array(play->arena, report->effect_count, sizeof *items);
    size_t count = 0;
    if (items == NULL)
        return error_memory(error);
    for (size_t i = 0; i < report->effect_count; i++) {
        if (report->effects[i].kind == kind)
            items[count++] = report->effects[i].value;
    }
    *out = json_array(items, count);
    return STATUS_OK;
}

static void note(struct play *play, bool agrees)
{
    play->agrees = play->agrees && agrees;
}

/* --- Expectations -------------------------------------------------------------------------- */

static void check_error(struct play *play, const struct json *expected)
{
    const struct error *problem = &simulation_report(play->simulation)->problem;
    struct text is = problem->status == STATUS_OK ? TEXT_NONE : text_of(problem->message);
    if (expected == NULL && problem->status == STATUS_OK)
        return;
    if (expected != NULL && problem->status != STATUS_OK) {
        struct text words = json_text(*expected);
        for (size_t at = 0; at + words.size <= is.size; at++) {
            if (text_equal((struct text){is.data + at, words.size}, words))
                return;
        }
    }
    struct json nothing = json_null();
    note(play, difference_of_values(play->report, "error", expected == NULL ? nothing : *expected,
                                    is.data == NULL ? nothing : json_string(is)));
}

static bool has_tag(struct json tags, struct json tag)
{
    for (uint32_t i = 0; i < tags.count; i++) {
        if (json_equal(tags.as.items[i], tag))
            return true;
    }
    return false;
}

static enum status check_tags(struct play *play, struct json expected, struct error *error)
{
    struct json tags;
    bool has_all = true;
    if (!snapshot_tags(play->machine, simulation_snapshot(play->simulation), play->arena, &tags))
        return error_memory(error);
    for (uint32_t i = 0; i < expected.count; i++)
        has_all = has_all && has_tag(tags, expected.as.items[i]);
    if (!has_all)
        note(play, difference_of_values(play->report, "tags", expected, tags));
    return STATUS_OK;
}

/* The variables that the expression read, for a person who wonders. */
static void show_variables(struct play *play, const struct assertion *assertion,
                           const struct json values[ASSERTION_SLOT_COUNT])
{
    static const struct text names[] = ASSERTION_NAMES;
    for (size_t slot = 0; slot < ASSERTION_SLOT_COUNT; slot++) {
        if (!cel_program_uses(assertion->program, slot) || slot == ASSERTION_NOW)
            continue;
        writer_string(play->report, "    with ");
        writer_text(play->report, names[slot]);
        writer_string(play->report, " = ");
        difference_write_value(play->report, &values[slot]);
        writer_char(play->report, '\n');
    }
}

static enum status check_assertion(struct play *play, const struct assertion *assertion,
                                   const struct json values[ASSERTION_SLOT_COUNT],
                                   struct error *error)
{
    struct cel_value variables[ASSERTION_SLOT_COUNT], value;
    for (size_t slot = 0; slot < ASSERTION_SLOT_COUNT; slot++)
        variables[slot] = cel_from_json(values[slot]);
    variables[ASSERTION_NOW] = cel_timestamp_ms(simulation_now_ms(play->simulation));
    enum status status =
        cel_evaluate(assertion->program, variables, CEL_COST_MAX, play->arena, &value, NULL, error);
    if (status == STATUS_FATAL)
        return status;
    if (status == STATUS_OK && value.type == CEL_BOOL && value.as.boolean)
        return STATUS_OK;
    note(play, false);
    writer_string(play->report, "that ");
    writer_text(play->report, assertion->source);
    writer_string(play->report, "\n  - expected true\n  + is       ");
    if (status != STATUS_OK)
        writer_string(play->report, error->message);
    else
        writer_string(play->report, value.type == CEL_BOOL ? "false" : cel_type_name(value.type));
    writer_char(play->report, '\n');
    show_variables(play, assertion, values);
    return STATUS_OK;
}

/* What expectations and expressions look at. */
static enum status read_values(const struct play *play, const struct scenario_step *step,
                               struct json values[ASSERTION_SLOT_COUNT], struct error *error)
{
    const struct snapshot *snapshot = simulation_snapshot(play->simulation);
    const char *status = machine_status_name(snapshot->status);
    if (!snapshot_value(play->machine, snapshot, play->arena, &values[ASSERTION_STATE]))
        return error_memory(error);
    values[ASSERTION_STATUS] = json_string(text_of(status));
    values[ASSERTION_CONTEXT] = snapshot->context;
    values[ASSERTION_OUTPUT] = snapshot->has_output ? snapshot->output : json_null();
    values[ASSERTION_EVENT] = step->kind == SCENARIO_EVENT ? step->event : json_null();
    values[ASSERTION_INPUT] = play->scenario->input;
    values[ASSERTION_NOW] = json_null(); /* a timestamp, which JSON has not */
    enum status got = collect(play, EFFECT_EMIT, &values[ASSERTION_EMITTED], error);
    return got == STATUS_OK ? collect(play, EFFECT_LOG, &values[ASSERTION_LOGGED], error) : got;
}

static void check_values(struct play *play, const struct expectation *expect,
                         const struct json values[ASSERTION_SLOT_COUNT])
{
    struct writer *report = play->report;
    struct json emitted = values[ASSERTION_EMITTED];
    bool is_ignored = !simulation_report(play->simulation)->transitioned;
    if (expect->state != NULL)
        note(play, difference_of_states(report, *expect->state, values[ASSERTION_STATE]));
    if (expect->status != NULL)
        note(play,
             difference_of_values(report, "status", *expect->status, values[ASSERTION_STATUS]));
    if (expect->ignored != NULL)
        note(play,
             difference_of_values(report, "ignored", *expect->ignored, json_bool(is_ignored)));
    if (expect->emitted != NULL)
        note(play, difference_of_events(report, *expect->emitted, emitted.as.items, emitted.count));
    if (expect->context != NULL)
        note(play,
             difference_of_parts(report, "context", *expect->context, values[ASSERTION_CONTEXT]));
    if (expect->output != NULL)
        note(play,
             difference_of_values(report, "output", *expect->output, values[ASSERTION_OUTPUT]));
}

/* Where the start failed there is nothing but its error to look at. */
static enum status check_step(struct play *play, const struct scenario_step *step, bool has_state,
                              struct error *error)
{
    const struct expectation *expect = &step->expectation;
    struct json values[ASSERTION_SLOT_COUNT];
    check_error(play, expect->error);
    if (!has_state)
        return STATUS_OK;
    if (read_values(play, step, values, error) != STATUS_OK)
        return error->status;
    check_values(play, expect, values);
    if (expect->tags != NULL && check_tags(play, *expect->tags, error) != STATUS_OK)
        return error->status;
    for (size_t i = 0; i < expect->assertion_count; i++) {
        if (check_assertion(play, &expect->assertions[i], values, error) != STATUS_OK)
            return error->status;
    }
    return STATUS_OK;
}

/* --- Steps ------------------------------------------------------------------------------------ */

static enum status take_step(struct play *play, const struct scenario_step *step,
                             struct error *error)
{
    struct simulation *simulation = play->simulation;
    switch (step->kind) {
    case SCENARIO_START: return simulation_start(simulation, error);
    case SCENARIO_EVENT: return simulation_event(simulation, step->event, error);
    case SCENARIO_ADVANCE: break;
    }
    int64_t now_ms = simulation_now_ms(simulation);
    if (step->advance_ms > CLOCK_SECONDS_MAX * 1000 - now_ms)
        return error_set(error, STATUS_FATAL, "%s: the clock cannot go beyond the year 9999",
                         step->path);
    return simulation_advance(simulation, now_ms + step->advance_ms, error);
}

/* What the report begins with: "step 2, evt.x ($.scenarios[0].steps[1])". */
static void write_heading(struct play *play, size_t index, const struct scenario_step *step)
{
    struct writer *report = play->report;
    if (step->kind == SCENARIO_START)
        writer_string(report, "the start");
    else
        writer_format(report, "step %zu, ", index);
    if (step->kind == SCENARIO_EVENT)
        writer_text(report, json_get_string(step->event, "type"));
    if (step->kind == SCENARIO_ADVANCE)
        writer_format(report, "%lld ms later", (long long)step->advance_ms);
    writer_string(report, " (");
    writer_string(report, step->path);
    writer_string(report, ")\n");
}

static enum status play_step(struct play *play, size_t index, struct error *error)
{
    const struct scenario_step *step = &play->scenario->steps[index];
    arena_reset(play->arena);
    arena_reset(play->trace_arena);
    trace_init(&play->trace, play->trace_arena);
    if (take_step(play, step, error) != STATUS_OK)
        return error->status;
    if (play->trace.is_cut) /* the coverage would be wrong without a word */
        return error_set(error, STATUS_FATAL, "%s: out of memory, or more than %d happenings",
                         step->path, TRACE_ENTRIES_MAX);
    /* What an event that failed had taken on its way was undone. */
    if (simulation_report(play->simulation)->problem.status == STATUS_OK)
        coverage_add(play->coverage, &play->trace);
    bool has_state = step->kind != SCENARIO_START ||
                     simulation_report(play->simulation)->problem.status == STATUS_OK;
    /* The heading is written first, and taken back where nothing follows. */
    size_t size = play->report->size;
    write_heading(play, index, step);
    if (check_step(play, step, has_state, error) != STATUS_OK)
        return error->status;
    if (!has_state && play->scenario->step_count > 1) {
        note(play, false);
        writer_string(play->report, "the start failed: no further step can be taken\n");
    }
    if (play->agrees)
        play->report->size = size;
    return STATUS_OK;
}

static enum status play_steps(struct play *play, struct error *error)
{
    for (size_t i = 0; i < play->scenario->step_count && play->agrees; i++) {
        if (play_step(play, i, error) != STATUS_OK)
            return error->status;
    }
    return STATUS_OK;
}

enum status scenario_run(const struct machine *machine, const struct machine_limits *limits,
                         const struct scenario *scenario, struct coverage *coverage,
                         struct writer *report, bool *passed, struct error *error)
{
    struct play play = {.machine = machine,
                        .scenario = scenario,
                        .coverage = coverage,
                        .trace_arena = arena_create(SIMULATION_MEMORY_MAX),
                        .arena = arena_create(SIMULATION_MEMORY_MAX),
                        .report = report,
                        .agrees = true};
    struct machine_limits traced = *limits;
    traced.trace = &play.trace;
    enum status status =
        play.trace_arena == NULL || play.arena == NULL ? error_memory(error) : STATUS_OK;
    if (status == STATUS_OK)
        status = simulation_create(&play.simulation, machine, &traced, scenario->input,
                                   scenario->now_ms, error);
    if (status == STATUS_OK)
        status = play_steps(&play, error);
    simulation_destroy(play.simulation);
    arena_destroy(play.trace_arena);
    arena_destroy(play.arena);
    *passed = play.agrees;
    return status;
}
