/* step.h - what one event does to one orchestration. The only way in.
 *
 *     step(definition, snapshot, event) -> snapshot', effects
 *
 * Pure: the caller says what is stored, what happened and what time it is, and gets
 * back what to store and what to send. It stores and sends, or neither. */
#ifndef CORE_ORCHESTRATION_STEP_H
#define CORE_ORCHESTRATION_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/machine/interpreter.h"
#include "core/machine/machine.h"
#include "core/orchestration/dedup.h"
#include "core/orchestration/event.h"
#include "core/orchestration/subject.h"

struct arena;

/* Whom an incoming event concerns, told from the event alone. */
enum address_kind {
    ADDRESS_START,  /* xorca.<name>.start: begins an orchestration               */
    ADDRESS_EVENT,  /* evt.* or sys.*: an answer to a running one                */
    ADDRESS_IGNORE, /* one of our own error events, come back by the topic list  */
    ADDRESS_NONE    /* nobody: to the dead letter topic, with the error's reason */
};

struct address {
    enum address_kind kind;
    struct text name;       /* of the definition */
    struct text version;    /* TEXT_NONE at a start that leaves it open: the latest */
    struct text process_id; /* TEXT_NONE at a start that could not be read */
    struct text subject;    /* of the orchestration; TEXT_NONE until address_resolve */
    struct error problem;   /* ADDRESS_NONE: why. ADDRESS_START: STATUS_OK, or what is
                               wrong with its data (the start is answered with it) */
};

/* Reads who is meant; the texts point into the event or the arena. Never fails: what is
 * wrong is in the answer (problem.status STATUS_FATAL: the arena is full). */
void address_read(struct arena *arena, const struct event *event, struct address *out);

/* Completes the address of a start with the version that was found for it (the latest
 * when it named none), and so its subject. Where that cannot be (its data is wrong, the
 * subject would be too long, no version: TEXT_NONE) the subject stays TEXT_NONE, and
 * step_event answers with the reason. Only STATUS_FATAL, when the arena is full. */
enum status address_resolve(struct arena *arena, struct address *address, struct text version,
                            struct error *error);

/* What is stored of one orchestration. A value; revision 0 means: there is none. */
struct orchestration {
    struct text subject;
    struct text name;
    struct text version;
    uint64_t revision; /* raised by one with every stored step */
    int64_t started_ms;
    struct text correlation_id; /* the subject of the root */
    struct json input;          /* of the start; never changes */
    struct json snapshot;       /* as snapshot_to_json wrote it */
    struct dedup_window dedup;  /* the events that changed it last */
};

enum lifecycle { LIFECYCLE_NONE, LIFECYCLE_OUTCOMES, LIFECYCLE_ALL };

struct step_settings {
    struct machine_limits limits;
    enum lifecycle lifecycle;
    size_t data_size_max; /* bytes of the data of one outgoing event, as JSON */
};

/* How an orchestration stands, for lists and counts. */
enum orchestration_status {
    ORCHESTRATION_ACTIVE = 0,
    ORCHESTRATION_COMPLETED, /* it reached a final state of the root          */
    ORCHESTRATION_FAILED     /* it did, and that state is tagged "failed"     */
};

enum step_outcome {
    STEP_TRANSITIONED, /* changed: store `next`, send the outputs                      */
    STEP_STARTED,      /* as STEP_TRANSITIONED, and `next` is new                      */
    STEP_IGNORED,      /* no transition for it here, or over: nothing to store         */
    STEP_REPEATED,     /* it changed this orchestration before: nothing to store       */
    STEP_REFUSED       /* an error event is in the outputs: send it, store nothing     */
};

struct step_result {
    enum step_outcome outcome;
    struct orchestration next;        /* STEP_TRANSITIONED and STEP_STARTED */
    enum orchestration_status status; /* of next */
    int64_t due_ms;                   /* earliest timer of next; 0: none */
    struct event *outputs;            /* in order; ids are deterministic */
    size_t output_count;
    const struct effect *effects; /* logs and the rest, in order */
    size_t effect_count;
    struct error problem; /* STEP_REFUSED, STEP_IGNORED, STEP_REPEATED, a timer that failed: why;
                                         otherwise STATUS_OK */
};

/* One event. `address` is resolved and neither ADDRESS_IGNORE nor ADDRESS_NONE; `definition` is the one it names, or NULL when no
 * such name or version is registered (`known_versions` then says which are: "1.0.0,
 * 1.1.0", or TEXT_NONE for an unknown name). `current` has revision 0 when nothing is
 * stored. STATUS_REJECTED is never returned: what an event does wrong is an error
 * event in the result. STATUS_FATAL: the arena is full or an invariant broke. */
enum status step_event(const struct machine *definition, struct text known_versions,
                       const struct address *address, const struct orchestration *current,
                       const struct event *event, int64_t now_ms,
                       const struct step_settings *settings, struct arena *arena,
                       struct step_result *result, struct error *error);

/* The first timer of `current`, due at now_ms or before; STEP_IGNORED if none is. A
 * step that fails here fails every time: the timer is taken off, the rest unchanged
 * (outcome STEP_TRANSITIONED), and the error event is in the outputs. STEP_REFUSED, with
 * the error event, when the timer cannot even be read: definition NULL, or a stored
 * snapshot that does not fit it. The caller then waits until one of them changes. */
enum status step_timer(const struct machine *definition, const struct orchestration *current,
                       int64_t now_ms, const struct step_settings *settings, struct arena *arena,
                       struct step_result *result, struct error *error);

/* The types of all events that orchestrations of this definition may send besides
 * their own emits: error events and lifecycle events; and the topic of an event. */
struct text_list step_sent_types(struct arena *arena, struct text name, enum lifecycle lifecycle);
struct text event_topic(const struct event *event); /* its type; lifecycle: notif.xorca.<name> */

#endif
