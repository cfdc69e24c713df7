/* trace.h - what a macrostep considered, and what became of it: for tools.
 *
 * The interpreter writes it down while it decides, so an explanation is what happened and
 * no second opinion. Where machine_limits.trace is NULL, as in a worker, it costs a
 * comparison. A trace takes memory of an arena of its own: it outlives the step. */
#ifndef CORE_MACHINE_TRACE_H
#define CORE_MACHINE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"

struct arena;
struct machine;
struct writer;

enum trace_kind {
    TRACE_EVENT = 0,    /* this event is looked at, from outside or from the queue         */
    TRACE_GUARD_FALSE,  /* transition: considered, its guard does not hold                 */
    TRACE_GUARD_FAILED, /* transition: its guard cannot be evaluated, which ends the step  */
    TRACE_BEHIND,       /* transition: not considered, one before it in its state goes     */
    TRACE_OUTER,        /* transition: not considered, a state further in answered         */
    TRACE_PREEMPTED,    /* transition: enabled, but it would exit what another one exits   */
    TRACE_TAKEN,        /* transition                                                      */
    TRACE_EXITED,       /* state                                                           */
    TRACE_ENTERED       /* state                                                           */
};

struct trace_entry {
    enum trace_kind kind;
    uint32_t number;        /* of the transition or state */
    struct text event_type; /* of TRACE_EVENT */
};

/* More entries than this are not kept: a macrostep may have a thousand microsteps, and
 * nobody reads so much. */
enum { TRACE_ENTRIES_MAX = 100 * 1000 };

struct trace {
    struct arena *arena;
    struct trace_entry *items; /* in the order of happening */
    size_t count;
    size_t capacity;
    bool is_cut; /* there was more, or the arena is full */
};

/* An empty trace. To empty it, reset its arena and call this again. */
void trace_init(struct trace *trace, struct arena *arena);

/* For the interpreter (macrostep.h), which asks first whether there is a trace. */
void trace_event(struct trace *trace, struct text event_type) __attribute__((cold));
void trace_note(struct trace *trace, enum trace_kind kind, uint32_t number) __attribute__((cold));

/* The trace in lines for people, each after `indent`, in plain UTF-8: names stand as the
 * definition has them, and are the caller's to make printable. */
void trace_write(const struct machine *machine, const struct trace *trace, const char *indent,
                 struct writer *writer);

/* A transition for people: "fetching: evt.books.fetch.error [context.attempts < 3] -> failed". */
void machine_write_transition(const struct machine *machine, uint32_t transition,
                              struct writer *writer);

#endif
