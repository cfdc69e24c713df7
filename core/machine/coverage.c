#include "core/machine/coverage.h"

#include "core/arena.h"
#include "core/machine/macrostep.h"
#include "core/writer.h"

static uint64_t *bits_create(struct arena *arena, uint32_t count)
{
    return arena_alloc_array(arena, (size_t)count / 64 + 1, sizeof(uint64_t));
}

static void bits_set(uint64_t *bits, uint32_t number)
{
    bits[number / 64] |= UINT64_C(1) << (number % 64);
}

static bool bits_has(const uint64_t *bits, uint32_t number)
{
    return (bits[number / 64] >> (number % 64) & 1) != 0;
}

bool coverage_init(struct coverage *coverage, const struct machine *machine, struct arena *arena)
{
    *coverage = (struct coverage){.machine = machine,
                                  .transitions = bits_create(arena, machine->transition_count),
                                  .states = bits_create(arena, machine->state_count)};
    return coverage->transitions != NULL && coverage->states != NULL;
}

void coverage_add(struct coverage *coverage, const struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_entry *entry = &trace->items[i];
        if (entry->kind == TRACE_TAKEN)
            bits_set(coverage->transitions, entry->number);
        else if (entry->kind == TRACE_ENTERED)
            bits_set(coverage->states, entry->number);
    }
}

struct coverage_count coverage_transitions(const struct coverage *coverage)
{
    struct coverage_count count = {0, coverage->machine->transition_count};
    for (uint32_t i = 0; i < count.total; i++)
        count.covered += bits_has(coverage->transitions, i);
    return count;
}

struct coverage_count coverage_states(const struct coverage *coverage)
{
    struct coverage_count count = {0, 0};
    for (uint32_t i = 1; i < coverage->machine->state_count; i++) {
        if (coverage->machine->states[i].type == STATE_HISTORY)
            continue;
        count.covered += bits_has(coverage->states, i);
        count.total++;
    }
    return count;
}

void coverage_write_missing(const struct coverage *coverage, const char *indent,
                            struct writer *writer)
{
    const struct machine *machine = coverage->machine;
    for (uint32_t i = 0; i < machine->transition_count; i++) {
        if (bits_has(coverage->transitions, i))
            continue;
        writer_string(writer, indent);
        writer_string(writer, "not taken    ");
        machine_write_transition(machine, i, writer);
        writer_char(writer, '\n');
    }
    for (uint32_t i = 1; i < machine->state_count; i++) {
        if (bits_has(coverage->states, i) || machine->states[i].type == STATE_HISTORY)
            continue;
        writer_string(writer, indent);
        writer_string(writer, "not entered  ");
        writer_text(writer, state_name(machine, &machine->states[i]));
        writer_char(writer, '\n');
    }
}
