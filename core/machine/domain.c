/* Domains and orthogonality: what the compiler knows of a transition beforehand, and the
 * interpreter when it goes to a history state. */
#include "core/machine/tables.h"

static bool is_within(const struct machine *machine, uint16_t state, uint16_t ancestor)
{
    return state == ancestor || state_is_descendant(machine, state, ancestor);
}

/* The nearest proper ancestor of the first target that is also a proper ancestor of the
 * other targets and of the source. */
static uint16_t find_lca(const struct machine *machine, uint16_t source, const uint16_t *targets,
                         size_t target_count)
{
    uint16_t ancestor = machine->states[targets[0]].parent;
    for (; ancestor != STATE_NONE; ancestor = machine->states[ancestor].parent) {
        bool is_common = state_is_descendant(machine, source, ancestor);
        for (size_t i = 1; i < target_count && is_common; i++)
            is_common = state_is_descendant(machine, targets[i], ancestor);
        if (is_common)
            break;
    }
    return ancestor;
}

uint16_t get_transition_domain(const struct machine *machine, uint16_t source, bool reenter,
                               const uint16_t *targets, size_t target_count)
{
    bool is_internal = !reenter;
    for (size_t i = 0; i < target_count && is_internal; i++)
        is_internal = is_within(machine, targets[i], source);
    if (is_internal)
        return source;
    uint16_t ancestor = find_lca(machine, source, targets, target_count);
    if (ancestor == STATE_NONE && !reenter)
        return 0;
    return ancestor;
}

bool states_are_orthogonal(const struct machine *machine, uint16_t a, uint16_t b)
{
    if (a == b || state_is_descendant(machine, b, a))
        return false;
    uint16_t meeting = machine->states[a].parent;
    while (!state_is_descendant(machine, b, meeting))
        meeting = machine->states[meeting].parent;
    return machine->states[meeting].type == STATE_PARALLEL;
}
