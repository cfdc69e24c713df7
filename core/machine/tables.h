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

/* Composite guards and stateIn will be further kinds. */
enum guard_kind { GUARD_EXPRESSION = 0 };

struct guard {
    enum guard_kind kind;
    struct text name; /* of a named guard, otherwise TEXT_NONE */
    const struct expression *expression;
};

enum action_kind {
    ACTION_ASSIGN = 0, /* value: an object, merged over the context (shallow)          */
    ACTION_EMIT,       /* value: the event, an object with a type that is cmd.* or
                          notif.*; checked with emitted_event_check when evaluated     */
    ACTION_RAISE,      /* value: the event, an object with a string `type`             */
    ACTION_LOG         /* value: anything                                              */
};

struct action {
    enum action_kind kind;
    struct template value; /* what it evaluates to is not yet checked where it has holes */
    const char *path;      /* where it stands (of a named one: its definition) */
};

struct action_list {
    const struct action *items;
    uint32_t count;
};

/* --- Transitions -------------------------------------------------------------- */

/* "No state", "no descriptor". */
enum { STATE_NONE = UINT16_MAX, DESCRIPTOR_NONE = UINT16_MAX };

struct transition {
    uint16_t source;
    uint16_t descriptor;   /* DESCRIPTOR_NONE: eventless */
    uint16_t target_count; /* 0: targetless */
    bool reenter;
    const uint16_t *targets;   /* state numbers, as written */
    const struct guard *guard; /* NULL: always true */
    struct action_list actions;
    const char *path;
};

struct transition_list {
    const struct transition *items;
    uint32_t count;
};

/* A name that a state listens to: "evt.books.fetch.success", "evt.books.*", "*", and
 * those of the engine, "xstate.done.state.<id>" and "xstate.after.<key>.<id>". Each
 * name of the machine stands once, whatever the number of states that use it.
 *
 * All descriptors that match one event type are a chain, most specific first: the
 * one that machine_find_descriptor gives, its `broader`, and so on. */
struct descriptor {
    struct text name;   /* as written */
    struct text prefix; /* of a wildcard: "evt.books"; empty for "*" */
    bool is_wildcard;
    uint16_t broader; /* the next longest wildcard that matches as well */
};

/* The candidates of one state for one descriptor, in order. */
struct handler {
    uint16_t descriptor;
    struct transition_list transitions;
};

/* --- States --------------------------------------------------------------------- */

/* History and choice states will be further types. */
enum state_type { STATE_ATOMIC = 0, STATE_COMPOUND, STATE_PARALLEL, STATE_FINAL };

/* One key of `after`: started when the state is entered, cancelled when it is left. */
struct delay {
    struct text event_type; /* "xstate.after.<key>.<state id>" */
    struct text key;
    int64_t ms;                          /* when `expression` is NULL */
    const struct expression *expression; /* gives ms as a number, or a delay as text */
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
    struct action_list entry;
    struct action_list exit;

    struct transition_list eventless;
    const struct handler *handlers; /* sorted by descriptor number */
    uint32_t handler_count;

    const struct delay *delays;
    uint32_t delay_count;

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

struct machine {
    struct text id;
    struct text version;

    const struct state *states; /* states[0] is the root */
    uint16_t state_count;
    uint16_t word_count; /* of a configuration: uint64_t words for state_count bits */

    const struct transition *transitions; /* all of them, by source, in static order */
    uint32_t transition_count;

    const struct descriptor *descriptors;
    uint16_t descriptor_count;
    size_t prefix_size_max;               /* the longest prefix of a wildcard */
    struct number_table descriptor_table; /* by prefix and kind */
    struct number_table child_table;      /* states by parent and key */
    struct number_table id_table;         /* states by id */

    const struct template *context; /* initial, sees input and now; NULL: {} */

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

static inline bool state_is_leaf(const struct state *state)
{
    return state->type == STATE_ATOMIC || state->type == STATE_FINAL;
}

#endif
