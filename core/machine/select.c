/* Selection of transitions: SCXML's selectTransitions, selectEventlessTransitions and
 * removeConflictingTransitions, each as XState 5 does it. */
#include "core/arena.h"
#include "core/machine/macrostep.h"

static enum status enable(struct macrostep *macrostep, const struct transition *transition)
{
    struct transition_set *enabled = &macrostep->enabled;
    struct enabled_transition *items = array_grow(macrostep->arena, enabled->items, enabled->count,
                                                  &enabled->capacity, sizeof *items);
    if (items == NULL)
        return error_memory(macrostep->error);
    enabled->items = items;
    struct enabled_transition *added = &items[enabled->count++];
    *added = (struct enabled_transition){
        transition, {transition->targets, transition->target_count}, transition->domain};
    if (!transition->targets_history)
        return STATUS_OK;
    enum status status = get_effective_target_states(macrostep, transition, &added->targets);
    if (status == STATUS_OK)
        added->domain =
            get_transition_domain(macrostep->machine, transition->source, transition->reenter,
                                  added->targets.items, added->targets.count);
    return status;
}

/* Candidates from `first` on, which nobody will ask. */
static void trace_unasked(const struct macrostep *macrostep, struct transition_list candidates,
                          uint32_t first, enum trace_kind why)
{
    for (uint32_t i = first; macrostep->limits->trace != NULL && i < candidates.count; i++)
        trace_transition(macrostep, why, &candidates.items[i]);
}

/* The same of all descriptors from this one on, the broader ones too. */
static void trace_unasked_state(const struct macrostep *macrostep, const struct state *state,
                                uint16_t descriptor, enum trace_kind why)
{
    for (uint16_t d = descriptor; macrostep->limits->trace != NULL && d != DESCRIPTOR_NONE;
         d = macrostep->machine->descriptors[d].broader)
        trace_unasked(macrostep, state_candidates(state, d), 0, why);
}

/* The first whose guard is true, or NULL. */
static enum status first_enabled(struct macrostep *macrostep, struct transition_list candidates,
                                 const struct transition **out)
{
    *out = NULL;
    for (uint32_t i = 0; i < candidates.count; i++) {
        bool holds = false;
        enum status status = evaluate_guard(macrostep, &candidates.items[i], &holds);
        if (status != STATUS_OK) {
            trace_transition(macrostep, TRACE_GUARD_FAILED, &candidates.items[i]);
            return status;
        }
        if (holds) {
            *out = &candidates.items[i];
            trace_unasked(macrostep, candidates, i + 1, TRACE_BEHIND);
            return STATUS_OK;
        }
        trace_transition(macrostep, TRACE_GUARD_FALSE, &candidates.items[i]);
    }
    return STATUS_OK;
}

/* Asks one state: the candidates of the exact descriptor, then those of the wildcards
 * that match, longest first. */
static enum status select_candidate(struct macrostep *macrostep, const struct state *state,
                                    uint16_t descriptor)
{
    if (state->handler_count == 0)
        return STATUS_OK;
    for (uint16_t d = descriptor; d != DESCRIPTOR_NONE;
         d = macrostep->machine->descriptors[d].broader) {
        const struct transition *transition;
        enum status status = first_enabled(macrostep, state_candidates(state, d), &transition);
        if (status != STATUS_OK)
            return status;
        if (transition != NULL) {
            uint16_t broader = macrostep->machine->descriptors[d].broader;
            trace_unasked_state(macrostep, state, broader, TRACE_BEHIND);
            return enable(macrostep, transition);
        }
    }
    return STATUS_OK;
}

/* Innermost first: a state is asked only if nothing below it answered. For a parallel
 * state that means none of its regions (SCXML asks it once for every silent region).
 * Recursion ends at MACHINE_STATE_DEPTH_MAX. */
static enum status select_within(struct macrostep *macrostep, const struct state *state,
                                 uint16_t descriptor)
{
    const struct machine *machine = macrostep->machine;
    size_t before = macrostep->enabled.count;
    enum status status = STATUS_OK;
    if (state->type == STATE_COMPOUND) {
        uint16_t child = state_active_child(macrostep->configuration, state);
        if (child != STATE_NONE)
            status = select_within(macrostep, &machine->states[child], descriptor);
    } else if (state->type == STATE_PARALLEL) {
        for (uint16_t region = state_first_region(machine, state->number);
             region != STATE_NONE && status == STATUS_OK;
             region = state_next_region(machine, region))
            status = select_within(macrostep, &machine->states[region], descriptor);
    }
    if (status != STATUS_OK)
        return status;
    if (macrostep->enabled.count > before) {
        trace_unasked_state(macrostep, state, descriptor, TRACE_OUTER);
        return STATUS_OK;
    }
    return select_candidate(macrostep, state, descriptor);
}

enum status select_transitions(struct macrostep *macrostep)
{
    const struct machine *machine = macrostep->machine;
    macrostep->enabled.count = 0;
    uint16_t descriptor =
        machine_find_descriptor(machine, json_get_string(macrostep->event, "type"));
    if (descriptor == DESCRIPTOR_NONE)
        return STATUS_OK;
    return select_within(macrostep, &machine->states[0], descriptor);
}

static bool is_enabled(const struct transition_set *enabled, const struct transition *transition)
{
    for (size_t i = 0; i < enabled->count; i++) {
        if (enabled->items[i].transition == transition)
            return true;
    }
    return false;
}

/* The leaf or the nearest ancestor with an `always` whose guard is true. */
static enum status select_eventless_of(struct macrostep *macrostep, uint16_t leaf)
{
    const struct state *states = macrostep->machine->states;
    for (uint16_t s = leaf; s != STATE_NONE; s = states[s].parent) {
        const struct transition *transition;
        enum status status = first_enabled(macrostep, states[s].eventless, &transition);
        if (status != STATUS_OK)
            return status;
        if (transition == NULL)
            continue;
        /* A common ancestor answers for many leaves, once. */
        if (!is_enabled(&macrostep->enabled, transition))
            return enable(macrostep, transition);
        return STATUS_OK;
    }
    return STATUS_OK;
}

enum status select_eventless_transitions(struct macrostep *macrostep)
{
    const struct machine *machine = macrostep->machine;
    uint32_t last = machine->states[0].last_descendant;
    macrostep->enabled.count = 0;
    /* In document order, where XState goes by order of entry: what a machine does must
     * not depend on when its snapshot was last stored and read. */
    for (uint16_t s = state_set_next(macrostep->configuration, last, 0); s != STATE_NONE;
         s = state_set_next(macrostep->configuration, last, (uint32_t)s + 1)) {
        if (!state_is_leaf(&machine->states[s]))
            continue;
        enum status status = select_eventless_of(macrostep, s);
        if (status != STATUS_OK)
            return status;
    }
    remove_conflicting_transitions(macrostep);
    return STATUS_OK;
}

struct state_range transition_exit_range(const struct machine *machine,
                                         const struct enabled_transition *enabled)
{
    if (enabled->targets.count == 0)
        return (struct state_range){1, 0};
    if (enabled->domain == STATE_NONE)
        return (struct state_range){0, machine->states[0].last_descendant};
    return state_descendants(&machine->states[enabled->domain]);
}

/* Two transitions conflict when an active state would be exited by both. */
static bool is_conflict(const struct macrostep *macrostep, const struct enabled_transition *a,
                        const struct enabled_transition *b)
{
    return state_set_has_any(
        macrostep->configuration,
        state_range_intersection(transition_exit_range(macrostep->machine, a),
                                 transition_exit_range(macrostep->machine, b)));
}

/* Of the `kept` first ones, those that conflict with `enabled` lose if they stand
 * further out; otherwise it is preempted by them. */
static bool is_preempted(const struct macrostep *macrostep,
                         const struct enabled_transition *enabled, size_t kept)
{
    for (size_t i = 0; i < kept; i++) {
        const struct enabled_transition *other = &macrostep->enabled.items[i];
        if (is_conflict(macrostep, enabled, other) &&
            !state_is_descendant(macrostep->machine, enabled->transition->source,
                                 other->transition->source))
            return true;
    }
    return false;
}

static size_t drop_conflicting(struct macrostep *macrostep,
                               const struct enabled_transition *enabled, size_t kept)
{
    struct enabled_transition *items = macrostep->enabled.items;
    size_t left = 0;
    for (size_t i = 0; i < kept; i++) {
        if (!is_conflict(macrostep, enabled, &items[i]))
            items[left++] = items[i];
        else
            trace_transition(macrostep, TRACE_PREEMPTED, items[i].transition);
    }
    return left;
}

void remove_conflicting_transitions(struct macrostep *macrostep)
{
    struct transition_set *set = &macrostep->enabled;
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++) {
        struct enabled_transition enabled = set->items[i];
        if (kept > 0) {
            if (is_preempted(macrostep, &enabled, kept)) {
                trace_transition(macrostep, TRACE_PREEMPTED, enabled.transition);
                continue;
            }
            kept = drop_conflicting(macrostep, &enabled, kept);
        }
        set->items[kept++] = enabled;
    }
    set->count = kept;
}
