/* turn.h - one call of step_event or step_timer from the inside; for this folder alone.
 *
 * step.c decides what happens; outputs.c, lifecycle.c and errors.c make the events that
 * tell of it. All of them allocate from turn->arena and answer STATUS_FATAL only when it
 * is full. */
#ifndef CORE_ORCHESTRATION_TURN_H
#define CORE_ORCHESTRATION_TURN_H

#include "core/orchestration/step.h"

struct turn {
    const struct machine *definition; /* NULL: not registered */
    const struct event *cause;        /* what came in, or the timer as an event */
    const struct step_settings *settings;
    struct arena *arena;
    int64_t now_ms;
    bool is_start;
    struct text name; /* of the definition */
    struct text version;
    struct text subject;        /* TEXT_NONE: a start that could not be read */
    struct text correlation_id; /* the root's subject */
    struct dedup_key dedup_key; /* of the cause, where it is an answer */
    struct step_result *result;
};

/* --- outputs.c: what all outgoing events have in common, and the emits ------ */

/* Attributes that are the same for every event of a turn, made once. */
struct envelope {
    struct text subject;
    struct text source;
    struct text time;
    struct text revision;   /* decimal: part of the ids */
    struct json extensions; /* correlationid, causationid, traceparent, tracestate */
};

/* `revision` is the one that the turn makes; 0 where it makes none. */
enum status envelope_init(const struct turn *turn, uint64_t revision, struct envelope *out,
                          struct error *error);

/* The event of the emit number `index` (from 0) of this turn. STATUS_REJECTED when what
 * the definition made is no event that may be sent. */
enum status output_emit(const struct turn *turn, const struct envelope *envelope, struct json emit,
                        size_t index, struct event *out, struct error *error);

/* --- lifecycle.c ------------------------------------------------------------ */

enum lifecycle_kind {
    LIFECYCLE_STARTED,
    LIFECYCLE_TRANSITIONED,
    LIFECYCLE_COMPLETED,
    LIFECYCLE_FAILED
};

/* Whether an event of this kind is sent at this level. */
bool lifecycle_is_sent(enum lifecycle level, enum lifecycle_kind kind);

/* notif.xorca.<name>.<kind>, told of result->next, which is complete. `output` is NULL
 * where there is none. */
enum status output_lifecycle(const struct turn *turn, const struct envelope *envelope,
                             enum lifecycle_kind kind, const struct json *output, struct event *out,
                             struct error *error);

/* --- errors.c --------------------------------------------------------------- */

/* Why an event was refused; each has a name of its own in the error event. */
enum refusal {
    REFUSAL_START_DATA,         /* the start's data cannot be read          */
    REFUSAL_ALREADY_STARTED,    /* a start repeated                         */
    REFUSAL_NOT_STARTED,        /* an event before its start                */
    REFUSAL_UNKNOWN_DEFINITION, /* no such name or version is registered    */
    REFUSAL_OTHER_VERSION,      /* statemachineversion is not the instance's */
    REFUSAL_SNAPSHOT,           /* what is stored does not fit the machine  */
    REFUSAL_STEP                /* the definition failed on it              */
};

/* The kinds of error events: what was going on. */
enum error_kind {
    ERROR_START_DATA, /* sys.xorca.<name>.start.error: the start cannot be read   */
    ERROR_START,      /* xorca.<name>.start.error: it can, and does not begin one */
    ERROR_STEP,       /* xorca.orchestrator.<name>.error: a later event failed    */
    ERROR_KIND_COUNT
};

/* The type of such events; TEXT_NONE when the arena is full. */
struct text error_type(struct arena *arena, enum error_kind kind, struct text name);

/* Makes the error event for `why`. */
enum status output_error(const struct turn *turn, enum refusal why, const char *message,
                         struct event *out, struct error *error);

/* Ends the turn as STEP_REFUSED, with one error event. */
enum status turn_refuse(struct turn *turn, enum refusal why, struct error *error,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));

/* --- outputs.c: helpers ----------------------------------------------------- */

/* The texts one after the other, at most 8; TEXT_NONE when the arena is full. */
struct text join(struct arena *arena, const struct text *parts, size_t count);

/* An id made of the parts, as hash_uuid writes it; TEXT_NONE when the arena is full. */
struct text uuid_text(struct arena *arena, const char *purpose, const struct text *parts,
                      size_t count);

struct text decimal_text(struct arena *arena, uint64_t number);

/* "/orchestrations/<name>/<version>": the source of what an orchestration sends. */
struct text orchestration_source(struct arena *arena, struct text name, struct text version);

/* At most 100 bytes of a text from outside, cut between characters: for messages. */
struct text excerpt(struct text text);

/* Whether `value` takes at most size_max bytes as compact JSON and nests at most
 * depth_max deep (a scalar: 0): what readers with JSON_DEPTH_MAX can take. */
bool json_fits(struct json value, size_t size_max, int depth_max);

#endif
