/* tables.h - the inside of struct machine: what the compiler writes, once, and the
 * interpreter reads. For this folder alone.
 *
 * States are numbered in document order (depth-first, parents first; SCXML's
 * "document order"), so a subtree is a run of numbers: s+1 is the first child of s,
 * states[c].last_descendant + 1 the sibling after c, and "is a descendant of" is two
 * comparisons. A configuration is a bit set over these numbers. Nothing here is
 * searched by name while it runs but an incoming event's type, by a hash table whose
 * cost does not depend on how many states there are.
 *
 * Everything is read-only after machine_compile and lives in its arena. */
#ifndef CORE_MACHINE_TABLES_H
#define CORE_MACHINE_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/cel/cel.h"
#include "core/error.h"
#include "core/json.h"
#include "core/machine/machine.h"
#include "core/text.h"

/* --- Expressions and templates ---------------------------------------------- */

/* The variables of every expression, in the order of their slots. */
enum expression_slot {
    SLOT_CONTEXT = 0,
    SLOT_EVENT,
    SLOT_INPUT,
    SLOT_PARAMS,
    SLOT_NOW,
    SLOT_COUNT
};

struct expression {
    const struct cel_program *program;
    struct text source; /* as written, for messages and pictures */
    const char *path;   /* where: "$.states.fetching.on[\"evt.x\"].guard" */
};

/* JSON with holes: {"@expr": "..."} anywhere inside. A part without holes is one
 * TEMPLATE_CONSTANT, however large, and is never copied. */
enum template_kind { TEMPLATE_CONSTANT = 0, TEMPLATE_EXPRESSION, TEMPLATE_ARRAY, TEMPLATE_OBJECT };

struct template_member;

struct template
{
    enum template_kind kind;
    uint32_t count; /* items of an array, members of an object */
    union {
        struct json constant;
        const struct expression *expression;
        const struct template *items;
        const struct template_member *members;
    } as;
};

struct template_member {
    struct text name;
    struct template value;
};

/* --- Guards and actions ------------------------------------------------------ */

enum guard_kind {
    GUARD_EXPRESSION = 0,
    GUARD_AND,      /* of all operands, as far as the first that does not hold */
    GUARD_OR,       /* of all operands, as far as the first that holds         */
    GUARD_NOT,      /* of one operand                                          */
    GUARD_STATE_IN, /* all of `states` are active                              */
    GUARD_NAMED     /* its one operand, which sees `params`                    */
};

struct guard {
    enum guard_kind kind;
    struct text name; /* of a named guard, otherwise TEXT_NONE */
    struct text text; /* as a person would say it, perhaps cut: for pictures */
    const struct expression *expression;
    const struct guard *const *operands;
    const uint16_t *states;
    uint32_t count;                /* of operands, of states */
    uint32_t size;                 /* parts, with those of operands */
    const struct template *params; /* of GUARD_NAMED; NULL: null */
};

enum action_kind {
    ACTION_ASSIGN = 0, /* value: an object, merged over the context (shallow)          */
    ACTION_EMIT,       /* value: the event, an object with a type that is cmd.* or
                          notif.*; checked with emitted_event_check when evaluated     */
    ACTION_RAISE,      /* value: the event, an object with a string `type`             */
    ACTION_CANCEL,     /* value: the id of a delayed raise, a string                   */
    ACTION_LOG,        /* value: anything                                              */
    ACTION_NAMED       /* value: what the actions of `named` see as `params`           */
};

/* How long: evaluated when it begins, to milliseconds. */
struct duration {
    int64_t ms;                          /* when `expression` is NULL */
    const struct expression *expression; /* gives ms as a number, or a duration as text */
};

struct action_list {
    const struct action *items;
    uint32_t count;
};

struct action {
    enum action_kind kind;
    struct template value;        /* what it evaluates to is not yet checked where it has holes */
    const struct duration *delay; /* of ACTION_RAISE; NULL: in this macrostep */
    const struct template *id;    /* of a delayed one, to cancel it by; NULL: none */
    struct action_list named;     /* of ACTION_NAMED */
    const char *path;             /* where it stands (of a named one: its definition) */
};

/* --- Transitions -------------------------------------------------------------- */

/* "No state", "no descriptor". */
enum { STATE_NONE = UINT16_MAX, DESCRIPTOR_NONE = UINT16_MAX };

struct transition {
    uint16_t source;
    uint16_t descriptor;   /* DESCRIPTOR_NONE: eventless */
    uint16_t target_count; /* 0: targetless */
    uint16_t domain;       /* get_transition_domain, unless targets_history */
    bool reenter;
    bool targets_history;      /* where it goes depends on what was recorded */
    const uint16_t *targets;   /* state numbers, as written */
    const struct guard *guard; /* NULL: always true */
    struct action_list actions;
    const char *path;
};

struct transition_list {
    const struct transition *items;
    uint32_t count;
};

/* What an event of this name is for an `invoke`. Such an event has its data once more
 * under the name that XState gives it: `output`, or `error`. */
enum answer_kind { ANSWER_NONE = 0, ANSWER_DONE, ANSWER_ERROR };

/* A name that a state listens to: "evt.books.fetch.success", "evt.books.*", "*", and
 * those of the engine: "xstate.done.state.<id>" and those of timers. Each name of the
 * machine stands once, whatever the number of states that use it.
 *
 * All descriptors that match one event type are a chain, most specific first: the
 * one that machine_find_descriptor gives, its `broader`, and so on. */
struct descriptor {
    struct text name;   /* as written */
    struct text prefix; /* of a wildcard: "evt.books"; empty for "*" */
    bool is_wildcard;
    enum answer_kind answer;
    uint16_t broader; /* the next longest wildcard that matches as well */
};

/* The candidates of one state for one descriptor, in order. */
struct handler {
    uint16_t descriptor;
    struct transition_list transitions;
};

/* --- States --------------------------------------------------------------------- */

enum state_type {
    STATE_ATOMIC = 0,
    STATE_COMPOUND,
    STATE_PARALLEL,
    STATE_FINAL,
    STATE_HISTORY, /* is never active: it stands for what was, or its default */
    STATE_CHOICE   /* is left at once: its branches are eventless transitions */
};

/* A timer that runs while its state is active: started when it is entered, cancelled when
 * it is left. What it fires is an ordinary event with an ordinary handler. */
enum delay_kind {
    DELAY_AFTER = 0,     /* "xstate.after.<key>.<state id>"                         */
    DELAY_TIMEOUT,       /* "xstate.timeout.<state id>"                             */
    DELAY_INVOKE_TIMEOUT /* "xstate.timeout.actor.<invoke id>", until it is answered */
};

struct invoke;

struct delay {
    enum delay_kind kind;
    const struct invoke *invoke; /* of DELAY_INVOKE_TIMEOUT */
    struct text key;             /* as written: a key of `after`, the value of `timeout` */
    struct text event_type;      /* the timer's id, too */
    struct json event;
    struct duration duration;
};

/* A command that is sent whenever the state is entered, and the types of its answers. The
 * compiler makes of it what a person could have written: an emit on entry, handlers, and
 * a timer. This is for those who draw or check the machine. */
struct invoke {
    struct text id;
    struct text command;      /* "cmd.books.fetch" */
    struct text success;      /* "evt.books.fetch.success": onDone */
    struct text error;        /* "evt.books.fetch.error": onError, as the next */
    struct text system_error; /* "sys.cmd.books.fetch.error" */
    const char *path;
};

struct state {
    enum state_type type;
    uint16_t number;          /* its own index */
    uint16_t parent;          /* STATE_NONE: the root, which is number 0 */
    uint16_t last_descendant; /* its own number when it has no children */
    uint16_t depth;           /* of the root: 0 */
    struct text key;          /* in its parent's `states`; of the root: the machine's id */
    struct text id;
    struct text done_type; /* "xstate.done.state.<id>" */

    uint16_t initial; /* of a compound state: a child; otherwise STATE_NONE */
    struct action_list initial_actions;
    struct action_list entry; /* the state's `emit` and its commands are part of it */
    struct action_list exit;

    struct transition_list eventless;
    const struct handler *handlers; /* sorted by descriptor number */
    uint32_t handler_count;

    const struct delay *delays;
    uint32_t delay_count;
    const struct invoke *invokes;
    uint32_t invoke_count;

    const uint16_t *histories; /* the history states among its children */
    uint16_t history_count;

    /* Of a history state: where it leads while nothing is recorded. */
    const uint16_t *default_targets; /* none of them a history state */
    uint16_t default_target_count;
    bool is_deep;
    bool is_initial_default; /* the parent's initial transition, with its actions */

    const struct template *output; /* of a final state and the root; NULL: none */
    const struct text *tags;
    uint32_t tag_count;
};

/* --- The machine ------------------------------------------------------------------ */

/* Open addressing, linear probing; a power of two of slots, at most half of them used.
 * A slot holds a number, or UINT16_MAX when it is empty. */
struct number_table {
    uint16_t *slots;
    uint32_t mask; /* slots - 1 */
};

struct contracts;

struct machine {
    struct text id;
    struct text version;

    const struct state *states; /* states[0] is the root */
    uint16_t state_count;
    uint16_t word_count; /* of a set of states, in uint64_t (state_set.h) */

    const struct transition *transitions; /* all of them, by source, in static order */
    uint32_t transition_count;

    const struct descriptor *descriptors;
    uint16_t descriptor_count;
    size_t prefix_size_max;               /* the longest prefix of a wildcard */
    struct number_table descriptor_table; /* by prefix and kind */
    struct number_table child_table;      /* states by parent and key */
    struct number_table id_table;         /* states by id */

    const struct template *context;    /* initial, sees input and now; NULL: {} */
    const struct contracts *contracts; /* contract.h; NULL: there are none */

    struct text_list emitted_types;
    struct text_list accepted_types;
};

/* The most specific descriptor that matches an event of this type, or
 * DESCRIPTOR_NONE: equal, else the longest "a.b.*" that has the type's first tokens, or
 * all of them, else "*" (XState's matchesEventDescriptor). One pass over the type. */
uint16_t machine_find_descriptor(const struct machine *machine, struct text event_type);

/* The candidates of `state` for this descriptor alone; empty when it has none. To try
 * all that match, follow descriptor.broader. Binary search in the state's own. */
struct transition_list state_candidates(const struct state *state, uint16_t descriptor);

/* The child with this key, or STATE_NONE. */
uint16_t machine_find_child(const struct machine *machine, uint16_t parent, struct text key);

/* The state with this id, or STATE_NONE. */
uint16_t machine_find_state(const struct machine *machine, struct text id);

/* The rules of an outgoing event, for events that are known at load and for those
 * that expressions make: an object with a `type` of cmd.* or notif.*, any `data`, a
 * string `subject`, and extension attributes (names [a-z0-9]{1,20}; strings, booleans,
 * integers of 32 bits: CloudEvents 1.0.2, "Naming conventions" and "Type system").
 * STATUS_REJECTED says which member is wrong. */
enum status emitted_event_check(struct json event, struct error *error);

/* A proper descendant: below it, not itself. */
static inline bool state_is_descendant(const struct machine *machine, uint16_t state,
                                       uint16_t ancestor)
{
    return state > ancestor && state <= machine->states[ancestor].last_descendant;
}

/* for (c = state_first_child(m, s); c != STATE_NONE; c = state_next_sibling(m, c)) */
static inline uint16_t state_first_child(const struct machine *machine, uint16_t state)
{
    return machine->states[state].last_descendant == state ? (uint16_t)STATE_NONE
                                                           : (uint16_t)(state + 1);
}

static inline uint16_t state_next_sibling(const struct machine *machine, uint16_t state)
{
    uint16_t parent = machine->states[state].parent;
    uint16_t next = (uint16_t)(machine->states[state].last_descendant + 1);
    if (parent == STATE_NONE || next > machine->states[parent].last_descendant)
        return STATE_NONE;
    return next;
}

/* The children that are active with a parallel state: all but history states.
 * for (r = state_first_region(m, s); r != STATE_NONE; r = state_next_region(m, r)) */
static inline uint16_t state_skip_histories(const struct machine *machine, uint16_t child)
{
    while (child != STATE_NONE && machine->states[child].type == STATE_HISTORY)
        child = state_next_sibling(machine, child);
    return child;
}

static inline uint16_t state_first_region(const struct machine *machine, uint16_t state)
{
    return state_skip_histories(machine, state_first_child(machine, state));
}

static inline uint16_t state_next_region(const struct machine *machine, uint16_t region)
{
    return state_skip_histories(machine, state_next_sibling(machine, region));
}

static inline bool state_is_leaf(const struct state *state)
{
    return state->type != STATE_COMPOUND && state->type != STATE_PARALLEL;
}

/* The state whose descendants a transition from `source` exits and enters: the source
 * itself when all targets are inside it (or it) and it does not reenter, otherwise the
 * least common ancestor, which may be a parallel state (SCXML's LCCA may not); STATE_NONE
 * for all states, the root included. There are targets, none of them a history state. */
uint16_t get_transition_domain(const struct machine *machine, uint16_t source, bool reenter,
                               const uint16_t *targets, size_t target_count);

/* Whether a, which has the lower number, and b can be active at once while neither
 * contains the other: where their ancestors meet is a parallel state. */
bool states_are_orthogonal(const struct machine *machine, uint16_t a, uint16_t b);

#endif
