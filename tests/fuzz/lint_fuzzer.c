/* Whatever compiles can be linted and looked over for strictness; each thing that is said
 * has a place in the text; and a state that is said never to be entered is not, whatever
 * the machine runs into. */
#include <stdint.h>
#include <stdlib.h>

#include "adapters/json/json_locate.h"
#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/json_path.h"
#include "core/machine/interpreter.h"
#include "core/machine/lint.h"
#include "core/machine/state_set.h"
#include "core/machine/strict.h"
#include "core/machine/tables.h"
#include "core/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Paths longer than this may have been cut. */
enum { PATH_SIZE_SURE = 400, EVENTS_MAX = 16 };

static const struct machine_limits limits = {
    .microsteps_max = 20,
    .raised_events_max = 20,
    .effects_max = 100,
    .expression_cost_max = 10000,
    .context_size_max = 64 * 1024,
    .memory_max = 64 * 1024 * 1024,
};

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_places(struct text text, const struct problem_list *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        struct json_place place;
        struct text path = text_of(problems->items[i].path);
        check(path.size > PATH_SIZE_SURE || json_locate(text, path, &place));
    }
}

static void write_path(struct writer *writer, const struct machine *machine, uint16_t state)
{
    if (machine->states[state].parent == STATE_NONE) {
        writer_char(writer, '$');
        return;
    }
    write_path(writer, machine, machine->states[state].parent);
    writer_string(writer, ".states");
    json_path_write_key(writer, machine->states[state].key);
}

static bool is_said_unreachable(const struct problem_list *problems, struct text path)
{
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->items[i];
        if (problem->rule == lint_descriptions[LINT_UNREACHABLE_STATE].name &&
            text_is(path, problem->path))
            return true;
    }
    return false;
}

static void check_active(const struct machine *machine, const uint64_t *configuration,
                         const struct problem_list *problems)
{
    for (uint16_t i = 0; i < machine->state_count; i++) {
        char path[PATH_SIZE_SURE];
        struct writer writer;
        writer_init(&writer, path, sizeof path);
        write_path(&writer, machine, i);
        if (state_set_has(configuration, i) && !writer.overflowed)
            check(!is_said_unreachable(problems, writer_result(&writer)));
    }
}

/* What the machine waits for, in turn, and its timers. */
static void run(const struct machine *machine, struct arena *arena,
                const struct problem_list *problems)
{
    struct machine_step step;
    struct error error;
    struct json input = json_object(NULL, 0);
    if (machine_start(machine, input, 0, &limits, arena, &step, &error) != STATUS_OK)
        return;
    check_active(machine, step.snapshot.configuration, problems);
    struct text_list types = machine_accepted_types(machine);
    for (size_t i = 0; i < types.count && i < EVENTS_MAX; i++) {
        struct json_member type = {TEXT("type"), json_string(types.items[i])};
        struct snapshot before = step.snapshot;
        enum status status = machine_transition(machine, &before, input, json_object(&type, 1), 0,
                                                &limits, arena, &step, &error);
        if (status == STATUS_OK && step.snapshot.timer_count > 0) {
            struct snapshot waiting = step.snapshot;
            check_active(machine, waiting.configuration, problems);
            status = machine_fire_timer(machine, &waiting, input, 0, &limits, arena, &step, &error);
        }
        if (status != STATUS_OK)
            return;
        check_active(machine, step.snapshot.configuration, problems);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct lint_settings all = {.is_allowed = {false}};
    struct arena *arena = arena_create((size_t)256 * 1024 * 1024);
    struct arena *work = arena_create((size_t)256 * 1024 * 1024);
    struct text text = {(const char *)data, size};
    struct json definition;
    struct error error;
    static struct problem_list problems;
    const struct machine *machine;
    problem_list_init(&problems, arena);
    if (json_parse(arena, text, JSON_LIMITS_DEFAULT, &definition, &error) == STATUS_OK &&
        machine_compile(arena, definition, &problems, &machine) == STATUS_OK) {
        check(machine_lint(machine, definition, &all, work, &problems) == STATUS_OK);
        machine_check_strict(definition, &problems);
        run(machine, arena, &problems);
    }
    check_places(text, &problems);
    arena_destroy(work);
    arena_destroy(arena);
    return 0;
}
