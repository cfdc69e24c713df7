/* lint_state.c - states that are never entered, never left, or wait without an end. */
#include "core/machine/lint_pass.h"

/* --- unreachable-state ------------------------------------------------------------------- */

/* Of a subtree that is never entered, its root alone. */
static void lint_unreachable(struct lint_pass *pass, const struct state *state)
{
    if (pass->is_reachable[state->number] || !pass->is_reachable[state->parent])
        return;
    lint_note(pass, LINT_UNREACHABLE_STATE, state->number, PROBLEM_AT_KEY,
              lint_state_path(pass, state->number),
              "state %s can never be entered: no transition that can be taken leads to it",
              lint_state_name(pass->machine, state->number).text);
}

/* --- dead-end ------------------------------------------------------------------------------ */

/* Whether entering `target` ends in `state` by default. */
static bool enters_by_default(const struct machine *machine, uint16_t target, uint16_t state)
{
    while (target != state) {
        const struct state *entered = &machine->states[target];
        if (!state_is_descendant(machine, state, target))
            return false;
        if (entered->type == STATE_PARALLEL) /* all regions are: go on in the one with `state` */
            for (target = state_first_child(machine, target);
                 !lint_is_inside(machine, state, target);)
                target = state_next_sibling(machine, target);
        else
            target = entered->initial;
        if (target == STATE_NONE)
            return false;
    }
    return true;
}

/* After it, `state` is not active. */
static bool leaves(const struct machine *machine, const struct transition *transition,
                   uint16_t state)
{
    if (transition->target_count == 0)
        return false;
    if (transition->targets_history) /* who knows where that is */
        return true;
    if (transition->domain != STATE_NONE &&
        !state_is_descendant(machine, state, transition->domain))
        return false;
    for (uint16_t i = 0; i < transition->target_count; i++) {
        if (lint_is_inside(machine, transition->targets[i], state) ||
            enters_by_default(machine, transition->targets[i], state))
            return false;
    }
    return true;
}

struct exit_search {
    const struct lint_pass *pass;
    uint16_t state;
};

/* It waits for a state around `state` to be done, which that is not as long as `state`,
 * which is not final, is active. */
static bool waits_for_end_around(const struct machine *machine, const struct transition *transition,
                                 uint16_t state)
{
    static const char prefix[] = "xstate.done.state.";
    if (transition->descriptor == DESCRIPTOR_NONE)
        return false;
    struct text name = machine->descriptors[transition->descriptor].name;
    if (!text_starts_with(name, prefix) || text_ends_with(name, "*"))
        return false;
    struct text id = {name.data + sizeof prefix - 1, name.size - (sizeof prefix - 1)};
    uint16_t done = machine_find_state(machine, id);
    return done != STATE_NONE && state_is_descendant(machine, state, done);
}

/* False, which ends the search: there is a way out. */
static bool is_no_exit(void *context, const struct transition *transition)
{
    const struct exit_search *search = context;
    const struct machine *machine = search->pass->machine;
    return !lint_is_possible(search->pass, transition) ||
           !leaves(machine, transition, search->state) ||
           waits_for_end_around(machine, transition, search->state);
}

/* Whether a transition of any state that is active together with `state` leaves it: of
 * itself, around it, inside of it, in another region. */
static bool can_be_left(struct lint_pass *pass, uint16_t state)
{
    const struct machine *machine = pass->machine;
    struct exit_search search = {pass, state};
    for (uint16_t i = 0; i < machine->state_count; i++) {
        bool is_active_too = lint_is_inside(machine, i, state) ||
                             lint_is_inside(machine, state, i) ||
                             lint_are_concurrent(machine, i, state);
        if (is_active_too && pass->is_reachable[i] &&
            !lint_each_transition(&machine->states[i], is_no_exit, &search))
            return true;
    }
    return false;
}

/* A region ends with its parallel state, which is asked instead. */
static bool may_be_dead_end(const struct lint_pass *pass, const struct state *state)
{
    return pass->is_reachable[state->number] && state->type != STATE_FINAL &&
           state->type != STATE_HISTORY && state->type != STATE_CHOICE &&
           pass->machine->states[state->parent].type != STATE_PARALLEL;
}

static void note_dead_end(struct lint_pass *pass, const struct state *state)
{
    lint_note(pass, LINT_DEAD_END, state->number, PROBLEM_AT_KEY,
              lint_state_path(pass, state->number), "state %s can never be left, and is not final",
              lint_state_name(pass->machine, state->number).text);
}

/* --- wait-without-deadline ------------------------------------------------------------------ */

/* A timer, or an event that was raised for later. */
static bool has_timer(const struct lint_pass *pass, const struct state *state)
{
    bool has_one = state->delay_count > 0;
    for (uint32_t i = 0; i < state->handler_count; i++)
        has_one |= pass->is_delayed[state->handlers[i].descriptor];
    return has_one;
}

static bool has_deadline(const struct lint_pass *pass, uint16_t state)
{
    const struct machine *machine = pass->machine;
    for (uint16_t i = 0; i < machine->state_count; i++) {
        if (pass->is_reachable[i] && has_timer(pass, &machine->states[i]) &&
            (lint_is_inside(machine, state, i) || lint_are_concurrent(machine, i, state)))
            return true;
    }
    return false;
}

/* The state listens to events from outside; those that the machine raises are its own. */
static bool listens(const struct lint_pass *pass, const struct state *state)
{
    for (uint32_t i = 0; i < state->handler_count; i++) {
        const struct handler *handler = &state->handlers[i];
        struct text name = pass->machine->descriptors[handler->descriptor].name;
        if (!text_starts_with(name, "xstate.") && !pass->is_raised[handler->descriptor] &&
            lint_is_possible(pass, handler->transitions.items))
            return true;
    }
    return false;
}

/* It is left at once: an eventless transition of it always holds. */
static bool is_passed_through(const struct lint_pass *pass, const struct state *state)
{
    for (uint32_t i = 0; i < state->eventless.count; i++) {
        if (pass->guards[lint_transition_number(pass, &state->eventless.items[i])] == TRUTH_TRUE &&
            state->eventless.items[i].target_count > 0)
            return true;
    }
    return false;
}

static bool waits(const struct lint_pass *pass, uint16_t leaf)
{
    bool is_listening = false;
    for (uint16_t s = leaf; s != STATE_NONE; s = pass->machine->states[s].parent) {
        if (is_passed_through(pass, &pass->machine->states[s]))
            return false;
        is_listening |= listens(pass, &pass->machine->states[s]);
    }
    return is_listening;
}

static void lint_wait(struct lint_pass *pass, const struct state *state)
{
    if (waits(pass, state->number) && !has_deadline(pass, state->number))
        lint_note(pass, LINT_WAIT_WITHOUT_DEADLINE, state->number, PROBLEM_AT_KEY,
                  lint_state_path(pass, state->number),
                  "state %s waits for an event, and nothing happens if that never comes",
                  lint_state_name(pass->machine, state->number).text);
}

/* --- All -------------------------------------------------------------------------------------- */

/* From the last state to the first: those inside before those around, as the innermost
 * one that cannot be left is the one to mend. */
static bool *lint_dead_ends(struct lint_pass *pass)
{
    const struct machine *machine = pass->machine;
    bool *has_one = lint_alloc(pass, machine->state_count, sizeof *has_one);
    for (uint16_t i = machine->state_count; has_one != NULL && i-- > 1;) {
        const struct state *state = &machine->states[i];
        if (!has_one[i] && may_be_dead_end(pass, state) && !can_be_left(pass, i)) {
            note_dead_end(pass, state);
            has_one[i] = true;
        }
        has_one[state->parent] |= has_one[i];
    }
    return has_one;
}

void lint_states(struct lint_pass *pass)
{
    const bool *has_dead_end = lint_dead_ends(pass);
    for (uint16_t i = 1; i < pass->machine->state_count && !pass->out_of_memory; i++) {
        const struct state *state = &pass->machine->states[i];
        lint_unreachable(pass, state);
        if (state->type == STATE_ATOMIC && pass->is_reachable[i] && !has_dead_end[i])
            lint_wait(pass, state);
    }
}
