/* accepted.c - which events could move a machine in the state that it is in. */
#include "core/arena.h"
#include "core/machine/interpreter.h"
#include "core/machine/state_set.h"
#include "core/machine/tables.h"

/* xstate.done.state.*, xstate.after.* and the like: nobody sends these. */
static bool is_internal(struct text name)
{
    return text_starts_with(name, "xstate.");
}

static void add_types(const struct machine *machine, const struct state *state, uint64_t *seen,
                      struct text *items, size_t *count)
{
    for (uint32_t i = 0; i < state->handler_count; i++) {
        uint16_t descriptor = state->handlers[i].descriptor;
        struct text name = machine->descriptors[descriptor].name;
        if (is_internal(name) || (seen[descriptor / 64] >> (descriptor % 64) & 1) != 0)
            continue;
        seen[descriptor / 64] |= UINT64_C(1) << (descriptor % 64);
        items[(*count)++] = name;
    }
}

bool snapshot_accepted_types(const struct machine *machine, const struct snapshot *snapshot,
                             struct arena *arena, struct text_list *out)
{
    size_t words = (size_t)machine->descriptor_count / 64 + 1;
    uint64_t *seen = arena_alloc_array(arena, words, sizeof *seen);
    struct text *items = arena_alloc_array(arena, machine->descriptor_count, sizeof *items);
    if (seen == NULL || items == NULL)
        return false;
    size_t count = 0;
    for (uint32_t s = machine->state_count; s-- > 0;) {
        if (state_set_has(snapshot->configuration, (uint16_t)s))
            add_types(machine, &machine->states[s], seen, items, &count);
    }
    *out = (struct text_list){items, count};
    return true;
}
