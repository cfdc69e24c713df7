/* A microstep: exit states, execute the transitions' content, enter states, in the
 * order of SCXML's Appendix D with XState 5's domains and default entries. */
#include <string.h>

#include "core/arena.h"
#include "core/machine/macrostep.h"

/* --- Exit ---------------------------------------------------------------------- */

static void compute_exit_set(struct macrostep *macrostep)
{
    state_set_clear(macrostep->states_to_exit);
    for (size_t i = 0; i < macrostep->enabled.count; i++)
        state_set_add_range(
            macrostep->states_to_exit, macrostep->configuration,
            transition_exit_range(macrostep->machine, &macrostep->enabled.items[i]));
}

static enum status exit_state(struct macrostep *macrostep, const struct state *state)
{
    struct place place = {PLACE_EXIT, state, NULL};
    enum status status = execute_actions(macrostep, state->exit, place);
    if (status == STATUS_OK)
        status = cancel_timers(macrostep, state);
    return status;
}

/* Exits the members of the set in reverse document order: children before parents. */
static enum status exit_set(struct macrostep *macrostep, const uint64_t *set, bool removes)
{
    const struct machine *machine = macrostep->machine;
    for (uint16_t s = state_set_previous(set, machine->state_count); s != STATE_NONE;
         s = state_set_previous(set, s)) {
        enum status status = exit_state(macrostep, &machine->states[s]);
        if (status != STATUS_OK)
            return status;
        if (removes) {
            trace_state(macrostep, TRACE_EXITED, s);
            state_set_remove(macrostep->configuration, s);
        }
    }
    return STATUS_OK;
}

/* Of all states that exit, before any of them does. */
static enum status record_histories(struct macrostep *macrostep)
{
    const struct machine *machine = macrostep->machine;
    uint32_t last = machine->states[0].last_descendant;
    enum status status = STATUS_OK;
    for (uint16_t s = state_set_next(macrostep->states_to_exit, last, 0);
         s != STATE_NONE && status == STATUS_OK;
         s = state_set_next(macrostep->states_to_exit, last, (uint32_t)s + 1))
        status = record_history(macrostep, &machine->states[s]);
    return status;
}

static enum status exit_states(struct macrostep *macrostep)
{
    compute_exit_set(macrostep);
    enum status status = record_histories(macrostep);
    if (status == STATUS_OK)
        status = exit_set(macrostep, macrostep->states_to_exit, true);
    return status;
}

/* --- Content --------------------------------------------------------------------- */

static enum status execute_transition_content(struct macrostep *macrostep)
{
    for (size_t i = 0; i < macrostep->enabled.count; i++) {
        const struct transition *transition = macrostep->enabled.items[i].transition;
        struct place place = {PLACE_TRANSITION, &macrostep->machine->states[transition->source],
                              transition};
        enum status status = execute_actions(macrostep, transition->actions, place);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* --- Entry ------------------------------------------------------------------------ */

static void add_state_to_enter(struct macrostep *macrostep, uint16_t state, bool by_default)
{
    state_set_add(macrostep->states_to_enter, state);
    if (by_default)
        state_set_add(macrostep->states_for_default_entry, state);
}

static void add_history_to_enter(struct macrostep *macrostep, const struct state *history,
                                 uint16_t domain);

/* What enters with a state: a compound state's initial child, or what that stands for;
 * those regions of a parallel state into which nothing is entered yet. Recursion ends at
 * MACHINE_STATE_DEPTH_MAX. */
static void add_descendant_states_to_enter(struct macrostep *macrostep, uint16_t number)
{
    const struct machine *machine = macrostep->machine;
    const struct state *state = &machine->states[number];
    if (state->type == STATE_COMPOUND && machine->states[state->initial].type == STATE_HISTORY) {
        add_history_to_enter(macrostep, &machine->states[state->initial], STATE_NONE);
    } else if (state->type == STATE_COMPOUND) {
        add_state_to_enter(macrostep, state->initial, true);
        add_descendant_states_to_enter(macrostep, state->initial);
    } else if (state->type == STATE_PARALLEL) {
        for (uint16_t region = state_first_region(machine, number); region != STATE_NONE;
             region = state_next_region(machine, region)) {
            if (state_set_has_any(macrostep->states_to_enter,
                                  state_descendants(&machine->states[region])))
                continue;
            add_state_to_enter(macrostep, region, true);
            add_descendant_states_to_enter(macrostep, region);
        }
    }
}

/* Regions that are entered because a sibling region was the target: by default, but
 * XState does not run their initial actions. */
static void add_missing_regions(struct macrostep *macrostep, uint16_t parallel)
{
    const struct machine *machine = macrostep->machine;
    for (uint16_t region = state_first_region(machine, parallel); region != STATE_NONE;
         region = state_next_region(machine, region)) {
        if (state_set_has_any(macrostep->states_to_enter,
                              state_descendants(&machine->states[region])))
            continue;
        add_state_to_enter(macrostep, region, false);
        add_descendant_states_to_enter(macrostep, region);
    }
}

/* The ancestors of a target below the domain (all of them when that is STATE_NONE).
 * A parallel domain is not entered again itself, but all its regions were exited. */
static void add_ancestor_states_to_enter(struct macrostep *macrostep, uint16_t target,
                                         uint16_t domain)
{
    const struct state *states = macrostep->machine->states;
    for (uint16_t ancestor = states[target].parent; ancestor != STATE_NONE;
         ancestor = states[ancestor].parent) {
        bool is_below =
            domain == STATE_NONE || state_is_descendant(macrostep->machine, ancestor, domain);
        if (is_below)
            add_state_to_enter(macrostep, ancestor, false);
        else if (ancestor != domain)
            return;
        if (states[ancestor].type == STATE_PARALLEL)
            add_missing_regions(macrostep, ancestor);
    }
}

/* What a history state stands for, with the states between it and the history state's
 * parent. Initial actions run when the default is the parent's initial transition, and
 * otherwise, as in XState, not even those of a compound state that was recorded. A
 * transition that leads back to its own source, the domain, does not enter that. */
static void add_history_to_enter(struct macrostep *macrostep, const struct state *history,
                                 uint16_t domain)
{
    const struct machine *machine = macrostep->machine;
    bool is_recorded;
    struct state_list targets = history_targets(macrostep, history, &is_recorded);
    if (!is_recorded && history->is_initial_default)
        state_set_add(macrostep->states_for_default_entry, history->parent);
    for (size_t i = 0; i < targets.count; i++) {
        if (targets.items[i] != domain)
            add_state_to_enter(macrostep, targets.items[i], false);
        add_descendant_states_to_enter(macrostep, targets.items[i]);
    }
    bool is_inside = domain != STATE_NONE && state_is_descendant(machine, domain, history->parent);
    for (size_t i = 0; i < targets.count; i++)
        add_ancestor_states_to_enter(macrostep, targets.items[i],
                                     is_inside ? domain : history->parent);
}

static void compute_entry_set_of(struct macrostep *macrostep,
                                 const struct enabled_transition *enabled)
{
    const struct transition *transition = enabled->transition;
    for (uint16_t i = 0; i < transition->target_count; i++) {
        const struct state *target = &macrostep->machine->states[transition->targets[i]];
        if (target->type == STATE_HISTORY) {
            add_history_to_enter(macrostep, target, enabled->domain);
            continue;
        }
        /* A transition to its own source enters what is below, not the source itself. */
        if (target->number != enabled->domain)
            add_state_to_enter(macrostep, target->number, true);
        add_descendant_states_to_enter(macrostep, target->number);
    }
    for (size_t i = 0; i < enabled->targets.count; i++)
        add_ancestor_states_to_enter(macrostep, enabled->targets.items[i], enabled->domain);
}

static void compute_entry_set(struct macrostep *macrostep)
{
    state_set_clear(macrostep->states_to_enter);
    state_set_clear(macrostep->states_for_default_entry);
    for (size_t i = 0; i < macrostep->enabled.count; i++)
        compute_entry_set_of(macrostep, &macrostep->enabled.items[i]);
}

/* --- Completion --------------------------------------------------------------------- */

static bool is_in_final_state(const struct macrostep *macrostep, uint16_t number)
{
    const struct machine *machine = macrostep->machine;
    const struct state *state = &machine->states[number];
    if (state->type == STATE_COMPOUND) {
        uint16_t child = state_active_child(macrostep->configuration, state);
        return child != STATE_NONE && machine->states[child].type == STATE_FINAL;
    }
    if (state->type == STATE_PARALLEL) {
        for (uint16_t region = state_first_region(machine, number); region != STATE_NONE;
             region = state_next_region(machine, region)) {
            if (!is_in_final_state(macrostep, region))
                return false;
        }
        return true;
    }
    /* A region that is itself a final state counts at once, as in XState. */
    return state->type == STATE_FINAL;
}

/* {"type": "xstate.done.state.<id>"}, with the output if there is one. */
static enum status make_done_event(struct macrostep *macrostep, const struct state *state,
                                   const struct json *output, struct json *event)
{
    struct json_member *members = arena_alloc_array(macrostep->arena, 2, sizeof *members);
    if (members == NULL)
        return error_memory(macrostep->error);
    size_t count = 0;
    members[count++] = JSON_MEMBER("type", json_string(state->done_type));
    if (output != NULL)
        members[count++] = JSON_MEMBER("output", *output);
    *event = json_object(members, count);
    return STATUS_OK;
}

/* The output of a final state as things stand now; *has is false when it has none. */
static enum status evaluate_output(struct macrostep *macrostep, const struct state *state,
                                   struct json *output, bool *has)
{
    *has = state->output != NULL;
    if (!*has)
        return STATUS_OK;
    enum status status = evaluate_template(macrostep, state->output, output);
    if (status == STATUS_OK)
        return STATUS_OK;
    struct text name = state_name(macrostep->machine, state);
    return error_context(macrostep->error, "output of state \"%.*s\"", TEXT_ARGS(name));
}

static enum status raise_done_event(struct macrostep *macrostep, const struct state *state,
                                    const struct state *final)
{
    struct json output = json_null(), event;
    bool has_output = false;
    enum status status = STATUS_OK;
    if (final != NULL)
        status = evaluate_output(macrostep, final, &output, &has_output);
    if (status == STATUS_OK)
        status = make_done_event(macrostep, state, has_output ? &output : NULL, &event);
    if (status == STATUS_OK)
        status = raise_event(macrostep, event);
    return status;
}

/* The root is complete. Its output is evaluated now, and sees the done event of what
 * completed it: as in XState, of the final state itself when the root is compound. */
static enum status complete_machine(struct macrostep *macrostep, const struct state *completed)
{
    const struct state *root = &macrostep->machine->states[0];
    macrostep->status = MACHINE_DONE;
    macrostep->changed = true;
    if (root->output == NULL)
        return STATUS_OK;

    struct json output = json_null(), done_event, event = macrostep->event;
    bool has_output = false;
    enum status status = STATUS_OK;
    if (completed != root)
        status = evaluate_output(macrostep, completed, &output, &has_output);
    if (status == STATUS_OK)
        status = make_done_event(macrostep, completed, has_output ? &output : NULL, &done_event);
    if (status != STATUS_OK)
        return status;
    set_event(macrostep, done_event);
    status = evaluate_output(macrostep, root, &macrostep->output, &macrostep->has_output);
    set_event(macrostep, event);
    return status;
}

/* After the entry of a final state: its compound parent is done; so is every parallel
 * state above whose regions now all are, each once in a microstep (it can complete only
 * by its last region, so a second time is a second final state of the same region). */
static enum status complete(struct macrostep *macrostep, const struct state *final,
                            uint64_t *completed_states)
{
    const struct state *states = macrostep->machine->states;
    const struct state *completed = final;
    uint16_t ancestor = final->parent;
    if (ancestor != STATE_NONE && states[ancestor].type == STATE_COMPOUND) {
        enum status status = raise_done_event(macrostep, &states[ancestor], final);
        if (status != STATUS_OK)
            return status;
        ancestor = states[ancestor].parent;
    }
    while (ancestor != STATE_NONE && states[ancestor].type == STATE_PARALLEL &&
           !state_set_has(completed_states, ancestor) && is_in_final_state(macrostep, ancestor)) {
        completed = &states[ancestor];
        state_set_add(completed_states, ancestor);
        enum status status = raise_done_event(macrostep, completed, NULL);
        if (status != STATUS_OK)
            return status;
        ancestor = completed->parent;
    }
    return ancestor == STATE_NONE ? complete_machine(macrostep, completed) : STATUS_OK;
}

static enum status enter_state(struct macrostep *macrostep, const struct state *state,
                               uint64_t *completed_states)
{
    state_set_add(macrostep->configuration, state->number);
    trace_state(macrostep, TRACE_ENTERED, state->number);
    struct place entry = {PLACE_ENTRY, state, NULL};
    enum status status = execute_actions(macrostep, state->entry, entry);
    if (status == STATUS_OK)
        status = start_timers(macrostep, state);
    if (status == STATUS_OK && state_set_has(macrostep->states_for_default_entry, state->number)) {
        struct place initial = {PLACE_INITIAL, state, NULL};
        status = execute_actions(macrostep, state->initial_actions, initial);
    }
    if (status == STATUS_OK && state->type == STATE_FINAL)
        status = complete(macrostep, state, completed_states);
    return status;
}

/* Enters what was computed, in document order: parents before children. */
static enum status enter_states(struct macrostep *macrostep)
{
    const struct machine *machine = macrostep->machine;
    uint32_t last = machine->states[0].last_descendant;
    /* The exit set has served; its memory now holds the completed parallel states. */
    uint64_t *completed_states = macrostep->states_to_exit;
    state_set_clear(completed_states);
    for (uint16_t s = state_set_next(macrostep->states_to_enter, last, 0); s != STATE_NONE;
         s = state_set_next(macrostep->states_to_enter, last, (uint32_t)s + 1)) {
        enum status status = enter_state(macrostep, &machine->states[s], completed_states);
        if (status != STATUS_OK)
            return status;
    }
    if (macrostep->status != MACHINE_DONE)
        return STATUS_OK;
    /* The machine is done: everything runs its exit actions, and stays in the value. */
    return exit_set(macrostep, macrostep->configuration, false);
}

/* --- The microstep ------------------------------------------------------------------- */

static enum status count_microstep(struct macrostep *macrostep)
{
    if (macrostep->microsteps == macrostep->limits->microsteps_max)
        return error_set(macrostep->error, STATUS_REJECTED,
                         "not stable after %u microsteps (limit microsteps_max)",
                         macrostep->microsteps);
    macrostep->microsteps++;
    macrostep->transitioned = true;
    return STATUS_OK;
}

/* "Changed" as XState sees it: an assign ran (even with equal values), the set of active
 * states differs, history was recorded, or the machine is done. An eventless transition that changed nothing is
 * not tried again before the next event. */
enum status microstep(struct macrostep *macrostep)
{
    macrostep->changed = false;
    if (macrostep->enabled.count == 0)
        return STATUS_OK;
    enum status status = count_microstep(macrostep);
    if (status != STATUS_OK)
        return status;

    state_set_copy(macrostep->configuration_before, macrostep->configuration);
    remove_conflicting_transitions(macrostep);
    for (size_t i = 0; i < macrostep->enabled.count; i++)
        trace_transition(macrostep, TRACE_TAKEN, macrostep->enabled.items[i].transition);
    compute_entry_set(macrostep); /* before exiting records new history */
    status = exit_states(macrostep);
    if (status == STATUS_OK)
        status = execute_transition_content(macrostep);
    if (status == STATUS_OK)
        status = enter_states(macrostep);
    if (memcmp(macrostep->configuration_before, macrostep->configuration,
               macrostep->machine->word_count * sizeof(uint64_t)) != 0)
        macrostep->changed = true;
    return status;
}

enum status initial_microstep(struct macrostep *macrostep)
{
    enum status status = count_microstep(macrostep);
    if (status != STATUS_OK)
        return status;
    add_state_to_enter(macrostep, 0, true);
    add_descendant_states_to_enter(macrostep, 0);
    return enter_states(macrostep);
}
