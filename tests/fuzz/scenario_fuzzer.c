/* A file of scenarios comes from a person, or from a program that writes them. Reading it
 * and playing it to a small machine ends; a scenario that does not pass says why, and one
 * that passes says nothing. */
#include <stdint.h>
#include <stdlib.h>

#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/scenario/scenario.h"
#include "core/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char definition[] =
    "{\"id\":\"m\",\"version\":\"1.0.0\",\"initial\":\"p\",\"context\":{\"n\":1},\"states\":{"
    "\"p\":{\"type\":\"parallel\",\"states\":{"
    "\"r\":{\"initial\":\"a\",\"states\":{\"a\":{\"on\":{\"evt.x\":{\"target\":\"b\",\"actions\":["
    "{\"type\":\"@xstate.emit\",\"event\":{\"type\":\"cmd.x\",\"data\":{\"@expr\":\"event.data\"}}}"
    "]"
    "}}},\"b\":{\"type\":\"final\"}}},\"s\":{}},\"after\":{\"5s\":{\"target\":\"p\"}},"
    "\"on\":{\"evt.*\":{\"target\":\"q\"}}},\"q\":{\"type\":\"final\"}}}";

static const struct machine_limits limits = {
    .microsteps_max = 20,
    .raised_events_max = 20,
    .effects_max = 100,
    .expression_cost_max = 10000,
    .context_size_max = 64 * 1024,
    .memory_max = 64 * 1024 * 1024,
};

/* Advancing by years fires the machine's timer again and again; a few steps are enough. */
enum { SCENARIOS_PLAYED = 4, STEPS_PLAYED = 16, ADVANCE_MS_MAX = 60 * 1000 };

static bool is_playable(const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->step_count; i++) {
        if (scenario->steps[i].advance_ms > ADVANCE_MS_MAX)
            return false;
    }
    return scenario->step_count <= STEPS_PLAYED;
}

static void play(const struct machine *machine, const struct scenario_file *file,
                 struct arena *arena)
{
    for (size_t i = 0; i < file->count && i < SCENARIOS_PLAYED; i++) {
        struct coverage coverage;
        struct error error;
        struct writer report;
        bool passed = false;
        writer_init_arena(&report, arena, (size_t)1024 * 1024);
        if (!is_playable(&file->items[i]) || !coverage_init(&coverage, machine, arena))
            continue;
        if (scenario_run(machine, &limits, &file->items[i], &coverage, &report, &passed, &error) ==
                STATUS_OK &&
            passed != (report.size == 0))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_create((size_t)32 * 1024 * 1024);
    struct problem_list *problems = arena_alloc(arena, sizeof *problems);
    const struct machine *machine;
    struct scenario_file file;
    struct json json;
    struct error error;
    problem_list_init(problems, arena);
    if (json_parse(arena, text_of(definition), JSON_LIMITS_DEFAULT, &json, &error) != STATUS_OK ||
        machine_compile(arena, json, problems, &machine) != STATUS_OK)
        abort();
    struct text text = {(const char *)data, size};
    if (json_parse(arena, text, JSON_LIMITS_DEFAULT, &json, &error) == STATUS_OK &&
        scenario_file_read(arena, json, problems, &file, &error) == STATUS_OK)
        play(machine, &file, arena);
    arena_destroy(arena);
    return 0;
}
