/* Any JSON is compiled or refused with reasons; what is compiled holds together, can be
 * drawn, and runs to an end on every event that it waits for. */
#include <stdint.h>
#include <stdlib.h>

#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/machine/interpreter.h"
#include "core/machine/tables.h"
#include "core/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EVENTS_MAX = 16 };

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

static void check_transitions(const struct machine *machine, struct transition_list list,
                              uint16_t source)
{
    for (uint32_t i = 0; i < list.count; i++) {
        check(list.items[i].source == source);
        for (uint16_t t = 0; t < list.items[i].target_count; t++)
            check(list.items[i].targets[t] < machine->state_count);
    }
}

static void check_state(const struct machine *machine, uint16_t number)
{
    const struct state *state = &machine->states[number];
    check(state->last_descendant >= number && state->last_descendant < machine->state_count);
    check(number == 0 || state_is_descendant(machine, number, state->parent));
    check(state_is_leaf(state) == (state->last_descendant == number));
    check(machine_find_state(machine, state->id) == number);
    check(state->type != STATE_COMPOUND || machine->states[state->initial].parent == number);
    for (uint32_t i = 0; i < state->handler_count; i++) {
        check(i == 0 || state->handlers[i - 1].descriptor < state->handlers[i].descriptor);
        check_transitions(machine, state->handlers[i].transitions, number);
    }
    check_transitions(machine, state->eventless, number);
}

/* The rest of a life: what the machine waits for, in turn, and its timers. */
static void run(const struct machine *machine, struct arena *arena)
{
    struct machine_step step;
    struct error error;
    struct json input = json_object(NULL, 0);
    if (machine_start(machine, input, 0, &limits, arena, &step, &error) != STATUS_OK)
        return;
    struct text_list types = machine_accepted_types(machine);
    struct json snapshot;
    for (size_t i = 0; i < types.count && i < EVENTS_MAX; i++) {
        struct json_member type = {TEXT("type"), json_string(types.items[i])};
        struct snapshot before = step.snapshot;
        enum status status = machine_transition(machine, &before, input, json_object(&type, 1), 0,
                                                &limits, arena, &step, &error);
        if (status == STATUS_OK && step.snapshot.timer_count > 0) {
            struct snapshot waiting = step.snapshot;
            status = machine_fire_timer(machine, &waiting, input, 0, &limits, arena, &step, &error);
        }
        if (status != STATUS_OK)
            return;
        check(snapshot_to_json(machine, &step.snapshot, arena, &snapshot, &error) != STATUS_OK ||
              snapshot_from_json(machine, snapshot, arena, &before, &error) == STATUS_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_create((size_t)256 * 1024 * 1024);
    struct json definition;
    struct error error;
    struct problem_list problems;
    problem_list_init(&problems, arena);
    const struct machine *machine;
    if (json_parse(arena, (struct text){(const char *)data, size}, JSON_LIMITS_DEFAULT, &definition,
                   &error) == STATUS_OK) {
        enum status status = machine_compile(arena, definition, &problems, &machine);
        check(status == (problems.count == 0 ? STATUS_OK : STATUS_REJECTED));
        for (uint16_t i = 0; status == STATUS_OK && i < machine->state_count; i++)
            check_state(machine, i);
        if (status == STATUS_OK) {
            struct writer writer;
            writer_init_arena(&writer, arena, (size_t)16 * 1024 * 1024);
            machine_write_mermaid(machine, machine_accepted_types(machine), (struct text_list){0},
                                  &writer);
            run(machine, arena);
        }
    }
    arena_destroy(arena);
    return 0;
}
