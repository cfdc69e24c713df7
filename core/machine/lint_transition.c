/* lint_transition.c - transitions that are never taken, and those that never end. */
#include "core/machine/lint_pass.h"

/* --- guard-never-true, unreachable-transition -------------------------------------------- */

/* What the condition is called. */
static const char *guard_member(const struct lint_pass *pass, const struct transition *transition)
{
    bool is_branch = pass->machine->states[transition->source].type == STATE_CHOICE;
    return is_branch ? ".when" : ".guard";
}

static void lint_candidates(struct lint_pass *pass, struct transition_list candidates)
{
    bool is_asked = true;
    for (uint32_t i = 0; i < candidates.count; i++) {
        const struct transition *transition = &candidates.items[i];
        enum truth truth = pass->guards[lint_transition_number(pass, transition)];
        if (!is_asked)
            lint_note(pass, LINT_UNREACHABLE_TRANSITION, transition->source, PROBLEM_AT_VALUE,
                      transition->path,
                      "this transition is never taken: one before it holds always");
        else if (truth == TRUTH_FALSE)
            lint_note(
                pass, LINT_GUARD_NEVER_TRUE, transition->source, PROBLEM_AT_KEY,
                lint_path_below(pass, transition->path, guard_member(pass, transition), TEXT_NONE),
                "this guard is false whatever happens");
        is_asked &= truth != TRUTH_TRUE;
    }
}

/* --- endless-always ----------------------------------------------------------------------- */

static bool change_context(struct action_list actions)
{
    for (uint32_t i = 0; i < actions.count; i++) {
        const struct action *action = &actions.items[i];
        bool raises = action->kind == ACTION_RAISE && action->delay == NULL;
        if (action->kind == ACTION_ASSIGN || raises || change_context(action->named))
            return true;
    }
    return false;
}

/* The eventless transition that is taken for sure while `leaf` is active; NULL when none
 * is, or guards decide. SCXML, selectEventlessTransitions: the innermost state first. */
static const struct transition *certain_transition(const struct lint_pass *pass, uint16_t leaf)
{
    for (uint16_t s = leaf; s != STATE_NONE; s = pass->machine->states[s].parent) {
        struct transition_list candidates = pass->machine->states[s].eventless;
        for (uint32_t i = 0; i < candidates.count; i++) {
            enum truth truth = pass->guards[lint_transition_number(pass, &candidates.items[i])];
            if (truth == TRUTH_TRUE)
                return &candidates.items[i];
            if (truth == TRUTH_UNKNOWN)
                return NULL;
        }
    }
    return NULL;
}

/* The leaf that a state's default entry ends in; STATE_NONE where that is several. */
static uint16_t default_leaf(const struct machine *machine, uint16_t state)
{
    while (machine->states[state].type == STATE_COMPOUND)
        state = machine->states[state].initial;
    bool is_leaf =
        machine->states[state].type == STATE_ATOMIC || machine->states[state].type == STATE_CHOICE;
    return is_leaf ? state : (uint16_t)STATE_NONE;
}

/* An eventless transition in another region could end what goes round in this one. */
static bool is_alone(const struct lint_pass *pass, uint16_t leaf)
{
    const struct machine *machine = pass->machine;
    for (uint16_t i = 0; i < machine->state_count; i++) {
        if (machine->states[i].eventless.count > 0 && lint_are_concurrent(machine, i, leaf))
            return false;
    }
    return true;
}

/* The leaf that follows for sure; STATE_NONE when the machine comes to rest, or may. What
 * changes neither states nor context ends (XState: "changed"). */
static uint16_t certain_next(const struct lint_pass *pass, uint16_t leaf)
{
    const struct transition *transition = certain_transition(pass, leaf);
    if (transition == NULL || transition->target_count > 1 || !is_alone(pass, leaf))
        return STATE_NONE;
    uint16_t next =
        transition->target_count == 0 ? leaf : default_leaf(pass->machine, transition->targets[0]);
    const struct state *state = &pass->machine->states[leaf];
    bool is_change =
        next != leaf || change_context(transition->actions) ||
        (transition->reenter && (change_context(state->entry) || change_context(state->exit)));
    return is_change ? next : (uint16_t)STATE_NONE;
}

/* Follows what is certain from `leaf`; `round` marks the leaves of this walk. Each leaf is
 * walked over once. */
static void lint_walk(struct lint_pass *pass, uint16_t leaf, uint16_t *rounds)
{
    uint16_t round = (uint16_t)(leaf + 1);
    while (leaf != STATE_NONE && rounds[leaf] == 0) {
        rounds[leaf] = round;
        leaf = certain_next(pass, leaf);
    }
    if (leaf == STATE_NONE || rounds[leaf] != round)
        return;
    const struct transition *transition = certain_transition(pass, leaf);
    uint16_t next = certain_next(pass, leaf);
    if (next == leaf)
        lint_note(pass, LINT_ENDLESS_ALWAYS, leaf, PROBLEM_AT_VALUE, transition->path,
                  "this transition is taken again and again: no event is waited for, and no guard "
                  "ends it");
    else
        lint_note(
            pass, LINT_ENDLESS_ALWAYS, leaf, PROBLEM_AT_VALUE, transition->path,
            "eventless transitions go in a circle without a guard: from %s to %s, and on until "
            "they are back",
            lint_state_name(pass->machine, leaf).text, lint_state_name(pass->machine, next).text);
}

static void lint_endless(struct lint_pass *pass)
{
    uint16_t *rounds = lint_alloc(pass, pass->machine->state_count, sizeof *rounds);
    for (uint16_t i = 0; rounds != NULL && i < pass->machine->state_count; i++) {
        if (pass->is_reachable[i] && default_leaf(pass->machine, i) == i)
            lint_walk(pass, i, rounds);
    }
}

void lint_transitions(struct lint_pass *pass)
{
    for (uint16_t i = 0; i < pass->machine->state_count && !pass->out_of_memory; i++) {
        const struct state *state = &pass->machine->states[i];
        for (uint32_t h = 0; h < state->handler_count; h++)
            lint_candidates(pass, state->handlers[h].transitions);
        lint_candidates(pass, state->eventless);
    }
    lint_endless(pass);
}
