/* lint_pass.h - what the lints share: one look over a machine. For lint*.c alone. */
#ifndef CORE_MACHINE_LINT_PASS_H
#define CORE_MACHINE_LINT_PASS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/machine/lint.h"
#include "core/machine/tables.h"

/* What is known of a guard without running the machine. */
enum truth { TRUTH_UNKNOWN = 0, TRUTH_TRUE, TRUTH_FALSE };

struct lint_pass {
    const struct machine *machine;
    const struct lint_settings *settings;
    struct arena *arena;
    struct problem_list *problems;
    bool out_of_memory;

    const struct json *definitions; /* by state: where it is described */
    uint32_t *allowed;              /* by state: a bit for each rule, those of its ancestors too */
    enum truth *guards;             /* by transition; TRUTH_TRUE without a guard */
    bool *is_possible;              /* by transition: it may be taken, as far as is known */
    bool *is_reachable;             /* by state: it may be entered */
    bool *is_raised;                /* by descriptor: an action raises an event of this name */
    bool *is_delayed;               /* the same, with a delay */
};

/* Zeroed; NULL when the arena is full. */
void *lint_alloc(struct lint_pass *pass, size_t count, size_t size);

/* --- Saying it (lint.c) ------------------------------------------------------------- */

/* Notes that a rule found something at `path`, unless it is allowed at `state`, or was
 * said of this path before (named actions stand in several states). */
void lint_note(struct lint_pass *pass, enum lint_rule rule, uint16_t state, enum problem_part part,
               const char *path, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* "$.states.a.states.b", in the arena of the pass, and further steps behind it. */
enum { LINT_PATH_SIZE_MAX = 1024 };
const char *lint_state_path(struct lint_pass *pass, uint16_t state);
const char *lint_path_below(struct lint_pass *pass, const char *path, const char *step,
                            struct text key);

/* A state's name for a message: its keys from the root on, "checking.grounded". */
struct lint_name {
    char text[sizeof(struct text_shown)];
};
struct lint_name lint_state_name(const struct machine *machine, uint16_t state);

/* --- Relations (lint_graph.c) ----------------------------------------------------------- */

/* Fills in guards, is_possible and is_reachable. */
void lint_explore(struct lint_pass *pass);

static inline uint32_t lint_transition_number(const struct lint_pass *pass,
                                              const struct transition *transition)
{
    return (uint32_t)(transition - pass->machine->transitions);
}

static inline bool lint_is_possible(const struct lint_pass *pass,
                                    const struct transition *transition)
{
    return pass->is_possible[lint_transition_number(pass, transition)];
}

static inline bool lint_is_inside(const struct machine *machine, uint16_t state, uint16_t ancestor)
{
    return state == ancestor || state_is_descendant(machine, state, ancestor);
}

/* Both can be active at once though neither contains the other: they stand in different
 * regions of a parallel state. */
bool lint_are_concurrent(const struct machine *machine, uint16_t a, uint16_t b);

/* Calls `visit` for each transition that a state has, until it returns false. */
typedef bool lint_visit(void *context, const struct transition *transition);
bool lint_each_transition(const struct state *state, lint_visit *visit, void *context);

/* Where an action stands. */
struct lint_action {
    enum lint_action_place { LINT_ENTRY = 0, LINT_EXIT, LINT_INITIAL, LINT_TRANSITION } place;
    const struct state *state;
    const struct transition *transition; /* of LINT_TRANSITION */
    const struct action *action;
};

/* Calls `visit` for each action of the machine, named ones wherever they are used. */
typedef void lint_visit_action(struct lint_pass *pass, const struct lint_action *action);
void lint_each_action(struct lint_pass *pass, lint_visit_action *visit);

/* The type of the event that an action sends; TEXT_NONE when an expression makes it, or
 * the action sends none. */
struct text lint_event_type(const struct action *action);

/* A set of states that grows by what can be entered from it. */
struct lint_front {
    bool *is_entered;    /* by state */
    bool *is_by_default; /* by state: with what enters with it */
    uint16_t *states;    /* the members, in order of their entry */
    uint16_t count;
    uint16_t next; /* the first member that was not looked at */
};

/* False when the arena is full. */
bool lint_front_create(struct lint_pass *pass, struct lint_front *front);

/* Adds a state that is entered, with its ancestors and all that enters with them: initial
 * states, the other regions of parallel states. */
void lint_front_enter(const struct lint_pass *pass, struct lint_front *front, uint16_t state);
void lint_front_enter_targets(const struct lint_pass *pass, struct lint_front *front,
                              const struct transition *transition);

/* --- The rules --------------------------------------------------------------------------- */

void lint_states(struct lint_pass *pass);      /* lint_state.c */
void lint_transitions(struct lint_pass *pass); /* lint_transition.c */
void lint_context(struct lint_pass *pass);     /* lint_context.c */
void lint_answers(struct lint_pass *pass);     /* lint_answer.c */
void lint_contracts(struct lint_pass *pass);   /* lint_contract.c */

#endif
