/* lint_graph.c - what can be known of a machine without running it: which guards hold
 * whatever happens, which transitions may be taken, which states may be entered. */
#include "core/arena.h"
#include "core/machine/lint_pass.h"

/* --- Guards ---------------------------------------------------------------------------- */

/* An expression that costs more than this is taken as one whose value is not known. */
enum { FOLDING_COST_MAX = 10000 };

/* The value of an expression, as far as it does not depend on variables: compiled
 * without any, reading one is an error, which && and || absorb as they absorb every error
 * (langdef.md, "Logical Operators"): `context.x > 1 && false` is false. */
static enum truth expression_truth(struct lint_pass *pass, const struct expression *expression)
{
    static const struct cel_environment nothing = {.names = NULL, .count = 0};
    struct arena_mark mark = arena_mark(pass->arena);
    const struct cel_program *program;
    struct cel_issue issue;
    struct cel_value value;
    struct error error;
    enum status status =
        cel_compile_lenient(pass->arena, expression->source, &nothing, &program, &issue);
    if (status == STATUS_OK)
        status = cel_evaluate(program, NULL, FOLDING_COST_MAX, pass->arena, &value, NULL, &error);
    arena_rewind(pass->arena, mark);
    pass->out_of_memory |= status == STATUS_FATAL;
    if (status != STATUS_OK || value.type != CEL_BOOL)
        return TRUTH_UNKNOWN;
    return value.as.boolean ? TRUTH_TRUE : TRUTH_FALSE;
}

static enum truth guard_truth(struct lint_pass *pass, const struct guard *guard);

/* Of all operands of `and`, or of `or`: one that is `decisive` decides it. */
static enum truth operands_truth(struct lint_pass *pass, const struct guard *guard,
                                 enum truth decisive)
{
    enum truth all = decisive == TRUTH_FALSE ? TRUTH_TRUE : TRUTH_FALSE;
    for (uint32_t i = 0; i < guard->count; i++) {
        enum truth truth = guard_truth(pass, guard->operands[i]);
        if (truth == decisive)
            return decisive;
        if (truth == TRUTH_UNKNOWN)
            all = TRUTH_UNKNOWN;
    }
    return all;
}

static enum truth not_truth(enum truth truth)
{
    return truth == TRUTH_UNKNOWN ? TRUTH_UNKNOWN : truth == TRUTH_TRUE ? TRUTH_FALSE : TRUTH_TRUE;
}

/* Recursion ends as compile_guard's does. */
static enum truth guard_truth(struct lint_pass *pass, const struct guard *guard)
{
    switch (guard->kind) {
    case GUARD_EXPRESSION: return expression_truth(pass, guard->expression);
    case GUARD_AND: return operands_truth(pass, guard, TRUTH_FALSE);
    case GUARD_OR: return operands_truth(pass, guard, TRUTH_TRUE);
    case GUARD_NOT: return not_truth(guard_truth(pass, guard->operands[0]));
    case GUARD_NAMED: return guard_truth(pass, guard->operands[0]);
    case GUARD_STATE_IN: return TRUTH_UNKNOWN;
    }
    return TRUTH_UNKNOWN;
}

/* --- Transitions ------------------------------------------------------------------------- */

/* Candidates are asked in order: behind one that always holds, none is. */
static void explore_candidates(struct lint_pass *pass, struct transition_list candidates)
{
    bool is_asked = true;
    for (uint32_t i = 0; i < candidates.count; i++) {
        uint32_t number = lint_transition_number(pass, &candidates.items[i]);
        const struct guard *guard = candidates.items[i].guard;
        pass->guards[number] = guard == NULL ? TRUTH_TRUE : guard_truth(pass, guard);
        pass->is_possible[number] = is_asked && pass->guards[number] != TRUTH_FALSE;
        is_asked &= pass->guards[number] != TRUTH_TRUE;
    }
}

static void explore_transitions(struct lint_pass *pass)
{
    for (uint16_t i = 0; i < pass->machine->state_count && !pass->out_of_memory; i++) {
        const struct state *state = &pass->machine->states[i];
        for (uint32_t h = 0; h < state->handler_count; h++)
            explore_candidates(pass, state->handlers[h].transitions);
        explore_candidates(pass, state->eventless);
    }
}

bool lint_each_transition(const struct state *state, lint_visit *visit, void *context)
{
    for (uint32_t h = 0; h < state->handler_count; h++) {
        struct transition_list transitions = state->handlers[h].transitions;
        for (uint32_t t = 0; t < transitions.count; t++) {
            if (!visit(context, &transitions.items[t]))
                return false;
        }
    }
    for (uint32_t t = 0; t < state->eventless.count; t++) {
        if (!visit(context, &state->eventless.items[t]))
            return false;
    }
    return true;
}

/* --- Actions ------------------------------------------------------------------------------ */

/* Recursion ends at MACHINE_NAMED_DEPTH_MAX. */
static void visit_actions(struct lint_pass *pass, lint_visit_action *visit,
                          struct action_list actions, struct lint_action place)
{
    for (uint32_t i = 0; i < actions.count; i++) {
        place.action = &actions.items[i];
        visit(pass, &place);
        visit_actions(pass, visit, place.action->named, place);
    }
}

struct action_walk {
    struct lint_pass *pass;
    lint_visit_action *visit;
    const struct state *state;
};

static bool visit_transition_actions(void *context, const struct transition *transition)
{
    const struct action_walk *walk = context;
    struct lint_action place = {LINT_TRANSITION, walk->state, transition, NULL};
    visit_actions(walk->pass, walk->visit, transition->actions, place);
    return true;
}

void lint_each_action(struct lint_pass *pass, lint_visit_action *visit)
{
    for (uint16_t i = 0; i < pass->machine->state_count; i++) {
        const struct state *state = &pass->machine->states[i];
        struct action_walk walk = {pass, visit, state};
        visit_actions(pass, visit, state->entry, (struct lint_action){LINT_ENTRY, state, 0, 0});
        visit_actions(pass, visit, state->initial_actions,
                      (struct lint_action){LINT_INITIAL, state, 0, 0});
        lint_each_transition(state, visit_transition_actions, &walk);
        visit_actions(pass, visit, state->exit, (struct lint_action){LINT_EXIT, state, 0, 0});
    }
}

struct text lint_event_type(const struct action *action)
{
    const struct template *event = &action->value;
    if (action->kind != ACTION_EMIT && action->kind != ACTION_RAISE)
        return TEXT_NONE;
    if (event->kind == TEMPLATE_CONSTANT)
        return json_get_string(event->as.constant, "type");
    for (uint32_t i = 0; event->kind == TEMPLATE_OBJECT && i < event->count; i++) {
        const struct template_member *member = &event->as.members[i];
        if (text_is(member->name, "type") && member->value.kind == TEMPLATE_CONSTANT &&
            member->value.as.constant.type == JSON_STRING)
            return json_text(member->value.as.constant);
    }
    return TEXT_NONE;
}

static void note_raised(struct lint_pass *pass, const struct lint_action *action)
{
    struct text type = lint_event_type(action->action);
    if (action->action->kind != ACTION_RAISE || type.data == NULL)
        return;
    uint16_t descriptor = machine_find_descriptor(pass->machine, type);
    if (descriptor != DESCRIPTOR_NONE &&
        text_equal(pass->machine->descriptors[descriptor].name, type)) {
        pass->is_raised[descriptor] = true;
        pass->is_delayed[descriptor] |= action->action->delay != NULL;
    }
}

/* --- States that can be entered ------------------------------------------------------------ */

bool lint_are_concurrent(const struct machine *machine, uint16_t a, uint16_t b)
{
    if (lint_is_inside(machine, a, b) || lint_is_inside(machine, b, a))
        return false;
    uint16_t meeting = machine->states[a].parent;
    while (!lint_is_inside(machine, b, meeting))
        meeting = machine->states[meeting].parent;
    return machine->states[meeting].type == STATE_PARALLEL;
}

bool lint_front_create(struct lint_pass *pass, struct lint_front *front)
{
    uint16_t count = pass->machine->state_count;
    *front = (struct lint_front){
        .is_entered = lint_alloc(pass, count, sizeof *front->is_entered),
        .is_by_default = lint_alloc(pass, count, sizeof *front->is_by_default),
        .states = lint_alloc(pass, count, sizeof *front->states),
    };
    return !pass->out_of_memory;
}

static void enter_itself(struct lint_front *front, uint16_t state)
{
    if (!front->is_entered[state])
        front->states[front->count++] = state;
    front->is_entered[state] = true;
}

/* What a history state leads to: its default; and whatever was active in its parent, as
 * far as that is known by now. */
static void enter_history(const struct lint_pass *pass, struct lint_front *front,
                          const struct state *history)
{
    for (uint16_t i = 0; i < history->default_target_count; i++)
        lint_front_enter(pass, front, history->default_targets[i]);
    if (history->default_target_count == 0)
        lint_front_enter(pass, front, history->parent);
    uint16_t last = pass->machine->states[history->parent].last_descendant;
    for (uint32_t i = history->parent + 1U; pass->is_reachable != NULL && i <= last; i++) {
        if (pass->is_reachable[i] && pass->machine->states[i].type != STATE_HISTORY)
            lint_front_enter(pass, front, (uint16_t)i);
    }
}

/* Recursion ends at MACHINE_STATE_DEPTH_MAX: what a history state leads to is none. */
static void enter_by_default(const struct lint_pass *pass, struct lint_front *front,
                             uint16_t number)
{
    const struct state *state = &pass->machine->states[number];
    if (front->is_by_default[number])
        return;
    front->is_by_default[number] = true;
    enter_itself(front, number);
    if (state->type == STATE_COMPOUND)
        enter_by_default(pass, front, state->initial);
    if (state->type == STATE_HISTORY)
        enter_history(pass, front, state);
    if (state->type != STATE_PARALLEL)
        return;
    for (uint16_t region = state_first_region(pass->machine, number); region != STATE_NONE;
         region = state_next_region(pass->machine, region))
        enter_by_default(pass, front, region);
}

static void enter_other_regions(const struct lint_pass *pass, struct lint_front *front,
                                uint16_t parallel, uint16_t entered)
{
    for (uint16_t region = state_first_region(pass->machine, parallel); region != STATE_NONE;
         region = state_next_region(pass->machine, region)) {
        if (region != entered)
            enter_by_default(pass, front, region);
    }
}

void lint_front_enter(const struct lint_pass *pass, struct lint_front *front, uint16_t state)
{
    const struct machine *machine = pass->machine;
    enter_by_default(pass, front, state);
    uint16_t child = state;
    for (uint16_t parent = machine->states[state].parent; parent != STATE_NONE;
         parent = machine->states[parent].parent) {
        enter_itself(front, parent);
        if (machine->states[parent].type == STATE_PARALLEL)
            enter_other_regions(pass, front, parent, child);
        child = parent;
    }
}

void lint_front_enter_targets(const struct lint_pass *pass, struct lint_front *front,
                              const struct transition *transition)
{
    for (uint16_t i = 0; i < transition->target_count; i++)
        lint_front_enter(pass, front, transition->targets[i]);
}

struct exploration {
    const struct lint_pass *pass;
    struct lint_front front;
};

static bool explore_transition(void *context, const struct transition *transition)
{
    struct exploration *exploration = context;
    if (lint_is_possible(exploration->pass, transition))
        lint_front_enter_targets(exploration->pass, &exploration->front, transition);
    return true;
}

/* A shallow history restores a child with what that enters by default, also where only
 * states inside of the child have been targets. A deep one restores what was active. */
static void explore_history(const struct lint_pass *pass, struct lint_front *front,
                            const struct state *history)
{
    const struct machine *machine = pass->machine;
    for (uint16_t child = state_first_child(machine, history->parent);
         !history->is_deep && child != STATE_NONE; child = state_next_sibling(machine, child)) {
        if (front->is_entered[child])
            enter_by_default(pass, front, child);
    }
}

static void explore_histories(const struct lint_pass *pass, struct lint_front *front)
{
    for (uint16_t i = 0; i < pass->machine->state_count; i++) {
        if (front->is_entered[i] && pass->machine->states[i].type == STATE_HISTORY)
            explore_history(pass, front, &pass->machine->states[i]);
    }
}

static void explore_states(struct lint_pass *pass)
{
    struct exploration exploration = {.pass = pass};
    struct lint_front *front = &exploration.front;
    if (!lint_front_create(pass, front))
        return;
    lint_front_enter(pass, front, 0);
    while (front->next < front->count) {
        lint_each_transition(&pass->machine->states[front->states[front->next++]],
                             explore_transition, &exploration);
        if (front->next == front->count)
            explore_histories(pass, front);
    }
    pass->is_reachable = front->is_entered;
}

void lint_explore(struct lint_pass *pass)
{
    pass->guards = lint_alloc(pass, pass->machine->transition_count, sizeof *pass->guards);
    pass->is_possible =
        lint_alloc(pass, pass->machine->transition_count, sizeof *pass->is_possible);
    pass->is_raised = lint_alloc(pass, pass->machine->descriptor_count, sizeof *pass->is_raised);
    pass->is_delayed = lint_alloc(pass, pass->machine->descriptor_count, sizeof *pass->is_delayed);
    if (pass->out_of_memory)
        return;
    lint_each_action(pass, note_raised);
    explore_transitions(pass);
    if (!pass->out_of_memory)
        explore_states(pass);
}
