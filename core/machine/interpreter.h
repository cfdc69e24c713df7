/* interpreter.h - runs one macrostep of a machine: SCXML's Appendix D as XState 5
 * executes it (machine/README.md lists where the two differ).
 *
 * Pure: reads the machine and the snapshot, allocates from the arena, takes the time
 * from its caller. A macrostep is atomic: when a guard or action fails or a limit is
 * reached, the status is STATUS_REJECTED, and snapshot and effects are void. */
#ifndef CORE_MACHINE_INTERPRETER_H
#define CORE_MACHINE_INTERPRETER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/machine/machine.h"

enum machine_status { MACHINE_ACTIVE = 0, MACHINE_DONE, MACHINE_ERROR, MACHINE_STOPPED };

/* An event that waits for its time: of an active state (`after`, `timeout`), or raised
 * with a delay. */
struct timer {
    struct text id;    /* to cancel it by; of a state: the event's type. TEXT_NONE: none */
    struct json event; /* what it fires, an object with a type */
    bool is_raised;    /* by an action; it outlives the state */
    int64_t due_ms;    /* when, by the clock of the step that scheduled it */
    uint64_t sequence; /* order of scheduling: equal due times fire in it */
};

/* Timers that may wait at the same time: who raises with a delay again and again reaches
 * a limit rather than the size of a snapshot. */
enum { MACHINE_TIMERS_MAX = 4096 };

/* What was active in the parent of a history state when that was last exited: its
 * children, or of deep history the leaves below it, in document order. */
struct history_record {
    uint16_t state; /* the history state */
    uint16_t count;
    const uint16_t *states;
};

/* The state of one running machine between two events: a value, never edited. */
struct snapshot {
    enum machine_status status;
    const uint64_t *configuration; /* the active states (state_set.h) */
    struct json context;
    struct json output; /* meaningful when has_output */
    bool has_output;
    struct json error;                    /* JSON_NULL unless status is MACHINE_ERROR */
    const struct history_record *history; /* by number of the history state */
    size_t history_count;
    const struct timer *timers; /* in order of (due_ms, sequence) */
    size_t timer_count;
    uint64_t timer_sequence; /* of the next timer; 0 when none waits */
};

enum effect_kind {
    EFFECT_EMIT,     /* send `value`, an event object: type, data, extensions */
    EFFECT_LOG,      /* tell people `value` */
    EFFECT_SCHEDULE, /* timer `id` of the event `value` was started, due in `delay_ms` */
    EFFECT_CANCEL    /* timers of this `id` were cancelled */
};

struct effect {
    enum effect_kind kind;
    struct json value;
    struct text id; /* of EFFECT_SCHEDULE: TEXT_NONE when it has none */
    int64_t delay_ms;
};

struct machine_step {
    struct snapshot snapshot;
    const struct effect *effects; /* in the order of execution */
    size_t effect_count;
    bool transitioned; /* false: no transition was enabled, nothing changed */
    uint32_t microsteps;
};

/* Begins: initial context from `input`, root entry, and on until it is stable. */
enum status machine_start(const struct machine *machine, struct json input, int64_t now_ms,
                          const struct machine_limits *limits, struct arena *arena,
                          struct machine_step *step, struct error *error);

/* Takes one external event, an object with a string `type` (not "" and not "*").
 * A machine that is not MACHINE_ACTIVE ignores it. `input` is the one of the start. */
enum status machine_transition(const struct machine *machine, const struct snapshot *snapshot,
                               struct json input, struct json event, int64_t now_ms,
                               const struct machine_limits *limits, struct arena *arena,
                               struct machine_step *step, struct error *error);

/* Fires the first timer of snapshot->timers (there is one): takes it off the list and
 * runs its event. `now_ms` is the step's time; the caller saw that it is due. The timer
 * is gone even where no transition was enabled: then, too, the snapshot is to be stored. */
enum status machine_fire_timer(const struct machine *machine, const struct snapshot *snapshot,
                               struct json input, int64_t now_ms,
                               const struct machine_limits *limits, struct arena *arena,
                               struct machine_step *step, struct error *error);

/* --- Snapshots as JSON: XState's persisted snapshot ------------------------
 * {"status","value","historyValue","context","children", "output"?, "error"?}, and
 * under "xorca" what XState has no place for: the timers, [{"id"?, "due", "sequence",
 * "event"?}], the event only where it was raised, and the number of the next. */
enum status snapshot_to_json(const struct machine *machine, const struct snapshot *snapshot,
                             struct arena *arena, struct json *out, struct error *error);

/* STATUS_REJECTED with the path when the JSON is no snapshot of this machine. */
enum status snapshot_from_json(const struct machine *machine, struct json value,
                               struct arena *arena, struct snapshot *out, struct error *error);

/* XState's state value: "a", {"a":"b"}, {"p":{"r":"x","s":{}}}; false: arena full. */
bool snapshot_value(const struct machine *machine, const struct snapshot *snapshot,
                    struct arena *arena, struct json *out);

/* XState's "historyValue": {"<id of the history state>": [{"id": "<state id>"}]}. */
bool snapshot_history_value(const struct machine *machine, const struct snapshot *snapshot,
                            struct arena *arena, struct json *out);

/* The tags of all active states, each once, in document order. */
bool snapshot_tags(const struct machine *machine, const struct snapshot *snapshot,
                   struct arena *arena, struct json *out);

/* The ids of the active states, ancestors included, in document order: for pictures. */
bool snapshot_active_ids(const struct machine *machine, const struct snapshot *snapshot,
                         struct arena *arena, struct text_list *out);

/* What the active states listen to, each once, innermost states first: event types and
 * wildcards as written, without the engine's own (xstate.*). For people who choose. */
bool snapshot_accepted_types(const struct machine *machine, const struct snapshot *snapshot,
                             struct arena *arena, struct text_list *out);

/* "active", "done", "error", "stopped". */
const char *machine_status_name(enum machine_status status);

#endif
