/* state_events.c - what each state sends and listens to. */
#include "core/arena.h"
#include "core/machine/label.h"
#include "core/machine/macrostep.h"

/* Types that were found, each once. A machine's literal types are known, so there is room. */
struct types {
    struct text *items;
    size_t count;
    size_t count_max;
};

static void add_type(struct types *types, struct text type)
{
    for (size_t i = 0; i < types->count; i++) {
        if (text_equal(types->items[i], type))
            return;
    }
    if (types->count < types->count_max)
        types->items[types->count++] = type;
}

/* Names refer to names no deeper than MACHINE_NAMED_DEPTH_MAX. */
static void add_emitted(struct types *types, struct action_list actions)
{
    for (uint32_t i = 0; i < actions.count; i++) {
        const struct action_list one = {&actions.items[i], 1};
        struct text type;
        if (actions.items[i].kind == ACTION_NAMED)
            add_emitted(types, actions.items[i].named);
        else if (label_emitted_types(one, &type, 1) == 1)
            add_type(types, type);
    }
}

static void add_emitted_of_list(struct types *types, struct transition_list list)
{
    for (uint32_t i = 0; i < list.count; i++)
        add_emitted(types, list.items[i].actions);
}

static void add_all_emitted(struct types *types, const struct state *state)
{
    add_emitted(types, state->entry);
    add_emitted(types, state->initial_actions);
    add_emitted_of_list(types, state->eventless);
    for (uint32_t i = 0; i < state->handler_count; i++)
        add_emitted_of_list(types, state->handlers[i].transitions);
    add_emitted(types, state->exit);
}

static void add_accepted(struct types *types, const struct machine *machine,
                         const struct state *state)
{
    for (uint32_t i = 0; i < state->handler_count; i++) {
        struct text name = machine->descriptors[state->handlers[i].descriptor].name;
        if (!text_starts_with(name, "xstate."))
            add_type(types, name);
    }
}

/* Whether it is entered by default with all that is around it. */
static bool is_initial(const struct machine *machine, const struct state *state)
{
    for (; state->parent != STATE_NONE; state = &machine->states[state->parent]) {
        const struct state *parent = &machine->states[state->parent];
        if (state->type == STATE_HISTORY ||
            (parent->type == STATE_COMPOUND && parent->initial != state->number))
            return false;
    }
    return true;
}

static bool types_init(struct types *types, struct arena *arena, size_t count_max)
{
    *types = (struct types){arena_alloc_array(arena, count_max, sizeof(struct text)), 0, count_max};
    return types->items != NULL;
}

static bool read_state(const struct machine *machine, const struct state *state,
                       struct arena *arena, struct state_events *out)
{
    struct types entry, emits, accepts;
    if (!types_init(&entry, arena, machine->emitted_types.count) ||
        !types_init(&emits, arena, machine->emitted_types.count) ||
        !types_init(&accepts, arena, state->handler_count))
        return false;
    add_emitted(&entry, state->entry);
    add_all_emitted(&emits, state);
    add_accepted(&accepts, machine, state);
    *out = (struct state_events){.state = state_name(machine, state),
                                 .is_initial = is_initial(machine, state),
                                 .entry_emits = {entry.items, entry.count},
                                 .emits = {emits.items, emits.count},
                                 .accepts = {accepts.items, accepts.count}};
    return true;
}

bool machine_state_events(const struct machine *machine, struct arena *arena,
                          const struct state_events **out, size_t *count)
{
    struct state_events *items = arena_alloc_array(arena, machine->state_count, sizeof *items);
    *out = items;
    *count = 0;
    if (items == NULL)
        return false;
    for (uint16_t s = 0; s < machine->state_count; s++) {
        struct arena_mark mark = arena_mark(arena);
        struct state_events *events = &items[*count];
        if (!read_state(machine, &machine->states[s], arena, events))
            return false;
        if (events->emits.count > 0 || events->accepts.count > 0)
            (*count)++;
        else
            arena_rewind(arena, mark);
    }
    return true;
}
