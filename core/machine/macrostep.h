/* macrostep.h - one macrostep while it runs. For this folder alone.
 *
 * The snapshot that came in is never touched: the macrostep works on copies, and what
 * it has become is handed out at the end, or dropped whole. The functions carry the
 * names of SCXML's Appendix D. All of them return STATUS_OK, STATUS_REJECTED when the
 * definition or the event is to blame, or STATUS_FATAL, with macrostep->error filled. */
#ifndef CORE_MACHINE_MACROSTEP_H
#define CORE_MACHINE_MACROSTEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/machine/interpreter.h"
#include "core/machine/state_set.h"
#include "core/machine/tables.h"
#include "core/machine/trace.h"

struct arena;

/* A context stands inside a snapshot and parts of it inside events, both of which are
 * read again with JSON_DEPTH_MAX: so a value that an expression makes stays below it. */
enum { VALUE_DEPTH_MAX = JSON_DEPTH_MAX - 8 };

struct state_list {
    const uint16_t *items;
    size_t count;
};

/* A transition that is enabled, with what it goes to: a history state stands for what was
 * recorded before this microstep. (XState asks again after it has exited the states, and
 * can then enter other states than it exited: as README.md says.) */
struct enabled_transition {
    const struct transition *transition;
    struct state_list targets; /* SCXML's effective target states; empty: targetless */
    uint16_t domain;           /* when there are any */
};

/* The transitions that are enabled at the same time, in the order of selection. */
struct transition_set {
    struct enabled_transition *items;
    size_t count;
    size_t capacity;
};

/* SCXML's internal event queue: done events and raised ones, first in, first out. */
struct event_queue {
    struct json *items;
    size_t count;
    size_t capacity;
    size_t next; /* the first that was not taken yet */
};

struct macrostep {
    const struct machine *machine;
    const struct machine_limits *limits;
    struct arena *arena;
    struct error *error;
    size_t arena_used_before;
    size_t value_budget; /* bytes that values may still have together, shared parts unshared */
    int64_t now_ms;

    /* What the snapshot has become. */
    enum machine_status status;
    uint64_t *configuration;
    struct json context;
    struct json output;
    bool has_output;
    struct timer *timers; /* in order of (due_ms, sequence) */
    size_t timer_count;
    size_t timer_capacity;
    uint64_t timer_sequence;
    const struct history_record *history; /* the snapshot's, or own_history */
    struct history_record *own_history;
    size_t history_count;
    size_t history_capacity; /* of own_history */

    struct json event;                      /* the current one, of guards and actions */
    struct cel_value variables[SLOT_COUNT]; /* what expressions see, context and event too */
    struct event_queue queue;
    struct transition_set enabled;

    /* Work of one microstep, as wide as the configuration. */
    uint64_t *states_to_exit;
    uint64_t *states_to_enter;
    uint64_t *states_for_default_entry;
    uint64_t *configuration_before;

    bool changed; /* by the last microstep, as XState understands it (microstep.c) */
    bool transitioned;
    uint32_t microsteps;

    struct effect *effects;
    size_t effect_count;
    size_t effect_capacity;

    const char *failed_action; /* what kind of action failed; NULL: none did */
};

/* Whose guard, action or expression runs: said when it fails. */
struct place {
    enum place_kind { PLACE_ENTRY = 0, PLACE_EXIT, PLACE_INITIAL, PLACE_TRANSITION } kind;
    const struct state *state;
    const struct transition *transition; /* of PLACE_TRANSITION */
};

/* Write down what happens, where somebody wants to know: otherwise a comparison is all. */
static inline void trace_current_event(const struct macrostep *macrostep)
{
    if (macrostep->limits->trace != NULL)
        trace_event(macrostep->limits->trace, json_get_string(macrostep->event, "type"));
}

static inline void trace_state(const struct macrostep *macrostep, enum trace_kind kind,
                               uint16_t state)
{
    if (macrostep->limits->trace != NULL)
        trace_note(macrostep->limits->trace, kind, state);
}

static inline void trace_transition(const struct macrostep *macrostep, enum trace_kind kind,
                                    const struct transition *transition)
{
    if (macrostep->limits->trace != NULL)
        trace_note(macrostep->limits->trace, kind,
                   (uint32_t)(transition - macrostep->machine->transitions));
}

/* --- select.c: which transitions are enabled ---------------------------------- */

enum status select_transitions(struct macrostep *macrostep);
enum status select_eventless_transitions(struct macrostep *macrostep);
void remove_conflicting_transitions(struct macrostep *macrostep);

/* The states that it would exit if they are active; empty when it is targetless. */
struct state_range transition_exit_range(const struct machine *machine,
                                         const struct enabled_transition *enabled);

/* --- history.c: what history states stand for ------------------------------------- */

/* What was recorded, or else the default. */
struct state_list history_targets(const struct macrostep *macrostep, const struct state *history,
                                  bool *is_recorded);

/* The transition's targets with those of history states in their place. */
enum status get_effective_target_states(struct macrostep *macrostep,
                                        const struct transition *transition,
                                        struct state_list *out);

/* Records for the history states of `parent`, which is about to be exited. */
enum status record_history(struct macrostep *macrostep, const struct state *parent);

/* --- microstep.c: what they do ------------------------------------------------- */

/* Exits, runs and enters what macrostep->enabled says; nothing when that is empty. */
enum status microstep(struct macrostep *macrostep);

/* Enters the root and its default configuration: the first microstep. */
enum status initial_microstep(struct macrostep *macrostep);

/* --- evaluate.c: guards and templates ------------------------------------------- */

void set_context(struct macrostep *macrostep, struct json context);
void set_event(struct macrostep *macrostep, struct json event);
void set_params(struct macrostep *macrostep, struct json params);

enum status evaluate_guard(struct macrostep *macrostep, const struct transition *transition,
                           bool *holds);

/* The error says which expression; the caller adds whose it is. */
enum status evaluate_template(struct macrostep *macrostep, const struct template *template,
                              struct json *out);
enum status evaluate_duration(struct macrostep *macrostep, const struct duration *duration,
                              int64_t *ms);

/* Puts "entry of state "a"" and the like in front of the error, after `what`. */
enum status fail_at(struct macrostep *macrostep, const char *what, struct place place);

/* The id of a state as a person would say it: without the machine's own id in front. */
struct text state_name(const struct machine *machine, const struct state *state);

/* --- action.c: actions, raised events, effects, timers --------------------------- */

enum status execute_actions(struct macrostep *macrostep, struct action_list actions,
                            struct place place);
enum status raise_event(struct macrostep *macrostep, struct json event);
enum status start_timers(struct macrostep *macrostep, const struct state *state);
enum status cancel_timers(struct macrostep *macrostep, const struct state *state);

/* Makes this the context; STATUS_REJECTED when it is larger than context_size_max. */
enum status replace_context(struct macrostep *macrostep, struct json context);

/* An event is an object with a string `type`, which is neither "" nor "*". */
enum status event_check(struct json event, struct error *error);

/* The id of a delayed raise: a string, not empty, not "xstate...". */
enum status timer_id_check(struct json id, struct error *error);

/* The array with room for one more element, or NULL when the arena is full. */
void *array_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size);

#endif
